"""The crisis plan: versions, signatures, steps taken.

The practitioner is contacted after the patient has tried other means (S2 line 162): own ones, or people beside professionals.
That order belongs to the plan, is a gate, and can be overruled. Steps before there is a plan are recorded without it.
Emergency is no step of the plan that could be reached or missed: it is always shown, asks for nothing, and is never refused.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from forwhom.keyed import Keys, count, one_of, text
from forwhom.problems import Problem, listed, short
from forwhom.programme.case.crisis_plan import OUR_RULE, OWN, PEOPLE, PLAN, PROFESSIONAL, Plan, not_blank
from forwhom.programme.case.gate import shuts
from forwhom.programme.case.kind import Kind, Refusal, not_staff
from forwhom.programme.case.log import Entry
from forwhom.programme.case.noted import ever
from forwhom.programme.case.readers import moment
from forwhom.programme.case.rows import Rows

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case

SOURCE = "S2 line 162"
MEANS = (f"{OWN}/", f"{PEOPLE}/")
RECENT = dt.timedelta(hours=24)
"""How long a means counts as tried first: ours, as the paper names no time."""
MANY = 100
"""Steps looked back at, so that a long log stays quick."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the plan, with who signed it and by which entry."""

    number: int
    entry: str
    written: dt.datetime
    by: str
    plan: Plan
    signed: Mapping[str, dt.datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken: "own/walk", "people/sister", "professional/anna"."""

    entry: str
    step: str
    at: dt.datetime
    helped: str = ""


@dataclass(frozen=True, slots=True)
class Called:
    """Emergency help was called, or the patient went there."""

    entry: str
    at: dt.datetime
    whom: str = ""


@dataclass(frozen=True, slots=True)
class Crisis:
    """Every version of the plan, the steps taken, and calls for emergency help.

    began : when the crisis that is going on began; None when none is known
    """

    versions: Rows[Version] = field(default_factory=Rows)
    taken: Rows[Taken] = field(default_factory=Rows)
    called: Rows[Called] = field(default_factory=Rows)
    began: dt.datetime | None = None

    @property
    def current(self) -> Version | None:
        """The latest version; None before there is one."""
        return self.versions[-1] if self.versions else None

    def tried(self, at: dt.datetime) -> tuple[Taken, ...]:
        """Other means tried before a moment: in the crisis that is going on, within a day of it, the latest first.

        Other means are what the patient does alone, and people beside professionals (S2 line 162 names no kind).
        """
        if self.began is None:
            return ()
        since = max(self.began, at.astimezone(dt.UTC) - RECENT)
        latest = self.taken[-MANY:] if len(self.taken) > MANY else tuple(self.taken)
        return tuple(each for each in reversed(latest) if each.step.startswith(MEANS) and since <= each.at <= at)


@dataclass(frozen=True, slots=True)
class Signed:
    """Data of crisis.plan-signed. `person`: who signs, where somebody else records it; `version`: the latest without it."""

    version: int | None = None
    person: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """Data of crisis.step-taken."""

    step: str
    when: dt.datetime | None = None
    helped: str = ""


@dataclass(frozen=True, slots=True)
class Began:
    """Data of crisis.began and crisis.over."""

    when: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Emergency:
    """Data of crisis.emergency-contacted; nothing of it is needed."""

    whom: str = ""
    when: dt.datetime | None = None


def signatures(case: Case, version: Version) -> tuple[bool, bool]:
    """Whether the patient has signed, and whether somebody of the staff has."""
    people = ever(case)
    signed = [people[name] for name in version.signed if name in people]
    return any(each.is_patient for each in signed), any(not each.is_patient for each in signed)


def _with(case: Case, **values: Any) -> Case:
    return replace(case, crisis=replace(case.crisis, **values))


def _written(case: Case, entry: Entry, said: Plan) -> Case:
    number = len(case.crisis.versions) + 1
    return _with(case, versions=case.crisis.versions.plus(Version(number, entry.id, entry.at, entry.by, said)))


def _signed(case: Case, entry: Entry, said: Signed) -> Case:
    versions = list(case.crisis.versions)
    i = (said.version or len(versions)) - 1
    versions[i] = replace(versions[i], signed={**versions[i].signed, said.person or entry.by: entry.at})
    return _with(case, versions=Rows.of(versions))


def _step(case: Case, entry: Entry, said: Step) -> Case:
    at = said.when or entry.at
    taken = Taken(entry.id, said.step, at, said.helped)
    began = min(case.crisis.began or at, at)
    return _with(case, taken=case.crisis.taken.plus(taken), began=began)


def _began(case: Case, entry: Entry, said: Began) -> Case:
    at = said.when or entry.at
    # A crisis that goes on began no later than the means that were tried in it.
    return _with(case, began=min((at, *(each.at for each in case.crisis.tried(at)))))


def _over(case: Case, entry: Entry, said: Began) -> Case:
    return _with(case, began=None)


def _called(case: Case, entry: Entry, said: Emergency) -> Case:
    return _with(case, called=case.crisis.called.plus(Called(entry.id, said.when or entry.at, said.whom)))


def _means_first(case: Case, entry: Entry, said: Step) -> tuple[Refusal, ...]:
    if not said.step.startswith(f"{PROFESSIONAL}/") or not shuts(case, "crisis-plan contact-practitioner"):
        return ()
    current = case.crisis.current
    # The order is part of a plan that was worked out together; before there is one nothing is kept from the patient.
    if current is None or case.crisis.tried(said.when or entry.at):
        return ()
    says = "The plan keeps contact with a practitioner for when other means have been tried, and none before it is recorded."
    means = "; ".join((*(each.what for each in current.plan.own), *(each.who for each in current.plan.people)))
    instead = f"Other means first: {means}." if means else "Other means first."
    return (Refusal("crisis.other-means-first", says, SOURCE, f"{instead} Emergency help needs no step before it."),)


def _of_plan(case: Case, entry: Entry, said: Step) -> tuple[Problem, ...]:
    current = case.crisis.current
    if current is None:
        part, _, name = said.step.partition("/")
        if part in (OWN, PEOPLE, PROFESSIONAL) and name.strip():
            return ()
        do = "Write own/walk, people/sister or professional/ben. In an emergency record crisis.emergency-contacted."
        return (
            Problem(
                "unknown-step", do, column="step", found=f"{short(said.step)} is no step; there is no crisis plan yet"
            ),
        )
    steps = current.plan.steps()
    if said.step in steps or any(said.step in each.plan.steps() for each in case.crisis.versions):
        return ()
    found = f"{short(said.step)} is no step of the plan"
    return (
        Problem("unknown-step", "Name a step of the plan.", column="step", found=found, possible=listed(steps, 30)),
    )


def _version_there(case: Case, entry: Entry, said: Signed) -> tuple[Problem, ...]:
    n = len(case.crisis.versions)
    problems = []
    if not n or not 1 <= (said.version or n) <= n:
        found = f"there is no version {said.version or 1}"
        possible = f"1 to {n}" if n else "none yet"
        problems.append(Problem("no-plan", "Write the plan first.", column="version", found=found, possible=possible))
    if said.person and said.person not in case.opened.people:
        known = listed(case.opened.people)
        found = f"{short(said.person)} is nobody of the case"
        problems.append(Problem("unknown-person", "Name somebody of case.toml.", None, None, "person", found, known))
    return (*problems, *_may_sign(case, entry, said.person or entry.by))


def _may_sign(case: Case, entry: Entry, signs: str) -> tuple[Problem, ...]:
    """Staff record the signature of a therapist; the patient's is recorded by the patient or by staff."""
    people = case.opened.people
    if signs not in people or entry.by not in people:
        return ()
    if people[signs].is_patient:
        return () if people[entry.by].is_patient else not_staff(case, entry, "records that the patient signs")
    return not_staff(case, entry, "records the signature of a therapist")


def _steps_apart(case: Case, entry: Entry, said: Plan) -> tuple[Refusal, ...]:
    """Steps are logged by their id: two of one id could not be told apart."""
    twice = said.twice()
    if not twice:
        return ()
    says = f"Several steps of the plan have the same id: {listed(twice)}. A step that was taken could not be told from the other."
    return (Refusal("crisis.same-step", says, OUR_RULE, "Give each step of a part an id of its own."),)


_STEP = "Name a step of the plan, such as own/walk; `forwhom case crisis show` lists them."
KINDS = {
    "crisis.plan-written": Kind(
        "A new version of the crisis plan; the versions before stay", PLAN, _written, _steps_apart, correctable=False
    ),
    "crisis.plan-signed": Kind(
        "Somebody signs a version of the plan",
        Keys(Signed, {"version": count, "person": text}),
        _signed,
        fits=_version_there,
    ),
    "crisis.began": Kind("A crisis begins", Keys(Began, {"when": moment}), _began),
    "crisis.step-taken": Kind(
        "A step of the plan was taken",
        Keys(Step, {"step": text, "when": moment, "helped": one_of("yes", "partly", "no")}, {"step": _STEP}),
        _step,
        _means_first,
        _of_plan,
    ),
    "crisis.over": Kind("The crisis is over", Keys(Began, {"when": moment}), _over),
    "crisis.emergency-contacted": Kind(
        "Emergency help was called; never refused", Keys(Emergency, {"whom": text, "when": moment}), _called
    ),
}
NEVER_REFUSED = frozenset({"crisis.emergency-contacted"})
EVERYBODY = ("112 in Europe", "999 in the United Kingdom", "911 in North America")
"""Said where nobody has written how help is reached. Numbers of public services, for want of the case's own."""


def emergency(case: Case) -> tuple[str, ...]:
    """How help is reached at any hour: of the plan, of case.toml, else the numbers everybody has. Never empty."""
    current = case.crisis.current
    own = current.plan.emergency if current is not None else ()
    return tuple(dict.fromkeys(not_blank((*own, *case.opened.emergency)))) or EVERYBODY
