"""Rules that raise an alert: on what, to whom, until when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, cast

from forwhom.programme.case.event_kinds import normal

if TYPE_CHECKING:
    from forwhom.programme.case.opened import Opened
    from forwhom.programme.model import Alert, Programme

On = Literal["event", "missed", "item", "off-track"]


@dataclass(frozen=True, slots=True)
class AlertRule:
    """When an alert is raised, and who answers it.

    on, what : "event" with kinds of event, "crisis-began" or "emergency-contacted"; "missed" with formats of sessions; "item"
        with ids of items; "off-track" with scales. An empty `what` means any
    threshold : of an item, the value from which on it is raised (with `below`, down to which); of missed sessions, how many
        in a row
    unanswered : whether an item that was left unanswered raises it too
    to : the chain: ids of people, or roles; the next is told when the one before has not acknowledged in time
    within : time to acknowledge, for each of the chain
    clock : "" for real time, else id of opening hours
    source : where the rule comes from
    names : `to` as it was written, where `to` holds the people it stood for
    """

    id: str
    on: On
    to: tuple[str, ...]
    within: dt.timedelta
    what: tuple[str, ...] = ()
    threshold: float | None = None
    below: bool = False
    unanswered: bool = True
    clock: str = ""
    source: str = ""
    names: tuple[str, ...] = ()

    def meant(self, what: str) -> bool:
        """Whether it is a rule for this; capital letters, spaces and underscores make no difference."""
        return not self.what or normal(what) in {normal(each) for each in self.what}

    def crossed(self, value: float | None) -> bool:
        """Whether the value of an item raises it."""
        if value is None:
            return self.unanswered
        if self.threshold is None:
            return True
        return value <= self.threshold if self.below else value >= self.threshold


def alert_rules(programme: Programme | None, opened: Opened) -> tuple[AlertRule, ...]:
    """The rules of the programme and of case.toml, each with the people of its chain.

    A rule of case.toml takes the place of one of the programme with the same id: a service knows its responders.
    """
    own = {rule.id: rule for rule in opened.alerts}
    from_programme = (_of_programme(alert) for alert in (programme.alerts if programme is not None else ()))
    joined = {rule.id: rule for rule in from_programme} | own
    return tuple(replace(rule, to=chain(rule, opened), names=rule.to) for rule in joined.values())


UNSAID = dt.timedelta(hours=24)
"""Time to answer where neither the papers nor case.toml say one: ours, so that an alert cannot wait for ever."""


def _of_programme(alert: Alert) -> AlertRule:
    within = UNSAID if alert.within is None else dt.timedelta(hours=alert.within)
    return AlertRule(
        alert.id,
        cast("On", alert.on),
        alert.to,
        within,
        alert.what,
        alert.threshold,
        alert.below,
        source=str(alert.source or ""),
    )


def chain(rule: AlertRule, opened: Opened, on: dt.date | None = None) -> tuple[str, ...]:
    """The people who are told, one after the other; a role stands for everybody who has it. Never the patient.

    on : the day, to leave out who is not yet or no longer at work in the case; None for everybody
    """
    return people_of(rule.names or rule.to, opened, on)


def people_of(to: tuple[str, ...], opened: Opened, on: dt.date | None = None) -> tuple[str, ...]:
    """As `chain`, from people and roles."""
    names: list[str] = []
    for each in to:
        people = (opened.people[each],) if each in opened.people else opened.with_role(each)
        names += [person.id for person in people if not person.is_patient and (on is None or person.there(on))]
    return tuple(dict.fromkeys(names))
