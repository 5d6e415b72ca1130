"""The rows on each side of a claim, and what stands behind them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from forwhom.evidence.audit.verdicts import Audited, Condition, Deciding, Side
from forwhom.evidence.checks.citations import OPPOSITE, opposed, rows_for
from forwhom.evidence.filters import Row, parse
from forwhom.evidence.index import said
from forwhom.evidence.left_out import standing_of
from forwhom.evidence.model import Claim, Ledger
from forwhom.evidence.near import SUBJECT, instead, nearest
from forwhom.evidence.overlap import independent, overlaps
from forwhom.evidence.samples import of_rows, treatments_asked

TELLING = ("direction", "effect", "causal", "comparison")
"""Kinds of claims that say how something came out: a row that only names a study shows nothing of it."""
COUNTS = ("count", "at_least", "at_most", "studies")


def sides(claim: Claim, ledger: Ledger) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Rows for the claim and rows against it; of cited studies only, where it cites some and counts nothing."""
    found = tuple(row for row in rows_for(claim, ledger) if claim.kind not in TELLING or tells(row))
    direction = str(claim.expect.get("direction") or claim.query.get("direction") or "")
    against: tuple[Row, ...] = ()
    opposite = OPPOSITE.get(direction, ())
    if claim.expect.get("direction"):
        against = tuple(row for row in found if row.result.direction in opposite)
        found = tuple(row for row in found if row.result.direction == direction)
    if claim.cites and not any(key in claim.expect for key in COUNTS):
        wide = rows_for(claim, ledger, without=("direction",)) if "direction" in claim.query else found
        against = (*against, *(row for row in wide if row.result.direction in opposite))
        found = tuple(row for row in found if row.study.id in claim.cites)
        mine = {row.study.id for row in found}
        against = tuple(row for row in against if row.study.id in claim.cites and row.study.id not in mine)
    against = against or opposed(claim, ledger)
    return found, tuple({row.id: row for row in against}.values())


def tells(row: Row) -> bool:
    """Whether a row tells of what something came out, or how: an outcome, a direction, a number. To name a study as evidence does not.

    >>> from forwhom import evidence
    >>> tells(evidence.rows(evidence.read(), "study=linehan-2006 result=effective")[0])
    False
    """
    result = row.result
    numbers = (result.events, result.percent, result.mean, result.value, result.p, result.significant)
    of_what = result.direction or result.outcome or result.domain or result.mediator
    return bool(of_what) or any(number is not None for number in numbers)


def only_named(claim: Claim, ledger: Ledger) -> tuple[Row, ...]:
    """Rows that a claim's query finds and that tell nothing of how it came out."""
    if claim.kind not in TELLING:
        return ()
    return tuple(row for row in rows_for(claim, ledger) if not tells(row))


def behind(made: Audited, rows: Iterable[Row], ledger: Ledger) -> Audited:
    """With the studies, samples and people behind rows, and whose account they are."""
    rows, claim = tuple(rows), made.claim
    people = of_rows(rows, treatments_asked(parse(claim.query, ledger), ledger) if claim.query else None)
    documents = {row.result.source.document for row in rows}
    basis = (
        ""
        if not rows
        else "the studies' own publications"
        if documents == {"self"}
        else f"as {claim.document} itself tells the studies"
        if documents == {claim.document}
        else f"as {', '.join(sorted(documents - {claim.document}))} tells the studies"
    )
    return replace(
        made,
        studies=len({row.study.id for row in rows}),
        samples=len({row.study.sample for row in rows}),
        people=people.distinct or None,
        at_least=people.at_least,
        of_whom=people.of_whom,
        samples_least=independent((each.id for each in people.samples), overlaps(ledger))[0],
        untold=len(people.unknown),
        basis=basis,
    )


def deciding(rows: Iterable[Row], side: Side, ledger: Ledger) -> tuple[Deciding, ...]:
    """Rows as an audit lists them."""
    return tuple(
        Deciding(side, row.study.id, row.study.sample, row.result.id, said(row, ledger), row.result.source)
        for row in rows
    )


def ways(rows: tuple[Row, ...]) -> list[tuple[str, str]]:
    """Each study with the directions it reports."""
    ways: dict[str, dict[str, None]] = defaultdict(dict)
    for row in rows:
        ways[row.study.id][row.result.direction] = None
    return [(name, " and ".join(each)) for name, each in ways.items()]


def citations(claim: Claim, rows: tuple[Row, ...], against: tuple[Row, ...], ledger: Ledger) -> tuple[Condition, ...]:
    """Cited studies that report the opposite, or not this."""
    here = {row.study.id for row in rows}
    opposed = dict(ways(against))
    made = [Condition("cited-against", f"It cites {name}, which reports {way}.") for name, way in opposed.items()]
    for name in claim.cites:
        if name in here or name in opposed or name not in ledger.studies or not claim.query:
            continue
        gone = standing_of(ledger.studies[name])
        if gone:
            made.append(Condition("cited-left-out", f"It cites {name}, which is {gone} and counts nowhere."))
            continue
        near, keys = nearest(claim, ledger.studies[name], ledger)
        but = f"; it reports {instead(near[0], keys, ledger)}" if keys and not set(keys) & set(SUBJECT) else ""
        made.append(Condition("cited-without", f"It cites {name}, which is not told to report it{but}."))
    return tuple(made)
