"""What a crisis plan holds, and which part is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from forwhom.keyed import Keys, rows, text, texts
from forwhom.problems import short

if TYPE_CHECKING:
    from forwhom.programme.case.opened import Opened

OWN, PEOPLE, PROFESSIONAL = "own", "people", "professional"


@dataclass(frozen=True, slots=True)
class Means:
    """Something the patient does alone, before contact."""

    id: str
    what: str
    for_how_long: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to turn to.

    person : id in case.toml, where it is somebody of the case
    hours : id of opening hours in case.toml; "" when not stated
    """

    id: str
    who: str
    reach: str = ""
    person: str = ""
    hours: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A crisis plan, in the patient's words. What the patient does alone, people and professionals stand in the order to try them.

    when : when the plan is to be used
    """

    signs: tuple[str, ...] = ()
    own: tuple[Means, ...] = ()
    people: tuple[Contact, ...] = ()
    professional: tuple[Contact, ...] = ()
    emergency: tuple[str, ...] = ()
    when: str = ""

    def steps(self) -> tuple[str, ...]:
        """Ids of the steps, in order."""
        return tuple(
            f"{part}/{each.id}"
            for part, rows_ in ((OWN, self.own), (PEOPLE, self.people), (PROFESSIONAL, self.professional))
            for each in rows_
        )

    def twice(self) -> tuple[str, ...]:
        """Steps whose id several have.

        >>> Plan(own=(Means("walk", "A walk"), Means("walk", "Music"))).twice()
        ('own/walk',)
        """
        steps = self.steps()
        return tuple(step for step in dict.fromkeys(steps) if steps.count(step) > 1)


@dataclass(frozen=True, slots=True)
class Missing:
    """A part that is not there, why it matters, and what that rests on."""

    part: str
    says: str
    why: str
    source: str


OUR_RULE = "our rule; the paper does not say"
_PAPER = "S2 line 162"


def missing(plan: Plan, opened: Opened, day: dt.date | None = None) -> tuple[Missing, ...]:
    """Which parts are missing, the most urgent first.

    day : the day to ask for, to tell contacts who are not at work in the case on it; None asks for none

    >>> import zoneinfo
    >>> from forwhom.programme.case.opened import Opened
    >>> here = Opened("mbt", dt.date(2026, 3, 1), zoneinfo.ZoneInfo("UTC"), {}, emergency=("999",))
    >>> [each.part for each in missing(Plan(own=(Means("walk", "A walk"),)), here)]
    ['when', 'signs', 'people', 'professional']
    """
    return (*_missing(plan, opened), *((each for each in gone(plan, opened, day)) if day is not None else ()))


def gone(plan: Plan, opened: Opened, day: dt.date) -> Iterator[Missing]:
    """Staff whom the plan names and who are not at work in the case on a day: a call that nobody takes."""
    for each in plan.professional:
        away = absence(each, opened, day)
        if away:
            says = f"{each.who} stands in the plan and {away}."
            why = "A call in a crisis would reach nobody. Write a new version with the patient, and both sign it."
            yield Missing(f"{PROFESSIONAL}/{each.id}", says, why, OUR_RULE)


def absence(contact: Contact, opened: Opened, day: dt.date) -> str:
    """Why somebody of the staff is not there on a day: "has left (last day 2026-09-01)"; "" where they are, or nobody says."""
    if not contact.person:
        return ""
    person = opened.people.get(contact.person)
    if person is None:
        return f"is not in case.toml ({short(contact.person)})"
    if person.until is not None and day > person.until:
        return f"has left (last day {person.until})"
    if person.since is not None and day < person.since:
        return f"is not there yet (first day {person.since})"
    return ""


def _missing(plan: Plan, opened: Opened) -> Iterator[Missing]:
    for step in plan.twice():
        yield Missing(
            step,
            f"Several steps have the id {step}.",
            "Steps are logged by their id; which one was taken could not be told.",
            OUR_RULE,
        )
    plan = _written(plan)
    if not plan.emergency and not not_blank(opened.emergency):
        yield Missing(
            "emergency",
            "No way to emergency help is written down.",
            "When danger is near nobody should have to look for it.",
            OUR_RULE,
        )
    if not plan.when.strip():
        yield Missing(
            "when",
            "When the plan is to be used is not written down.",
            "It is for when the patient cannot cope and the risk of harm rises; both need the same understanding of that.",
            _PAPER,
        )
    if not plan.signs:
        yield Missing(
            "signs",
            "No warning signs are written down.",
            "The plan is for when the patient cannot cope and risk is rising; both need to know how that shows.",
            _PAPER,
        )
    if not plan.own and not plan.people:
        yield Missing(
            "own",
            "No means before contact are written down.",
            "The practitioner may be contacted only after other means to lower panic were tried; without any the way is closed.",
            _PAPER,
        )
    elif not plan.own:
        yield Missing(
            "own",
            "Nothing is written down that the patient can do alone.",
            "Nobody else may be there at that hour.",
            OUR_RULE,
        )
    if not plan.people:
        yield Missing(
            "people",
            "Nobody is named to turn to beside professionals.",
            "When what one does alone does not help and nobody of the service is there, somebody should be.",
            OUR_RULE,
        )
    if not plan.professional:
        yield Missing(
            "professional",
            "No professional contact is named.",
            "The practitioner may be contacted as part of the plan; the patient needs to know whom.",
            _PAPER,
        )
    for part, each in (
        *((PEOPLE, each) for each in plan.people),
        *((PROFESSIONAL, each) for each in plan.professional),
    ):
        if not (each.reach.strip() or _reach(each, opened).strip()):
            yield Missing(
                f"{part}/{each.id}",
                f"How {each.who} is reached is not written down.",
                "A name alone helps nobody.",
                OUR_RULE,
            )
    for each in plan.professional:
        if each.hours not in opened.hours:
            yield Missing(
                f"professional/{each.id}",
                f"The hours of {each.who} are not written down.",
                "A call that nobody answers makes a crisis worse; the plan should say when somebody answers, and what to do else.",
                OUR_RULE,
            )


def not_blank(numbers: Iterable[str]) -> tuple[str, ...]:
    """Ways to help that say something: a blank one is none.

    >>> not_blank(("", " 999 "))
    ('999',)
    """
    return tuple(each.strip() for each in numbers if each.strip())


def _written(plan: Plan) -> Plan:
    """The plan without parts that hold nothing but blanks."""
    return replace(
        plan,
        signs=tuple(each for each in plan.signs if each.strip()),
        own=tuple(each for each in plan.own if each.what.strip()),
        people=tuple(each for each in plan.people if each.who.strip()),
        professional=tuple(each for each in plan.professional if each.who.strip()),
        emergency=not_blank(plan.emergency),
    )


def _reach(contact: Contact, opened: Opened) -> str:
    person = opened.people.get(contact.person)
    return person.reach if person is not None else ""


_MEANS = Keys(
    Means,
    {"id": text, "what": text, "for_how_long": text},
    {"id": "Give it a short id.", "what": "Say what the patient does."},
)
_CONTACT = Keys(
    Contact,
    {"id": text, "who": text, "reach": text, "person": text, "hours": text},
    {"id": "Give it a short id.", "who": "Say who it is."},
)
PLAN = Keys(
    Plan,
    {
        "signs": texts,
        "own": rows(_MEANS),
        "people": rows(_CONTACT),
        "professional": rows(_CONTACT),
        "emergency": texts,
        "when": text,
    },
)
