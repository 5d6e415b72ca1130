"""What case.toml said: entered in the log at each change, so that what was raised under it stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from forwhom.keyed import Found, Keys, Refused, date, flag, inside, mapping, number, one_of, rows, text, texts
from forwhom.problems import Problem
from forwhom.programme.case.kind import Kind
from forwhom.programme.case.log import Entry
from forwhom.programme.case.opened import Opened, Person
from forwhom.programme.case.rules import AlertRule

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case

CHANGED = "case.changed"


@dataclass(frozen=True, slots=True)
class Noted:
    """case.toml as it was entered last: its digest, the people and the alert rules that hold from then on.

    before : everybody of an earlier case.toml who is not there any more, as they were last
    """

    digest: str
    people: Mapping[str, Person]
    alerts: tuple[AlertRule, ...]
    before: Mapping[str, Person] = field(default_factory=dict)


def noted(digest: str, opened: Opened, rules: tuple[AlertRule, ...]) -> dict[str, Any]:
    """Data of case.changed. Names, and how people are reached, stay in case.toml."""
    people = {
        name: {"roles": list(each.roles)}
        | ({"from": each.since.isoformat()} if each.since else {})
        | ({"until": each.until.isoformat()} if each.until else {})
        for name, each in opened.people.items()
    }
    return {"digest": digest, "people": people, "alerts": [_plain(rule) for rule in rules]}


def in_force(case: Case) -> Case:
    """The case with the people and rules entered last; as case.toml has them where none were."""
    if case.noted is None:
        return case
    return replace(case, opened=then(case.noted, case.opened), rules=case.noted.alerts)


def then(said: Noted, opened: Opened) -> Opened:
    """The case as it was opened, with the people who were there when case.toml was entered."""
    people = {name: _joined(each, opened.people.get(name)) for name, each in said.people.items()}
    return replace(opened, people=people)


def ever(case: Case) -> dict[str, Person]:
    """Everybody who is or was of the case: what somebody did stays theirs after they have left."""
    noted = case.noted
    return {**noted.before, **noted.people, **case.opened.people} if noted is not None else dict(case.opened.people)


def edited(case: Case, digest: str) -> tuple[Problem, ...]:
    """A notice where case.toml, or an alert of the programme, is not what was entered in the log."""
    if case.noted is None:
        return ()
    do = "Look whether the change was meant; the next entry enters it in the log. What was raised before it stays."
    found = "case.toml was changed since it was last entered in the log"
    if case.noted.digest == digest:
        if [_plain(rule) for rule in case.noted.alerts] == [_plain(rule) for rule in case.rules]:
            return ()
        found = "the alerts that hold are not those entered in the log last: those of the programme have changed, or the entry was"
    return (Problem("case-changed", do, "case.toml", found=found, severity="notice"),)


def _joined(was: Person, now: Person | None) -> Person:
    return was if now is None else replace(was, name=now.name, reach=now.reach, hours=now.hours)


def _plain(rule: AlertRule) -> dict[str, Any]:
    made: dict[str, Any] = {"id": rule.id, "on": rule.on, "what": list(rule.what), "to": list(rule.names or rule.to)}
    made |= {"minutes": rule.within.total_seconds() / 60, "below": rule.below, "unanswered": rule.unanswered}
    return made | ({"threshold": rule.threshold} if rule.threshold is not None else {}) | {"clock": rule.clock}


def _rule(**values: Any) -> AlertRule:
    try:
        within = dt.timedelta(minutes=values.pop("minutes"))
    except OverflowError:
        raise Refused("wrong-value", "no length of time", "Write minutes.") from None
    return AlertRule(within=within, names=values["to"], **values)


def _day(value: Any, where: str, found: Found) -> dt.date:
    return date(dt.date.fromisoformat(value), where, found)


def _person(**values: Any) -> dict[str, Any]:
    return {"since": values.pop("from", None), **values}


def _noted(digest: str, people: Mapping[str, dict[str, Any]], alerts: tuple[AlertRule, ...] = ()) -> Noted:
    return Noted(digest, {name: Person(name, **each) for name, each in people.items() if each is not None}, alerts)


def _apply(case: Case, entry: Entry, said: Noted) -> Case:
    known = {**case.noted.before, **case.noted.people} if case.noted is not None else {}
    gone = {name: each for name, each in known.items() if name not in said.people}
    return replace(case, noted=replace(said, before=gone))


_PERSON = Keys(_person, {"roles": texts, "from": _day, "until": _day}, {"roles": "Name them."})
_RULE = Keys(
    _rule,
    {
        "id": text, "on": one_of("event", "missed", "item", "off-track"), "what": texts, "to": texts, "minutes": number,
        "threshold": number, "below": flag, "unanswered": flag, "clock": text,
    },
    {"id": "Name it.", "on": "Say on what.", "to": "Say to whom.", "minutes": "Say how soon."},
)  # fmt: skip
KINDS = {
    CHANGED: Kind(
        "What case.toml says of people and alerts; written by itself when case.toml was changed",
        Keys(
            _noted,
            {"digest": text, "people": mapping(inside(_PERSON)), "alerts": rows(_RULE)},
            {"digest": "SHA-256 of case.toml.", "people": "Who is there."},
        ),
        _apply,
        correctable=False,
    )
}
