"""Did people get better: who entered and left, how arms differ, who changed, and what the missing could do."""
