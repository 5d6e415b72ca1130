"""Two samples with the same numbers in every group, whoever the authors are."""

from __future__ import annotations

from collections.abc import Iterator

from forwhom.evidence.checks.places import of_result
from forwhom.evidence.checks.same_people import samples_told_twice
from forwhom.evidence.contradictions import Contradiction, Place
from forwhom.evidence.model import Ledger
from forwhom.evidence.overlap import overlaps
from forwhom.evidence.pairing import comparisons
from forwhom.evidence.twins import Twins, twins


def samples_with_the_same_numbers(ledger: Ledger) -> Iterator[Contradiction]:
    """Results of two samples that are equal to the last digit; pairs that other rules tell, and `separate`, are left out."""
    found = twins(comparisons(ledger))
    if not found:
        return
    told = [{place.of for place in each.places} for each in samples_told_twice(ledger)]
    told += [set(pair) for each in overlaps(ledger, every=False) for pair in each.studies]
    for each in found:
        a, b = (ledger.studies[name] for name in each.studies)
        if a.sample in b.separate or b.sample in a.separate or any(set(each.studies) <= names for names in told):
            continue
        rows = f"{len(each.results)} result{'' if len(each.results) == 1 else 's'}"
        of = f" of {each.of} on the same outcome" if each.of > len(each.results) else ""
        yield Contradiction(
            "same-numbers",
            f"{a.id} and {b.id} have the same numbers in every group, in {rows}{of}, and name different samples.",
            tuple(_places(each, ledger)),
            "Whether one publication stands there twice, or was copied: the publications, dates and places of recruitment.",
        )


def _places(of: Twins, ledger: Ledger) -> Iterator[Place]:
    for name in of.results[0]:
        study, _, row = name.partition("/")
        result = next(each for each in ledger.studies[study].results if each.id == row)
        yield of_result(ledger.studies[study], result, row)
