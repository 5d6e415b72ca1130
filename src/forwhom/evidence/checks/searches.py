"""Searches: can they be repeated, and do their numbers add up."""

from __future__ import annotations

from collections.abc import Iterator

from forwhom.evidence.contradictions import Contradiction, Place
from forwhom.evidence.model import Ledger, Search

AUTHORS = "The authors of the search."


def searches_that_do_not_add_up(ledger: Ledger) -> Iterator[Contradiction]:
    """Found less duplicates are screened, screened less excluded are included; a search has days and counts."""
    for search in ledger.searches.values():
        yield from _sums(search)
        absent = [
            f"{source.name} without {' and '.join(what)}"
            for source in search.sources
            if (what := [key for key in ("date", "count") if getattr(source, key) is None])
        ]
        if absent:
            why = f"The search cannot be repeated: {'; '.join(absent)}."
            yield Contradiction("search", why, (Place(search.id, "sources", search.question, search.source),), AUTHORS)


def _sums(search: Search) -> Iterator[Contradiction]:
    counts = [source.count for source in search.sources]
    found = None if any(count is None for count in counts) or not counts else sum(count or 0 for count in counts)
    steps = (
        ("found", found, "duplicates", search.duplicates, "screened", search.screened),
        ("screened", search.screened, "excluded", search.excluded, "included", search.included),
    )
    for before, more, less_name, less, after, fewer in steps:
        if more is None or fewer is None:
            continue
        if fewer > more or (less is not None and more - less != fewer):
            minus = f", less {less} {less_name}" if less is not None else ""
            yield _wrong(search, f"{more} {before}{minus}, and {fewer} {after}.", after)
    if search.included is not None and search.studies and len(search.studies) != search.included:
        yield _wrong(search, f"{search.included} included, and {len(search.studies)} studies named.", "studies")


def _wrong(search: Search, why: str, key: str) -> Contradiction:
    return Contradiction("search", why, (Place(search.id, key, why, search.source),), AUTHORS)
