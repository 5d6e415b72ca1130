"""Person scores, information and expected answers under known parameters of a graded response model."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forwhom.kernels.graded_likelihood import Layout, curves

Array = NDArray[np.float64]
Method = Literal["map", "ml", "wle"]
REACH = 20.0
"""Maxima are looked for within this many standard deviations of the population's mean."""


def category_curves(slope: Array, step: Array, trait: ArrayLike) -> tuple[Array, Array, Array]:
    """Category probabilities and their first and second derivatives by the trait, each (J, K, m), 0 beyond an item's own.

    slope : (J,); step : (J, K - 1) intercepts in falling order, NaN beyond an item's own; trait : (m,)
    """
    own = np.isfinite(step).sum(axis=1) + 1
    layout = Layout(own.astype(np.intp))
    theta = np.zeros(layout.size)
    theta[layout.slope] = slope
    theta[layout.step[layout.real]] = step[:, : layout.most - 1][layout.real]
    made = curves(layout, theta, np.atleast_1d(np.asarray(trait, dtype=float)))
    if made is None:
        raise ValueError("The steps of an item are not in falling order.")
    above, below, share = made
    real = layout.real[:, :, None]
    first = np.where(real, above * below, 0.0) * slope[:, None, None]
    second = first * (below - above) * slope[:, None, None]
    inside = layout.inside[:, :, None]
    return np.where(inside, share, 0.0), _between(first), _between(second)


def _between(by_step: Array) -> Array:
    """What passes a step comes to the category above and leaves the one below."""
    out = np.zeros((by_step.shape[0], by_step.shape[1] + 1, by_step.shape[2]))
    out[:, 1:] = by_step
    out[:, :-1] -= by_step
    return out


def information(slope: Array, step: Array, trait: ArrayLike) -> Array:
    """Information of each item about the trait (Samejima, 1969): (J, m). Their sum is the test's.

    >>> information(np.array([2.0]), np.array([[0.0]]), [0.0]).tolist()
    [[1.0]]
    """
    share, first, _ = category_curves(slope, step, trait)
    made: Array = np.divide(first**2, share, out=np.zeros_like(share), where=share > 0).sum(axis=1)
    return made


def expected_answers(slope: Array, step: Array, trait: ArrayLike) -> Array:
    """Mean answer to each item, counted from 0: (J, m)."""
    share = category_curves(slope, step, trait)[0]
    made: Array = np.einsum("jkm,k->jm", share, np.arange(share.shape[1], dtype=float))
    return made


def marginal_reliability(slope: Array, step: Array) -> float:
    """Mean over a standard normal population of information / (information + 1) (Green and others, 1984).

    >>> round(marginal_reliability(np.full(10, 2.0), np.zeros((10, 1))), 2)
    0.8
    """
    node = np.linspace(-6, 6, 121)
    weight = np.exp(-(node**2) / 2)
    total = information(slope, step, node).sum(axis=0)
    return float(np.average(total / (total + 1), weights=weight))


def person_scores(
    y: ArrayLike, slope: Array, step: Array, method: Method, *, mean: float = 0.0, sd: float = 1.0
) -> tuple[Array, Array]:
    """Scores that maximise a function of the answers, and their standard errors, (n,) each.

    y : (n, J) categories from 0, NaN where absent
    method : "map" the posterior mode under a normal population (`mean`, `sd`), "ml" the likelihood's maximum, "wle" Warm's (1989)
        weighted likelihood, for graded answers as in Penfield & Bergeron (2005)

    NaN without answers, and by "ml" where no finite maximum exists: every answer at the end the item points to.

    >>> slope, step = np.full(8, 1.5), np.tile([1.0, -1.0], (8, 1))
    >>> score, error = person_scores(np.ones((1, 8)), slope, step, "wle")
    >>> abs(score.round(6)).tolist(), error.round(2).tolist()
    ([0.0], [0.44])
    """
    answers = np.asarray(y, dtype=float)
    there = np.isfinite(answers)
    chosen = np.where(there, answers, 0).astype(np.intp)
    most = np.isfinite(step).sum(axis=1)
    upper, lower = ((chosen == most), (chosen == 0))
    top = (np.where(slope > 0, upper, lower) | ~there).all(axis=1)
    bottom = (np.where(slope > 0, lower, upper) | ~there).all(axis=1)
    rows = np.flatnonzero(there.any(axis=1) & ~((top | bottom) & (method == "ml")))
    score, error = (np.full(answers.shape[0], np.nan) for _ in range(2))
    if rows.size == 0:
        return score, error
    # People who answer alike have one score.
    patterns, inverse = np.unique(np.where(there, answers, -1)[rows], axis=0, return_inverse=True)
    seen = patterns >= 0
    codes = np.where(seen, patterns, 0).astype(np.intp)
    low = np.full(patterns.shape[0], mean - REACH * sd)
    high = np.full(patterns.shape[0], mean + REACH * sd)
    for _ in range(60):
        middle = (low + high) / 2
        rising = _slope_at(middle, codes, seen, slope, step, method, mean, sd)[0] > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
        if float((high - low).max()) < 1e-9:
            break
    found = (low + high) / 2
    about = _slope_at(found, codes, seen, slope, step, method, mean, sd)[1]
    score[rows], error[rows] = found[inverse.ravel()], (1 / np.sqrt(about))[inverse.ravel()]
    return score, error


def _slope_at(
    trait: Array,
    codes: NDArray[np.intp],
    seen: NDArray[np.bool_],
    slope: Array,
    step: Array,
    method: Method,
    mean: float,
    sd: float,
) -> tuple[Array, Array]:
    """Derivative of what is maximised at one trait per pattern, and the information there (with the population's, for "map")."""
    share, first, second = category_curves(slope, step, trait)
    kept = np.maximum(share, 1e-300)
    item, person = np.arange(codes.shape[1])[None, :], np.arange(trait.size)[:, None]
    steep = np.where(seen, (first / kept)[item, codes, person], 0.0).sum(axis=1)
    about = np.where(seen, (first**2 / kept).sum(axis=1).T, 0.0).sum(axis=1)
    if method == "map":
        return steep - (trait - mean) / sd**2, about + 1 / sd**2
    if method == "wle":
        bias = np.where(seen, (first * second / kept).sum(axis=1).T, 0.0).sum(axis=1)
        return steep + bias / (2 * np.maximum(about, 1e-300)), about
    return steep, about
