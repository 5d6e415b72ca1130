"""Kinds of dimensional profiles: of the sample, and of one person."""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.findings.kinds.common import Interval, Number
from forwhom.findings.kinds.one_person import ProfileRow


@dataclass(frozen=True, slots=True)
class DimensionChange:
    """Mean change since the baseline in one arm, of the people seen at both; no comparison of arms."""

    occasion: str
    arm: str
    n: int
    change: Interval


@dataclass(frozen=True, slots=True)
class DimensionRow:
    """One dimension of a model, as one scale of the study tells it.

    model : "ICD-11" or "AMPD (DSM-5)"; kind : "severity" or "trait"; label : the scale, with who rated it
    own : False when the scale was made for the other model; source : of this mapping
    mean : at baseline, with its interval; quartiles : lower, median, upper
    sem : standard error of measurement of one score; None where no reliability is known
    t : the mean as T score with its interval, None without norms; norm_mean : of the general population; norm : which
    beyond : (published limit, its meaning, share of people at or beyond it)
    worse : "higher" or "lower"
    """

    model: str
    dimension: str
    kind: str
    scale: str
    label: str
    informant: str
    own: bool
    source: str
    n: int
    mean: Interval
    sd: Number
    quartiles: tuple[float, float, float]
    low: Number
    high: Number
    sem: Number
    t: Interval | None
    norm_mean: Number
    norm: str
    worse: str
    beyond: tuple[tuple[float, str, Interval], ...]
    changes: tuple[DimensionChange, ...]


@dataclass(frozen=True, slots=True)
class DimensionalProfileDetail:
    """The sample's profile at baseline, and change after it."""

    rows: tuple[DimensionRow, ...]


@dataclass(frozen=True, slots=True)
class PersonDimension:
    """One dimension of one person: the score at the start as in the profile, T score with the limits error leaves, last score.

    last : the last score with its limits, None where there is no later one; last_when : in words
    """

    model: str
    dimension: str
    kind: str
    own: bool
    row: ProfileRow
    t: Interval | None
    last: Interval | None
    last_when: str


@dataclass(frozen=True, slots=True)
class PersonDimensionsDetail:
    """One person's dimensional profile."""

    rows: tuple[PersonDimension, ...]
