"""Reading case.toml: every problem at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from forwhom.keyed import Found, Keys, Refused, date, flag, inside, mapping, number, one_of, rows, text, texts, unique
from forwhom.problems import Problem, did_you_mean, listed, short
from forwhom.programme.case.crisis_plan import not_blank
from forwhom.programme.case.event_kinds import FROM_LOG, SEVERE, raises
from forwhom.programme.case.hours import DAYS, Hours
from forwhom.programme.case.opened import PATIENT, Opened, Person
from forwhom.programme.case.readers import span
from forwhom.programme.case.rules import AlertRule, alert_rules, chain
from forwhom.programme.model import Programme

CASE = "case.toml"
SEE = "what `forwhom case new` writes"


def read_opened(table: Mapping[str, Any], file: str = CASE) -> tuple[Opened | None, tuple[Problem, ...]]:
    """The case as it was opened, from the parsed case.toml; None when it cannot be used."""
    found = Found(file, see=SEE)
    made = _CASE.build(table, "", found)
    opened = made.opened() if made is not None else None
    if opened is not None and made is not None:
        unique((rule.id for rule in opened.alerts), "[[alerts]]", found)
        _names(opened, found)
    return opened, tuple(found.problems)


def opened_problems(opened: Opened, programme: Programme | None, file: str = CASE) -> tuple[Problem, ...]:
    """What does not hold together: rules without a responder, roles nobody has, hours that never open, no way to help."""
    found = Found(file, see=SEE)
    rules = alert_rules(programme, opened)
    own = {rule.id for rule in opened.alerts}
    for rule in rules:
        at = f"[[alerts]] {rule.id}" if rule.id in own else f"alert {rule.id} of the programme"
        if not rule.to:
            do = f'Give somebody a role that it names, or write [[alerts]] with id = "{rule.id}" and to = ["a person"].'
            found.add("no-responder", at, "an alert without anybody who answers it", do, listed(_staff(opened)))
        if rule.clock and rule.clock not in opened.hours:
            hint = did_you_mean(rule.clock, opened.hours)
            found.add(
                "unknown-hours", f"{at} clock", f"no hours {short(rule.clock)}", f"{hint}Write [hours.{rule.clock}]."
            )
    for rule in opened.alerts:
        for each in rule.to:
            if not chain(AlertRule(rule.id, rule.on, (each,), rule.within), opened):
                hint = did_you_mean(each, opened.people)
                patient = each in opened.people or each == PATIENT
                hint, what = ("", "the patient") if patient else (hint, "nobody of the case")
                do = f"{hint}Name somebody of the staff, or a role that somebody has."
                found.add(
                    "no-responder", f"[[alerts]] {rule.id} to", f"{short(each)} is {what}", do, listed(_staff(opened))
                )
    for person in opened.people.values():
        if person.hours and person.hours not in opened.hours:
            do = f"{did_you_mean(person.hours, opened.hours)}Write [hours.{person.hours}]."
            found.add("unknown-hours", f"[people.{person.id}] hours", f"no hours {short(person.hours)}", do)
    for name, hours in opened.hours.items():
        if not hours.week:
            found.add("never-open", f"[hours.{name}]", "no day has hours", 'Write monday = ["09:00-17:00"].')
    _told_to_nobody(rules, found)
    if not not_blank(opened.emergency):
        do = 'Write emergency = ["…"]: how the patient reaches help at any hour.'
        found.add("no-emergency", "emergency", "nothing says how help is reached at any hour", do)
    if not opened.with_role(PATIENT):
        found.add("no-patient", "people", "nobody has the role of the patient", f'Write roles = ["{PATIENT}"] for one.')
    if programme is not None:
        known = {PATIENT, *(role.id for role in programme.roles)}
        # Where the papers name no roles of staff, the service names its own.
        for person in opened.people.values() if known != {PATIENT} else ():
            for role in sorted(set(person.roles) - known):
                do = f"{did_you_mean(role, known)}Name a role of the programme."
                found.problems.append(
                    Problem(
                        "unknown-role",
                        do,
                        file,
                        None,
                        f"[people.{person.id}]",
                        f"{short(role)} is no role of the programme",
                        listed(sorted(known)),
                        severity="notice",
                    )
                )
    return tuple(found.problems)


def _told_to_nobody(rules: tuple[AlertRule, ...], found: Found) -> None:
    """What no alert would tell anybody of. A notice: a service may have its own way, but a silent case is to say so."""
    events = [rule for rule in rules if rule.on == "event"]
    file = found.file
    if not events:
        do = 'Write [[alerts]] with on = "event", who answers and how soon; `forwhom case new` writes a pattern.'
        says = "no alert of the programme or of case.toml tells anybody of a severe event"
        found.problems.append(Problem("no-alert", do, file, None, "[[alerts]]", says, severity="notice"))
    else:
        quiet = [each for each in (*SEVERE, *FROM_LOG) if not any(raises(rule, each) for rule in events)]
        if quiet:
            do = "Add them to `what` of an alert, unless somebody is told in another way."
            says = f"no alert is raised by {', '.join(quiet)}"
            found.problems.append(Problem("kinds-without-alert", do, file, None, "[[alerts]]", says, severity="notice"))
    if not any(rule.on == "item" for rule in rules):
        do = 'Write [[alerts]] with on = "item", the ids of the items, a threshold, and who answers.'
        says = "no alert is raised by an item of a questionnaire"
        found.problems.append(Problem("no-item-alert", do, file, None, "[[alerts]]", says, severity="notice"))


def _staff(opened: Opened) -> list[str]:
    return [person.id for person in opened.people.values() if not person.is_patient]


def _names(opened: Opened, found: Found) -> None:
    for name in opened.people:
        if "/" in name or not name.strip():
            found.add("wrong-id", f"[people.{name}]", f"{short(name)} cannot name a person", "Leave the slash out.")
    for rule in opened.alerts:
        if "/" in rule.id or not rule.id.strip():
            found.add(
                "wrong-id", f"[[alerts]] {rule.id}", f"{short(rule.id)} cannot name a rule", "Leave the slash out."
            )


@dataclass(frozen=True, slots=True)
class _Person:
    roles: tuple[str, ...]
    name: str = ""
    reach: str = ""
    hours: str = ""
    since: dt.date | None = None
    until: dt.date | None = None


def _person(**values: Any) -> _Person:
    # `from` is a word of Python.
    return _Person(since=values.pop("from", None), **values)


@dataclass(frozen=True, slots=True)
class _Case:
    programme: str
    start: dt.date
    zone: ZoneInfo
    people: Mapping[str, _Person]
    hours: Mapping[str, Hours] = field(default_factory=dict)
    alerts: tuple[AlertRule, ...] = ()
    emergency: tuple[str, ...] = ()
    simulated: bool = False

    def opened(self) -> Opened:
        people = {
            name: Person(name, each.roles, each.name, each.reach, each.hours, each.since, each.until)
            for name, each in self.people.items()
            if each is not None
        }
        hours = {name: each for name, each in self.hours.items() if each is not None}
        return Opened(self.programme, self.start, self.zone, people, hours, self.alerts, self.emergency, self.simulated)


def _zone(value: Any, where: str, found: Found) -> ZoneInfo:
    name = text(value, where, found)
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise Refused("unknown-zone", f"{short(name)} is no time zone", "Write such as Europe/London.") from None


def _day(value: Any, where: str, found: Found) -> tuple[tuple[dt.time, dt.time], ...]:
    return tuple(_span(each) for each in texts(value, where, found))


def _span(value: str) -> tuple[dt.time, dt.time]:
    start, _, end = value.partition("-")
    try:
        begins = dt.time.fromisoformat(start.strip())
        ends = dt.time.fromisoformat("00:00" if end.strip() == "24:00" else end.strip())
    except ValueError:
        raise Refused("wrong-hours", f"{short(value)} are no hours", 'Write "09:00-17:00".') from None
    if begins.tzinfo or ends.tzinfo or (begins >= ends and ends != dt.time(0)):
        raise Refused(
            "wrong-hours", f"{short(value)} ends before it begins", "Write two spans for hours over midnight."
        )
    return begins, ends


def _dates(value: Any, where: str, found: Found) -> frozenset[dt.date]:
    if not isinstance(value, list):
        raise Refused("wrong-type", f"{short(value)} is not a list of days", "Write [2026-12-25, 2026-12-26].")
    return frozenset(date(each, where, found) for each in value)


def _hours(
    closed: frozenset[dt.date] = frozenset(), zone: ZoneInfo | None = None, **week: tuple[tuple[dt.time, dt.time], ...]
) -> Hours:
    return Hours({day: tuple(sorted(spans)) for day, spans in week.items() if spans}, closed, zone)


_HOURS = Keys(_hours, {**dict.fromkeys(DAYS, _day), "closed": _dates, "zone": _zone})
_PERSON = Keys(
    _person,
    {"roles": texts, "name": text, "reach": text, "hours": text, "from": date, "until": date},
    {"roles": f'Write "{PATIENT}", or roles of the programme.'},
)
_ALERT = Keys(
    AlertRule,
    {
        "id": text,
        "on": one_of("event", "missed", "item", "off-track"),
        "what": texts,
        "threshold": number,
        "below": flag,
        "unanswered": flag,
        "to": texts,
        "within": span,
        "clock": text,
        "source": text,
    },
    {
        "id": "Give the rule an id.",
        "on": "event, missed, item or off-track.",
        "to": "Name who answers it: people or roles, in order.",
        "within": 'Say how soon: "2 h".',
    },
)
_CASE = Keys(
    _Case,
    {
        "programme": text,
        "start": date,
        "zone": _zone,
        "emergency": texts,
        "simulated": flag,
        "people": mapping(inside(_PERSON)),
        "hours": mapping(inside(_HOURS)),
        "alerts": rows(_ALERT),
    },
    {
        "programme": "Name a programme, such as mbt.",
        "start": "Write the first day: 2026-03-02.",
        "zone": "Write where the patient is treated: Europe/London.",
        "people": "Write [people.anna] with roles for everybody.",
    },
)
