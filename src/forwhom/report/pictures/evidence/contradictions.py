"""What does not agree: a table, for its parts are words."""

from __future__ import annotations

from forwhom.findings.kinds import ContradictionsDetail
from forwhom.report.picture import Names, Table, table


def contradictions(detail: ContradictionsDetail, names: Names) -> Table | None:
    """A row per contradiction, with its places and what would settle it."""
    if not detail.rows:
        return None
    rows = [
        [
            row.kind[:1].upper() + row.kind[1:],
            row.says,
            "; ".join(row.places),
            f"Settled: {row.how}" if row.status == "settled" else f"Open. {row.settle}",
        ]
        for row in detail.rows
    ]
    head = ["Kind", "What does not agree", "Where", "What would settle it"]
    return table("What does not agree, each with its places", head, rows, (0, 1, 2, 3))
