"""Questionnaires as data, and one scorer."""
