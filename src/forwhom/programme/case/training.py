"""Training and supervision of those who treat: what is recorded, and who may see patients."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from forwhom.keyed import Keys, flag, number, text
from forwhom.problems import Problem, did_you_mean, listed, short
from forwhom.programme.case.kind import Kind, Refusal
from forwhom.programme.case.log import Entry
from forwhom.programme.case.readers import day
from forwhom.programme.case.rows import Rows

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case
    from forwhom.programme.model import Programme, Role


@dataclass(frozen=True, slots=True)
class Attended:
    """Data of training.attended: days of training in the programme."""

    person: str
    days: float
    ended: dt.date
    programme: str = ""
    what: str = ""


@dataclass(frozen=True, slots=True)
class Experience:
    """Data of training.experience: years of work, and whether a clinical training is completed."""

    person: str
    years: float = 0
    years_disorder: float = 0
    qualified: bool | None = None


@dataclass(frozen=True, slots=True)
class Supervisor:
    """Data of training.supervisor: who supervises a therapist at work, from when on."""

    person: str
    supervisor: str
    since: dt.date


@dataclass(frozen=True, slots=True)
class Hours:
    """Supervision of one therapist: how often and how long."""

    times: int = 0
    minutes: int = 0
    last: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Training:
    """Training attended, newest experience by person, supervisors in the order of the log."""

    attended: Rows[Attended] = field(default_factory=Rows)
    experience: Mapping[str, Experience] = field(default_factory=dict)
    supervisors: Rows[Supervisor] = field(default_factory=Rows)

    def days(self, person: str, programme: str, until: dt.date) -> float:
        """Days of training in a programme that ended by a day."""
        mine = (each for each in self.attended if each.person == person and each.ended <= until)
        return sum(each.days for each in mine if each.programme in ("", programme))

    def supervisor(self, person: str, on: dt.date) -> str:
        """Who supervised a therapist on a day; "" for nobody."""
        mine = [each for each in self.supervisors if each.person == person and each.since <= on]
        return max(mine, key=lambda each: each.since).supervisor if mine else ""


def hours(case: Case, person: str) -> Hours:
    """The supervision that a therapist had."""
    mine = [each for each in case.adherence.held if person in each.therapists]
    return Hours(len(mine), sum(each.minutes for each in mine), max((each.at for each in mine), default=None))


def treats(programme: Programme | None, roles: Iterable[str]) -> bool:
    """Whether the programme's papers ask for training in one of these roles."""
    asked = set(roles)
    return any(
        role.id in asked and role.training_days is not None
        for role in (programme.roles if programme is not None else ())
    )


def may_see_patients(
    training: Training, person: str, roles: Iterable[str], programme: Programme | None, on: dt.date
) -> tuple[Refusal, ...]:
    """What speaks against a therapist's seeing patients on a day; empty where nothing does.

    Training days and years of experience are asked for where the programme's papers state them. Experience that nobody recorded
    is told as not recorded.
    """
    if programme is None:
        return ()
    asked = [role for role in programme.roles if role.id in set(roles)]
    refused: list[Refusal] = []
    for role in asked:
        refused += _of_role(training, person, role, programme.id, on)
    if treats(programme, (role.id for role in asked)) and not training.supervisor(person, on):
        says = f"Nobody supervises {person} at work."
        refused.append(Refusal("training.supervision", says, "S2 line 144", "Record training.supervisor."))
    return tuple(dict.fromkeys(refused))


def _of_role(training: Training, person: str, role: Role, programme: str, on: dt.date) -> list[Refusal]:
    source = str(role.source or "")
    refused = []
    days = training.days(person, programme, on)
    if role.training_days is not None and days < role.training_days:
        says = f"{days:g} of {role.training_days} days of training are recorded for {person}."
        refused.append(Refusal("training.days", says, source, "Record training.attended."))
    had = training.experience.get(person)
    for years, asked, what in (
        (had.years if had else None, role.experience_years, "in general practice"),
        (had.years_disorder if had else None, role.experience_years_disorder, "with the disorder"),
    ):
        if asked is not None and (years is None or years < asked):
            told = "No experience is" if years is None else f"{years:g} of {asked} years of experience {what} are"
            says = f"{told} recorded for {person}." if years is not None else f"{told} recorded for {person} ({what})."
            refused.append(Refusal("training.experience", says, source, "Record training.experience."))
    return refused


def _attended(case: Case, entry: Entry, said: Attended) -> Case:
    return replace(case, training=replace(case.training, attended=case.training.attended.plus(said)))


def _experience(case: Case, entry: Entry, said: Experience) -> Case:
    experience = {**case.training.experience, said.person: said}
    return replace(case, training=replace(case.training, experience=experience))


def _supervisor(case: Case, entry: Entry, said: Supervisor) -> Case:
    return replace(case, training=replace(case.training, supervisors=case.training.supervisors.plus(said)))


def _fits(case: Case, entry: Entry, said: Attended | Experience | Supervisor) -> tuple[Problem, ...]:
    names = {"person": said.person} | ({"supervisor": said.supervisor} if isinstance(said, Supervisor) else {})
    people = case.opened.people
    found = [
        Problem(
            "unknown-person",
            f"{did_you_mean(name, people)}Add the person to case.toml.",
            column=column,
            found=f"{short(name)} is nobody of the case",
            possible=listed(people),
        )
        for column, name in names.items()
        if name not in people
    ]
    if isinstance(said, Attended) and said.days <= 0:
        found.append(Problem("wrong-value", "Write how many.", column="days", found=f"{said.days:g} days"))
    return tuple(found)


_PERSON = {"person": "Name the therapist."}
KINDS = {
    "training.attended": Kind(
        "A therapist was trained in the programme",
        Keys(
            Attended,
            {"person": text, "days": number, "ended": day, "programme": text, "what": text},
            {**_PERSON, "days": "How many days.", "ended": "The last day."},
        ),
        _attended,
        fits=_fits,
    ),
    "training.experience": Kind(
        "A therapist's years of work",
        Keys(Experience, {"person": text, "years": number, "years_disorder": number, "qualified": flag}, dict(_PERSON)),
        _experience,
        fits=_fits,
    ),
    "training.supervisor": Kind(
        "Who supervises a therapist at work",
        Keys(
            Supervisor,
            {"person": text, "supervisor": text, "since": day},
            {**_PERSON, "supervisor": "Name who supervises.", "since": "Since which day."},
        ),
        _supervisor,
        fits=_fits,
    ),
}
