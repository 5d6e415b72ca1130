"""Treatments as data and pure rules."""
