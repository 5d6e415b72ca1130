"""What is written down late, corrected twice or taken back: no departure and no reason is lost."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from case_rooms import OPENED, START, Writer

from forwhom import programme
from forwhom.programme.case import replay
from forwhom.programme.case.crisis import EVERYBODY, emergency
from forwhom.programme.case.recording import Draft, Verdict, entry_of, proposed

MINUTE = dt.timedelta(minutes=1)
GATE = "gate.aroused-not-mentalizing"


def at(writer: Writer, minute: int, kind: str, **data: object) -> Verdict:
    draft = Draft(kind, "ben", START + minute * MINUTE, data)
    verdict = proposed(writer.case, entry_of(draft, writer.tip))
    if verdict.written:
        writer.keep(verdict.entry)
        writer.case = verdict.case
    return verdict


@pytest.fixture
def session() -> Writer:
    writer = Writer(programme.shipped("mbt"))
    at(writer, 0, "session.begun", session="s1", format="individual")
    at(writer, 5, "session.state", session="s1", arousal="workable", mentalizing="some")
    at(writer, 10, "session.state", session="s1", arousal="high", mentalizing="lost")
    at(writer, 30, "session.state", session="s1", arousal="low", mentalizing="some")
    return writer


@pytest.mark.parametrize(
    ("minute", "written"), [(7, True), (15, False), (31, True), (-60, False), (60 * 24 * 30, False)]
)
def test_an_intervention_meets_the_state_of_its_own_time(session: Writer, minute: int, written: bool) -> None:
    assert at(session, minute, "session.intervention", session="s1", level=4).written is written


def test_a_state_of_before_the_session_is_none_of_it_and_told() -> None:
    writer = Writer(programme.shipped("mbt"))
    at(writer, 100, "session.begun", session="s1", format="individual")
    early = at(writer, 20, "session.state", session="s1", arousal="low", mentalizing="some")
    assert "outside-session" in [each.code for each in early.problems]
    assert not at(writer, 101, "session.intervention", session="s1", level=4).written


def test_a_state_that_does_not_count_is_told(session: Writer) -> None:
    at(session, 40, "session.state", session="s1", arousal="high", mentalizing="lost")
    late = at(session, 35, "session.state", session="s1", arousal="low", mentalizing="some")
    assert [each.code for each in late.problems if each.code == "later-state"]


def lost() -> Writer:
    writer = Writer(programme.shipped("mbt"))
    writer.say("session.begun", session="s1", format="individual")
    writer.say("session.state", session="s1", arousal="high", mentalizing="lost")
    return writer


@pytest.mark.parametrize("then", ["corrected", "withdrawn", "both"])
def test_no_reason_is_lost_by_further_corrections(then: str) -> None:
    writer = lost()
    first = writer.say("session.intervention", session="s1", level=2).entry.id
    told = {"why": "It was 4", "overrules": (GATE,)}
    assert writer.say("session.intervention", session="s1", level=4, corrects=first, **told).written
    if then != "withdrawn":
        assert writer.say("session.intervention", session="s1", level=2, corrects=first).written
    if then != "corrected":
        assert writer.say("entry.withdrawn", corrects=first).written
    assert ("It was 4", GATE) in [(each.why, each.rule) for each in writer.case.deviations]
    assert replay(writer.programme, writer.opened, writer.case.log).deviations == writer.case.deviations


def test_a_second_correction_against_the_gate_needs_its_own_reason() -> None:
    writer = lost()
    first = writer.say("session.intervention", session="s1", level=1).entry.id
    told = {"why": "It was 3", "overrules": (GATE,)}
    assert writer.say("session.intervention", session="s1", level=3, corrects=first, **told).written
    assert not writer.say("session.intervention", session="s1", level=4, corrects=first).written
    assert [each.why for each in writer.case.deviations] == ["It was 3"]


def test_a_coding_with_departures_is_not_wiped_out_without_a_reason() -> None:
    writer = Writer(programme.shipped("mbt"))
    writer.say("session.held", session="s1", format="individual", started=START.isoformat(), length="50 min")
    coded = {"session": "s1", "therapist_turns": 9, "patient_turns": 9, "levels": {"4": 3}, "lost": 5, "aroused": 5}
    entry = writer.say("session.coded", by="dana", deviations=3, **coded).entry.id
    assert not writer.say("session.coded", corrects=entry, deviations=0, **coded).written
    assert not writer.say("entry.withdrawn", corrects=entry).written
    assert writer.say(
        "session.coded", corrects=entry, deviations=0, **coded, overrules=("gate.coding-rewritten",), why="Other tape"
    ).written
    assert "Other tape" in [each.why for each in writer.case.deviations]


def test_means_tried_before_a_crisis_was_recorded_count() -> None:
    writer = Writer(programme.shipped("mbt"))
    plan = {
        "when": "I cannot cope", "signs": ["I stop answering"], "own": [{"id": "walk", "what": "A walk"}],
        "professional": [{"id": "ben", "who": "Ben", "person": "ben"}], "emergency": [" "],
    }  # fmt: skip
    writer.say("crisis.plan-written", **plan)
    assert emergency(writer.case) == tuple(OPENED.emergency or EVERYBODY)
    writer.say("crisis.step-taken", by="pat", step="own/walk")
    writer.say("crisis.began")
    assert writer.say("crisis.step-taken", by="pat", step="professional/ben").written


def test_the_patient_signs_for_nobody_else() -> None:
    writer = Writer(programme.shipped("mbt"))
    writer.say("crisis.plan-written", when="…", signs=["…"], own=[{"id": "walk", "what": "A walk"}], emergency=["999"])
    assert not writer.say("crisis.plan-signed", by="pat", person="ben").written
    assert writer.say("crisis.plan-signed", by="ben", person="pat").written


def test_only_staff_say_what_became_of_a_message() -> None:
    writer = Writer()
    alert = f"severe/{writer.say('event.happened', what='self-harm').entry.id}"
    assert not writer.say("alert.not-delivered", by="pat", sending=f"{alert}/ben").written
    sent = writer.say("alert.sent", sending=f"{alert}/ben").entry.id
    assert not writer.say("entry.withdrawn", by="pat", corrects=sent).written


def test_what_is_no_unicode_is_written_down_readably() -> None:
    writer = Writer()
    entry = writer.say("event.happened", what="self-harm", note="caf\udce9 \ud83d").entry
    assert entry.data["note"] == "café \ufffd"
    json.dumps(dict(entry.data), ensure_ascii=False).encode()
