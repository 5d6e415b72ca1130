"""How and why it works: what changes first, what carries the change, ruptures and repairs, the brain."""
