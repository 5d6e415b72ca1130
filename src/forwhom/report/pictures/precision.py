"""Standard error of measurement: a table that needs no drawing."""

from __future__ import annotations

from forwhom.findings.kinds import PrecisionDetail
from forwhom.report.numbers import quantity
from forwhom.report.picture import Table, table


def precision(detail: PrecisionDetail) -> Table:
    """What one score is worth, per source of reliability."""
    head = [
        "Source of reliability",
        "Reliability",
        "SD",
        "Standard error of measurement",
        "Smallest reliable change",
    ]
    rows = [
        [source, quantity(r, "ratio"), quantity(sd, "points"), quantity(sem, "points"), quantity(change, "points")]
        for source, r, sd, sem, change in detail.rows
    ]
    return table("Precision of one person's score", head, rows)
