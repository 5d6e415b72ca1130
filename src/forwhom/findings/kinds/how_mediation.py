"""Kinds of the chapter how it works: what carries the change, mechanisms side by side, which changes first.

Paths are in the raw points of mechanism and outcome unless a field says otherwise. A value says nothing of good and bad by itself:
`better` does, of the outcome.
"""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.findings.kinds.common import Interval, Number


@dataclass(frozen=True, slots=True)
class WindowSpan:
    """From when to when something is looked at. role : "mechanism" or "outcome"; unit : "session" or the study's time unit."""

    role: str
    label: str
    start: float
    end: float
    unit: str
    says: str


@dataclass(frozen=True, slots=True)
class CarriedContrast:
    """One arm against the reference: moved (a), carried (a b), earlier (already there at the border), direct, total."""

    arm: str
    reference: str
    moved: Interval
    carried: Interval
    earlier: Interval
    direct: Interval
    total: Interval
    p: Number


@dataclass(frozen=True, slots=True)
class MechanismInArm:
    """Within one arm: how far the mechanism moved, and its own path to the outcome; None where the arm is too small."""

    arm: str
    n: int
    change: Interval
    path: Interval | None


@dataclass(frozen=True, slots=True)
class LaggedPath:
    """A path within persons from one occasion to the next.

    cause, effect : labels; variant : which model; standard : in within-person standard deviations
    """

    cause: str
    effect: str
    variant: str
    raw: Interval
    standard: Interval
    p: Number


@dataclass(frozen=True, slots=True)
class MediationDetail:
    """Did treatment move a mechanism, and did earlier change in it carry later change in the outcome.

    windows : mechanism first; path : outcome points per point of the mechanism, given everything else
    correlation : of unmeasured influences at which nothing would be carried; correlation_from : at which the interval first
        holds none
    within : lagged paths within persons, both directions; empty where repeated measures do not allow them
    """

    mechanism: str
    outcome: str
    better: str
    unit: str
    mechanism_unit: str
    windows: tuple[WindowSpan, ...]
    contrasts: tuple[CarriedContrast, ...]
    path: Interval
    path_p: Number
    arms: tuple[MechanismInArm, ...]
    correlation: Number
    correlation_from: Number
    within: tuple[LaggedPath, ...]


@dataclass(frozen=True, slots=True)
class MechanismRow:
    """One mechanism and one arm against the reference.

    declared : kind in the plan, "" when nobody said; seen : "common", "specific", "both" or "not told"
    moved, path : in standard deviations of what is left after everything before
    carried : outcome points; beside : with all mechanisms in one model; p, p_holm : of the joint test of both paths
    """

    mechanism: str
    family: str
    declared: str
    seen: str
    arm: str
    reference: str
    moved: Interval
    path: Interval
    carried: Interval
    beside: Interval
    p: Number
    p_holm: Number


@dataclass(frozen=True, slots=True)
class MechanismsDetail:
    """Several mechanisms of one outcome side by side. alike : pairs of mechanisms and the correlation of their changes."""

    outcome: str
    better: str
    unit: str
    rows: tuple[MechanismRow, ...]
    alike: tuple[tuple[str, str, float], ...]
    refused: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TemporalOrderDetail:
    """Which changes first. verdict : "first", "second", "both" or "open"; the first path of each pair is first to second."""

    first: str
    second: str
    occasions: int
    model: str
    verdict: str
    paths: tuple[LaggedPath, ...]
    between: Number
    fit: tuple[tuple[str, str], ...]
