"""Who of the team must still learn of what, and what stands in the way."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forwhom.programme.case.known import Known, advised
from forwhom.programme.case.team import HandOver, Item

if TYPE_CHECKING:
    from forwhom.programme.case.opened import Person
    from forwhom.programme.case.state import Case
    from forwhom.programme.model import Rule

AROSE = ("individual", "group", "outside")
"""Places where a problem arises, as guidance writes them."""


@dataclass(frozen=True, slots=True)
class Owed:
    """Something a person of the team must still be told.

    rule : the duty or the rule of guidance that asks for it
    told : whether the patient knows that it will be shared with this person, so that nothing stands in the way
    objects : the patient has objected
    """

    item: str
    to: str
    role: str
    rule: str
    source: str
    told: bool
    objects: bool


def owed(case: Case, now: dt.datetime | None = None) -> tuple[Owed, ...]:
    """Everything that must be shared and is not, by item; whoever wrote an item down knows of it.

    now : who has left by then is told nothing more; None asks of everybody
    """
    today = case.opened.day(now) if now is not None else None
    found: dict[tuple[str, str], Owed] = {}
    for item in case.team.items.values():
        for role, rule, source in _asked(case, item):
            for person in _with(case, role):
                if (today is not None and not person.there(today)) or person.id == item.by or person.id in item.shared:
                    continue
                told = item.told_for(person.id, person.roles)
                row = Owed(
                    item.id,
                    person.id,
                    role,
                    rule,
                    source,
                    told is not None,
                    told is not None and told.answer == "objects",
                )
                found.setdefault((item.id, person.id), row)
    return tuple(found.values())


def unread(case: Case) -> tuple[tuple[HandOver, tuple[str, ...]], ...]:
    """Hand-over notes with those who have not read them, oldest first."""
    rows = ((note, tuple(who for who in note.to if who not in note.read)) for note in case.team.notes.values())
    return tuple((note, who) for note, who in rows if who)


def _asked(case: Case, item: Item) -> list[tuple[str, str, str]]:
    """Roles that an item must reach: (role, rule, source)."""
    if case.programme is None:
        return []
    asked = [
        (role, f"duties.{duty.id}", str(duty.source or "ours"))
        for duty in case.programme.duties
        if duty.id == item.duty
        for role in duty.to
    ]
    if item.arose in AROSE:
        rules: dict[str, Rule] = {rule.id: rule for rule in case.programme.guidance}
        for fired in advised(case, {"problem.arose-in": Known(item.arose, "as it was noted")}).fired:
            asked += [
                (each.value, f"guidance.{fired.rule}", str(rules[fired.rule].source or "ours"))
                for each in fired.guide.then
                # A rule that always holds speaks of no item.
                if each.action == "share-with" and each.verb == "consider" and fired.guide.when is not None
            ]
    return asked


def _with(case: Case, role: str) -> list[Person]:
    """Everybody of the team with a role; "team" is all of them, the patient is not."""
    staff = [person for person in case.opened.people.values() if not person.is_patient]
    if role == "team":
        return staff
    return [person for person in staff if role in {each.replace(" ", "-") for each in person.roles} | set(person.roles)]
