"""Pictures of the chapter on what works for whom."""
