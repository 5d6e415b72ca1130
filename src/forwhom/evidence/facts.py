"""One fact told once: what several rules find of the same rows or the same claim is put together, with one state."""

from __future__ import annotations

from collections.abc import Iterable

from forwhom.evidence.contradictions import KINDS, Contradiction, Fact, Kind, Place
from forwhom.evidence.filters import Query, Row, parse
from forwhom.evidence.model import Claim, Ledger
from forwhom.problems import ProblemsFound

Anchor = tuple[object, ...]
PEOPLE = ("n", "analysed", "left")
RESTATED = ("within-paper", "text-against-table", "paper-against-paper", "never-reported")
"""Rules of one fact in two places. What others find, from rows of several facts, is a matter of its own."""


def facts(found: Iterable[Contradiction], ledger: Ledger) -> tuple[Fact, ...]:
    """Contradictions put together: in the order of `KINDS`.

    Two are one fact when they are of one claim, of one row stated again, of one number of people of an arm with the same two
    values, or when the claim stands on the lines of the row. A fact is settled when one of its parts is.

    >>> from forwhom import evidence
    >>> ledger = evidence.read()
    >>> every = evidence.check(ledger).contradictions
    >>> len(facts(every, ledger)) < len(every)
    True
    """
    every = tuple(found)
    groups: list[list[Contradiction]] = []
    of: dict[Anchor, int] = {}
    for each in every:
        anchors = list(_anchors(each, ledger))
        met = sorted({of[anchor] for anchor in anchors if anchor in of})
        home = met[0] if met else len(groups)
        if not met:
            groups.append([])
        for other in met[1:]:
            groups[home] += groups[other]
            groups[other] = []
            of.update({anchor: home for anchor, at in of.items() if at == other})
        groups[home].append(each)
        of.update(dict.fromkeys(anchors, home))
    merged = _claims_with_their_rows([group for group in groups if group], ledger)
    order = list(KINDS)
    return tuple(sorted(map(_fact, merged), key=lambda fact: order.index(fact.kind)))


def _anchors(each: Contradiction, ledger: Ledger) -> Iterable[Anchor]:
    """What makes two findings the same fact."""
    if _claim(each, ledger):
        yield "claim", each.places[0].of
        return
    if each.rule not in RESTATED:
        yield "one", each.id
        return
    said = frozenset(place.said for place in each.places)
    for place in each.places:
        first, _, key = place.key.partition(" ")
        if first.startswith("results."):
            yield "row", place.of, _first_told(place.of, first.removeprefix("results."), ledger), key
        path = first.removeprefix("stated.").split(".")
        if path[0] == "arms" and path[-1] in PEOPLE and len(said) == 2:
            yield "people", place.of, path[1], said
    last = each.places[-1]
    if each.rule == "never-reported":
        # A result of two groups together is a row of each.
        yield "told", last.of, each.says, str(last.source)
    if len(each.places) == 2 and last.source and last.source.line:
        # Several rows of one sentence that differ in the same way.
        yield "sentence", each.rule, last.of, last.key.partition(" ")[2], said, last.source.document, last.source.line


def _first_told(study: str, result: str, ledger: Ledger) -> str:
    found = next((each for each in ledger.studies[study].results if each.id == result), None)
    return found.same_as if found and found.same_as else result


def _claim(each: Contradiction, ledger: Ledger) -> Claim | None:
    place = each.places[0]
    return ledger.claims.get(place.of) if place.key.startswith("claims.") else None


def _claims_with_their_rows(groups: list[list[Contradiction]], ledger: Ledger) -> list[list[Contradiction]]:
    """A claim that nothing but a row on its own lines stands behind is the same fact as that row."""
    of_rows = [group for group in groups if group[0].rule in RESTATED]
    kept = [group for group in groups if not _claim(group[0], ledger)]
    for group in groups:
        claim = _claim(group[0], ledger)
        if claim is None:
            continue
        home = next(
            (here for here in of_rows if any(_behind(place, claim, ledger) for each in here for place in each.places)),
            None,
        )
        if home is not None and not any(_of_its_own(each, claim) for each in group):
            home += group
        else:
            kept.append(group)
    return kept


def _of_its_own(each: Contradiction, claim: Claim) -> bool:
    """A count of rows that are there, and a cause that no design can show, are matters of their own."""
    return each.kind == "over-claim" or (each.rule == "count-of-claim" and len(each.places) > 1)


def _behind(place: Place, claim: Claim, ledger: Ledger) -> bool:
    """Whether a place is a row, or a fact, that the very lines of the claim tell."""
    source, study = place.source, ledger.studies.get(place.of)
    if (
        study is None
        or source is None
        or source.document != claim.document
        or source.line is None
        or claim.line is None
    ):
        return False
    if source.line > (claim.to or claim.line) or claim.line > (source.to or source.line):
        return False
    if claim.cites and study.id not in claim.cites:
        return False
    first = place.key.partition(" ")[0]
    if not first.startswith("results."):
        of = str(claim.expect.get("of", ""))
        return bool(of) and first.removeprefix("stated.") == of
    result = next((each for each in study.results if f"results.{each.id}" == first), None)
    if result is None or not claim.query:
        return False
    try:
        asked = parse(claim.query, ledger)
    except ProblemsFound:
        return False
    about = Query(tuple(each for each in asked.conditions if each.key not in ("document", "part")))
    row = Row(study, result, study.arm(result.arm))
    return all(each.holds(row, ledger) for each in about.conditions)


def _fact(group: list[Contradiction]) -> Fact:
    rules = tuple(dict.fromkeys(each.rule for each in group))
    settled = next((each for each in group if each.status == "settled"), None)
    places: dict[tuple[object, ...], Place] = {}
    for each in group:
        for place in each.places:
            places.setdefault((place.of, place.said, str(place.source)), place)
    says = tuple(dict.fromkeys(each.says for each in group))
    return Fact(
        kind=_kind(group),
        rules=rules,
        says=" ".join(says),
        places=tuple(places.values()),
        settle=group[0].settle,
        status="settled" if settled else "open",
        how=settled.how if settled else "",
        members=tuple(group),
    )


def _kind(group: list[Contradiction]) -> Kind:
    """The gravest of its parts; what nobody reports contradicts nothing."""
    kinds = {each.kind for each in group}
    if any(each.rule == "never-reported" and each.counted for each in group):
        return "not reported"
    return next(kind for kind in KINDS if kind in kinds)
