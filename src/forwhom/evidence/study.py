"""A published study: its citation, design, people, arms, measures and results, each with its place.

Every type is frozen. A value that the source does not state is absent (None, or an empty tuple); it is never a guess.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from forwhom.evidence.vocabulary import Better

ResultKind = Literal[
    "events", "means", "effect", "association", "brain", "biomarker", "prediction", "process", "statement"
]
Risk = Literal["low", "some", "high", "not stated"]


class Printed(float):
    """A decimal number that remembers how it was printed: 3.30 has two decimals, 3.3 has one.

    >>> Printed("3.30").text, Printed("3.30") == 3.3
    ('3.30', True)
    """

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Printed:
        """Keep the text beside the value."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __reduce__(self) -> tuple[type[Printed], tuple[str]]:
        """For copies and other processes."""
        return Printed, (self.text,)

    def __repr__(self) -> str:
        """As printed."""
        return self.text


@dataclass(frozen=True, slots=True)
class Source:
    """Where something stands.

    document : id in documents.toml, e.g. ``"S1"``
    place : part of the document first, then where in it: ``"Results, fMRI, paragraph 4"``
    line : line of the document's text, counted from 1; `to` the last line when it goes on
    """

    document: str
    place: str
    line: int | None = None
    to: int | None = None

    @property
    def part(self) -> str:
        """The first word of `place`, lower case: abstract, methods, results, table, discussion …

        >>> Source("S1", "Results, fMRI, paragraph 4").part
        'results'
        """
        return self.place.split(",")[0].split(" ")[0].strip().lower()

    def __str__(self) -> str:
        """For a reader: document, place, line."""
        line = "" if self.line is None else f", line {self.line}" + (f"–{self.to}" if self.to else "")
        return f"{self.document}, {self.place}{line}"


@dataclass(frozen=True, slots=True)
class Citation:
    """The publication. `cited_as` is its label in a source document, e.g. ``{"S1": "17"}``.

    retracted : the record of a literature database says so; a study file says it in ``[withdrawn]``
    """

    authors: tuple[str, ...]
    year: int
    title: str
    kind: str = "article"
    journal: str = ""
    volume: str = ""
    pages: str = ""
    doi: str = ""
    pmid: str = ""
    url: str = ""
    cited_as: Mapping[str, str] = field(default_factory=dict)
    retracted: bool = False


