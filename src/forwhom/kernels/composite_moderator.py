"""Kraemer's optimal composite moderator: many weak moderators of one effect as one score, judged out of sample.

Over all pairs of one person from each arm the difference in outcome is regressed on the pair's average moderators (and on
their difference within the pair, which carries what predicts outcome in both arms alike). The weights of the averages make the
composite M*; the moderator effect size of any score is the correlation, over the pairs, of the difference in outcome
with the pair's average score. Pairs are never formed: all their moments follow from those of the two arms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtrit

Array = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class ModeratorEffect:
    """Moderator effect size: −1 to 1; above 0, arm 1 minus arm 0 rises with the moderator. se on its own scale."""

    value: float
    low: float
    high: float
    se: float


@dataclass(frozen=True, slots=True)
class CompositeModerator:
    """Optimal composite of p moderators.

    weights, weights_low, weights_high : (p,) outcome units per standard deviation of each moderator, all people
    alone : per moderator its own effect size
    in_sample : effect size of the composite on the people it was made from, which flatters
    effect_size : on people it was not made from; mean over the repeats, limits by person (or cluster)
    optimism : in_sample less effect_size
    by_repeat : (R,)
    score : (n,) composite of each person from weights learned without the person's fold, standard deviation 1 in
        training, mean over the repeats
    agreement : (p,) share of all training sets in which the weight has the sign of `weights`
    """

    weights: Array
    weights_low: Array
    weights_high: Array
    alone: tuple[ModeratorEffect, ...]
    in_sample: float
    effect_size: ModeratorEffect
    optimism: float
    by_repeat: Array
    score: Array
    agreement: Array
    level: float


def moderator_effect(y: ArrayLike, arm: ArrayLike, score: ArrayLike, *, level: float = 0.95) -> ModeratorEffect:
    """Moderator effect size of one score (Kraemer, 2013), from the moments of the two arms.

    y, score : (n,) outcome (0 and 1 allowed) and moderator; arm : (n,) 0 or 1
    The limits rest on the variance of its influence function and Fisher's transformation.

    Equal variances in both arms: half the difference of the two correlations.

    >>> y = np.array([1.0, 2.0, 3.0, 4.0, 4.0, 3.0, 2.0, 1.0])
    >>> arm, m = np.repeat([1, 0], 4), np.tile([1.0, 2.0, 3.0, 5.0], 2)
    >>> round(moderator_effect(y, arm, m).value, 4), round(float(np.corrcoef(y[:4], m[:4])[0, 1]), 4)
    (0.9827, 0.9827)
    """
    y, arm, score = _checked(y, arm, score)
    value, influence = _effect(y, arm, score, np.zeros(y.size, dtype=np.intp))
    return _limits(value, _variance(influence, None), y.size, level)


def pair_weights(y: ArrayLike, arm: ArrayLike, moderators: ArrayLike, *, differences: bool = True) -> Array:
    """Weights (p,) of the pair averages in the regression over all pairs (Kraemer, 2013), per unit of each moderator.

    moderators : (n, p), complete
    differences : regress on the differences within the pair too. The averages' weights are then those of a regression in each
        arm, arm 1 less arm 0; without them the two arms share one covariance of the moderators.

    >>> rng = np.random.default_rng(1)
    >>> m, arm = rng.normal(size=(400, 2)), np.repeat([0, 1], 200)
    >>> pair_weights(m @ [1.0, 1.0] + arm * (m @ [2.0, 0.0]), arm, m).round(6) + 0.0
    array([2., 0.])
    """
    y, arm, moderators = _checked(y, arm, moderators)
    slopes = []
    shared, cross = np.zeros((moderators.shape[1],) * 2), np.zeros(moderators.shape[1])
    for k, sign in ((1, 1.0), (0, -1.0)):
        m = moderators[arm == k] - moderators[arm == k].mean(axis=0)
        d = y[arm == k] - y[arm == k].mean()
        slopes.append(np.linalg.lstsq(m, d, rcond=1e-10)[0])
        shared += m.T @ m / d.size
        cross += sign * m.T @ d / d.size
    if differences:
        return np.asarray(slopes[0] - slopes[1])
    return np.asarray(2.0 * np.linalg.lstsq(shared, cross, rcond=1e-10)[0])


def composite_moderator(
    y: ArrayLike,
    arm: ArrayLike,
    moderators: ArrayLike,
    *,
    folds: int = 5,
    repeats: int = 20,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    rng: np.random.Generator,
) -> CompositeModerator:
    """The optimal composite and its moderator effect size by repeated cross-validation.

    y : (n,) outcome, complete; arm : (n,) 0 or 1
    moderators : (n, p) numbers and indicators, NaN where absent: filled with the mean of the training folds
    cluster : (n,) codes; a cluster is never split between folds, and limits are clustered

    The variance behind the limits of `effect_size` is that of one repeat plus the variance between repeats (Chernozhukov et
    al., 2018, equation 3.13): repeats are not new people and never narrow it. They are about a composite learned
    from this many people, not about the best there is.
    Source: Kraemer (2013, Stat Med 32:1964); Wallace, Frank & Kraemer (2013, JAMA Psychiatry 70:1241).

    >>> rng = np.random.default_rng(1)
    >>> m, arm = rng.normal(size=(300, 3)), np.tile([0, 1], 150)
    >>> y = arm * m[:, 0] + rng.normal(size=300)
    >>> found = composite_moderator(y, arm, m, rng=rng)
    >>> found.in_sample > found.effect_size.value > 0.2, found.weights.round(1)
    (True, array([ 1. ,  0. , -0.1]))
    """
    y, arm, moderators = _checked(y, arm, moderators, absent=True)
    n, p = moderators.shape
    if min(np.bincount(arm, minlength=2)) < folds * 2:
        raise ValueError(f"each arm needs two people per fold; lower folds ({folds}) or find more people.")
    groups = np.arange(n) if cluster is None else np.unique(np.asarray(cluster), return_inverse=True)[1]
    units = None if cluster is None else groups
    filled, sd = _filled(moderators, moderators)
    standard = (filled - filled.mean(axis=0)) / sd
    weights, half = _weights_with_limits(y, arm, standard, level)
    scores, by_repeat, variance = np.zeros(n), np.zeros(repeats), np.zeros(repeats)
    agree = np.zeros(p)
    for r in range(repeats):
        fold = _folds(arm, groups, folds, rng)
        score = np.zeros(n)
        for f in range(folds):
            train, test = fold != f, fold == f
            known, spread = _filled(moderators[train], moderators[train])
            held, _ = _filled(moderators[test], moderators[train])
            w = pair_weights(y[train], arm[train], known / spread) / spread
            agree += np.sign(w) == np.sign(weights)
            size = (known @ w).std(ddof=1)
            score[test] = ((held - known.mean(axis=0)) @ w) / (size if size > 0 else 1.0)
        by_repeat[r], influence = _effect(y, arm, score, fold)
        variance[r] = _variance(influence, units)
        scores += score / repeats
    in_sample = _effect(y, arm, standard @ weights, np.zeros(n, dtype=np.intp))[0]
    centre = float(by_repeat.mean())
    effect = _limits(centre, float((variance + (by_repeat - centre) ** 2).mean()), int(groups.max()) + 1, level)
    return CompositeModerator(
        weights=weights,
        weights_low=weights - half,
        weights_high=weights + half,
        alone=tuple(moderator_effect(y, arm, standard[:, j], level=level) for j in range(p)),
        in_sample=in_sample,
        effect_size=effect,
        optimism=in_sample - effect.value,
        by_repeat=by_repeat,
        score=scores,
        agreement=agree / (repeats * folds),
        level=level,
    )


def _checked(y: ArrayLike, arm: ArrayLike, m: ArrayLike, absent: bool = False) -> tuple[Array, Codes, Array]:
    made, codes, score = np.asarray(y, dtype=float), np.asarray(arm), np.asarray(m, dtype=float)
    if not (made.ndim == 1 and codes.shape == made.shape and score.shape[:1] == made.shape):
        raise ValueError("y, arm and the moderators must have one row per person.")
    if not np.isin(codes, (0, 1)).all() or min((codes == 0).sum(), (codes == 1).sum()) < 2:
        raise ValueError("arm must be 0 or 1 with at least two people in each.")
    if not np.isfinite(made).all() or np.isinf(score).any() or (not absent and np.isnan(score).any()):
        raise ValueError("y and the moderators must be finite; leave out people without an outcome.")
    return made, codes.astype(np.intp), score


def _filled(values: Array, training: Array) -> tuple[Array, Array]:
    """Absent values at the training mean, and the training standard deviations (1 where there is no spread)."""
    known = np.isfinite(training)
    count = known.sum(axis=0)
    mean = np.where(known, training, 0.0).sum(axis=0) / np.maximum(count, 1)
    variance = (np.where(known, training - mean, 0.0) ** 2).sum(axis=0) / np.maximum(count - 1, 1)
    return np.where(np.isfinite(values), values, mean), np.where(variance > 0, np.sqrt(variance), 1.0)


def _effect(y: Array, arm: Codes, score: Array, stratum: Codes) -> tuple[float, Array]:
    """Effect size from moments within arm and stratum, and each person's influence (mean 0, variance n·var)."""
    n = y.size
    cell = stratum * 2 + arm
    count = np.bincount(cell)
    with np.errstate(invalid="ignore"):
        dy = y - (np.bincount(cell, y) / np.maximum(count, 1))[cell]
        dm = score - (np.bincount(cell, score) / np.maximum(count, 1))[cell]
    # All pairs have the moments of the two arms as populations; each further stratum costs a mean.
    left = [max(int((arm == k).sum()) - np.unique(stratum[arm == k]).size + 1, 1) for k in (0, 1)]
    total = [[float((a * b)[arm == k].sum()) / left[k] for a, b in ((dm, dy), (dm, dm), (dy, dy))] for k in (0, 1)]
    spread, variance = total[0][1] + total[1][1], total[0][2] + total[1][2]
    if spread <= 0 or variance <= 0:
        return 0.0, np.zeros(n)
    root = np.sqrt(spread * variance)
    value = (total[1][0] - total[0][0]) / root
    influence = np.zeros(n)
    for k, sign in ((0, -1.0), (1, 1.0)):
        mine = arm == k
        c, s, v = total[k]
        a, b = dm[mine], dy[mine]
        part = sign * (a * b - c) / root - 0.5 * value * ((a * a - s) / spread + (b * b - v) / variance)
        influence[mine] = part * n / left[k]
    return float(value), influence


