"""McDonald's omega: how much of a sum score's variance one common factor explains."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, ndtri

from forwhom.kernels.categorical_omega import green_yang, through_loadings
from forwhom.kernels.items import Missing, alpha_of, complete_rows, item_covariance, item_matrix, persons_behind
from forwhom.kernels.one_factor import (
    FactorFit,
    OneFactor,
    expected_information,
    factor_fit,
    least_squares,
    maximum_likelihood,
    observed_information,
)
from forwhom.kernels.polychoric import Polychoric, code_answers, item_pairs, polychoric
from forwhom.kernels.polychoric_sampling import sampling_contributions

Floats = NDArray[np.float64]
OmegaInterval = Literal["robust", "normal", "bootstrap", "none"]
TotalVariance = Literal["model", "observed"]

TOTAL = "omega total of one factor"
CATEGORICAL = "categorical omega of the observed sum score (Green & Yang, 2009)"


@dataclass(frozen=True, slots=True)
class Omega:
    """Omega with its width.

    value, low, high : None with the reason in `why_absent`
    kind : which omega it is, in words
    interval : kind of interval really computed
    se : standard error of value; None for the bootstrap
    loadings : standardised, in the items' order; negative : columns whose loading is below 0
    fit : of the one-factor model to continuous items; None for ordinal ones
    latent_response_omega, latent_response_alpha : ordinal items only: reliability of the sum of the
        unseen continuous responses (Zumbo, Gadermann & Zeisser, 2007). It is not the reliability of
        any score a person gets
    polychoric : the correlations behind an ordinal omega
    n : persons used; left_out : not used; k : items
    """

    value: float | None
    low: float | None
    high: float | None
    level: float
    kind: str
    interval: str
    n: int
    left_out: int
    k: int
    missing: Missing
    se: float | None = None
    loadings: tuple[float, ...] = ()
    negative: tuple[int, ...] = ()
    fit: FactorFit | None = None
    latent_response_omega: float | None = None
    latent_response_alpha: float | None = None
    polychoric: Polychoric | None = None
    why_absent: str | None = None


def mcdonald_omega(
    items: ArrayLike,
    *,
    level: float = 0.95,
    ordinal: bool = False,
    interval: OmegaInterval = "robust",
    total_variance: TotalVariance = "model",
    missing: Missing = "complete",
    rng: np.random.Generator | None = None,
    resamples: int = 1000,
) -> Omega:
    """McDonald's omega of the sum of the items under one common factor.

    items : (n, k) in the scale's direction, NaN where absent; three items or more
    ordinal :
        False: omega total, (sum of loadings)^2 / total variance, one factor by maximum likelihood on
        the covariance matrix (McDonald, 1999);
        True: Green & Yang's (2009, eq. 21) reliability of the observed sum of ordered answers, one
        factor by least squares on two-step polychoric correlations. For five or fewer categories
    interval :
        "robust" delta method from each person's influence, so that neither normal items nor an
        exactly fitting factor are assumed, on the logit scale (Kelley & Pornprasertmanit, 2016);
        "normal" delta method from the normal theory information matrix, logit scale;
        "bootstrap" percentiles over resampled persons, needs `rng`; "none"
    total_variance : denominator from the "model" (psych, MBESS, lavaan users' usual omega) or
        "observed" (semTools' default; McDonald's hierarchical form)
    missing : "complete" or "pairwise"; with pairwise continuous items only the bootstrap has an interval
    Declines, value None, for fewer than three items, for persons no more than items, when an item
    does not vary, when the fit does not converge and when a unique variance is not positive (Heywood).

    >>> rng = np.random.default_rng(5)
    >>> answers = rng.normal(size=(400, 1)) + rng.normal(size=(400, 6))
    >>> omega = mcdonald_omega(answers)
    >>> round(omega.value, 2), round(omega.low, 2), round(omega.high, 2)
    (0.85, 0.83, 0.87)
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level is {level}; give a share between 0 and 1, e.g. 0.95.")
    if interval not in ("robust", "normal", "bootstrap", "none"):
        raise ValueError(f"interval is {interval!r}; possible are 'robust', 'normal', 'bootstrap' and 'none'.")
    if interval == "bootstrap" and rng is None:
        raise ValueError("The bootstrap needs rng, e.g. rng=numpy.random.default_rng(1).")
    if ordinal and interval == "normal":
        raise ValueError("Ordinal items are not normal; take interval='robust' or 'bootstrap'.")
    matrix = item_matrix(items)
    estimate = _ordinal if ordinal else _continuous
    omega = estimate(matrix, level, interval, total_variance, missing)
    if interval == "bootstrap" and rng is not None and omega.value is not None:
        return _bootstrap(omega, matrix, ordinal, total_variance, rng, resamples)
    return omega


def _continuous(
    items: Floats, level: float, interval: OmegaInterval, total_variance: TotalVariance, missing: Missing
) -> Omega:
    (n, left_out), k = persons_behind(items, missing), items.shape[1]
    empty = Omega(None, None, None, level, TOTAL, interval, n, left_out, k, missing)
    why = _too_few(n, k)
    if why is not None:
        return replace(empty, why_absent=why)
    covariance = item_covariance(items, missing)
    why = _still(np.diag(covariance.matrix) > 0.0)
    if why is not None:
        return replace(empty, why_absent=why)
    sd = np.sqrt(np.diag(covariance.matrix))
    correlation = covariance.matrix / np.outer(sd, sd)
    if float(np.linalg.eigvalsh(correlation)[0]) <= 1e-10:
        return replace(empty, why_absent="Some items are an exact sum of others (or pairs contradict each other).")
    factor = maximum_likelihood(correlation)
    described = _described(empty, factor)
    if described.why_absent is not None:
        return described
    common = float(sd @ factor.loadings) ** 2
    total = float(sd @ (correlation if total_variance == "observed" else factor.implied) @ sd)
    value = common / total
    result = replace(described, value=value, fit=factor_fit(correlation, factor, n))
    if interval == "robust" and missing == "pairwise":
        return replace(result, why_absent="With pairwise answers only the bootstrap gives an interval.")
    if interval == "robust":
        shares = _influence(complete_rows(items), sd, correlation, factor, value, total, total_variance)
        return _with_limits(result, float(np.sqrt(shares @ shares)))
    if interval == "normal":
        return _with_limits(result, _normal_theory_error(sd, correlation, factor, value, total, total_variance, n))
    return result


def _ordinal(
    items: Floats, level: float, interval: OmegaInterval, total_variance: TotalVariance, missing: Missing
) -> Omega:
    used = complete_rows(items) if missing == "complete" else items[~np.isnan(items).all(axis=1)]
    n, k = used.shape
    empty = Omega(None, None, None, level, CATEGORICAL, interval, n, items.shape[0] - n, k, missing)
    why = _too_few(persons_behind(items, missing)[0], k) or _still(np.nanmin(used, axis=0) < np.nanmax(used, axis=0))
    if why is not None:
        return replace(empty, why_absent=why)
    correlations = polychoric(used, missing=missing, smooth=False)
    empty = replace(empty, polychoric=correlations)
    if correlations.at_limit:
        i, j = correlations.at_limit[0]
        return replace(
            empty, why_absent=f"Items {i + 1} and {j + 1} have no finite polychoric correlation in so few persons."
        )
    factor = least_squares(correlations.correlation)
    described = _described(empty, factor)
    if described.why_absent is not None:
        return described
    coded = code_answers(used)
    first, second = item_pairs(k)
    rho = correlations.correlation[first, second]
    found = green_yang(coded, factor.loadings, rho if total_variance == "observed" else None)
    common = float(factor.loadings.sum()) ** 2
    result = replace(
        described,
        value=found.value,
        latent_response_omega=common / (common + float(factor.unique.sum())),
        latent_response_alpha=alpha_of(correlations.correlation),
    )
    if interval != "robust":
        return result
    by_rho = through_loadings(correlations.correlation, factor.loadings, found.by_loadings) + found.by_correlations
    shares = sampling_contributions(coded, rho, by_rho, found.by_thresholds)
    return _with_limits(result, float(np.sqrt(shares @ shares)))


def _too_few(n: int, k: int) -> str | None:
    if k < 3:
        return "One factor needs at least 3 items; for 2, report the Spearman-Brown coefficient."
    if n <= k:
        return f"{n} person(s) for {k} items: more persons than items are needed."
    return None


def _still(varies: NDArray[np.bool_]) -> str | None:
    still = np.flatnonzero(~varies)
    return f"Item {int(still[0]) + 1} does not vary; leave it out." if len(still) else None


def _described(omega: Omega, factor: OneFactor) -> Omega:
    """Loadings into the result, or why the solution cannot be used."""
    negative = tuple(int(j) for j in np.flatnonzero(factor.loadings < 0.0))
    described = replace(omega, loadings=tuple(float(value) for value in factor.loadings), negative=negative)
    if factor.improper:
        return replace(
            described,
            why_absent=f"Heywood case: the unique variance of item {factor.improper[0] + 1} is not positive, "
            "so one factor does not describe these items.",
        )
    if not factor.converged:
        return replace(described, why_absent="The one-factor model did not converge.")
    return described


def _gradient(sd: Floats, factor: OneFactor, value: float, total: float, total_variance: TotalVariance) -> Floats:
    """Derivatives of omega by (loadings, unique variances), the sds held as weights."""
    common_by_loadings = 2.0 * float(sd @ factor.loadings) * sd
    if total_variance == "observed":
        return np.concatenate([common_by_loadings / total, np.zeros(len(sd))])
    return np.concatenate([(1.0 - value) * common_by_loadings, -value * sd**2]) / total


def _inverse(factor: OneFactor) -> Floats:
    return np.asarray(np.linalg.inv(factor.implied), dtype=np.float64)


def _influence(
    items: Floats,
    sd: Floats,
    correlation: Floats,
    factor: OneFactor,
    value: float,
    total: float,
    total_variance: TotalVariance,
) -> Floats:
    """Each person's share in the sampling error of omega, (n,); the squares sum to its variance."""
    n, k = items.shape
    scores = (items - items.mean(axis=0)) / sd
    inverse = _inverse(factor)
    gradient = _gradient(sd, factor, value, total, total_variance)
    chain = np.linalg.solve(observed_information(correlation, inverse, factor.loadings), gradient)
    # d omega = tr(W dS): the chain through the score equations, gathered into one symmetric matrix.
    pull = np.outer(chain[:k], factor.loadings)
    weights = 0.5 * inverse @ (pull + pull.T + np.diag(chain[k:])) @ inverse
    if total_variance == "observed":
        weights = weights - value / total * np.outer(sd, sd)
    shares = np.einsum("ij,jk,ik->i", scores, weights, scores, optimize=True)
    # The correlation has denominator n - 1, so the cross-products of the scores are n - 1 times it.
    return np.asarray((shares - shares.mean()) / (n - 1.0))


def _normal_theory_error(
    sd: Floats,
    correlation: Floats,
    factor: OneFactor,
    value: float,
    total: float,
    total_variance: TotalVariance,
    n: int,
) -> float:
    k = len(sd)
    inverse = _inverse(factor)
    gradient = _gradient(sd, factor, value, total, total_variance)
    chain = np.linalg.solve(expected_information(inverse, factor.loadings), gradient)
    pull = np.outer(chain[:k], factor.loadings)
    weights = 0.5 * inverse @ (pull + pull.T + np.diag(chain[k:])) @ inverse
    if total_variance == "observed":
        weights = weights - value / total * np.outer(sd, sd)
    # Variance of tr(W S) for normal items is 2 tr(W C W C) / n.
    spread = weights @ factor.implied
    return float(np.sqrt(2.0 * np.trace(spread @ spread) / n))


def _with_limits(omega: Omega, se: float) -> Omega:
    value = omega.value
    if value is None or not 0.0 < value < 1.0:
        return replace(omega, se=se, why_absent="Omega is at the end of its range, so no interval can be given.")
    centre = float(np.log(value / (1.0 - value)))
    half = float(ndtri(0.5 + omega.level / 2.0)) * se / (value * (1.0 - value))
    low, high = (float(expit(centre + side * half)) for side in (-1.0, 1.0))
    return replace(omega, se=se, low=low, high=high, interval=f"delta method ({omega.interval}), logit scale")


def _bootstrap(
    omega: Omega,
    items: Floats,
    ordinal: bool,
    total_variance: TotalVariance,
    rng: np.random.Generator,
    resamples: int,
) -> Omega:
    used = complete_rows(items) if omega.missing == "complete" else items[~np.isnan(items).all(axis=1)]
    n = used.shape[0]
    estimate = _ordinal if ordinal else _continuous
    values = []
    for _ in range(resamples):
        drawn = estimate(used[rng.integers(0, n, n)], omega.level, "none", total_variance, omega.missing)
        if drawn.value is not None:
            values.append(drawn.value)
    if len(values) < 0.9 * resamples:
        return replace(
            omega,
            why_absent=f"Only {len(values)} of {resamples} resamples gave an omega, so no interval is given.",
        )
    low, high = np.quantile(values, [(1.0 - omega.level) / 2.0, (1.0 + omega.level) / 2.0])
    return replace(
        omega, low=float(low), high=float(high), interval=f"bootstrap, percentiles of {len(values)} resamples"
    )
