"""Structural equation models in the syntax of lavaan."""
