"""Labelled models: formula and data frame in, labelled fit out."""
