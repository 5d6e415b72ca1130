"""Days and times out of order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from forwhom.evidence.checks.places import of_design, of_result, plain
from forwhom.evidence.contradictions import Contradiction, Place
from forwhom.evidence.model import Ledger


def dates_out_of_order(ledger: Ledger) -> Iterator[Contradiction]:
    """A study begins, ends, is published, is coded; assessments rise."""
    for study in ledger.studies.values():
        design, year = study.design, study.citation.year
        days = (("begun", design.begun), ("ended", design.ended))
        known = [(name, day) for name, day in days if day is not None]
        if len(known) == 2 and known[0][1] > known[1][1]:
            yield Contradiction(
                "date",
                f"The study ended on {known[1][1]}, before it began on {known[0][1]}.",
                tuple(of_design(study, name, str(day)) for name, day in known),
                "The dates in the register.",
            )
        published = Place(study.id, "citation.year", f"published {year}")
        for name, day in known:
            if day.year > year:
                yield Contradiction(
                    "date",
                    f"The study was {name} in {day.year}, and published in {year}.",
                    (of_design(study, name, str(day)), published),
                    "The dates in the register.",
                )
        if study.extraction and study.extraction.date.year < year:
            coded = Place(study.id, "extraction.date", f"coded on {study.extraction.date}")
            yield Contradiction(
                "date", f"Coded in {study.extraction.date.year}, before it was published in {year}.", (coded, published),
                "The year of publication.",
            )  # fmt: skip
        if any(a >= b for a, b in pairwise(design.assessments)):
            said = ", ".join(plain(time) for time in design.assessments)
            yield Contradiction(
                "date", f"Assessments at {said} do not rise.", (of_design(study, "assessments", said),), "The schedule."
            )


def times_not_assessed(ledger: Ledger) -> Iterator[Contradiction]:
    """A result is of a time at which somebody was assessed."""
    for study in ledger.studies.values():
        times = study.design.assessments
        if not times:
            continue
        at = ", ".join(plain(time) for time in times)
        for result in study.results:
            if result.time is not None and not any(abs(result.time - time) < 1e-6 for time in times):
                yield Contradiction(
                    "date",
                    f"A result at {plain(result.time)} {study.design.unit}s, and assessments at {at}.",
                    (
                        of_result(study, result, f"time {plain(result.time)}", "time"),
                        of_design(study, "assessments", f"{at} {study.design.unit}s"),
                    ),
                    "The schedule of assessments; whether the time is a mean.",
                )
