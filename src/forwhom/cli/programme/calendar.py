"""`forwhom programme calendar`: what is due when."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forwhom.cli.options import AsJson
from forwhom.cli.printing import out, say, stop_with
from forwhom.cli.programme.shared import Name, programme_or_stop

if TYPE_CHECKING:
    from forwhom.programme.calendar import Calendar, Due, Series


NO_ZONE = "No --zone was given: hours are those of UTC, which knows no summer time."


def calendar(
    name: Name,
    start: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="First day of the programme.")],
    zone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="Where the patient is treated, such as Europe/London; without it, UTC."),
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option("--at", metavar="SESSION=DAY HH:MM", help="When a kind of session is held; may be repeated."),
    ] = None,
    length: Annotated[
        list[str] | None,
        typer.Option("--length", metavar="PHASE=3w", help="Length of a phase, instead of the file's; may be repeated."),
    ] = None,
    person: Annotated[str, typer.Option(metavar="TEXT", help="Written on every entry.")] = "",
    ics: Annotated[Path | None, typer.Option(metavar="FILE", help="Write an iCalendar file.")] = None,
    every: Annotated[bool, typer.Option("--every-session", help="List each session, not each series.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what is due when: phases, sessions, assessments with their windows, plans, reviews."""
    from dataclasses import replace

    from forwhom.programme.calendar import calendar as make
    from forwhom.programme.calendar import read_lengths, read_slots, read_start, read_zone

    made = programme_or_stop(name, as_json)
    slots, problems = read_slots(at or (), made)
    lengths, more = read_lengths(length or (), made)
    place, no_zone = read_zone("UTC" if zone is None else zone)
    day, no_day = read_start(start.date())
    if place is None or day is None or problems or more:
        stop_with((*problems, *more, *no_zone, *no_day), as_json, code=2)
    found = make(made, day, place, slots, lengths, person)
    if zone is None:
        found = replace(found, notes=(NO_ZONE, *found.notes))
    if ics is not None:
        _write(found, ics, as_json)
    if as_json:
        print(json.dumps(_as_dict(found), ensure_ascii=False, indent=2))
        return
    _print(found, every)
    if ics is not None:
        say("Calendar: ", ics)


def _write(found: Calendar, path: Path, as_json: bool) -> None:
    from datetime import UTC

    from forwhom.io.icalendar import to_ics
    from forwhom.io.record import check_writable, write_together
    from forwhom.problems import ProblemsFound

    try:
        check_writable([path])
        write_together({path: to_ics(found, datetime.now(UTC))})
    except ProblemsFound as problems:
        stop_with(problems.problems, as_json)


def _as_dict(found: Calendar) -> dict[str, Any]:
    from dataclasses import asdict

    series = [
        {
            "id": each.id,
            "label": each.label,
            "phase": each.phase,
            "format": each.format,
            "minutes": each.minutes,
            "every": str(each.every),
            "who": each.who,
            "assumed": each.assumed,
            "source": each.source,
            "days": [(each.at(day) or day).isoformat() for day in each.days],
        }
        for each in found.series
    ]
    dues = [{**asdict(due), **_days(due)} for due in found.dues]
    unplaced = [{"what": what, "why": why} for what, why in found.unplaced]
    return {
        "programme": found.programme,
        "start": str(found.start),
        "end": str(found.end) if found.end else None,
        "zone": found.zone.key,
        "person": found.person,
        "due": dues,
        "sessions": series,
        "unplaced": unplaced,
        "notes": found.notes,
    }


def _days(due: Due) -> dict[str, str | None]:
    return {"first": str(due.first), "last": str(due.last), "on": str(due.on) if due.on else None}


def _print(found: Calendar, every: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    title = f"{found.title}{f', {found.person}' if found.person else ''}: {found.start} on, {found.zone.key}"
    table = Table(
        "Week", "Day", "What", "Who", "Planned by", title=Text(title), title_justify="left", box=None, pad_edge=False
    )
    rows = [*((due.on or due.first, _due(due)) for due in found.dues)]
    for series in found.series:
        rows += [(day, cells) for day, cells in _series(series, every)]
    for day, (when, what, who, assumed) in sorted(rows, key=lambda row: row[0]):
        mark = Text(what, style="bold" if what.startswith("Phase") else "")
        by = Text("us" if assumed else "paper", style="dim")
        table.add_row(str((day - found.start).days // 7 + 1), when, mark, Text(who, style="dim"), by)
    out.print(table)
    for what, why in found.unplaced:
        say(f"No day: {what}. {why}")
    for note in found.notes:
        say(f"Note: {note}")


def _due(due: Due) -> tuple[str, str, str, bool]:
    window = f"{due.first} to {due.last}"
    when = window if due.on is None or due.kind == "phase" else str(due.on)
    near = f" ({window})" if due.on is not None and due.first != due.last else ""
    return when, f"{due.kind.capitalize()}: {due.label}{near}", ", ".join(due.who), due.assumed


def _series(series: Series, every: bool) -> list[tuple[Any, tuple[str, str, str, bool]]]:
    if not series.days:
        return []
    minutes = f", {series.minutes} minutes" if series.minutes else ""
    who = ", ".join(series.who)
    if every:
        return [(day, (_day(series, day), f"{series.label}{minutes}", who, series.assumed)) for day in series.days]
    at = series.at(series.days[0])
    hour = f", {at:%A} {at:%H:%M}" if at else ""
    times = "once" if len(series.days) == 1 else f"{len(series.days)} times"
    how = "" if len(series.days) == 1 else f", every {series.every if series.every.value > 1 else series.every.unit}"
    when = f"{series.days[0]} to {series.days[-1]}" if len(series.days) > 1 else str(series.days[0])
    return [(series.days[0], (when, f"{series.label}: {times}{how}{hour}{minutes}", who, series.assumed))]


def _day(series: Series, day: Any) -> str:
    at = series.at(day)
    return f"{at:%a %Y-%m-%d %H:%M}" if at else f"week of {day}"