@dataclass(frozen=True, slots=True)
class Design:
    """How the study was made. `assessments` in `unit` from the start of treatment; `occasions` is their number where the
    times are not told."""

    kind: str
    allocation: str = ""
    masked: str = ""
    screened: int | None = None
    randomised: int | None = None
    analysed: int | None = None
    analysis: str = ""
    registered: str = ""
    begun: dt.date | None = None
    ended: dt.date | None = None
    assessments: tuple[float, ...] = ()
    occasions: int | None = None
    unit: str = ""
    note: str = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Population:
    """Whom it is about. Disorders and dimensions are words of the vocabulary."""

    disorder: tuple[str, ...]
    sex: str = ""
    age_mean: float | None = None
    age_sd: float | None = None
    age_group: str = ""
    country: str = ""
    setting: str = ""
    medication: str = ""
    excluded: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    note: str = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time."""

    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Arm:
    """One group of people. `n` began (or were randomised), `analysed` were in the analysis."""

    id: str
    label: str
    role: str
    treatment: str = ""
    control: str = ""
    disorder: str = ""
    n: int | None = None
    analysed: int | None = None
    left: int | None = None
    format: tuple[str, ...] = ()
    setting: str = ""
    duration: Duration | None = None
    sessions: float | None = None
    per_week: float | None = None
    therapists: int | None = None
    developer: bool | None = None
    components: tuple[str, ...] = ()
    note: str = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """How an outcome was measured. `step` is the smallest step of one person's score (1 for a sum of whole items)."""

    id: str
    label: str
    instrument: str = ""
    domain: str = ""
    informant: str = ""
    better: Better | None = None
    unit: str = ""
    low: float | None = None
    high: float | None = None
    step: float | None = None
    occasions: tuple[float, ...] = ()
    note: str = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """One result as printed in one place. Which keys a kind may have is in `evidence.keys.RESULT_KEYS`.

    outcome : id of a measure of this study, or a word of the vocabulary of outcomes
    direction : for brain and biomarker, increase, decrease or none; association, positive, negative or none (sign of
        the correlation); prediction, higher, lower or none (level before treatment of those with the outcome);
        statement, better, worse, none, increase, decrease; process, as for brain
    scope : of whom in the arm: all, responders, non-responders …
    same_as : id of another row of this study that states the same result elsewhere
    computed : made here from printed numbers; the way is in `note`
    """

    id: str
    kind: ResultKind
    source: Source
    outcome: str = ""
    domain: str = ""
    arm: str = ""
    versus: str = ""
    time: float | None = None
    scope: str = ""
    better: Better | None = None
    printed: str = ""
    computed: bool = False
    same_as: str = ""
    significant: bool | None = None
    adjusted: str = ""
    note: str = ""
    n: int | None = None
    n_versus: int | None = None
    events: int | None = None
    percent: float | None = None
    mean: float | None = None
    sd: float | None = None
    statistic: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    level: float | None = None
    se: float | None = None
    df: float | None = None
    p: float | None = None
    direction: str = ""
    region: str = ""
    hemisphere: str = ""
    modality: str = ""
    seed: str = ""
    target: str = ""
    task: str = ""
    condition: str = ""
    contrast: str = ""
    marker: str = ""
    predictor: str = ""
    mediator: str = ""
    sessions: tuple[float, ...] = ()
    says: str = ""


@dataclass(frozen=True, slots=True)
class Stated:
    """The same fact of design, population, arm or measure, stated again elsewhere: ``what = "arms.dbt.n"``."""

    what: str
    value: str | float | int | bool | tuple[str, ...]
    source: Source
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bias:
    """Risk of bias by domain."""

    randomisation: Risk = "not stated"
    deviations: Risk = "not stated"
    missing: Risk = "not stated"
    measurement: Risk = "not stated"
    reporting: Risk = "not stated"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Allegiance:
    """Whether those who made a treatment made the study of it; None where nothing says so."""

    developer: bool | None = None
    note: str = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Extraction:
    """Who coded the file and when, what is quoted or computed, what the source leaves open."""

    by: str
    date: dt.date
    quoted: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """How a contradiction, named by its id, was settled."""

    contradiction: str
    how: str
    by: str
    date: dt.date


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A publication that was retracted. Its rows stay readable and count nowhere."""

    date: dt.date
    why: str
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Study:
    """One published study. Studies with the same `sample` share people.

    separate : samples that share nobody with its own, as a source says
    replaces : its own id, where it takes the place of the study of that id in a ledger read before
    """

    id: str
    sample: str
    citation: Citation
    design: Design
    population: Population
    arms: tuple[Arm, ...] = ()
    measures: tuple[Measure, ...] = ()
    results: tuple[Result, ...] = ()
    stated: tuple[Stated, ...] = ()
    bias: Bias | None = None
    allegiance: Allegiance | None = None
    extraction: Extraction | None = None
    settled: tuple[Settled, ...] = ()
    withdrawn: Withdrawn | None = None
    draft: bool = False
    replaces: str = ""
    separate: tuple[str, ...] = ()
    file: str = ""

    @property
    def counts(self) -> bool:
        """Whether its rows are counted and pooled: a draft and a withdrawn publication are not."""
        return not self.draft and self.withdrawn is None

    def arm(self, name: str) -> Arm | None:
        """The arm of this id."""
        return next((arm for arm in self.arms if arm.id == name), None)

    def measure(self, name: str) -> Measure | None:
        """The measure of this id."""
        return next((measure for measure in self.measures if measure.id == name), None)
