"""Hedges' g and its variance from whatever a paper prints.

Group 1 is the treatment, group 2 the comparison; above 0 group 1 has the higher scores. Whether that is good is declared
with the scale, not here. Every function takes numbers or (k,) arrays. The variance is metafor's `vtype = "LS"`:
1/n1 + 1/n2 + g²/(2 (n1 + n2)), with the corrected g in it (Hedges & Olkin, 1985, p. 86).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from forwhom.kernels.meta_analysis.effects import Array, Effects, Numbers, correction

_G = "Hedges' g"
_PER_LOG_ODDS = np.sqrt(3.0) / np.pi


def hedges_g(
    mean1: ArrayLike, sd1: ArrayLike, n1: ArrayLike, mean2: ArrayLike, sd2: ArrayLike, n2: ArrayLike
) -> Effects:
    """Hedges' g of two independent groups on their pooled sd, with the exact correction J(n1 + n2 − 2).

    >>> g = hedges_g([103], [5.5], [50], [100], [4.5], [50])
    >>> g.value.round(4), g.variance.round(5)
    (array([0.5924]), array([0.04175]))
    """
    got = Numbers(mean1=mean1, sd1=sd1, n1=n1, mean2=mean2, sd2=sd2, n2=n2)
    got.people("n1", "n2")
    for name in ("sd1", "sd2"):
        got.refuse(got[name] < 0, f"{name} is below 0")
    got.refuse((got["sd1"] == 0) & (got["sd2"] == 0), "sd1 and sd2 are both 0")
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = (got["n1"] - 1) * got["sd1"] ** 2 + (got["n2"] - 1) * got["sd2"] ** 2
        d = (got["mean1"] - got["mean2"]) / np.sqrt(squares / (got["n1"] + got["n2"] - 2))
    return _corrected(got, d)


def g_from_d(d: ArrayLike, n1: ArrayLike, n2: ArrayLike) -> Effects:
    """Hedges' g of a printed Cohen's d on the pooled sd.

    >>> g_from_d([0.5970], [50], [50]).value.round(3)
    array([0.592])
    """
    got = Numbers(d=d, n1=n1, n2=n2)
    got.people("n1", "n2")
    return _corrected(got, got["d"])


def g_from_t(t: ArrayLike, n1: ArrayLike, n2: ArrayLike) -> Effects:
    """Hedges' g of Student's t of two independent groups: d = t sqrt(1/n1 + 1/n2) (Rosenthal, 1991).

    A t with other df (Welch's, of a model with covariates) is not this t.

    >>> g_from_t([2.985], [50], [50]).value.round(3)
    array([0.592])
    """
    got = Numbers(t=t, n1=n1, n2=n2)
    got.people("n1", "n2")
    return _corrected(got, _d_of_t(got["t"], got))


def g_from_f(f: ArrayLike, n1: ArrayLike, n2: ArrayLike, sign: ArrayLike) -> Effects:
    """Hedges' g of F(1, n1 + n2 − 2) of two independent groups.

    sign : +1 when group 1 has the higher scores, −1 when group 2; F does not know it

    >>> g_from_f([8.91], [50], [50], [-1]).value.round(3)
    array([-0.592])
    """
    got = Numbers(f=f, n1=n1, n2=n2, sign=sign)
    got.people("n1", "n2")
    got.refuse(got["f"] < 0, "f is below 0")
    _check_sign(got)
    return _corrected(got, _d_of_t(np.sign(got["sign"]) * np.sqrt(np.abs(got["f"])), got))


def g_from_p(p: ArrayLike, n1: ArrayLike, n2: ArrayLike, sign: ArrayLike, *, two_sided: bool = True) -> Effects:
    """Hedges' g of the p of Student's t test of two independent groups.

    p : exact p, not a bound such as "< .05"; sign : as for `g_from_f`

    >>> g_from_p([0.00358], [50], [50], [1]).value.round(3)
    array([0.592])
    """
    got = Numbers(p=p, n1=n1, n2=n2, sign=sign)
    got.people("n1", "n2")
    got.refuse((got["p"] <= 0) | (got["p"] > 1), "p is not above 0 and at most 1")
    _check_sign(got)
    tail = np.clip(got["p"], 1e-300, 1.0) / (2.0 if two_sided else 1.0)
    # A one-sided p above one half says that the difference goes the other way.
    t = -stdtrit(np.maximum(got["n1"] + got["n2"] - 2.0, 1.0), tail)
    return _corrected(got, _d_of_t(np.sign(got["sign"]) * t, got))


def g_from_interval(low: ArrayLike, high: ArrayLike, n1: ArrayLike, n2: ArrayLike, *, level: float = 0.95) -> Effects:
    """Hedges' g of a printed interval of the raw mean difference of two independent groups (t limits, pooled sd).

    >>> g_from_interval([1.006], [4.994], [50], [50]).value.round(2)
    array([0.59])
    """
    got = Numbers(low=low, high=high, n1=n1, n2=n2)
    got.people("n1", "n2")
    got.refuse(got["high"] <= got["low"], "high is not above low")
    df = np.maximum(got["n1"] + got["n2"] - 2.0, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (got["low"] + got["high"]) / (got["high"] - got["low"]) * stdtrit(df, 0.5 + level / 2.0)
    return _corrected(got, _d_of_t(t, got))


def g_from_change(
    change1: ArrayLike, sd_change1: ArrayLike, n1: ArrayLike, change2: ArrayLike, sd_change2: ArrayLike, n2: ArrayLike,
    r: ArrayLike,
) -> Effects:  # fmt: skip
    """Hedges' g of the difference in change, on the raw sd that the sd of change and r imply: sd_change / sqrt(2 (1 − r)).

    change1, change2 : mean change of each group, end minus start; sd_change1, sd_change2 : sd of the changes
    r : correlation of start and end, equal sds before and after (Borenstein et al., 2009, eq. 4.27); seldom printed, so vary it
    Variance: 2 (1 − r) (1/n1 + 1/n2) + g²/(2 (n1 + n2)).

    >>> g = g_from_change([-8], [8], [40], [-4], [8], [40], 0.5)
    >>> g.value.round(3), g.variance.round(4)
    (array([-0.495]), array([0.0515]))
    """
    got = Numbers(change1=change1, sd_change1=sd_change1, n1=n1, change2=change2, sd_change2=sd_change2, n2=n2, r=r)
    got.people("n1", "n2")
    got.positive("sd_change1", "sd_change2")
    got.refuse((got["r"] <= -1) | (got["r"] >= 1), "r is not between -1 and 1")
    n1_, n2_, apart = got["n1"], got["n2"], 2.0 * (1.0 - got["r"])
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = np.sqrt(((n1_ - 1) * got["sd_change1"] ** 2 + (n2_ - 1) * got["sd_change2"] ** 2) / (n1_ + n2_ - 2))
        g = correction(n1_ + n2_ - 2) * (got["change1"] - got["change2"]) / (pooled / np.sqrt(apart))
        variance = apart * (1.0 / n1_ + 1.0 / n2_) + g**2 / (2.0 * (n1_ + n2_))
    return got.effects(g, variance, "Hedges' g of change")


def g_pre_post(
    mean_before: ArrayLike, mean_after: ArrayLike, sd_before: ArrayLike, n: ArrayLike, r: ArrayLike
) -> Effects:
    """Standardised change of one group on the sd before, after minus before (Becker, 1988; metafor's SMCR).

    r : correlation of start and end. Variance: 2 (1 − r)/n + g²/(2 n). A change without a comparison group is no effect
    of a treatment: it holds regression to the mean and time.

    >>> g = g_pre_post([30], [24], [10], [25], 0.5)
    >>> g.value.round(3), g.variance.round(4)
    (array([-0.581]), array([0.0468]))
    """
    got = Numbers(mean_before=mean_before, mean_after=mean_after, sd_before=sd_before, n=n, r=r)
    got.people("n", least=3.0)
    got.positive("sd_before")
    got.refuse((got["r"] <= -1) | (got["r"] >= 1), "r is not between -1 and 1")
    with np.errstate(divide="ignore", invalid="ignore"):
        g = correction(got["n"] - 1) * (got["mean_after"] - got["mean_before"]) / got["sd_before"]
        variance = 2.0 * (1.0 - got["r"]) / got["n"] + g**2 / (2.0 * got["n"])
    return got.effects(g, variance, "standardised mean change")


def g_from_log_odds(log_odds_ratio: ArrayLike, variance: ArrayLike) -> Effects:
    """Standardised difference of a log odds ratio: times sqrt(3)/pi, its variance times 3/pi² (Chinn, 2000).

    It holds when the event is a logistic score cut in two. No small-sample correction is applied.

    >>> g_from_log_odds([1.0], [0.1]).value.round(4)
    array([0.5513])
    """
    got = Numbers(log_odds_ratio=log_odds_ratio, variance=variance)
    got.positive("variance")
    return got.effects(got["log_odds_ratio"] * _PER_LOG_ODDS, got["variance"] * _PER_LOG_ODDS**2, "g from log odds")


def log_odds_from_g(g: ArrayLike, variance: ArrayLike) -> Effects:
    """The way back of `g_from_log_odds`.

    >>> log_odds_from_g([0.5513], [0.0304]).value.round(3)
    array([1.])
    """
    got = Numbers(g=g, variance=variance)
    got.positive("variance")
    return got.effects(got["g"] / _PER_LOG_ODDS, got["variance"] / _PER_LOG_ODDS**2, "log odds ratio from g")


def _corrected(got: Numbers, d: Array) -> Effects:
    """g and its variance from d on n1 + n2 − 2 degrees of freedom."""
    n1, n2 = got["n1"], got["n2"]
    with np.errstate(divide="ignore", invalid="ignore"):
        g = correction(n1 + n2 - 2.0) * d
        variance = 1.0 / n1 + 1.0 / n2 + g**2 / (2.0 * (n1 + n2))
    return got.effects(g, variance, _G)


def _d_of_t(t: Array, got: Numbers) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(t * np.sqrt(1.0 / got["n1"] + 1.0 / got["n2"]))


def _check_sign(got: Numbers) -> None:
    got.refuse(~np.isin(got["sign"], (-1.0, 1.0)), "sign is not 1 or -1")
