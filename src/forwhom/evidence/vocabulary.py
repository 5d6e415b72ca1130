"""The words the ledger is written in: regions with what they are part of, treatments with who made them, synonyms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Better = Literal["lower", "higher", "neither"]


@dataclass(frozen=True, slots=True)
class Term:
    """One word of the vocabulary.

    parents : broader terms of the same set
    form_of : of a treatment: the package it is a form of (setting, length), rather than a part
    mechanisms : of a treatment: by what it works, as its theory has it
    whole : of a region: maps count its parts at it, too
    measures : of a mechanism: outcomes that measure it; of an instrument: the outcome that its scores are, the first of several
    """

    id: str
    label: str
    parents: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    developers: tuple[str, ...] = ()
    better: Better | None = None
    form_of: str = ""
    mechanisms: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    note: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Sets of terms (regions, tasks, treatments …) by name, each by id."""

    sets: Mapping[str, Mapping[str, Term]]
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    _asked: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)

    def find(self, kind: str, word: str) -> str | None:
        """The id of a term by id, label or synonym, whatever the case."""
        return self.names.get(kind, {}).get(plain(word))

    def broader(self, kind: str, word: str) -> tuple[str, ...]:
        """The term itself, then everything it is part of."""
        known = self._asked.get((kind, word))
        if known is None:
            known = self._asked[(kind, word)] = self._climb(kind, word)
        return known

    def _climb(self, kind: str, word: str) -> tuple[str, ...]:
        terms = self.sets.get(kind, {})
        found: dict[str, None] = {}
        open_ = [word]
        while open_:
            each = open_.pop(0)
            if each in found:
                continue
            found[each] = None
            if each in terms:
                open_ += terms[each].parents
        return tuple(found)

    def label(self, kind: str, word: str) -> str:
        """How a reader should see it."""
        term = self.sets.get(kind, {}).get(word)
        return term.label if term else word


def plain(word: str) -> str:
    """A word without case, hyphens and doubled spaces.

    >>> plain("Anterior  cingulate-Cortex")
    'anterior cingulate cortex'
    """
    return " ".join(word.replace("-", " ").replace("_", " ").casefold().split())
