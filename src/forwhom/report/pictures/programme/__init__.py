"""Pictures of programmes, sessions and cases."""
