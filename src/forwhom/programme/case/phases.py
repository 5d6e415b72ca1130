"""Phases of the programme: where the case is, since when, and why it may not move on yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from forwhom.keyed import Keys, one_of, text
from forwhom.problems import Problem, did_you_mean, listed, short
from forwhom.programme.case.conditions import conditions
from forwhom.programme.case.kind import Kind, Refusal
from forwhom.programme.case.log import Entry
from forwhom.programme.case.readers import day
from forwhom.programme.case.rows import Rows

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case

THINGS = ("assessments.", "agreements.", "plans.")
"""Paths of what a programme asks to be done."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A phase that was entered: on which day, by which entry."""

    phase: str
    since: dt.date
    entry: str


@dataclass(frozen=True, slots=True)
class Phases:
    """Phases in the order they were entered.

    met : what was recorded as done, by its path in the programme, with the entry that says so
    days : by the same path, every day on which it was done
    ended : day and reason of the end of treatment; None while it goes on
    """

    stays: Rows[Stay] = field(default_factory=Rows)
    met: Mapping[str, str] = field(default_factory=dict)
    days: Mapping[str, tuple[dt.date, ...]] = field(default_factory=dict)
    ended: tuple[dt.date, str] | None = None

    @property
    def now(self) -> str | None:
        """Id of the phase the case is in; None before the first."""
        return self.stays[-1].phase if self.stays else None


@dataclass(frozen=True, slots=True)
class Entered:
    """Data of phase.entered."""

    phase: str
    on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """Data of treatment.ended."""

    how: str
    on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """Data of programme.done: its path, "assessments.mentalizing-profile", and the day, where that is not today."""

    thing: str
    on: dt.date | None = None


def _entered(case: Case, entry: Entry, said: Entered) -> Case:
    since = said.on or local_day(case, entry.at)
    return replace(case, phases=replace(case.phases, stays=case.phases.stays.plus(Stay(said.phase, since, entry.id))))


def _ended(case: Case, entry: Entry, said: Ended) -> Case:
    return replace(case, phases=replace(case.phases, ended=(said.on or local_day(case, entry.at), said.how)))


def local_day(case: Case, at: dt.datetime) -> dt.date:
    """The calendar day of a moment where the patient is treated."""
    return at.astimezone(case.opened.zone).date()


def _done(case: Case, entry: Entry, said: Done) -> Case:
    on = said.on or local_day(case, entry.at)
    days = {**case.phases.days, said.thing: (*case.phases.days.get(said.thing, ()), on)}
    return replace(case, phases=replace(case.phases, met={**case.phases.met, said.thing: entry.id}, days=days))


def _is_phase(case: Case, entry: Entry, said: Entered) -> tuple[Problem, ...]:
    if case.programme is None or case.programme.phase(said.phase) is not None:
        return ()
    known = [phase.id for phase in case.programme.phases]
    do = f"{did_you_mean(said.phase, known)}Name a phase of the programme."
    return (Problem("unknown-phase", do, None, None, "phase", f"no phase {short(said.phase)}", listed(known)),)


def _is_thing(case: Case, entry: Entry, said: Done) -> tuple[Problem, ...]:
    if case.programme is None or case.programme.thing(said.thing) is not None:
        return ()
    known = [path for path, _ in case.programme.facts() if path.startswith(THINGS)]
    do = f"{did_you_mean(said.thing, known)}Name something of the programme."
    return (
        Problem(
            "unknown-thing", do, None, None, "thing", f"the programme has no {short(said.thing)}", listed(known, 20)
        ),
    )


def _may_enter(case: Case, entry: Entry, said: Entered) -> tuple[Refusal, ...]:
    """The phase before must have been entered, and what it asks for must be there."""
    phase = case.programme.phase(said.phase) if case.programme is not None else None
    before = case.programme.phase(phase.after) if case.programme is not None and phase is not None else None
    if phase is None or before is None:
        return ()
    source = str(before.source or "")
    if all(stay.phase != before.id for stay in case.phases.stays):
        says = f"{phase.name} follows {before.name}, which has not begun."
        return (Refusal("phase.order", says, str(phase.source or source), f"Enter {before.id} first."),)
    on = said.on or local_day(case, entry.at)
    return tuple(
        Refusal(
            f"phase.{before.id}.{each.thing}", f"{before.name} is not complete: {each.name} ({each.lacks}).", source
        )
        for each in conditions(case, before, on)
        if not each.met
    )


KINDS = {
    "phase.entered": Kind(
        "A phase of the programme begins",
        Keys(Entered, {"phase": text, "on": day}, {"phase": "Name a phase."}),
        _entered,
        _may_enter,
        _is_phase,
    ),
    "programme.done": Kind(
        "Something the programme asks for is done: an assessment, an agreement, a review",
        Keys(Done, {"thing": text, "on": day}, {"thing": "Name it by its path: assessments.mentalizing-profile."}),
        _done,
        fits=_is_thing,
    ),
    "treatment.ended": Kind(
        "Treatment ends",
        Keys(
            Ended,
            {"how": one_of("completed", "dropout", "transferred", "stopped by the service"), "on": day},
            {"how": "Say how it ended."},
        ),
        _ended,
    ),
}
