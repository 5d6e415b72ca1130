"""Opening hours and deadlines across changes of the clocks."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from case_rooms import CLINIC, LONDON, OPENED, PEOPLE
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.programme.case.alerts import Alert
from forwhom.programme.case.clocks import deadline, local_time
from forwhom.programme.case.due import turns
from forwhom.programme.case.hours import DAYS, Hours

ZONES = st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
NIGHT = Hours({day: ((dt.time(0), dt.time(2, 30)), (dt.time(22), dt.time(0))) for day in DAYS})
MINUTE = dt.timedelta(minutes=1)


def slowly(hours: Hours, at: dt.datetime, length: dt.timedelta, zone: ZoneInfo) -> dt.datetime:
    """Minute by minute, asking the clock on the wall."""
    now, left = at, length
    while left > dt.timedelta(0):
        here = now.astimezone(zone)
        spans = hours.week.get(DAYS[here.weekday()], ()) if here.date() not in hours.closed else ()
        wall = here.time().replace(fold=0)
        if any(start <= wall and (wall < end or end == dt.time(0)) for start, end in spans):
            left -= MINUTE
        now += MINUTE
    return now


CHANGES = st.sampled_from(
    [dt.datetime(2026, 3, 28, 12), dt.datetime(2026, 10, 24, 12), dt.datetime(2026, 3, 7, 12), dt.datetime(2026, 6, 1)]
)


@settings(max_examples=60, deadline=None)
@given(zone=ZONES, near=CHANGES, ahead=st.integers(0, 3000), length=st.integers(1, 900), night=st.booleans())
def test_open_time_is_what_a_clock_on_the_wall_counts(
    zone: str, near: dt.datetime, ahead: int, length: int, night: bool
) -> None:
    at = near.replace(tzinfo=dt.UTC) + ahead * MINUTE
    hours = NIGHT if night else CLINIC
    made = hours.after(at, length * MINUTE, ZoneInfo(zone))
    assert made is not None
    if night and zone != "UTC":
        # Where hours begin or end within the hour that is skipped or comes twice, a wall clock is ambiguous by that hour.
        least, most = (slowly(hours, at, each * MINUTE, ZoneInfo(zone)) for each in (max(length - 60, 1), length + 60))
        assert least <= made <= most
    else:
        assert made == slowly(hours, at, length * MINUTE, ZoneInfo(zone))


def test_open_is_asked_of_the_clock_on_the_wall() -> None:
    winter, summer = (dt.datetime(2026, month, day, 8, 30, tzinfo=dt.UTC) for month, day in ((3, 27), (3, 30)))
    assert not CLINIC.open_at(winter, LONDON)
    assert CLINIC.open_at(summer, LONDON)
    assert CLINIC.opens_next(winter, LONDON) == dt.datetime(2026, 3, 27, 9, tzinfo=dt.UTC)


def test_a_day_closed_has_no_hours() -> None:
    hours = Hours(CLINIC.week, frozenset({dt.date(2026, 4, 3), dt.date(2026, 4, 6)}))
    thursday = dt.datetime(2026, 4, 2, 15, tzinfo=dt.UTC)
    after = hours.after(thursday, dt.timedelta(hours=2), LONDON)
    assert after == dt.datetime(2026, 4, 7, 10, tzinfo=LONDON)


def test_hours_that_never_open_do_not_keep_a_deadline_for_ever() -> None:
    opened = type(OPENED)(
        **{name: getattr(OPENED, name) for name in OPENED.__slots__} | {"hours": {"never": Hours({})}}
    )
    at = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    assert Hours({}).after(at, MINUTE, LONDON) is None
    assert deadline(opened, at, dt.timedelta(hours=4), "never") == at + dt.timedelta(hours=4)


@pytest.mark.parametrize(
    ("wall", "count"),
    [("2026-03-29T01:30", 0), ("2026-10-25T01:30", 2), ("2026-10-25T03:30", 1), ("2026-03-29T02:00", 1)],
)
def test_gaps_and_folds(wall: str, count: int) -> None:
    found = local_time(wall, OPENED)
    assert len(found) == count
    assert all(each.astimezone(LONDON).replace(tzinfo=None).isoformat()[:16] == wall for each in found)


def test_real_time_is_not_moved_by_the_clocks() -> None:
    at = dt.datetime(2026, 3, 28, 23, tzinfo=LONDON)
    assert deadline(OPENED, at, dt.timedelta(hours=4), "") - at.astimezone(dt.UTC) == dt.timedelta(hours=4)


def test_deadlines_are_those_of_pandas(root: Path) -> None:
    stored = json.loads((root / "validation" / "opening_hours" / "deadlines.json").read_text("utf-8"))
    closed = frozenset({dt.date(2026, 4, 3), dt.date(2026, 4, 6), dt.date(2026, 12, 25)})
    two = ((dt.time(9), dt.time(12, 30)), (dt.time(13, 30), dt.time(17)))
    hours = Hours(dict.fromkeys(DAYS[:5], two), closed)
    at_closing = 0
    for name, start, minutes, wall in stored["rows"]:
        zone = ZoneInfo(name)
        made = hours.after(dt.datetime.fromisoformat(start).replace(tzinfo=zone), minutes * MINUTE, zone)
        assert made is not None
        if made.astimezone(zone).replace(tzinfo=None).isoformat() != wall:
            opens = hours.opens_next(made, zone)
            assert opens is not None
            assert opens.astimezone(zone).replace(tzinfo=None).isoformat() == wall
            at_closing += 1
    assert (len(stored["rows"]), at_closing) == (400, 51)


@settings(deadline=None, max_examples=60)
@given(
    start=CHANGES,
    minutes=st.integers(0, 3 * 24 * 60),
    length=st.integers(1, 20 * 60),
    here=st.sampled_from(["Europe/London", "Pacific/Kiritimati"]),
    there=st.sampled_from(["America/New_York", "Pacific/Pago_Pago", "Asia/Kathmandu"]),
)
def test_hours_of_another_zone_go_by_its_own_clock(
    start: dt.datetime, minutes: int, length: int, here: str, there: str
) -> None:
    at = start.replace(tzinfo=dt.UTC) + minutes * MINUTE
    far, zone = replace(CLINIC, zone=ZoneInfo(there)), ZoneInfo(here)
    after = far.after(at, length * MINUTE, zone)
    assert after == slowly(CLINIC, at, length * MINUTE, ZoneInfo(there))
    assert after == CLINIC.after(at, length * MINUTE, ZoneInfo(there))
    assert far.open_at(at, zone) == CLINIC.open_at(at, ZoneInfo(there))
    assert far.opens_next(at, zone) == CLINIC.opens_next(at, ZoneInfo(there))


def test_a_turn_is_counted_in_the_hours_of_the_person() -> None:
    """On 16 March London is four hours from New York, a fortnight later five; both open at nine on their own wall."""
    far = replace(CLINIC, zone=ZoneInfo("America/New_York"))
    people = {**PEOPLE, "ben": replace(PEOPLE["ben"], hours="far")}
    opened = replace(OPENED, people=people, hours={"clinic": CLINIC, "far": far})
    for day in (16, 30):
        zone = dt.timezone(dt.timedelta(hours=1 if day == 30 else 0))
        raised = dt.datetime(2026, 3, day, 10, tzinfo=zone)
        alert = Alert("risk/e1", "risk", "e1", raised, "…", ("ben", "dana"), dt.timedelta(hours=2), "clinic")
        (_, ben), (_, dana) = turns(alert, opened)
        assert ben.astimezone(zone).replace(tzinfo=None) == dt.datetime(2026, 3, day, 15 if day == 16 else 16)
        assert dana > ben
        real = replace(alert, clock="")
        assert turns(real, opened)[0][1] == raised + dt.timedelta(hours=2)
