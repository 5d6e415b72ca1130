"""The crisis plan in a report: its steps in order, under one head."""

from __future__ import annotations

from forwhom.findings.kinds import CrisisPlanDetail
from forwhom.report.picture import Names, Table, table

DASH = "–"


def plan(detail: CrisisPlanDetail, names: Names) -> Table:
    """Emergency help first, then a row per step."""
    rows = [["At any hour", line, DASH, DASH] for line in detail.emergency]
    parts = (("First, alone", detail.own), ("Then people", detail.people), ("Then staff", detail.professional))
    rows += [[part, step.what, step.reach or DASH, step.answers or DASH] for part, steps in parts for step in steps]
    return table(
        f"The crisis plan, version {detail.version}", ["When", "What", "Reached by", "Answers"], rows, (0, 1, 2, 3)
    )
