"""Claims against rows: counts counted again, directions, and citations to studies that do not report the thing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from forwhom.evidence.checks.places import SECOND_HAND, of_claim, of_rows
from forwhom.evidence.contradictions import Contradiction
from forwhom.evidence.filters import Condition, Query, Row, parse, rows
from forwhom.evidence.model import Claim, Ledger
from forwhom.evidence.samples import of_rows as people_of
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
    try:
        query = parse(claim.query, ledger)
    except ProblemsFound:
        return ()
    if not query.conditions:
        return ()
    kept = tuple(each for each in query.conditions if each.key not in without)
    asked = Query((*kept, Condition("study", "=", of)) if of else kept)
    keys = {condition.key for condition in asked.conditions}
    # A state of the brain before treatment shows no influence of it, unless the claim is of that state.
    states = bool(keys & {"baseline", "time", "result"})
    return tuple(
        row
        for row in rows(ledger, asked)
        if ("part" in keys or row.result.source.part not in SECOND_HAND) and (states or not _state(row))
    )


def _state(row: Row) -> bool:
    return baseline(row) and row.result.kind in ("brain", "biomarker")


def counted(claim: Claim, found: tuple[Row, ...]) -> int:
    """How many studies, samples, people or rows."""
    if claim.by == "person":
        return people_of(found).distinct
    if claim.by == "row":
        return len(found)
    return len({row.study.sample if claim.by == "sample" else row.study.id for row in found})


def of_the_region_itself(claim: Claim, found: tuple[Row, ...]) -> tuple[Row, ...]:
    """Rows of the very regions that the query names, without those of their parts."""
    named = {each.strip() for each in claim.query.get("region", "").split(",")} - {""}
    return tuple(row for row in found if not named or {row.result.region, row.result.seed, row.result.target} & named)


def settle_for(claim: Claim, found: tuple[Row, ...]) -> str:
    """Who could settle a count: the document itself where it tells all the studies, else the studies."""
    if found and {row.result.source.document for row in found} == {claim.document}:
        return f"Nothing more is needed: {claim.document}'s own report of the results decides."
    return READ


def counts_of_claims(ledger: Ledger) -> Iterator[Contradiction]:
    """Every count of a claim, counted again."""
    for claim in ledger.claims.values():
        wanted = [claim.expect.get(key) for key in ("count", "at_least", "at_most", "studies")]
        if not any(each is not None for each in wanted) or not claim.query:
            continue
        found = rows_for(claim, ledger)
        why = _miscounted(claim, found)
        if why:
            yield Contradiction(
                "count-of-claim", why, (of_claim(claim, claim.says), *of_rows(found)), settle_for(claim, found)
            )


def _miscounted(claim: Claim, found: tuple[Row, ...]) -> str:
    n = counted(claim, found)
    exact, least, most = (claim.expect.get(key) for key in ("count", "at_least", "at_most"))
    named = claim.expect.get("studies")
    names = sorted({row.study.id for row in found})
    listed = f": {', '.join(names)}" if names else ""
    if not n and claim.kind != "count" and isinstance(least, int):
        return ""  # Nothing at all is the matter of `claims_of_nothing`.
    if isinstance(exact, int) and n != exact:
        itself = of_the_region_itself(claim, found)
        if claim.cites and counted(claim, itself) == exact and {row.study.id for row in itself} == set(claim.cites):
            return ""  # What lies beyond is told of a part of the region: a matter of what counts, and of a condition.
        return f"It says {_count(exact, claim.by)}, and the rows give {n}" + (
            f": {', '.join(names)}." if names else "."
        )
    if isinstance(least, int) and n < least:
        verb = "says" if claim.kind == "count" else "takes"
        return f"It {verb} at least {_count(least, claim.by)}, and the rows give {n}{listed}."
    if isinstance(most, int) and n > most:
        return f"It says at most {_count(most, claim.by)}, and the rows give {n}: {', '.join(names)}."
    if isinstance(named, tuple) and set(named) != set(names):
        return f"It names {', '.join(named)}, and the rows give {', '.join(names) or 'none'}."
    return ""


def claims_of_nothing(ledger: Ledger) -> Iterator[Contradiction]:
    """A claim that names no study, and of which the ledger holds nothing."""
    for claim in ledger.claims.values():
        counts = {"count", "at_most"} & set(claim.expect) or claim.kind == "count"
        if counts or claim.cites or not claim.query or rows_for(claim, ledger):
            continue
        yield Contradiction("nothing-behind-claim", BEHIND.get(claim.kind, ANY), (of_claim(claim, claim.says),), READ)


ANY = "No study of the ledger reports it."
BEHIND = {
    "causal": "It names a cause, and no study of the ledger reports what is said to follow.",
    "comparison": "It compares, and no study of the ledger makes the comparison.",
    "effect": "It speaks of a size or a certainty, and no study of the ledger gives a number for it.",
}


def _count(n: int, by: str) -> str:
    one, many = {"person": ("person", "people"), "row": ("result", "results"), "sample": ("sample", "samples")}.get(
        by, ("study", "studies")
    )
    return f"{n} {one if n == 1 else many}"


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
            yield Contradiction(
                "citation-without-result",
                f"It cites {name}, which reports no such result{but}.",
                (of_claim(claim, f"{claim.says} Cites {name}"), *of_rows(closest)),
                READ,
            )
