"""Kinds of one person's page: profile, course with expected band, off-track rules, change, expected benefit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from forwhom.findings.kinds.common import Interval, Number

Standing = Literal["no alarm", "back inside", "alarm"]
"""Of a person by one rule: no alarm so far; an earlier one, and none at the latest score; one at the latest score."""


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One dimension at baseline. `score` has the limits measurement error leaves; `sample` is the share of the sample below
    the score (ties halved); `sample_z` and `norm_z` are in standard deviations; `severe` tells which way is worse;
    `z` is `sample_z` with the limits that measurement error leaves, where they are known."""

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
    z: Interval | None = None


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

    level : of both bands (share of people like this one inside); a score beyond the band at the start on the bad side is an
        alarm of the rule "expected recovery"
    reliable : change from the start that counts as reliable, None when not known
    inside, inside_updated : share of all later scores of the study that lay inside the bands at the start and updated,
        each band made without the person it was for; `scores` is their number
    by_start : the same for thirds of the people by their start, as (lowest start, highest, inside, inside updated, scores)
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
    inside: Number = None
    inside_updated: Number = None
    scores: int = 0
    by_start: tuple[tuple[float, float, float, float, int], ...] = ()


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """Operating characteristics of one off-track rule, cross-validated on this study.

    rule : name; says : what it does, in words; primary : the rule chosen in advance
    event : what an alarm should warn of
    n, events : people whose course could be judged, and those with the event
    caught, alarms : people with the event and with any who had an alarm at or before the last score
    sensitivity : share of events with an alarm at or before the last score; by_third : by the third measurement after the
        start; before_last : before the last score, so that something could still have been done
    false_alarms : share without the event who had an alarm; false_before_last : before the last score
    positive_value : share of alarms that were followed by the event
    lead : median time between first alarm and the last score over the events caught (0: the alarm was the last score), in
        the study's unit; its limits are the quartiles
    Alarms count whenever they were raised. Of this person:
    standing : by the latest score, None when it cannot be said
    last_alarm : time of the latest alarm, None without one
    agreement : share of the divisions of the study's people into folds by which the standing is the same, None when not known
    """

    rule: str
    says: str
    primary: bool
    event: str
    n: int
    events: int
    caught: int
    alarms: int
    sensitivity: Interval
    by_third: Interval
    before_last: Interval
    false_alarms: Interval
    false_before_last: Interval
    positive_value: Interval
    lead: Interval
    standing: Standing | None = None
    last_alarm: Number = None
    agreement: Number = None


@dataclass(frozen=True, slots=True)
class OnTrackDetail:
    """The rules side by side, the primary one first, as warnings of reliable worsening; then the primary one as a warning of no
    reliable improvement. `caught` is (rule, measurement number after the start, share of people with reliable worsening caught by
    then); `published` are the figures (what, share) published elsewhere, to set beside."""

    scale: str
    time_unit: str
    rules: tuple[AlarmRule, ...]
    caught: tuple[tuple[str, int, float], ...]
    published: tuple[tuple[str, float], ...] = ()


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
    recommended: str = ""
    """What the study recommends, or why it recommends nothing and what it would take, in words."""
