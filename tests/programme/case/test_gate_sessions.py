"""The gate belongs to one session: nothing seen in another opens it, and only staff open it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from case_rooms import OPENED, Writer

from forwhom import programme
from forwhom.programme.case import Person
from forwhom.programme.case.gate import highest


def seen_and_ended(writer: Writer) -> None:
    writer.say("session.begun", session="s1", format="individual")
    writer.say("session.state", session="s1", arousal="workable", mentalizing="steady")
    writer.say("session.ended", session="s1")


def test_an_id_stands_for_one_session() -> None:
    writer = Writer()
    seen_and_ended(writer)
    again = {
        "session.begun": {"format": "individual"},
        "session.held": {"format": "individual", "started": writer.at.isoformat(), "length": "50 min"},
        "session.missed": {"format": "individual", "planned": writer.at.isoformat()},
    }
    for kind, more in again.items():
        verdict = writer.say(kind, session="s1", **more)
        assert not verdict.written
        assert [each.code for each in verdict.problems] == ["session-known"]
    assert [each.code for each in writer.say("session.begun", session=" ", format="group").problems] == ["no-session"]
    missed = {"session": "m1", "format": "individual", "planned": writer.at.isoformat()}
    assert writer.say("session.missed", **missed).written
    assert not writer.say("session.missed", **missed).written


def test_what_was_seen_in_a_session_is_gone_when_it_ends() -> None:
    writer = Writer()
    seen_and_ended(writer)
    assert writer.case.gate.seen == {}
    # A log edited by hand past the rule that an id is used once.
    writer.force("session.begun", session="s1", format="individual")
    assert not writer.say("session.intervention", session="s1", level=4).written


@pytest.mark.parametrize("by", ["pat", "nobody", "gone"])
def test_only_staff_open_the_gate(by: str) -> None:
    gone = Person("gone", ("individual-therapist",), until=dt.date(2026, 3, 1))
    writer = Writer(opened=replace(OPENED, people={**OPENED.people, "gone": gone}))
    writer.say("session.begun", session="s1", format="individual")
    steady = {"session": "s1", "arousal": "workable", "mentalizing": "steady"}
    assert not writer.say("session.state", by=by, **steady).written
    assert not writer.say("session.state", by=by, overrules=("not-staff",), why="I feel fine", **steady).written
    writer.force("session.state", by=by, **steady)
    assert not writer.say("session.intervention", session="s1", level=4).written
    lost = writer.say("session.state", session="s1", arousal="high", mentalizing="lost").entry.id
    writer.force("session.state", by=by, corrects=lost, **steady)
    assert not writer.say("session.intervention", session="s1", level=4).written
    assert writer.say("session.state", session="s1", arousal="low", mentalizing="some").written
    assert writer.say("session.state", by="pat", session="s1", arousal="low", mentalizing="lost").written
    assert not writer.say("session.intervention", session="s1", level=4).written


def coded(writer: Writer, **more: object) -> list[tuple[str, str]]:
    turns = {"therapist_turns": 10, "patient_turns": 10, "levels": {"1": 2, "4": 8}}
    assert writer.say("session.coded", session="s1", **{**turns, **more}).written
    return [(each.entry, each.rule) for each in writer.case.deviations]


def test_a_coded_session_above_the_gate_is_a_deviation() -> None:
    writer = Writer()
    seen_and_ended(writer)
    assert coded(writer, lost=0) == []
    assert coded(writer, lost=10, aroused=10) == [("e5", "gate.coded-level")]
    assert coded(writer, lost=3, deviations=2)[1:] == [("e6", "gate.coded-level")]
    assert coded(writer, lost=3, deviations=0)[2:] == []
    told = writer.say("session.coded", session="s1", therapist_turns=9, patient_turns=9, levels={"3": 1}, lost=2)
    assert [each.code for each in told.problems] == ["deviations-not-said"]
    assert writer.say("deviation.explained", entry="e5", rule="gate.coded-level", why="Talked over").written
    assert [each.why for each in writer.case.deviations] == ["Talked over", ""]


def test_an_earlier_state_that_is_written_down_late_opens_no_gate() -> None:
    writer = Writer(programme.shipped("mbt"))
    writer.say("session.begun", session="s1", format="individual")
    writer.say("session.state", session="s1", arousal="high", mentalizing="lost")
    writer.say("session.state", after=dt.timedelta(minutes=-20), session="s1", arousal="workable", mentalizing="some")
    assert highest(writer.case.gate.seen["s1"]) == 2
    refused = writer.say("session.intervention", after=dt.timedelta(minutes=25), session="s1", level=4)
    assert [each.rule for each in refused.refusals] == ["gate.aroused-not-mentalizing"]
    writer.say("session.state", session="s1", arousal="workable", mentalizing="some")
    assert highest(writer.case.gate.seen["s1"]) == 4
