"""Claims against rows: the rows behind them, directions, and citations to studies that do not report the thing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from forwhom.evidence.checks.places import SECOND_HAND, of_claim, of_rows, place_of
from forwhom.evidence.contradictions import Contradiction, Place
from forwhom.evidence.favours import directed
from forwhom.evidence.filters import Condition, Query, Row, of_study, parse, rows
from forwhom.evidence.left_out import standing_of
from forwhom.evidence.model import Claim, Ledger, Study
from forwhom.evidence.near import SUBJECT, instead, nearest
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
    if not asked.conditions:
        return ()
    found = tuple(row for row in rows(ledger, asked) if _first_hand(row, asked))
    if str(claim.expect.get("direction") or claim.query.get("direction")) not in ("better", "worse"):
        return found
    read = directed(ledger)
    more = (row for rows_ in read.values() for row in rows_ if _first_hand(row, asked))
    holding = tuple(row for row in more if all(each.holds(row, ledger) for each in asked.conditions))
    return (*(row for row in found if row.id not in read), *holding)


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


def opposed(claim: Claim, ledger: Ledger) -> tuple[Row, ...]:
    """Rows that go the other way, of a claim that cites and counts nothing and for which no row speaks.

    No difference found is not the other way: it takes a row of the opposite sign.
    """
    direction = str(claim.expect.get("direction") or claim.query.get("direction") or "")
    other = OPPOSITE.get(direction, ())
    if (
        not other
        or direction == "none"
        or claim.cites
        or {"count", "at_least", "at_most", "studies"} & set(claim.expect)
    ):
        return ()
    found = tuple(row for row in rows_for(claim, ledger, without=("direction",)) if row.result.direction)
    if any(row.result.direction == direction for row in found):
        return ()
    return found if any(row.result.direction == other[0] for row in found) else ()


def directions_of_claims(ledger: Ledger) -> Iterator[Contradiction]:
    """A claim's direction against rows of the studies it cites, or of all studies where it cites none."""
    for claim in ledger.claims.values():
        if against := opposed(claim, ledger):
            ways = ", ".join(sorted({row.result.direction for row in against}))
            direction = claim.expect.get("direction") or claim.query.get("direction")
            says = f"It says {direction}, and every study of it reports {ways}."
            yield Contradiction("direction-of-claim", says, (of_claim(claim, claim.says), *of_rows(against)), READ)
    yield from _against_cited(ledger)


def _against_cited(ledger: Ledger) -> Iterator[Contradiction]:
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
    """A cited study must have a row that the claim's query finds; one of something else altogether is told as that."""
    others = {(each.places[0].of, each.places[1].of) for each in citations_of_others(ledger)}
    for claim in ledger.claims.values():
        # A wish may name a study that is no example of it.
        if not claim.cites or not claim.query or claim.kind == "recommendation":
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
            if name in reported | opposite or name not in ledger.studies or (claim.id, name) in others:
                continue
            closest = tuple(row for row in near if row.study.id == name)
            yield Contradiction(
                "citation-without-result",
                f"It cites {name}, {_without(claim, ledger.studies[name], ledger)}.",
                (of_claim(claim, f"{claim.says} Cites {name}"), *of_rows(closest)),
                READ,
            )


def _without(claim: Claim, study: Study, ledger: Ledger) -> str:
    """What a cited study has instead: something else, nothing that is told, or nothing."""
    gone = standing_of(study)
    if gone:
        return f"which is {gone}"
    near, keys = nearest(claim, study, ledger)
    if not near or set(keys) & set(SUBJECT):
        return "which reports no such result"
    told = instead(near[0], keys, ledger)
    return f"of which it is {told}" if told.startswith("not told") else f"which reports something else ({told})"


ABOUT = {"treatment": "treatments", "disorder": "disorders"}


def citations_of_others(ledger: Ledger) -> Iterator[Contradiction]:
    """A cited study is of the treatment and the disorder that a claim names, as far as its arms and population tell."""
    for claim in ledger.claims.values():
        if not claim.cites or not claim.query:
            continue
        try:
            asked = parse(claim.query, ledger).conditions
        except ProblemsFound:
            continue
        named = {each.key: each.values for each in asked if each.key in ABOUT and each.operator == "="}
        for name in claim.cites:
            study = ledger.studies.get(name)
            if study is None or not study.counts:
                continue
            of = {key: found for key in named if (found := _of(study, key))}
            if any(not _among(found, named[key], ABOUT[key], ledger) for key, found in of.items()):
                asks, told = (
                    " in ".join(_labels(words[key], ABOUT[key], ledger) for key in of) for words in (named, of)
                )
                source = place_of(study, "population.disorder") or study.design.source
                yield Contradiction(
                    "citation-of-another",
                    f"It cites {name} for {asks}; that study is of {told}.",
                    (of_claim(claim, f"{claim.says} Cites {name}"), Place(name, "population.disorder", told, source)),
                    "The list of references: which study was meant.",
                )


def _of(study: Study, key: str) -> tuple[str, ...]:
    """What a study is of: the treatments of its arms, or the disorders of its patients."""
    if key == "treatment":
        return tuple(dict.fromkeys(arm.treatment for arm in study.arms if arm.treatment))
    of_arms = (arm.disorder for arm in study.arms if arm.disorder and arm.role != "healthy")
    return tuple(dict.fromkeys((*study.population.disorder, *of_arms)))


def _among(found: tuple[str, ...], wanted: tuple[str, ...], kind: str, ledger: Ledger) -> bool:
    broader = ledger.vocabulary.broader
    return any(one in broader(kind, other) or other in broader(kind, one) for one in wanted for other in found)


def _labels(words: tuple[str, ...], kind: str, ledger: Ledger) -> str:
    return ", ".join(ledger.vocabulary.label(kind, word) for word in words)
