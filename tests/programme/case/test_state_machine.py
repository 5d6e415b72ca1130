"""Whatever is recorded in whatever order: what is promised holds."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import pytest
from case_rooms import OPENED, PLAN, Writer
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from forwhom import programme
from forwhom.programme.case import Entry, after, read_log, replay
from forwhom.programme.case.agenda import agenda
from forwhom.programme.case.crisis import emergency
from forwhom.programme.case.due import standings, to_send, turns
from forwhom.programme.case.log import Tip
from forwhom.programme.case.recording import Draft, Verdict, entry_of, proposed
from forwhom.programme.case.showing import to_json

SESSIONS = st.sampled_from(["s1", "s2", "s3"])
WHY = st.sampled_from(["", "   ", "Talked over in supervision"])
RULES = st.lists(
    st.sampled_from(["gate.aroused-not-mentalizing", "gate.not-mentalizing", "gate.state-not-seen", "phase.order"]),
    unique=True,
)
GAPS = st.sampled_from([dt.timedelta(minutes=5), dt.timedelta(hours=3), dt.timedelta(days=2)])


def closed(log: Iterable[Entry]) -> set[str]:
    """Interventions at level 3 or 4 at a time at which no mentalizing was seen in their session: worked out from the log alone."""
    written = list(log)
    first, last = {}, {}
    for entry in written:
        root = first.get(entry.corrects, entry.corrects) if entry.corrects else entry.id
        first[entry.id] = root
        last[root] = entry
    counted = [(each, last[each.id]) for each in written if first[each.id] == each.id]
    counted = [(each, now) for each, now in counted if now.kind != "entry.withdrawn"]
    begins = {now.data["session"]: each.at for each, now in counted if each.kind == "session.begun"}
    able: dict[str, bool] = {}
    found = set()
    for entry, now in sorted(counted, key=lambda each: (each[0].at, each[0].seq)):
        session = now.data.get("session")
        if entry.kind == "session.ended":
            begins.pop(session, None)
        elif entry.kind == "session.state" and session in begins and entry.at >= begins[session]:
            able[session] = now.data["mentalizing"] in ("some", "steady")
        elif entry.kind == "session.intervention" and now.data["level"] > 2:
            there = session in begins and entry.at - begins[session] <= dt.timedelta(days=1)
            if not (there and able.get(session)):
                found.add(entry.id)
    return found


LATE = st.sampled_from([dt.timedelta(minutes=n) for n in (1, 3, 10, 45)] + [dt.timedelta(days=8)])
STATES = st.tuples(st.sampled_from(["low", "workable", "high"]), st.sampled_from(["lost", "some", "steady"]))


class Course(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.sent: Counter[str] = Counter()
        self.said: list[tuple[str, str, bool]] = []
        """Entry, message, whether it was delivered: what was said of messages and stands."""
        self.events = 0
        self.seen_alerts: set[str] = set()
        self.answered: set[str] = set()

    @initialize(known=st.booleans())
    def begin(self, known: bool) -> None:
        self.writer = Writer(programme.shipped("mbt") if known else None)

    @rule(gap=GAPS)
    def time_passes(self, gap: dt.timedelta) -> None:
        self.writer.at += gap

    @rule(session=SESSIONS, kind=st.sampled_from(["session.begun", "session.ended"]))
    def session(self, session: str, kind: str) -> None:
        more = {"format": "individual"} if kind == "session.begun" else {}
        self.writer.say(kind, session=session, **more)

    @rule(
        session=SESSIONS,
        arousal=st.sampled_from(["low", "workable", "high"]),
        mentalizing=st.sampled_from(["lost", "some", "steady"]),
    )
    def state(self, session: str, arousal: str, mentalizing: str) -> None:
        self.writer.say("session.state", session=session, arousal=arousal, mentalizing=mentalizing)

    @rule(session=SESSIONS, level=st.integers(1, 4), why=WHY, overrules=RULES)
    def intervention(self, session: str, level: int, why: str, overrules: list[str]) -> None:
        verdict = self.writer.say(
            "session.intervention", session=session, level=level, why=why, overrules=tuple(overrules)
        )
        if verdict.written and verdict.entry.id in closed(self.writer.case.log):
            assert why.strip()

    def late(self, ago: dt.timedelta, kind: str, **more: object) -> Verdict:
        """Something written down after it was, with its time."""
        now = self.writer.at
        verdict = self.writer.say(kind, after=-ago, **more)
        self.writer.at = now
        return verdict

    @rule(
        session=SESSIONS,
        rows=st.lists(st.tuples(LATE, st.one_of(STATES, st.integers(1, 4))), min_size=1, max_size=6),
        why=WHY,
        ended=st.one_of(st.none(), LATE),
    )
    def written_late(
        self, session: str, rows: list[tuple[dt.timedelta, object]], why: str, ended: dt.timedelta | None
    ) -> None:
        self.session(session, "session.begun")
        for ago, what in rows:
            if isinstance(what, tuple):
                self.late(ago, "session.state", session=session, arousal=what[0], mentalizing=what[1])
                continue
            rules = ("gate.aroused-not-mentalizing", "gate.not-mentalizing", "gate.state-not-seen")
            overrules = rules if why else ()
            said = {"session": session, "level": what, "why": why, "overrules": overrules}
            verdict = self.late(ago, "session.intervention", **said)
            if verdict.written and verdict.entry.id in closed(self.writer.case.log):
                assert why.strip()
        if ended is not None:
            self.late(ended, "session.ended", session=session)

    @rule(session=SESSIONS, again=st.booleans())
    def a_session_that_went_well_and_the_next(self, session: str, again: bool) -> None:
        self.session(session, "session.begun")
        self.state(session, "workable", "steady")
        self.session(session, "session.ended")
        if again:
            self.session(session, "session.begun")
        self.intervention(session, 4, "", [])

    @rule(what=st.sampled_from(["self-harm", "admission"]))
    def event(self, what: str) -> None:
        verdict = self.writer.say("event.happened", what=what)
        assert verdict.written
        if what == "self-harm":
            self.seen_alerts.add(f"severe/{verdict.entry.id}")

    @rule(value=st.one_of(st.none(), st.integers(0, 3)))
    def item(self, value: int | None) -> None:
        verdict = self.writer.say("measure.scored", scale="bdi2", when=self.writer.at.isoformat(), items={"i9": value})
        if value is None or value >= 2:
            self.seen_alerts.add(f"risk/{verdict.entry.id}")

    @rule(
        format_=st.sampled_from(["individual", "group"]),
        n=st.integers(0, 99),
        ago=st.sampled_from([0, 1, 7, 20]),
        was_held=st.booleans(),
    )
    def attended(self, format_: str, n: int, ago: int, was_held: bool) -> None:
        at = (self.writer.at - dt.timedelta(days=ago)).isoformat()
        if was_held:
            self.writer.say("session.held", session=f"m{n}", format=format_, started=at, length="50 min")
        else:
            self.writer.say("session.missed", session=f"m{n}", format=format_, planned=at)

    @rule(when=st.sampled_from(["1900-01-01T00:00:00+00:00", "2199-12-31T23:59:00+00:00"]))
    def something_at_the_edge_of_time(self, when: str) -> None:
        self.writer.say("event.happened", what="remission", when=when)
        for year in (1900, 2199):
            now = dt.datetime(year, 1, 1, tzinfo=dt.UTC)
            standings(self.writer.case, now)
            agenda(self.writer.case, now)

    @invariant()
    def two_missed_in_a_row_are_told(self) -> None:
        """By the time of the sessions, from the log alone, as far as nothing was taken back."""
        log = self.writer.case.log
        if any(each.kind == "entry.withdrawn" for each in log):
            return
        told = sum(each.rule.startswith("missed") for each in self.writer.case.alerts.all())
        begun = [(each.at, each.data["format"], False) for each in log if each.kind == "session.begun"]
        rest = [
            (
                dt.datetime.fromisoformat(each.data.get("planned") or each.data["started"]),
                each.data["format"],
                each.kind == "session.missed",
            )
            for each in log
            if each.kind in ("session.missed", "session.held")
        ]
        for format_ in ("individual", "group"):
            mine = [missed for _, name, missed in sorted((*begun, *rest), key=lambda row: row[0]) if name == format_]
            if (True, True) in set(pairwise(mine)):
                assert told

    @rule()
    def send_what_is_due(self) -> None:
        for message in to_send(self.writer.case, self.writer.at):
            verdict = self.writer.say("alert.sent", sending=message.sending)
            assert verdict.written
            self.sent[message.sending] += 1
            self.said.append((verdict.entry.id, message.sending, True))

    @property
    def delivered(self) -> set[str]:
        """Messages of which the last that was said is that they were sent."""
        last = {sending: sent for _, sending, sent in self.said}
        return {sending for sending, sent in last.items() if sent}

    @precondition(lambda self: self.delivered)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        sending = data.draw(st.sampled_from(sorted(self.delivered)))
        assert not self.writer.say("alert.sent", sending=sending).written

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def not_delivered(self, data: st.DataObject) -> None:
        sending = data.draw(st.sampled_from(sorted(self.sent)))
        verdict = self.writer.say("alert.not-delivered", sending=sending)
        if verdict.written:
            self.said.append((verdict.entry.id, sending, False))

    @precondition(lambda self: self.writer.case.alerts.open)
    @rule(data=st.data(), by=st.sampled_from(["ben", "dana", "pat", "nobody"]))
    def acknowledge(self, data: st.DataObject, by: str) -> None:
        alert = data.draw(st.sampled_from(sorted(self.writer.case.alerts.open)))
        if self.writer.say("alert.acknowledged", by=by, alert=alert).written:
            assert by in ("ben", "dana")
            self.answered.add(alert)

    @rule(step=st.sampled_from(["own/walk", "people/gran", "professional/ben", "own/none"]))
    def step(self, step: str) -> None:
        log = self.writer.case.log
        verdict = self.writer.say("crisis.step-taken", by="pat", step=step)
        if verdict.written and step.startswith("professional"):
            day = self.writer.at - dt.timedelta(hours=24)
            means = [
                each for each in log if each.data.get("step", "").startswith(("own/", "people/")) and each.at >= day
            ]
            assert means or all(each.kind != "crisis.plan-written" for each in log)

    @rule(kind=st.sampled_from(["crisis.plan-written", "crisis.plan-signed", "crisis.began", "crisis.over"]))
    def crisis(self, kind: str) -> None:
        self.writer.say(kind, by="pat", **(PLAN if kind == "crisis.plan-written" else {}))

    @rule(phase=st.sampled_from(["assessment", "formulation", "treatment"]))
    def phase(self, phase: str) -> None:
        self.writer.say("phase.entered", phase=phase)

    @precondition(lambda self: self.writer.case.log)
    @rule(data=st.data(), arousal=st.sampled_from(["low", "high"]), back=st.booleans())
    def correct(self, data: st.DataObject, arousal: str, back: bool) -> None:
        of = data.draw(st.sampled_from(self.writer.case.log[-12:]))
        if back:
            verdict = self.writer.say("entry.withdrawn", corrects=of.id)
            if verdict.written and of.kind == "alert.acknowledged":
                self.answered.discard(of.data["alert"])
            if verdict.written:
                self.said = [each for each in self.said if each[0] != of.id]
        elif of.kind == "session.state":
            changed = {**of.data, "arousal": arousal, "mentalizing": "lost"}
            self.writer.say("session.state", corrects=of.id, **changed)
        elif of.kind == "event.happened":
            self.writer.say("event.happened", corrects=of.id, what="admission")

    # What is promised.

    @invariant()
    def no_level_above_a_closed_gate_without_a_deviation(self) -> None:
        case = self.writer.case
        assert closed(case.log) <= {each.entry for each in case.deviations if each.rule.startswith("gate.")}

    @invariant()
    def emergency_is_always_there(self) -> None:
        case = self.writer.case
        assert emergency(case)
        for by in ("pat", "nobody"):
            entry = entry_of(Draft("crisis.emergency-contacted", by, self.writer.at, {"nonsense": 1}), self.writer.tip)
            assert proposed(case, entry).written

    @invariant()
    def no_alert_is_lost_and_none_is_sent_twice(self) -> None:
        case = self.writer.case
        assert self.seen_alerts <= {each.id for each in case.alerts.all()}
        self.seen_alerts = {each.id for each in case.alerts.all()}
        assert len(self.seen_alerts) == len(list(case.alerts.all()))
        assert {each.id for each in case.alerts.answered} == self.answered
        assert not {each.sending for each in to_send(case, self.writer.at)} & self.delivered
        for alert in case.alerts.open.values():
            # Somebody has been told, or is to be told now; once all turns are over, everybody has.
            waiting = {each.to for each in to_send(case, self.writer.at) if each.alert == alert.id}
            there = {who for who in alert.to if f"{alert.id}/{who}" in self.delivered}
            if alert.rule == "untold":
                assert alert.id in {
                    each.alert.id for each in standings(case, self.writer.at) if each.state == "no responder"
                }
                continue
            assert waiting | there
            if turns(alert, case.opened)[-1][1] <= self.writer.at:
                assert waiting | there == set(alert.to)

    def teardown(self) -> None:
        """The log gives the same state however it is read."""
        if not hasattr(self, "writer"):
            return
        case, text = self.writer.case, self.writer.text
        read = read_log(text)
        assert {each.code for each in read.problems} <= {"clock-went-back"}
        again = replay(case.programme, OPENED, read.entries)
        assert again == case
        assert to_json(again) == to_json(case)
        middle = len(self.writer.lines) // 2
        tip, parts = Tip(), []
        for piece in (self.writer.lines[:middle], self.writer.lines[middle:]):
            made = read_log("".join(f"{each}\n" for each in piece), tip)
            assert {each.code for each in made.problems} <= {"clock-went-back"}
            tip, parts = made.tip, [*parts, *made.entries]
        grown = replay(case.programme, OPENED, parts[:middle])
        for entry in parts[middle:]:
            grown = after(grown, entry)
        assert grown == case


TestCourse = pytest.mark.filterwarnings("error")(Course.TestCase)
TestCourse.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def test_the_machine_sees_a_gate_that_is_never_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    from forwhom.programme.case import gate

    writer = Writer()
    writer.say("session.begun", session="s1", format="individual")
    monkeypatch.setattr(gate, "applies", lambda case: False)
    writer.say("session.intervention", session="s1", level=4)
    machine = Course()
    machine.writer = writer
    with pytest.raises(AssertionError):
        machine.no_level_above_a_closed_gate_without_a_deviation()


def test_the_machine_sees_a_gate_that_goes_by_the_order_of_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    from forwhom.programme.case import gate

    monkeypatch.setattr(gate, "seen_at", lambda case, session, at, seq: case.gate.seen.get(session))
    machine = Course()
    machine.writer = Writer()
    minute = dt.timedelta(minutes=1)
    rows = [(1 * minute, ("low", "some")), (20 * minute, 4)]
    machine.writer.say("session.begun", session="s1", format="individual")
    machine.writer.at += 30 * minute
    with pytest.raises(AssertionError):
        machine.written_late("s1", rows, "", None)
    with pytest.raises(AssertionError):
        machine.no_level_above_a_closed_gate_without_a_deviation()


def test_the_machine_sees_an_alert_that_is_lost() -> None:
    machine = Course()
    machine.writer = Writer()
    machine.writer.say("event.happened", what="self-harm")
    machine.no_alert_is_lost_and_none_is_sent_twice()
    machine.writer.case = replace(machine.writer.case, alerts=type(machine.writer.case.alerts)())
    with pytest.raises(AssertionError):
        machine.no_alert_is_lost_and_none_is_sent_twice()
