"""Each person's expected effect, with an interval that is honest on average over people.

Model of the doubly robust scores g of one contrast (arm − reference, mean over the repeats of the cross-fit):

    g_i = delta + q_i / 2 + f(x_i) + e_i,    f ~ N(0, omega^2 [(1 − ROUGH) K + ROUGH I]),    e_i ~ N(0, sigma^2)

q is the out-of-fold prediction of the learners (mean of the learners, then of the repeats, less the mean of the fold): half
of what they say is taken over, fixed in advance. K is the covariance of `effect_basis`. The part ROUGH of the spread of
effects is not learned by any n: what lines, steps and smooth surfaces cannot follow. delta is flat; omega and sigma are not
estimated and plugged in but integrated over a grid: omega half-normal with scale PRIOR_SCALE standard deviations of
the outcome, log sigma flat. So effects that could not be shown to differ are still allowed to, as far as the prior and
the data let them, and the interval of a person does not collapse to that of the average.

The noise is the same for everyone on purpose. A score is unbiased for a person's effect only over the chance of
getting either arm and of being seen; to weigh people by what they got would undo that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtrit

from forwhom.kernels.cluster_robust import robust_mean
from forwhom.kernels.crossfit import CrossFit, Features
from forwhom.kernels.effect_basis import EffectBasis, effect_basis

__all__ = ["IndividualEffects", "average_contrast", "individual_effects"]

Array = NDArray[np.float64]

PRIOR_SCALE = 0.5
"""Of the half-normal prior of omega, in standard deviations of the outcome: median a third, 5 % beyond one."""
TAKEN = 0.5
"""Share of the learners' predictions that is taken over."""
ROUGH = 0.35
"""Share of the variance of effects that no covariance of people with each other can tell. With 0.2, steps in one covariate
were covered for as few as 85 to 93 % of 400 and more people (validation/individual_effects)."""
OMEGA = np.array([0.0, 0.03, 0.06, 0.1, 0.15, 0.2, 0.26, 0.33, 0.4, 0.5, 0.6, 0.75, 0.9, 1.1, 1.35, 1.7, 2.2, 3.0])
"""Grid of omega, in standard deviations of the outcome."""
NEGLIGIBLE = 14.0
"""Points of the grid this far below the best in log density are left out."""
FEWEST = 10


@dataclass(frozen=True, slots=True)
class IndividualEffects:
    """Effects of the arms 1 … A−1 against arm 0, in the order of the arms, in units of the outcome.

    effect, low, high : (A−1, n) per person
    average, average_low, average_high, average_se, average_df : (A−1,) mean effect, from the same scores
    shrunken : (A−1,) 1 less the spread of `effect` over that of an unpenalised least squares fit of the scores on the
        covariates (0 none was shrunk away, 1 all); NaN when there are too many covariates for such a fit
    spread : (A−1,) posterior mean of the standard deviation of true effects around what the learners say
    """

    effect: Array
    low: Array
    high: Array
    average: Array
    average_low: Array
    average_high: Array
    average_se: Array
    average_df: Array
    shrunken: Array
    spread: Array
    level: float


