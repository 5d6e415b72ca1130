"""A calendar as an iCalendar file (RFC 5545), as every calendar program opens it.

Series of sessions with an hour are one event with a rule of repetition in the zone's local time, so that 10:00 stays 10:00 when the
clocks change; the zone's changes over the time of the programme are written into the file.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from forwhom.programme.calendar import Calendar, Due, Series

_FREQ = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY", "year": "YEARLY"}
_KINDS = {
    "phase": "Phase",
    "assessment": "Assessment",
    "review": "Review",
    "profile": "Assessment",
    "plan": "To work out",
    "agreement": "To agree",
    "end": "End",
}


def to_ics(calendar: Calendar, stamp: dt.datetime) -> str:
    """The file's text, with lines that end as the standard wants.

    stamp : when the file was made; the same calendar and stamp give the same bytes
    """
    timed = [each for each in calendar.series if each.days and each.at(each.days[0]) is not None]
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//forwhom//programme//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(_name(calendar))}",
        f"X-WR-TIMEZONE:{calendar.zone.key}",
    ]
    if timed:
        days = [day for each in timed for day in each.days]
        lines += _zone(calendar.zone, min(days), max(days))
    for series in calendar.series:
        lines += _sessions(series, calendar, stamp)
    for due in calendar.dues:
        lines += _due(due, calendar, stamp)
    lines.append("END:VCALENDAR")
    return "".join(f"{each}\r\n" for line in lines for each in _folded(line))


def _name(calendar: Calendar) -> str:
    return f"{calendar.title}{f': {calendar.person}' if calendar.person else ''}"


def _sessions(series: Series, calendar: Calendar, stamp: dt.datetime) -> Iterator[str]:
    if not series.days:
        return
    at = series.at(series.days[0])
    every = series.every
    # "The 31st of every month" as a rule leaves short months out; the calendar takes their last day, so each is an event.
    single = every.unit in ("month", "year") and series.days[0].day > 28
    groups = [(day,) for day in series.days] if single else [series.days]
    for days in groups:
        if at is None:
            until = days[0] + dt.timedelta(days=1)
            when = [f"DTSTART;VALUE=DATE:{days[0]:%Y%m%d}", f"DTEND;VALUE=DATE:{until:%Y%m%d}"]
        else:
            begins = f"{days[0]:%Y%m%d}T{at:%H%M%S}"
            when = [f"DTSTART;TZID={series.zone.key}:{begins}", f"DURATION:PT{series.minutes or 60}M"]
        if len(days) > 1:
            when.append(f"RRULE:FREQ={_FREQ[every.unit]};INTERVAL={every.value};COUNT={len(days)}")
        note = [f"Led by: {', '.join(series.who)}"] if series.who else []
        if at is None:
            note.append("No hour is agreed yet: the day stands for its week.")
        if at is not None and series.minutes is None:
            note.append("How long it lasts is not stated; an hour is shown.")
        uid = f"{series.id}-{series.phase}-{days[0]}"
        yield from _event(uid, series.label, when, note, series.assumed, series.source, calendar, stamp)


def _due(due: Due, calendar: Calendar, stamp: dt.datetime) -> Iterator[str]:
    first, last = (due.on, due.on) if due.on is not None else (due.first, due.last)
    when = [f"DTSTART;VALUE=DATE:{first:%Y%m%d}", f"DTEND;VALUE=DATE:{last + dt.timedelta(days=1):%Y%m%d}"]
    note = [f"Between {due.first} and {due.last}"] if due.on is not None and due.first != due.last else []
    note += [f"Who: {', '.join(due.who)}"] if due.who else []
    label = f"{_KINDS[due.kind]}: {due.label}"
    yield from _event(f"{due.kind}-{due.id}-{first}", label, when, note, due.assumed, due.source, calendar, stamp)


def _event(
    uid: str,
    label: str,
    when: list[str],
    note: list[str],
    assumed: bool,
    source: str,
    calendar: Calendar,
    stamp: dt.datetime,
) -> Iterator[str]:
    if assumed:
        note = [*note, "No paper states when; planned with values of ours."]
    if source:
        note = [*note, f"Source: {source}"]
    whose = hashlib.sha256(f"{calendar.programme}\0{calendar.person}\0{calendar.start}".encode()).hexdigest()[:12]
    yield "BEGIN:VEVENT"
    yield f"UID:{uid}-{whose}@forwhom"
    yield f"DTSTAMP:{stamp.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
    yield from when
    yield f"SUMMARY:{_text(f'{label} ({calendar.person})' if calendar.person else label)}"
    if note:
        yield f"DESCRIPTION:{_text(chr(10).join(note))}"
    yield "END:VEVENT"


def _zone(zone: ZoneInfo, first: dt.date, last: dt.date) -> Iterator[str]:
    """The zone as it is between two days: its state before, then each change."""
    begins = dt.datetime.combine(first, dt.time(), tzinfo=dt.UTC) - dt.timedelta(days=370)
    ends = dt.datetime.combine(last, dt.time(), tzinfo=dt.UTC) + dt.timedelta(days=370)
    yield "BEGIN:VTIMEZONE"
    yield f"TZID:{zone.key}"
    now = begins.astimezone(zone)
    yield from _observance(now, now.utcoffset(), now.replace(tzinfo=None))
    for change in _changes(zone, begins, ends):
        before = (change - dt.timedelta(seconds=1)).astimezone(zone).utcoffset() or dt.timedelta()
        # The standard gives the moment of a change on the clock that was running until then.
        yield from _observance(change.astimezone(zone), before, change.replace(tzinfo=None) + before)
    yield "END:VTIMEZONE"


def _observance(at: dt.datetime, before: dt.timedelta | None, begins: dt.datetime) -> Iterator[str]:
    kind = "DAYLIGHT" if at.dst() else "STANDARD"
    yield f"BEGIN:{kind}"
    yield f"DTSTART:{begins:%Y%m%dT%H%M%S}"
    yield f"TZOFFSETFROM:{_offset(before)}"
    yield f"TZOFFSETTO:{_offset(at.utcoffset())}"
    yield f"TZNAME:{_text(at.tzname() or '')}"
    yield f"END:{kind}"


def _changes(zone: ZoneInfo, begins: dt.datetime, ends: dt.datetime) -> Iterator[dt.datetime]:
    """Moments at which the zone's distance from UTC changes, to the second."""
    day = dt.timedelta(days=1)
    at = begins
    while at < ends:
        if at.astimezone(zone).utcoffset() != (at + day).astimezone(zone).utcoffset():
            low, high = at, at + day
            while high - low > dt.timedelta(seconds=1):
                middle = (low + (high - low) / 2).replace(microsecond=0)
                if middle.astimezone(zone).utcoffset() == at.astimezone(zone).utcoffset():
                    low = middle
                else:
                    high = middle
            yield high
        at += day


def _offset(offset: dt.timedelta | None) -> str:
    seconds = int((offset or dt.timedelta()).total_seconds())
    hours, rest = divmod(abs(seconds), 3600)
    minutes, seconds_left = divmod(rest, 60)
    return f"{'-' if seconds < 0 else '+'}{hours:02}{minutes:02}{f'{seconds_left:02}' if seconds_left else ''}"


def _text(text: str) -> str:
    """Text with what the standard reserves escaped; other signs below a space cannot stand in a file."""
    clean = "".join(each for each in text.replace("\r\n", "\n") if each >= " " or each in "\n\t")
    return clean.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> Iterable[str]:
    """A line in pieces of at most 75 bytes, cut between characters; the later ones begin with a space."""
    pieces: list[str] = []
    piece, size = "", 0
    for letter in line:
        bytes_ = len(letter.encode())
        if size + bytes_ > 75:
            pieces.append(piece)
            piece, size = " ", 1
        piece += letter
        size += bytes_
    return [*pieces, piece]
