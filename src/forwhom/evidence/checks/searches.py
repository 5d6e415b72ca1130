"""Searches: can they be repeated, and do their numbers add up."""

from __future__ import annotations

from collections.abc import Iterator

from forwhom.evidence.contradictions import Contradiction, Place
from forwhom.evidence.model import Ledger, Search
from forwhom.evidence.searches import absent, imported

AUTHORS = "The authors of the search."


def searches_that_do_not_add_up(ledger: Ledger) -> Iterator[Contradiction]:
    """Found less duplicates are screened, screened less excluded are included; a search has terms, days and counts."""
    for search in ledger.searches.values():
        yield from _sums(search)
        yield from _imports(search)
        lacks = absent(search)
        if lacks:
            why = f"The search cannot be repeated: {'; '.join(lacks)}."
            place = Place(search.id, "sources", search.question or search.id, search.source)
            yield Contradiction("search", why, (place,), AUTHORS)


def _sums(search: Search) -> Iterator[Contradiction]:
    counts = [source.count for source in search.sources]
    found = None if any(count is None for count in counts) or not counts else sum(count or 0 for count in counts)
    imports = imported(search)
    duplicates, loose = search.duplicates, 0
    if duplicates is None and imports and all(source.duplicates is not None for source in search.sources):
        duplicates = sum(source.duplicates or 0 for source in imports)
        loose = sum(source.incomplete or 0 for source in imports)
    steps = (
        ("found", found, "duplicates", duplicates, "screened", search.screened, loose),
        ("screened", search.screened, "excluded", search.excluded, "included", search.included, 0),
    )
    for before, more, less_name, less, after, fewer, open_ in steps:
        if more is None or fewer is None:
            continue
        if fewer > more or (less is not None and not more - less - open_ <= fewer <= more - less):
            minus = f", less {less} {less_name}" if less is not None else ""
            yield _wrong(search, f"{more} {before}{minus}, and {fewer} {after}.", after)
    if search.included is not None and search.studies and len(search.studies) != search.included:
        yield _wrong(search, f"{search.included} included, and {len(search.studies)} studies named.", "studies")


def _imports(search: Search) -> Iterator[Contradiction]:
    """What an import read is left out or added."""
    for source in imported(search):
        if source.count is None:
            continue
        out = (source.duplicates or 0) + (source.incomplete or 0)
        if source.count - out != len(source.added):
            why = f"{source.file or source.name}: {source.count} records, {out} left out, and {len(source.added)} drafts added."
            yield _wrong(search, why, "sources")


def _wrong(search: Search, why: str, key: str) -> Contradiction:
    return Contradiction("search", why, (Place(search.id, key, why, search.source),), AUTHORS)
