"""What an assessment looks at, and what was marked: plain frozen types."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Points = Literal["hyperactivating", "deactivating", "mixed"]
Strategy = Literal["hyperactivating", "deactivating", "mixed", "undetermined"]
Seen = Literal["present", "absent", "not observed"]
Degree = Literal["none", "some", "marked", "not assessed"]
SEEN: tuple[Seen, ...] = ("present", "absent", "not observed")
DEGREES: tuple[Degree, ...] = ("none", "some", "marked", "not assessed")
SIDES: tuple[Points, ...] = ("hyperactivating", "deactivating", "mixed")


@dataclass(frozen=True, slots=True)
class Observation:
    """A fact that can be looked for.

    points_to : the strategy it speaks for; "mixed" for signs of going back and forth
    source : document and line, or "ours"
    """

    id: str
    says: str
    points_to: Points
    source: str


@dataclass(frozen=True, slots=True)
class Term:
    """A relationship, a feeling or an act, with its label."""

    id: str
    label: str
    source: str


@dataclass(frozen=True, slots=True)
class Impairment:
    """A way in which mentalizing fails; `mode` is true of the three modes that come before it."""

    id: str
    label: str
    says: str
    source: str
    mode: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the formulation; `summary` is true of the four of the problem summary."""

    id: str
    label: str
    says: str
    source: str
    summary: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """What the source does not say, and for what it would be needed."""

    what: str
    needed_for: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything the assessment of one programme looks at."""

    programme: str
    observations: tuple[Observation, ...]
    contexts: tuple[Term, ...]
    impairments: tuple[Impairment, ...]
    affects: tuple[Term, ...]
    acts: tuple[Term, ...]
    points: tuple[Point, ...]
    gaps: tuple[Gap, ...] = ()

    def label(self, part: str, name: str) -> str:
        """The label of an id of one of the parts, such as ``label("contexts", "partner")``; the id where it has none."""
        terms: Iterable[Term | Impairment | Point] = getattr(self, part)
        return next((term.label for term in terms if term.id == name), name)


@dataclass(frozen=True, slots=True)
class Mark:
    """One observer's mark for one observation on one day."""

    observation: str
    seen: Seen
    observer: str
    on: dt.date


@dataclass(frozen=True, slots=True)
class Rated:
    """One observer's degree of one impairment in one relationship on one day."""

    impairment: str
    context: str
    degree: Degree
    observer: str
    on: dt.date


@dataclass(frozen=True, slots=True)
class Episode:
    """Something that happened: what set it off, in which relationship, what was felt, seen and done.

    trigger : a few words, such as "being looked at"
    strategy : "hyperactivating", "deactivating", or "" where none was seen
    mode : an impairment that is a mode, or ""
    voice : whose account it is, "patient" or "therapist"
    """

    id: str
    trigger: str
    context: str
    on: dt.date | None = None
    affect: str = ""
    strategy: str = ""
    mode: str = ""
    act: str = "none"
    voice: str = "patient"
    observer: str = ""
