"""What a change of meaning over time means for the answers about change."""

from __future__ import annotations

from dataclasses import replace

from forwhom.analysis.words import listed
from forwhom.findings import Caution, Finding
from forwhom.findings.kinds import StructureDetail

MEANING = (
    "outcome.arm_difference",
    "outcome.change",
    "outcome.trajectory",
    "outcome.reliable_change",
    "outcome.response",
)
"""Answers about change in a scale, which rest on the items meaning the same at every occasion."""


def with_meaning(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Findings about change in a scale whose items did not mean the same over time say so.

    findings : of one study, in any order; returned in the same order
    """
    changed: dict[str, StructureDetail] = {}
    for each in findings:
        if isinstance(each.detail, StructureDetail) and each.detail.meaning_changed:
            changed[each.id.split(".", 2)[2]] = each.detail
    if not changed:
        return findings
    return tuple(_with_caution(each, changed) for each in findings)


def _with_caution(finding: Finding, changed: dict[str, StructureDetail]) -> Finding:
    chapter, _, rest = finding.id.partition(".")
    question, _, about = rest.partition(".")
    detail = changed.get(about)
    if detail is None or f"{chapter}.{question}" not in MEANING or finding.status != "answered":
        return finding
    ladder = next(each for each in detail.ladders if each.across == "occasions")
    items = sorted({item for step in ladder.steps if step.step != "strict" for item in step.released})
    named = f" ({listed(items)})" if items else ""
    caution = Caution(
        "meaning-changed",
        f"Items did not mean the same at {ladder.where}{named}: change in the score may be partly a change of meaning "
        f"(measurement.structure.{about}).",
    )
    return replace(finding, cautions=(*finding.cautions, caution))


__all__ = ["with_meaning"]
