"""Structural equation models in the syntax of lavaan. Not named `sem`, so that `forwhom.models.sem` is the function."""
