"""Whoever leaves takes nothing with them: an entry is judged by the people of its time, whatever case.toml says later."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from case_rooms import OPENED, PEOPLE, PLAN, Writer, without
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from forwhom import programme
from forwhom.programme.case import Case, Opened, Person, replay
from forwhom.programme.case.agenda import agenda
from forwhom.programme.case.crisis import signatures
from forwhom.programme.case.noted import CHANGED, noted
from forwhom.programme.case.rules import alert_rules

EVE = Person("eve", ("individual-therapist",))
STAFF = ("ben", "dana", "eli", "eve")
MBT = programme.shipped("mbt")


def change(writer: Writer, opened: Opened, by: str) -> None:
    """case.toml is edited, and whoever records next enters it."""
    writer.opened = opened
    writer.case = replay(writer.programme, opened, writer.case.log)
    data = noted(f"{len(writer.lines):064}", opened, alert_rules(writer.programme, opened))
    writer.force(CHANGED, by, **data)


def verdicts(case: Case) -> tuple[Any, ...]:
    """All that was found of the entries, without what case.toml says now."""
    bare = replace(case, opened=OPENED, rules=())
    return bare, tuple(case.problems), tuple(case.deviations)


class Changes(RuleBasedStateMachine):
    """Each entry is written as somebody at work writes it; what was found of the log then is found of it ever after."""

    @initialize()
    def begin(self) -> None:
        self.writer = Writer(MBT)
        self.found: list[tuple[int, tuple[Any, ...]]] = []
        change(self.writer, OPENED, "ben")

    @rule(there=st.sets(st.sampled_from(STAFF), min_size=1), data=st.data())
    def people_come_and_go(self, there: set[str], data: st.DataObject) -> None:
        people = {"pat": PEOPLE["pat"]} | {name: PEOPLE.get(name, EVE) for name in sorted(there)}
        change(self.writer, replace(OPENED, people=people), data.draw(st.sampled_from(sorted(there))))

    @rule(
        data=st.data(),
        kind=st.sampled_from(["session.begun", "session.ended", "event.happened", "crisis.plan-signed", "note.added"]),
        n=st.integers(1, 3),
    )
    def something(self, data: st.DataObject, kind: str, n: int) -> None:
        by = data.draw(st.sampled_from([name for name in self.writer.opened.people if name != "pat"]))
        more: dict[str, Any] = {"session": f"s{n}"} if kind.startswith("session") else {}
        more |= {"session.begun": {"format": "individual"}, "event.happened": {"what": "self-harm"}}.get(kind, {})
        more |= {"note.added": {"text": "…"}}.get(kind, {})
        if kind == "crisis.plan-signed" and self.writer.case.crisis.current is None:
            self.writer.say("crisis.plan-written", by=by, **PLAN)
        self.writer.say(kind, by=by, **more)

    @rule(data=st.data(), n=st.integers(1, 3), lost=st.booleans(), level=st.integers(1, 4), again=st.booleans())
    def the_gate(self, data: st.DataObject, n: int, lost: bool, level: int, again: bool) -> None:
        by = data.draw(st.sampled_from([name for name in self.writer.opened.people if name != "pat"]))
        seen = {"session": f"s{n}", "arousal": "high", "mentalizing": "lost" if lost else "some"}
        self.writer.say("session.begun", by=by, session=f"s{n}", format="individual")
        said = self.writer.say("session.state", by=by, **seen)
        if again and said.written:
            seen["mentalizing"] = "steady"
            rules = ("gate.state-rewritten",)
            self.writer.say(
                "session.state", by=by, corrects=said.entry.id, overrules=rules, why="Heard again on the tape", **seen
            )
        self.writer.say("session.intervention", by=by, session=f"s{n}", level=level)

    @precondition(lambda self: hasattr(self, "writer") and self.writer.case.alerts.open)
    @rule(data=st.data())
    def acknowledged(self, data: st.DataObject) -> None:
        by = data.draw(st.sampled_from([name for name in self.writer.opened.people if name != "pat"]))
        alert = data.draw(st.sampled_from(sorted(self.writer.case.alerts.open)))
        assert self.writer.say("alert.acknowledged", by=by, alert=alert).written

    @rule()
    def keep(self) -> None:
        self.found.append((len(self.writer.lines), verdicts(self.writer.case)))

    def teardown(self) -> None:
        if not hasattr(self, "writer"):
            return
        writer = self.writer
        assert not writer.case.problems, "everything was right when it was written"
        for n, then in self.found:
            for opened in (writer.opened, without(OPENED, "ben"), replace(OPENED, people={"pat": PEOPLE["pat"]})):
                assert verdicts(replay(MBT, opened, writer.case.log[:n])) == then


TestChanges = pytest.mark.filterwarnings("error")(Changes.TestCase)
TestChanges.settings = settings(
    max_examples=50, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def without_ben() -> Opened:
    people = {name: each for name, each in PEOPLE.items() if name != "ben"} | {"eve": EVE}
    return replace(OPENED, people=people)


def test_a_correction_stands_after_the_one_who_wrote_it_has_left() -> None:
    writer = Writer(MBT)
    change(writer, OPENED, "ben")
    writer.say("session.begun", session="s1", format="individual")
    seen = writer.say("session.state", session="s1", arousal="high", mentalizing="lost").entry.id
    rewritten = {"session": "s1", "arousal": "workable", "mentalizing": "some"}
    rules = ("gate.state-rewritten",)
    assert writer.say("session.state", corrects=seen, overrules=rules, why="A slip of the pen", **rewritten).written
    assert writer.say("session.intervention", session="s1", level=4).written
    before = tuple(writer.case.deviations)
    writer.opened = without_ben()
    writer.case = replay(MBT, writer.opened, writer.case.log)
    assert (tuple(writer.case.deviations), tuple(writer.case.problems)) == (before, ())
    change(writer, writer.opened, "eve")
    assert (tuple(writer.case.deviations), tuple(writer.case.problems)) == (before, ())
    assert not [each for each in agenda(writer.case, writer.at) if each.what == "reason missing"]


def test_who_left_can_correct_nothing_any_more() -> None:
    writer = Writer(MBT)
    change(writer, OPENED, "ben")
    writer.say("session.begun", session="s1", format="individual")
    seen = writer.say("session.state", session="s1", arousal="high", mentalizing="lost").entry.id
    change(writer, without_ben(), "eve")
    rewritten = {"session": "s1", "arousal": "workable", "mentalizing": "some"}
    rules = ("gate.state-rewritten",)
    verdict = writer.say("session.state", corrects=seen, overrules=rules, why="A slip of the pen", **rewritten)
    assert not verdict.written
    assert {"not-staff", "unknown-person"} == {each.code for each in verdict.problems}


def test_an_entry_before_case_toml_was_entered_keeps_its_alert() -> None:
    writer = Writer(MBT)
    writer.force("event.happened", what="self-harm")
    raised = set(writer.case.alerts.open)
    assert "severe/e1" in raised
    change(writer, OPENED, "ben")
    later = replay(MBT, replace(without_ben(), alerts=()), writer.case.log)
    assert set(later.alerts.open) == raised
    assert later.alerts.open["severe/e1"].to[0] == "ben"
    assert not later.problems


def test_a_signature_and_a_session_stay_with_who_has_left() -> None:
    writer = Writer(MBT)
    change(writer, OPENED, "ben")
    writer.say("crisis.plan-written", **PLAN)
    writer.say("crisis.plan-signed")
    writer.say("session.held", session="s1", format="individual", started=writer.at.isoformat(), length="50 min")
    change(writer, without_ben(), "eve")
    version = writer.case.crisis.current
    assert version is not None
    assert signatures(writer.case, version) == (False, True)
    writer.say("session.held", by="eve", session="s2", format="individual", started=writer.at.isoformat(), length="1 h")
    assert [each.leader for each in writer.case.sessions.held] == ["ben", "eve"]


def test_who_hands_over_on_a_day_led_until_that_day() -> None:
    until, since = dt.date(2026, 9, 1), dt.date(2026, 9, 2)
    people = {**PEOPLE, "ben": replace(PEOPLE["ben"], until=until), "eve": replace(EVE, since=since)}
    writer = Writer(MBT, opened=replace(OPENED, people=people))
    for n, day in enumerate((until, since)):
        at = dt.datetime.combine(day, dt.time(10), dt.UTC)
        writer.force("session.held", session=f"s{n}", format="individual", started=at.isoformat(), length="50 min")
    assert [each.leader for each in writer.case.sessions.held] == ["ben", "eve"]
