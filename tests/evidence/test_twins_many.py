"""Very many samples with the same numbers are one heap, and are told in a time that grows with their number alone."""

from __future__ import annotations

import dataclasses

from forwhom import evidence
from forwhom.evidence.pairing import comparisons
from forwhom.evidence.twins import MOST, twins


def test_every_pair_of_few_and_one_heap_of_many() -> None:
    one = next(each for each in comparisons(evidence.read()) if each.id == "bateman-fonagy-2009/episode-mbt")
    few = [dataclasses.replace(one, study=f"s{n}", sample=f"of-{n}") for n in range(MOST)]
    many = [*few, dataclasses.replace(one, study="last", sample="of-last")]
    assert len(twins(few)) == MOST * (MOST - 1) // 2
    assert [each.studies for each in twins(many)] == [("s0", each.study) for each in many[1:]]
