"""Do small studies tell larger effects: regression and rank tests, and effects extrapolated to no sampling error.

Such tests see a relation of effect and size of study, whatever makes it: results kept back, but also sicker people, more
intense treatment or worse design in small studies. Below ten studies they hardly find anything (Sterne et al., 2011) and refuse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from forwhom.kernels.meta_analysis import checks
from forwhom.kernels.meta_analysis.effects import Array
from forwhom.kernels.meta_analysis.heterogeneity import Method
from forwhom.kernels.meta_analysis.random_effects import Test, random_effects

FEWEST = 10
"""Studies below which the tests refuse (Sterne et al., 2011, BMJ 343:d4002)."""


@dataclass(frozen=True, slots=True)
class RegressionTest:
    """Effects regressed on their imprecision.

    slope, slope_se, statistic, df, p : of imprecision; df None where normal. Above 0: less precise studies tell higher effects
    limit, limit_low, limit_high : effect at no sampling error
    problem : why there is no test; everything else None then
    """

    slope: float | None
    slope_se: float | None
    statistic: float | None
    df: float | None
    p: float | None
    limit: float | None
    limit_low: float | None
    limit_high: float | None
    k: int
    model: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RankTest:
    """Kendall's tau of effects and variances, p two-sided; exact or not. Above 0: less precise studies tell higher effects."""

    tau: float | None
    p: float | None
    exact: bool
    k: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PetPeese:
    """Effects extrapolated to no sampling error by weighted least squares.

    pet, peese : on the standard error, on the variance; `limit` of each is the effect
    chosen : "PEESE" when the limit of PET differs from 0 at p below 0.10, else "PET" (Stanley & Doucouliagos, 2014); None without tests
    """

    pet: RegressionTest
    peese: RegressionTest
    chosen: str | None

    @property
    def estimate(self) -> float | None:
        """The effect by the chosen regression."""
        if self.chosen is None:
            return None
        return self.peese.limit if self.chosen == "PEESE" else self.pet.limit


def egger(
    y: ArrayLike,
    v: ArrayLike,
    *,
    model: Literal["mixed", "classic"] = "mixed",
    predictor: ArrayLike | Literal["se", "variance"] = "se",
    test: Test = "knapp-hartung",
    method: Method = "REML",
    level: float = 0.95,
    least: int = FEWEST,
) -> RegressionTest:
    """Regression test of funnel asymmetry (Egger et al., 1997; mixed model: Thompson & Sharp, 1999; Moreno et al., 2009).

    model : "mixed", with variance between studies; "classic", weights 1/v and one residual factor (Egger's own)
    predictor : "se", "variance", or (k,) numbers. For g take sqrt(1/n1 + 1/n2): the se of g holds g itself, which makes
        asymmetry where there is none (Pustejovsky & Rodgers, 2019)
    least : fewer studies are refused

    >>> y = [0.9, 0.8, 0.7, 0.75, 0.6, 0.5, 0.45, 0.4, 0.42, 0.35]
    >>> v = [0.2, 0.16, 0.15, 0.12, 0.1, 0.08, 0.06, 0.05, 0.04, 0.03]
    >>> made = egger(y, v, test="wald")
    >>> round(made.slope, 2), round(made.p, 2), round(made.limit, 2)
    (1.92, 0.07, 0.0)
    """
    effect, variance = checks.effects_and_variances(y, v)
    if model not in ("mixed", "classic"):
        raise ValueError(f"model is {model!r}; possible are mixed, classic.")
    imprecision = _imprecision(predictor, variance)
    problem = _too_little(imprecision, effect.size, least)
    if problem:
        return RegressionTest(None, None, None, None, None, None, None, None, effect.size, model, problem)
    if model == "classic":
        return _least_squares(effect, variance, imprecision, level)
    fit = random_effects(effect, variance, imprecision, test=test, method=method, level=level)
    slope, se = float(fit.coefficients[1]), float(fit.se[1])
    return RegressionTest(
        slope, se, slope / se, fit.df, float(fit.p[1]), fit.estimate, float(fit.low[0]), float(fit.high[0]), effect.size, model
    )  # fmt: skip


def begg(y: ArrayLike, v: ArrayLike, *, least: int = FEWEST) -> RankTest:
    """Rank test of Begg & Mazumdar (1994): Kendall's tau of standardised effects and variances.

    p is exact without ties; with ties by the normal approximation.

    >>> made = begg([0.9, 0.8, 0.7, 0.4, 0.3], [0.20, 0.16, 0.10, 0.12, 0.04], least=3)
    >>> round(made.tau, 2), round(made.p, 3), made.exact
    (0.8, 0.083, True)
    """
    effect, variance = checks.effects_and_variances(y, v)
    k = effect.size
    problem = _too_little(variance, k, least)
    if problem:
        return RankTest(None, None, False, k, problem)
    w = 1.0 / variance
    pooled = float((w * effect).sum() / w.sum())
    standard = (effect - pooled) / np.sqrt(variance - 1.0 / w.sum())
    signs = _signs(standard), _signs(variance)
    score = float((signs[0] * signs[1]).sum()) / 2.0
    pairs = [float((sign != 0).sum()) / 2.0 for sign in signs]
    if pairs[0] == 0.0:
        return RankTest(None, None, False, k, "all effects are equal, so they cannot be ranked")
    tau = score / float(np.sqrt(pairs[0] * pairs[1]))
    if pairs[0] == pairs[1] == k * (k - 1) / 2.0:
        return RankTest(tau, _exact_kendall(score, k), True, k)
    z = score / float(np.sqrt(_kendall_variance(standard, variance)))
    return RankTest(tau, float(2.0 * ndtr(-abs(z))), False, k)


