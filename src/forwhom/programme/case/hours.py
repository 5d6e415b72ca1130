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
    """

    week: Mapping[str, tuple[tuple[dt.time, dt.time], ...]]
    closed: frozenset[dt.date] = field(default_factory=frozenset)

    def spans(self, first: dt.date, zone: ZoneInfo, days: int = LONGEST) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        """Open spans from a local day on, in UTC, in order.

        A local time that the clock skips is taken when the clock has moved on; one that comes twice opens the first time and
        closes the second time, so that nobody is told too early that it is closed.
        """
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
