"""Deadlines, in real time or in opening hours."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from forwhom.programme.case.log import fixed

if TYPE_CHECKING:
    from forwhom.programme.case.opened import Opened


def deadline(opened: Opened, start: dt.datetime, within: dt.timedelta, clock: str) -> dt.datetime:
    """When a time to act has run out, in UTC.

    clock : "" for real time, else id of opening hours. Hours that never open fall back on real time: a deadline that never
        comes would lose an alert. That they never open is a problem of case.toml.
    """
    hours = opened.hours.get(clock)
    at = hours.after(start, within, opened.zone) if hours is not None else None
    try:
        return at if at is not None else start.astimezone(dt.UTC) + within
    except OverflowError:
        # A time beyond all reckoning must not hide the other alerts of a case: it is over at once.
        return start.astimezone(dt.UTC)


def local_time(text: str, opened: Opened) -> tuple[dt.datetime, ...]:
    """The moments that a local time without a zone could mean: none in the gap of spring, two in the fold of autumn.

    >>> import datetime, zoneinfo
    >>> from forwhom.programme.case.opened import Opened
    >>> here = Opened("mbt", datetime.date(2026, 3, 1), zoneinfo.ZoneInfo("Europe/London"), {})
    >>> len(local_time("2026-03-29T01:30", here)), len(local_time("2026-10-25T01:30", here))
    (0, 2)
    >>> [at.isoformat() for at in local_time("2026-07-01T09:00", here)]
    ['2026-07-01T09:00:00+01:00']
    """
    wall = dt.datetime.fromisoformat(text)
    found: list[dt.datetime] = []
    for fold in (0, 1):
        at = wall.replace(tzinfo=opened.zone, fold=fold).astimezone(dt.UTC).astimezone(opened.zone)
        moment = fixed(at)
        if at.replace(tzinfo=None) == wall and moment not in found:
            found.append(moment)
    return tuple(found)
