"""Values of an entry's data, as JSON holds them. What `forwhom.keyed` reads is read there."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from forwhom.keyed import Found, Refused
from forwhom.problems import short
from forwhom.programme.case.log import FIRST_YEAR, LAST_YEAR
from forwhom.programme.case.log import moment as read_moment

LONGEST, DIGITS = dt.timedelta(days=400), 6
_SPAN = re.compile(r"(?:(\d+) ?(?:d|days?))? ?(?:(\d+) ?(?:h|hours?))? ?(?:(\d+) ?(?:min|minutes?))?")


def moment(value: Any, where: str, found: Found) -> dt.datetime:
    """A time with its zone, as text."""
    at = (
        read_moment(value)
        if isinstance(value, str)
        else ("wrong-type", f"{short(value)} is no time", "Write it in quotes.")
    )
    if isinstance(at, tuple):
        raise Refused(*at)
    return at


def day(value: Any, where: str, found: Found) -> dt.date:
    """A calendar day, as text."""
    if isinstance(value, str) and len(value) == 10:
        try:
            made = dt.date.fromisoformat(value)
        except ValueError:
            made = None
        if made is not None and FIRST_YEAR <= made.year <= LAST_YEAR:
            return made
    raise Refused("wrong-type", f"{short(value)} is not a day", "Write 2026-03-01.")


def span(value: Any, where: str, found: Found) -> dt.timedelta:
    """A length of time: "30 min", "2 h", "1 d 12 h".

    >>> span("1 d 12 h", "", Found(""))
    datetime.timedelta(days=1, seconds=43200)
    """
    match = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is not None and any(match.groups()):
        # Numbers of thousands of digits are no lengths either, and Python would not read them.
        if all(len(each or "") <= DIGITS for each in match.groups()):
            days, hours, minutes = (int(each or 0) for each in match.groups())
            made = dt.timedelta(days=days, hours=hours, minutes=minutes)
            if dt.timedelta(0) < made <= LONGEST:
                return made
        raise Refused("wrong-value", f"{short(value)} is no length of time here", f"Write 1 min to {LONGEST.days} d.")
    raise Refused("wrong-type", f"{short(value)} is not a length of time", 'Write "30 min", "2 h" or "1 d".')


def whole(value: Any, where: str, found: Found) -> int:
    """A whole number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise Refused("wrong-type", f"{short(value)} is not a whole number", "Write 0, 1, 2 …")


def level(value: Any, where: str, found: Found) -> int:
    """A level of the ladder of interventions."""
    if whole(value, where, found) in (1, 2, 3, 4):
        return int(value)
    raise Refused("wrong-value", f"{short(value)} is no level", "Write 1, 2, 3 or 4.")
