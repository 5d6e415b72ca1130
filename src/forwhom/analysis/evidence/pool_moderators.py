"""Why effects differ: levels of a trait of studies beside each other, and regressions on a number that studies state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from forwhom.analysis.asking import finite
from forwhom.analysis.evidence.choosing import trait_of
from forwhom.analysis.evidence.effects import Effect, Measure
from forwhom.analysis.evidence.pool import Array, PooledEffect, arrays, covariance, pool_effects, shown
from forwhom.kernels import meta_analysis as kernel

FEWEST_PER_LEVEL = 4
FEWEST_FOR_NUMBER = 6
"""Samples below which a level is shown and not tested, or a number not regressed on (Fu et al., 2011)."""
SURNAMES = (
    "only a match of surnames: the authors of the reference with those who developed the treatment. A developer's colleagues are not "
    "matched, and may not be independent"
)
NAMES = {
    "sessions": "number of sessions", "baseline": "mean score at the start of treatment", "months": "months since the start",
    "months_of_treatment": "months of treatment", "women": "per cent women", "age": "mean age", "year": "year",
    "bias": "risk of bias", "allegiance": "who made the study", "control": "what was compared with",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Split:
    """Pools of the levels of a trait, and the test that they are one.

    levels : (level, pool); unknown : samples whose source does not state it
    statistic, df1, df2, p : F (of dependent effects HTZ), None without test; tested : levels in it; r2 : share of tau2 explained
    declined : why there is no test; note : how the levels were told, where that is no statement of the source
    """

    trait: str
    levels: tuple[tuple[str, PooledEffect], ...]
    unknown: int
    statistic: float | None = None
    df1: int | None = None
    df2: float | None = None
    p: float | None = None
    r2: float | None = None
    tested: tuple[str, ...] = ()
    declined: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Slope:
    """Regression on one number.

    slope, low, high, p, df : change of the effect (log of a ratio) for `step` more
    ratio : slope, low, high as ratios where the measure is one, else None
    line : (x, effect, low, high) on the scale a reader knows; points : (x, effect, share of weight)
    declined : why there is none
    """

    trait: str
    step: float
    k: int
    effects: int
    unknown: int
    slope: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    df: float | None = None
    r2: float | None = None
    line: tuple[tuple[float, float | None, float | None, float | None], ...] = ()
    points: tuple[tuple[float, float, float], ...] = ()
    note: str = ""
    declined: str = ""


def is_number(effects: Sequence[Effect], trait: str) -> bool:
    """Whether a trait is a number wherever it is stated."""
    values = [trait_of(each.comparison, trait) for each in effects]
    known = [value for value in values if value is not None]
    return bool(known) and all(isinstance(value, (int, float)) for value in known)


def split(effects: Sequence[Effect], measure: Measure, trait: str, *, rho: float, level: float) -> Split:
    """Each level pooled for itself, variance between studies its own; the test lets them have one variance."""
    values = [trait_of(each.comparison, trait) for each in effects]
    known = [(each, str(value)) for each, value in zip(effects, values, strict=True) if value is not None]
    unknown = len({e.comparison.sample for e, v in zip(effects, values, strict=True) if v is None})
    names = sorted({value for _, value in known})
    pools = tuple(
        (name, pool_effects([e for e, v in known if v == name], measure, level=level, rho=rho, limits=False))
        for name in names
    )
    matched = trait == "allegiance" and any(each.comparison.where.startswith("row") for each, _ in known)
    note = SURNAMES if matched else ""
    tested = tuple(name for name, pooled in pools if pooled.k >= FEWEST_PER_LEVEL)
    if len(tested) < 2:
        why = f"fewer than two levels have {FEWEST_PER_LEVEL} samples"
        return Split(trait, pools, unknown, declined=why, note=note)
    inside = [(each, value) for each, value in known if value in tested]
    x = np.array([[float(value == name) for name in tested[1:]] for _, value in inside])
    fit = _regression([each for each, _ in inside], x, rho, level)
    return Split(trait, pools, unknown, fit.statistic, fit.df1, fit.df2, fit.p, fit.r2, tested, note=note)


def slope(effects: Sequence[Effect], measure: Measure, trait: str, *, rho: float, level: float) -> Slope:
    """The effect by a number that studies state; below six samples none.

    Scores at the start of treatment are only compared within one instrument, the one that most samples use.
    """
    inside, note = list(effects), ""
    if trait == "baseline":
        used = Counter(
            measure_
            for _, measure_ in {
                (e.comparison.sample, e.comparison.measure) for e in effects if _number(e, trait) is not None
            }
        ).most_common(1)
        name = used[0][0] if used else ""
        inside = [each for each in effects if each.comparison.measure == name]
        note = f"scores of {name} only, for scores of different instruments do not lie on one scale"
    known = [(each, value) for each in inside if (value := _number(each, trait)) is not None]
    k = len({each.comparison.sample for each, _ in known})
    all_samples = len({each.comparison.sample for each in effects})
    x = np.array([value for _, value in known])
    if k < FEWEST_FOR_NUMBER:
        why = f"{k} {'sample states' if k == 1 else 'samples state'} it, {FEWEST_FOR_NUMBER} are needed"
        return Slope(trait, 1.0, k, len(known), all_samples - k, note=note, declined=why)
    if np.ptp(x) == 0.0:
        return Slope(trait, 1.0, k, len(known), all_samples - k, note=note, declined="all samples have the same value")
    step = _step(float(np.ptp(x)))
    kept = [each for each, _ in known]
    fit = _regression(kept, x[:, None] / step, rho, level)
    weights = np.array([1.0 / each.variance for each in kept])
    points = tuple(
        (float(at), _known(shown(each.value, measure)), float(w))
        for at, each, w in zip(x, kept, weights / weights.sum(), strict=True)
    )
    return Slope(
        trait, step, k, len(known), all_samples - k, fit.beta[1], fit.low[1], fit.high[1], fit.p_each[1], fit.df[1], fit.r2,
        _line(fit, x, step, measure, level), points, note,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Fit:
    beta: list[float]
    low: list[float]
    high: list[float]
    p_each: list[float]
    df: list[float]
    covariance: Array
    statistic: float | None
    df1: int | None
    df2: float | None
    p: float | None
    r2: float | None


def _regression(effects: Sequence[Effect], x: Array, rho: float, level: float) -> _Fit:
    """Mixed-effects meta-regression; of samples with several effects in three levels, with CR2 and HTZ."""
    y, v, samples = arrays(effects)
    if len(set(samples)) == len(samples):
        one = kernel.random_effects(y, v, x, level=level)
        test = one.omnibus
        df = [one.df if one.df is not None else np.inf] * one.coefficients.size
        return _Fit(
            one.coefficients.tolist(), one.low.tolist(), one.high.tolist(), one.p.tolist(), df, one.covariance,
            test.statistic if test else None, test.df1 if test else None, test.df2 if test else None, test.p if test else None, one.r2,
        )  # fmt: skip
    whole = covariance(effects, rho)
    with_, without = (
        kernel.three_level(y, whole, samples, x=columns, level=level, limits=False) for columns in (x, None)
    )
    robust = kernel.cluster_robust(y, with_.marginal, samples, x=x, level=level)
    left, all_ = ((fit.sigma2_between or 0.0) + (fit.sigma2_within or 0.0) for fit in (with_, without))
    joint = robust.joint
    return _Fit(
        robust.coefficients.tolist(), robust.low.tolist(), robust.high.tolist(), robust.p.tolist(), robust.df.tolist(),
        robust.covariance, finite(joint.f) if joint else None, joint.df_numerator if joint else None,
        finite(joint.df_denominator) if joint else None, finite(joint.p) if joint else None,
        None if all_ == 0.0 else max(0.0, 1.0 - left / all_),
    )  # fmt: skip


def _line(
    fit: _Fit, x: Array, step: float, measure: Measure, level: float
) -> tuple[tuple[float, float | None, float | None, float | None], ...]:
    grid = np.linspace(float(x.min()), float(x.max()), 25)
    rows = np.column_stack([np.ones(grid.size), grid / step])
    value = rows @ np.array(fit.beta)
    se = np.sqrt(np.einsum("np,pq,nq->n", rows, fit.covariance, rows))
    half = (1.96 if not np.isfinite(min(fit.df)) else float(stdtrit(min(fit.df), 0.5 + level / 2.0))) * se
    return tuple(
        (float(at), shown(float(v), measure), shown(float(v - h), measure), shown(float(v + h), measure))
        for at, v, h in zip(grid, value, half, strict=True)
    )


def _step(span: float) -> float:
    """A round step: about a fifth of the span, 1, 5, 10 or 50 …

    >>> _step(150), _step(8), _step(40)
    (50.0, 1.0, 10.0)
    """
    power = 10.0 ** np.floor(np.log10(span / 5.0))
    return (
        float(power * (5.0 if span / 5.0 / power >= 2.5 else 1.0)) if span / 5.0 / power < 7.5 else float(10.0 * power)
    )


def _number(one: Effect, trait: str) -> float | None:
    value = trait_of(one.comparison, trait)
    return float(value) if isinstance(value, (int, float)) else None


def _known(value: float | None) -> float:
    assert value is not None
    return value
