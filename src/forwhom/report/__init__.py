"""Findings record to HTML. Computes nothing."""
