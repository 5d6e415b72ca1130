"""Files to our types and back."""
