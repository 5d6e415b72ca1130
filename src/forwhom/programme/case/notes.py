"""Entries of no topic: a note, and taking an entry back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forwhom.keyed import Keys, text
from forwhom.programme.case.kind import Kind
from forwhom.programme.case.log import Entry

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


KINDS = {
    "note.added": Kind("A note for the team", Keys(Note, {"text": text}, {"text": "Write the note."}), _unchanged),
    "entry.withdrawn": Kind("Takes an entry back; name it in `corrects`", Keys(Nothing, {}), _unchanged),
}
