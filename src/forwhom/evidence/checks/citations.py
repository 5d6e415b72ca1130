"""Claims against rows: the rows behind them, directions, and citations to studies that do not report the thing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from forwhom.evidence.checks.places import SECOND_HAND, of_claim, of_rows
from forwhom.evidence.contradictions import Contradiction
from forwhom.evidence.filters import Condition, Query, Row, of_study, parse, rows
from forwhom.evidence.left_out import standing_of
from forwhom.evidence.model import Claim, Ledger
from forwhom.evidence.standing import baseline
from forwhom.problems import ProblemsFound

OPPOSITE = {
    "increase": ("decrease", "none"), "decrease": ("increase", "none"), "positive": ("negative", "none"),
    "negative": ("positive", "none"), "better": ("worse", "none"), "worse": ("better", "none"),
    "higher": ("lower", "none"), "lower": ("higher", "none"), "none": ("increase", "decrease", "better", "worse"),
}  # fmt: skip
READ = "Reading the cited studies themselves."


def rows_for(
    claim: Claim, ledger: Ledger, *, without: tuple[str, ...] = (), of: tuple[str, ...] = ()
) -> tuple[Row, ...]:
    """First-hand rows that a claim's query finds. Empty where there is no query.

    without : conditions to leave out
    of : of these studies only
    """
    global _last
    if _last[0] is not ledger:
        _last = (ledger, {})
    found = _last[1]
    key = (claim.id, tuple(claim.query.items()), without, of)
    if key not in found:
        found[key] = _rows_for(claim, ledger, without, of)
    return found[key]


_last: tuple[Ledger | None, dict[tuple[object, ...], tuple[Row, ...]]] = (None, {})
"""Rows of the ledger asked last: rules and audit ask the same of it many times over."""


def _rows_for(claim: Claim, ledger: Ledger, without: tuple[str, ...], of: tuple[str, ...]) -> tuple[Row, ...]:
    asked = _asked(claim, ledger, without, of)
    return tuple(row for row in rows(ledger, asked) if _first_hand(row, asked)) if asked.conditions else ()


def rows_left_out(claim: Claim, ledger: Ledger, *, without: tuple[str, ...] = ()) -> tuple[Row, ...]:
    """Rows that a claim's query would find in studies that are withdrawn or drafts: they say nothing, and are named as left out.

    without : conditions to leave out
    """
    gone = [study for study in ledger.studies.values() if not study.counts]
    if not gone:
        return ()
    asked = _asked(claim, ledger, without)
    return tuple(
        row
        for study in gone
        for row in of_study(study)
        if asked.conditions and all(each.holds(row, ledger) for each in asked.conditions) and _first_hand(row, asked)
    )


def _asked(claim: Claim, ledger: Ledger, without: tuple[str, ...] = (), of: tuple[str, ...] = ()) -> Query:
    """The query of a claim, without some of its conditions; empty where it has none that can be read."""
    try:
        conditions = parse(claim.query, ledger).conditions
    except ProblemsFound:
        return Query()
    if not conditions:
        return Query()
    kept = tuple(each for each in conditions if each.key not in without)
    return Query((*kept, Condition("study", "=", of)) if of else kept)


def _first_hand(row: Row, asked: Query) -> bool:
    """Of a report of results, and no state before treatment: unless the claim asks for these."""
    keys = {condition.key for condition in asked.conditions}
    # A state of the brain before treatment shows no influence of it, unless the claim is of that state.
    states = bool(keys & {"baseline", "time", "result"})
    return ("part" in keys or row.result.source.part not in SECOND_HAND) and (states or not _state(row))


def _state(row: Row) -> bool:
    return baseline(row) and row.result.kind in ("brain", "biomarker")


def directions_of_claims(ledger: Ledger) -> Iterator[Contradiction]:
    """A claim's direction against rows of the studies it cites."""
    for claim in ledger.claims.values():
        direction = claim.expect.get("direction") or claim.query.get("direction")
        against = OPPOSITE.get(str(direction), ())
        if not against or not claim.cites or not claim.query:
            continue
        asked = replace(claim, query={key: value for key, value in claim.query.items() if key != "direction"})
        here = rows_for(asked, ledger, of=claim.cites)
        for name in claim.cites:
            mine = [row for row in here if row.study.id == name and row.result.direction]
            if mine and all(row.result.direction in against for row in mine):
                yield Contradiction(
                    "direction-of-claim",
                    f"It says {direction}, and {name} reports {', '.join(sorted({r.result.direction for r in mine}))}.",
                    (of_claim(claim, claim.says), *of_rows(tuple(mine))),
                    READ,
                )


def citations_without_result(ledger: Ledger) -> Iterator[Contradiction]:
    """A cited study must have a row that the claim's query finds."""
    for claim in ledger.claims.values():
        if not claim.cites or not claim.query:
            continue
        cited = claim.cites
        reported = {row.study.id for row in rows_for(claim, ledger, of=cited)}
        if reported >= set(cited):
            continue
        # A study that reports the thing in another direction is the matter of the rule above.
        opposite = (
            {row.study.id for row in rows_for(claim, ledger, without=("direction",), of=cited)}
            if "direction" in claim.query
            else set()
        )
        near = rows_for(claim, ledger, without=("direction", "scope", "hemisphere", "task"), of=cited)
        for name in claim.cites:
            if name in reported | opposite or name not in ledger.studies:
                continue
            closest = tuple(row for row in near if row.study.id == name)
            but = "; what it reports is different" if closest else ""
            gone = standing_of(ledger.studies[name])
            yield Contradiction(
                "citation-without-result",
                f"It cites {name}, which {f'is {gone}' if gone else f'reports no such result{but}'}.",
                (of_claim(claim, f"{claim.says} Cites {name}"), *of_rows(closest)),
                READ,
            )
