"""What a row of a generalised mixed model says: log-likelihood and its derivatives in the linear predictor.

Every family gives, per row, the log-likelihood with all constants, its slope, the negative second derivative (the
weight) and the slope of that weight. Weights are observed, not expected: these are the same for the canonical links
(logit, log of a Poisson mean).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forwhom.kernels.mixed_groups import Floats

# Linear predictors beyond this are cut where their exponential would overflow.
LARGEST = 700.0
# A negative binomial with a larger shape is a Poisson distribution; beyond, the likelihood does not change.
LARGEST_LOG_SHAPE = 16.0


@dataclass(frozen=True, slots=True)
class Terms:
    """Derivatives of the log-likelihood of every row (N,) in its linear predictor.

    slope : first; weight : minus the second; turn : slope of `weight`
    """

    slope: Floats
    weight: Floats
    turn: Floats


@dataclass(frozen=True, slots=True)
class ShapeTerms:
    """Derivatives of every row in the logarithm of the shape of a negative binomial: of log-likelihood, slope, weight."""

    loglik: Floats
    slope: Floats
    weight: Floats


@dataclass(frozen=True, slots=True)
class Family:
    """One distribution with its link, bound to the outcomes of the rows.

    name, link : as in messages; constant : part of the log-likelihood that no parameter touches
    value : (eta, shape) -> log-likelihood of each row without `constant`, eta (N,)
    slope : (eta, shape) -> first derivative; terms : (eta, shape) -> `Terms`
    shape_terms : (eta, shape) -> `ShapeTerms`; None for families without a shape
    """

    name: str
    link: str
    constant: float
    value: Callable[[Floats, float], Floats]
    slope: Callable[[Floats, float], Floats]
    terms: Callable[[Floats, float], Terms]
    shape_terms: Callable[[Floats, float], ShapeTerms] | None = None


LINKS = {"binomial": ("logit", "probit", "cloglog"), "poisson": ("log",), "negative_binomial": ("log",)}


def make_family(name: str, link: str, y: Floats, trials: Floats, weights: Floats) -> Family:
    """The family bound to y (successes, or counts), trials and weights, each (N,).

    A weight multiplies the log-likelihood of its row.
    """
    if name == "binomial":
        return {"logit": _logit, "probit": _probit, "cloglog": _cloglog}[link](y, trials, weights)
    if name == "poisson":
        return _poisson(y, weights)
    return _negative_binomial(y, weights)


def inverse_link(link: str, eta: Floats) -> tuple[Floats, Floats]:
    """Mean and its first derivative at the linear predictor: a probability, or a count.

    >>> inverse_link("logit", np.array([0.0]))
    (array([0.5]), array([0.25]))
    """
    from scipy.special import expit, ndtr

    if link == "logit":
        p = np.asarray(expit(eta))
        return p, p * np.asarray(expit(-eta))
    if link == "probit":
        return np.asarray(ndtr(eta)), np.exp(-0.5 * eta**2) / np.sqrt(2 * np.pi)
    grown = np.exp(np.minimum(eta, LARGEST))
    if link == "log":
        return grown, grown
    return -np.expm1(-grown), grown * np.exp(-grown)


def link_of_mean(link: str, mean: Floats) -> Floats:
    """Linear predictor that has this mean."""
    from scipy.special import logit, ndtri

    if link == "logit":
        return np.asarray(logit(mean))
    if link == "probit":
        return np.asarray(ndtri(mean))
    return np.log(mean) if link == "log" else np.log(-np.log1p(-mean))


def _log_choose(y: Floats, trials: Floats, weights: Floats) -> float:
    from scipy.special import gammaln

    if (trials == 1).all():
        return 0.0
    return float(weights @ (gammaln(trials + 1) - gammaln(y + 1) - gammaln(trials - y + 1)))


def _logit(y: Floats, trials: Floats, weights: Floats) -> Family:
    from scipy.special import expit

    successes, times = weights * y, weights * trials

    def value(eta: Floats, _: float) -> Floats:
        return np.asarray(successes * eta - times * np.logaddexp(0.0, eta))

    def slope(eta: Floats, _: float) -> Floats:
        return np.asarray(successes - times * expit(eta))

    def terms(eta: Floats, _: float) -> Terms:
        p, rest = expit(eta), expit(-eta)
        weight = times * p * rest
        return Terms(np.asarray(successes - times * p), np.asarray(weight), np.asarray(weight * (rest - p)))

    return Family("binomial", "logit", _log_choose(y, trials, weights), value, slope, terms)


def _two_sided(
    y: Floats,
    trials: Floats,
    weights: Floats,
    link: str,
    yes: Callable[[Floats], tuple[Floats, Floats, Floats, Floats]],
    no: Callable[[Floats], tuple[Floats, Floats, Floats, Floats]],
) -> Family:
    """A binomial family from the logarithms of p and 1 - p, each with three derivatives."""
    hits, misses = weights * y, weights * (trials - y)

    def both(eta: Floats, order: int) -> Floats:
        return np.asarray(hits * yes(eta)[order] + misses * no(eta)[order])

    def terms(eta: Floats, _: float) -> Terms:
        a, b = yes(eta), no(eta)
        return Terms(hits * a[1] + misses * b[1], -(hits * a[2] + misses * b[2]), -(hits * a[3] + misses * b[3]))

    return Family(
        "binomial",
        link,
        _log_choose(y, trials, weights),
        lambda eta, _: both(eta, 0),
        lambda eta, _: both(eta, 1),
        terms,
    )


def _log_normal_cdf(eta: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    from scipy.special import log_ndtr

    value = np.asarray(log_ndtr(eta))
    ratio = np.exp(-0.5 * eta**2 - 0.5 * np.log(2 * np.pi) - value)
    second = -ratio * (eta + ratio)
    return value, ratio, second, -second * (eta + ratio) - ratio * (1 + second)


def _probit(y: Floats, trials: Floats, weights: Floats) -> Family:
    def no(eta: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        value, first, second, third = _log_normal_cdf(-eta)
        return value, -first, second, -third

    return _two_sided(y, trials, weights, "probit", _log_normal_cdf, no)


def _cloglog(y: Floats, trials: Floats, weights: Floats) -> Family:
    def yes(eta: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        t = np.exp(np.clip(eta, -LARGEST, 6.5))
        first = t / np.expm1(t)
        second = first * (1 - t - first)
        return np.log(-np.expm1(-t)), first, second, second * (1 - t - first) - first * (t + second)

    def no(eta: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        t = -np.exp(np.minimum(eta, LARGEST))
        return t, t, t, t

    return _two_sided(y, trials, weights, "cloglog", yes, no)


def _poisson(y: Floats, weights: Floats) -> Family:
    from scipy.special import gammaln

    counts = weights * y

    def value(eta: Floats, _: float) -> Floats:
        return np.asarray(counts * eta - weights * np.exp(np.minimum(eta, LARGEST)))

    def slope(eta: Floats, _: float) -> Floats:
        return np.asarray(counts - weights * np.exp(np.minimum(eta, LARGEST)))

    def terms(eta: Floats, _: float) -> Terms:
        mean = weights * np.exp(np.minimum(eta, LARGEST))
        return Terms(counts - mean, mean, mean)

    return Family("poisson", "log", -float(weights @ gammaln(y + 1)), value, slope, terms)


def _negative_binomial(y: Floats, weights: Floats) -> Family:
    """Variance mean + mean^2 / shape, shape = exp(the last parameter)."""
    from scipy.special import betaln, digamma, gammaln

    some = np.maximum(y, 1.0)
    log_gamma = np.asarray(gammaln(some))

    def parts(eta: Floats, log_shape: float) -> tuple[float, Floats, Floats]:
        shape = float(np.exp(min(log_shape, LARGEST_LOG_SHAPE)))
        mean = np.exp(np.minimum(eta, LARGEST))
        return shape, mean, mean / (shape + mean)

    def value(eta: Floats, log_shape: float) -> Floats:
        shape, mean, _ = parts(eta, log_shape)
        # log gamma(y + shape) - log gamma(shape), without cancellation where the shape is large.
        rising = np.where(y > 0, log_gamma - betaln(some, shape), 0.0)
        found = rising + y * (eta - np.log(shape + mean)) - shape * np.log1p(mean / shape)
        return np.asarray(weights * found)

    def slope(eta: Floats, log_shape: float) -> Floats:
        shape, _, share = parts(eta, log_shape)
        return np.asarray(weights * (y - (y + shape) * share))

    def terms(eta: Floats, log_shape: float) -> Terms:
        shape, _, share = parts(eta, log_shape)
        weight = weights * (y + shape) * share * (1 - share)
        return Terms(weights * (y - (y + shape) * share), weight, weight * (1 - 2 * share))

    def shape_terms(eta: Floats, log_shape: float) -> ShapeTerms:
        shape, mean, share = parts(eta, log_shape)
        if log_shape > LARGEST_LOG_SHAPE:
            return ShapeTerms(np.zeros_like(y), np.zeros_like(y), np.zeros_like(y))
        # d share / d log shape = -share (1 - share).
        turn = share * (1 - share)
        own = digamma(y + shape) - digamma(shape) - np.log1p(mean / shape) + (mean - y) / (shape + mean)
        return ShapeTerms(
            np.asarray(weights * shape * own),
            np.asarray(weights * ((y + shape) * turn - shape * share)),
            np.asarray(weights * (shape * turn - (y + shape) * turn * (1 - 2 * share))),
        )

    return Family("negative_binomial", "log", -float(weights @ gammaln(y + 1)), value, slope, terms, shape_terms)
