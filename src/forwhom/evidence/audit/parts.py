"""Claims of more than one part: each is judged, and the least supported decides; what a claim says beside its query."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from forwhom.evidence.audit.sides import deciding
from forwhom.evidence.audit.verdicts import Audited, Condition, Deciding
from forwhom.evidence.checks.citations import citations_without_result, directions_of_claims, rows_for
from forwhom.evidence.checks.counts import counts_of_claims
from forwhom.evidence.checks.values import values_of_claims
from forwhom.evidence.contradictions import Contradiction
from forwhom.evidence.filters import KIND_OF
from forwhom.evidence.model import Claim, Ledger

Judge = Callable[[Claim, list[Contradiction], Ledger], Audited]
ORDER = ("contradicted", "not checkable", "supported with conditions", "supported")
"""The least supported first."""


def by_each(claim: Claim, found: list[Contradiction], ledger: Ledger, judge: Judge) -> Audited:
    """Each of the things that a claim names judged by itself; verdict, counts and reason are those of the least supported."""
    kind = KIND_OF.get(claim.each, "outcomes")
    parts: list[tuple[str, Audited]] = []
    for value in (each.strip() for each in claim.query[claim.each].split(",")):
        cites = (value,) if claim.each == "study" else claim.cites
        one = replace(claim, query={**claim.query, claim.each: value}, cites=cites, each="", parts=())
        mine = list(_rules(one, ledger)) + [
            each for each in found if each.rule in ("design-of-claim", "nothing-behind-claim")
        ]
        parts.append((_small(ledger.vocabulary.label(kind, value)), judge(one, mine, ledger)))
    weakest = min(parts, key=lambda part: (ORDER.index(part[1].verdict), *_size(part[1])))
    told = "; ".join(f"{label}: {_short(made)}" for label, made in parts)
    rows = {(row.side, row.study, row.result): row for _, made in parts for row in made.rows}
    least = weakest[1]
    alike = len({(made.verdict, *_size(made)) for _, made in parts}) == 1
    last = least.why if alike else f"The least supported part decides, {weakest[0]}: {least.why}"
    return replace(
        least,
        claim=claim,
        why=f"By part: {told}. {last}",
        rows=tuple(rows.values()),
        rules=tuple(dict.fromkeys(each.rule for each in found)),
    )


def _small(label: str) -> str:
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _rules(one: Claim, ledger: Ledger) -> Iterator[Contradiction]:
    alone = replace(ledger, claims={one.id: one})
    for rule in (counts_of_claims, values_of_claims, directions_of_claims, citations_without_result):
        yield from rule(alone)


def _size(made: Audited) -> tuple[float, float]:
    """Fewest people first; where no row tells a number, fewest samples."""
    return (made.people if made.people is not None else float("inf"), made.samples)


def _short(made: Audited) -> str:
    people = f", {'at least ' if made.at_least else ''}{made.people} people" if made.people else ""
    if not made.studies:
        return made.verdict
    return f"{made.studies} {'study' if made.studies == 1 else 'studies'}{people}"


def with_further(made: Audited, ledger: Ledger) -> Audited:
    """What the claim says beside its query: rows that show it, or that it is not shown."""
    if not made.verdict.startswith("supported"):
        return made
    rows: list[Deciding] = []
    unshown: list[Condition] = []
    for i, part in enumerate(made.claim.parts):
        here = rows_for(replace(made.claim, id=f"{made.claim.id}, part {i}", query=part.query), ledger)
        rows += deciding(here, "for", ledger)
        if not here:
            unshown.append(Condition("unshown", f"Not shown: {part.says}."))
    if not rows and not unshown:
        return made
    conditions = (*unshown, *made.conditions)
    return replace(
        made,
        rows=(*made.rows, *rows),
        conditions=conditions,
        verdict="supported with conditions" if conditions else made.verdict,
    )


def recommended(claim: Claim, ledger: Ledger) -> Audited:
    """A recommendation, a hope or a standard: what the ledger holds of it is told, and gives no verdict."""
    rows = rows_for(claim, ledger)
    studies = len({row.study.id for row in rows})
    holds = (
        f" The ledger holds {studies} {'study' if studies == 1 else 'studies'} of it."
        if claim.query and studies
        else ""
    )
    return Audited(
        claim,
        "recommendation",
        f"A recommendation, not a finding.{holds}",
        rows=deciding(rows, "near", ledger),
        unquantified=claim.quantified is False,
    )
