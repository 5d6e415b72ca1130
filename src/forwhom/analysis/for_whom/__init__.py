"""What works for whom: does the effect differ between people, who benefits from what, and when to decline to say."""
