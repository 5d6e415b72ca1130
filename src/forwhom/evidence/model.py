"""What the ledger is made of: published studies, what is claimed of them, and the words both are written in.

Every type is frozen. A value that the source does not state is absent (None, or an empty tuple); it is never a guess.
The parts of a study are in `evidence.study`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from forwhom.evidence.study import (
    Allegiance,
    Arm,
    Bias,
    Citation,
    Design,
    Duration,
    Extraction,
    Measure,
    Population,
    Printed,
    Result,
    ResultKind,
    Risk,
    Settled,
    Source,
    Stated,
    Study,
    Withdrawn,
)
from forwhom.evidence.vocabulary import Vocabulary

__all__ = [
    "Allegiance",
    "Arm",
    "Bias",
    "Cell",
    "Citation",
    "Claim",
    "Design",
    "Document",
    "Duration",
    "Extraction",
    "Grid",
    "Ledger",
    "Looked",
    "Measure",
    "Part",
    "Population",
    "Printed",
    "Result",
    "ResultKind",
    "Risk",
    "Search",
    "Settled",
    "Source",
    "Stated",
    "Study",
    "Withdrawn",
]


@dataclass(frozen=True, slots=True)
class Part:
    """A further part of a claim, such as the word "alone": in our own words, with the query that must find rows for it."""

    says: str
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a document says, in our own words, with the question to the ledger that tests it.

    query : filters, as in ``evidence.rows``
    by : what a count counts: study, sample, row, person
    expect : what the claim needs: ``count``, ``direction``, ``value`` with ``low`` and ``high`` …
    cites : studies it cites
    cause : what a causal claim names, where that is less than the treatment: a word of components, or in words
    each : a key of the query whose values the claim names one by one: every one is judged, and the least supported decides
    parts : what the claim says beside its query; a part without rows is named as not shown
    excludes : explanations that the claim says are ruled out, by name of the rule on causes
    needs : what it would take to check it, where the ledger cannot
    """

    id: str
    document: str
    place: str
    says: str
    kind: str
    line: int | None = None
    to: int | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    by: str = "study"
    expect: Mapping[str, str | float | int | bool | tuple[str, ...]] = field(default_factory=dict)
    cites: tuple[str, ...] = ()
    quantified: bool | None = None
    cause: str = ""
    each: str = ""
    parts: tuple[Part, ...] = ()
    excludes: tuple[str, ...] = ()
    needs: str = ""
    note: str = ""
    file: str = ""

    @property
    def source(self) -> Source:
        """Where the claim stands."""
        return Source(self.document, self.place, self.line, self.to)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a grid."""

    row: str
    column: str
    value: str | float | int | bool
    studies: tuple[str, ...] = ()
    note: str = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with named rows and columns: theory by package, components by treatment. A pair without a cell is not said.

    labels : how a reader sees a row or column that is no word of the vocabulary
    """

    id: str
    title: str
    kind: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[Cell, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    source: Source | None = None
    file: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """One source that was searched, and the file of its records where they were imported.

    count : records found; of an import those in the file
    file, digest, format : name, SHA-256 and format of the file
    incomplete : records without title, author or year
    duplicates, duplicate_of : records left out because they were there already, and as which study
    added : studies written as drafts
    """

    name: str
    terms: str
    date: dt.date | None = None
    count: int | None = None
    filters: str = ""
    file: str = ""
    digest: str = ""
    format: str = ""
    incomplete: int | None = None
    duplicates: int | None = None
    duplicate_of: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """A search that can be repeated: where, when, with which terms, how many."""

    id: str
    question: str
    sources: tuple[Looked, ...] = ()
    by: str = ""
    duplicates: int | None = None
    screened: int | None = None
    excluded: int | None = None
    included: int | None = None
    studies: tuple[str, ...] = ()
    source: Source | None = None
    note: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A paper whose statements are coded. `lines` is the length of its text, against which lines are checked."""

    id: str
    label: str
    authors: tuple[str, ...] = ()
    year: int | None = None
    title: str = ""
    journal: str = ""
    doi: str = ""
    text: str = ""
    lines: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Everything read from one or more folders. `digest` changes when any file changes.

    settled : those of claims files; a study has its own
    """

    studies: Mapping[str, Study]
    claims: Mapping[str, Claim]
    grids: Mapping[str, Grid]
    vocabulary: Vocabulary
    searches: Mapping[str, Search]
    documents: Mapping[str, Document]
    settled: tuple[Settled, ...]
    folders: tuple[Path, ...]
    digest: str

    @property
    def fingerprint(self) -> str:
        """The digest, as findings name it."""
        return self.digest
