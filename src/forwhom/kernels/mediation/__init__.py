"""Mediation: natural, controlled and specific effects, their intervals, sensitivity, and parts within and between persons."""
