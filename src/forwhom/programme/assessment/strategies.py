"""Which attachment strategy the marks speak for, how firmly, and what would settle it.

The papers name signs and give no rule. The rule here is ours and untested: it counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from forwhom.programme.assessment.model import SIDES, Catalogue, Mark, Points, Seen, Strategy

NEEDED: dict[Points, int] = {"hyperactivating": 3, "deactivating": 3, "mixed": 2}
"""Observations present that show a strategy. Ours: no source gives a number."""
RULE = (
    "A strategy is shown by at least three of its observations present and more present than absent. Both shown, or two of the "
    "signs of going back and forth, is mixed; none shown is undetermined. The rule is ours and untested: the source gives "
    "no numbers."
)


@dataclass(frozen=True, slots=True)
class Side:
    """The observations of one strategy.

    contested : observers disagree, so that it counts for nothing until they settle it
    unseen : nobody has observed it yet
    shown : whether the strategy is shown
    """

    strategy: Points
    present: tuple[str, ...]
    absent: tuple[str, ...]
    contested: tuple[str, ...]
    unseen: tuple[str, ...]

    @property
    def shown(self) -> bool:
        """At least `NEEDED` present, and more present than absent."""
        return _shown(self.strategy, len(self.present), len(self.absent))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the marks say.

    behind, of : observations with a clear mark, and all there are
    could_become : other verdicts that marking the open observations could lead to
    fewest : smallest number of further marks that could change the verdict; None where none can
    settle : open observations that could change it, those observers disagree about first
    observers : who marked anything
    """

    strategy: Strategy
    sides: tuple[Side, ...]
    behind: int
    of: int
    could_become: tuple[Strategy, ...]
    fewest: int | None
    settle: tuple[str, ...]
    observers: tuple[str, ...]

    @property
    def settled(self) -> bool:
        """Whether no further mark could change the verdict."""
        return not self.could_become


def latest(marks: Iterable[Mark], until: dt.date | None = None) -> dict[tuple[str, str], Seen | None]:
    """Each observer's newest mark of each observation; None where one day holds two that differ.

    The order of the marks does not matter.

    >>> day = dt.date(2026, 1, 5)
    >>> latest([Mark("too-calm", "absent", "anna", day), Mark("too-calm", "present", "anna", dt.date(2026, 2, 1))])
    {('too-calm', 'anna'): 'present'}
    """
    newest: dict[tuple[str, str], tuple[dt.date, set[Seen]]] = {}
    for mark in marks:
        if until is not None and mark.on > until:
            continue
        key = (mark.observation, mark.observer)
        day, seen = newest.get(key, (mark.on, set()))
        if mark.on > day:
            newest[key] = (mark.on, {mark.seen})
        elif mark.on == day:
            newest[key] = (day, seen | {mark.seen})
    return {key: next(iter(seen)) if len(seen) == 1 else None for key, (_, seen) in sorted(newest.items())}


def verdict(marks: Iterable[Mark], catalogue: Catalogue, until: dt.date | None = None) -> Verdict:
    """The verdict of all observers' newest marks, of those made until a day.

    An observation counts where at least one observer saw it clearly and no other saw the opposite.

    >>> from forwhom.programme.assessment import catalogue
    >>> day = dt.date(2026, 1, 5)
    >>> marks = [Mark(name, "present", "anna", day) for name in ("close-fast", "too-intense", "turns-hostile")]
    >>> said = verdict(marks, catalogue("mbt"))
    >>> said.strategy, said.behind, said.could_become, said.fewest
    ('hyperactivating', 3, ('mixed', 'undetermined', 'deactivating'), 2)
    """
    newest = latest(marks, until)
    by: dict[str, set[Seen | None]] = {}
    for (observation, _), seen in newest.items():
        by.setdefault(observation, set()).add(seen)
    sides = tuple(_side(each, catalogue, by) for each in SIDES)
    said = _of(*(side.shown for side in sides))
    changes = _changes(sides, said)
    behind = sum(len(side.present) + len(side.absent) for side in sides)
    return Verdict(
        said,
        sides,
        behind,
        len(catalogue.observations),
        tuple(sorted(changes, key=lambda name: (changes[name], _ORDER.index(name)))),
        min(changes.values(), default=None),
        _settle(sides),
        tuple(sorted({observer for _, observer in newest})),
    )


_ORDER: tuple[Strategy, ...] = ("mixed", "hyperactivating", "undetermined", "deactivating")


def _side(strategy: Points, catalogue: Catalogue, by: dict[str, set[Seen | None]]) -> Side:
    lots: dict[str, list[str]] = {"present": [], "absent": [], "contested": [], "unseen": []}
    for observation in catalogue.observations:
        if observation.points_to != strategy:
            continue
        clear = by.get(observation.id, set()) - {"not observed"}
        lot = "unseen" if not clear else "contested" if len(clear) > 1 or None in clear else str(next(iter(clear)))
        lots[lot].append(observation.id)
    return Side(strategy, *(tuple(lots[name]) for name in ("present", "absent", "contested", "unseen")))


def _shown(strategy: Points, present: int, absent: int) -> bool:
    return present >= NEEDED[strategy] and present > absent


def _of(hyperactivating: bool, deactivating: bool, mixed: bool) -> Strategy:
    if mixed or (hyperactivating and deactivating):
        return "mixed"
    return "hyperactivating" if hyperactivating else "deactivating" if deactivating else "undetermined"


def _flip(side: Side) -> int | None:
    """Fewest open observations that, once marked, change whether the side is shown; None where none do."""
    present, absent = len(side.present), len(side.absent)
    still = len(side.contested) + len(side.unseen)
    more = ((i, j) for i, j in product(range(still + 1), repeat=2) if i + j <= still)
    costs = (i + j for i, j in more if _shown(side.strategy, present + i, absent + j) != side.shown)
    return min(costs, default=None)


def _changes(sides: tuple[Side, ...], said: Strategy) -> dict[Strategy, int]:
    """Per other verdict that can be reached, the fewest marks that lead there."""
    reached: dict[Strategy, int] = {}
    for flipped in _flips(sides):
        other = _after(sides, flipped)
        if other != said:
            reached[other] = min(sum(flipped.values()), reached.get(other, 1000))
    return reached


def _after(sides: tuple[Side, ...], flipped: Iterable[Points]) -> Strategy:
    return _of(*(side.shown != (side.strategy in flipped) for side in sides))


def _flips(sides: tuple[Side, ...]) -> Iterator[dict[Points, int]]:
    """Every set of sides that can change at once, with the fewest marks each needs."""
    options = [(None, cost) if (cost := _flip(side)) is not None else (None,) for side in sides]
    for chosen in product(*options):
        yield {side.strategy: cost for side, cost in zip(sides, chosen, strict=True) if cost is not None}


def _settle(sides: tuple[Side, ...]) -> tuple[str, ...]:
    """Open observations of every side on which the verdict can come to hang."""
    hangs = {
        strategy
        for flipped in _flips(sides)
        for strategy in flipped
        if _after(sides, flipped) != _after(sides, flipped.keys() - {strategy})
    }
    open_ = [side for side in sides if side.strategy in hangs]
    contested = [name for side in open_ for name in side.contested]
    return (*contested, *(name for side in open_ for name in side.unseen))