def pet_peese(
    y: ArrayLike,
    v: ArrayLike,
    *,
    alternative: Literal["two-sided", "greater", "less"] = "two-sided",
    level: float = 0.95,
    least: int = FEWEST,
) -> PetPeese:
    """Precision-effect test and its variant with the variance (Stanley & Doucouliagos, 2014).

    Weighted least squares, weights 1/v, one residual factor. With few or very different studies it errs much; it is a question
    to the pooled effect, no better estimate. PEESE is taken where the limit of PET differs from 0 (one-sided p below .05).

    alternative : side on which PET's limit must differ for PEESE to be taken; "two-sided" takes either

    >>> y = [0.9, 0.8, 0.7, 0.75, 0.6, 0.5, 0.45, 0.4, 0.42, 0.35]
    >>> v = [0.2, 0.16, 0.15, 0.12, 0.1, 0.08, 0.06, 0.05, 0.04, 0.03]
    >>> made = pet_peese(y, v)
    >>> made.chosen, round(made.estimate, 2)
    ('PET', 0.0)
    """
    effect, variance = checks.effects_and_variances(y, v)
    made = []
    for by, name in ((np.sqrt(variance), "PET"), (variance, "PEESE")):
        problem = _too_little(by, effect.size, least)
        if problem:
            made.append(RegressionTest(None, None, None, None, None, None, None, None, effect.size, name, problem))
        else:
            made.append(_least_squares(effect, variance, by, level, name))
    pet, peese = made
    if pet.limit is None or pet.limit_low is None or pet.df is None:
        return PetPeese(pet, peese, None)
    se = (pet.limit - pet.limit_low) / float(stdtrit(pet.df, 0.5 + level / 2.0))
    p = 2.0 * float(stdtr(pet.df, -abs(pet.limit) / se)) if se > 0.0 else 0.0
    hoped = alternative == "two-sided" or (pet.limit > 0.0) == (alternative == "greater")
    return PetPeese(pet, peese, "PEESE" if p < 0.10 and hoped else "PET")


def _imprecision(predictor: ArrayLike | str, variance: Array) -> Array:
    if isinstance(predictor, str):
        if predictor not in ("se", "variance"):
            raise ValueError(f"predictor is {predictor!r}; possible are se, variance, or one number per study.")
        return np.asarray(np.sqrt(variance) if predictor == "se" else variance)
    given = np.asarray(predictor, dtype=np.float64)
    if given.shape != variance.shape or not np.isfinite(given).all():
        raise ValueError(f"predictor must hold one finite number for each of the {variance.size} studies.")
    return given


def _too_little(imprecision: Array, k: int, least: int) -> str:
    if k < max(least, 3):
        return f"{k} studies are too few: below {max(least, 3)} the test finds hardly anything even where something is"
    if np.ptp(imprecision) <= 1e-10 * np.abs(imprecision).max():
        return "all studies are equally precise, so there are no small ones to compare with large ones"
    return ""


def _least_squares(y: Array, v: Array, by: Array, level: float, name: str = "classic") -> RegressionTest:
    """Weighted least squares with a residual factor, t on k − 2."""
    x = np.column_stack([np.ones(y.size), by]) / np.sqrt(v)[:, None]
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ (x.T @ (y / np.sqrt(v)))
    df = y.size - 2.0
    factor = float(((y / np.sqrt(v) - x @ beta) ** 2).sum()) / df
    se = np.sqrt(factor * np.diag(inverse))
    half = float(stdtrit(df, 0.5 + level / 2.0)) * se
    t = float(beta[1] / se[1]) if se[1] > 0 else float(np.copysign(np.inf, beta[1]))
    return RegressionTest(
        float(beta[1]), float(se[1]), t, df, float(2.0 * stdtr(df, -abs(t))), float(beta[0]), float(beta[0] - half[0]),
        float(beta[0] + half[0]), y.size, name,
    )  # fmt: skip


def _signs(values: Array) -> Array:
    return np.asarray(np.sign(values[:, None] - values[None, :]))


def _exact_kendall(score: float, k: int) -> float:
    """Two-sided p of Kendall's score by counting permutations with as many inversions."""
    pairs = k * (k - 1) // 2
    # The distribution is symmetric, so the nearer tail is enough.
    last = round((pairs - abs(score)) / 2.0)
    share = np.ones(1)
    for n in range(2, k + 1):
        # A further value adds 0 … n − 1 inversions with equal chance.
        longer = np.zeros(min(share.size + n - 1, last + 1))
        longer[: share.size] = share
        running = np.cumsum(longer)
        running[n:] -= running[:-n].copy()
        share = running / n
    return min(1.0, 2.0 * float(share.sum()))


def _kendall_variance(first: Array, second: Array) -> float:
    """Variance of Kendall's score with ties (Kendall, 1970, ch. 4)."""
    k = first.size
    ties = [np.unique(values, return_counts=True)[1].astype(np.float64) for values in (first, second)]
    whole = k * (k - 1.0) * (2.0 * k + 5.0)
    part = [float((t * (t - 1) * (2 * t + 5)).sum()) for t in ties]
    two = [float((t * (t - 1)).sum()) for t in ties]
    three = [float((t * (t - 1) * (t - 2)).sum()) for t in ties]
    return (
        (whole - part[0] - part[1]) / 18.0
        + two[0] * two[1] / (2.0 * k * (k - 1.0))
        + three[0] * three[1] / (9.0 * k * (k - 1.0) * (k - 2.0))
    )


def normal_limits(value: float, se: float, level: float) -> tuple[float, float]:
    """Normal limits of a value."""
    half = float(ndtri(0.5 + level / 2.0)) * se
    return value - half, value + half
