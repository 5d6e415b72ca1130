"""How far each component is agreed on and attended, and who leads it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case
    from forwhom.programme.case.team import Agreed
    from forwhom.programme.model import Session as Planned

BOTH = "both-components"
"""The agreement to everything the programme asks for at once, as the shipped programme of MBT calls it."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """One component: a kind of session of the programme, or a format.

    agreed : None where the patient has not been asked
    missed : by the patient; not_offered : missed by therapist or service
    in_a_row : sessions the patient has missed since the last one held
    last : when the last session held began
    """

    component: str
    name: str
    required: bool
    agreed: bool | None
    held: int
    missed: int
    not_offered: int
    in_a_row: int
    last: dt.datetime | None

    @property
    def share(self) -> float | None:
        """Sessions held of those held or missed by the patient; None before the first."""
        offered = self.held + self.missed
        return self.held / offered if offered else None


def attendance(case: Case) -> tuple[Attendance, ...]:
    """Every component: the formats that the programme cannot do without, then others that took place.

    Sessions count by when they began, whatever the order of the log.
    """
    required: list[str] = []
    if case.programme is not None:
        required = list(dict.fromkeys(each.format for each in case.programme.sessions if each.required and each.format))
    others = {each.format for each in case.sessions.done} - set(required)
    return tuple(_of(case, name) for name in (*required, *sorted(others)))


def planned(case: Case, name: str) -> Planned | None:
    """The kind of session of the programme that a recorded format stands for, by id, else by format."""
    there = case.programme.sessions if case.programme is not None else ()
    by_format = (each for each in there if each.format == name and each.required)
    return next((each for each in there if each.id == name), next(by_format, None))


def only_leader(case: Case, format_: str, at: dt.datetime) -> str:
    """The only one at work at a moment with the role that leads sessions of a format; "" where there are several or none."""
    kind = planned(case, format_)
    roles = set(kind.led_by) if kind is not None else set()
    day = case.opened.day(at)
    people = [each.id for each in case.opened.people.values() if roles & set(each.roles) and each.there(day)]
    return people[0] if len(people) == 1 else ""


def agreement(case: Case, component: str) -> Agreed | None:
    """The newest word on a component: on itself, on its format, or on everything required at once."""
    kind = planned(case, component)
    names = [component, *([kind.format] if kind is not None else []), *([BOTH] if kind and kind.required else [])]
    return next((said for name in names if (said := case.team.agreement(name)) is not None), None)


def _of(case: Case, component: str) -> Attendance:
    mine = sorted((each for each in case.sessions.done if each.format == component), key=lambda each: each.started)
    held = [each for each in mine if not each.missed_by]
    in_a_row = 0
    for each in reversed(mine):
        if not each.missed_by:
            break
        in_a_row += each.missed_by == "patient"
    kind, agreed = planned(case, component), agreement(case, component)
    by_patient = sum(each.missed_by == "patient" for each in mine)
    return Attendance(
        component,
        kind.name if kind is not None and kind.id == component else component.replace("-", " ").capitalize(),
        kind is not None and kind.required,
        None if agreed is None else agreed.agreed,
        len(held),
        by_patient,
        len(mine) - len(held) - by_patient,
        in_a_row,
        held[-1].started if held else None,
    )
