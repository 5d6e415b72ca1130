"""The calendar's file: as the standard wants it, and as three other programs understood it."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom import programme
from forwhom.io.icalendar import to_ics
from forwhom.programme.calendar import Slot, calendar

STORED = json.loads((Path(__file__).parents[2] / "validation/icalendar/values.json").read_text(encoding="utf-8"))
STAMP = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def lines(text: str) -> list[str]:
    """Unfolded lines."""
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    return text.replace("\r\n ", "").split("\r\n")[:-1]


def events(text: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    inside = False
    for line in lines(text):
        name, _, value = line.partition(":")
        if name == "BEGIN" and value == "VEVENT":
            found.append({})
            inside = True
        elif name == "END" and value == "VEVENT":
            inside = False
        elif inside:
            key, _, parameters = name.partition(";")
            assert key not in found[-1]
            found[-1] |= {key: value, f"{key};": parameters}
    return found


@pytest.mark.parametrize("case", STORED["cases"], ids=lambda case: f"{case['programme']} {case['zone']}")
def test_three_other_programs_understood_what_is_written(case: dict[str, object]) -> None:
    slots = {"individual": Slot(int(str(case["weekday"])), dt.time.fromisoformat(str(case["at"])))}
    made = calendar(
        programme.shipped(str(case["programme"])),
        dt.date.fromisoformat(str(case["start"])),
        ZoneInfo(str(case["zone"])),
        slots,
        person=str(case["person"]),
    )
    written = events(to_ics(made, STAMP))
    begins = case["begins"]
    assert isinstance(begins, dict)
    assert {each["UID"] for each in written} == set(begins)
    assert case["events"] == [len(written)] * 3
    assert case["same_summaries"]
    assert case["hours_with_another_offset"] == 0
    for series in made.series:
        ours = [at.replace(tzinfo=None).isoformat() if (at := series.at(day)) else str(day) for day in series.days]
        theirs = next(
            days for uid, days in begins.items() if uid.startswith(f"{series.id}-{series.phase}-{series.days[0]}-")
        )
        assert theirs == ours


def test_the_zone_is_written_with_its_changes() -> None:
    made = calendar(
        programme.shipped("mbt"), dt.date(2026, 1, 5), ZoneInfo("Europe/London"), {"individual": Slot(1, dt.time(10))}
    )
    found = lines(to_ics(made, STAMP))
    at = found.index("DTSTART:20261025T020000")
    assert found[at - 1 : at + 4] == [
        "BEGIN:STANDARD",
        "DTSTART:20261025T020000",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0000",
        "TZNAME:GMT",
    ]
    session = next(each for each in events(to_ics(made, STAMP)) if each["SUMMARY"] == "Individual session")
    assert session["DTSTART;"] == "TZID=Europe/London"
    assert session["DTSTART"] == "20260428T100000"
    assert session["DURATION"] == "PT50M"
    assert session["RRULE"] == "FREQ=WEEKLY;INTERVAL=1;COUNT=62"


def test_the_same_calendar_gives_the_same_bytes_and_persons_have_events_of_their_own() -> None:
    mbt, start, zone = programme.shipped("mbt"), dt.date(2026, 1, 5), ZoneInfo("UTC")
    one = to_ics(calendar(mbt, start, zone, person="a"), STAMP)
    assert one == to_ics(calendar(mbt, start, zone, person="a"), STAMP)
    other = to_ics(calendar(mbt, start, zone, person="b"), STAMP)
    assert not {each["UID"] for each in events(one)} & {each["UID"] for each in events(other)}


@given(st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_no_name_of_a_person_breaks_the_file(person: str) -> None:
    made = calendar(programme.shipped("scm"), dt.date(2026, 1, 5), ZoneInfo("UTC"), person=person)
    written = events(to_ics(made, STAMP))
    assert len(written) == 17
    for each in written:
        back = re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], each["SUMMARY"])
        kept = "".join(letter for letter in person.replace("\r\n", "\n") if letter >= " " or letter in "\n\t")
        assert not person or back.endswith(f"({kept})")
