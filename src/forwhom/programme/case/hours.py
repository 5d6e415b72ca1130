"""Opening hours in a zone: whether somebody is there, and when a span of open time will have passed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST = 400
"""Days looked ahead; hours that are closed for so long never open again."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours of a week, with days closed.

    week : by weekday, pairs of local opening and closing time; a closing time of 00:00 is the midnight that ends the day
    closed : calendar days without hours
    zone : where the clock hangs that they go by; None for where the patient is treated
    """

    week: Mapping[str, tuple[tuple[dt.time, dt.time], ...]]
    closed: frozenset[dt.date] = field(default_factory=frozenset)
    zone: ZoneInfo | None = None

    def spans(self, first: dt.date, zone: ZoneInfo, days: int = LONGEST) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        """Open spans from a local day on, in UTC, in order.

        A local time that the clock skips is taken when the clock has moved on; one that comes twice opens the first time and
        closes the second time, so that nobody is told too early that it is closed. `first` is a day of `zone`; hours of
        another zone begin a day earlier, so that none is left out.
        """
        if self.zone is not None and self.zone != zone:
            first, days, zone = first - dt.timedelta(days=1), days + 2, self.zone
        for i in range(days):
            day = first + dt.timedelta(days=i)
            if day in self.closed:
                continue
            for start, end in self.week.get(DAYS[day.weekday()], ()):
                until = day if end > start else day + dt.timedelta(days=1)
                opens = dt.datetime.combine(day, start, zone).astimezone(dt.UTC)
                closes = dt.datetime.combine(until, end.replace(fold=1), zone).astimezone(dt.UTC)
                if opens < closes:
                    yield opens, closes

    def open_at(self, at: dt.datetime, zone: ZoneInfo) -> bool:
        """Whether somebody is there.

        >>> week = Hours({"monday": ((dt.time(9), dt.time(17)),)})
        >>> london = ZoneInfo("Europe/London")
        >>> week.open_at(dt.datetime(2026, 3, 30, 8, 30, tzinfo=dt.UTC), london)  # 9.30 in summer time
        True
        """
        first = at.astimezone(zone).date() - dt.timedelta(days=1)
        return any(opens <= at < closes for opens, closes in self.spans(first, zone, 3))

    def opens_next(self, at: dt.datetime, zone: ZoneInfo) -> dt.datetime | None:
        """The moment itself when open, else the next opening; None when it never opens."""
        for opens, closes in self.spans(at.astimezone(zone).date() - dt.timedelta(days=1), zone):
            if at < closes:
                return max(at, opens)
        return None

    def after(self, at: dt.datetime, length: dt.timedelta, zone: ZoneInfo) -> dt.datetime | None:
        """When so much open time will have passed, in UTC; None when the hours never hold it.

        Overlapping spans of a day count once.

        >>> week = Hours({day: ((dt.time(9), dt.time(17)),) for day in DAYS[:5]})
        >>> london = ZoneInfo("Europe/London")
        >>> friday = dt.datetime(2026, 3, 27, 16, tzinfo=london)  # the clocks go forward on Sunday
        >>> week.after(friday, dt.timedelta(hours=2), london).astimezone(london).isoformat()
        '2026-03-30T10:00:00+01:00'
        """
        left, reached = length, at.astimezone(dt.UTC)
        for opens, closes in self.spans(at.astimezone(zone).date() - dt.timedelta(days=1), zone):
            begins = max(opens, reached)
            if begins >= closes:
                continue
            if closes - begins >= left:
                return begins + left
            left -= closes - begins
            reached = closes
        return None
