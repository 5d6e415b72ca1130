"""What a change of meaning over time means for the answers about change."""

from __future__ import annotations

from dataclasses import replace

from forwhom.analysis.words import listed
from forwhom.findings import Caution, Finding
from forwhom.findings.kinds import ItemDriftDetail, StructureDetail

MEANING = (
    "outcome.arm_difference",
    "outcome.change",
    "outcome.trajectory",
    "outcome.reliable_change",
    "outcome.response",
)
"""Answers about change in a scale, which rest on the items meaning the same at every occasion."""


def with_meaning(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Findings about change in a scale say whether its items meant something else over time, or that nobody could check.

    findings : of one study, in any order; returned in the same order
    """
    # A scale without items has a structure that is not applicable: nothing could be compared, and other answers say so.
    known = {
        each.id.split(".", 2)[2]: each
        for each in findings
        if each.id.startswith("measurement.structure.") and each.status in ("answered", "declined")
    }
    if not known:
        return findings
    # People too few for a model of all items: what single items did is then what is known of their meaning.
    drift = {
        each.id.split(".", 2)[2]: each.detail
        for each in findings
        if each.status == "answered" and isinstance(each.detail, ItemDriftDetail)
    }
    made = tuple(_with_caution(each, known, drift) for each in findings)
    same = all(one is other for one, other in zip(made, findings, strict=True))
    return findings if same else made


def _with_caution(finding: Finding, known: dict[str, Finding], drift: dict[str, ItemDriftDetail]) -> Finding:
    chapter, _, rest = finding.id.partition(".")
    question, _, about = rest.partition(".")
    structure = known.get(about)
    if structure is None or f"{chapter}.{question}" not in MEANING or finding.status != "answered":
        return finding
    cautions = [
        _changed(structure, about) or _moved(drift.get(about), about),
        _unchecked(structure, drift.get(about), about, arms=question == "arm_difference"),
    ]
    added = tuple(each for each in cautions if each is not None)
    return replace(finding, cautions=(*finding.cautions, *added)) if added else finding


def _changed(structure: Finding, about: str) -> Caution | None:
    detail = structure.detail
    if not isinstance(detail, StructureDetail) or not detail.meaning_changed:
        return None
    ladder = next(each for each in detail.ladders if each.across == "occasions")
    items = sorted({item for step in ladder.steps if step.step != "strict" for item in step.released})
    named = f" ({listed(items)})" if items else ""
    return Caution(
        "meaning-changed",
        f"Items did not mean the same at {ladder.where}{named}: change in the score may be partly a change of meaning "
        f"(measurement.structure.{about}).",
    )


def _moved(drift: ItemDriftDetail | None, about: str) -> Caution | None:
    items = [each.item for each in drift.items if each.named] if drift else []
    if drift is None or not items:
        return None
    return Caution(
        "meaning-changed",
        f"{listed(items)} moved apart from the other items between {drift.first} and {drift.last}: change in the score may be partly a "
        f"change of meaning (measurement.item_drift.{about}).",
    )


def _unchecked(structure: Finding, drift: ItemDriftDetail | None, about: str, *, arms: bool) -> Caution | None:
    """Said of arms too where the answer compares them at the last occasion."""
    ladders = structure.detail.ladders if isinstance(structure.detail, StructureDetail) else ()
    time = [each for each in ladders if each.across == "occasions"]
    between = [each for each in ladders if each.across == "arms"][-1:]
    places = []
    weaker = ""
    if drift is not None:
        weaker = f" Over time, single items were tested in a weaker way (measurement.item_drift.{about})."
    elif not time or time[0].why_absent:
        places.append("over time")
    if arms and (not between or between[0].why_absent):
        places.append("in every arm")
    if not places:
        return Caution("meaning-unchecked", weaker.strip()) if weaker else None
    return Caution(
        "meaning-unchecked",
        f"Whether the items mean the same {' and '.join(places)} could not be checked (measurement.structure.{about}).{weaker}",
    )


__all__ = ["with_meaning"]
