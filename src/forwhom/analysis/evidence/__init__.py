"""Questions to the ledger of evidence: ledger in, findings out."""
