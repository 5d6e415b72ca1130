"""The crisis plan as it stands at a moment: who answers now, which steps were taken, what comes next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forwhom.programme.case.crisis import Version, emergency, signatures
from forwhom.programme.case.crisis_plan import OWN, PEOPLE, PROFESSIONAL, Contact, Missing, absence, missing, not_blank
from forwhom.programme.case.hours import DAYS, Hours

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case


@dataclass(frozen=True, slots=True)
class StepView:
    """One step.

    step : its id, "professional/anna"
    reach : how somebody is reached; "" for what the patient does alone
    answers : who answers when, in words; "" where that is not stated
    open_now : None where no hours are stated
    taken : when it was last taken in the crisis that is going on
    absent : why somebody of the staff is not there, such as "has left (last day 2026-09-01)"; "" where they are
    """

    step: str
    what: str
    reach: str = ""
    answers: str = ""
    open_now: bool | None = None
    next_open: dt.datetime | None = None
    taken: dt.datetime | None = None
    absent: str = ""

    def now(self) -> str:
        """Whether somebody answers now."""
        if self.open_now:
            return "answers now"
        return "never answers" if self.next_open is None else f"not now; next {self.next_open:%a %Y-%m-%d %H:%M %Z}"


@dataclass(frozen=True, slots=True)
class PlanView:
    """A version of the plan.

    latest : number of the latest version
    unsigned : who has not signed it: "the patient", "a therapist"
    next : id of the first step not taken yet in the crisis that is going on; None when none is going on
    """

    number: int
    latest: int
    written: dt.datetime
    emergency: tuple[str, ...]
    when: str
    signs: tuple[str, ...]
    own: tuple[StepView, ...]
    people: tuple[StepView, ...]
    professional: tuple[StepView, ...]
    signed: tuple[str, ...]
    unsigned: tuple[str, ...]
    missing: tuple[Missing, ...]
    next: str | None = None

    def steps(self) -> tuple[StepView, ...]:
        """Every step, in order."""
        return (*self.own, *self.people, *self.professional)

    def lines(self) -> Iterator[str]:
        """The plan for a screen; emergency help is said by whoever prints it, before anything else."""
        yield f"Version {self.number} of {self.latest}, of {self.written:%Y-%m-%d}."
        if self.unsigned:
            yield f"NOT SIGNED by {' and '.join(self.unsigned)}."
        if self.when:
            yield f"When: {self.when}"
        yield from (f"Warning sign: {each}" for each in self.signs)
        for title, steps in (("First", self.own), ("Then people", self.people), ("Then staff", self.professional)):
            for each in steps:
                mark = " ✓" if each.taken is not None else " ←" if each.step == self.next else ""
                yield f"{title}: {each.what}{f', {each.reach}' if each.reach else ''} [{each.step}]{mark}"
                if each.absent:
                    yield f"    {each.what} {each.absent}"
                elif each.answers:
                    yield f"    {each.answers}: {each.now()}"
        yield from (f"Missing: {each.says} {each.why} [{each.source}]" for each in self.missing)


def view(case: Case, now: dt.datetime, version: int | None = None) -> PlanView | None:
    """The plan at a moment; None when there is none. `version`: an earlier one, from 1 on."""
    versions = case.crisis.versions
    if not versions or not 1 <= (version or len(versions)) <= len(versions):
        return None
    shown = versions[(version or len(versions)) - 1]
    taken = {each.step: each.at for each in case.crisis.taken if case.crisis.began and each.at >= case.crisis.began}
    own = tuple(
        StepView(f"{OWN}/{each.id}", _with_time(each.what, each.for_how_long), taken=taken.get(f"{OWN}/{each.id}"))
        for each in shown.plan.own
    )
    people = tuple(_contact(case, PEOPLE, each, now, taken) for each in shown.plan.people)
    staff = tuple(_contact(case, PROFESSIONAL, each, now, taken) for each in shown.plan.professional)
    following = next((each.step for each in (*own, *people, *staff) if each.taken is None), None)
    return PlanView(
        number=shown.number,
        latest=len(versions),
        written=shown.written,
        emergency=_emergency(case, shown),
        when=shown.plan.when,
        signs=shown.plan.signs,
        own=own,
        people=people,
        professional=staff,
        signed=tuple(shown.signed),
        unsigned=unsigned(case, shown),
        missing=missing(shown.plan, case.opened, case.opened.day(now)),
        next=following if case.crisis.began is not None else None,
    )


def unsigned(case: Case, version: Version) -> tuple[str, ...]:
    """Who has not signed a version."""
    there = signatures(case, version)
    return tuple(who for who, signed in zip(("the patient", "a therapist"), there, strict=True) if not signed)


def _emergency(case: Case, version: Version) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*not_blank(version.plan.emergency), *emergency(case))))


def _with_time(what: str, how_long: str) -> str:
    return f"{what} ({how_long})" if how_long else what


def _contact(case: Case, part: str, contact: Contact, now: dt.datetime, taken: dict[str, dt.datetime]) -> StepView:
    person = case.opened.people.get(contact.person)
    hours = case.opened.hours.get(contact.hours)
    step = f"{part}/{contact.id}"
    reach = contact.reach or (person.reach if person is not None else "")
    away = absence(contact, case.opened, case.opened.day(now)) if part == PROFESSIONAL else ""
    if away or hours is None:
        return StepView(step, contact.who, reach, taken=taken.get(step), absent=away)
    zone = case.opened.zone
    open_now = hours.open_at(now, zone)
    opens = None if open_now else hours.opens_next(now, zone)
    opens = opens.astimezone(zone) if opens is not None else None
    return StepView(step, contact.who, reach, said(hours), open_now, opens, taken.get(step))


def said(hours: Hours) -> str:
    """Opening hours in words.

    >>> said(Hours({"monday": ((dt.time(9), dt.time(17)),), "tuesday": ((dt.time(9), dt.time(17)),)}))
    'Monday and Tuesday 09:00–17:00'
    """
    where = f" ({hours.zone.key})" if hours.zone is not None else ""
    groups: list[tuple[list[str], str]] = []
    for day in DAYS:
        spans = hours.week.get(day, ())
        text = ", ".join(f"{start:%H:%M}–{_end(end)}" for start, end in spans)
        if not text:
            continue
        follows = groups and DAYS.index(groups[-1][0][-1]) == DAYS.index(day) - 1
        if follows and groups[-1][1] == text:
            groups[-1][0].append(day)
        else:
            groups.append(([day], text))
    return "; ".join(f"{_days(days)} {text}" for days, text in groups) + where


def _end(end: dt.time) -> str:
    return "24:00" if end == dt.time(0) else f"{end:%H:%M}"


def _days(days: list[str]) -> str:
    names = [day.capitalize() for day in days]
    if len(names) > 2:
        return f"{names[0]} to {names[-1]}"
    return " and ".join(names)
