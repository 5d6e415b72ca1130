"""The team: what is agreed, what must be shared, what the patient was told before, who was told, what was handed over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from forwhom.keyed import Keys, flag, one_of, text, texts
from forwhom.problems import Problem, did_you_mean, listed, short
from forwhom.programme.case.kind import Kind, Refusal, said_of_mbt
from forwhom.programme.case.log import Entry
from forwhom.programme.case.rows import Rows

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case

Answer = Literal["agrees", "unsure", "objects"]
ANSWERS: tuple[Answer, ...] = ("agrees", "unsure", "objects")


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the patient says to one component of the programme."""

    component: str
    agreed: bool
    worries: str
    at: dt.datetime
    entry: str


@dataclass(frozen=True, slots=True)
class Told:
    """The patient was told that something will be shared, and what they said to it."""

    to: tuple[str, ...]
    answer: Answer
    wish: str
    at: dt.datetime
    by: str
    entry: str


@dataclass(frozen=True, slots=True)
class Item:
    """Something one of the team knows that others may need.

    arose : where it came up: individual, group, assessment …
    duty : id of the duty of the programme it falls under, or ""
    told : every time the patient was told that it will be shared
    shared : whom it was shared with, and when
    """

    id: str
    text: str
    arose: str
    duty: str
    at: dt.datetime
    by: str
    told: Rows[Told] = field(default_factory=Rows)
    shared: Mapping[str, dt.datetime] = field(default_factory=dict)

    def objected(self) -> tuple[Told, ...]:
        """Every time the patient objected, whatever they said later."""
        return tuple(each for each in self.told if each.answer == "objects")

    def told_for(self, person: str, roles: tuple[str, ...]) -> Told | None:
        """The newest disclosure that covers a person, by id or role."""
        covers = {person, *roles}
        return next((each for each in reversed(tuple(self.told)) if covers & set(each.to)), None)


