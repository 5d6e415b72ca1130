"""Does a priority find those who benefit most: rank-weighted average treatment effects (RATE) and the targeting curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forwhom.kernels.calibration import centre, rank_share
from forwhom.kernels.cluster_robust import cluster_codes, fit_robust, robust_t
from forwhom.kernels.over_repeats import OverRepeats, over_repeats

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
Weighting = Literal["AUTOC", "QINI"]
SHARES = tuple(round(0.1 * k, 1) for k in range(1, 11))


@dataclass(frozen=True, slots=True)
class RankAverage:
    """A rank-weighted average treatment effect, and the targeting curve it summarises.

    value, se : of the weighted area under the targeting operator characteristic; 0 when the priority says nothing
    shares, toc, toc_se : (s,) effect in the first share of people above the average effect
    """

    weighting: Weighting
    value: float
    se: float
    shares: Array
    toc: Array
    toc_se: Array


def rank_average(
    score: ArrayLike,
    priority: ArrayLike,
    *,
    weighting: Weighting = "AUTOC",
    cluster: ArrayLike | None = None,
    shares: ArrayLike = SHARES,
) -> RankAverage:
    """AUTOC or Qini of a priority by doubly robust scores (Yadlowsky, Fleming, Shah, Brunskill & Wager, 2025).

    score : (n,) doubly robust score of each person's benefit (above 0 is good), not used in making the priority; finite
    priority : (n,) who should be treated first has the highest; ties are averaged over, as grf does
    cluster : (n,) codes of people treated together, −1 in none
    shares : (s,) rising, above 0 and up to 1, where the curve is wanted

    TOC(q) = mean score of the first q n people − mean of all; AUTOC = mean of TOC(j / n) over j = 1 … n; Qini weights
    TOC(j / n) by j / n. The same numbers as grf::rank_average_treatment_effect.fit without sample weights. Standard errors
    from the infinitesimal jackknife (the influence function, ranks included), instead of grf's half-sampling; of the
    curve from the slope of the scores on its weights (CR2).

    >>> made = rank_average([4.0, 1.0, 3.0, 0.0], [4, 1, 3, 2])
    >>> round(made.value, 4), made.toc[[4, 9]]
    (0.9583, array([1.5, 0. ]))
    """
    gamma, wanted, grid = _checked(score, priority, shares)
    n = gamma.size
    group = cluster_codes(cluster, n)
    n_clusters = int(group.max()) + 1
    if n_clusters < 2:
        raise ValueError("All people are in one cluster; at least two are needed for a standard error.")
    ranked, _, tie = _by_priority(wanted, gamma)
    weight = rank_weights(wanted, weighting)
    influence = np.empty(n)
    influence[_order(wanted)] = _influence(ranked, tie, weighting)
    # What a tie does to the mean of its group, on top of what one more person at that rank does to the ranks of all.
    influence += n * weight * (gamma - _tie_mean(wanted, gamma))
    value = float(weight @ gamma)
    toc, toc_se = np.empty(grid.size), np.empty(grid.size)
    for s, share in enumerate(grid.tolist()):
        column = targeting_weights(wanted, share)
        toc[s] = float(column @ gamma)
        toc_se[s] = _contrast(gamma, column, np.zeros(n, dtype=np.intp), group, 0.95)[1] if share < 1 else 0.0
    return RankAverage(weighting, value, _se(influence, group, n_clusters), grid, toc, toc_se)


def rank_weights(priority: ArrayLike, weighting: Weighting) -> Array:
    """(n,) weights, of sum 0, that the scores take in AUTOC or Qini; people with equal priority share theirs.

    >>> rank_weights([3.0, 2.0, 1.0], "AUTOC").round(3)
    array([ 0.278, -0.056, -0.222])
    """
    wanted = np.asarray(priority, dtype=np.float64)
    n = wanted.size
    place = np.arange(1, n + 1, dtype=np.float64)
    if weighting == "AUTOC":
        by_place = np.cumsum((1.0 / place)[::-1])[::-1] / n - 1.0 / n
    elif weighting == "QINI":
        by_place = (n - place + 1.0) / n**2 - (n + 1.0) / (2.0 * n**2)
    else:
        raise ValueError(f"weighting is {weighting!r}; 'AUTOC' and 'QINI' are possible.")
    return _shared(wanted, by_place)


def targeting_weights(priority: ArrayLike, share: float) -> Array:
    """(n,) weights of the scores in TOC(share); a person on the border counts in part.

    >>> targeting_weights([3.0, 2.0, 1.0, 0.0], 0.5)
    array([ 0.25,  0.25, -0.25, -0.25])
    """
    wanted = np.asarray(priority, dtype=np.float64)
    n = wanted.size
    inside = np.clip(share * n - np.arange(n), 0.0, 1.0)
    return _shared(wanted, inside / (share * n) - 1.0 / n)


def forward_rank_average(
    scores: ArrayLike,
    forward: ArrayLike,
    fold: ArrayLike,
    *,
    weighting: Weighting = "AUTOC",
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> OverRepeats:
    """AUTOC or Qini over the repeats of a cross-fit, ranking people within folds by predictions from earlier folds.

    scores : (R, n) doubly robust score of each person's benefit; forward : (R, n) predicted benefit from earlier folds, NaN
    in the first fold; fold : (R, n)
    A person's priority is the rank within the fold, so predictions learned from different people are never compared.
    Given these ranks the RATE is a contrast of scores: its standard error is that of the slope of the scores on the rank
    weights (folds having their own mean), CR2 with Satterthwaite's degrees of freedom, which keeps the level where AUTOC
    rests on few people; `rank_average` gives the large-sample one.

    >>> rng = np.random.default_rng(1)
    >>> effect = rng.normal(size=(2, 200))
    >>> forward_rank_average(effect + rng.normal(size=(2, 200)), effect, np.zeros((2, 200), int)).p_above < 0.001
    True
    """
    gamma, said = np.asarray(scores, dtype=np.float64), np.asarray(forward, dtype=np.float64)
    codes = np.asarray(fold, dtype=np.intp)
    rows = []
    for r in range(gamma.shape[0]):
        use = np.isfinite(said[r])
        share = rank_share(said[r, use], codes[r, use])
        rows.append(
            _contrast(gamma[r, use], rank_weights(-share, weighting), codes[r, use], _some(cluster, use), level)
        )
    return over_repeats(*np.array(rows).T, level=level)


def forward_targeting(
    scores: ArrayLike,
    forward: ArrayLike,
    fold: ArrayLike,
    *,
    shares: ArrayLike = SHARES,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> tuple[OverRepeats, ...]:
    """The targeting curve over the repeats, with pointwise limits; arguments as `forward_rank_average`."""
    gamma, said = np.asarray(scores, dtype=np.float64), np.asarray(forward, dtype=np.float64)
    codes = np.asarray(fold, dtype=np.intp)
    made = []
    for share in np.asarray(shares, dtype=np.float64).tolist():
        rows = []
        for r in range(gamma.shape[0]):
            use = np.isfinite(said[r])
            weight = targeting_weights(-rank_share(said[r, use], codes[r, use]), share)
            rows.append(_contrast(gamma[r, use], weight, codes[r, use], _some(cluster, use), level))
        made.append(over_repeats(*np.array(rows).T, level=level))
    return tuple(made)


def _contrast(
    score: Array, weight: Array, fold: Codes, cluster: Codes | None, level: float
) -> tuple[float, float, float]:
    """Sum of weight times score, its standard error and degrees of freedom, each fold having its own mean."""
    _, names = np.unique(fold, return_inverse=True)
    inside = centre(weight, names.astype(np.intp))
    size = float(inside @ inside)
    if not size > 1e-12 * max(float(weight @ weight), 1e-300) or not size > 0.0:
        return np.nan, np.nan, np.nan
    unit = inside / np.sqrt(size)
    try:
        fit = fit_robust(score, np.column_stack([np.eye(int(names.max()) + 1)[names], unit]), cluster)
    except ValueError:
        return np.nan, np.nan, np.nan
    row = np.zeros(fit.beta.size)
    row[-1] = np.sqrt(size)
    found = robust_t(fit, row, level=level)
    return found.value, found.se, found.df


def _checked(score: ArrayLike, priority: ArrayLike, shares: ArrayLike) -> tuple[Array, Array, Array]:
    gamma, wanted = np.asarray(score, dtype=np.float64), np.asarray(priority, dtype=np.float64)
    grid = np.asarray(shares, dtype=np.float64)
    if gamma.ndim != 1 or gamma.shape != wanted.shape or gamma.size < 2:
        raise ValueError(f"score has shape {gamma.shape} and priority {wanted.shape}; two people or more are needed.")
    if not (np.isfinite(gamma).all() and np.isfinite(wanted).all()):
        raise ValueError("score and priority must be finite; leave out people without a priority first.")
    if grid.size and not ((grid > 0).all() and (grid <= 1).all() and (np.diff(grid) > 0).all()):
        raise ValueError("shares must rise and lie above 0 and up to 1.")
    return gamma, wanted, grid


def _order(priority: Array) -> Codes:
    order: Codes = np.argsort(-priority, kind="stable")
    return order


def _by_priority(priority: Array, score: Array) -> tuple[Array, Codes, Codes]:
    """Tie means from the highest priority down, the order, and the tie each belongs to."""
    order = _order(priority)
    _, tie = np.unique(-priority[order], return_inverse=True)
    return _tie_mean(priority, score)[order], order, tie.astype(np.intp)


def _tie_mean(priority: Array, values: Array) -> Array:
    _, tie = np.unique(priority, return_inverse=True)
    mean: Array = (np.bincount(tie, weights=values) / np.bincount(tie))[tie]
    return mean


def _shared(priority: Array, by_place: Array) -> Array:
    """Weights by place given to people, those with equal priority taking the mean of their places."""
    placed = np.empty(priority.size)
    placed[_order(priority)] = by_place
    return _tie_mean(priority, placed)


def _influence(ranked: Array, tie: Codes, weighting: Weighting) -> Array:
    """n times the derivative of the RATE by the weight of a person at each place, averaged over the places of a tie.

    With weights w, W_j their running sum and C_j that of w x score: AUTOC = sum_j w_j C_j / W_j / W − mean;
    Qini = sum_j w_j C_j / W^2 − mean / 2 up to terms of order 1 / n, which are kept.
    """
    n = ranked.size
    place = np.arange(1, n + 1, dtype=np.float64)
    running, mean = np.cumsum(ranked), float(ranked.mean())
    if weighting == "AUTOC":
        top = running / place
        later = np.cumsum((1.0 / place)[::-1])[::-1]
        pulled = np.cumsum((top / place)[::-1])[::-1]
        found = top + ranked * later - pulled - float(top.mean()) - (ranked - mean)
    else:
        # Qini = (1/W^2) sum_j w_j (C_j - W_j mean): derivative term by term at w = 1.
        gap = running - place * mean
        behind = n - place + 1.0
        found = (gap + behind * (ranked - mean)) / n - 2.0 * float(gap.sum()) / n**2
        found -= (n + 1.0) / (2.0 * n) * (ranked - mean)
    return np.asarray((np.bincount(tie, weights=found) / np.bincount(tie))[tie])


def _se(influence: Array, group: Codes, n_clusters: int) -> float:
    total = np.bincount(group, weights=influence - influence.mean(), minlength=n_clusters)
    return float(np.sqrt(n_clusters / (n_clusters - 1.0) * (total @ total)) / influence.size)


def _some(cluster: ArrayLike | None, rows: NDArray[np.bool_]) -> Codes | None:
    return None if cluster is None else np.asarray(cluster, dtype=np.intp)[rows]