def _variance(influence: Array, groups: Codes | None) -> float:
    """Variance of the effect size from influences, summed within groups where people are not independent."""
    parts = influence if groups is None else np.bincount(groups, influence)
    return float((parts**2).sum() * parts.size / max(parts.size - 1, 1)) / influence.size**2


def _limits(value: float, variance: float, units: int, level: float) -> ModeratorEffect:
    """Limits by Fisher's transformation, which keeps them inside −1 to 1."""
    se = float(np.sqrt(variance))
    bounded = float(np.clip(value, -0.999999, 0.999999))
    df = units - 4.0
    t = float(stdtrit(df, 0.5 + level / 2)) if df >= 1 else float(ndtri(0.5 + level / 2))
    half = t * se / (1 - bounded**2)
    centre = np.arctanh(bounded)
    return ModeratorEffect(value, float(np.tanh(centre - half)), float(np.tanh(centre + half)), se)


def _weights_with_limits(y: Array, arm: Codes, standard: Array, level: float) -> tuple[Array, Array]:
    """Weights of all people and the half width of their limits: a regression in each arm, robust (HC3) errors."""
    variance = np.zeros(standard.shape[1])
    spare = 0
    for k in (0, 1):
        x = np.column_stack([np.ones(int((arm == k).sum())), standard[arm == k]])
        inverse = np.linalg.pinv(x.T @ x, rcond=1e-10, hermitian=True)
        residual = y[arm == k] - x @ (inverse @ (x.T @ y[arm == k]))
        leverage = np.minimum(np.einsum("ij,jk,ik->i", x, inverse, x), 0.999)
        scaled = x * (residual / (1 - leverage))[:, None]
        meat = scaled.T @ scaled
        variance += np.diag(inverse @ meat @ inverse)[1:]
        spare += max(x.shape[0] - x.shape[1], 0)
    t = float(stdtrit(max(spare, 1), 0.5 + level / 2))
    return pair_weights(y, arm, standard), t * np.sqrt(variance)


def _folds(arm: Codes, groups: Codes, folds: int, rng: np.random.Generator) -> Codes:
    """Fold of each person; arms even over the folds, groups kept whole."""
    fold = np.zeros(arm.size, dtype=np.intp)
    sizes = np.bincount(groups)
    if sizes.max() == 1:
        for k in (0, 1):
            mine = np.flatnonzero(arm == k)
            fold[rng.permutation(mine)] = (np.arange(mine.size) + k) % folds
        return fold
    filling = np.zeros((folds, 2))
    counts = np.column_stack([np.bincount(groups, arm == k, minlength=sizes.size) for k in (0, 1)])
    for g in sorted(rng.permutation(sizes.size).tolist(), key=lambda g: -int(sizes[g])):
        # The fold that is emptiest in the arms this group fills.
        f = int(np.argmin(filling @ counts[g] + 1e-9 * rng.random(folds)))
        filling[f] += counts[g]
        fold[groups == g] = f
    return fold
