"""Adherence: items rated per session by named raters, coded sessions in numbers, supervision that was held."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from forwhom.keyed import Found, Keys, Refused, count, mapping, text, texts
from forwhom.problems import Problem, did_you_mean, listed, short
from forwhom.programme.case.gate import RECODED, applies
from forwhom.programme.case.kind import Deviation, Kind, Refusal
from forwhom.programme.case.log import Entry
from forwhom.programme.case.rows import Rows

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case
    from forwhom.programme.model import Item

SCALE = {0: "not seen", 1: "seldom", 2: "at times", 3: "mostly", 4: "throughout"}
"""Steps of a rating. Ours and untested: the papers name items and give no scale. None: there was no occasion for it."""
CODED = "gate.coded-level"
"""Names a deviation that a coded session shows; it refuses nothing, as the session is over."""
LEVELS = ("1", "2", "3", "4")


@dataclass(frozen=True, slots=True)
class Rated:
    """One rater's ratings of one session: item → 0 to 4, None where there was no occasion for it."""

    session: str
    items: Mapping[str, int | None]
    rater: str
    at: dt.datetime
    entry: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Coded:
    """A coded session in numbers; the transcript stays where it is.

    levels : therapist turns at each level of the ladder, "1" to "4"
    therapist_turns, patient_turns : all of them, also those without a level
    lost, aroused : patient turns with lost mentalizing, and with arousal
    deviations : turns at level 3 or 4 while the patient was aroused and not mentalizing
    rules : other rules that were not kept → how often
    """

    session: str
    therapist_turns: int
    patient_turns: int
    levels: Mapping[str, int]
    lost: int
    aroused: int
    deviations: int
    rules: Mapping[str, int]
    by: str
    entry: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Supervision:
    """Supervision that was held: whom it was for, how long, what of the agenda was spoken of."""

    therapists: tuple[str, ...]
    minutes: int
    points: tuple[str, ...]
    text: str
    by: str
    at: dt.datetime
    entry: str


@dataclass(frozen=True, slots=True)
class Adherence:
    """Ratings, coded sessions and supervisions in the order of the log."""

    rated: Rows[Rated] = field(default_factory=Rows)
    coded: Rows[Coded] = field(default_factory=Rows)
    held: Rows[Supervision] = field(default_factory=Rows)

    def newest_coding(self, session: str) -> Coded | None:
        """The newest coding of a session."""
        return next((each for each in reversed(tuple(self.coded)) if each.session == session), None)


@dataclass(frozen=True, slots=True)
class Rate:
    """Data of adherence.rated."""

    session: str
    items: dict[str, int | None]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """Data of session.coded."""

    session: str
    therapist_turns: int
    patient_turns: int
    levels: dict[str, int]
    lost: int = 0
    aroused: int = 0
    deviations: int = 0
    rules: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Supervise:
    """Data of supervision.held."""

    therapists: tuple[str, ...]
    minutes: int
    points: tuple[str, ...] = ()
    text: str = ""


def _items(case: Case) -> tuple[Item, ...]:
    return tuple(case.programme.adherence) if case.programme is not None else ()


def items(case: Case, of: str | None = None) -> tuple[Item, ...]:
    """The adherence items of the programme, or those of one group such as "stance"."""
    return tuple(item for item in _items(case) if of is None or item.of == of)


def _rate(case: Case, entry: Entry, said: Rate) -> Case:
    made = Rated(said.session, said.items, entry.by, entry.at, entry.id, said.note)
    return replace(case, adherence=replace(case.adherence, rated=case.adherence.rated.plus(made)))


def _code(case: Case, entry: Entry, said: Code) -> Case:
    made = Coded(
        said.session,
        said.therapist_turns,
        said.patient_turns,
        said.levels,
        said.lost,
        said.aroused,
        said.deviations,
        said.rules,
        entry.by,
        entry.id,
        entry.at,
    )
    rows = case.deviations.plus(*_above_the_gate(case, entry, said))
    return replace(case, adherence=replace(case.adherence, coded=case.adherence.coded.plus(made)), deviations=rows)


def _above(said: Code) -> int:
    """Turns of level 3 or 4 without mentalizing."""
    high = said.levels.get("3", 0) + said.levels.get("4", 0)
    lost = high if said.patient_turns and said.lost == said.patient_turns else 0
    return max(said.deviations, lost)


def _recoded(case: Case, was: Code, said: Code | None) -> tuple[Refusal, ...]:
    """A coding that showed departures and is corrected so that it shows fewer, or taken back: that needs a reason."""
    if not applies(case) or (0 if said is None else _above(said)) >= _above(was):
        return ()
    says = f"Session {short(was.session)} was coded with {_above(was)} at level 3 or 4 while the patient did not mentalize."
    return (
        Refusal(
            RECODED, says, "S2 line 140; that a correction needs a reason is ours", "Code it anew beside this one."
        ),
    )


