"""case.toml: which programme, since when, in which zone, and who is there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from forwhom.programme.case.hours import Hours
from forwhom.programme.case.rules import AlertRule

PATIENT = "patient"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the case.

    id : as it stands in the log's `by`
    roles : "patient", or roles of the programme
    reach : how to reach them, as staff would write it
    hours : id of the opening hours that deadlines for this person run in, where the alert goes by opening hours; "" for those
        of the alert
    since, until : first and last day at work in this case; None for from its beginning, and for no end
    """

    id: str
    roles: tuple[str, ...]
    name: str = ""
    reach: str = ""
    hours: str = ""
    since: dt.date | None = None
    until: dt.date | None = None

    def there(self, on: dt.date) -> bool:
        """Whether the person is at work in the case on a day."""
        return (self.since is None or self.since <= on) and (self.until is None or on <= self.until)

    @property
    def is_patient(self) -> bool:
        """Whether this is the patient."""
        return PATIENT in self.roles


@dataclass(frozen=True, slots=True)
class Opened:
    """A case as it was opened.

    programme : id of a programme
    start : first day
    zone : where the patient is treated; days and opening hours are of this zone
    people : by id
    hours : opening hours by id
    alerts : rules of this case, beside those of the programme
    emergency : how help is reached at any hour; always shown, asked of nothing
    simulated : the patient does not exist; every page then says so
    """

    programme: str
    start: dt.date
    zone: ZoneInfo
    people: Mapping[str, Person]
    hours: Mapping[str, Hours] = field(default_factory=dict)
    alerts: tuple[AlertRule, ...] = ()
    emergency: tuple[str, ...] = ()
    simulated: bool = False

    def day(self, at: dt.datetime) -> dt.date:
        """The day of a moment where the patient is treated."""
        return at.astimezone(self.zone).date()

    def staff(self, name: str, at: dt.datetime) -> bool:
        """Whether somebody is of the staff, and at work in the case at a moment."""
        person = self.people.get(name)
        return person is not None and not person.is_patient and person.there(self.day(at))

    def with_role(self, role: str) -> tuple[Person, ...]:
        """Everybody who has a role, in the order of case.toml."""
        return tuple(person for person in self.people.values() if role in person.roles)


def stand_in(at: dt.datetime) -> Opened:
    """Takes the place of a case.toml that cannot be used, for as long; people and rules are those that the log was told last.

    at : when it is asked for; days are of UTC
    """
    return Opened("", at.astimezone(dt.UTC).date(), ZoneInfo("UTC"), {})
