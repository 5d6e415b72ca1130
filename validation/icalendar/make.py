"""Open our iCalendar files with three other programs' readers, and keep what they understood.

Run in an environment with icalendar, ics and vobject beside forwhom's own source on PYTHONPATH:
python validation/icalendar/make.py
"""

from __future__ import annotations

import datetime as dt
import json
import warnings
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import ics
import vobject

from forwhom import programme
from forwhom.io.icalendar import to_ics
from forwhom.programme.calendar import Slot, calendar

HERE = Path(__file__).parent
CASES = [
    ("mbt", "2026-01-05", "Europe/London", 1, "10:00", "Patient 12; ü, \\ and a very long name that has to be folded"),
    ("mbt", "2025-12-01", "America/New_York", 6, "01:30", ""),
    ("scm", "2027-08-31", "Australia/Lord_Howe", 4, "23:45", "Ω"),
    ("scm", "2026-06-01", "Asia/Kolkata", 0, "00:00", ""),
    ("mbt", "2026-02-28", "America/Santiago", 6, "00:15", ""),
]


def understood(text: str, zone: str) -> dict[str, object]:
    """What the three readers make of a file."""
    by_icalendar = icalendar.Calendar.from_ical(text).walk("VEVENT")
    by_vobject = vobject.readOne(text).vevent_list
    by_ics = ics.Calendar(text).events
    expanded: dict[str, list[str]] = {}
    for event in by_vobject:
        rules = event.getrruleset(addRDate=True)
        days = list(rules) if rules else [event.dtstart.value]
        expanded[event.uid.value] = [_utc(day, event.dtstart.value, zone) for day in days]
    tz = icalendar.Calendar.from_ical(text).walk("VTIMEZONE")[0].to_tz()
    ours = ZoneInfo(zone)
    span = [dt.datetime(2026, 3, 1, 12) + dt.timedelta(hours=hour) for hour in range(24 * 460)]
    wrong = sum(each.replace(tzinfo=tz).utcoffset() != each.replace(tzinfo=ours).utcoffset() for each in span)
    return {
        "events": [len(by_icalendar), len(by_vobject), len(by_ics)],
        "summaries": sorted({str(event["SUMMARY"]) for event in by_icalendar}),
        "same_summaries": sorted(str(e["SUMMARY"]) for e in by_icalendar) == sorted(e.name for e in by_ics),
        "begins": expanded,
        "hours_with_another_offset": wrong,
    }


def _utc(day: dt.date, start: dt.date, zone: str) -> str:
    if not isinstance(start, dt.datetime):
        return str(day.date() if isinstance(day, dt.datetime) else day)
    assert isinstance(day, dt.datetime)
    return day.replace(tzinfo=None).isoformat()


def main() -> None:
    """Write values.json."""
    warnings.simplefilter("ignore")
    found = []
    for name, start, zone, weekday, at, person in CASES:
        slots = {"individual": Slot(weekday, dt.time.fromisoformat(at))}
        made = calendar(programme.shipped(name), dt.date.fromisoformat(start), ZoneInfo(zone), slots, person=person)
        case = {"programme": name, "start": start, "zone": zone, "weekday": weekday, "at": at, "person": person}
        found.append(case | understood(to_ics(made, dt.datetime(2026, 1, 1, tzinfo=dt.UTC)), zone))
    versions = {each: version(each) for each in ("icalendar", "vobject", "ics", "python-dateutil")}
    text = json.dumps({"versions": versions, "cases": found}, ensure_ascii=False, indent=1)
    (HERE / "values.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
