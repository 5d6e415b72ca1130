"""Standardised differences with honest widths, and what cutting a score in two costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, nctdtr, nctdtrinc, ndtri, stdtrit

_SQRT_2PI = float(np.sqrt(2.0 * np.pi))


@dataclass(frozen=True, slots=True)
class StandardisedDifference:
    """A difference in standard deviations.

    value : corrected for small samples where `correction` is below 1
    se : standard error of value; None when the interval is not built from one
    low, high : limits of the population value at `level`
    df : degrees of freedom of the standardiser
    correction : the factor J the raw ratio was multiplied with
    interval : kind of interval
    """

    value: float
    low: float
    high: float
    level: float
    se: float | None
    df: float
    correction: float
    interval: str


@dataclass(frozen=True, slots=True)
class PrePostEffect:
    """Change of one group in standard deviations; above 0 the score rose.

    baseline : on the sd before (Becker, 1988), comparable between studies
    average : on the root mean square of both sds (d_av; Bonett, 2008)
    repeated : on the sd of the changes, brought back to the raw sd through the correlation (d_rm)
    paired : on the sd of the changes (d_z), the size a paired test sees
    correlation : between before and after
    n : people with both scores; left_out : with one absent
    """

    baseline: StandardisedDifference
    average: StandardisedDifference
    repeated: StandardisedDifference
    paired: StandardisedDifference
    correlation: float
    n: int
    left_out: int


@dataclass(frozen=True, slots=True)
class DichotomisingCost:
    """What is left of a normal score after it is cut in two.

    share : of people on one side of the cut
    correlation_kept : factor on a correlation with (or standardised effect on) the uncut score
    information_kept : relative efficiency, its square; the same test needs 1 / this times the people
    sample_thrown_away : the share of the sample that cutting is worth losing
    people_factor : people needed after cutting for one needed before
    """

    share: float
    correlation_kept: float
    information_kept: float
    sample_thrown_away: float
    people_factor: float


def hedges_correction(df: float) -> float:
    """Exact small-sample factor J(df) = G(df/2) / (sqrt(df/2) G((df-1)/2)) (Hedges, 1981, eq. 6e).

    >>> round(hedges_correction(10), 4)
    0.9227
    """
    if not df > 1.0:
        raise ValueError(f"df is {df}; the correction exists above 1 degree of freedom.")
    if df > 1e5:
        # Hedges' approximation errs by less than 1e-10 here, the difference of two large logarithms by more.
        return 1.0 - 3.0 / (4.0 * df - 1.0)
    half = df / 2.0
    return float(np.exp(gammaln(half) - gammaln(half - 0.5) - 0.5 * np.log(half)))


def standardised_difference(
    difference: float,
    se: float,
    *,
    sd: float,
    df_sd: float,
    df: float = np.inf,
    level: float = 0.95,
) -> StandardisedDifference:
    """Hedges' g of a difference a model gives, on a standard deviation estimated elsewhere.

    difference, se, df : as the model reports them, raw points (e.g. at 8 months, Kenward-Roger df)
    sd, df_sd : the standardiser (e.g. pooled baseline sd) and its degrees of freedom; df_sd = inf for
        a norm sd taken as known
    g = J(df_sd) difference / sd has expectation (true difference) / (true sd) when difference and sd
    are independent. Its variance is J^2 se^2 / sd^2 + g^2 / (2 df_sd) (delta method; Hedges, 1981;
    Borenstein et al., 2009, ch. 4, with the model's own se in place of the two-group formula).
    The limits take the t quantile at Satterthwaite's df of that sum.

    >>> g = standardised_difference(-4.2, 1.5, sd=10.7, df_sd=98, df=80)
    >>> round(g.value, 3), round(g.low, 3), round(g.high, 3)
    (-0.39, -0.672, -0.108)
    """
    _check_level(level)
    _check_positive(se, "se")
    _check_positive(sd, "sd")
    if not df > 0.0:
        raise ValueError(f"df is {df}; it must be above 0.")
    if not np.isfinite(difference):
        raise ValueError(f"difference is {difference}; a finite number is needed.")
    correction = hedges_correction(df_sd)
    value = correction * difference / sd
    from_numerator = (correction * se / sd) ** 2
    from_sd = value**2 / (2.0 * df_sd)
    variance = from_numerator + from_sd
    spread = from_numerator**2 / df + from_sd**2 / df_sd
    df_total = variance**2 / spread if spread > 0.0 else np.inf
    half = _t_quantile(df_total, level) * float(np.sqrt(variance))
    return StandardisedDifference(
        value,
        value - half,
        value + half,
        level,
        float(np.sqrt(variance)),
        float(df_sd),
        correction,
        "t, delta method for numerator and standardiser",
    )


def hedges_g(
    mean_1: float, sd_1: float, n_1: int, mean_2: float, sd_2: float, n_2: int, *, level: float = 0.95
) -> StandardisedDifference:
    """Hedges' g of two independent groups, group 1 minus group 2, on the pooled sd.

    The limits are exact for normal scores with equal variances: those population values under which
    the observed t lies at the tails of the noncentral t (Steiger & Fouladi, 1997). They belong to the
    population value and carry no J.

    >>> g = hedges_g(103, 5.5, 50, 100, 4.5, 50)
    >>> round(g.value, 4), round(g.se, 4)
    (0.5924, 0.2028)
    """
    _check_level(level)
    for n in (n_1, n_2):
        if n < 2:
            raise ValueError(f"A group has {n} person(s); at least 2 are needed in each.")
    df = float(n_1 + n_2 - 2)
    pooled = float(np.sqrt(((n_1 - 1) * sd_1**2 + (n_2 - 1) * sd_2**2) / df))
    _check_positive(pooled, "The pooled sd")
    d = (mean_1 - mean_2) / pooled
    per_d = float(np.sqrt(n_1 * n_2 / (n_1 + n_2)))
    low, high = _noncentrality(d * per_d, df, level)
    correction = hedges_correction(df)
    variance = (n_1 + n_2) / (n_1 * n_2) + d**2 / (2.0 * (n_1 + n_2))
    return StandardisedDifference(
        correction * d,
        low / per_d,
        high / per_d,
        level,
        correction * float(np.sqrt(variance)),
        df,
        correction,
        "noncentral t",
    )


def prepost_effect(before: ArrayLike, after: ArrayLike, *, level: float = 0.95) -> PrePostEffect:
    """Standardised change of one group in its four usual forms, small-sample corrected.

    before, after : (n,) raw points, same people, same order; NaN where absent
    Limits: exact noncentral t for `paired`; the same rescaled, the correlation taken as known, for
    `repeated`; t with delta method for `baseline` and `average`, whose standardiser has Satterthwaite's
    (n - 1) (s1^2 + s2^2)^2 / (s1^4 + s2^4 + 2 r^2 s1^2 s2^2) degrees of freedom (Bonett, 2008).
    Sources: Becker (1988); Morris & DeShon (2002); Lakens (2013).

    >>> effect = prepost_effect([20, 25, 31, 22, 28, 30], [15, 22, 24, 20, 19, 27])
    >>> round(effect.baseline.value, 2), round(effect.paired.value, 2)
    (-0.92, -1.5)
    """
    _check_level(level)
    pairs = np.column_stack([np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)])
    used = pairs[~np.isnan(pairs).any(axis=1)]
    n = used.shape[0]
    if n < 3:
        raise ValueError(f"{n} person(s) have both scores; at least 3 are needed.")
    (s1, both), (_, s2) = np.cov(used.T)
    sd_change = float(np.sqrt(max(s1 + s2 - 2.0 * both, 0.0)))
    for sd, name in ((s1, "The sd before"), (s2, "The sd after"), (sd_change, "The sd of the changes")):
        _check_positive(float(sd), name)
    change, df = float((used[:, 1] - used[:, 0]).mean()), n - 1.0
    se, r = sd_change / float(np.sqrt(n)), float(both / np.sqrt(s1 * s2))
    df_average = df * float((s1 + s2) ** 2 / (s1**2 + s2**2 + 2.0 * r**2 * s1 * s2))
    return PrePostEffect(
        baseline=standardised_difference(change, se, sd=float(np.sqrt(s1)), df_sd=df, df=df, level=level),
        average=standardised_difference(
            change, se, sd=float(np.sqrt((s1 + s2) / 2.0)), df_sd=df_average, df=df, level=level
        ),
        repeated=_paired(
            change / sd_change, n, level, float(np.sqrt(2.0 * (1.0 - r))), "noncentral t, correlation taken as known"
        ),
        paired=_paired(change / sd_change, n, level, 1.0, "noncentral t"),
        correlation=r,
        n=n,
        left_out=pairs.shape[0] - n,
    )


def dichotomising_cost(share: float) -> DichotomisingCost:
    """What cutting a normal score costs when `share` of the people fall on one side.

    The point-biserial correlation keeps the factor phi(z) / sqrt(p (1 - p)) (Pearson, 1909; Cohen, 1983);
    its square is the efficiency of the cut score against the uncut one for small effects: at the median
    2/pi = 0.64, as if 36 % of the people had been sent home (MacCallum et al., 2002).

    >>> cost = dichotomising_cost(0.5)
    >>> round(cost.correlation_kept, 3), round(cost.sample_thrown_away, 3)
    (0.798, 0.363)
    """
    if not 0.0 < share < 1.0:
        raise ValueError(f"share is {share}; with everyone on one side of the cut nothing is left to compare.")
    density = float(np.exp(-0.5 * ndtri(share) ** 2)) / _SQRT_2PI
    kept = density / float(np.sqrt(share * (1.0 - share)))
    return DichotomisingCost(share, kept, kept**2, 1.0 - kept**2, 1.0 / kept**2)


def _paired(d: float, n: int, level: float, scale: float, interval: str) -> StandardisedDifference:
    df, root = n - 1.0, float(np.sqrt(n))
    low, high = _noncentrality(d * root, df, level)
    correction = hedges_correction(df)
    return StandardisedDifference(
        correction * d * scale, low / root * scale, high / root * scale, level, None, df, correction, interval
    )


def _noncentrality(t: float, df: float, level: float) -> tuple[float, float]:
    """Noncentrality parameters under which t is the upper and the lower tail point."""
    tail = (1.0 - level) / 2.0
    return _noncentrality_at(1.0 - tail, t, df), _noncentrality_at(tail, t, df)


def _noncentrality_at(probability: float, t: float, df: float) -> float:
    """The noncentrality under which t has this cumulative probability."""
    nc = float(nctdtrinc(df, probability, t))
    # The library inverts to about 1e-6 only; a few secant steps on its distribution function finish the work.
    other, at_other = nc + 1e-3, float(nctdtr(df, nc + 1e-3, t)) - probability
    for _ in range(8):
        at_nc = float(nctdtr(df, nc, t)) - probability
        if at_nc == at_other or abs(nc - other) < 1e-12 * max(1.0, abs(nc)):
            break
        nc, other, at_other = nc - at_nc * (nc - other) / (at_nc - at_other), nc, at_nc
    return nc


def _t_quantile(df: float, level: float) -> float:
    upper = 0.5 + level / 2.0
    return float(ndtri(upper)) if np.isinf(df) else float(stdtrit(df, upper))


def _check_level(level: float) -> None:
    if not 0.0 < level < 1.0:
        raise ValueError(f"level is {level}; give a share between 0 and 1, e.g. 0.95.")


def _check_positive(value: float, name: str) -> None:
    if not value > 0.0 or not np.isfinite(value):
        raise ValueError(f"{name} is {value}; it must be positive and finite.")
