"""What must be said although nobody asked: no plan, a treatment that broke off, an objection; and what must not drown it."""

from __future__ import annotations

import datetime as dt

from case_rooms import Writer
from case_topics import START, Log

from forwhom import programme
from forwhom.analysis.programme.case_page import case_record
from forwhom.programme.case.agenda import agenda
from forwhom.programme.case.supervising import agenda as points

MBT = programme.shipped("mbt")


def to_do(writer: Writer, what: str) -> list[tuple[str, bool]]:
    return [(each.says, each.late) for each in agenda(writer.case, writer.at) if each.what == what]


def test_a_case_without_a_crisis_plan_says_so_and_is_late_once_treatment_has_begun() -> None:
    writer = Writer(MBT)
    ((says, late),) = to_do(writer, "crisis plan")
    assert "There is no crisis plan" in says
    assert not late
    writer.force("phase.entered", phase="treatment", overrules=["phase.order"], why="The ward asked")
    assert writer.case.phases.now == "treatment"
    assert [late for _, late in to_do(writer, "crisis plan")] == [True]


def test_no_plan_in_time_is_late_whatever_the_phase() -> None:
    writer = Writer(MBT)
    writer.at += dt.timedelta(days=200)
    assert [late for _, late in to_do(writer, "crisis plan")] == [True]


def test_a_treatment_that_broke_off_is_not_silent() -> None:
    for how, n in (("dropout", 1), ("completed", 0)):
        writer = Writer(MBT)
        writer.force("treatment.ended", how=how)
        assert len(to_do(writer, "ending")) == n


def test_what_the_trial_measured_is_one_line_that_is_never_late() -> None:
    writer = Writer(MBT)
    writer.at += dt.timedelta(days=400)
    ((says, late),) = to_do(writer, "for research")
    assert "the treatment itself does not ask for it" in says
    assert not late
    assert "2026-09-02" in says
    told = [each.what for each in agenda(writer.case, writer.at)]
    assert "assessment" not in told
    assert "review" in told


def asked(log: Log) -> list[str]:
    return [each.says for each in points(log.case(), START + dt.timedelta(days=30)) if each.part == "events"]


def test_supervision_asks_for_the_feeling_before_acts_alone() -> None:
    log = Log()
    for what in ("Missed bus", "remission", "employment", "admission", "self-harm", "overdose", "suicide-atempt"):
        log.add("event.happened", what=what)
    log.add("event.happened", what="other", severity="severe")
    assert [each.split(":")[0] for each in asked(log)] == ["Other", "Suicide atempt", "Overdose", "Self harm"]


def test_a_note_of_free_text_reminds_of_an_objection() -> None:
    writer = Writer(MBT)
    writer.say("team.item", item="left", text="Left the group", arose="group")
    writer.say("team.patient-told", items=["left"], to=["dana"], answer="objects")
    verdict = writer.say("team.handed-over", to=["dana"], text="She left the group")
    assert verdict.written
    assert [each.code for each in verdict.problems] == ["objected"]
    assert not writer.say("team.handed-over", to=["eli"], text="Nothing new").problems


def test_an_objection_stays_to_be_seen_after_a_later_agreement() -> None:
    log = Log()
    log.add("team.item", item="x", text="…", duty="tell-group")
    log.add("team.patient-told", items=["x"], to=["gus"], answer="objects")
    log.add("team.patient-told", items=["x"], to=["gus"], answer="agrees")
    (finding,) = case_record(log.case(), START + dt.timedelta(days=9), questions=["team"]).findings
    assert "has objected to sharing x" in finding.statement


def test_the_patient_is_no_observer_of_themselves() -> None:
    writer = Writer(MBT)
    verdict = writer.say("assessment.observed", by="pat", marks={"too-calm": "present"})
    assert not verdict.written
    assert [each.code for each in verdict.problems] == ["not-an-observer"]
    assert writer.say("assessment.observed", by="ben", marks={"too-calm": "present"}).written
