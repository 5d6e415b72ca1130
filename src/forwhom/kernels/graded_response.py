"""Graded response model (Samejima, 1969) by marginal maximum likelihood.

P(answer >= k | trait) = logistic(a trait + d_k), trait ~ N(0, 1) in the population; the location of step k is -d_k / a.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forwhom.kernels.quasi_newton import bfgs

Array = NDArray[np.float64]
ENOUGH = 1e-9
"""Expected further gain of the log likelihood at which the search ends."""
POINTS, REACH = 61, 6.0
"""Quadrature: equally spaced points from -REACH to REACH."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers condensed: which category of which item, one column each.

    chosen : (r, C) 1 where a response pattern holds the category; weight : (r,) people with the pattern
    item : (C,) item of each column; categories : (J,) number of categories per item
    person : (n,) pattern of each person, -1 for people without any answer
    """

    chosen: Array
    weight: Array
    item: NDArray[np.intp]
    categories: NDArray[np.intp]
    person: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class GradedResponse:
    """A fitted graded response model of J items.

    slope : (J,) discriminations a; step : (J, K - 1) intercepts d_k, NaN beyond an item's own categories
    location : (J, K - 1) -d / a, on the trait's scale
    covariance : (q, q) of the free parameters, item by item: slope, then intercepts; from the observed information
    trait, trait_se : (n,) expected a posteriori score and posterior standard deviation; NaN without answers
    loglik : marginal log likelihood; reliability : 1 less mean posterior variance over total variance
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

    Raises ValueError for items with one category, fewer than three items, or answers that are no whole numbers.

    >>> rng = np.random.default_rng(1)
    >>> trait = rng.standard_normal(500)
    >>> y = (1.5 * trait[:, None, None] + np.array([1.0, -1.0]) + rng.logistic(size=(500, 4, 1)) > 0).sum(axis=2)
    >>> graded_response(y).slope.round(1)
    array([1.4, 1.5, 1.2, 1.5])
    """
    answers = condense(np.asarray(y, dtype=float))
    layout = _Layout(answers.categories)
    node, prior = quadrature()
    theta = _starts(answers, layout)
    here = _evaluate(theta, answers, layout, node, prior)
    if here is None:
        raise ValueError("The start values do not order the steps of an item; its categories are too rare.")
    inverse = _inverted(_complete_information(here, layout, node))
    converged, message, iteration = False, "The search did not settle.", 0
    for iteration in range(1, max_iterations + 1):
        step = inverse @ here.gradient
        gain = float(here.gradient @ step)
        if gain < ENOUGH:
            converged, message = True, "converged"
            break
        following = _along(here, step, gain, answers, layout, node, prior)
        if following is None:
            message = "No further gain could be found along the search direction."
            break
        if iteration % 4 == 0 and iteration < 20:
            inverse = _inverted(_complete_information(following, layout, node))
        else:
            inverse = bfgs(inverse, following.theta - here.theta, here.gradient - following.gradient)
        here = following
    observed = _observed_information(here, answers, layout, node)
    if converged and np.linalg.eigvalsh(observed)[0] <= 0:
        converged, message = False, "The information is not positive definite: an item tells nothing of the trait."
    return _result(here, observed, answers, layout, node, iteration, converged, message)


def quadrature() -> tuple[Array, Array]:
    """Points of the trait and their share of a standard normal population."""
    node = np.linspace(-REACH, REACH, POINTS)
    density = np.exp(-(node**2) / 2)
    return node, density / density.sum()


def condense(y: Array) -> Answers:
    """Check and condense (n, J) answers."""
    if y.ndim != 2 or y.shape[1] < 3:
        raise ValueError(f"answers have shape {y.shape}; persons by at least three items are needed.")
    there = np.isfinite(y)
    if (y[there] != np.round(y[there])).any():
        raise ValueError("answers must be whole numbers, one per category.")
    some = there.any(axis=1)
    columns, item, categories = [], [], []
    for j in range(y.shape[1]):
        found = np.unique(y[there[:, j], j])
        if found.size < 2:
            raise ValueError(f"item {j + 1} has {found.size} categories in use; at least two are needed.")
        columns += [(y[some, j] == value) for value in found]
        item += [j] * found.size
        categories.append(found.size)
    chosen = np.column_stack(columns)
    _, first, inverse, weight = np.unique(
        np.packbits(chosen, axis=1), axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    person = np.full(y.shape[0], -1, dtype=np.intp)
    person[some] = inverse.ravel()
    return Answers(chosen[first].astype(float), weight.astype(float), np.asarray(item), np.asarray(categories), person)


class _Layout:
    """Where the parameters of each item stand, and the categories as one column each."""

    def __init__(self, categories: NDArray[np.intp]) -> None:
        self.items, self.most = categories.size, int(categories.max())
        steps = categories - 1
        self.start = np.concatenate([[0], np.cumsum(categories)[:-1]])
        self.size = int(categories.sum())
        self.slope = self.start
        self.real = np.arange(self.most - 1)[None, :] < steps[:, None]
        self.step = np.where(self.real, self.start[:, None] + 1 + np.arange(self.most - 1), 0)
        self.inside = np.arange(self.most)[None, :] < categories[:, None]
        # Parameters per item as columns of padded arrays: slope, then steps.
        self.place = np.concatenate([self.slope[:, None], self.step], axis=1)
        self.used = np.concatenate([np.ones((self.items, 1), dtype=bool), self.real], axis=1)


@dataclass(frozen=True, slots=True)
class _Point:
    """Log likelihood and gradient at theta; posterior (r, Q); share : (J, K, Q) category probabilities;
    slopes : (J, K, P, Q) their derivatives by the item's parameters; expected : (J, K, Q) expected counts."""

    theta: Array
    loglik: float
    gradient: Array
    posterior: Array
    share: Array
    slopes: Array
    expected: Array


