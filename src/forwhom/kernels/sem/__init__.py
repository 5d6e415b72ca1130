"""Structural equation models: from matrices of free and fixed parameters to estimates with their information."""
