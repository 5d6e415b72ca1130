"""How a rule names the places it speaks of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

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


def of_rows(found: Iterable[Row], *, first: Sequence[tuple[Row, str]] = ()) -> Iterator[Place]:
    """Rows in a few words each: those that decide first, with why, then the others in turn from every study; what is cut is told."""
    why = {row.id: note for row, note in first}
    ahead = {row.id: row for row, _ in first}
    others = {row.id: row for row in found if row.id not in ahead}
    shown = [*ahead.values(), *_in_turn(others.values())]
    quoted, cut = shown[:MOST], Counter(row.study.id for row in shown[MOST:])
    last = {row.study.id: row.id for row in quoted}
    for i, row in enumerate(quoted):
        result = row.result
        what = [result.region or result.marker or result.outcome, result.direction, result.scope, result.modality]
        said = " ".join(each for each in what if each) or result.kind
        said += f" ({why[row.id]})" if row.id in why else ""
        n = cut[row.study.id] if last[row.study.id] == row.id else 0
        said += f"; {n} more {'row' if n == 1 else 'rows'} of this study" if n else ""
        unseen = [name for name in cut if name not in last] if i == len(quoted) - 1 else []
        yield of_result(row.study, result, said + (f"; further rows in {', '.join(unseen)}" if unseen else ""))


def _in_turn(found: Iterable[Row]) -> Iterator[Row]:
    """One row of every study, then a second of every study, and so on."""
    by_study: dict[str, list[Row]] = {}
    for row in found:
        by_study.setdefault(row.study.id, []).append(row)
    for turn in zip_longest(*by_study.values()):
        yield from (row for row in turn if row is not None)


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
