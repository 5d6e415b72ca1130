"""Days and years of files that are still to come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator

from forwhom.evidence.model import Ledger, Study
from forwhom.problems import Problem


def days_ahead(ledger: Ledger, today: dt.date, only: Collection[str] | None = None) -> tuple[Problem, ...]:
    """Days on which something was coded, settled, searched or withdrawn, and years of publication, after today.

    only : ids of the studies and searches to look at; None for all. What ships with forwhom is not judged by the clock of a machine.
    A publication of next year may be out already.

    >>> from forwhom import evidence
    >>> days_ahead(evidence.read(), dt.date(2100, 1, 1))
    ()
    """
    found: list[Problem] = []
    for study in ledger.studies.values():
        if only is None or study.id in only:
            found += [_ahead(study.file, key, day, today) for key, day in _days(study) if day > today]
            if study.citation.year > today.year + 1 and not study.draft:
                year = study.citation.year
                found.append(
                    Problem(
                        "in-the-future",
                        "Correct the year.",
                        study.file,
                        column="[citation] year",
                        found=f"{year} is to come",
                    )
                )
    for search in ledger.searches.values():
        if only is None or search.id in only:
            found += [
                _ahead(search.file, f"[[sources]] {each.name} date", each.date, today)
                for each in search.sources
                if each.date is not None and each.date > today
            ]
    return tuple(found)


def _days(study: Study) -> Iterator[tuple[str, dt.date]]:
    if study.extraction:
        yield "[extraction] date", study.extraction.date
    if study.withdrawn:
        yield "[withdrawn] date", study.withdrawn.date
    for each in study.settled:
        yield "[[settled]] date", each.date
    for key, day in (("begun", study.design.begun), ("ended", study.design.ended)):
        if day is not None and study.results:
            yield f"[design] {key}", day


def _ahead(file: str, key: str, day: dt.date, today: dt.date) -> Problem:
    do = "Correct the day; grades and maps carry it."
    return Problem("in-the-future", do, file, column=key, found=f"{day} is later than today, {today}")
