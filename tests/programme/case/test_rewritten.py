"""No quiet way past the gate: what a correction opens needs a reason that is kept and spoken of."""

from __future__ import annotations

import datetime as dt

import pytest
from case_rooms import Writer

from forwhom import programme
from forwhom.programme.case.agenda import agenda
from forwhom.programme.case.supervising import agenda as points

RULE = "gate.state-rewritten"


def in_session(arousal: str = "high", mentalizing: str = "lost", name: str = "mbt") -> tuple[Writer, str]:
    writer = Writer(programme.shipped(name))
    writer.say("session.begun", session="s1", format="individual")
    writer.say("session.begun", session="s2", format="group")
    said = writer.say("session.state", session="s1", arousal=arousal, mentalizing=mentalizing)
    return writer, said.entry.id


@pytest.mark.parametrize(
    "state",
    [
        {"session": "s1", "arousal": "workable", "mentalizing": "some"},
        {"session": "s1", "arousal": "high", "mentalizing": "steady"},
        {"session": "s2", "arousal": "high", "mentalizing": "lost"},
        None,
    ],
)
def test_to_rewrite_or_take_back_lost_mentalizing_needs_a_reason(state: dict[str, str] | None) -> None:
    writer, seen = in_session()
    kind = "session.state" if state else "entry.withdrawn"
    verdict = writer.say(kind, corrects=seen, **(state or {}))
    assert [each.rule for each in verdict.refusals] == [RULE]
    assert "needs no reason" in verdict.refusals[0].instead
    assert not writer.say(kind, corrects=seen, overrules=(RULE,), why=" ", **(state or {})).written
    verdict = writer.say(kind, corrects=seen, overrules=(RULE,), why="The wrong patient's sheet", **(state or {}))
    assert verdict.written
    (deviation,) = writer.case.deviations
    assert (deviation.entry, deviation.rule, deviation.why) == (verdict.entry.id, RULE, "The wrong patient's sheet")
    (point,) = (each for each in points(writer.case, writer.at) if each.part == "deviation")
    assert point.why == "The wrong patient's sheet"


@pytest.mark.parametrize("mentalizing", ["some", "lost"])
def test_what_opens_nothing_is_corrected_freely(mentalizing: str) -> None:
    writer, seen = in_session(mentalizing=mentalizing)
    state = {"session": "s1", "arousal": "low", "mentalizing": mentalizing}
    assert writer.say("session.state", corrects=seen, **state).written
    assert not writer.case.deviations


def test_a_fresh_state_is_free_and_so_is_closing_the_gate() -> None:
    writer, seen = in_session(mentalizing="some")
    assert writer.say("session.state", corrects=seen, session="s1", arousal="high", mentalizing="lost").written
    assert writer.say("session.state", session="s1", arousal="workable", mentalizing="some").written
    assert not writer.case.deviations


def test_a_rewrite_of_a_rewrite_is_held_against_what_counted_before() -> None:
    writer, seen = in_session(mentalizing="some")
    lost = writer.say("session.state", corrects=seen, session="s1", arousal="high", mentalizing="lost").entry.id
    again = {"session": "s1", "arousal": "high", "mentalizing": "some"}
    for of in (seen, lost):
        assert [each.rule for each in writer.say("session.state", corrects=of, **again).refusals] == [RULE]


def test_a_rewrite_by_hand_is_late_until_it_is_explained() -> None:
    writer, seen = in_session()
    writer.force("session.state", corrects=seen, session="s1", arousal="low", mentalizing="steady")
    (deviation,) = writer.case.deviations
    assert any(each.late and deviation.entry in each.says for each in agenda(writer.case, writer.at))
    assert writer.say("deviation.explained", entry=deviation.entry, rule=RULE, why="Heard again").written
    assert [each.why for each in writer.case.deviations] == ["Heard again"]


def test_a_programme_without_the_gate_asks_for_nothing() -> None:
    writer, seen = in_session(name="dbt-outpatient")
    assert writer.say("entry.withdrawn", corrects=seen).written


def test_what_was_done_against_a_rule_stays_to_be_spoken_of_when_it_is_taken_back() -> None:
    writer, _ = in_session()
    rule = ("gate.aroused-not-mentalizing",)
    given = writer.say("session.intervention", session="s1", level=4, overrules=rule, why="Too early").entry.id
    assert writer.say("entry.withdrawn", corrects=given).written
    (deviation,) = writer.case.deviations
    assert (deviation.entry, deviation.rule, deviation.why) == (given, rule[0], "Too early")
    assert f"{rule[0]}/{given}" in [each.id for each in points(writer.case, writer.at)]
    assert not [each for each in agenda(writer.case, writer.at + dt.timedelta(1)) if each.what == "reason missing"]
