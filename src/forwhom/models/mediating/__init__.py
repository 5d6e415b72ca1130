"""Mediation: a table in, direct and indirect effects with their intervals and sensitivity out."""
