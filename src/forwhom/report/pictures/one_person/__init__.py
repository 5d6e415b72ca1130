"""Pictures of one person's page."""
