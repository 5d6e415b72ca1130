"""Counts of claims, counted again; and claims that count nothing and have nothing behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from forwhom.evidence.checks.citations import READ, opposed, rows_for, rows_left_out
from forwhom.evidence.checks.places import of_claim, of_rows
from forwhom.evidence.checks.searches import searches_that_do_not_add_up
from forwhom.evidence.contradictions import Contradiction
from forwhom.evidence.filters import Row
from forwhom.evidence.left_out import left_out, named
from forwhom.evidence.model import Claim, Ledger, Study
from forwhom.evidence.near import instead, nearest
from forwhom.evidence.samples import of_rows as people_of
from forwhom.evidence.searches import finished

WANTED = ("count", "at_least", "at_most", "studies")
NEAR = 2
"""Rows of a study that is counted and does not report it, as an example of what it reports."""


def counted(claim: Claim, found: tuple[Row, ...]) -> int:
    """How many studies, samples, people or rows."""
    if claim.by == "person":
        return people_of(found).distinct
    if claim.by == "row":
        return len(found)
    return len({row.study.sample if claim.by == "sample" else row.study.id for row in found})


def of_the_region_itself(claim: Claim, found: tuple[Row, ...]) -> tuple[Row, ...]:
    """Rows of the very regions that the query names, without those of their parts."""
    named_ = {each.strip() for each in claim.query.get("region", "").split(",")} - {""}
    return tuple(row for row in found if not named_ or {row.result.region, row.result.seed, row.result.target} & named_)


def settle_for(claim: Claim, found: tuple[Row, ...]) -> str:
    """Who could settle a count: the document itself where it tells all the studies, else the studies."""
    if found and {row.result.source.document for row in found} == {claim.document}:
        return f"Nothing more is needed: {claim.document}'s own report of the results decides."
    return READ


def counts_of_claims(ledger: Ledger) -> Iterator[Contradiction]:
    """Every count of a claim, counted again. What hangs on studies that count nowhere contradicts nothing."""
    for claim in ledger.claims.values():
        if not any(claim.expect.get(key) is not None for key in WANTED) or not claim.query:
            continue
        found = rows_for(claim, ledger)
        why = miscounted(claim, found)
        if why and not hanging(claim, found, ledger) and not untested(claim, found, ledger):
            places = (of_claim(claim, claim.says), *of_rows(found, first=deciders(claim, found, ledger)))
            yield Contradiction("count-of-claim", why, places, settle_for(claim, found))


def cited_or_named(claim: Claim) -> tuple[str, ...]:
    """The studies that a claim names: those it counts by name, then those it cites."""
    names = claim.expect.get("studies")
    return tuple(dict.fromkeys((*(names if isinstance(names, tuple) else ()), *claim.cites)))


def deciders(claim: Claim, found: Iterable[Row], ledger: Ledger) -> tuple[tuple[Row, str], ...]:
    """Rows that break a count, each with why: what the studies report that are counted and do not say it, then those uncounted."""
    cited = cited_or_named(claim)
    if not cited:
        return ()
    here: dict[str, list[Row]] = {}
    for row in found:
        here.setdefault(row.study.id, []).append(row)
    made: list[tuple[Row, str]] = []
    for name in cited:
        if name not in here and name in ledger.studies:
            near, keys = nearest(claim, ledger.studies[name], ledger)
            made += [(row, f"counted, and reports instead: {instead(row, keys, ledger)}") for row in near[:NEAR]]
    for name, rows in here.items():
        if name not in cited:
            made += [(row, "reports it, and is not counted") for row in rows[:NEAR]]
    return tuple(made)


def miscounted(claim: Claim, found: tuple[Row, ...]) -> str:
    """How a count differs from what the rows give; empty where it does not."""
    n = counted(claim, found)
    exact, least, most = (claim.expect.get(key) for key in ("count", "at_least", "at_most"))
    wanted = claim.expect.get("studies")
    names = sorted({row.study.id for row in found})
    listed = f": {', '.join(names)}" if names else ""
    if not n and claim.kind != "count" and isinstance(least, int):
        return ""  # Nothing at all is the matter of `claims_of_nothing`.
    if isinstance(exact, int) and n != exact:
        itself = of_the_region_itself(claim, found)
        if claim.cites and counted(claim, itself) == exact and {row.study.id for row in itself} == set(claim.cites):
            return ""  # What lies beyond is told of a part of the region: a matter of what counts, and of a condition.
        return f"It says {_count(exact, claim.by)}, and the rows give {n}{listed}."
    if isinstance(exact, int) and _by_name(claim) and set(names) & set(claim.cites) and set(names) != set(claim.cites):
        return f"It counts {', '.join(claim.cites)}, and the rows give {', '.join(names)}."
    if isinstance(least, int) and n < least:
        verb = "says" if claim.kind == "count" else "takes"
        return f"It {verb} at least {_count(least, claim.by)}, and the rows give {n}{listed}."
    if isinstance(most, int) and n > most:
        return f"It says at most {_count(most, claim.by)}, and the rows give {n}{listed}."
    if isinstance(wanted, tuple) and set(wanted) != set(names):
        return f"It names {', '.join(wanted)}, and the rows give {', '.join(names) or 'none'}."
    return ""


def _by_name(claim: Claim) -> bool:
    """Whether it cites as many studies as it counts: then it is these that it counts."""
    return claim.by == "study" and len(claim.cites) == claim.expect.get("count")


def hanging(claim: Claim, found: tuple[Row, ...], ledger: Ledger) -> tuple[Study, ...]:
    """Studies that are withdrawn or drafts, and on which a count hangs that the rows do not give.

    With them it could be right, or nothing else is left that could test it. Empty where what is left contradicts the count
    whatever they say: another study that reports it uncounted, too many, or too few even with all of them.
    """
    cited = left_out(cited_or_named(claim), ledger)
    also = rows_left_out(claim, ledger)
    lost = {study.id: study for study in (*cited, *(row.study for row in also))}
    if claim.by == "sample":
        there = {row.study.sample for row in found}
        lost = {name: study for name, study in lost.items() if study.sample not in there}
    if not lost or not miscounted(claim, found):
        return ()
    gone = tuple(lost.values())
    here, names = {row.study.id for row in found}, set(cited_or_named(claim))
    stay = {name for name in names if name not in lost and name in ledger.studies}
    if not found and not stay:
        return gone
    if cited and (_by_name(claim) or isinstance(claim.expect.get("studies"), tuple)):
        extra = {row.study.id for row in of_the_region_itself(claim, found)} - names
        return gone if stay <= here and not extra else ()
    n, most = counted(claim, found), _at_most(claim, (*found, *also), gone, bool(cited))
    needed = claim.expect.get("count", claim.expect.get("at_least"))
    return gone if isinstance(needed, int) and n < needed <= most else ()


def untested(claim: Claim, found: tuple[Row, ...], ledger: Ledger) -> bool:
    """Whether nothing of the ledger speaks of what a claim counts: no row in whatever direction, and no study it cites.

    That the ledger holds none shows that there is none only where a search that can be repeated stands behind it.
    """
    cited = any(name in ledger.studies and ledger.studies[name].counts for name in cited_or_named(claim))
    return not (found or cited or rows_for(claim, ledger, without=("direction",)) or searched(ledger))


def searched(ledger: Ledger) -> bool:
    """Whether a search that can be repeated stands behind the ledger, and what it found is coded."""
    broken = {each.places[0].of for each in searches_that_do_not_add_up(ledger)}
    return any(name not in broken and finished(search, ledger) for name, search in ledger.searches.items())


def _at_most(claim: Claim, rows: tuple[Row, ...], gone: tuple[Study, ...], cited: bool) -> float:
    """What the count could be if every study left out counted."""
    if claim.by in ("person", "row"):
        return float("inf") if cited else counted(claim, rows)
    here = {row.study.sample if claim.by == "sample" else row.study.id for row in rows}
    return len(here | {study.sample if claim.by == "sample" else study.id for study in gone})


def claims_of_nothing(ledger: Ledger) -> Iterator[Contradiction]:
    """A claim that names no study, and of which the ledger holds nothing."""
    for claim in ledger.claims.values():
        counts = {"count", "at_most"} & set(claim.expect) or claim.kind == "count"
        wish = claim.kind == "recommendation"
        if counts or (claim.cites and not wish) or not claim.query or rows_for(claim, ledger) or opposed(claim, ledger):
            continue
        gone = {row.study.id: row.study for row in rows_left_out(claim, ledger, without=("direction",))}
        why = (
            f"Nothing that counts reports it; left out: {named(gone.values())}."
            if gone
            else BEHIND.get(claim.kind, ANY)
        )
        rule, settle = ("nothing-behind-recommendation", DONE) if wish else ("nothing-behind-claim", READ)
        yield Contradiction(rule, why, (of_claim(claim, claim.says),), settle)


ANY = "No study of the ledger reports it."
DONE = "A study that does what is wished for."
BEHIND = {
    "causal": "It names a cause, and no study of the ledger reports what is said to follow.",
    "comparison": "It compares, and no study of the ledger makes the comparison.",
    "effect": "It speaks of a size or a certainty, and no study of the ledger gives a number for it.",
    "recommendation": "It wishes for something, and no study of the ledger has it.",
}


def _count(n: int, by: str) -> str:
    one, many = {"person": ("person", "people"), "row": ("result", "results"), "sample": ("sample", "samples")}.get(
        by, ("study", "studies")
    )
    return f"{n} {one if n == 1 else many}"