def _above_the_gate(case: Case, entry: Entry, said: Code) -> tuple[Deviation, ...]:
    """A deviation where the coding shows level 3 or 4 without mentalizing; the session is over, so nothing is refused."""
    n = _above(said)
    if not n or not applies(case):
        return ()
    says = f"Session {short(said.session)} as it was coded: {n} at level 3 or 4 while the patient did not mentalize."
    return (Deviation(entry.id, CODED, says, "S2 line 140", entry.why),)


def _supervise(case: Case, entry: Entry, said: Supervise) -> Case:
    made = Supervision(said.therapists, said.minutes, said.points, said.text, entry.by, entry.at, entry.id)
    return replace(case, adherence=replace(case.adherence, held=case.adherence.held.plus(made)))


def rating(value: Any, where: str, found: Found) -> int | None:
    """0 to 4, or null where there was no occasion."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value in SCALE):
        return value
    steps = ", ".join(f"{step} {says}" for step, says in SCALE.items())
    raise Refused("wrong-value", f"{short(value)} is no step of the scale", "Write 0 to 4, or null.", steps)


def session_known(case: Case, session: str) -> tuple[Problem, ...]:
    """A problem unless the session took place or goes on."""
    there = {each.id for each in case.sessions.held} | set(case.sessions.open)
    if session in there:
        return ()
    return (
        Problem(
            "unknown-session",
            f"{did_you_mean(session, there)}Record the session first.",
            column="session",
            found=f"no session {short(session)} took place",
            possible=listed(sorted(there)),
        ),
    )


def _by_the_patient(case: Case, entry: Entry) -> tuple[Problem, ...]:
    """How the patient saw the session is another question than whether the therapist kept to the programme."""
    person = case.opened.people.get(entry.by)
    if person is None or not person.is_patient:
        return ()
    do = "Let somebody of the staff rate it. What the patient says of the session goes into measure.scored, or note.added."
    staff = listed([each.id for each in case.opened.people.values() if not each.is_patient])
    return (Problem("not-staff", do, column="by", found="the patient rates no adherence", possible=staff),)


def _fits_rate(case: Case, entry: Entry, said: Rate) -> tuple[Problem, ...]:
    there = [item.id for item in _items(case)]
    unknown = tuple(
        Problem(
            "unknown-id",
            f"{did_you_mean(name, there)}Name an adherence item of the programme.",
            column="items",
            found=f"{short(name)} is no adherence item of the programme",
            possible=listed(there, 40),
        )
        for name in said.items
        if there and name not in there
    )
    return (*_by_the_patient(case, entry), *session_known(case, said.session), *unknown)


def _fits_code(case: Case, entry: Entry, said: Code) -> tuple[Problem, ...]:
    found = list(session_known(case, said.session))
    odd = (name for name in said.levels if name not in LEVELS)
    found += (_wrong("levels", f"{short(name)} is no level", "Write 1, 2, 3 or 4.") for name in odd)
    if sum(said.levels.values()) > said.therapist_turns:
        what = f"{sum(said.levels.values())} turns have a level, of {said.therapist_turns}"
        found.append(_wrong("levels", what, "Correct the counts."))
    if said.lost and (said.levels.get("3") or said.levels.get("4")) and "deviations" not in entry.data:
        do = "Give deviations: how many of them met lost mentalizing; 0 where none did."
        what = "levels 3 or 4 and lost mentalizing, and not whether they met"
        found.append(Problem("deviations-not-said", do, column="deviations", found=what, severity="notice"))
    if max(said.lost, said.aroused) > said.patient_turns:
        found.append(_wrong("lost", f"more than {said.patient_turns} turns", "Correct the counts."))
    return tuple(found)


def _wrong(column: str, found: str, do: str) -> Problem:
    return Problem("wrong-value", do, column=column, found=found)


_SESSION = {"session": "Name the session."}
KINDS = {
    "adherence.rated": Kind(
        "A rater's ratings of a session, item by item, 0 to 4",
        Keys(
            Rate, {"session": text, "items": mapping(rating), "note": text}, {**_SESSION, "items": 'Write {"id": 3}.'}
        ),
        _rate,
        fits=_fits_rate,
        staff=True,
        own=True,
    ),
    "session.coded": Kind(
        "A coded session in numbers: turns at each level, lost mentalizing, deviations",
        Keys(
            Code,
            {
                "session": text,
                "therapist_turns": count,
                "patient_turns": count,
                "levels": mapping(count),
                "lost": count,
                "aroused": count,
                "deviations": count,
                "rules": mapping(count),
            },
            {
                **_SESSION,
                "therapist_turns": "How many.",
                "patient_turns": "How many.",
                "levels": 'Write {"1": 12, "2": 9}.',
            },
        ),
        _code,
        fits=_fits_code,
        staff=True,
        rewritten=_recoded,
    ),
    "supervision.held": Kind(
        "Supervision took place",
        Keys(
            Supervise,
            {"therapists": texts, "minutes": count, "points": texts, "text": text},
            {"therapists": "Whom it was for.", "minutes": "How long it was."},
        ),
        _supervise,
    ),
}
