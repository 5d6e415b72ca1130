"""What a generalised mixed model says of a population: means over the random effects, not at their average.

With a logit the probability at random effects of 0 is that of a typical person, farther from one half than the share of persons
it holds for. Shares and counts are therefore integrated over the estimated distribution of the effects (Zeger, Liang &
Albert 1988, Biometrics 44, 1049-1060; Hedeker et al. 2018, Biometrics 74, 354-361).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.glmm import GlmmFit
from forwhom.kernels.glmm_families import inverse_link
from forwhom.kernels.mixed_groups import Floats

__all__ = ["MarginalMeans", "marginal_means"]

# Nodes of the rule for one normal variable; with 61 the error is below 1e-8 for standard deviations up to 4.
NODES = 61


@dataclass(frozen=True, slots=True)
class MarginalMeans:
    """Means of populations: probabilities, or counts.

    mean : (A,); covariance : (A, A) by the delta method, from beta and the variances together; se : (A,)
    low, high : (A,) interval made on the scale of the logit, or of the logarithm for counts
    slope : (A, k) derivatives in (beta, theta, log shape), for further functions of the means
    """

    mean: Floats
    covariance: Floats
    se: Floats
    low: Floats
    high: Floats
    slope: Floats


def marginal_means(
    fit: GlmmFit,
    X: Sequence[NDArray[np.floating]],
    Z: Sequence[Sequence[NDArray[np.floating]]],
    *,
    offset: Sequence[NDArray[np.floating]] | None = None,
    level: float = 0.95,
) -> MarginalMeans:
    """Mean outcome of each of several populations, averaged over rows and integrated over random effects.

    X : per population (M, p), e.g. every person as if in one arm; Z : per population, per level of the fit (M, q)
    offset : per population (M,); level : of the intervals
    The rows of a population share their parameters only; the sample of persons counts as fixed.

    >>> from forwhom.kernels.glmm import Level, fit_glmm
    >>> well = np.array([0.0, 0, 1, 1, 1, 1, 0, 1, 0, 1, 1, 1])
    >>> one = np.ones((12, 1))
    >>> fit = fit_glmm(well, one, [Level(one, np.repeat(np.arange(4), 3))], quadrature_points=9)
    >>> marginal_means(fit, [one], [[one]]).mean.round(3)
    array([0.672])
    """
    from scipy.special import ndtri

    means, slopes = [], []
    for k, (x, z) in enumerate(zip(X, Z, strict=True)):
        shift = 0.0 if offset is None else np.asarray(offset[k], dtype=np.float64)
        one, turned = _one(fit, np.asarray(x, dtype=np.float64), z, shift)
        means.append(one)
        slopes.append(turned)
    mean, slope = np.array(means), np.array(slopes)
    covariance = slope @ fit.parameter_cov @ slope.T
    se = np.sqrt(np.diagonal(covariance))
    z_value = float(ndtri(0.5 + level / 2))
    if fit.family == "binomial":
        center, width = np.log(mean / (1 - mean)), z_value * se / (mean * (1 - mean))
        low, high = 1 / (1 + np.exp(width - center)), 1 / (1 + np.exp(-width - center))
    else:
        low, high = mean * np.exp(-z_value * se / mean), mean * np.exp(z_value * se / mean)
    return MarginalMeans(mean, covariance, se, low, high, slope)


def _one(fit: GlmmFit, x: Floats, z: Sequence[NDArray[np.floating]], offset: Floats | float) -> tuple[float, Floats]:
    """Mean of one population and its derivatives in (beta, theta, log shape)."""
    if x.ndim != 2 or x.shape[1] != len(fit.beta) or len(z) != len(fit.tau):
        raise ValueError(f"X must be (M, {len(fit.beta)}), and Z given for {len(fit.tau)} levels, as in the fit.")
    columns = [np.asarray(one, dtype=np.float64).reshape(len(x), -1) for one in z]
    variance = sum((np.einsum("nq,qr,nr->n", one, tau, one) for one, tau in zip(columns, fit.tau, strict=True)), 0.0)
    sd = np.sqrt(variance)
    eta = x @ fit.beta + offset
    slope = np.zeros(len(fit.parameter_cov))
    if fit.link == "log":
        mean = np.exp(eta + 0.5 * variance)
        by_eta, by_variance = mean, 0.5 * mean
    elif fit.link == "probit":
        ratio = 1 / np.sqrt(1 + variance)
        mean, density = inverse_link("probit", eta * ratio)
        by_eta, by_variance = density * ratio, -0.5 * density * eta * ratio**3
    else:
        node, weight = np.polynomial.hermite_e.hermegauss(NODES)
        weight = weight / weight.sum()
        mean, by_eta, by_sd = np.zeros(len(x)), np.zeros(len(x)), np.zeros(len(x))
        for t, w in zip(node, weight, strict=True):
            value, turn = inverse_link(fit.link, eta + sd * t)
            mean += w * value
            by_eta += w * turn
            by_sd += w * t * turn
        # At a variance of 0 the derivative in the factor is 0 whatever stands here.
        by_variance = by_sd / np.where(sd > 0, 2 * sd, np.inf)
    p = x.shape[1]
    slope[:p] = x.T @ by_eta / len(x)
    at = p
    for one, tau, given in zip(columns, fit.tau, fit.search.levels, strict=True):
        q = len(tau)
        places = [(a, b) for b in range(q) for a in range(b, q) if given.correlated or a == b]
        root = np.zeros((q, q))
        for k, (a, b) in enumerate(places):
            root[a, b] = fit.theta[at - p + k]
        product = one.T @ (by_variance[:, None] * one) / len(x)
        turned = 2 * product @ root
        slope[at : at + len(places)] = [turned[a, b] for a, b in places]
        at += len(places)
    return float(mean.mean()), slope
