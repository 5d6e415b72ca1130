"""Adherence ratings, coded sessions, training, and the agenda made of all of it."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from case_topics import PEOPLE, SMALL, START, Log, held, missed
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.programme.case import Case, Opened, replay
from forwhom.programme.case.known import advised, known
from forwhom.programme.case.opened import Person
from forwhom.programme.case.raters import mean, pairs, ratings_of
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


def test_the_therapists_own_rating_is_never_averaged_with_that_of_others() -> None:
    log = Log()
    held(log, "s1", 1)
    at = START + dt.timedelta(days=2)
    led = {"started": at.isoformat(), "length": "75 min", "with_": "gus and ida"}
    log.add("session.held", "gus", at, session="g1", format="group", **led)
    log.add("adherence.rated", "sue", session="s1", items={"humility": 1, "patience": 2})
    log.add("adherence.rated", "ida", session="s1", items={"humility": 4, "patience": 3})
    for rater in ("ida", "gus", "sue"):
        log.add("adherence.rated", rater, session="g1", items={"humility": 3})
    case = log.case()
    assert not case.problems
    assert (mean(case, "s1", ("humility",)), mean(case, "s1", ("humility",), "own")) == (1, 4)
    assert set(ratings_of(case, "g1", "own")) == {"ida", "gus"}, "both led it"
    (pair,) = pairs(case, "s1")
    assert (pair.first, pair.second, pair.whose) == ("sue", "ida", "own")
    assert (pair.items, pair.same, pair.within_one, pair.difference) == (2, 0, 1, 2.0)
    held(log, "s2", 8)
    log.add("adherence.rated", "ida", session="s2", items={"humility": 0})
    says = [point.says for point in agenda(log.case(), NOW) if point.part == "rating"]
    assert says == ["Session s2: By the therapist's own rating, “Humility” was seen seldom or not (0 of 4)."]
    log.add("adherence.rated", "sue", session="s2", items={"humility": 2})
    says = [point.says for point in agenda(log.case(), NOW) if point.part == "rating"]
    assert says == ["Session s2: the therapist's own rating of “Humility” (0 of 4) is far from that of others (2)."]


def test_where_nobody_knows_who_led_it_the_rating_of_who_may_have_is_no_independent_one() -> None:
    from forwhom import programme

    log = Log()
    at = (START + dt.timedelta(days=1)).isoformat()
    log.add("session.held", session="s1", format="individual", started=at, length="50 min")
    for rater in ("ida", "sue", "gus"):
        log.add("adherence.rated", rater, session="s1", items={"humility": 2})
    people = {**PEOPLE, "ivo": Person("ivo", ("individual-therapist",))}
    case = replay(programme.shipped("mbt"), Opened("mbt", START.date(), ZoneInfo("Europe/London"), people), log.entries)
    assert set(ratings_of(case, "s1")) == {"sue", "gus"}
    assert set(ratings_of(case, "s1", "own")) == {"ida"}


def test_the_patient_rates_no_adherence_and_nobody_rewrites_anothers_rating() -> None:
    log = Log()
    held(log, "s1", 1)
    log.add("adherence.rated", "p1", session="s1", items={"humility": 4})
    sue = log.add("adherence.rated", "sue", session="s1", items={"humility": 1})
    log.add("adherence.rated", "ida", session="s1", items={"humility": 4}, corrects=sue)
    log.add("adherence.rated", "p1", session="s1", items={"humility": 4}, corrects=sue)
    case = log.case()
    assert [each.code for each in case.problems] == ["not-staff", "not-own", "not-staff"]
    assert ratings_of(case, "s1") == {"sue": {"humility": 1}}
    assert ratings_of(case, "s1", "own") == {}
    log.add("adherence.rated", "sue", session="s1", items={"humility": 2}, corrects=sue)
    assert ratings_of(log.case(), "s1") == {"sue": {"humility": 2}}
    log.add("entry.withdrawn", "gus", corrects=sue)
    assert ratings_of(log.case(), "s1") == {}


RATINGS = st.lists(
    st.tuples(st.sampled_from(["ida", "gus", "sue", "p1"]), st.sampled_from(["s1", "s2"]), st.integers(0, 4)),
    max_size=10,
)


@given(said=RATINGS)
@settings(max_examples=60, deadline=None)
def test_what_the_therapist_and_the_patient_say_moves_no_number_of_others(said: list[tuple[str, str, int]]) -> None:
    def case(raters: set[str]) -> Case:
        log = Log()
        held(log, "s1", 1)
        held(log, "s2", 2, by="gus")
        led = {"s1": "ida", "s2": "gus"}
        for rater, session, value in said:
            if ("own" if led[session] == rater else rater) in raters:
                log.add("adherence.rated", rater, session=session, items={"humility": value})
        return log.case()

    whole, others = case({"own", "ida", "gus", "sue", "p1"}), case({"ida", "gus", "sue"})
    for session in ("s1", "s2"):
        assert mean(whole, session, ("humility",)) == mean(others, session, ("humility",))
        assert mean(others, session, ("humility",), "own") is None
        assert not set(ratings_of(whole, session)) & {"p1", "ida" if session == "s1" else "gus"}


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
