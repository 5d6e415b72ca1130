"""Published studies as data."""
