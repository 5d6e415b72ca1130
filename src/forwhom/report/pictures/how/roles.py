"""Which variable plays which part: a table, for a drawing would add nothing."""

from __future__ import annotations

from forwhom.findings.kinds import RolesDetail
from forwhom.report.picture import Names, Table, table


def roles(detail: RolesDetail, names: Names) -> Table:
    """A row per variable."""
    rows = [[row.label, ", ".join(row.roles), "; ".join(row.meets) or "in no model at once"] for row in detail.rows]
    return table(
        "Variables with more than one part", ["Variable", "Parts in the plan", "Where they meet"], rows, (0, 1, 2)
    )