def individual_effects(fit: CrossFit, features: Features, *, sd: float, level: float = 0.95) -> IndividualEffects:
    """Expected effect of every arm against arm 0 for each person, shrunken to the average, with its interval.

    features : of the same people, in the same order, as the cross-fit
    sd : standard deviation of the outcome within arms; it sets the scale of the prior
    level : of the intervals

    What honest means here: the interval of a person is for the mean effect among people with the same covariates, and
    over the people of a trial about `level` of them or more cover. It is a statement about people on average, not about each:
    those far out, and those for whom the truth is a rare exception, are covered less often
    (validation/individual_effects has the figures). It says nothing of the difference a single patient would have
    lived through, which no trial shows. Under no heterogeneity nearly every interval covers.

    A person's own outcome does not enter his or her effect or interval, but through models of other people's scores:
    the prediction is that from all others, in closed form (leave one out; Rasmussen & Williams, 2006, sec. 5.4.2), and
    the weights of the grid leave the person out too. Where people are clustered, what the cluster-robust variance of the
    average has above that of independent people is added to everybody's. Differences of risks are kept within −1 and 1.
    The average is the mean score, with a t interval (`cluster_robust.robust_mean` where clustered).

    Raises ValueError with fewer than 10 people, when all are in one cluster, when features and fit differ in length, or
    sd is not above 0.

    >>> made = np.random.default_rng(3)
    >>> x = made.normal(size=(60, 1))
    >>> score = np.stack([np.zeros(60), 2 + made.normal(size=60)], 1)[None]
    >>> still = np.zeros((1, 60, 2))
    >>> fit = CrossFit(score, still, still, still[None], ("none",), (np.arange(60) % 5)[None], np.full((60, 2), 0.5),
    ...                np.arange(60) % 2, np.ones(60, dtype=bool), None, False)
    >>> found = individual_effects(fit, Features(x, np.empty((60, 0), dtype=np.intp), ("age",)), sd=1.0)
    >>> found.effect.shape, bool(np.all((found.low < found.effect) & (found.effect < found.high)))
    ((1, 60), True)
    """
    n = fit.arm.size
    if n < FEWEST:
        raise ValueError(f"There are {n} people. Individual effects need {FEWEST} at the very least.")
    if features.numeric.shape[0] != n or features.categories.shape[0] != n:
        raise ValueError(
            f"features are of {features.numeric.shape[0]} people, the cross-fit of {n}: give the same people."
        )
    if not (np.isfinite(sd) and sd > 0):
        raise ValueError(f"sd is {sd}: it must be the standard deviation of the outcome within arms, above 0.")
    if not 0 < level < 1:
        raise ValueError(f"level is {level}: it must lie between 0 and 1, e.g. 0.95.")
    basis = effect_basis(features)
    mean_scores = fit.scores.mean(0)
    rows = []
    for arm in range(1, fit.effects.shape[2]):
        score = mean_scores[:, arm] - mean_scores[:, 0]
        average, se, df = average_contrast(score, fit.cluster)
        if not np.isfinite(se):
            raise ValueError("the clusters do not show how much they differ: two at least are needed, better ten.")
        t, z = float(stdtrit(df, 0.5 + level / 2)), float(ndtri(0.5 + level / 2))
        more = max(0.0, (t * se / z) ** 2 - float(score.var(ddof=1)) / n) if fit.cluster is not None else 0.0
        effect, low, high, spread = _everyone(score, _learned(fit, arm), basis, sd=sd, more=more, level=level)
        if fit.binary:
            effect, low, high = (np.clip(each, -1.0, 1.0) for each in (effect, low, high))
        shrunken = _shrunken(score, effect, basis.lines)
        rows.append((effect, low, high, average, average - t * se, average + t * se, se, df, shrunken, spread))
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return IndividualEffects(*columns, level)  # type: ignore[call-arg,arg-type]  # as many columns as fields


def average_contrast(score: Array, cluster: NDArray[np.intp] | None) -> tuple[float, float, float]:
    """Mean of the scores, its standard error and degrees of freedom: `cluster_robust.robust_mean`."""
    found = robust_mean(score, cluster)
    return found.value, found.se, found.df


def _learned(fit: CrossFit, arm: int) -> Array:
    """What the learners say of each person, less the mean of the fold, mean over the repeats.

    A fold's mean prediction is that of the other folds, and lies the lower the higher the fold's own outcomes are.
    """
    made = fit.effects[:, :, arm].copy()
    for r, fold in enumerate(fit.fold):
        codes = np.unique(fold, return_inverse=True)[1]
        made[r] -= (np.bincount(codes, made[r]) / np.bincount(codes))[codes]
    mean: Array = made.mean(0)
    return mean


def _shrunken(score: Array, effect: Array, lines: Array) -> float:
    n, v = lines.shape
    if 2 * v > n:
        return float("nan")
    centred = lines - lines.mean(0)
    raw = float((centred @ np.linalg.lstsq(centred, score - score.mean(), rcond=None)[0]).std()) if v else 0.0
    return min(1.0, max(0.0, 1.0 - float(effect.std()) / raw)) if raw > 0 else 1.0


