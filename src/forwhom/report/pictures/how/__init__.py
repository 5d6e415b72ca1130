"""Pictures of the chapter on how and why it works."""
