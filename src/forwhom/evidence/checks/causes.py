"""Causes: what a result can show of them, and claims of a cause from results that cannot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from forwhom.evidence.checks.citations import rows_for
from forwhom.evidence.checks.places import of_claim, of_rows
from forwhom.evidence.contradictions import Contradiction
from forwhom.evidence.filters import Row
from forwhom.evidence.model import Ledger
from forwhom.evidence.naming import sample_named

LIMITS = {
    "before-and-after": "one treated group before and after, which time and general improvement change too",
    "allocation-not-told": "how people came into the arms is not told",
    "not-by-chance": "the arms were not randomised",
    "no-patients-to-compare": "no patients without the treatment are compared",
    "chosen-by-outcome": "those who got better are chosen by their outcome",
    "correlation": "two things go together, and a third may move both",
    "no-time-order": "the mediator is not shown to change before the outcome",
    "cause-not-varied": "no arms differ in what is named as the cause",
    "mediator-not-varied": "the mediator was observed and not varied",
}
"""Why a result cannot show a cause: name of the rule, and what it says."""

PATIENTS = ("treatment", "active_control", "usual_care", "waitlist", "patients")
ONE_GROUP = ("pre-post", "case-series")
UNTOLD = ("comparison", "not-stated")
SESSIONS = 4
"""A mediation in order of time names two sessions of the mediator and two of the outcome."""


def compared(row: Row) -> str:
    """With whom a row compares: ``"patients"``, ``"healthy"``, or ``""`` for nobody."""
    other = row.study.arm(row.result.versus)
    if other is None:
        return ""
    return "healthy" if other.role == "healthy" else "patients" if other.role in PATIENTS else ""


def limits(row: Row, ledger: Ledger, cause: str = "") -> tuple[str, ...]:
    """Rules by which this result cannot show a cause; none where it can.

    cause : what is named as the cause, where that is less than the treatment: a component, or anything else in words

    >>> from forwhom import evidence
    >>> ledger = evidence.read()
    >>> row = evidence.rows(ledger, "study=goodman-2014 result=amygdala-overall")[0]
    >>> limits(row, ledger)
    ('before-and-after',)
    """
    result = row.result
    by_chance = "experimental" in ledger.vocabulary.broader("designs", row.study.design.kind)
    found: list[str] = []
    if not by_chance:
        kind = row.study.design.kind
        found.append(
            "before-and-after" if kind in ONE_GROUP else "allocation-not-told" if kind in UNTOLD else "not-by-chance"
        )
    if result.kind in ("association", "prediction"):
        found.append("correlation")
    elif result.kind == "process" and result.outcome and result.outcome != result.mediator:
        found += ["no-time-order"] * (len(result.sessions) < SESSIONS) + ["mediator-not-varied"]
    elif "before-and-after" not in found and compared(row) != "patients" and result.kind not in ("events", "means"):
        found.append("no-patients-to-compare")
    if cause and not _varied(row, cause, ledger):
        found.append("cause-not-varied")
    if result.scope not in ("", "all", "completers"):
        found.append("chosen-by-outcome")
    return tuple(found)


def _varied(row: Row, cause: str, ledger: Ledger) -> bool:
    """Whether one of the two arms has the component and the other has not."""
    word, other = ledger.vocabulary.find("components", cause), row.study.arm(row.result.versus)
    if word is None or row.arm is None or other is None:
        return False
    return (word in row.arm.components) != (word in other.components)


def by_limit(rows: Iterable[Row], ledger: Ledger, cause: str = "") -> dict[str, tuple[str, ...]]:
    """Rule → the samples whose results it holds for; empty when one result is free of every rule."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for row in rows:
        here = limits(row, ledger, cause)
        if not here:
            return {}
        for rule in here:
            found[rule][row.study.sample] = None
    return {rule: tuple(found[rule]) for rule in LIMITS if rule in found}


def told(found: dict[str, tuple[str, ...]], ledger: Ledger) -> str:
    """The rules in words, each with the studies of its samples."""
    return "; ".join(
        f"{LIMITS[rule]} ({', '.join(sample_named(each, ledger) for each in samples)})"
        for rule, samples in found.items()
    )


def causes_from_weak_designs(ledger: Ledger) -> Iterator[Contradiction]:
    """A claim names a cause, and no result behind it could show one."""
    for claim in ledger.claims.values():
        if claim.kind != "causal":
            continue
        found = rows_for(claim, ledger)
        why = by_limit(found, ledger, claim.cause)
        if why:
            yield Contradiction(
                "design-of-claim",
                f"It names a cause, and no result behind it can show one: {told(why, ledger)}.",
                (of_claim(claim, claim.says), *of_rows(found)),
                "A randomised trial whose arms differ in what is named as the cause.",
            )
