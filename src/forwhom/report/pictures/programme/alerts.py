"""Alerts that wait, as a table."""

from __future__ import annotations

from forwhom.findings.kinds import AlertsDetail
from forwhom.report.picture import Names, Table, table


def alerts(detail: AlertsDetail, names: Names) -> Table | None:
    """A row per alert, late ones first."""
    rows = [
        [
            each.about,
            f"LATE, {each.state}" if each.late else each.state,
            each.waits_for,
            each.until,
            each.raised,
            each.id,
        ]
        for each in detail.rows
    ]
    head = ["What", "State", "Waits for", "Until", "Raised", "Id"]
    return table("Alerts that wait", head, rows, tuple(range(6))) if rows else None
