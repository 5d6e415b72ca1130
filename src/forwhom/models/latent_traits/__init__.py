"""Latent traits behind graded answers."""
