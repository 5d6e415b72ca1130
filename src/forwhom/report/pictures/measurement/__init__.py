"""Pictures of the measurement chapter."""
