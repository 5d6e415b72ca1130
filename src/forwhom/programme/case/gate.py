"""The gate within a session: which level of intervention is safe in the patient's present state.

Levels: 1 empathy and support, 2 exploration, clarification and challenge, 3 affect focus, 4 mentalizing the relationship
(S2 lines 133–136). A patient who is aroused and has lost mentalizing is met at levels 1 and 2 only (S2 line 140); levels 3 and 4
need some reflection on present states of mind, which must have been seen: a state that nobody recorded keeps the gate closed.

An intervention is judged by the states as they stood at its own time, whenever either is written down.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from forwhom.keyed import Keys, one_of, text
from forwhom.problems import Problem, short
from forwhom.programme.case.going_on import needs_open
from forwhom.programme.case.kind import Deviation, Kind, Refusal, not_staff
from forwhom.programme.case.log import Entry
from forwhom.programme.case.readers import level
from forwhom.programme.case.rows import Rows

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case

SAFE = 2
"""The highest level that needs no mentalizing of the patient."""
SOURCE = "S2 line 140"
LONGEST = dt.timedelta(hours=24)
"""How long a session that nobody has ended goes on: ours. What was seen in it counts no longer."""
REWRITTEN, RECODED = "gate.state-rewritten", "gate.coding-rewritten"
AGAIN = "Where the patient mentalizes again, record session.state anew: that needs no reason."


@dataclass(frozen=True, slots=True)
class Seen:
    """The patient's state, as the therapist saw it.

    arousal : "low", "workable" or "high"
    mentalizing : "lost", "some" or "steady"
    """

    session: str
    arousal: str
    mentalizing: str
    turn: str = ""


@dataclass(frozen=True, slots=True)
class Intervention:
    """An intervention at a level of the ladder."""

    session: str
    level: int
    technique: str = ""
    turn: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """An intervention as it was given, with the state it met; None where nobody had recorded one."""

    entry: str
    session: str
    level: int
    at: dt.datetime
    seen: Seen | None
    closed: bool
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """A state with its time and the number of its entry: of two of one time the later line counts."""

    at: dt.datetime
    seq: int
    seen: Seen


@dataclass(frozen=True, slots=True)
class Gate:
    """What is known for the gate: the states seen per session that goes on, and every intervention.

    A session that begins or ends takes what was seen in it away (`sessions.py`).

    states : the states of a session, by their time
    latest : the latest time of an intervention, per session
    """

    states: Mapping[str, tuple[Shown, ...]] = field(default_factory=dict)
    latest: Mapping[str, dt.datetime] = field(default_factory=dict)
    given: Rows[Given] = field(default_factory=Rows)

    @property
    def seen(self) -> dict[str, Seen]:
        """The state that stands last, per session that goes on."""
        return {session: states[-1].seen for session, states in self.states.items()}


def highest(seen: Seen | None) -> int:
    """The highest level that is safe.

    >>> highest(None), highest(Seen("s1", "high", "lost")), highest(Seen("s1", "workable", "some"))
    (2, 2, 4)
    """
    if seen is None or seen.mentalizing == "lost":
        return SAFE
    return 4


def refusals(seen: Seen | None, level: int) -> tuple[Refusal, ...]:
    """Why a level is not safe in this state."""
    if level <= highest(seen):
        return ()
    instead = "Levels 1 and 2: empathy and support; exploration, clarification and challenge."
    if seen is None:
        says = (
            "Nobody has recorded the patient's state in this session, so it is not known that the patient can reflect."
        )
        return (Refusal("gate.state-not-seen", says, SOURCE, instead),)
    if seen.arousal == "high":
        says = "The patient is aroused and has lost mentalizing: what raises arousal further may do harm."
        return (Refusal("gate.aroused-not-mentalizing", says, SOURCE, instead),)
    says = "The patient does not reflect on present states of mind yet."
    return (Refusal("gate.not-mentalizing", says, SOURCE, instead),)


def seen_at(case: Case, session: str, at: dt.datetime, seq: int) -> Seen | None:
    """The state as it stood at a time: the last that was seen until then, from the beginning of the session."""
    states = case.gate.states.get(session, ()) if _within(case, session, at) else ()
    return next((each.seen for each in reversed(states) if (each.at, each.seq) <= (_utc(at), seq)), None)


def _within(case: Case, session: str, at: dt.datetime) -> bool:
    there = case.sessions.open.get(session)
    return there is not None and dt.timedelta(0) <= _utc(at) - _utc(there.started) <= LONGEST


def _utc(at: dt.datetime) -> dt.datetime:
    # Python compares two times of one zone by the clock on the wall.
    return at.astimezone(dt.UTC)


def forgotten(case: Case, session: str) -> Case:
    """The case without what was seen in a session: it counts from the beginning to the end, never beyond."""
    if session not in case.gate.states and session not in case.gate.latest:
        return case
    states = {name: each for name, each in case.gate.states.items() if name != session}
    latest = {name: each for name, each in case.gate.latest.items() if name != session}
    return replace(case, gate=replace(case.gate, states=states, latest=latest))


def shut_later(case: Case, session: str, since: dt.datetime | None = None, ended: dt.datetime | None = None) -> Case:
    """The case with interventions that were written before it was known that the gate was closed at their time.

    They become deviations without a reason. since : no earlier ones are asked about; ended : when the session ended
    """
    latest, start = case.gate.latest.get(session), since or ended
    if latest is None or (start is not None and latest < _utc(start)) or not applies(case):
        return case
    rows, more = [], []
    for each in case.gate.given:
        seen = _met(case, each, ended)
        refused = () if each.closed or each.session != session else refusals(seen, each.level)
        rows.append(replace(each, closed=True, seen=seen) if refused else each)
        more += [Deviation(each.entry, why.rule, why.says, why.source, "") for why in refused]
    known = {(each.entry, each.rule) for each in case.deviations} if more else set()
    more = [each for each in more if (each.entry, each.rule) not in known]
    deviations = case.deviations.plus(*more) if more else case.deviations
    return replace(case, gate=replace(case.gate, given=Rows.of(rows)), deviations=deviations)


def _met(case: Case, given: Given, ended: dt.datetime | None) -> Seen | None:
    """The state that an intervention met, by all that is known now."""
    over = ended is not None and _utc(given.at) > _utc(ended)
    return None if over else seen_at(case, given.session, given.at, given.seq)


def told_later(case: Case, made: Case, entry: Entry) -> tuple[Problem, ...]:
    """A notice of every intervention that an entry shows to have met a closed gate."""
    before = len(case.deviations)
    do = "Give the reason: deviation.explained, with the entry and the rule."
    return tuple(
        Problem(
            "gate-was-closed",
            do,
            column="at",
            found=f"by this, {short(each.entry)} met a closed gate ({each.rule}), and no reason was given",
            severity="notice",
        )
        for each in made.deviations[before:]
    )


def _seen(case: Case, entry: Entry, said: Seen) -> Case:
    if not _within(case, said.session, entry.at):
        return case
    shown = Shown(_utc(entry.at), entry.seq, said)
    states = sorted((*case.gate.states.get(said.session, ()), shown), key=lambda each: (each.at, each.seq))
    made = replace(case, gate=replace(case.gate, states={**case.gate.states, said.session: tuple(states)}))
    return shut_later(made, said.session, since=entry.at)


def _given(case: Case, entry: Entry, said: Intervention) -> Case:
    seen = seen_at(case, said.session, entry.at, entry.seq)
    row = Given(entry.id, said.session, said.level, entry.at, seen, bool(_may(case, entry, said)), entry.seq)
    latest = max(case.gate.latest.get(said.session, _utc(entry.at)), _utc(entry.at))
    gate = replace(case.gate, given=case.gate.given.plus(row), latest={**case.gate.latest, said.session: latest})
    return replace(case, gate=gate)


def _may(case: Case, entry: Entry, said: Intervention) -> tuple[Refusal, ...]:
    return refusals(seen_at(case, said.session, entry.at, entry.seq), said.level) if applies(case) else ()


def applies(case: Case) -> bool:
    """Whether the programme has a gate over levels. A case whose programme cannot be read keeps it."""
    return shuts(case, "level")


def shuts(case: Case, action: str) -> bool:
    """Whether a gate of the programme is over an action of the guidance."""
    return case.programme is None or any(
        each.startswith(action) for gate in case.programme.gates for each in gate.shuts
    )


def _seen_by_staff(case: Case, entry: Entry, said: Seen) -> tuple[Problem, ...]:
    """In a session, and where it would open the gate, by somebody who treats: lost mentalizing is believed to anybody."""
    opens = highest(said) > SAFE
    return (
        *needs_open(case, said.session),
        *(not_staff(case, entry, "says that the patient mentalizes") if opens else ()),
    ) or _late(case, entry, said)


def _late(case: Case, entry: Entry, said: Seen) -> tuple[Problem, ...]:
    """Notices of a state that does not count now, and of what it shows to have met a closed gate."""
    if not _within(case, said.session, entry.at):
        found = (
            f"{entry.at.isoformat()} lies before the session began, or more than a day after: the state does not count"
        )
        do = "Record session.state anew with the time at which it was seen."
        return (Problem("outside-session", do, column="at", found=found, severity="notice"),)
    stands = case.gate.states.get(said.session, ())[-1:]
    later = [each for each in stands if each.at > _utc(entry.at)]
    notices = tuple(
        Problem(
            "later-state",
            f"It counts for what was done until then. {AGAIN}",
            column="at",
            found=f"the state of {each.at.isoformat()}, mentalizing {each.seen.mentalizing}, is later than this one and stands",
            severity="notice",
        )
        for each in later
    )
    return (*notices, *told_later(case, _seen(case, entry, said), entry))


def _opened_later(case: Case, was: Seen, said: Seen | None) -> tuple[Refusal, ...]:
    """A state that kept the gate shut and is written anew so that it opens, or is taken back: that needs a reason."""
    if not applies(case) or highest(was) > SAFE:
        return ()
    if said is not None and said.session == was.session and highest(said) <= SAFE:
        return ()
    says = "The patient's mentalizing was recorded as lost. To rewrite that, or take it back, opens levels 3 and 4 afterwards."
    return (Refusal(REWRITTEN, says, f"{SOURCE}; that a correction needs a reason is ours", AGAIN),)


def _in_session(case: Case, entry: Entry, said: Intervention) -> tuple[Problem, ...]:
    return needs_open(case, said.session)


_SESSION = {"session": "Name the session."}
KINDS = {
    "session.state": Kind(
        "The patient's state in a session",
        Keys(
            Seen,
            {
                "session": text,
                "arousal": one_of("low", "workable", "high"),
                "mentalizing": one_of("lost", "some", "steady"),
                "turn": text,
            },
            {**_SESSION, "arousal": "low, workable or high.", "mentalizing": "lost, some or steady."},
        ),
        _seen,
        fits=_seen_by_staff,
        staff=True,
        rewritten=_opened_later,
    ),
    "session.intervention": Kind(
        "An intervention at a level of the ladder",
        Keys(
            Intervention,
            {"session": text, "level": level, "technique": text, "turn": text},
            {**_SESSION, "level": "1, 2, 3 or 4."},
        ),
        _given,
        _may,
        _in_session,
    ),
}
