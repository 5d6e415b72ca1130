"""Times at the edges of what can be reckoned with: nothing of a case stops working, and nothing is put off."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest
from case_rooms import OPENED, Writer

from forwhom import programme
from forwhom.keyed import Found, Refused
from forwhom.programme.case import line, read_log, replay
from forwhom.programme.case.agenda import agenda
from forwhom.programme.case.due import standings, to_send
from forwhom.programme.case.readers import span
from forwhom.programme.case.recording import Draft, entry_of
from forwhom.programme.case.rules import AlertRule

NOW = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize("at", ["9999-12-31T23:00:00+00:00", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59-12:00"])
def test_a_line_with_an_impossible_time_counts_and_hinders_no_other(at: str) -> None:
    one = {"seq": 1, "id": "e1", "at": at, "by": "ben", "kind": "event.happened", "data": {"what": "self-harm"}}
    read = read_log(json.dumps(one) + "\n")
    assert [each.code for each in read.problems] == ["wrong-time"]
    case = replay(None, OPENED, read.entries)
    (stands,) = standings(case, NOW)
    assert next(each.to for each in stands.to_send) == "ben"
    agenda(case, NOW)


@pytest.mark.parametrize("length", ["9999999999 h", "99999999 d", "9" * 5000 + " min", "0 h", "0 min", "401 d"])
def test_a_length_has_bounds(length: str) -> None:
    with pytest.raises(Refused):
        span(length, "", Found(""))
    writer = Writer()
    session = {"session": "s1", "format": "individual", "started": writer.at.isoformat(), "length": length}
    assert not writer.say("session.held", **session).written
    writer.force("session.held", **session)
    assert writer.say("crisis.emergency-contacted").written


def test_times_of_data_have_bounds() -> None:
    writer = Writer()
    for year in ("9999", "1066"):
        assert not writer.say("event.happened", what="admission", when=f"{year}-12-31T23:00:00+00:00").written
        assert not writer.say("phase.entered", phase="assessment", on=f"{year}-12-31").written


def test_a_rule_that_gives_for_ever_hides_no_other_alert() -> None:
    for_ever = AlertRule("slow", "event", ("ben", "dana"), dt.timedelta.max)
    writer = Writer(opened=replace(OPENED, alerts=(for_ever, *OPENED.alerts)))
    writer.say("event.happened", what="self-harm")
    assert {each.alert.partition("/")[0] for each in to_send(writer.case, writer.at)} == {"slow", "severe"}


def test_a_time_after_the_clock_is_told_and_puts_nothing_off() -> None:
    draft = Draft("event.happened", "ben", NOW.replace(year=2027), {"what": "self-harm"}, clock=NOW)
    entry = entry_of(draft, Writer().tip)
    read = read_log(line(entry) + "\n")
    assert read.entries == (entry,)
    case = replay(None, OPENED, read.entries)
    assert [each.code for each in case.problems] == ["after-clock"]
    assert [each.to for each in to_send(case, NOW + dt.timedelta(hours=3))] == ["ben", "dana"]
    assert entry_of(replace(draft, at=NOW), Writer().tip).written is None


def test_a_line_of_the_future_counts_from_the_first_message() -> None:
    writer = Writer(at=NOW.replace(year=2099))
    alert = f"severe/{writer.say('event.happened', what='self-harm').entry.id}"
    assert [each.to for each in to_send(writer.case, NOW)] == ["ben"]
    writer.at = NOW
    writer.say("alert.sent", sending=f"{alert}/ben")
    assert [each.to for each in to_send(writer.case, NOW + dt.timedelta(hours=3))] == ["dana"]


def test_what_lies_ahead_is_told() -> None:
    writer = Writer()
    for kind, more in (
        ("event.happened", {"what": "admission", "when": "2099-01-01T10:00:00+00:00"}),
        ("measure.scored", {"scale": "bdi2", "when": "2099-01-01T10:00:00+00:00"}),
        ("phase.entered", {"phase": "assessment", "on": "2031-01-01"}),
    ):
        verdict = writer.say(kind, **more)
        assert verdict.written
        assert "after-recorded" in [each.code for each in verdict.problems]
    planned = {"session": "m", "format": "individual", "planned": "2026-09-01T10:00:00+00:00"}
    assert writer.say("session.missed", **planned).problems == ()


def test_a_format_is_one_however_it_is_written() -> None:
    writer = Writer(programme.shipped("mbt"))
    for n, format_ in enumerate(("Individual", "individual", " INDIVIDUAL ")):
        made = writer.say("session.missed", session=f"m{n}", format=format_, planned=f"2026-03-0{n + 1}T10:00:00Z")
        assert made.written
        assert not made.problems
    assert {each.format for each in writer.case.sessions.done} == {"individual"}
    apart = writer.say("session.missed", session="m9", format="individual-session", planned="2026-03-09T10:00:00Z")
    assert [each.code for each in apart.problems] == ["unknown-format"]