def _evaluate(theta: Array, answers: Answers, layout: _Layout, node: Array, prior: Array) -> _Point | None:
    a = theta[layout.slope]
    d = np.where(layout.real, theta[layout.step], -np.inf)
    z = a[:, None, None] * node + d[:, :, None]
    above = np.where(layout.real[:, :, None], 1 / (1 + np.exp(-np.clip(z, -500, 500))), 0.0)
    full = np.concatenate(
        [np.ones((layout.items, 1, node.size)), above, np.zeros((layout.items, 1, node.size))], axis=1
    )
    share = np.where(layout.inside[:, :, None], full[:, :-1] - full[:, 1:], 1.0)
    if not (share > 0).all():
        return None
    log_share = np.log(share)[layout.inside]
    each = answers.chosen @ log_share
    top = each.max(axis=1)
    joint = np.exp(each - top[:, None]) * prior
    marginal = joint.sum(axis=1)
    loglik = float(answers.weight @ (np.log(marginal) + top))
    posterior = joint / marginal[:, None]
    counts = np.zeros_like(share)
    counts[layout.inside] = answers.chosen.T @ (posterior * answers.weight[:, None])
    slopes = _slopes(above, layout, node)
    by_item = np.einsum("jkq,jkpq->jp", counts / share, slopes)
    gradient = np.zeros(layout.size)
    gradient[layout.place[layout.used]] = by_item[layout.used]
    return _Point(theta, loglik, gradient, posterior, share, slopes, counts)


def _slopes(above: Array, layout: _Layout, node: Array) -> Array:
    """Derivatives of the category probabilities: (J, K, P, Q), P = slope and steps."""
    j, s, q = above.shape
    density = above * (1 - above)
    out = np.zeros((j, layout.most, 1 + s, q))
    for k in range(s):
        out[:, k + 1, 1 + k] = density[:, k]
        out[:, k, 1 + k] = -density[:, k]
    out[:, :, 0] = out[:, :, 1:].sum(axis=2) * node
    return out


def _complete_information(at: _Point, layout: _Layout, node: Array) -> Array:
    """Expected information if the trait were seen: block by item."""
    people = at.expected.sum(axis=1)
    weighted = at.slopes / at.share[:, :, None, :] * people[:, None, None, :]
    blocks = np.einsum("jkpq,jkrq->jpr", weighted, at.slopes, optimize=True)
    return _assembled(blocks, layout)


def _inverted(matrix: Array) -> Array:
    made: Array = np.asarray(np.linalg.inv(matrix), dtype=np.float64)
    return made


def _assembled(blocks: Array, layout: _Layout) -> Array:
    made = np.zeros((layout.size, layout.size))
    for j in range(layout.items):
        used = layout.used[j]
        where = layout.place[j][used]
        made[np.ix_(where, where)] = blocks[j][np.ix_(used, used)]
    return made


