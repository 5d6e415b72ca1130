"""Where programmes and cases meet studies, kernels and the ledger."""
