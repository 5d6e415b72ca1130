"""The gate within a session: which level of intervention is safe in the patient's present state.

Levels: 1 empathy and support, 2 exploration, clarification and challenge, 3 affect focus, 4 mentalizing the relationship
(S2 lines 133–136). A patient who is aroused and has lost mentalizing is met at levels 1 and 2 only (S2 line 140); levels 3 and 4
need some reflection on present states of mind, which must have been seen: a state that nobody recorded keeps the gate closed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from forwhom.keyed import Keys, one_of, text
from forwhom.problems import Problem
from forwhom.programme.case.kind import Kind, Refusal, not_staff
from forwhom.programme.case.log import Entry
from forwhom.programme.case.readers import level
from forwhom.programme.case.rows import Rows
from forwhom.programme.case.sessions import needs_open

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case

SAFE = 2
"""The highest level that needs no mentalizing of the patient."""
SOURCE = "S2 line 140"
LASTS = dt.timedelta(hours=6)
"""How long a state of mentalizing is taken to stand within a session; no session is as long. Ours."""
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


@dataclass(frozen=True, slots=True)
class Gate:
    """What is known for the gate: the state last seen per session that goes on, and every intervention.

    A session that begins or ends takes what was seen in it away (`sessions.py`).

    latest : the latest time at which a state was seen, per session
    course : every state of a session that goes on, with its time
    """

    seen: Mapping[str, Seen] = field(default_factory=dict)
    latest: Mapping[str, dt.datetime] = field(default_factory=dict)
    course: Mapping[str, tuple[tuple[dt.datetime, Seen], ...]] = field(default_factory=dict)
    given: Rows[Given] = field(default_factory=Rows)


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


def _early(case: Case, entry: Entry, said: Seen) -> bool:
    """Whether a state that would open the gate was seen before its session began."""
    session = case.sessions.open.get(said.session)
    return session is not None and entry.at < session.started and highest(said) > SAFE


def _seen(case: Case, entry: Entry, said: Seen) -> Case:
    if _early(case, entry, said):
        return case
    rows = (*case.gate.course.get(said.session, ()), (entry.at, said))
    case = replace(case, gate=replace(case.gate, course={**case.gate.course, said.session: rows}))
    before, latest = case.gate.seen.get(said.session), case.gate.latest.get(said.session, entry.at)
    if entry.corrects is None and before is not None and entry.at < latest and highest(said) > highest(before):
        # Written down late: what was seen before does not open what was seen to be shut since.
        return case
    times = {**case.gate.latest, said.session: max(latest, entry.at)}
    return replace(case, gate=replace(case.gate, seen={**case.gate.seen, said.session: said}, latest=times))


def _given(case: Case, entry: Entry, said: Intervention) -> Case:
    seen = _at_its_time(case, entry, said.session)
    row = Given(entry.id, said.session, said.level, entry.at, seen, bool(_may(case, entry, said)))
    return replace(case, gate=replace(case.gate, given=case.gate.given.plus(row)))


def _may(case: Case, entry: Entry, said: Intervention) -> tuple[Refusal, ...]:
    """By the state that was recorded last, and by the one that stood at the time of the intervention: neither may shut the gate.

    What is written down afterwards met the patient as they were then; and no earlier time opens what is shut now.
    """
    if not applies(case):
        return ()
    now = refusals(case.gate.seen.get(said.session), said.level)
    return now or refusals(_at_its_time(case, entry, said.session), said.level)


def _at_its_time(case: Case, entry: Entry, session: str) -> Seen | None:
    """The state seen last by the time of an entry; None where none was, or so long before that it tells nothing."""
    rows = [(at, said) for at, said in case.gate.course.get(session, ()) if at <= entry.at]
    if not rows:
        return None
    # Of two of one moment the one that was written down later.
    at, said = max(reversed(rows), key=lambda row: row[0])
    return said if entry.at - at <= LASTS or highest(said) <= SAFE else None


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
        *_passed_over(case, entry, said),
    )


def _passed_over(case: Case, entry: Entry, said: Seen) -> tuple[Problem, ...]:
    """A notice where a state is kept and opens nothing: another was seen later, or the session had not begun."""
    before, latest = case.gate.seen.get(said.session), case.gate.latest.get(said.session)
    late = before is not None and latest is not None and entry.at < latest and highest(said) > highest(before)
    if not late and not _early(case, entry, said):
        return ()
    found = f"a state of {entry.at.isoformat()}: " + (
        f"another was seen later, at {latest.isoformat()}, and that one stands"
        if late and latest
        else "the session had not begun"
    )
    do = "Nothing, if that is so; record the state as it is now where the patient mentalizes again."
    return (Problem("state-passed-over", do, column="at", found=found, severity="notice"),)


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
