"""Linear mixed models from a formula."""
