"""Entries of no topic: a note, taking an entry back, the reason of a deviation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from forwhom.keyed import Keys, text
from forwhom.problems import Problem, short
from forwhom.programme.case.kind import Kind
from forwhom.programme.case.log import Entry
from forwhom.programme.case.rows import Rows

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case


@dataclass(frozen=True, slots=True)
class Note:
    """A note for the team."""

    text: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """No data."""


def _unchanged(case: Case, entry: Entry, said: Any) -> Case:
    return case


@dataclass(frozen=True, slots=True)
class Explained:
    """Data of deviation.explained: which entry, and by which rule; the reason is the entry's `why`."""

    entry: str
    rule: str


def _explained(case: Case, entry: Entry, said: Explained) -> Case:
    rows = (
        replace(each, why=entry.why) if (each.entry, each.rule) == (said.entry, said.rule) and not each.why else each
        for each in case.deviations
    )
    return replace(case, deviations=Rows.of(rows))


def _there(case: Case, entry: Entry, said: Explained) -> tuple[Problem, ...]:
    problems = []
    if not any((each.entry, each.rule) == (said.entry, said.rule) for each in case.deviations):
        found = f"no deviation of {short(said.entry)} by {short(said.rule)}"
        problems.append(Problem("unknown-deviation", "Name one of `forwhom case show`.", None, None, "entry", found))
    if not entry.why:
        problems.append(Problem("no-reason", "Say why.", None, None, "why", "no reason is given"))
    return tuple(problems)


KINDS = {
    "deviation.explained": Kind(
        "Why something was done that a rule refuses, where the entry itself does not say it",
        Keys(Explained, {"entry": text, "rule": text}, {"entry": "Name the entry.", "rule": "Name the rule."}),
        _explained,
        fits=_there,
    ),
    "note.added": Kind("A note for the team", Keys(Note, {"text": text}, {"text": "Write the note."}), _unchanged),
    "entry.withdrawn": Kind("Takes an entry back; name it in `corrects`", Keys(Nothing, {}), _unchanged),
}
