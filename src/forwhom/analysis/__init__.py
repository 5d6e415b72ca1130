"""One module per question: Study in, findings out."""
