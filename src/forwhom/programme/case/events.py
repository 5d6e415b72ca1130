"""Events and scores of the live course, as they are recorded."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from forwhom.keyed import Found, Keys, Refused, number, text
from forwhom.problems import Problem, did_you_mean, listed, nearest, short
from forwhom.programme.case.event_kinds import KINDS as KNOWN
from forwhom.programme.case.event_kinds import grave, looks_severe, normal
from forwhom.programme.case.kind import Kind
from forwhom.programme.case.log import Entry
from forwhom.programme.case.readers import moment
from forwhom.programme.case.rows import Rows

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case

_LETTERS, _NUMBER = re.compile(r"[a-z]+"), re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Happened:
    """Data of event.happened.

    what : kind of event, one of `event_kinds.KINDS` or a word of the service, such as "self-harm"
    when : when it happened; None when that is not known
    told_by : who told of it; "" when not recorded
    severity : one of `event_kinds.MILD` where an event of no known kind is not to count as severe; any other word, such as "severe",
        makes every kind count so
    """

    what: str
    when: dt.datetime | None = None
    told_by: str = ""
    severity: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """Data of measure.scored.

    when : when it was answered
    score : of the scale; None when it could not be made
    items : by id; None for an item that was left unanswered. Ids only, never wording
    """

    scale: str
    when: dt.datetime
    score: float | None = None
    items: Mapping[str, float | None] = field(default_factory=dict)
    occasion: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """An event with the entry that tells it, and when that was recorded."""

    entry: str
    recorded: dt.datetime
    said: Happened


@dataclass(frozen=True, slots=True)
class Score:
    """A score with the entry that tells it."""

    entry: str
    recorded: dt.datetime
    said: Measured


@dataclass(frozen=True, slots=True)
class Events:
    """Events and scores in the order of the log."""

    happened: Rows[Event] = field(default_factory=Rows)
    scores: Rows[Score] = field(default_factory=Rows)

    def course(self, scale: str) -> tuple[Score, ...]:
        """The scores of one scale, by the time they were answered."""
        mine = (each for each in self.scores if each.said.scale == scale and each.said.score is not None)
        return tuple(sorted(mine, key=lambda each: each.said.when))


def _happened(case: Case, entry: Entry, said: Happened) -> Case:
    more = case.events.happened.plus(Event(entry.id, entry.at, said))
    return replace(case, events=replace(case.events, happened=more))


def _measured(case: Case, entry: Entry, said: Measured) -> Case:
    more = case.events.scores.plus(Score(entry.id, entry.at, said))
    return replace(case, events=replace(case.events, scores=more))


def _kind_known(case: Case, entry: Entry, said: Happened) -> tuple[Problem, ...]:
    if not said.what.strip():
        return (
            Problem(
                "no-kind", "Name the kind of event.", column="what", found="it is empty", possible=listed(KNOWN, 20)
            ),
        )
    own = [normal(each) for rule in case.rules if rule.on == "event" for each in rule.what]
    if normal(said.what) in (*KNOWN, *own):
        return _read_closely(said, own)
    counts = (
        "It counts as severe, to be safe; record it as one of the list, or with severity=mild where it is not."
        if grave(said.what, said.severity, own)
        else f"It counts as not severe, as severity={said.severity} says."
    )
    do = f"{did_you_mean(normal(said.what), KNOWN)}{counts}"
    found = f"{short(said.what)} is no known kind of event"
    return (Problem("unknown-event", do, column="what", found=found, possible=listed(KNOWN, 20), severity="notice"),)


def _read_closely(said: Happened, own: list[str]) -> tuple[Problem, ...]:
    """A notice where an event of a kind that is not severe has a note that reads as if it were, and nothing says how severe it is."""
    if said.severity or grave(said.what, own=own) or not looks_severe(said.note):
        return ()
    do = "Record it as what it is, or again with --corrects and severity=severe; severity=mild where it is not."
    found = f"the note reads as if it were severe, and {short(said.what)} alone is not"
    return (Problem("note-looks-severe", do, column="note", found=found, severity="notice"),)


def _risk_items(case: Case, entry: Entry, said: Measured) -> tuple[Problem, ...]:
    """Notices: items that a rule asks for and that are not there, and items whose id is nearly one of a rule."""
    asked = {normal(each): each for rule in case.rules if rule.on == "item" for each in rule.what}
    given = {normal(each) for each in said.items}
    before = {
        name
        for each in case.events.scores
        if normal(each.said.scale) == normal(said.scale)
        for name in map(normal, each.said.items)
    }
    told = []
    lacks = [name for key, name in asked.items() if key not in given and (key in before or _of_scale(key, said.scale))]
    if lacks:
        do = 'Record them with the score: items={"' + lacks[0] + '": 0}; null where left unanswered.'
        found = f"{short(said.scale)} without {', '.join(lacks)}, which would raise an alert"
        told.append(Problem("risk-item-missing", do, column="items", found=found, severity="notice"))
    for each in sorted(given - asked.keys()):
        near = nearest(each, asked)
        if near is not None and near not in given and _NUMBER.findall(each) == _NUMBER.findall(near):
            do = f"Did you mean '{asked[near]}'? As it is written it raises no alert."
            told.append(
                Problem("unknown-item", do, column="items", found=f"no rule is for {short(each)}", severity="notice")
            )
    return tuple(told)


def _of_scale(item: str, scale: str) -> bool:
    """Whether the id of an item begins as its scale does: bdi-9 and bdi2."""
    own, other = (_LETTERS.match(normal(each)) for each in (item, scale))
    return own is not None and other is not None and len(own[0]) > 1 and own[0] == other[0]


def _items(value: Any, where: str, found: Found) -> dict[str, float | None]:
    if not isinstance(value, Mapping):
        raise Refused("wrong-type", f"{short(value)} is no list of items", 'Write {"item id": 2, "another": null}.')
    return {str(key): None if each is None else number(each, where, found) for key, each in value.items()}


KINDS = {
    "event.happened": Kind(
        "Something happened: self-harm, an attempt, an admission …",
        Keys(
            Happened,
            {"what": text, "when": moment, "told_by": text, "severity": text, "note": text},
            {"what": "Name the kind of event."},
        ),
        _happened,
        fits=_kind_known,
    ),
    "measure.scored": Kind(
        "A scale was answered and scored",
        Keys(
            Measured,
            {"scale": text, "when": moment, "score": number, "items": _items, "occasion": text},
            {"scale": "Name the scale.", "when": "When it was answered."},
        ),
        _measured,
        fits=_risk_items,
    ),
}
