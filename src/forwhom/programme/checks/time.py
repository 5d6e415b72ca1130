"""Time: phases follow each other without overlap and without a hole; what belongs to them fits into them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise

from forwhom.problems import Problem
from forwhom.programme.checks.names import problem
from forwhom.programme.model import Length, Programme
from forwhom.programme.timeline import Stretch, last_day, later, stretches

DAY = dt.date(2001, 1, 1)
"""A first day to measure with: the months after it have their usual lengths."""


def phases(programme: Programme) -> Iterator[Problem]:
    """Phases that overlap, leave a hole, cannot be reached, have no days, or outlast the programme."""
    if not programme.phases:
        yield problem(programme, "phases", "there are none", "Write at least one [[phases]].", code="no-phases")
        return
    placed = stretches(programme, DAY)
    yield from _unplaced(programme, placed)
    end = last_day(programme, DAY)
    row = [each for each in placed if not each.phase.beside]
    for one, other in pairwise(row):
        gap = (other.begins - one.ends).days
        at = f"phases.{other.phase.id}"
        if gap < 0:
            found = f"begins {_days(-gap)} before {one.phase.id} ends"
            do = "Let it begin later, or write beside = true."
            yield problem(programme, at, found, do, code="phases-overlap")
        if gap > 0:
            found = f"begins {_days(gap)} after {one.phase.id} ends"
            yield problem(programme, at, found, f'Write after = "{one.phase.id}", or the phase between.', code="hole")
    for each in placed:
        at = f"phases.{each.phase.id}"
        if each.phase.length is None and end is None:
            do = "Give it a length, or give the programme one."
            yield problem(programme, at, "nothing says when it ends", do, code="no-end")
        elif each.days < 1:
            found = "has no days: the programme ends before it begins"
            yield problem(programme, at, found, "Shorten what comes before it.", code="unreachable")
        elif end is not None and each.ends > end:
            found = f"ends {_days((each.ends - end).days)} after the programme"
            yield problem(programme, at, found, "Correct its length or that of the programme.", code="too-long")
    yield from _ends(programme, row, end)
    yield from _too_early(programme, placed)


def _ends(programme: Programme, row: list[Stretch], end: dt.date | None) -> Iterator[Problem]:
    if row and row[0].begins > DAY:
        found = f"the first phase begins {_days((row[0].begins - DAY).days)} after the programme"
        do = 'Write begins = { value = 0, unit = "week" }.'
        yield problem(programme, f"phases.{row[0].phase.id}", found, do, code="hole")
    last = max((each.ends for each in row), default=None)
    if last is not None and end is not None and last < end:
        found = f"the last phase ends {_days((end - last).days)} before the programme"
        yield problem(programme, "phases", found, "Lengthen it, or shorten the programme.", code="hole")


def _unplaced(programme: Programme, placed: tuple[Stretch, ...]) -> Iterator[Problem]:
    there = {each.phase.id for each in placed}
    open_ended = {each.phase.id for each in placed if each.phase.length is None}
    for phase in programme.phases:
        at = f"phases.{phase.id}"
        if phase.id not in there:
            found = f"nothing leads to it: it follows '{phase.after}'"
            yield problem(programme, at, found, "Let it follow a phase that is reached.", code="unreachable")
        elif phase.after in open_ended and phase.begins is None:
            found = f"it follows {phase.after}, which goes on to the end"
            yield problem(programme, at, found, f"Give {phase.after} a length.", code="unreachable")
        if phase.after and phase.begins is not None:
            do = "Keep one of the two."
            yield problem(programme, at, "both after and begins say when it begins", do, code="two-beginnings")


def _too_early(programme: Programme, placed: tuple[Stretch, ...]) -> Iterator[Problem]:
    """A phase that waits for what is made only later can never be left."""
    begins = {each.phase.id: each.begins for each in placed}
    for phase in programme.phases:
        for path in phase.move_on:
            where = getattr(programme.thing(path), "phase", "") if path != "length" else ""
            if where in begins and phase.id in begins and begins[where] > begins[phase.id]:
                found = f"waits for {path}, which belongs to the later phase {where}"
                do = "Name what is there by then."
                yield problem(programme, f"phases.{phase.id} move_on", found, do, code="unreachable")


def appointments(programme: Programme) -> Iterator[Problem]:
    """Sessions that are longer or rarer than their phase; occasions after the end; windows that meet."""
    placed = {each.phase.id: each for each in stretches(programme, DAY)}
    for session in programme.sessions:
        for name in session.phases:
            if name in placed and placed[name].days > 0:
                yield from _fits(programme, f"sessions.{session.id}", session.minutes, session.every, placed[name])
    for module in programme.modules:
        holder = next((each for each in programme.sessions if each.id == module.session), None)
        days = sum(placed[name].days for name in (holder.phases if holder else ()) if name in placed)
        if module.length is not None and holder is not None and _length(module.length) > days:
            found = f"takes {module.length}, its sessions go on for {_days(days)}"
            yield problem(programme, f"modules.{module.id}", found, "Correct one of the two.", code="too-long")
    yield from _occasions(programme)


def _fits(
    programme: Programme, at: str, minutes: int | None, every: Length | None, phase: Stretch
) -> Iterator[Problem]:
    name = phase.phase.id
    if minutes is not None and minutes > phase.days * 1440:
        found = f"{minutes} minutes are longer than the phase {name}"
        yield problem(programme, at, found, "Write minutes = 50.", code="too-long")
    if every is not None and _length(every) > phase.days:
        found = f"every {every} is rarer than the phase {name} is long ({_days(phase.days)})"
        yield problem(programme, at, found, "Correct how often it is held.", code="too-long")


def _occasions(programme: Programme) -> Iterator[Problem]:
    end = last_day(programme, DAY)
    for each in programme.assessments:
        at = f"assessments.{each.id}"
        days = [later(DAY, Length(value, each.unit)) for value in each.at]
        if not each.at and not each.phase:
            do = "Write at = [0, 6], or the phase it belongs to."
            yield problem(programme, at, "nothing says when", do, code="no-occasion")
        if any(b <= a for a, b in pairwise(days)):
            yield problem(programme, f"{at} at", "occasions do not rise", "Write them in order.", code="wrong-order")
        if end is not None and days and max(days) > end:
            found = f"{max(each.at)} {each.unit}s are after the end of the programme ({programme.length})"
            do = "Correct it; what follows a programme is not part of it."
            yield problem(programme, f"{at} at", found, do, code="after-the-end")
        close = min(((b - a).days for a, b in pairwise(days)), default=None)
        if close is not None and each.window is not None and 0 < close <= 2 * each.window:
            found = f"windows of {_days(each.window)} on either side meet"
            yield problem(programme, f"{at} window", found, "Make the window smaller.", code="windows-meet")


def _length(length: Length) -> int:
    return (later(DAY, length) - DAY).days


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"
