"""Replaying: corrections, entries that say nothing, phases that do not move on, state to the last byte."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest
from case_rooms import OPENED, Writer

from forwhom import programme
from forwhom.io.case import read_case
from forwhom.programme.case import KINDS, after, read_log, replay
from forwhom.programme.case.agenda import agenda
from forwhom.programme.case.rows import Rows
from forwhom.programme.case.showing import to_json
from forwhom.programme.case.summary import summary


def codes(writer: Writer) -> list[str]:
    return [each.code for each in writer.case.problems]


def test_an_entry_that_says_nothing_changes_nothing_and_is_told() -> None:
    writer = Writer()
    for kind, data in (
        ("session.ended", {"session": "s1"}),
        ("session.begun", {"session": 3}),
        ("no.kind", {}),
        ("alert.acknowledged", {"alert": "severe/e1"}),
        ("session.intervention", {"session": "s1", "level": 5}),
    ):
        assert not writer.say(kind, **data).written
        writer.force(kind, **data)
    assert codes(writer) == ["no-session", "wrong-type", "missing-key", "unknown-kind", "unknown-alert", "wrong-value"]
    assert writer.case.sessions == type(writer.case.sessions)()
    assert all(each.file == "log.jsonl" and each.row for each in writer.case.problems)


def test_an_unknown_person_and_an_id_that_is_there_twice_are_told_and_nothing_is_lost() -> None:
    writer = Writer()
    writer.force("event.happened", by="nobody", what="self-harm", id="x")
    writer.force("event.happened", what="suicide-attempt", id="x")
    assert codes(writer) == ["unknown-person", "duplicate-id"]
    assert set(writer.case.alerts.open) == {"severe/x", "severe/x#2"}
    writer.force("note.added", role="supervisor", text="…")
    assert codes(writer)[-1] == "unknown-role"


def test_a_correction_counts_at_its_own_place_and_names_are_kept() -> None:
    writer = Writer()
    writer.say("session.begun", session="s1", format="individual")
    seen = writer.say("session.state", session="s1", arousal="low", mentalizing="steady").entry.id
    given = writer.say("session.intervention", session="s1", level=4).entry.id
    assert not writer.case.deviations
    corrected = writer.say("session.state", corrects=seen, session="s1", arousal="high", mentalizing="lost").entry.id
    assert writer.case.corrected == {seen: corrected}
    (deviation,) = writer.case.deviations
    assert (deviation.entry, deviation.rule, deviation.why) == (given, "gate.aroused-not-mentalizing", "")
    assert any(given in each.says and each.late for each in agenda(writer.case, writer.at))
    assert not writer.say("deviation.explained", entry=given, rule=deviation.rule).written
    writer.say("deviation.explained", entry=given, rule=deviation.rule, why="The state was seen only on the recording")
    assert [each.why for each in writer.case.deviations] == ["The state was seen only on the recording"]
    assert writer.case.log[1].data["arousal"] == "low"


def test_a_correction_into_a_closed_gate_is_refused_like_the_entry_itself() -> None:
    writer = Writer()
    writer.say("session.begun", session="s1", format="individual")
    low = writer.say("session.intervention", session="s1", level=1).entry.id
    verdict = writer.say("session.intervention", corrects=low, session="s1", level=4)
    assert [each.rule for each in verdict.refusals] == ["gate.state-not-seen"]
    rule = ("gate.state-not-seen",)
    assert writer.say(
        "session.intervention", corrects=low, session="s1", level=4, overrules=rule, why="Heard again"
    ).written
    assert [(each.entry, each.why) for each in writer.case.deviations] == [(low, "Heard again")]


def test_a_correction_needs_an_entry_of_its_kind() -> None:
    writer = Writer()
    note = writer.say("note.added", text="…").entry.id
    for kind, of, code in (("crisis.began", note, "wrong-kind"), ("note.added", "e9", "unknown-entry")):
        verdict = writer.say(kind, corrects=of, **({"text": "…"} if kind == "note.added" else {}))
        assert [each.code for each in verdict.problems] == [code]


def test_phases_move_on_when_what_they_ask_for_is_there() -> None:
    writer = Writer(programme.shipped("mbt"))
    early = writer.say("phase.entered", phase="formulation")
    assert [each.rule for each in early.refusals] == ["phase.order"]
    writer.say("phase.entered", phase="assessment")
    refused = {each.rule for each in writer.say("phase.entered", phase="formulation").refusals}
    assert refused == {
        "phase.assessment.assessments.mentalizing-profile",
        "phase.assessment.assessments.attachment-strategies",
    }
    for thing in ("assessments.mentalizing-profile", "assessments.attachment-strategies"):
        assert writer.say("programme.done", thing=thing).written
    assert writer.say("phase.entered", phase="formulation").written
    assert not writer.say("phase.entered", phase="nonsense").written
    assert not writer.say("programme.done", thing="plans.nonsense").written


def test_dbt_has_no_gate_over_levels_of_mbt() -> None:
    for name, written in (("dbt-outpatient", True), ("mbt", False)):
        writer = Writer(programme.shipped(name))
        writer.say("session.begun", session="s1", format="individual")
        assert writer.say("session.intervention", session="s1", level=4).written is written


@pytest.fixture(scope="module")
def example(root: Path) -> Path:
    return root / "examples" / "case-mbt"


def test_the_example_replays_to_the_same_bytes_and_has_no_problems(example: Path) -> None:
    files = read_case(example)
    assert not files.problems
    assert files.opened is not None
    one, other = (replay(programme.shipped("mbt"), files.opened, files.log.entries) for _ in range(2))
    assert not one.problems
    assert to_json(one) == to_json(other)
    assert json.loads(to_json(one))["crisis"]["versions"][1]["signed"].keys() == {"patient", "ama"}
    assert summary(one)[0].startswith("Emergency: 999")
    kinds = {each.kind for each in files.log.entries}
    assert {"crisis.step-taken", "alert.acknowledged", "session.state", "team.shared"} <= kinds <= set(KINDS)


def test_every_kind_has_words() -> None:
    for name, kind in KINDS.items():
        assert kind.says, name
        assert "." in name


def test_rows_share_and_never_change() -> None:
    one = Rows(1, 2)
    two = one.plus(3)
    three = one.plus(4)
    assert (list(one), list(two), list(three)) == ([1, 2], [1, 2, 3], [1, 2, 4])
    assert two[-1] == 3
    assert one[:5] == (1, 2)
    with pytest.raises(IndexError):
        one[2]
    assert hash(Rows(1, 2)) == hash(one)


def test_assessments_are_due_in_their_window_until_something_within_it_is_recorded() -> None:
    mbt = programme.shipped("mbt")
    writer = Writer(replace(mbt, assessments=tuple(replace(each, trial=False) for each in mbt.assessments)))

    def due(late: bool) -> list[str]:
        return [each.says for each in agenda(writer.case, writer.at) if "elf-report" in each.says and each.late is late]

    assert len(due(late=False)) == 1
    writer.say("measure.scored", scale="bdi2", when=writer.at.isoformat(), score=20, occasion="self-report")
    assert not due(late=False)
    writer.at += dt.timedelta(days=240)
    assert len(due(late=True)) == 1


def test_an_id_is_used_once_and_a_log_with_one_twice_is_read_alike_at_once_and_in_parts() -> None:
    writer = Writer()
    writer.say("event.happened", what="self-harm", id="x")
    refused = writer.say("note.added", text="…", id="x")
    assert not refused.written
    assert [each.code for each in refused.problems] == ["duplicate-id"]
    writer.force("note.added", text="…", id="x")
    assert writer.say("event.happened", what="overdose", corrects="x").written
    grown = replay(None, OPENED, ())
    read = read_log(writer.text).entries
    for entry in read:
        grown = after(grown, entry)
    assert grown == replay(None, OPENED, read) == writer.case
