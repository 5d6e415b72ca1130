"""Where the phases of a programme lie in time, from its first day."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from forwhom.programme.model import Length, Phase, Programme


@dataclass(frozen=True, slots=True)
class Stretch:
    """A phase with its days.

    ends : the day after the last one
    assumed : its begin or end rests on a length that no paper states
    ours : its own length is one
    """

    phase: Phase
    begins: dt.date
    ends: dt.date
    assumed: bool
    ours: bool = False

    @property
    def days(self) -> int:
        """How many days it has; below 1 where it has none."""
        return (self.ends - self.begins).days


def later(day: dt.date, length: Length) -> dt.date:
    """The same day some weeks or months on; where a month is too short, its last day; never beyond the year 9999.

    >>> later(dt.date(2026, 8, 31), Length(18, "month")), later(dt.date(2026, 1, 1), Length(2, "week"))
    (datetime.date(2028, 2, 29), datetime.date(2026, 1, 15))
    """
    if length.unit in ("day", "week"):
        days = length.value * (7 if length.unit == "week" else 1)
        return dt.date.fromordinal(min(day.toordinal() + days, dt.date.max.toordinal()))
    months = day.year * 12 + day.month - 1 + length.value * (12 if length.unit == "year" else 1)
    year, month = divmod(months, 12)
    if year > dt.MAXYEAR:
        return dt.date.max
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_day(programme: Programme, start: dt.date) -> dt.date | None:
    """The day after the programme; None where no length is stated."""
    return later(start, programme.length) if programme.length else None


def stretches(programme: Programme, start: dt.date, lengths: Mapping[str, Length] | None = None) -> tuple[Stretch, ...]:
    """Every phase that can be placed, in the order of time.

    start : first day of the programme
    lengths : of phases, in place of those of the file

    A phase that follows none, or one that follows itself, cannot be placed and is not there.

    >>> from forwhom import programme
    >>> [str(each.begins) for each in stretches(programme.shipped("mbt"), dt.date(2026, 1, 5))]
    ['2026-01-05', '2026-01-19', '2026-01-26', '2026-04-20', '2026-04-27']
    """
    placed: dict[str, Stretch] = {}
    waiting = list(programme.phases)
    end = last_day(programme, start)
    while waiting:
        ready = [phase for phase in waiting if phase.begins is not None or not phase.after or phase.after in placed]
        if not ready:
            break
        for phase in ready:
            waiting.remove(phase)
            placed.setdefault(phase.id, _placed(phase, start, end, placed, lengths or {}))
    return tuple(sorted(placed.values(), key=lambda each: (each.begins, each.ends)))


def _placed(
    phase: Phase, start: dt.date, end: dt.date | None, placed: Mapping[str, Stretch], lengths: Mapping[str, Length]
) -> Stretch:
    before = placed.get(phase.after) if phase.begins is None else None
    begins = before.ends if before else later(start, phase.begins) if phase.begins else start
    length = lengths.get(phase.id, phase.length)
    own = phase.id not in lengths and "length" in phase.assumed
    assumed = own or (before.assumed if before else "begins" in phase.assumed)
    if length is not None:
        return Stretch(phase, begins, later(begins, length), assumed, own)
    return Stretch(phase, begins, end or begins, assumed)
