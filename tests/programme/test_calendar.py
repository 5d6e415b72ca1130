"""What is due when: the hour stays, months have their ends, and what is ours is marked."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom import programme
from forwhom.programme import Length
from forwhom.programme.calendar import Calendar, Slot, calendar, read_lengths, read_slots, read_start, read_zone
from forwhom.programme.timeline import later, stretches

MBT = programme.shipped("mbt")
LONDON = ZoneInfo("Europe/London")
START = dt.date(2026, 1, 5)


def made(start: dt.date = START, zone: str = "Europe/London", **slots: Slot) -> Calendar:
    return calendar(MBT, start, ZoneInfo(zone), slots)


def test_phases_follow_each_other_day_by_day() -> None:
    days = [(each.id, each.first, each.last) for each in made().dues if each.kind == "phase"]
    assert days == [
        ("assessment", dt.date(2026, 1, 5), dt.date(2026, 1, 18)),
        ("formulation", dt.date(2026, 1, 19), dt.date(2026, 1, 25)),
        ("psycho-education", dt.date(2026, 1, 26), dt.date(2026, 4, 19)),
        ("crisis-plan", dt.date(2026, 4, 20), dt.date(2026, 4, 26)),
        ("treatment", dt.date(2026, 4, 27), dt.date(2027, 7, 4)),
    ]


def test_ten_o_clock_stays_ten_o_clock_when_the_clocks_change() -> None:
    series = next(each for each in made(individual=Slot(1, dt.time(10))).series if each.id == "individual")
    moments = [series.at(day) for day in series.days]
    assert {each.strftime("%a %H:%M") for each in moments if each} == {"Tue 10:00"}
    # The Tuesdays around 25 October 2026, when British clocks go back.
    utc = {str(each.date()): each.astimezone(dt.UTC).hour for each in moments if each}
    assert (utc["2026-10-20"], utc["2026-10-27"]) == (9, 10)


def test_an_hour_that_the_clocks_leave_out_is_told() -> None:
    notes = made(dt.date(2025, 12, 1), individual=Slot(6, dt.time(1, 30))).notes
    assert any("01:30 is left out by the clocks on 2026-03-29; it is 02:30" in each for each in notes)
    assert any("01:30 comes twice on 2026-10-25" in each for each in notes)


def test_twelve_meetings_in_twelve_weeks_and_none_after_the_end() -> None:
    by_id = {(each.id, each.phase): each for each in made(group=Slot(3)).series}
    assert len(by_id["psycho-education-group", "psycho-education"].days) == 12
    group = by_id["group", "treatment"]
    assert group.days[0] == dt.date(2026, 4, 30)
    assert group.days[-1] < dt.date(2027, 7, 5)
    assert len(group.days) == 62


def test_assessments_with_windows_never_before_the_first_day() -> None:
    rows = [each for each in made().dues if each.id == "self-report"]
    assert [(each.on, each.first, each.last) for each in rows][:2] == [
        (dt.date(2026, 1, 5), dt.date(2026, 1, 5), dt.date(2026, 1, 19)),
        (dt.date(2026, 7, 5), dt.date(2026, 6, 21), dt.date(2026, 7, 19)),
    ]
    assert not any(each.assumed for each in rows)
    assert all(each.assumed for each in made().dues if each.id == "medication-review")


def test_a_length_of_ones_own_moves_what_follows_and_is_no_assumption() -> None:
    found = calendar(MBT, START, LONDON, lengths={"assessment": Length(4, "week")})
    formulation = next(each for each in found.dues if each.id == "formulation" and each.kind == "phase")
    assert formulation.first == dt.date(2026, 2, 2)
    assessment = next(each for each in found.dues if each.id == "assessment" and each.kind == "phase")
    assert not assessment.assumed


def test_what_no_paper_places_is_told() -> None:
    found = calendar(programme.shipped("dbt-inpatient"), START, LONDON)
    assert ("DBT skills group", "How often it is held is not stated.") in found.unplaced
    assert found.series == ()


def test_what_is_typed_wrongly_is_told() -> None:
    assert read_slots(["individual=tue 25:00", "indivdual=tue", "group=thursday 9:05"], MBT)[0] == {
        "group": Slot(3, dt.time(9, 5))
    }
    assert len(read_slots(["individual=tue 25:00", "indivdual=tue", "group=thursday 9:05"], MBT)[1]) == 2
    assert read_lengths(["assessment=0w", "x=1w"], MBT)[0] == {}
    assert read_zone("../etc")[0] is None
    assert read_start(dt.date(9999, 1, 1))[0] is None


@pytest.mark.parametrize(
    ("day", "length", "expected"),
    [
        ("2026-01-31", Length(1, "month"), "2026-02-28"),
        ("2024-02-29", Length(1, "year"), "2025-02-28"),
        ("2026-08-31", Length(18, "month"), "2028-02-29"),
        ("2026-12-31", Length(2, "week"), "2027-01-14"),
        ("9990-01-01", Length(4000, "year"), "9999-12-31"),
        ("9999-12-01", Length(9, "week"), "9999-12-31"),
    ],
)
def test_days_later(day: str, length: Length, expected: str) -> None:
    assert str(later(dt.date.fromisoformat(day), length)) == expected


ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago", "UTC")


@given(
    st.dates(dt.date(1975, 1, 1), dt.date(2150, 1, 1)),
    st.sampled_from(ZONES),
    st.integers(0, 6),
    st.times(),
)
@settings(max_examples=40, deadline=None)
def test_whatever_the_first_day_and_the_zone(start: dt.date, zone: str, weekday: int, at: dt.time) -> None:
    at = at.replace(second=0, microsecond=0)
    found = made(start, zone, individual=Slot(weekday, at))
    placed = {each.phase.id: each for each in stretches(MBT, start)}
    for series in found.series:
        phase = placed[series.phase]
        assert all(phase.begins <= day < phase.ends for day in series.days)
        assert all((b - a).days == 7 for a, b in pairwise(series.days))
        if series.id == "individual":
            assert {day.weekday() for day in series.days} == {weekday}
            assert {moment.time() for day in series.days if (moment := series.at(day))} == {at}
    days = [due.on or due.first for due in found.dues]
    assert days == sorted(days)
    assert all(due.first <= (due.on or due.first) <= due.last for due in found.dues)
    row = [each for each in found.dues if each.kind == "phase"]
    assert all((b.first - a.last).days == 1 for a, b in pairwise(row))


@pytest.mark.parametrize("length", [Length(20, "month"), Length(40, "year")])
def test_a_phase_without_any_time_left_is_said_and_has_no_days(length: Length) -> None:
    found = calendar(MBT, dt.date(2026, 1, 5), LONDON, lengths={"assessment": length})
    assert not [due for due in found.dues if due.kind == "phase" and due.id == "treatment"]
    assert all(due.first <= due.last for due in found.dues)
    told = dict(found.unplaced)
    assert "no time is left" in told["Individual and group therapy"]
    assert {"Individual session", "Group session"} <= set(told)
    assert any(note.startswith("Assessment goes on until") for note in found.notes)
    assert not calendar(MBT, dt.date(2026, 1, 5), LONDON).unplaced
