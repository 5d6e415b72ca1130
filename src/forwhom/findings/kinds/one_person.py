"""Kinds of one person's page: profile, course with expected band, off-track rules, change, expected benefit."""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.findings.kinds.common import Interval, Number


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One dimension at baseline. `score` has the limits measurement error leaves; `sample` is the share of the sample below
    the score (ties halved); `sample_z` and `norm_z` are in standard deviations; `severe` tells which way is worse."""

    scale: str
    label: str
    score: Interval
    low: Number
    high: Number
    sample: Number
    sample_z: Number
    norm_z: Number
    norm: str
    severe: str


@dataclass(frozen=True, slots=True)
class ProfileDetail:
    """Baseline dimensions against the sample and against norms; `covariates` are (name, value) in words."""

    rows: tuple[ProfileRow, ...]
    covariates: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CoursePoint:
    """One own score, and what was expected of it before it was known.

    expected : given the baseline alone; None limits at the baseline
    updated : given all own earlier scores; None from nothing to go on
    off_track : rules (by name) that raised an alarm here
    """

    time: float
    value: Number
    expected: Interval
    updated: Interval
    off_track: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExpectedPoint:
    """Expected score at one time, with the band that holds `level` of people like this one."""

    time: float
    expected: Interval


@dataclass(frozen=True, slots=True)
class CourseDetail:
    """Own course with the band expected at the start, the band for what comes next, and the alarms.

    level : of both bands (share of people like this one inside)
    reliable : change from the start that counts as reliable, None when not known
    """

    id: str
    scale: str
    better: str
    time_unit: str
    level: float
    low: Number
    high: Number
    points: tuple[CoursePoint, ...]
    at_start: tuple[ExpectedPoint, ...]
    ahead: tuple[ExpectedPoint, ...]
    reliable: Number


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """Operating characteristics of one off-track rule, cross-validated on this study.

    event : what an alarm should warn of; caught by the end, and by the third measurement after the start
    lead : median time between first alarm and the last score, in the study's unit, with quartiles
    """

    rule: str
    says: str
    event: str
    n: int
    events: int
    sensitivity: Interval
    by_third: Interval
    false_alarms: Interval
    positive_value: Interval
    lead: Interval
    on_track: bool | None
    """For this person: True, False after an alarm, None when it cannot be said."""


@dataclass(frozen=True, slots=True)
class OnTrackDetail:
    """The rules side by side, the one used first; `caught` is (rule, measurement number, share of events caught so far)."""

    scale: str
    time_unit: str
    rules: tuple[AlarmRule, ...]
    caught: tuple[tuple[str, int, float], ...]


@dataclass(frozen=True, slots=True)
class OwnChangeDetail:
    """Change from the start at each later score, with the amount that counts as reliable."""

    scale: str
    better: str
    time_unit: str
    threshold: float
    points: tuple[tuple[float, float, str], ...]
    """(time, change from the start in raw points, category)."""


@dataclass(frozen=True, slots=True)
class ArmBenefit:
    """Expected difference of an arm from the reference for this person; `average` is that of everybody."""

    arm: str
    reference: str
    effect: Interval
    average: Interval
    others: tuple[float, ...]
    """Everybody's expected difference, for the distribution behind the mark."""


@dataclass(frozen=True, slots=True)
class BenefitDetail:
    """Expected benefit per arm for one person."""

    outcome: str
    better: str
    unit: str
    arms: tuple[ArmBenefit, ...]