def _everyone(
    score: Array, learned: Array, basis: EffectBasis, *, sd: float, more: float, level: float
) -> tuple[Array, Array, Array, float]:
    """Effect, lower and upper limit per person, and the posterior mean of omega. more : variance added to everybody's."""
    residual = score - TAKEN * learned
    residual = residual - residual.mean()
    if float((residual**2).sum()) <= 1e-20 * max(1.0, float((score**2).sum())):
        # Scores without noise: nothing is left to shrink or to be unsure of, as in made examples.
        half = float(ndtri(0.5 + level / 2)) * np.sqrt(more)
        return score.copy(), score - half, score + half, 0.0
    omega2, sigma2, log = _grid(residual, basis, sd)
    share = np.exp(log - log.max())
    spread = float((share * np.sqrt(omega2)).sum() / share.sum())
    kept = log > log.max() - NEGLIGIBLE
    gap, total = _leave_one_out(residual, basis, omega2[kept], sigma2[kept])
    weight = log[kept] + 0.5 * (np.log(total) + gap**2 / total)
    weight = np.exp(weight - weight.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    mean = score[:, None] - gap
    rough = ROUGH * omega2[kept] + (1 - ROUGH) * omega2[kept] * basis.beyond[:, None]
    variance = np.maximum(total - (sigma2 + ROUGH * omega2)[kept], 0.0) + rough + more
    effect = (weight * mean).sum(axis=1)
    width = np.sqrt((weight * (variance + (mean - effect[:, None]) ** 2)).sum(axis=1))
    low, high = (
        _quantile(weight, mean, np.sqrt(variance), effect, width, p) for p in (0.5 - level / 2, 0.5 + level / 2)
    )
    return effect, low, high, spread


def _grid(residual: Array, basis: EffectBasis, sd: float) -> tuple[Array, Array, Array]:
    """omega^2, sigma^2 and log posterior density of every point of the grid, up to a constant; delta integrated out."""
    n = residual.size
    step = np.sqrt(2.0 / (n - 1))
    log_variance = np.log(float(residual.var(ddof=1)))
    sigmas = np.exp(np.arange(log_variance + 4 * step, log_variance + np.log(0.25), -0.8 * step))
    omega2, sigma2 = (axis.ravel() for axis in np.meshgrid((OMEGA * sd) ** 2, sigmas, indexing="ij"))
    prior = np.repeat(-0.5 * (OMEGA / PRIOR_SCALE) ** 2 + np.log(np.gradient(OMEGA)), sigmas.size)
    noise = sigma2 + ROUGH * omega2
    along = (1 - ROUGH) * omega2[:, None] * basis.values + noise[:, None]
    inside = (basis.vectors.T @ residual) ** 2
    outside = max(0.0, float((residual**2).sum() - inside.sum()))
    fit = (inside / along).sum(axis=1) + outside / noise
    size = np.log(along).sum(axis=1) + (n - 1 - basis.values.size) * np.log(noise)
    return omega2, sigma2, prior - 0.5 * (size + fit)


def _leave_one_out(residual: Array, basis: EffectBasis, omega2: Array, sigma2: Array) -> tuple[Array, Array]:
    """(n, points): each score less its prediction from all other people, and the variance of that difference."""
    noise = sigma2 + ROUGH * omega2
    signal = (1 - ROUGH) * omega2[:, None] * basis.values
    taken = signal / (signal + noise[:, None])
    own = (1.0 - 1.0 / residual.size - basis.vectors**2 @ taken.T) / noise
    pulled = (residual[:, None] - basis.vectors @ (taken * (basis.vectors.T @ residual)).T) / noise
    # Who is alone in a direction is predicted by the others with the prior's variance, never by a division by zero.
    own = np.maximum(own, 1e-12 / noise)
    return pulled / own, 1.0 / own


def _quantile(weight: Array, mean: Array, sd: Array, centre: Array, width: Array, p: float) -> Array:
    """(n,) quantiles of each person's mixture of normals, by bisection."""
    low, high = centre - 15 * width, centre + 15 * width
    sd = np.maximum(sd, 1e-12 * max(1e-300, float(width.max())))
    for _ in range(26):
        middle = (low + high) / 2
        below = (weight * ndtr((middle[:, None] - mean) / sd)).sum(axis=1) < p
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    found: Array = (low + high) / 2
    return found
