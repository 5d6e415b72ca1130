"""What is due when: phases, sessions week by week, assessments with their windows, plans, reviews.

Days are calendar days where the patient is treated. An appointment keeps its hour of the local clock, whether or not the clocks
changed. Nothing here reads a clock.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from forwhom.problems import Problem, did_you_mean, listed, short
from forwhom.programme.model import Assessment, Fact, Length, Programme, Session, Unit
from forwhom.programme.timeline import Stretch, last_day, later, stretches

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST = 2000
"""Appointments of one kind; a programme that needs more has a mistake in it."""
_SLOT = re.compile(r"\s*([a-z]{3})[a-z]*\s*(?:[ @]\s*(\d{1,2}):(\d{2}))?\s*")
_LENGTH = re.compile(r"\s*(\d{1,4})\s*([dwmy])[a-z]*\s*")


@dataclass(frozen=True, slots=True)
class Slot:
    """When a kind of session is held: day of the week (0 is Monday), hour; None where no hour is agreed yet."""

    weekday: int
    at: dt.time | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that is due.

    kind : "phase", "assessment", "review", "profile", "plan", "agreement", "end"
    on : the day it is meant for; None when any day of the window will do
    first, last : first and last day of its window
    who : roles
    assumed : its day rests on a value that no paper states
    ours : that value is its own, not the length of a phase before it
    """

    kind: str
    id: str
    label: str
    first: dt.date
    last: dt.date
    on: dt.date | None = None
    who: tuple[str, ...] = ()
    assumed: bool = False
    source: str = ""
    note: str = ""
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """Sessions of one kind in one phase.

    days : one day each
    slot : day of the week and hour, as agreed; None where nothing is: then a day stands for its week
    assumed : how often they are held, or when the phase is, is ours
    ours : how often they are held is
    """

    id: str
    label: str
    phase: str
    days: tuple[dt.date, ...]
    every: Length
    zone: ZoneInfo
    slot: Slot | None = None
    minutes: int | None = None
    who: tuple[str, ...] = ()
    format: str = ""
    assumed: bool = False
    source: str = ""
    ours: bool = False

    def at(self, day: dt.date) -> dt.datetime | None:
        """The moment on one of its days; None where no hour is agreed."""
        if self.slot is None or self.slot.at is None:
            return None
        return dt.datetime.combine(day, self.slot.at, tzinfo=self.zone)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Everything that is due.

    end : the day after the last; None where the programme states no length
    unplaced : what is due at no stated time, with what is not known
    notes : what to know of single days, such as an hour that clocks leave out
    """

    programme: str
    title: str
    start: dt.date
    end: dt.date | None
    zone: ZoneInfo
    dues: tuple[Due, ...]
    series: tuple[Series, ...]
    unplaced: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    person: str = ""


def calendar(
    programme: Programme,
    start: dt.date,
    zone: ZoneInfo,
    slots: Mapping[str, Slot] | None = None,
    lengths: Mapping[str, Length] | None = None,
    person: str = "",
) -> Calendar:
    """What is due when.

    start : first day; day of the assessment, where there is one
    slots : by id of a kind of session
    lengths : by id of a phase, in place of those of the file
    person : written on the calendar, nowhere else

    >>> from forwhom import programme
    >>> made = calendar(programme.shipped("mbt"), dt.date(2026, 1, 5), ZoneInfo("Europe/London"))
    >>> [(each.id, len(each.days)) for each in made.series][-2:]
    [('individual', 62), ('group', 62)]
    """
    placed = stretches(programme, start, lengths)
    by_phase = {each.phase.id: each for each in placed}
    series = tuple(
        made
        for each in programme.sessions
        for name in each.phases
        if name in by_phase and (made := _series(each, by_phase[name], zone, (slots or {}).get(each.id))) is not None
    )
    dues = [
        *(_phase(each) for each in placed if each.days > 0),
        *_made(programme, by_phase),
        *_assessments(programme, start, by_phase),
    ]
    end = last_day(programme, start)
    if end is not None:
        last = end - dt.timedelta(days=1)
        dues.append(
            Due("end", "end", "Last day of the programme", last, last, last, source=str(programme.source or ""))
        )
    dues.sort(key=lambda due: (due.on or due.first, due.kind != "phase", due.last, due.id))
    unplaced = (*_unplaced(programme), *_no_time(programme, placed, end))
    notes = (*_beyond(placed, end), *(note for each in series for note in _clocks(each)))
    return Calendar(programme.id, programme.title, start, end, zone, tuple(dues), series, unplaced, notes, person)


def _phase(stretch: Stretch) -> Due:
    phase, source = stretch.phase, str(stretch.phase.source or "")
    last = stretch.ends - dt.timedelta(days=1)
    return Due("phase", phase.id, phase.name, stretch.begins, last, None, (), stretch.assumed, source, "", stretch.ours)


def _made(programme: Programme, by_phase: Mapping[str, Stretch]) -> Iterator[Due]:
    """Plans and agreements: due in their phase."""
    for plan in programme.plans:
        if plan.phase in by_phase:
            yield _within("plan", plan, by_phase[plan.phase], plan.by)
    for agreement in programme.agreements:
        if agreement.phase in by_phase:
            yield _within("agreement", agreement, by_phase[agreement.phase], agreement.between)


def _within(kind: str, fact: Fact, stretch: Stretch, who: tuple[str, ...]) -> Due:
    last = max(stretch.begins, stretch.ends - dt.timedelta(days=1))
    return Due(kind, fact.id, fact.name, stretch.begins, last, None, who, stretch.assumed, str(fact.source or ""))


def _assessments(programme: Programme, start: dt.date, by_phase: Mapping[str, Stretch]) -> Iterator[Due]:
    for each in programme.assessments:
        kind = "assessment" if each.kind == "outcome" else each.kind
        for value in each.at:
            yield _occasion(each, kind, value, start)
        if not each.at and each.phase in by_phase:
            yield _within(kind, each, by_phase[each.phase], each.by)


def _occasion(each: Assessment, kind: str, value: int, start: dt.date) -> Due:
    day = later(start, Length(value, each.unit)) if value else start
    window = dt.timedelta(days=each.window or 0)
    # Before the first day nobody of the programme has met the patient.
    first = max(start, day - window)
    label = f"{each.name} ({f'{each.unit} {value}' if value else 'at the start'})"
    assumed = "at" in each.assumed
    source = str(each.source or "")
    return Due(kind, each.id, label, first, day + window, day, each.by or (), assumed, source, each.informant, assumed)


def _series(session: Session, stretch: Stretch, zone: ZoneInfo, slot: Slot | None) -> Series | None:
    if session.every is None or stretch.days < 1:
        return None
    first = stretch.begins
    if slot is not None:
        first += dt.timedelta(days=(slot.weekday - first.weekday()) % 7)
    days: list[dt.date] = []
    while len(days) < MOST:
        # From the first each time, so that a 31st does not turn into a 28th for good.
        day = later(first, Length(session.every.value * len(days), session.every.unit))
        if day >= stretch.ends:
            break
        days.append(day)
    ours = "every" in session.assumed
    return Series(
        session.id, session.name, stretch.phase.id, tuple(days), session.every, zone, slot, session.minutes,
        session.led_by, session.format, ours or stretch.assumed, str(session.source or ""), ours,
    )  # fmt: skip


def _unplaced(programme: Programme) -> Iterator[tuple[str, str]]:
    for session in programme.sessions:
        if session.every is None:
            yield session.name, "How often it is held is not stated."
    for module in programme.modules:
        if module.length is None and not module.session:
            yield module.name, "When and how long it is given is not stated."


def _no_time(programme: Programme, placed: Iterable[Stretch], end: dt.date | None) -> Iterator[tuple[str, str]]:
    """Phases that have no day left, and what would have been held in them alone."""
    placed = tuple(placed)
    there = {each.phase.id for each in placed if each.days > 0}
    for stretch in placed:
        if stretch.days > 0:
            continue
        ends = f"the programme ends before {end}" if end is not None else "neither it nor the programme has a length"
        yield stretch.phase.name, f"It would begin on {stretch.begins}, and {ends}: no time is left for it."
        for session in programme.sessions:
            if stretch.phase.id in session.phases and not there & set(session.phases):
                yield session.name, f"No time is left for {stretch.phase.name}, which it belongs to."


def _beyond(placed: Iterable[Stretch], end: dt.date | None) -> Iterator[str]:
    """Phases that go on after the last day of the programme."""
    for stretch in placed:
        if end is not None and stretch.days > 0 and stretch.ends > end:
            last = stretch.ends - dt.timedelta(days=1)
            yield f"{stretch.phase.name} goes on until {last}, beyond the last day of the programme, {end - dt.timedelta(days=1)}."


def _clocks(series: Series) -> Iterator[str]:
    """Hours that the clocks leave out or have twice."""
    for day in series.days:
        at = series.at(day)
        if at is None:
            break
        back = at.astimezone(dt.UTC).astimezone(series.zone)
        if back.replace(tzinfo=None) != at.replace(tzinfo=None):
            yield f"{series.label}: {at:%H:%M} is left out by the clocks on {day}; it is {back:%H:%M} then."
        elif at.utcoffset() != at.replace(fold=1).utcoffset():
            yield f"{series.label}: {at:%H:%M} comes twice on {day}; the earlier one is meant."


def read_slots(given: Iterable[str], programme: Programme) -> tuple[dict[str, Slot], tuple[Problem, ...]]:
    """Appointments as they are typed: ``individual=tue 10:00``.

    >>> from forwhom import programme
    >>> read_slots(["individual=tue 10:00"], programme.shipped("mbt"))[0]
    {'individual': Slot(weekday=1, at=datetime.time(10, 0))}
    """
    slots: dict[str, Slot] = {}
    problems: list[Problem] = []
    for part in given:
        name, _, text = (each.strip() for each in part.casefold().partition("="))
        problem = _unknown(name, [each.id for each in programme.sessions], "kind of session", "--at")
        match = _SLOT.fullmatch(text)
        right = match is not None and match[1] in WEEKDAYS and int(match[2] or 0) < 24 and int(match[3] or 0) < 60
        if problem is None and not right:
            do = "Write a day of the week and an hour: individual=tue 10:00."
            problem = Problem("wrong-time", do, column="--at", found=f"{short(part)} is no appointment")
        if problem is not None or match is None:
            problems += [problem] if problem else []
            continue
        at = dt.time(int(match[2]), int(match[3])) if match[2] else None
        slots[name] = Slot(WEEKDAYS.index(match[1]), at)
    return slots, tuple(problems)


def read_lengths(given: Iterable[str], programme: Programme) -> tuple[dict[str, Length], tuple[Problem, ...]]:
    """Lengths of phases as they are typed: ``assessment=3w``.

    >>> from forwhom import programme
    >>> read_lengths(["assessment=3w"], programme.shipped("mbt"))[0]
    {'assessment': Length(value=3, unit='week')}
    """
    units: dict[str, Unit] = {"d": "day", "w": "week", "m": "month", "y": "year"}
    lengths: dict[str, Length] = {}
    problems: list[Problem] = []
    for part in given:
        name, _, text = (each.strip() for each in part.casefold().partition("="))
        problem = _unknown(name, [each.id for each in programme.phases], "phase", "--length")
        match = _LENGTH.fullmatch(text)
        if problem is None and (match is None or int(match[1]) < 1):
            do = "Write a number and a unit: assessment=3w, treatment=12m."
            problem = Problem("wrong-length", do, column="--length", found=f"{short(part)} is no length")
        if problem is not None or match is None:
            problems += [problem] if problem else []
            continue
        lengths[name] = Length(int(match[1]), units[match[2]])
    return lengths, tuple(problems)


def read_zone(name: str) -> tuple[ZoneInfo | None, tuple[Problem, ...]]:
    """A zone by its name.

    >>> read_zone("Europe/Lodnon")[1][0].do
    "Did you mean 'Europe/London'? Write one such as Europe/London."
    """
    try:
        if name in ("localtime", ""):
            raise ValueError(name)
        return ZoneInfo(name), ()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        do = f"{did_you_mean(name, available_timezones())}Write one such as Europe/London."
        return None, (Problem("unknown-zone", do, column="--zone", found=f"{short(name)} is no time zone"),)


def read_start(day: dt.date) -> tuple[dt.date | None, tuple[Problem, ...]]:
    """A first day that a programme can have."""
    if 1970 <= day.year <= 2200:
        return day, ()
    problem = Problem(
        "wrong-day", "Write a day of these two centuries.", column="--start", found=f"{day} is too far away"
    )
    return None, (problem,)


def _unknown(name: str, known: list[str], what: str, option: str) -> Problem | None:
    if name in known:
        return None
    do = f"{did_you_mean(name, known)}Name one of them."
    found = f"{short(name)} is no {what} of this programme"
    return Problem("unknown-name", do, column=option, found=found, possible=listed(known))
