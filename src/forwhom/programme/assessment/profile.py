"""Which impairment shows in which relationship: the profile, from observers' newest ratings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from forwhom.programme.assessment.model import DEGREES, Catalogue, Degree, Rated


@dataclass(frozen=True, slots=True)
class Square:
    """One impairment in one relationship.

    low, high : the lowest and the highest of the observers' newest degrees; "not assessed" both where nobody assessed it
    on : day of the newest rating; None where not assessed
    """

    context: str
    impairment: str
    low: Degree
    high: Degree
    observers: tuple[str, ...] = ()
    on: dt.date | None = None

    @property
    def assessed(self) -> bool:
        """Whether anybody assessed it."""
        return self.low != "not assessed"

    @property
    def agreed(self) -> bool:
        """Whether all who assessed it say the same."""
        return self.low == self.high


@dataclass(frozen=True, slots=True)
class Profile:
    """Impairment by relationship, relationships as rows in the order of the catalogue.

    modes : modes seen anywhere, the most often marked first
    widest : relationships with any impairment, most impairments first
    """

    squares: tuple[Square, ...]
    assessed: int
    of: int
    modes: tuple[str, ...]
    widest: tuple[str, ...]

    def at(self, context: str, impairment: str) -> Square:
        """One square."""
        return next(each for each in self.squares if (each.context, each.impairment) == (context, impairment))


def profile(ratings: Iterable[Rated], catalogue: Catalogue, until: dt.date | None = None) -> Profile:
    """The profile of all observers' newest ratings, of those made until a day. Their order does not matter.

    An observer's two ratings of one square on one day that differ both count, so that the square shows both.
    """
    newest: dict[tuple[str, str], dict[str, tuple[dt.date, set[Degree]]]] = {}
    for each in ratings:
        if until is not None and each.on > until:
            continue
        by = newest.setdefault((each.context, each.impairment), {})
        day, degrees = by.get(each.observer, (each.on, set()))
        if each.on > day:
            by[each.observer] = (each.on, {each.degree})
        elif each.on == day:
            by[each.observer] = (day, degrees | {each.degree})
    squares = tuple(
        _square(context.id, impairment.id, newest.get((context.id, impairment.id), {}))
        for context in catalogue.contexts
        for impairment in catalogue.impairments
    )
    modes = {each.id: _seen(squares, impairment=each.id) for each in catalogue.impairments if each.mode}
    wide = {each.id: _seen(squares, context=each.id) for each in catalogue.contexts}
    return Profile(
        squares,
        sum(each.assessed for each in squares),
        len(squares),
        tuple(sorted((name for name in modes if modes[name]), key=lambda name: -modes[name])),
        tuple(sorted((name for name in wide if wide[name]), key=lambda name: -wide[name])),
    )


def _square(context: str, impairment: str, by: dict[str, tuple[dt.date, set[Degree]]]) -> Square:
    said = {who: (day, degrees - {"not assessed"}) for who, (day, degrees) in by.items()}
    said = {who: each for who, each in sorted(said.items()) if each[1]}
    if not said:
        return Square(context, impairment, "not assessed", "not assessed")
    degrees = sorted((degree for _, some in said.values() for degree in some), key=DEGREES.index)
    return Square(context, impairment, degrees[0], degrees[-1], tuple(said), max(day for day, _ in said.values()))


def _seen(squares: Iterable[Square], context: str = "", impairment: str = "") -> int:
    return sum(
        each.high in ("some", "marked") and context in ("", each.context) and impairment in ("", each.impairment)
        for each in squares
    )
