"""Kinds of the outcome chapter."""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.findings.kinds.common import Interval, Number


@dataclass(frozen=True, slots=True)
class FlowArm:
    """One column of the participant flow: allocated, seen at each occasion, left and why."""

    arm: str
    label: str
    allocated: int
    seen: tuple[int, ...]
    left: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class FlowDetail:
    """CONSORT flow. `not_allocated` lists reasons and counts before allocation."""

    entered: int
    not_allocated: tuple[tuple[str, int], ...]
    occasions: tuple[tuple[float, str], ...]
    arms: tuple[FlowArm, ...]
    analysed: tuple[int, ...]
    """Per arm: people in the primary analysis."""


@dataclass(frozen=True, slots=True)
class MissingPattern:
    """One pattern of presence over the occasions, with the number of people per arm."""

    observed: tuple[bool, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MissingDetail:
    """Missing scores of one scale: patterns, share observed by arm, reasons."""

    scale: str
    occasions: tuple[tuple[float, str], ...]
    arms: tuple[str, ...]
    patterns: tuple[MissingPattern, ...]
    observed: tuple[tuple[int, ...], ...]
    """Per arm: number observed at each occasion."""
    totals: tuple[int, ...]
    reasons: tuple[tuple[str, int], ...]
    monotone: bool


@dataclass(frozen=True, slots=True)
class MeanPoint:
    """A model mean of one arm at one time, with limits and the number observed."""

    arm: str
    time: float
    model: Interval
    observed_mean: Number
    n: int


@dataclass(frozen=True, slots=True)
class DifferencePoint:
    """Difference of an arm from the reference at one time: raw and standardised."""

    arm: str
    reference: str
    time: float
    raw: Interval
    standardised: Interval
    p: Number
    df: Number
    primary: bool


@dataclass(frozen=True, slots=True)
class ArmDifferenceDetail:
    """Means per arm over time and differences from the reference."""

    scale: str
    better: str
    time_unit: str
    means: tuple[MeanPoint, ...]
    differences: tuple[DifferencePoint, ...]
    covariance: str
    arms: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person's observed scores and the line the model gives them."""

    id: str
    arm: str | None
    times: tuple[float, ...]
    values: tuple[float, ...]
    fitted: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """A mean curve with limits."""

    arm: str | None
    label: str
    times: tuple[float, ...]
    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class TrajectoryDetail:
    """Every person's course and the arm means with bands."""

    scale: str
    better: str
    time_unit: str
    low: Number
    high: Number
    lines: tuple[PersonLine, ...]
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """One person before and after. category: recovered, improved, unchanged, deteriorated."""

    id: str
    arm: str | None
    before: float
    after: float
    index: float
    category: str


@dataclass(frozen=True, slots=True)
class CategoryShare:
    """How many of an arm fall in a category, with exact limits."""

    arm: str | None
    label: str
    category: str
    count: int
    n: int
    share: Interval


@dataclass(frozen=True, slots=True)
class ReliableChangeDetail:
    """Before against after, the band of no reliable change, and the shares per arm."""

    scale: str
    better: str
    before: str
    after: str
    threshold: float
    cutoff: Number
    cutoff_kind: str
    low: Number
    high: Number
    points: tuple[ChangePoint, ...]
    shares: tuple[CategoryShare, ...]


@dataclass(frozen=True, slots=True)
class RiskRow:
    """Events in one arm."""

    arm: str
    label: str
    events: int
    n: int
    risk: Interval


@dataclass(frozen=True, slots=True)
class ContrastRow:
    """A comparison of two arms: name of the measure, value with limits, in words where it is open-ended."""

    measure: str
    arm: str
    reference: str
    estimate: Interval
    words: str = ""


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """Kaplan-Meier curve: times, survival with limits, number at risk."""

    arm: str | None
    label: str
    times: tuple[float, ...]
    survival: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    at_risk: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RiskDetail:
    """Risks per arm, contrasts, and time to first event where times exist. Also used for response and leaving."""

    what: str
    rows: tuple[RiskRow, ...]
    contrasts: tuple[ContrastRow, ...]
    curves: tuple[SurvivalCurve, ...] = ()
    time_unit: str = ""
    good: bool = False
    """True when having the event is good for the patient (response), False when bad."""


@dataclass(frozen=True, slots=True)
class SensitivityRow:
    """The difference under one assumption about the missing."""

    assumption: str
    delta: Number
    difference: Interval
    p: Number


@dataclass(frozen=True, slots=True)
class SensitivityDetail:
    """Reference-based assumptions and the delta-adjusted tipping point."""

    scale: str
    better: str
    arm: str
    reference: str
    time: float
    time_unit: str
    rows: tuple[SensitivityRow, ...]
    curve: tuple[SensitivityRow, ...]
    tipping: Number
    tipping_words: str


@dataclass(frozen=True, slots=True)
class ClusterDetail:
    """Intraclass correlation of each grouping (therapist, site) with its size."""

    scale: str
    rows: tuple[tuple[str, int, float, Interval], ...]
    """(grouping, number of groups, mean group size, intraclass correlation)."""
