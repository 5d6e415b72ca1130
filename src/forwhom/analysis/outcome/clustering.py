"""Do therapists and sites differ: intraclass correlations with their width."""
