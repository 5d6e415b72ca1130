"""How far each component is agreed on and attended."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case


BOTH = "both-components"
"""The agreement to everything the programme asks for at once, as the shipped programme of MBT calls it."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """One component of the programme.

    agreed : None where the patient has not been asked
    missed : by the patient; not_offered : missed by therapist or service
    in_a_row : sessions the patient has missed since the last one held
    last : when the last session held began
    """

    component: str
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
    """Every component: those the programme asks for, then others that took place, in alphabetical order.

    Sessions count by when they began, whatever the order of the log.
    """
    required: list[str] = []
    if case.programme is not None:
        required = list(dict.fromkeys(each.format for each in case.programme.sessions if each.required and each.format))
    others = {each.format for each in case.sessions.done} | set(case.team.agreed)
    return tuple(_of(case, name, name in required) for name in (*required, *sorted(others - set(required))))


def _of(case: Case, component: str, required: bool) -> Attendance:
    mine = sorted((each for each in case.sessions.done if each.format == component), key=lambda each: each.started)
    held = [each for each in mine if not each.missed_by]
    in_a_row = 0
    for each in reversed(mine):
        if not each.missed_by:
            break
        in_a_row += each.missed_by == "patient"
    both = case.team.agreement(BOTH) if required else None
    agreed = case.team.agreement(component) or both
    by_patient = sum(each.missed_by == "patient" for each in mine)
    return Attendance(
        component,
        required,
        None if agreed is None else agreed.agreed,
        len(held),
        by_patient,
        len(mine) - len(held) - by_patient,
        in_a_row,
        held[-1].started if held else None,
    )
