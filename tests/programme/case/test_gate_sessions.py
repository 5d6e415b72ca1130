"""The gate belongs to one session: nothing seen in another opens it, and only staff open it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from case_rooms import OPENED, START, Writer

from forwhom import programme
from forwhom.programme.case import Person
from forwhom.programme.case.gate import highest
from forwhom.programme.case.recording import Verdict


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


def at(writer: Writer, minute: int, kind: str, **more: object) -> Verdict:
    writer.at = START + dt.timedelta(minutes=minute)
    return writer.say(kind, after=dt.timedelta(0), session="s1", **more)


def in_minutes(*states: tuple[int, str]) -> Writer:
    writer = Writer(programme.shipped("mbt"))
    at(writer, 0, "session.begun", format="individual")
    for minute, mentalizing in states:
        assert at(writer, minute, "session.state", arousal="high", mentalizing=mentalizing).written
    return writer


LOST = "gate.aroused-not-mentalizing"


def test_an_intervention_is_judged_by_the_state_of_its_own_time() -> None:
    writer = in_minutes((5, "some"), (10, "lost"), (30, "some"))
    refused = at(writer, 15, "session.intervention", level=4)
    assert [each.rule for each in refused.refusals] == [LOST]
    assert at(writer, 15, "session.intervention", level=4, overrules=(LOST,), why="Too early").written
    assert [(each.rule, each.why) for each in writer.case.deviations] == [(LOST, "Too early")]
    for minute in (6, 31):
        assert at(writer, minute, "session.intervention", level=4).written
    assert len(writer.case.deviations) == 1


@pytest.mark.parametrize("minute", [-60, 2, 60 * 25])
def test_no_state_counts_before_it_was_seen_nor_in_a_session_that_nobody_ended(minute: int) -> None:
    writer = in_minutes((5, "some"))
    refused = at(writer, minute, "session.intervention", level=4)
    assert [each.rule for each in refused.refusals] == ["gate.state-not-seen"]
    assert at(writer, minute, "session.intervention", level=2).written


def test_a_state_from_before_the_session_began_is_not_seen_in_it() -> None:
    writer = in_minutes()
    told = at(writer, -7 * 24 * 60, "session.state", arousal="workable", mentalizing="some")
    assert [each.code for each in told.problems] == ["outside-session"]
    assert not at(writer, 10, "session.intervention", level=4).written


def test_a_state_written_later_shows_a_closed_gate() -> None:
    writer = in_minutes((5, "some"))
    given = at(writer, 20, "session.intervention", level=4).entry.id
    told = at(writer, 10, "session.state", arousal="high", mentalizing="lost")
    assert told.written
    assert [each.code for each in told.problems] == ["gate-was-closed"]
    assert [(each.entry, each.rule, each.why) for each in writer.case.deviations] == [(given, LOST, "")]
    assert writer.case.gate.given[0].closed


def test_an_end_before_an_intervention_shows_a_closed_gate() -> None:
    writer = in_minutes((5, "some"))
    given = at(writer, 20, "session.intervention", level=4).entry.id
    told = at(writer, 12, "session.ended")
    assert [each.code for each in told.problems] == ["gate-was-closed"]
    assert [(each.entry, each.rule) for each in writer.case.deviations] == [(given, "gate.state-not-seen")]


@pytest.mark.parametrize(("minute", "codes"), [(19, ["later-state"]), (20, []), (21, [])])
def test_a_state_that_a_later_one_has_overtaken_is_told(minute: int, codes: list[str]) -> None:
    writer = in_minutes((20, "lost"))
    told = at(writer, minute, "session.state", arousal="workable", mentalizing="some")
    assert told.written
    assert [each.code for each in told.problems] == codes
    assert all("needs no reason" in each.do for each in told.problems)
    assert at(writer, 30, "session.intervention", level=3).written == (not codes)