@dataclass(frozen=True, slots=True)
class HandOver:
    """A note from one of the team to others, with the items it passes on."""

    to: tuple[str, ...]
    text: str
    items: tuple[str, ...]
    about: str
    at: dt.datetime
    by: str
    entry: str
    read: Mapping[str, dt.datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Team:
    """Agreements by component, items by id, hand-over notes by the entry that made them."""

    agreed: Mapping[str, Rows[Agreed]] = field(default_factory=dict)
    items: Mapping[str, Item] = field(default_factory=dict)
    notes: Mapping[str, HandOver] = field(default_factory=dict)

    def agreement(self, component: str) -> Agreed | None:
        """The newest word of the patient on a component."""
        rows = self.agreed.get(component)
        return rows[-1] if rows else None


@dataclass(frozen=True, slots=True)
class Agree:
    """Data of team.agreed."""

    component: str
    agreed: bool
    worries: str = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """Data of team.item."""

    item: str
    text: str
    arose: str = ""
    duty: str = ""


@dataclass(frozen=True, slots=True)
class Disclosed:
    """Data of team.patient-told."""

    items: tuple[str, ...]
    to: tuple[str, ...]
    answer: Answer
    wish: str = ""


@dataclass(frozen=True, slots=True)
class Shared:
    """Data of team.shared."""

    items: tuple[str, ...]
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Data of team.handed-over."""

    to: tuple[str, ...]
    text: str
    items: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True, slots=True)
class ReadIt:
    """Data of team.note-read."""

    note: str


def _with_items(case: Case, items: Mapping[str, Item]) -> Case:
    return replace(case, team=replace(case.team, items={**case.team.items, **items}))


def _agree(case: Case, entry: Entry, said: Agree) -> Case:
    made = Agreed(said.component, said.agreed, said.worries, entry.at, entry.id)
    before = case.team.agreed.get(said.component, Rows[Agreed]())
    return replace(case, team=replace(case.team, agreed={**case.team.agreed, said.component: before.plus(made)}))


def _note(case: Case, entry: Entry, said: Noted) -> Case:
    return _with_items(case, {said.item: Item(said.item, said.text, said.arose, said.duty, entry.at, entry.by)})


def _disclosed(case: Case, entry: Entry, said: Disclosed) -> Case:
    told = Told(said.to, said.answer, said.wish, entry.at, entry.by, entry.id)
    items = {name: case.team.items[name] for name in said.items}
    return _with_items(case, {name: replace(item, told=item.told.plus(told)) for name, item in items.items()})


def _share(case: Case, entry: Entry, said: Shared | HandedOver) -> Case:
    people = dict.fromkeys(said.to, entry.at)
    items = {name: case.team.items[name] for name in said.items}
    # Who knew first keeps the first time.
    return _with_items(case, {name: replace(item, shared={**people, **item.shared}) for name, item in items.items()})


def _hand_over(case: Case, entry: Entry, said: HandedOver) -> Case:
    note = HandOver(said.to, said.text, said.items, said.about, entry.at, entry.by, entry.id)
    case = _share(case, entry, said)
    return replace(case, team=replace(case.team, notes={**case.team.notes, entry.id: note}))


def _read(case: Case, entry: Entry, said: ReadIt) -> Case:
    note = case.team.notes[said.note]
    note = replace(note, read={entry.by: entry.at, **note.read})
    return replace(case, team=replace(case.team, notes={**case.team.notes, said.note: note}))


def _tell_first(case: Case, entry: Entry, said: Shared | HandedOver) -> tuple[Refusal, ...]:
    """Nothing is passed on before the patient was told that it will be, and to whom."""
    secret, against = [], []
    for name in said.items:
        for person in said.to:
            who = case.opened.people.get(person)
            told = case.team.items[name].told_for(person, who.roles if who else ())
            if told is None:
                secret.append(f"{name} with {person}")
            elif told.answer == "objects":
                against.append(f"{name} with {person}")
    refused = []
    if secret:
        says = f"The patient has not been told that this is shared: {listed(secret)}."
        refused.append(
            Refusal(
                "team.tell-first",
                says,
                said_of_mbt(case.programme, "S2 line 252"),
                "Tell the patient, and record team.patient-told.",
            )
        )
    if against:
        says = f"The patient objects: {listed(against)}."
        instead = "Ask the patient what they would like, and record it; or overrule with a reason."
        refused.append(Refusal("team.patient-objects", says, "our rule", instead))
    return tuple(refused)


def _fits_items(case: Case, entry: Entry, said: Any) -> tuple[Problem, ...]:
    there = case.team.items
    found = [
        Problem(
            "unknown-item",
            f"{did_you_mean(name, there)}Record team.item first.",
            column="items",
            found=f"there is no item {short(name)}",
            possible=listed(there),
        )
        for name in said.items
        if name not in there
    ]
    if isinstance(said, HandedOver) and not said.items:
        found += _against_the_word(case, said)
    roles = {role for person in case.opened.people.values() for role in person.roles}
    return (*found, *_strangers(case, said.to, roles if isinstance(said, Disclosed) else set()))


def _against_the_word(case: Case, said: HandedOver) -> list[Problem]:
    """A note of free text is held against nothing; that the patient objects to something is said."""
    found = []
    for item in case.team.items.values():
        for name in said.to:
            person = case.opened.people.get(name)
            told = item.told_for(name, person.roles if person is not None else ())
            if told is not None and told.answer == "objects":
                found.append(f"{short(item.id)} being shared with {name}")
    if not found:
        return []
    do = "Read the note again: nothing of this may be in it. Name what it passes on in items, and it is held against the patient's word."
    says = f"the note names no items, and the patient objects to {listed(found)}"
    return [Problem("objected", do, column="text", found=says, severity="notice")]


def _strangers(case: Case, people: tuple[str, ...], roles: set[str]) -> list[Problem]:
    return [
        Problem(
            "unknown-person",
            f"{did_you_mean(name, case.opened.people)}Add the person to case.toml.",
            column="to",
            found=f"{short(name)} is nobody of the case",
            possible=listed(case.opened.people),
        )
        for name in people
        if name not in case.opened.people and name not in roles
    ]


def _fits_new(case: Case, entry: Entry, said: Noted) -> tuple[Problem, ...]:
    if said.item not in case.team.items:
        return ()
    do = "Give it another id, or correct the entry that made it."
    return (Problem("duplicate-id", do, column="item", found=f"there is an item {short(said.item)} already"),)


def _fits_note(case: Case, entry: Entry, said: ReadIt) -> tuple[Problem, ...]:
    if said.note in case.team.notes:
        return ()
    found = f"there is no hand-over note {short(said.note)}"
    return (
        Problem(
            "unknown-note", "Name the entry that made it.", column="note", found=found, possible=listed(case.team.notes)
        ),
    )


_ITEMS = {"items": "Name the items.", "to": "Name who is to know."}
KINDS = {
    "team.agreed": Kind(
        "Whether the patient agrees to a component of the programme, and what worries them",
        Keys(
            Agree,
            {"component": text, "agreed": flag, "worries": text},
            {"component": "individual, group, or as the programme names it.", "agreed": "true or false."},
        ),
        _agree,
    ),
    "team.item": Kind(
        "Something others of the team may need to know",
        Keys(
            Noted,
            {"item": text, "text": text, "arose": text, "duty": text},
            {"item": "Give it a short id.", "text": "Write it."},
        ),
        _note,
        fits=_fits_new,
    ),
    "team.patient-told": Kind(
        "The patient was told what will be shared with whom, and what they said",
        Keys(
            Disclosed,
            {"items": texts, "to": texts, "answer": one_of(*ANSWERS), "wish": text},
            {**_ITEMS, "answer": "agrees, unsure or objects."},
        ),
        _disclosed,
        fits=_fits_items,
    ),
    "team.shared": Kind(
        "Something was shared with others of the team; refused before the patient was told",
        Keys(Shared, {"items": texts, "to": texts}, _ITEMS),
        _share,
        _tell_first,
        _fits_items,
    ),
    "team.handed-over": Kind(
        "A hand-over note; its items are refused before the patient was told",
        Keys(
            HandedOver,
            {"to": texts, "text": text, "items": texts, "about": text},
            {"to": "Name who takes over.", "text": "Write the note."},
        ),
        _hand_over,
        _tell_first,
        _fits_items,
    ),
    "team.note-read": Kind(
        "Somebody has read a hand-over note",
        Keys(ReadIt, {"note": text}, {"note": "Name the entry that made the note."}),
        _read,
        fits=_fits_note,
    ),
}
