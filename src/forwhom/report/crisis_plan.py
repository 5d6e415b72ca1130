"""The crisis plan as a page of its own, to print and carry: emergency first, plain words, one sheet."""

from __future__ import annotations

from forwhom.findings.kinds import CrisisPlanDetail
from forwhom.findings.model import Record
from forwhom.report.render import template


def render_plan(record: Record) -> str:
    """The page of the plan in a record of `analysis.programme.crisis`.

    Raises ValueError for a record without a plan. The same record gives the same bytes; texts are escaped.
    """
    for finding in record.findings:
        if isinstance(finding.detail, CrisisPlanDetail):
            made = template("crisis_plan.html").render(
                plan=finding.detail, study=record.study, provenance=record.provenance
            )
            return (made + "\n").encode("utf-8", "replace").decode("utf-8")
    raise ValueError("The record holds no crisis plan.")
