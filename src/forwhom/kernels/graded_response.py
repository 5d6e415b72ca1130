"""Graded response model (Samejima, 1969) of one population by marginal maximum likelihood.

P(answer >= k | trait) = logistic(a trait + d_k), trait ~ N(0, 1) in the population; the location of step k is -d_k / a.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forwhom.kernels.graded_groups import fit_groups
from forwhom.kernels.graded_likelihood import Answers

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GradedResponse:
    """A fitted graded response model of J items.

    slope : (J,) discriminations a; step : (J, K - 1) intercepts d_k, NaN beyond an item's own categories
    location : (J, K - 1) -d / a, on the trait's scale
    covariance : (q, q) of the free parameters, item by item: slope, then intercepts; from the observed information
    trait, trait_se : (n,) expected a posteriori score and posterior standard deviation; NaN without answers
    loglik : marginal log likelihood; reliability : variance of the scores over it plus the mean posterior variance
    """

    slope: Array
    step: Array
    location: Array
    covariance: Array
    trait: Array
    trait_se: Array
    loglik: float
    reliability: float
    iterations: int
    converged: bool
    message: str
    n: int
    answers: Answers = field(repr=False)


def graded_response(y: ArrayLike, *, max_iterations: int = 500) -> GradedResponse:
    """Fit by marginal maximum likelihood over a normal population.

    y : (n, J) answers as whole numbers from 0, NaN where absent. Categories nobody chose are closed up

    Most slopes are positive. Raises ValueError for items with one category, fewer than three items, or answers that are no
    whole numbers.

    >>> rng = np.random.default_rng(1)
    >>> trait = rng.standard_normal(500)
    >>> y = (1.5 * trait[:, None, None] + np.array([1.0, -1.0]) + rng.logistic(size=(500, 4, 1)) > 0).sum(axis=2)
    >>> graded_response(y).slope.round(1)
    array([1.4, 1.5, 1.2, 1.5])
    """
    fit = fit_groups([y], max_iterations=max_iterations)
    trait, se = fit.trait[0], fit.trait_se[0]
    return GradedResponse(
        fit.slope[0],
        fit.step[0],
        fit.location[0],
        fit.covariance,
        trait,
        se,
        fit.loglik,
        empirical_reliability(trait, se),
        fit.iterations,
        fit.converged,
        fit.message,
        int(np.isfinite(trait).sum()),
        fit.answers[0],
    )


def empirical_reliability(trait: Array, se: Array) -> float:
    """Variance of the expected a posteriori scores over it plus their mean squared error; NaN where absent.

    >>> round(empirical_reliability(np.array([-1.0, 0.0, 1.0]), np.array([0.5, 0.5, 0.5])), 2)
    0.73
    """
    spread = float(np.nanvar(trait))
    return spread / (spread + float(np.nanmean(se**2)))
