"""One patient's page: profile, course, on track or not, change so far, expected benefit."""
