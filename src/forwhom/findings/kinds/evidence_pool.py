"""Kinds of the chapter on what is known: effects of many studies as one, and a trial's own numbers recomputed."""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.findings.kinds.common import Interval, Number


@dataclass(frozen=True, slots=True)
class PoolRow:
    """One effect in the pool.

    study : as a reader names it; arms : what was compared; what : instrument, time
    effect : with normal limits, ratios as ratios; at, se : on the scale of the analysis (logs of ratios), for the funnel
    weight : share, all together 1; people : None where the source does not say; how : from which numbers
    sample : effects of the same people have the same
    """

    study: str
    arms: str
    what: str
    effect: Interval
    at: float
    se: float
    weight: float
    people: int | None
    how: str
    sample: str


@dataclass(frozen=True, slots=True)
class PoolLevel:
    """The studies of one level of a trait, pooled for themselves. people : None where a number is absent."""

    level: str
    samples: int
    effects: int
    people: int | None
    effect: Interval


@dataclass(frozen=True, slots=True)
class PoolSplit:
    """Levels of a trait beside each other. declined : why they were not tested; unknown : samples that do not state it.

    note : how the levels were told, where that is no statement of the source
    """

    trait: str
    levels: tuple[PoolLevel, ...]
    p: Number
    explained: Number
    tested: tuple[str, ...]
    unknown: int
    declined: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PoolSlope:
    """The effect by a number that studies state.

    per : change of the effect for `step` more (of a ratio: the factor)
    line : (number, effect, low, high); points : (number, effect, share of weight); declined : why there is none
    """

    trait: str
    step: float
    samples: int
    unknown: int
    per: Interval
    p: Number
    explained: Number
    line: tuple[tuple[float, Number, Number, Number], ...]
    points: tuple[tuple[float, float, float], ...]
    note: str
    declined: str


@dataclass(frozen=True, slots=True)
class PoolTest:
    """One look at whether small studies tell larger effects; adjusted : the effect it would leave. declined : why it was not done."""

    name: str
    says: str
    p: Number
    adjusted: Interval
    declined: str


@dataclass(frozen=True, slots=True)
class PoolWithout:
    """The pooled effect without one independent sample."""

    study: str
    effect: Interval


@dataclass(frozen=True, slots=True)
class PoolSign:
    """Which way a file's column of effects points for one outcome, or one of its instruments ("" for the whole outcome).

    favours : "positive", "negative", "both", "unknown"; fit, against, silent : rows that say so, say the opposite, cannot tell
    """

    outcome: str
    instrument: str
    favours: str
    fit: int
    against: tuple[str, ...]
    silent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PoolUnused:
    """A comparison that gives no effect, and why."""

    study: str
    where: str
    why: str


@dataclass(frozen=True, slots=True)
class PoolDetail:
    """Effects of many studies and what they are as one.

    measure : in words; log : whether it is a ratio, drawn on a scale of ratios; null : the value of no difference
    sides : whom values below and above it favour
    pooled, prediction : the value and its limits; prediction without limits where there is none
    centre : of the pool on the scale of the analysis; edges : standard errors from no effect at which p is 0.10, 0.05, 0.01
    samples : independent ones; model : how they were pooled
    """

    outcome: str
    against: str
    measure: str
    log: bool
    null: float
    sides: tuple[str, str]
    rows: tuple[PoolRow, ...]
    pooled: Interval
    prediction: Interval
    centre: float
    edges: tuple[float, ...]
    samples: int
    people: int | None
    model: str
    splits: tuple[PoolSplit, ...]
    slopes: tuple[PoolSlope, ...]
    tests: tuple[PoolTest, ...]
    without: tuple[PoolWithout, ...]
    signs: tuple[PoolSign, ...]
    unused: tuple[PoolUnused, ...]


@dataclass(frozen=True, slots=True)
class RecomputedRow:
    """A trial's events, with what follows from them.

    events : (events, people) of both groups; made : how they were read from what is printed
    ratio, odds, difference, number : number needed to treat, in words
    printed : what the source prints; verdict : "agrees", "differs", "prints no such number"; why : in words
    """

    study: str
    outcome: str
    arms: tuple[str, str]
    events: tuple[tuple[int, int], tuple[int, int]]
    made: str
    ratio: Interval
    odds: Interval
    difference: Interval
    number: str
    printed: str
    verdict: str
    why: str
    where: str


@dataclass(frozen=True, slots=True)
class RecomputedDetail:
    """What follows from the events that the ledger holds, beside what is printed."""

    rows: tuple[RecomputedRow, ...]
