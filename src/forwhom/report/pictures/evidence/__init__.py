"""Drawings of the chapter on what is known."""
