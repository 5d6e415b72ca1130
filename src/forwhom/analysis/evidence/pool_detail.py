"""A pool as what its pictures are drawn from, and as estimates."""

from __future__ import annotations

import math
from collections.abc import Sequence

from scipy.special import ndtri

from forwhom.analysis.evidence.effects import Effect, EffectSet, Measure
from forwhom.analysis.evidence.pool import PooledEffect, shown
from forwhom.analysis.evidence.pool_checks import SmallStudyTest, Without
from forwhom.analysis.evidence.pool_moderators import NAMES, Slope, Split
from forwhom.analysis.evidence.pool_words import CALLED, UNITS, direction, sides
from forwhom.analysis.evidence.signs import Sign
from forwhom.analysis.evidence.trial_limits import limits_of
from forwhom.findings import Estimate
from forwhom.findings.kinds import (
    Interval,
    PoolDetail,
    PoolLevel,
    PoolRow,
    PoolSign,
    PoolSlope,
    PoolSplit,
    PoolTest,
    PoolUnused,
    PoolWithout,
)

EDGES = tuple(float(ndtri(1.0 - p / 2.0)) for p in (0.10, 0.05, 0.01))


def detail(
    set_: EffectSet,
    pooled: PooledEffect,
    words: tuple[str, str],
    treatment: tuple[str, str],
    *,
    splits: Sequence[Split],
    slopes: Sequence[Slope],
    tests: Sequence[SmallStudyTest],
    without: Sequence[Without],
    signs: Sequence[Sign],
) -> PoolDetail:
    """Everything a reader may look at. words : outcome, what against what; treatment : what the sides are called."""
    measure = set_.measure
    ratio = measure in ("rr", "or")
    sign = set_.effects[0].comparison.sign
    return PoolDetail(
        outcome=words[0],
        against=words[1],
        measure=CALLED[measure],
        log=ratio,
        null=1.0 if ratio else 0.0,
        sides=sides(measure, sign, *treatment),
        rows=tuple(
            _row(each, weight, measure, pooled.level) for each, weight in zip(set_.effects, pooled.weights, strict=True)
        ),
        pooled=interval(pooled),
        prediction=Interval(pooled.estimate, pooled.prediction_low, pooled.prediction_high),
        centre=pooled.centre,
        edges=EDGES,
        samples=pooled.k,
        people=pooled.people,
        model=pooled.model,
        splits=tuple(_split(each) for each in splits),
        slopes=tuple(_slope(each, measure) for each in slopes),
        tests=tuple(
            PoolTest(each.name, each.says, each.p, Interval(each.adjusted, each.low, each.high), each.declined)
            for each in tests
        ),
        without=tuple(PoolWithout(each.label, interval(each.pooled)) for each in without),
        signs=tuple(
            PoolSign(each.label, each.measure, each.favours, len(each.fit), each.against, each.silent) for each in signs
        ),
        unused=tuple(PoolUnused(each.comparison.label, each.comparison.where, each.why) for each in set_.unused),
    )


def interval(pooled: PooledEffect) -> Interval:
    """Estimate and limits; open where they are not finite."""
    low, high = (end if math.isfinite(end) else None for end in (pooled.low, pooled.high))
    return Interval(pooled.estimate, low, high)


def _row(one: Effect, weight: float, measure: Measure, level: float) -> PoolRow:
    of = one.comparison
    se = math.sqrt(one.variance)
    value, low, high, _ = limits_of(one, measure, level)
    months = "" if of.months is None else f"{of.months:.0f} months" if of.months >= 1.5 else "1 month"
    people = of.people
    return PoolRow(
        study=of.label,
        arms=f"{of.one.label} against {of.two.label}",
        what=", ".join(part for part in (of.measure, of.time, months) if part),
        effect=Interval(*(shown(end, measure) for end in (value, low, high))),
        at=one.value,
        se=se,
        weight=weight,
        people=None if people is None else round(people),
        how=one.how,
        sample=of.sample,
    )


def _split(one: Split) -> PoolSplit:
    levels = tuple(
        PoolLevel(name, pooled.k, pooled.effects, pooled.people, interval(pooled)) for name, pooled in one.levels
    )
    return PoolSplit(called(one.trait), levels, one.p, one.r2, one.tested, one.unknown, one.declined, one.note)


def _slope(one: Slope, measure: Measure) -> PoolSlope:
    per = Interval(*(shown(value, measure) for value in (one.slope, one.low, one.high)))
    return PoolSlope(
        called(one.trait),
        one.step,
        one.k,
        one.unknown,
        per,
        one.p,
        one.r2,
        one.line,
        one.points,
        one.note,
        one.declined,
    )


def called(trait: str) -> str:
    """A trait in words."""
    return NAMES.get(trait, trait.replace("_", " "))


def estimates(
    pooled: PooledEffect, sign: int | None, splits: Sequence[Split], slopes: Sequence[Slope], without: Sequence[Without]
) -> list[Estimate]:
    """The numbers of a pool, each with its width."""
    measure = pooled.measure
    unit, way = UNITS[measure], direction(measure, sign)
    name = CALLED[measure]
    kind = {"one study": pooled.limits, "random effects": "t, Knapp-Hartung", "three-level": "t, CR2"}[pooled.model]
    main = interval(pooled)
    made = [
        Estimate(
            f"pooled {name}", main.value, main.low, main.high, pooled.level, kind, unit, way, pooled.people, p=pooled.p,
            se=pooled.se, df=pooled.df if math.isfinite(pooled.df) else None,
        )
    ]  # fmt: skip
    if pooled.prediction_low is not None:
        made.append(
            Estimate(
                f"{name} in a new study like these", pooled.estimate, pooled.prediction_low, pooled.prediction_high, pooled.level,
                "prediction interval", unit, way,
            )
        )  # fmt: skip
    if pooled.tau2 is not None:
        scale = "log " if measure in ("rr", "or") else ""
        made.append(
            Estimate(
                f"variance of true effects ({scale}{name})", pooled.tau2, pooled.tau2_low, pooled.tau2_high,
                pooled.level if pooled.tau2_low is not None else None, "Q-profile" if pooled.tau2_low is not None else "",
                "squared SD" if measure == "g" else "",
            )
        )  # fmt: skip
    if pooled.i2 is not None:
        made.append(
            Estimate("share of variance that is not sampling error (I²)", pooled.i2, unit="proportion", p=pooled.q_p)
        )
    if without:
        values = [each.pooled.estimate for each in without]
        farthest = max(without, key=lambda each: abs(each.moved))
        made += [
            Estimate(f"pooled {name}, one sample left out: lowest", min(values), unit=unit),
            Estimate(f"pooled {name}, one sample left out: highest", max(values), unit=unit),
            Estimate(
                f"pooled {name} without {farthest.label}, which moves it most", farthest.pooled.estimate, unit=unit
            ),
        ]
    for split in splits:
        made += [
            Estimate(
                f"{name}, {called(split.trait)}: {level}", interval(one).value, interval(one).low, interval(one).high, one.level,
                unit=unit, n=one.people,
            )
            for level, one in split.levels
        ]  # fmt: skip
    for slope in slopes:
        per = Interval(*(shown(value, measure) for value in (slope.slope, slope.low, slope.high)))
        how = "ratio for" if measure in ("rr", "or") else "change for"
        made.append(
            Estimate(
                f"{how} {slope.step:g} more in {called(slope.trait)}", per.value, per.low, per.high,
                pooled.level if per.value is not None else None, unit=unit, p=slope.p,
                why_absent=slope.declined or None,
            )
        )  # fmt: skip
    return made
