"""Adherence ratings, coded sessions, training, and the agenda made of all of it."""

from __future__ import annotations

import datetime as dt

from case_topics import SMALL, START, Log, held, missed

from forwhom.programme.case.adherence import mean, ratings_of
from forwhom.programme.case.known import advised, known
from forwhom.programme.case.supervising import agenda
from forwhom.programme.case.training import hours, may_see_patients

NOW = START + dt.timedelta(days=20)


def rules(log: Log, now: dt.datetime = NOW) -> list[str]:
    return [point.rule for point in agenda(log.case(), now)]


def test_means_take_raters_first_and_turn_unwanted_items_round() -> None:
    log = Log()
    held(log, "s1", 1)
    log.add("adherence.rated", "sue", session="s1", items={"humility": 4, "tells-feelings": 0})
    log.add("adherence.rated", "gus", session="s1", items={"humility": 2, "patience": None, "tells-feelings": 2})
    log.add("adherence.rated", "gus", session="s1", items={"humility": 1})
    case = log.case()
    assert not case.problems
    assert ratings_of(case, "s1")["gus"] == {"humility": 1, "patience": None, "tells-feelings": 2}
    assert mean(case, "s1", ("humility", "patience")) == 2.5
    assert mean(case, "s1", ("humility", "tells-feelings")) == (2.5 + 3) / 2
    assert mean(case, "s1", ("patience",)) is None


def test_ratings_of_no_session_of_no_item_and_off_the_scale_are_problems() -> None:
    log = Log()
    log.add("adherence.rated", session="s1", items={"humilty": 3})
    log.add("adherence.rated", session="s1", items={"humility": 5})
    log.add("session.coded", session="s1", therapist_turns=3, patient_turns=3, levels={"5": 4}, lost=4)
    found = [(each.code, each.column) for each in log.case().problems]
    assert found == [
        ("unknown-session", "session"), ("unknown-id", "items"), ("wrong-value", "items"),
        ("unknown-session", "session"), ("wrong-value", "levels"), ("wrong-value", "levels"), ("wrong-value", "lost"),
    ]  # fmt: skip


def test_who_may_see_patients() -> None:
    log = Log()
    on = NOW.date()
    asked = ("individual-therapist",)
    refused = may_see_patients(log.case().training, "ida", asked, SMALL, on)
    assert [each.rule for each in refused] == ["training.days", "training.experience", "training.supervision"]
    log.add("training.attended", person="ida", days=2, ended="2026-01-10", programme="mbt")
    log.add("training.attended", person="ida", days=3, ended="2026-01-12", programme="dbt-outpatient")
    log.add("training.experience", person="ida", years=5)
    log.add("training.supervisor", person="ida", supervisor="sue", since="2026-02-01")
    case = log.case()
    assert [each.rule for each in may_see_patients(case.training, "ida", asked, SMALL, on)] == ["training.days"]
    assert "2 of 3" in may_see_patients(case.training, "ida", asked, SMALL, on)[0].says
    log.add("training.attended", person="ida", days=1, ended="2026-03-10", programme="mbt")
    training = log.case().training
    assert not may_see_patients(training, "ida", asked, SMALL, on)
    assert may_see_patients(training, "ida", asked, SMALL, dt.date(2026, 3, 9))
    assert not may_see_patients(training, "sue", ("supervisor",), SMALL, on)


def test_the_agenda_lists_every_part_and_forgets_what_was_spoken_of() -> None:
    log = Log()
    held(log, "s1", 1)
    missed(log, "s2", 8)
    missed(log, "s3", 15)
    log.add(
        "session.coded",
        session="s1",
        therapist_turns=20,
        patient_turns=20,
        levels={"4": 2},
        deviations=2,
        rules={"why-questions": 3},
    )
    log.add("adherence.rated", "sue", session="s1", items={"humility": 1, "tells-feelings": 4})
    log.add("event.happened", what="self-harm")
    log.add("team.item", item="x", text="…", duty="tell-group")
    log.add("team.shared", items=["x"], to=["sue"])
    log.add("assessment.observed", marks={"close-fast": "present"})
    log.add("formulation.said", point="pain", voice="patient", text="…")
    found = agenda(log.case(), NOW)
    assert [point.part for point in found] == [
        "deviation", "session", "session", "events", "attendance", "attendance", "attendance", "rating", "rating", "team",
        "formulation", "training", "training", "training",
    ]  # fmt: skip
    assert all(point.source for point in found)
    assert len({point.id for point in found}) == len(found)
    log.add("supervision.held", "sue", therapists=["ida"], minutes=60, points=[point.id for point in found])
    assert not agenda(log.case(), NOW)
    assert hours(log.case(), "ida").minutes == 60
    assert rules(log, NOW + dt.timedelta(days=60)) == ["supervision"]


def test_a_new_miss_after_it_was_spoken_of_is_a_new_point() -> None:
    log = Log()
    for day in (1, 8):
        missed(log, f"s{day}", day)
    point = next(each for each in agenda(log.case(), NOW) if each.rule == "attendance.in-a-row")
    log.add("supervision.held", "sue", therapists=["ida"], minutes=30, points=[point.id])
    assert "attendance.in-a-row" not in rules(log)
    missed(log, "s15", 15)
    assert "attendance.in-a-row" in rules(log)


def test_what_guidance_is_told() -> None:
    log = Log()
    log.add("assessment.observed", marks={"close-fast": "present", "too-intense": "present", "too-calm": "absent"})
    assert "patient.attachment" not in known(log.case(), NOW.date())
    log.add("assessment.observed", marks={"lost-when-probed": "present"})
    log.add("team.agreed", component="group", agreed=True, worries="being looked at")
    facts = known(log.case(), NOW.date())
    assert {name: each.value for name, each in facts.items()} == {
        "patient.attachment": "hyperactivating",
        "probing.mentalizing": "lost",
        "patient.calmer-than-topic": "no",
        "patient.fears-group": "yes",
        "treatment.week": "3",
    }
    assert "not settled" in facts["patient.attachment"].because
    assert [each.rule for each in advised(log.case(), facts).fired] == ["gradual"]
    assert not advised(log.case(None), facts).fired
