"""The crisis plan: order, completeness, versions, signatures; emergency is never refused."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from case_rooms import OPENED, PEOPLE, PLAN, Writer, without

from forwhom import programme
from forwhom.programme.case import Opened, Person, replay
from forwhom.programme.case.agenda import agenda
from forwhom.programme.case.crisis import EVERYBODY, emergency
from forwhom.programme.case.crisis_plan import Contact, Plan, missing
from forwhom.programme.case.crisis_plan import gone as absent
from forwhom.programme.case.opening import opened_problems
from forwhom.programme.case.plan_view import view


def planned(known: str | None = None, opened: Opened = OPENED) -> Writer:
    writer = Writer(programme.shipped(known) if known else None, opened)
    assert writer.say("crisis.plan-written", by="dana", **PLAN).written
    return writer


def test_contact_comes_after_own_means_and_can_be_overruled_with_a_reason() -> None:
    writer = planned()
    verdict = writer.say("crisis.step-taken", by="pat", step="professional/ben")
    assert [each.rule for each in verdict.refusals] == ["crisis.other-means-first"]
    assert "A walk" in verdict.refusals[0].instead
    rule = ("crisis.other-means-first",)
    without = writer.say("crisis.step-taken", by="pat", step="professional/ben", overrules=rule, why=" ")
    assert [each.code for each in without.problems] == ["no-reason"]
    assert writer.say(
        "crisis.step-taken", by="pat", step="professional/ben", overrules=rule, why="Could not walk"
    ).written
    assert [(each.rule, each.why) for each in writer.case.deviations] == [
        ("crisis.other-means-first", "Could not walk")
    ]


def test_a_means_of_yesterday_or_of_a_crisis_that_is_over_does_not_count() -> None:
    writer = planned()
    writer.say("crisis.step-taken", by="pat", step="own/walk")
    assert writer.say("crisis.step-taken", by="pat", step="professional/ben").written
    writer.say("crisis.over", by="pat")
    assert not writer.say("crisis.step-taken", by="pat", step="professional/ben").written
    writer.say("crisis.step-taken", by="pat", step="own/walk")
    writer.at += dt.timedelta(hours=25)
    assert not writer.say("crisis.step-taken", by="pat", step="professional/ben").written


def test_a_programme_without_the_gate_does_not_ask_for_it() -> None:
    assert planned("dbt-outpatient").say("crisis.step-taken", by="pat", step="professional/ben").written
    assert not planned("mbt").say("crisis.step-taken", by="pat", step="professional/ben").written


@pytest.mark.parametrize("data", [{}, {"nonsense": [1]}, {"when": "yesterday"}])
@pytest.mark.parametrize("by", ["pat", "nobody", ""])
def test_emergency_is_never_refused(data: dict[str, object], by: str) -> None:
    writer = Writer()
    verdict = writer.say("crisis.emergency-contacted", by=by, **data)
    assert verdict.written
    assert not verdict.refusals
    assert all(each.severity == "notice" for each in verdict.problems)
    assert emergency(replay(None, type(OPENED)("mbt", OPENED.start, OPENED.zone, {}), ())) == EVERYBODY


def test_what_is_missing_is_told_with_why_and_source() -> None:
    writer = Writer(programme.shipped("mbt"))
    writer.say("crisis.plan-written", own=PLAN["own"])
    current = writer.case.crisis.current
    assert current is not None
    lacks = {each.part: each for each in missing(current.plan, OPENED)}
    assert set(lacks) == {"when", "signs", "people", "professional"}
    assert lacks["professional"].source == "S2 line 162"
    assert "our rule" in lacks["people"].source
    empty = type(current.plan)()
    assert {each.part for each in missing(empty, type(OPENED)("mbt", OPENED.start, OPENED.zone, {}))} == {
        "emergency", "when", "signs", "own", "people", "professional"
    }  # fmt: skip


def test_other_means_may_be_people_and_only_their_absence_is_the_papers() -> None:
    people = Plan(people=(Contact("gran", "Grandmother"),))
    lacks = {each.part: each for each in missing(people, OPENED)}
    assert "our rule" in lacks["own"].source
    assert {each.part: each for each in missing(Plan(), OPENED)}["own"].source == "S2 line 162"


def test_a_contact_of_the_plan_who_has_left_is_told() -> None:
    gone = replace(PEOPLE["ben"], until=dt.date(2026, 6, 1))
    writer = planned(opened=replace(OPENED, people={**PEOPLE, "ben": gone}))
    last, next_ = (dt.datetime(2026, 6, day, 12, tzinfo=dt.UTC) for day in (1, 2))
    there, left = (view(writer.case, at) for at in (last, next_))
    assert there is not None
    assert left is not None
    assert not any("has left" in each for each in there.lines())
    assert sum("Ben has left (last day 2026-06-01)" in each for each in left.lines()) == 1
    assert [each.part for each in left.missing if "has left" in each.says] == ["professional/ben"]
    assert any("has left" in each.says for each in agenda(writer.case, next_))
    assert not any("has left" in each.says for each in agenda(writer.case, last))
    nobody = planned(opened=without(OPENED, "ben"))
    assert [each.says for each in absent(nobody.case.crisis.versions[-1].plan, nobody.opened, last.date())] == [
        "Ben stands in the plan and is not in case.toml ('ben')."
    ]


def test_a_new_version_erases_nothing_and_needs_new_signatures() -> None:
    writer = planned()
    writer.say("crisis.plan-signed", by="pat")
    writer.say("crisis.plan-signed", by="ben")
    now = writer.at
    first = view(writer.case, now)
    assert first is not None
    assert first.unsigned == ()
    writer.say("crisis.plan-written", **{**PLAN, "signs": ["Another sign"]})
    second = view(writer.case, now)
    assert second is not None
    assert (second.number, second.unsigned) == (2, ("the patient", "a therapist"))
    again = view(writer.case, now, 1)
    assert again is not None
    assert (again.signs, again.unsigned) == (first.signs, ())
    assert view(writer.case, now, 3) is None


def test_a_plan_is_neither_corrected_nor_taken_back() -> None:
    writer = planned()
    entry = writer.case.log[-1].id
    for kind, data in (("crisis.plan-written", {"signs": ["Other"]}), ("entry.withdrawn", {})):
        verdict = writer.say(kind, corrects=entry, **data)
        assert not verdict.written
        assert [each.code for each in verdict.problems] == ["not-correctable"]
    writer.force("entry.withdrawn", corrects=entry)
    assert len(writer.case.crisis.versions) == 1


def test_the_next_step_is_the_first_that_was_not_taken() -> None:
    writer = planned()
    calm = view(writer.case, writer.at)
    assert calm is not None
    assert calm.next is None
    writer.say("crisis.step-taken", by="pat", step="own/walk", helped="no")
    shown = view(writer.case, writer.at)
    assert shown is not None
    assert shown.next == "own/music"


@pytest.mark.parametrize(
    ("at", "open_now", "opens"),
    [
        ("2026-03-27T16:59:00+00:00", True, None),
        ("2026-03-27T17:00:00+00:00", False, "2026-03-30T09:00:00+01:00"),
        ("2026-03-30T08:30:00+00:00", True, None),
        ("2026-10-26T08:30:00+00:00", False, "2026-10-26T09:00:00+00:00"),
    ],
)
def test_who_answers_now_across_the_change_of_the_clocks(at: str, open_now: bool, opens: str | None) -> None:
    shown = view(planned().case, dt.datetime.fromisoformat(at))
    assert shown is not None
    (ben,) = shown.professional
    assert ben.open_now is open_now
    assert (ben.next_open.isoformat() if ben.next_open else None) == opens
    assert ben.answers == "Monday to Friday 09:00–17:00"


def test_people_are_other_means_and_only_what_came_before_counts() -> None:
    for step, when, written in (
        ("people/gran", None, True),
        ("own/walk", dt.timedelta(hours=1), False),
        ("own/walk", dt.timedelta(days=1500), False),
        ("own/walk", -dt.timedelta(hours=1), True),
    ):
        writer = planned("mbt")
        contact = writer.at + dt.timedelta(minutes=30)
        said = {"when": (contact + when).isoformat()} if when is not None else {}
        assert writer.say("crisis.step-taken", by="pat", step=step, helped="no", **said).written
        made = writer.say("crisis.step-taken", by="pat", step="professional/ben", when=contact.isoformat())
        assert made.written is written, (step, when)


def test_steps_before_there_is_a_plan_are_recorded_and_kept_from_nobody() -> None:
    writer = Writer(programme.shipped("mbt"))
    assert not writer.say("crisis.step-taken", by="pat", step="nonsense").written
    assert writer.say("crisis.step-taken", by="pat", step="professional/ben").written
    assert writer.say("crisis.step-taken", by="pat", step="own/walk").written
    assert [each.step for each in writer.case.crisis.taken] == ["professional/ben", "own/walk"]


def test_blanks_are_no_plan() -> None:
    blank = {"signs": ["  "], "own": [{"id": "a", "what": " "}], "people": [{"id": "p", "who": " "}], "when": " "}
    writer = Writer(programme.shipped("mbt"))
    writer.say("crisis.plan-written", **blank)
    current = writer.case.crisis.current
    assert current is not None
    assert [each.part for each in missing(current.plan, OPENED)] == ["when", "signs", "own", "people", "professional"]


@pytest.mark.parametrize(("part", "reach", "lacks"), [
    ("people", "", True), ("people", " ", True), ("people", "by phone", False),
    ("professional", "", False), ("professional", " ", False),
])  # fmt: skip
def test_everybody_in_the_plan_is_reached_somehow(part: str, reach: str, lacks: bool) -> None:
    """Ben's extension stands in case.toml; of the patient's own people only the plan can say it."""
    person = "ben" if part == "professional" else ""
    named = (Contact("who", "Somebody", reach, person, "clinic"),)
    plan = Plan(people=named) if part == "people" else Plan(professional=named)
    found = [each for each in missing(plan, OPENED) if each.part == f"{part}/who"]
    assert [each.says for each in found] == ["How Somebody is reached is not written down."] * lacks


@pytest.mark.parametrize("blank", [("",), (" ", "\t"), ()])
def test_a_blank_number_is_none(blank: tuple[str, ...]) -> None:
    bare = replace(OPENED, emergency=blank)
    writer = planned(opened=bare)
    assert emergency(writer.case) == EVERYBODY
    assert "no-emergency" in [each.code for each in opened_problems(bare, None)]
    assert missing(Plan(emergency=blank), bare)[0].part == "emergency"
    own = Writer(opened=OPENED)
    own.say("crisis.plan-written", **{**PLAN, "emergency": list(blank)})
    shown = view(own.case, own.at)
    assert shown is not None
    assert emergency(own.case) == shown.emergency == ("999",)


def test_that_a_crisis_began_takes_no_means_away_that_were_tried_in_it() -> None:
    writer = planned("mbt")
    writer.say("crisis.step-taken", by="pat", step="own/walk")
    writer.say("crisis.began", after=dt.timedelta(minutes=30))
    assert writer.say("crisis.step-taken", by="pat", after=dt.timedelta(minutes=5), step="professional/ben").written
    writer.say("crisis.began", after=dt.timedelta(days=40))
    assert writer.case.crisis.began == writer.at
    assert not writer.say("crisis.step-taken", by="pat", step="professional/ben").written


@pytest.mark.parametrize(
    ("by", "person", "counts"),
    [
        ("pat", "", True),
        ("pat", "pat", True),
        ("ben", "pat", True),
        ("ben", "", True),
        ("dana", "ben", True),
        ("pat", "ben", False),
        ("gone", "", False),
        ("gone", "ben", False),
        ("gone", "pat", False),
    ],
)
def test_staff_sign_for_staff_and_the_patient_or_staff_for_the_patient(by: str, person: str, counts: bool) -> None:
    gone = Person("gone", ("individual-therapist",), until=dt.date(2026, 3, 1))
    writer = planned(opened=replace(OPENED, people={**PEOPLE, "gone": gone}))
    who = {"person": person} if person else {}
    verdict = writer.say("crisis.plan-signed", by=by, **who)
    assert verdict.written == counts
    assert [each.code for each in verdict.problems] == ([] if counts else ["not-staff"])
    writer.force("crisis.plan-signed", by=by, **who)
    assert bool(writer.case.crisis.versions[-1].signed) == counts


TWICE = {**PLAN, "own": [{"id": "walk", "what": "A walk"}, {"id": "walk", "what": "Music"}]}


def test_steps_of_one_id_are_refused_and_told_where_they_were_written_before() -> None:
    writer = Writer()
    refused = writer.say("crisis.plan-written", **TWICE)
    assert [each.rule for each in refused.refusals] == ["crisis.same-step"]
    writer.force("crisis.plan-written", **TWICE)
    shown = view(writer.case, writer.at)
    assert shown is not None
    assert [each.part for each in shown.missing] == ["own/walk"]
    same = [{"id": "walk", "who": "Gran", "reach": "by phone"}]
    assert Writer().say("crisis.plan-written", **{**PLAN, "people": same}).written
