"""Personalised advantage index: how people fared who by chance got the arm predicted to be better for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from forwhom.kernels.cluster_robust import robust_mean
from forwhom.kernels.crossfit import CrossFit

__all__ = ["Advantage", "Comparison", "Group", "advantage", "indicated_arm"]

Array = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Group:
    """Mean outcome of a group with its limits; n is the mean number of people over the repeats. NaN where nobody was."""

    n: float
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """A difference in outcome units. `repeats` of all repeats carry it; with none of them every number is NaN."""

    estimate: float
    se: float
    df: float
    low: float
    high: float
    repeats: int


@dataclass(frozen=True, slots=True)
class Advantage:
    """The index over all people, or over those for whom the predictions differ most.

    share : (A,) of the people for whom each arm is indicated, mean over the repeats
    got, other : people with an observed outcome who got the indicated arm, and who got another
    difference : got − other, of observed outcomes as they are; missing outcomes are left out without weights
    robust : the same contrast by doubly robust scores: everybody counts, missing outcomes through weights and predictions
    matching : mean score under the indicated arms, less that when arms were handed out in the same shares without regard
        to the person. 0 when the predictions know nothing, whatever the average effect of the arms
    """

    share: Array
    got: Group
    other: Group
    difference: Comparison
    robust: Comparison
    matching: Comparison


def indicated_arm(fit: CrossFit, *, sign: int) -> Codes:
    """(R, n) arm with the best prediction out of fold; the lower code among equals. sign : +1 higher is better, −1 lower."""
    best: Codes = np.argmax(sign * fit.effects, axis=2)
    return best


def advantage(fit: CrossFit, y: ArrayLike, *, sign: int, level: float = 0.95, strongest: float = 1.0) -> Advantage:
    """Personalised advantage index (DeRubeis et al., 2014), by repeated cross-fitting.

    y : (n,) outcome, NaN where not observed, as given to `cross_fit`
    sign : +1 when higher outcomes are better, −1 when lower ones are
    strongest : share of the people for whom the predicted advantage (the best arm against the mean of the others) is
        largest, drawn anew in each repeat; 1 is everybody
    Differences are in units of y, not of benefit: with sign −1 a difference below 0 speaks for the predictions.

    In each repeat the arm is indicated by models that never saw the person. `difference` and `robust` contain the
    average effect of an arm that is indicated more often than another; `matching` does not: it is the covariance of
    indication and outcome within folds, unbiased for 0 when effects do not differ. Repeats are the same people again:
    the estimate is the mean over repeats and the standard error that of one repeat (root mean square), never divided
    by their number. Limits are t: Welch's for two groups; where people are clustered CR2 with Satterthwaite's
    degrees of freedom (`robust_mean`). Risk differences get a standard error with one success and one failure added to each group
    (Agresti & Caffo, 2000), so that a group without events has one.

    Raises ValueError when y does not fit, or sign or strongest is out of range.

    >>> made = np.random.default_rng(1)
    >>> arm = np.arange(40) % 2
    >>> effect = np.repeat([-1.0, 1.0], 20)
    >>> y = arm * effect + made.normal(size=40)
    >>> scores = np.stack([np.zeros(40), effect], 1)[None]
    >>> fit = CrossFit(scores, scores, scores, scores[None], ("known",), (np.arange(40) % 5)[None], np.full((40, 2), 0.5),
    ...                arm, np.ones(40, dtype=bool), None, False)
    >>> found = advantage(fit, y, sign=1)
    >>> found.share.tolist(), round(found.robust.estimate, 6), found.got.n
    ([0.5, 0.5], 1.0, 20.0)
    """
    y = np.asarray(y, float)
    n = fit.arm.size
    if y.shape != (n,) or not np.array_equal(np.isfinite(y), fit.observed):
        raise ValueError("y must be the outcome the cross-fit was made with: as many people, absent for the same ones.")
    if sign not in (1, -1):
        raise ValueError(f"sign is {sign}: it must be 1 (higher outcomes are better) or -1 (lower ones are).")
    if not 0 < strongest <= 1:
        raise ValueError(f"strongest is {strongest}: it must be a share of the people above 0, up to 1.")
    arms = fit.effects.shape[2]
    indicated = indicated_arm(fit, sign=sign)
    parts: dict[str, list[tuple[float, float, float]]] = {"difference": [], "robust": [], "matching": []}
    means: tuple[list[tuple[float, float, float]], ...] = ([], [])
    sizes = np.zeros((len(indicated), 2))
    shares = np.zeros((len(indicated), arms))
    for r, best in enumerate(indicated):
        inside = _strongest(fit.effects[r], sign, best, strongest)
        cluster = None if fit.cluster is None else fit.cluster[inside]
        shares[r] = np.bincount(best[inside], minlength=arms) / inside.size
        seen = inside[fit.observed[inside]]
        got = fit.arm[seen] == best[seen]
        sizes[r] = got.sum(), (~got).sum()
        own = None if fit.cluster is None else fit.cluster[seen]
        parts["difference"].append(_two_groups(y[seen], got, own, fit.binary))
        for k, group in enumerate((got, ~got)):
            means[k].append(_mean(y[seen][group], None if own is None else own[group], binary=fit.binary))
        score = fit.scores[r, inside]
        chosen = score[np.arange(inside.size), best[inside]]
        others = (score.sum(1) - chosen) / (arms - 1)
        parts["robust"].append(_mean(chosen - others, cluster))
        parts["matching"].append(_mean(_matching(score, best[inside], fit.fold[r, inside], arms), cluster))
    groups = [Group(float(sizes[:, k].mean()), *_limits(means[k], level)) for k in (0, 1)]
    found = {name: _together(values, level) for name, values in parts.items()}
    return Advantage(shares.mean(0), groups[0], groups[1], **found)


def _strongest(effects: Array, sign: int, best: Codes, share: float) -> Codes:
    """The people with the largest predicted advantage; everybody as far as the last of them is tied."""
    everyone = np.arange(best.size)
    if share == 1.0:
        return everyone
    gain = sign * effects
    top = gain[everyone, best]
    size = top - (gain.sum(1) - top) / (effects.shape[1] - 1)
    least = np.sort(size)[::-1][max(1, round(share * size.size)) - 1]
    inside: Codes = np.flatnonzero(size >= least)
    return inside


_Number = tuple[float, float, float]
"""Estimate, standard error, degrees of freedom; NaN where it cannot be computed."""
_NONE = (float("nan"), float("nan"), float("nan"))


def _mean(x: Array, cluster: Codes | None, *, binary: bool = False) -> _Number:
    if x.size < 2:
        return _NONE
    mean = float(x.mean())
    if cluster is not None:
        return _clustered(x, cluster)
    se = _risk_se(x) if binary else float(x.std(ddof=1) / np.sqrt(x.size))
    return mean, se, x.size - 1.0


def _risk_se(x: Array) -> float:
    """Of a risk, with one success and one failure added."""
    risk = (float(x.sum()) + 1.0) / (x.size + 2.0)
    return float(np.sqrt(risk * (1 - risk) / (x.size + 2.0)))


def _clustered(values: Array, cluster: Codes) -> _Number:
    """Mean of values with clusters; NaN limits where the clusters say nothing of its error."""
    mean = robust_mean(values, cluster)
    return (mean.value, mean.se, mean.df) if np.isfinite(mean.se) else (mean.value, float("nan"), float("nan"))


def _two_groups(y: Array, got: NDArray[np.bool_], cluster: Codes | None, binary: bool) -> _Number:
    """Difference of means, got − other, after Welch."""
    one, two = y[got], y[~got]
    if min(one.size, two.size) < 2:
        return _NONE
    difference = float(one.mean() - two.mean())
    if cluster is not None:
        weight = np.where(got, (y - one.mean()) / one.size, -(y - two.mean()) / two.size)
        return _clustered(difference + y.size * weight, cluster)
    (_, a, da), (_, b, db) = _mean(one, None, binary=binary), _mean(two, None, binary=binary)
    total = a**2 + b**2
    df = total**2 / (a**4 / da + b**4 / db) if total > 0 else da + db
    return difference, float(np.sqrt(total)), df


def _matching(score: Array, best: Codes, fold: Codes, arms: int) -> Array:
    """Per person: product of indication and score, each less its mean in the fold; folds of one person give 0."""
    made = np.zeros(best.size)
    chosen = np.eye(arms)[best]
    for k in np.unique(fold):
        rows = fold == k
        size = int(rows.sum())
        if size > 1:
            centred = (chosen[rows] - chosen[rows].mean(0)) * (score[rows] - score[rows].mean(0))
            made[rows] = centred.sum(1) * size / (size - 1)
    return made


def _together(values: list[_Number], level: float) -> Comparison:
    known = np.array([value for value in values if np.isfinite(value).all()])
    if known.size == 0:
        return Comparison(*_NONE, float("nan"), float("nan"), 0)
    estimate, df = float(known[:, 0].mean()), float(known[:, 2].mean())
    se = float(np.sqrt((known[:, 1] ** 2).mean()))
    half = float(stdtrit(df, 0.5 + level / 2)) * se
    return Comparison(estimate, se, df, estimate - half, estimate + half, len(known))


def _limits(values: list[_Number], level: float) -> tuple[float, float, float]:
    found = _together(values, level)
    return found.estimate, found.low, found.high
