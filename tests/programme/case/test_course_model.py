"""A course beside a model of its own: the model is told what happened and never asks the code under test.

It knows the state seen since a session began, which ids are taken, who was reached, and when each turn ends: in real time by
seconds since 1970, in opening hours minute by minute by the clock on the wall. Corrections are in test_state_machine.py.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from case_rooms import LONDON, OPENED, Writer
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from forwhom.programme.case import read_log, replay
from forwhom.programme.case.due import standings, to_send
from forwhom.programme.case.recording import Draft, Verdict, entry_of, proposed

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
CHAINS = {"severe": ("ben", "dana", "eli"), "missed": ("ben", "dana"), "risk": ("ben",)}
WITHIN = {"severe": 2 * HOUR, "missed": 8 * HOUR, "risk": 4 * HOUR}
IN_HOURS = {"missed", "risk"}
STAFF = ("ben", "dana", "eli")
STARTS = st.sampled_from(
    [
        dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC),
        dt.datetime(2026, 3, 28, 23, 15, tzinfo=dt.UTC),  # summer time begins at 1.00 UTC
        dt.datetime(2026, 10, 24, 23, 15, tzinfo=dt.UTC),  # and ends
        dt.datetime(2026, 3, 27, 16, 30, tzinfo=dt.UTC),  # the last half hour before that weekend
    ]
)
GAPS = st.sampled_from([5 * MINUTE, 55 * MINUTE, 3 * HOUR, 30 * HOUR, dt.timedelta(days=9)])
SESSIONS = st.sampled_from(["s1", "s2", "s3"])
EDGES = st.sampled_from(["1900-01-01T00:00:00+00:00", "2199-12-31T23:59:00+00:00"])
_OPEN: dict[dt.datetime, bool] = {}


def is_open(at: dt.datetime) -> bool:
    """Monday to Friday, nine to five on the wall in London; asked once a minute of the clock."""
    if at not in _OPEN:
        wall = at.astimezone(LONDON)
        _OPEN[at] = wall.weekday() < 5 and 9 <= wall.hour < 17
    return _OPEN[at]


def after(begins: dt.datetime, within: dt.timedelta, hours: bool) -> dt.datetime:
    """When so much time has passed."""
    if not hours:
        return dt.datetime.fromtimestamp(begins.timestamp() + within.total_seconds(), dt.UTC)
    at, left = begins, within
    while left:
        # Whole hours of closed doors are passed over; doors open and close on the hour.
        if not is_open(at):
            at += MINUTE * (60 - at.minute)
            continue
        at, left = at + MINUTE, left - MINUTE
    return at


@dataclass
class Told:
    """An alert: when it was raised, whom it reached, whom it failed to reach and when."""

    rule: str
    raised: dt.datetime
    reached: dict[str, dt.datetime] = field(default_factory=dict)
    failed: dict[str, dt.datetime] = field(default_factory=dict)
    answered: bool = False

    def turns(self) -> Iterator[tuple[str, dt.datetime, dt.datetime]]:
        begins = self.raised
        for person in CHAINS[self.rule]:
            ends = after(begins, WITHIN[self.rule], self.rule in IN_HOURS)
            if person in self.failed:
                ends = max(begins, min(ends, self.failed[person]))
            yield person, begins, ends
            begins = ends

    def due(self, now: dt.datetime) -> set[str]:
        """Who is to be sent the message now."""
        if self.answered:
            return set()
        plan = list(self.turns())
        begun = [person for i, (person, begins, _) in enumerate(plan) if i == 0 or begins <= now]
        over = plan[-1][2] <= now
        return {each for each in begun if each not in self.reached and (over or each not in self.failed)}

    def waits_for(self, now: dt.datetime) -> tuple[set[str], dt.datetime, dt.datetime]:
        """Who was or is to be reached and has not answered, when the last turn so far ends, and the last time to answer."""
        plan = [each for i, each in enumerate(self.turns()) if i == 0 or each[1] <= now]
        waits = {person for person, _, _ in plan if person not in self.failed}
        times = [plan[-1][2]]
        for person, _, ends in plan:
            # Whoever was told after the turn was over has as long as anybody.
            if person in waits and person in self.reached and self.reached[person] >= ends:
                times.append(after(self.reached[person], WITHIN[self.rule], self.rule in IN_HOURS))
        return waits, plan[-1][2], max(times)


@dataclass
class Model:
    """What has happened, as the test knows it."""

    ids: set[str] = field(default_factory=set)
    sessions: set[str] = field(default_factory=set)
    going_on: dict[str, bool] = field(default_factory=dict)
    """Sessions that are going on, and whether the patient was last seen to mentalize in them; not seen is no."""
    begun: dict[str, dt.datetime] = field(default_factory=dict)
    bare: set[str] = field(default_factory=set)
    """Entries with levels 3 or 4 while nobody saw the patient mentalize."""
    alerts: dict[str, Told] = field(default_factory=dict)
    attended: dict[str, list[tuple[dt.datetime, bool, str]]] = field(default_factory=dict)
    counted: set[str] = field(default_factory=set)

    def lasts(self, session: str, now: dt.datetime) -> bool:
        """Whether a session is going on and began a day ago at most."""
        return session in self.going_on and now - self.begun[session] <= dt.timedelta(days=1)

    def mentalizes(self, session: str, now: dt.datetime) -> bool:
        return self.lasts(session, now) and self.going_on[session]

    def took_place(self, format_: str, at: dt.datetime, missed: bool, entry: str, now: dt.datetime) -> None:
        """Two missed in a row, by the time of the sessions, that no alert has counted yet raise one."""
        row = self.attended.setdefault(format_, [])
        row.append((at, missed, entry))
        row.sort(key=lambda each: each[0])
        for (_, one, first), (_, other, second) in pairwise(row):
            if one and other and not {first, second} & self.counted:
                self.counted |= {first, second}
                self.alerts[f"missed/{format_}/{entry}"] = Told("missed", now)
                return


class Beside(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.model = Model()

    @initialize(start=STARTS)
    def begin(self, start: dt.datetime) -> None:
        self.writer = Writer(at=start)

    def say(self, kind: str, by: str = "ben", at: dt.datetime | None = None, **more: object) -> Verdict:
        """Record at the time of the clock, or under another time while the clock shows this one."""
        writer = self.writer
        writer.at += MINUTE
        of = {key: more.pop(key) for key in ("why", "overrules", "id") if key in more}
        draft = Draft(kind, by, at or writer.at, more, clock=writer.at, **of)
        verdict = proposed(writer.case, entry_of(draft, writer.tip))
        assert not verdict.written or verdict.entry.id not in self.model.ids, "an id is used once"
        if verdict.written:
            writer.keep(verdict.entry)
            writer.case = verdict.case
            self.model.ids.add(verdict.entry.id)
        return verdict

    @rule(gap=GAPS)
    def time_passes(self, gap: dt.timedelta) -> None:
        self.writer.at += gap

    # Sessions and the gate.

    @rule(session=SESSIONS)
    def session_begins(self, session: str) -> None:
        verdict = self.say("session.begun", session=session, format="individual")
        assert verdict.written == (session not in self.model.sessions)
        if verdict.written:
            self.model.sessions.add(session)
            self.model.going_on[session] = False
            self.model.begun[session] = self.writer.at
            self.model.took_place("individual", self.writer.at, False, verdict.entry.id, self.writer.at)

    @rule(session=SESSIONS)
    def session_ends(self, session: str) -> None:
        verdict = self.say("session.ended", session=session)
        assert verdict.written == (session in self.model.going_on)
        self.model.going_on.pop(session, None)

    @rule(session=SESSIONS, mentalizing=st.sampled_from(["lost", "some", "steady"]), by=st.sampled_from(["ben", "pat"]))
    def state_is_seen(self, session: str, mentalizing: str, by: str) -> None:
        able = mentalizing != "lost"
        verdict = self.say("session.state", by, session=session, arousal="high", mentalizing=mentalizing)
        assert not (verdict.written and able and by == "pat"), "the patient does not open the gate"
        if verdict.written:
            assert session in self.model.going_on
            if self.model.lasts(session, self.writer.at):
                self.model.going_on[session] = able

    @rule(
        session=SESSIONS,
        level=st.integers(1, 4),
        why=st.sampled_from(["", "  ", "For supervision"]),
        all_=st.booleans(),
    )
    def intervention(self, session: str, level: int, why: str, all_: bool) -> None:
        rules = ("gate.aroused-not-mentalizing", "gate.not-mentalizing", "gate.state-not-seen") if all_ else ()
        given = {"why": why, "overrules": rules} if all_ else {"why": why}
        verdict = self.say("session.intervention", session=session, level=level, **given)
        closed = level > 2 and not self.model.mentalizes(session, self.writer.at)
        if session not in self.model.going_on:
            assert not verdict.written
        elif not closed:
            assert verdict.written == (not all_ or bool(why.strip()))
        else:
            assert verdict.written == (all_ and bool(why.strip()))
        if verdict.written and closed:
            self.model.bare.add(verdict.entry.id)

    @rule(session=SESSIONS, level=st.integers(3, 4))
    def a_good_session_and_one_of_the_same_name(self, session: str, level: int) -> None:
        self.session_begins(session)
        self.state_is_seen(session, "steady", "ben")
        self.session_ends(session)
        self.session_begins(session)
        self.intervention(session, level, "", False)

    @rule(session=SESSIONS, level=st.integers(1, 4))
    def a_level_written_by_hand(self, session: str, level: int) -> None:
        """Past every check, as somebody who edits the log would."""
        if session in self.model.going_on:
            case = self.writer.force("session.intervention", session=session, level=level)
            self.model.ids.add(case.log[-1].id)
            if level > 2 and not self.model.mentalizes(session, self.writer.at):
                self.model.bare.add(case.log[-1].id)

    # What raises an alert.

    @rule(what=st.sampled_from(["self-harm", "Suicide attempt", "remission"]), id_=st.sampled_from(["", "a", "b"]))
    def event(self, what: str, id_: str) -> None:
        verdict = self.say("event.happened", what=what, id=id_)
        assert verdict.written or id_ in self.model.ids
        if verdict.written and what != "remission":
            self.model.alerts[f"severe/{verdict.entry.id}"] = Told("severe", self.writer.at)

    @rule(at=EDGES, when=EDGES)
    def event_at_the_edge_of_time(self, at: str, when: str) -> None:
        """A year after the clock counts from the clock; one long ago is as late as it says."""
        verdict = self.say("event.happened", at=dt.datetime.fromisoformat(at), what="self-harm", when=when)
        assert verdict.written
        raised = min(dt.datetime.fromisoformat(at), self.writer.at)
        self.model.alerts[f"severe/{verdict.entry.id}"] = Told("severe", raised)

    @rule(value=st.one_of(st.none(), st.integers(0, 3)), item=st.sampled_from(["i9", "I9", "i8"]))
    def item(self, value: int | None, item: str) -> None:
        verdict = self.say("measure.scored", scale="own", when=self.writer.at.isoformat(), items={item: value})
        assert verdict.written
        if item != "i8" and (value is None or value >= 2):
            self.model.alerts[f"risk/{verdict.entry.id}"] = Told("risk", self.writer.at)

    @rule(
        format_=st.sampled_from(["individual", "Group"]),
        days=st.integers(0, 30),
        n=st.integers(1, 9),
        held=st.booleans(),
    )
    def session_recorded_late(self, format_: str, days: int, n: int, held: bool) -> None:
        at = self.writer.at - dt.timedelta(days=days)
        name, plain = f"late{n}", format_.casefold()
        if held:
            verdict = self.say("session.held", session=name, format=format_, started=at.isoformat(), length="50 min")
        else:
            verdict = self.say("session.missed", session=name, format=format_, planned=at.isoformat())
        assert verdict.written == (name not in self.model.sessions)
        if verdict.written:
            self.model.sessions.add(name)
            self.model.took_place(plain, at, not held, verdict.entry.id, self.writer.at)

    # What is done about alerts.

    @precondition(lambda self: self.model.alerts)
    @rule(data=st.data(), only_due=st.booleans())
    def send(self, data: st.DataObject, only_due: bool) -> None:
        name = data.draw(st.sampled_from(sorted(self.model.alerts)))
        told = self.model.alerts[name]
        people = sorted(told.due(self.writer.at)) if only_due else CHAINS[told.rule]
        if people:
            person = data.draw(st.sampled_from(people))
            assert self.say("alert.sent", sending=f"{name}/{person}").written == (person not in told.reached)
            told.reached.setdefault(person, self.writer.at)
            told.failed.pop(person, None)

    @precondition(lambda self: self.model.alerts)
    @rule(data=st.data(), all_=st.booleans())
    def not_delivered(self, data: st.DataObject, all_: bool) -> None:
        name = data.draw(st.sampled_from(sorted(self.model.alerts)))
        told = self.model.alerts[name]
        for person in CHAINS[told.rule] if all_ else [data.draw(st.sampled_from(CHAINS[told.rule]))]:
            assert self.say("alert.not-delivered", sending=f"{name}/{person}").written
            told.reached.pop(person, None)
            told.failed[person] = self.writer.at

    @precondition(lambda self: self.model.alerts)
    @rule(data=st.data(), by=st.sampled_from([*STAFF, "pat", "nobody"]))
    def acknowledge(self, data: st.DataObject, by: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.model.alerts)))
        verdict = self.say("alert.acknowledged", by, alert=name)
        if by not in STAFF:
            assert not verdict.written
        elif not self.model.alerts[name].answered:
            assert verdict.written
            self.model.alerts[name].answered = True

    # What is promised, against the model.

    @invariant()
    def every_level_through_a_closed_gate_is_a_deviation_and_no_other(self) -> None:
        if hasattr(self, "writer"):
            shown = {
                each.entry for each in self.writer.case.deviations if each.rule.startswith("gate.") and each.source
            }
            assert shown == self.model.bare

    @invariant()
    def nothing_seen_outlives_its_session(self) -> None:
        """The gate has two locks, an id that is used once and this one; each is to hold alone."""
        if hasattr(self, "writer"):
            able = {name for name, each in self.writer.case.gate.seen.items() if each.mentalizing != "lost"}
            assert able == {name for name, each in self.model.going_on.items() if each}

    @invariant()
    def alerts_wait_for_whom_the_model_says(self) -> None:
        if not hasattr(self, "writer"):
            return
        case, now = self.writer.case, self.writer.at
        assert {each.id for each in case.alerts.all()} == set(self.model.alerts)
        assert {each.id for each in case.alerts.answered} == {
            key for key, each in self.model.alerts.items() if each.answered
        }
        for at in (now, now + 90 * MINUTE, now + 4 * HOUR, dt.datetime(2199, 12, 31, tzinfo=dt.UTC)):
            expected = {f"{key}/{person}" for key, each in self.model.alerts.items() for person in each.due(at)}
            messages = to_send(case, at)
            assert sorted(each.sending for each in messages) == sorted(expected), "each once"
            assert all(each.answer_by > at for each in messages), "nobody is given a time that has passed"
            for stand in standings(case, at):
                told = self.model.alerts[stand.alert.id]
                waits, ends, until = told.waits_for(at)
                assert set(stand.waiting_for) == waits
                assert stand.answer_by == until
                failed_all = set(told.failed) == set(CHAINS[told.rule]) and ends <= at
                assert (stand.state == "nobody reached") == failed_all

    def teardown(self) -> None:
        if hasattr(self, "writer"):
            read = read_log(self.writer.text)
            assert replay(None, OPENED, read.entries) == self.writer.case


TestBeside = pytest.mark.filterwarnings("error")(Beside.TestCase)
TestBeside.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
