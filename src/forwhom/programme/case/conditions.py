"""Whether what a phase needs before the next one is there."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forwhom.programme.case.crisis import signatures
from forwhom.programme.case.crisis_plan import missing
from forwhom.programme.case.formulation import side_by_side

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case
    from forwhom.programme.model import Length, Phase

DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition to move on: what it asks for, whether it is there, and what is still missing.

    thing : path in the programme, "plans.crisis", or "length" of the phase
    """

    thing: str
    name: str
    met: bool
    lacks: str = ""


def conditions(case: Case, phase: Phase, on: dt.date) -> tuple[Condition, ...]:
    """What a phase asks for before the next one begins, as of a day."""
    return tuple(_condition(case, phase, thing, on) for thing in phase.move_on)


def _condition(case: Case, phase: Phase, thing: str, on: dt.date) -> Condition:
    if thing == "length":
        ends = end_of(case, phase)
        over = ends is None or on >= ends
        return Condition(thing, "its time has passed", over, "" if over else f"it goes on until {ends}")
    fact = case.programme.thing(thing) if case.programme is not None else None
    name = fact.name if fact is not None else thing
    if thing in case.phases.met:
        return Condition(thing, name, True)
    lacks = _lacks(case, thing)
    return Condition(thing, name, not lacks, lacks)


def _lacks(case: Case, thing: str) -> str:
    """What is missing of a thing, "" when nothing is."""
    if thing == "plans.crisis":
        return _plan(case)
    if thing == "plans.formulation":
        sides = side_by_side(case)
        both = sum(side.patient is not None and side.therapist is not None for side in sides)
        return "" if sides and both == len(sides) else f"both have spoken on {both} of {len(sides)} points"
    recorded = {
        "assessments.attachment-strategies": len(case.assessment.marks),
        "assessments.mentalizing-profile": len(case.assessment.ratings),
    }
    if recorded.get(thing):
        return ""
    part, _, name = thing.partition(".")
    if part == "agreements":
        components = ("individual", "group") if name == "both-components" else (name,)
        said = [case.team.agreement(each) for each in (name, *components)]
        agreed = [each.agreed for each in said if each is not None]
        if agreed and (said[0] is not None or len(agreed) == len(components)):
            return "" if all(agreed) else "the patient did not agree"
    return "nothing is recorded; record programme.done when it is"


def _plan(case: Case) -> str:
    current = case.crisis.current
    if current is None:
        return "there is no plan yet"
    lacks = [each.says.rstrip(".") for each in missing(current.plan, case.opened)]
    patient, staff = signatures(case, current)
    unsigned = [who for who, there in (("the patient", patient), ("a therapist", staff)) if not there]
    told = list(lacks)
    told += [f"not signed by {' and '.join(unsigned)}"] if unsigned else []
    return "; ".join(told)


def end_of(case: Case, phase: Phase) -> dt.date | None:
    """The day on which the time of a phase is over; for one without a length of its own, that of the programme's.

    None where neither is stated, or the phase has not begun.
    """
    since = next((stay.since for stay in case.phases.stays if stay.phase == phase.id), None)
    if phase.length is not None:
        return None if since is None else later(since, phase.length)
    whole = case.programme.length if case.programme is not None else None
    return None if whole is None else later(case.opened.start, whole)


def later(day: dt.date, length: Length) -> dt.date:
    """The day so much later; the last day of a month where the month has no such day.

    >>> from forwhom.programme.model import Length
    >>> later(dt.date(2026, 8, 31), Length(6, "month")), later(dt.date(2026, 3, 2), Length(12, "week"))
    (datetime.date(2027, 2, 28), datetime.date(2026, 5, 25))
    """
    if length.unit in DAYS:
        return day + dt.timedelta(days=DAYS[length.unit] * length.value)
    months = day.month - 1 + length.value * (12 if length.unit == "year" else 1)
    first = dt.date(day.year + months // 12, months % 12 + 1, 1)
    following = dt.date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return min(first + dt.timedelta(days=day.day - 1), following - dt.timedelta(days=1))
