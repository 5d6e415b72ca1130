"""Is the scale trustworthy: reliability, precision, distribution, items."""
