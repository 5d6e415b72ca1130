"""The case page: every question answered or declined with a reason, and the same page from the same log."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from case_rooms import Writer
from case_topics import SMALL, START, Log, held, missed

from forwhom.analysis.programme.case_page import CASE_QUESTIONS, case_record
from forwhom.findings.kinds import AlertsDetail, StanceTrendDetail
from forwhom.findings.record import from_json, to_json
from forwhom.io.case import read_case
from forwhom.problems import ProblemsFound
from forwhom.programme import shipped
from forwhom.programme.case import replay
from forwhom.programme.case.crisis import emergency
from forwhom.programme.case.rules import AlertRule
from forwhom.report.render import render

NOW = START + dt.timedelta(days=120)


def full() -> Log:
    log = Log()
    marks = {"close-fast": "present", "too-intense": "present", "turns-hostile": "present", "too-calm": "absent"}
    log.add("assessment.observed", marks=marks)
    log.add("assessment.observed", "gus", marks={"turns-hostile": "absent", "idealises": "present"})
    log.add("assessment.profiled", context="partner", degrees={"pretend": "marked", "teleological": "none"})
    log.add("assessment.profiled", "gus", context="partner", degrees={"pretend": "none"})
    for n in range(3):
        log.add(
            "assessment.episode",
            trigger="A quarrel <b>",
            context="partner",
            act="self-harm" if n else "none",
            affect="rejection",
        )
    log.add(
        "formulation.said",
        point="pain",
        voice="patient",
        text="Nobody <script>alert(1)</script> sees it",
        own_words=True,
    )
    log.add("formulation.said", point="pain", voice="therapist", text="I saw it late")
    log.add("formulation.compared", point="pain", result="agreed")
    log.add("formulation.said", point="pain", voice="patient", text="Some see it")
    log.add("team.agreed", component="group", agreed=True, worries="eyes")
    log.add("team.item", item="x", text="…", duty="tell-group")
    for n in range(7):
        held(log, f"s{n}", 7 * n + 1)
        log.add(
            "adherence.rated",
            "sue",
            session=f"s{n}",
            items={"humility": min(4, n // 2 + 1), "patience": min(4, n // 2)},
        )
    log.add("adherence.rated", "gus", session="s6", items={"humility": 1})
    missed(log, "g1", 4, "group")
    log.add("training.attended", person="ida", days=3, ended="2026-01-10", programme="mbt")
    return log


def answers(log: Log) -> dict[str, tuple[str, str]]:
    record = case_record(log.case(), NOW)
    return {finding.id: (finding.status, finding.statement) for finding in record.findings}


def test_a_full_case_is_told_with_its_numbers() -> None:
    found = answers(full())
    assert {name: status for name, (status, _) in found.items() if name != "case.crisis"} == {
        name: "answered" for name in found if name != "case.crisis"
    }
    assert "hyperactivating: 3 present, 0 absent" in found["case.strategies"][1]
    assert "Observers disagree on 1 observation" in found["case.strategies"][1]
    assert "Observers differ on 1 pair" in found["case.profile"][1]
    assert "Marked: pretend mode with partner" in found["case.profile"][1]
    assert found["case.triggers"][1].startswith("3 episodes of 1 trigger.")
    assert "alike on 1" in found["case.formulation"][1]
    assert "On 1 point somebody has said something new" in found["case.formulation"][1]
    assert "7 rated sessions" in found["case.stance"][1]
    assert "goes up by" in found["case.stance"][1]
    assert "The patient has not been told yet of it" in found["case.team"][1]
    assert "Something is missing for ida" in found["case.training"][1]


def test_an_empty_case_declines_and_says_what_it_would_take() -> None:
    record = case_record(Log().case(), NOW)
    by = {finding.id: finding for finding in record.findings}
    for name in ("strategies", "profile", "triggers", "formulation", "stance"):
        assert by[f"case.{name}"].status == "declined"
        assert by[f"case.{name}"].would_take
    assert not [c for finding in record.findings for c in finding.cautions if c.code == "fault"]
    other = case_record(Log().case(None), NOW)
    assert not [c for finding in other.findings for c in finding.cautions if c.code == "fault"]


def test_so_few_sessions_say_nothing_of_a_trend() -> None:
    log = Log()
    for n in range(4):
        held(log, f"s{n}", 7 * n + 1)
        log.add("adherence.rated", "sue", session=f"s{n}", items={"humility": n})
    status, told = answers(log)["case.stance"]
    assert status == "answered"
    assert "So few sessions say nothing of a trend: 5 are the least" in told


def test_own_ratings_are_a_course_of_their_own_and_two_raters_are_compared() -> None:
    log = Log()
    for n in range(6):
        held(log, f"s{n}", 7 * n + 1)
        log.add("adherence.rated", "ida", session=f"s{n}", items={"humility": 4, "patience": 4})
    status, told = answers(log)["case.stance"]
    assert status == "answered"
    assert told.startswith(
        "Nobody but the therapist has rated a session. By the therapist's own ratings it was 4.0 of 4"
    )
    for n in range(6):
        log.add("adherence.rated", "sue", session=f"s{n}", items={"humility": n % 4, "patience": n % 4})
    log.add("adherence.rated", "gus", session="s5", items={"humility": 3})
    (finding,) = case_record(log.case(), NOW, questions=["stance"]).findings
    assert isinstance(finding.detail, StanceTrendDetail)
    assert [each.mean for each in finding.detail.points] == [0, 1, 2, 3, 0, 1.5]
    assert [each.mean for each in finding.detail.own] == [4] * 6
    assert "The therapist's own ratings are kept apart: 4.0 of 4 in the newest of 6 sessions." in finding.statement
    assert "Of 1 item that two others rated in the same session, 0 got the same rating" in finding.statement
    last = [each for each in finding.detail.pairs if each.session == "s5"]
    assert [(each.first, each.second, each.own, each.items) for each in last] == [
        ("gus", "sue", False, 1), ("gus", "ida", True, 1), ("sue", "ida", True, 2),
    ]  # fmt: skip
    assert [(each.name, each.value) for each in finding.estimates if "newest" in each.name] == [
        ("stance in the newest rated session", 1.5),
        ("stance in the newest rated session, by the therapist's own rating", 4.0),
    ]


def test_the_record_survives_json_and_the_page_escapes_what_people_wrote() -> None:
    record = case_record(full().case(), NOW, simulated=True)
    text = to_json(record)
    assert to_json(from_json(text)) == text
    html = render(record, text)
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "SIMULATED" in html
    assert render(case_record(full().case(), NOW, simulated=True)) == html


def test_the_order_of_observations_does_not_change_the_answers() -> None:
    log = full()
    first = log.entries[:8]
    again = Log()
    again.entries = [*first[1::-1], *first[:1:-1], *log.entries[8:]]
    one, other = (answers(each) for each in (log, again))
    for name in ("case.strategies", "case.profile", "case.triggers", "case.guidance"):
        assert one[name] == other[name]


def test_a_question_by_name_and_none_by_a_wrong_one() -> None:
    record = case_record(Log().case(), NOW, questions=["profile"])
    assert [finding.id for finding in record.findings] == ["case.profile"]
    with pytest.raises(ProblemsFound, match="profile"):
        case_record(Log().case(), NOW, questions=["profil"])
    assert len({question.name for question in CASE_QUESTIONS}) == len(CASE_QUESTIONS)


def test_rules_stand_beside_the_ledger() -> None:
    from forwhom import evidence
    from forwhom.programme import shipped

    case = full().case(shipped("mbt"))
    record = case_record(case, NOW, questions=["guidance"], ledger=evidence.read())
    rows = record.findings[0].detail.rows
    assert rows
    assert all(
        row.standing.split(".")[0] in {"supported", "supported with conditions", "weakened", "untested", "no claim"}
        for row in rows
    )
    assert {row.source for row in rows} >= {"S2 line 40"}
    assert SMALL.id == case.programme.id


def test_the_shipped_example_has_a_page_without_a_fault(root: Path) -> None:
    from forwhom.io.case import read_case
    from forwhom.programme import shipped
    from forwhom.programme.case import replay

    files = read_case(root / "examples/case-mbt")
    assert not files.problems
    assert files.opened is not None
    case = replay(shipped("mbt"), files.opened, files.log.entries)
    assert not case.problems
    record = case_record(case, dt.datetime(2026, 10, 2, 12, tzinfo=dt.UTC), simulated=True)
    assert {finding.status for finding in record.findings} == {"answered"}


def test_help_in_an_emergency_and_alerts_that_wait_stand_at_the_top_of_every_page(root: Path) -> None:
    """Also of a page of one question, and where there is no crisis plan."""
    files = read_case(root / "examples" / "case-mbt")
    assert files.opened is not None
    case = replay(shipped("mbt"), files.opened, files.log.entries)
    record = case_record(case, dt.datetime(2026, 7, 9, 20, tzinfo=dt.UTC), questions=["strategies"])
    facts = dict(record.study.facts)
    assert next(iter(facts)) == "In an emergency"
    assert facts["In an emergency"] == emergency(case)
    assert any(line.startswith("LATE: item bdi-9") for line in facts["Alerts that wait"])
    page = render(record)
    assert all(number in page for number in emergency(case))


def test_alerts_that_wait_are_the_first_answer_and_name_nobody_where_nobody_answers() -> None:
    record = case_record(Log().case(), NOW)
    assert (record.findings[0].id, record.findings[0].statement) == ("case.alerts", "No alert waits.")
    writer = Writer(shipped("mbt"))
    writer.say("event.happened", what="self-harm")
    (finding,) = case_record(writer.case, writer.at + dt.timedelta(days=9), questions=["alerts"]).findings
    assert isinstance(finding.detail, AlertsDetail)
    assert "waits for" in finding.statement
    assert finding.detail.rows[0].late
    assert finding.detail.rows[0].id in render(case_record(writer.case, writer.at, questions=["alerts"]), "{}")
    alone = Writer(
        None, replace(writer.opened, alerts=(AlertRule("severe", "event", (), dt.timedelta(hours=2), ("self-harm",)),))
    )
    alone.say("event.happened", what="self-harm")
    (finding,) = case_record(alone.case, alone.at, questions=["alerts"]).findings
    assert "NOBODY answers it" in finding.statement
