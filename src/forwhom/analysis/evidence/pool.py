"""Many effects as one: how large, how sure, how far studies differ, and what a new study may find."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from forwhom.analysis.asking import finite
from forwhom.analysis.evidence.effects import Effect, Measure
from forwhom.analysis.evidence.trial_limits import limits_of, of_counts
from forwhom.evidence.comparisons import MEANS
from forwhom.kernels import meta_analysis as kernel

Array = NDArray[np.float64]
RHO = 0.5
"""Assumed correlation of effects on the same people, seldom printed."""
TOO_NARROW = 0.5
"""CR2 limits narrower than this share of normal ones are not taken: so alike samples are only by chance."""
GUARDED = (
    "The samples are so alike that limits from their differences would have hardly a width; normal limits are taken."
)
ONE, INDEPENDENT, DEPENDENT = "one study", "random effects", "three-level"


@dataclass(frozen=True, slots=True)
class PooledEffect:
    """A pooled effect, on the scale a reader knows: ratios as ratios.

    measure : g (positive is better), rr, or, rd
    estimate, low, high : with the level of the limits; p of no effect
    prediction_low, prediction_high : where the true effect of a new study of the same kind lies; None below three samples
    centre, se, df : on the scale of the analysis (logs of ratios), df infinite where limits are normal; what `compatibility` takes
    tau2 : variance of true effects there, between and within studies together; None where one study shows nothing of it
    tau2_low, tau2_high : its limits (of independent effects, Q-profile); None where there are none
    between, within : its two parts where studies give several effects, else None
    i2 : share of the variance of observed effects that is not sampling error; q, q_p : test that all effects are one
    k : independent samples; studies : publications; effects : how many; people : each counted once, None where a number is absent
    weights : share of each effect, in the order given
    model : "one study", "random effects" (REML, Knapp-Hartung) or "three-level" (REML, CR2 with Satterthwaite's df)
    rho : assumed for effects on the same people; None where there are none
    narrow : limits from differences of samples (Knapp-Hartung, CR2) are narrower than normal ones would be
    words : what the kernels had to say
    limits : of one study, how its limits are made (`trial_limits`); "" of several
    """

    measure: Measure
    estimate: float
    low: float
    high: float
    level: float
    p: float | None
    prediction_low: float | None
    prediction_high: float | None
    centre: float
    se: float
    df: float
    tau2: float | None
    tau2_low: float | None
    tau2_high: float | None
    between: float | None
    within: float | None
    i2: float | None
    q: float | None
    q_df: int
    q_p: float | None
    k: int
    studies: tuple[str, ...]
    effects: int
    people: int | None
    weights: tuple[float, ...]
    model: str
    rho: float | None
    narrow: bool
    words: tuple[str, ...]
    limits: str = ""


def shown(value: float | None, measure: Measure) -> float | None:
    """From the scale of the analysis to the one a reader knows."""
    if value is None or not math.isfinite(value):
        return None
    return math.exp(value) if measure in ("rr", "or") else value


def people_of(effects: Sequence[Effect]) -> int | None:
    """People behind effects, each group counted once by its largest number; None where one is not told."""
    groups: dict[str, float | None] = {}
    for each in effects:
        for group in (each.comparison.one, each.comparison.two):
            known = groups.get(group.id)
            groups[group.id] = group.n if known is None else known if group.n is None else max(known, group.n)
    if any(n is None for n in groups.values()):
        return None
    return round(sum(n for n in groups.values() if n is not None))


def arrays(effects: Sequence[Effect]) -> tuple[Array, Array, list[str]]:
    """Values, variances and samples."""
    return (
        np.array([each.value for each in effects]),
        np.array([each.variance for each in effects]),
        [each.comparison.sample for each in effects],
    )


def covariance(effects: Sequence[Effect], rho: float) -> Array:
    """Sampling covariance of effects: the same two groups correlate rho; a group in common shares its part of the variance.

    Effects against one control group on the same measure and at the same time have its variance in common (Gleser & Olkin, 2009;
    with a term of the effects for g); on another measure or at another time rho times that.
    """
    made = np.diag([each.variance for each in effects])
    places: dict[str, list[int]] = {}
    for at, each in enumerate(effects):
        places.setdefault(each.comparison.sample, []).append(at)
    for i, j in (pair for here in places.values() for pair in combinations(here, 2)):
        made[i, j] = made[j, i] = _covariance(effects[i], effects[j], rho)
    return made


def _covariance(one: Effect, two: Effect, rho: float) -> float:
    a, b = one.comparison, two.comparison
    first, second = a.one.id == b.one.id, a.two.id == b.two.id
    if first and second:
        return rho * math.sqrt(one.variance * two.variance)
    if second:
        common = math.sqrt(one.shared * two.shared)
        if one.how == two.how == MEANS and a.people and b.people:
            common += one.value * two.value / (2.0 * math.sqrt(a.people * b.people))
    elif first:
        common = math.sqrt((one.variance - one.shared) * (two.variance - two.shared))
    else:
        return 0.0
    alike = (a.outcome, a.measure, a.time, a.months) == (b.outcome, b.measure, b.time, b.months)
    return common if alike else rho * common


def pool_effects(
    effects: Sequence[Effect],
    measure: Measure,
    *,
    level: float = 0.95,
    rho: float = RHO,
    limits: bool = True,
    whole: Array | None = None,
) -> PooledEffect:
    """Pool effects by the model that their dependence asks for.

    One sample: its effect with the limits of its own counts (`trial_limits`), or the mean of its effects. Independent effects: random
    effects by REML, Knapp-Hartung limits. Samples with several effects: three levels by REML, limits by CR2 with Satterthwaite's
    degrees of freedom.
    limits : of the variances in the three-level model, the slow part
    whole : (k, k) the effects' sampling covariance where it is known already (`covariance`)

    Raises ValueError without effects, or where assumed correlations cannot hold together.
    """
    y, v, samples = arrays(effects)
    k = len(set(samples))
    if k == 1:
        return _single(effects, measure, level, rho)
    if k == len(effects):
        return _independent(effects, y, v, measure, level)
    whole = covariance(effects, rho) if whole is None else whole
    return _dependent(effects, y, whole, samples, measure, level, rho, limits=limits)


def _independent(effects: Sequence[Effect], y: Array, v: Array, measure: Measure, level: float) -> PooledEffect:
    fit = kernel.random_effects(y, v, level=level)
    usual = float((1.0 / fit.marginal).sum()) ** -0.5
    width = float(fit.high[0] - fit.low[0])
    normal = 2.0 * usual * _z(level)
    return _made(
        effects, measure, level, INDEPENDENT,
        (fit.estimate, float(fit.se[0]), math.inf if fit.df is None else fit.df, float(fit.low[0]), float(fit.high[0])),
        p=float(fit.p[0]), prediction=(fit.prediction_low, fit.prediction_high), tau2=fit.tau2,
        tau2_limits=(fit.tau2_low, fit.tau2_high), i2=fit.i2, q=(fit.q, fit.q_df, fit.q_p),
        weights=fit.weights, narrow=width < normal, words=fit.words,
    )  # fmt: skip


def _dependent(
    effects: Sequence[Effect], y: Array, whole: Array, samples: list[str], measure: Measure, level: float, rho: float, *,
    limits: bool,
) -> PooledEffect:  # fmt: skip
    fit = kernel.three_level(y, whole, samples, level=level, limits=limits)
    robust = kernel.cluster_robust(y, fit.marginal, samples, level=level)
    inverse = np.linalg.inv(fit.marginal)
    weights = inverse.sum(axis=0) / inverse.sum()
    between, within = fit.sigma2_between, fit.sigma2_within
    limits_, p, narrow, said = _guarded(robust, float(inverse.sum()) ** -0.5, level)
    shares = [part for part in (fit.i2_between, fit.i2_within) if part is not None]
    return _made(
        effects, measure, level, DEPENDENT,
        limits_, p=p, prediction=(fit.prediction_low, fit.prediction_high),
        tau2=None if between is None and within is None else (between or 0.0) + (within or 0.0),
        i2=sum(shares) if shares else None, q=(fit.q, fit.q_df, fit.q_p), weights=weights, rho=rho,
        between=between, within=within, narrow=narrow, words=(*fit.words, *said),
    )  # fmt: skip


def _guarded(
    robust: kernel.ClusterRobust, usual: float, level: float
) -> tuple[tuple[float, float, float, float, float], float, bool, tuple[str, ...]]:
    """CR2 limits, or normal ones where samples are so alike that CR2's have hardly a width: that likeness is chance."""
    centre, se, df = robust.estimate, float(robust.se[0]), float(robust.df[0])
    half, normal = float(robust.high[0]) - centre, _z(level) * usual
    if half >= TOO_NARROW * normal or math.isnan(half):
        return (
            (centre, se, df, float(robust.low[0]), float(robust.high[0])), float(robust.p[0]), half < normal, _few(df),
        )  # fmt: skip
    p = float(kernel.random_effects([centre], [usual**2], level=level).p[0])
    return (centre, usual, math.inf, centre - normal, centre + normal), p, True, (GUARDED,)


def _single(effects: Sequence[Effect], measure: Measure, level: float, rho: float) -> PooledEffect:
    """One effect as it is; several of the same people as their mean, with what they have in common in its variance."""
    y = np.array([each.value for each in effects])
    m = y.size
    whole = covariance(effects, rho)
    centre, se = float(y.mean()), float(np.sqrt(whole.sum())) / m
    half = _z(level) * se
    low, high, how = centre - half, centre + half, "normal"
    if m == 1:
        centre, low, high, how = limits_of(effects[0], measure, level)
    score = of_counts(effects[0].comparison, measure, level) if how != "normal" else None
    p = score.p if score is not None else float(kernel.random_effects([centre], [se**2], level=level).p[0])
    return _made(
        effects, measure, level, ONE, (centre, se, math.inf, low, high), p=p, limits=how,
        weights=np.full(m, 1.0 / m), rho=rho if m > 1 else None,
        words=("One study shows nothing of how effects differ between studies.",),
    )  # fmt: skip


def _made(
    effects: Sequence[Effect],
    measure: Measure,
    level: float,
    model: str,
    centre: tuple[float, float, float, float, float],
    *,
    p: float | None,
    prediction: tuple[float | None, float | None] = (None, None),
    tau2: float | None = None,
    tau2_limits: tuple[float | None, float | None] = (None, None),
    i2: float | None = None,
    q: tuple[float | None, int, float | None] = (None, 0, None),
    weights: Array,
    rho: float | None = None,
    between: float | None = None,
    within: float | None = None,
    narrow: bool = False,
    words: tuple[str, ...] = (),
    limits: str = "",
) -> PooledEffect:
    value, se, df, low, high = centre
    estimate, from_, to = (shown(each, measure) for each in (value, low, high))
    assert estimate is not None
    return PooledEffect(
        measure, estimate, from_ if from_ is not None else -math.inf, to if to is not None else math.inf, level,
        None if p is None else finite(p), shown(prediction[0], measure), shown(prediction[1], measure), value, se, df, tau2,
        *tau2_limits, between, within, i2, q[0], q[1], q[2], len({each.comparison.sample for each in effects}),
        tuple(dict.fromkeys(each.comparison.study for each in effects)), len(effects), people_of(effects),
        tuple(float(w) for w in weights), model, rho, narrow, words, limits,
    )  # fmt: skip


def composites(effects: Sequence[Effect], rho: float) -> tuple[Array, Array, list[str]]:
    """One effect per sample: the mean of its effects, with what they have in common in its variance (Borenstein et al., 2009)."""
    grouped: dict[str, list[Effect]] = {}
    for each in effects:
        grouped.setdefault(each.comparison.sample, []).append(each)
    y = np.array([np.mean([each.value for each in here]) for here in grouped.values()])
    v = np.array([covariance(here, rho).sum() / len(here) ** 2 for here in grouped.values()])
    return y, v, list(grouped)


def _few(df: float) -> tuple[str, ...]:
    return (f"The limits rest on {df:.2f} degrees of freedom, too few to be trusted.",) if df < 4.0 else ()


def _z(level: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(0.5 + level / 2.0))