def _along(
    here: _Point, step: Array, gain: float, answers: Answers, layout: _Layout, node: Array, prior: Array
) -> _Point | None:
    length = 1.0
    for _ in range(30):
        found = _evaluate(here.theta + length * step, answers, layout, node, prior)
        if found is not None and found.loglik >= here.loglik + 1e-4 * length * gain - 1e-9:
            return found
        length /= 2
    return None


def _observed_information(at: _Point, answers: Answers, layout: _Layout, node: Array) -> Array:
    """Observed information by Louis (1982): complete information less what not seeing the trait costs."""
    # Second derivatives of log P for the expected counts: information of the complete data, given the answers.
    ratio = at.expected / at.share
    curved = -np.einsum("jkq,jkprq->jpr", ratio, _second_slopes(at, layout, node), optimize=True)
    curved += np.einsum("jkq,jkpq,jkrq->jpr", ratio / at.share, at.slopes, at.slopes, optimize=True)
    out = _assembled(curved, layout)
    score = (at.slopes / at.share[:, :, None, :])[layout.inside]
    columns = layout.place[answers.item]
    used = layout.used[answers.item]
    mean = np.zeros((answers.weight.size, layout.size))
    for q in range(node.size):
        direction = np.zeros((answers.item.size, layout.size))
        rows = np.repeat(np.arange(answers.item.size), used.sum(axis=1))
        direction[rows, columns[used]] = score[:, :, q][used]
        each = answers.chosen @ direction
        weighted = each * at.posterior[:, q][:, None]
        mean += weighted
        out -= each.T @ (weighted * answers.weight[:, None])
    out += mean.T @ (mean * answers.weight[:, None])
    return (out + out.T) / 2


def _second_slopes(at: _Point, layout: _Layout, node: Array) -> Array:
    """Second derivatives of the category probabilities: (J, K, P, P, Q)."""
    j, k, p, q = at.slopes.shape
    out = np.zeros((j, k, p, p, q))
    below = 1 - np.cumsum(np.where(layout.inside[:, :, None], at.share, 0.0), axis=1)
    above = np.clip(below[:, :-1], 0.0, 1.0)
    bent = above * (1 - above) * (1 - 2 * above)
    for s in range(p - 1):
        for category, sign in ((s + 1, 1.0), (s, -1.0)):
            part = sign * np.where(layout.real[:, s, None], bent[:, s], 0.0)
            out[:, category, 1 + s, 1 + s] += part
            out[:, category, 0, 1 + s] += part * node
            out[:, category, 1 + s, 0] += part * node
            out[:, category, 0, 0] += part * node**2
    return out


def _starts(answers: Answers, layout: _Layout) -> Array:
    """Slopes of 1; intercepts from the shares of the answers."""
    theta = np.zeros(layout.size)
    counts = answers.weight @ answers.chosen
    for j in range(layout.items):
        own = counts[answers.item == j]
        above = (own[::-1].cumsum()[::-1] / own.sum())[1:]
        theta[layout.slope[j]] = 1.0
        theta[layout.step[j][layout.real[j]]] = 1.2 * np.log(above / (1 - above))
    return theta


def _result(
    at: _Point,
    observed: Array,
    answers: Answers,
    layout: _Layout,
    node: Array,
    iterations: int,
    converged: bool,
    message: str,
) -> GradedResponse:
    slope = at.theta[layout.slope]
    step = np.where(layout.real, at.theta[layout.step], np.nan)
    mean = at.posterior @ node
    variance = np.maximum(at.posterior @ node**2 - mean**2, 0.0)
    here = answers.person >= 0
    trait, se = (np.full(here.size, np.nan) for _ in range(2))
    trait[here], se[here] = mean[answers.person[here]], np.sqrt(variance[answers.person[here]])
    spread = float(np.average((mean - np.average(mean, weights=answers.weight)) ** 2, weights=answers.weight))
    error = float(np.average(variance, weights=answers.weight))
    try:
        covariance = _inverted(observed)
    except np.linalg.LinAlgError:
        covariance = np.full_like(observed, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        location = -step / slope[:, None]
    return GradedResponse(
        slope,
        step,
        location,
        covariance,
        trait,
        se,
        at.loglik,
        spread / (spread + error),
        iterations,
        converged,
        message,
        int(here.sum()),
        answers,
    )
