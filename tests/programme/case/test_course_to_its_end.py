"""What came up when a whole course was kept by commands: reviews, a crisis that goes on, sessions the service called off."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from case_rooms import PLAN, Writer
from typer.testing import CliRunner

from forwhom import programme
from forwhom.cli import app
from forwhom.programme.case.agenda import agenda
from forwhom.programme.case.due import standings, stands
from forwhom.programme.case.recording import Draft, entry_of
from forwhom.programme.case.state import replay

MBT = programme.shipped("mbt")
DAY = dt.timedelta(days=1)


def reviews(writer: Writer) -> list[str]:
    return [each.says for each in agenda(writer.case, writer.at) if each.what == "review"]


def test_a_review_is_met_by_the_day_it_was_held_and_not_by_one_that_was_taken_back() -> None:
    writer = Writer(MBT)
    writer.at += 215 * DAY
    (medication,) = (each for each in reviews(writer) if "medication" in each)
    assert medication.endswith("[assessments.medication-review]"), "what to record stands there"
    late = writer.say("programme.done", thing="assessments.medication-review")
    assert late.written
    assert medication in reviews(writer), "today is not in its window"
    writer.say("programme.done", corrects=late.entry.id, thing="assessments.medication-review", on="2026-09-07")
    assert medication not in reviews(writer)
    writer.say("entry.withdrawn", corrects=late.entry.id)
    assert medication in reviews(writer)


def test_what_can_be_done_is_listed_with_reviews() -> None:
    (problem,) = Writer(MBT).say("programme.done", thing="reviews.medication").problems
    assert "assessments.medication-review" in problem.possible
    assert "agreements.both-components" in problem.possible


def test_a_crisis_that_goes_on_is_told_until_it_is_over_also_after_the_end() -> None:
    writer = Writer(MBT)
    writer.say("crisis.plan-written", **PLAN)
    writer.say("crisis.began", by="pat")
    for kind, more in (("note.added", {"text": "…"}), ("treatment.ended", {"how": "completed"})):
        writer.say(kind, **more)
        assert [each.says for each in agenda(writer.case, writer.at) if each.what == "crisis"]
    writer.say("crisis.over")
    assert not [each for each in agenda(writer.case, writer.at) if each.what == "crisis"]


@pytest.mark.parametrize(("by", "told"), [("patient", ""), ("service", " (1 of them not by the patient)")])
def test_a_session_that_was_called_off_is_told_apart_from_a_missed_one(by: str, told: str) -> None:
    writer = Writer()
    for n, who in ((1, "patient"), (2, by)):
        at = (writer.at + n * DAY).isoformat()
        _missed(writer, n, who, at)
    (alert,) = writer.case.alerts.open.values()
    assert alert.about == f"2 missed in a row: group{told}"


def _missed(writer: Writer, n: int, who: str, at: str) -> None:
    data = {"session": f"g{n}", "format": "group", "planned": at, "by": who}
    entry = entry_of(Draft("session.missed", "ben", writer.at, data), writer.tip)
    writer.keep(entry)
    writer.case = replay(writer.programme, writer.opened, (*writer.case.log, entry))


def test_what_nobody_was_sent_is_not_called_unanswered() -> None:
    writer = Writer()
    writer.say("event.happened", what="self-harm")
    for later, said in ((0, "not sent yet"), (3, "nobody was sent it yet"), (30, "nobody was sent it yet")):
        (each,) = standings(writer.case, writer.at + dt.timedelta(hours=later))
        assert stands(each) == said
    writer.say("alert.sent", sending="severe/e1/ben")
    assert stands(standings(writer.case, writer.at + DAY)[0]) == "unanswered"


def test_a_phase_that_waits_for_the_plan_says_what_the_plan_lacks() -> None:
    writer = Writer(MBT)
    writer.force("phase.entered", phase="crisis-plan", overrules=["phase.order"], why="…")
    writer.say("crisis.plan-written", **{**PLAN, "signs": []})
    says = " ".join(each.says for each in agenda(writer.case, writer.at) if each.what == "phase")
    assert "No warning signs are written down" in says


def test_a_time_in_the_data_without_a_zone_is_refused_with_what_it_could_mean(root: Path, tmp_path: Path) -> None:
    example = root / "examples" / "case-mbt" / "case.toml"
    (tmp_path / "case.toml").write_text(example.read_text("utf-8"))
    for when, said in (
        (
            "2026-10-25T01:30",
            "2026-10-25T01:30:00+01:00 or 2026-10-25T01:30:00+00:00; the clocks showed this time twice",
        ),
        ("2026-03-29T01:30", "the clocks skipped this time"),
        ("2026-07-01T09:00", "2026-07-01T09:00:00+01:00"),
    ):
        for more in ((), ("--json",)):
            words = ["case", "record", str(tmp_path), "event.happened", "what=self-harm", f"when={when}", "--by", "ben"]
            made = CliRunner().invoke(app, [*words, *more])
            assert made.exit_code == 1
            assert said in made.output


@pytest.mark.parametrize(("name", "source"), [("mbt", "S2 line 252"), ("scm", "ours; S2 line 252 says it of MBT")])
def test_what_the_paper_says_of_mbt_is_not_said_of_another_programme(name: str, source: str) -> None:
    writer = Writer(programme.shipped(name))
    writer.say("team.item", item="x", text="…", arose="group")
    (refusal,) = writer.say("team.shared", items=["x"], to=["dana"]).refusals
    assert (refusal.rule, refusal.source) == ("team.tell-first", source)
