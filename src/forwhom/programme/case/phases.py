"""Phases of the programme: where the case is, since when, and why it may not move on yet."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from forwhom.keyed import Keys, text
from forwhom.programme.case.kind import Kind
from forwhom.programme.case.log import Entry
from forwhom.programme.case.readers import day
from forwhom.programme.case.rows import Rows

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case


@dataclass(frozen=True, slots=True)
class Stay:
    """A phase that was entered: on which day, by which entry."""

    phase: str
    since: dt.date
    entry: str


@dataclass(frozen=True, slots=True)
class Phases:
    """Phases in the order they were entered.

    ended : day and reason of the end of treatment; None while it goes on
    """

    stays: Rows[Stay] = field(default_factory=Rows)
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


def _entered(case: Case, entry: Entry, said: Entered) -> Case:
    since = said.on or local_day(case, entry.at)
    return replace(case, phases=replace(case.phases, stays=case.phases.stays.plus(Stay(said.phase, since, entry.id))))


def _ended(case: Case, entry: Entry, said: Ended) -> Case:
    return replace(case, phases=replace(case.phases, ended=(said.on or local_day(case, entry.at), said.how)))


def local_day(case: Case, at: dt.datetime) -> dt.date:
    """The calendar day of a moment where the patient is treated."""
    return at.astimezone(case.opened.zone).date()


KINDS = {
    "phase.entered": Kind(
        "A phase of the programme begins",
        Keys(Entered, {"phase": text, "on": day}, {"phase": "Name a phase."}),
        _entered,
    ),
    "treatment.ended": Kind(
        "Treatment ends", Keys(Ended, {"how": text, "on": day}, {"how": "completed, dropout or transferred."}), _ended
    ),
}
