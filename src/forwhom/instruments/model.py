"""Instrument: a questionnaire or rating scale as data. Keys, ranges and norms; never the wording."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from forwhom.study.model import ReliabilityKind

Kind = Literal["sum", "mean", "weighted", "given"]
Direction = Literal["lower", "higher", "neither"]
Role = Literal["general", "clinical"]
Tag = Literal["V2", "V", "K"]


@dataclass(frozen=True, slots=True)
class Coding:
    """The numbers an answer may take: `low` to `high` in steps of `step`.

    Answers in another coding of the same form are brought to the instrument's own by their place between the
    two ends, so both must have the same number of steps.
    """

    low: float
    high: float
    step: float = 1.0
    name: str = ""

    @property
    def options(self) -> int:
        """How many different answers there are."""
        return round((self.high - self.low) / self.step) + 1


@dataclass(frozen=True, slots=True)
class Recode:
    """A table from answer to points for some items, applied instead of reversal."""

    items: tuple[int, ...]
    points: tuple[tuple[float, float], ...]
    """(answer, points) in rising order of the answer."""


@dataclass(frozen=True, slots=True)
class MissingRule:
    """What the manual says about unanswered items.

    most_missing : a score is formed when at most this many of its items are missing; 0 means complete only
    least_share : alternatively, when at least this share of its items is answered; None where `most_missing` rules
    rounded : a prorated sum is rounded to the nearest whole point, halves up; also before it becomes a mean
    words : the rule in a sentence, as it is printed beside the score
    published : False when no published rule is known, so that only complete answers are scored
    sources : ids of the sources of the rule
    """

    most_missing: int = 0
    least_share: float | None = None
    rounded: bool = False
    words: str = "Only complete answers are scored: no published rule for missing items is on file."
    published: bool = False
    sources: tuple[str, ...] = ()

    def needed(self, items: int) -> int:
        """How many of `items` must be answered.

        >>> MissingRule(most_missing=2).needed(9), MissingRule(least_share=0.8).needed(9)
        (7, 8)
        """
        if self.least_share is None:
            return max(items - self.most_missing, 1)
        exact = self.least_share * items
        return max(int(exact + 1 - 1e-9), 1)


@dataclass(frozen=True, slots=True)
class Subscale:
    """One score of an instrument: a total, a subscale, a facet, a domain.

    items : positions (1 is the first item) that enter; empty when the score is made of other scores
    of : names of the scores it is made of; empty when it is made of items
    kind : "given" when no item key is on file: the score is taken from the study as it is, never computed
    weights : of items or scores, in their order, for kind "weighted"
    multiply : the sum or mean is multiplied by this
    low, high, step : of the finished score; limits None only for a given score whose range no source gave, `step` None
        where scores are not evenly spaced
    recode : tables applied to some items in place of reversal
    """

    name: str
    label: str
    kind: Kind
    better: Direction
    low: float | None
    high: float | None
    step: float | None
    items: tuple[int, ...] = ()
    of: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()
    multiply: float = 1.0
    recode: tuple[Recode, ...] = ()
    missing: MissingRule = field(default_factory=MissingRule)


@dataclass(frozen=True, slots=True)
class Reliability:
    """A published reliability coefficient of one score, with the people it was found in."""

    score: str
    kind: ReliabilityKind
    value: float
    population: str
    sources: tuple[str, ...]
    n: int | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class Norm:
    """Mean and standard deviation of one score in a named population; `role` says functional or clinical."""

    score: str
    role: Role
    mean: float
    sd: float
    population: str
    sources: tuple[str, ...]
    n: int | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class Cutoff:
    """A published limit: a score of `value` or beyond it (in the worse direction) has the meaning.

    default : separates the functional from the dysfunctional population in the sense of clinically
        significant change; bands of severity are never default
    """

    score: str
    value: float
    meaning: str
    sources: tuple[str, ...]
    default: bool = False


@dataclass(frozen=True, slots=True)
class SafetyItem:
    """An item whose answer of `threshold` or more asks for a person's attention, whatever the score."""

    item: int
    threshold: float
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact was read. `tag`: V2 two independent sources agree, V one was read, K cited, not read."""

    id: str
    what: str
    where: str
    tag: Tag


@dataclass(frozen=True, slots=True)
class Instrument:
    """A questionnaire or rating scale: everything needed to score it and to read the score.

    k : number of items, answered in `coding`; 0 when no item key is on file
    codings : other codings in use, by name; `ask_coding` when files differ so much that the user must say which
    item_codings : items whose range differs from `coding`
    reverse : positions of reversed items: points are low + high - answer
    numberings : other ways to number the items, by name: for each position the number it carries there
    scores : in the order of the file; `default_score` is meant when a study names none
    """

    name: str
    label: str
    title: str
    k: int
    coding: Coding
    scores: dict[str, Subscale]
    key_sources: tuple[str, ...]
    sources: tuple[Source, ...]
    aliases: tuple[str, ...] = ()
    rater: str = "self"
    default_score: str | None = None
    codings: tuple[Coding, ...] = ()
    ask_coding: bool = False
    item_codings: dict[int, Coding] = field(default_factory=dict)
    reverse: tuple[int, ...] = ()
    numberings: dict[str, tuple[int, ...]] = field(default_factory=dict)
    reliability: tuple[Reliability, ...] = ()
    norms: tuple[Norm, ...] = ()
    cutoffs: tuple[Cutoff, ...] = ()
    safety: tuple[SafetyItem, ...] = ()
    cautions: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    licence: str = ""
    file: str = ""

    def coding_of(self, item: int) -> Coding:
        """The coding of one item by its position."""
        return self.item_codings.get(item, self.coding)

    def source(self, identifier: str) -> Source:
        """The source with this id."""
        return next(source for source in self.sources if source.id == identifier)
