"""A trial that never took place: people, therapy, scores, events and scans made from numbers that are known."""
