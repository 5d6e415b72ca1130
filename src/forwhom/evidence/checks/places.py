"""How a rule names the places it speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from forwhom.evidence.contradictions import Place
from forwhom.evidence.filters import Row
from forwhom.evidence.model import Arm, Claim, Printed, Result, Source, Study
from forwhom.evidence.standing import SECOND_HAND as SECOND_HAND


def of_result(study: Study, result: Result, said: str, key: str = "") -> Place:
    """A row of results, or one key of it."""
    return Place(study.id, f"results.{result.id}" + (f" {key}" if key else ""), said, result.source)


def of_arm(study: Study, arm: Arm, said: str, key: str = "n") -> Place:
    """A key of an arm."""
    return Place(study.id, f"arms.{arm.id}.{key}", said, arm.source)


def of_design(study: Study, key: str, said: str) -> Place:
    """A key of the design."""
    return Place(study.id, f"design.{key}", said, study.design.source)


def of_claim(claim: Claim, said: str) -> Place:
    """A claim."""
    return Place(claim.id, f"claims.{claim.id}", said, claim.source)


MOST = 12
"""Rows a contradiction lists; a count over hundreds would bury its sentence."""


def of_rows(found: Iterable[Row]) -> Iterator[Place]:
    """The first rows, in a few words each."""
    for row in tuple(found)[:MOST]:
        result = row.result
        what = [result.region or result.marker or result.outcome, result.direction, result.scope, result.modality]
        yield of_result(row.study, result, " ".join(each for each in what if each) or result.kind)


def place_of(study: Study, path: str) -> Source | None:
    """Where a fact of design, population, an arm or a measure stands: ``design.randomised``, ``arms.dbt.n``."""
    first, *rest = path.split(".")
    if first in ("design", "population"):
        return study.design.source if first == "design" else study.population.source
    row = study.arm(rest[0]) if first == "arms" else study.measure(rest[0])
    return row.source if row else None


def plain(number: float | None) -> str:
    """A number as it was printed.

    >>> plain(57.0), plain(16), plain(None)
    ('57', '16', 'nothing')
    """
    if number is None:
        return "nothing"
    return number.text if isinstance(number, Printed) else f"{number:g}"


def span(value: float, unit: str) -> str:
    """A length of time.

    >>> span(1, "year"), span(12, "week")
    ('1 year', '12 weeks')
    """
    return f"{plain(value)} {unit}" + ("" if value == 1 else "s")
