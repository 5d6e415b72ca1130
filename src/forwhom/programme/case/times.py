"""Times that cannot be: what is said to have happened lies after it was recorded."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields, is_dataclass
from typing import Any

from forwhom.problems import Problem
from forwhom.programme.case.log import LOG, Entry

PAST = ("when", "started", "on", "ended", "since")
"""Keys of data that tell of what is over, or begins now."""


def ahead(entry: Entry, said: Any) -> tuple[Problem, ...]:
    """A notice per time of an entry that lies ahead: of `at` after the computer's clock, and of its data after `at`.

    It never hinders: an event with a mistyped year is an event.
    """
    found = []
    do = "Correct it where the year or the day is mistyped."
    if entry.written is not None:
        says = f"{entry.at.isoformat()} lies after the computer's clock, {entry.written.isoformat()}"
        found.append(
            Problem(
                "after-clock", f"{do} Deadlines count from the clock.", LOG, entry.row, "at", says, severity="notice"
            )
        )
    if said is None or not is_dataclass(said):
        return tuple(found)
    for each in fields(said):
        value = getattr(said, each.name)
        if each.name in PAST and _after(value, entry.since):
            says = f"{value.isoformat()} lies after it was recorded, {entry.since.isoformat()}"
            found.append(Problem("after-recorded", do, LOG, entry.row, each.name, says, severity="notice"))
    return tuple(found)


def _after(value: Any, at: dt.datetime) -> bool:
    if isinstance(value, dt.datetime):
        return value > at
    # A day of another zone may have begun already.
    return isinstance(value, dt.date) and value > at.date() + dt.timedelta(days=1)
