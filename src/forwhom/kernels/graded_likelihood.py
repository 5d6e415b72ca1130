"""Marginal likelihood of the graded response model (Samejima, 1969) with its derivatives, for one standard normal population.

P(answer >= k | trait) = logistic(a trait + d_k). `graded_groups` brings several populations to this form and searches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
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
class Point:
    """Log likelihood and gradient at theta; posterior (r, Q); share : (J, K, Q) category probabilities;
    score : (J, K, P, Q) derivatives of their logarithms by the item's parameters; expected : (J, K, Q) expected counts;
    turn : (J, K - 1, Q) probability of not reaching each step less that of reaching it."""

    theta: Array
    loglik: float
    gradient: Array
    posterior: Array
    share: Array
    score: Array
    expected: Array
    turn: Array


def quadrature() -> tuple[Array, Array]:
    """Points of the trait and their share of a standard normal population."""
    node = np.linspace(-REACH, REACH, POINTS)
    density = np.exp(-(node**2) / 2)
    return node, density / density.sum()


def values_of(y: Array) -> list[Array]:
    """The categories in use, item by item. Raises ValueError for items with one, fewer than three items, fractions."""
    if y.ndim != 2 or y.shape[1] < 3:
        raise ValueError(f"answers have shape {y.shape}; persons by at least three items are needed.")
    there = np.isfinite(y)
    if (y[there] != np.round(y[there])).any():
        raise ValueError("answers must be whole numbers, one per category.")
    found = [np.unique(y[there[:, j], j]) for j in range(y.shape[1])]
    for j, values in enumerate(found):
        if values.size < 2:
            raise ValueError(f"item {j + 1} has {values.size} categories in use; at least two are needed.")
    return found


def condense(y: Array, values: Sequence[Array] | None = None) -> Answers:
    """Condense (n, J) answers, NaN where absent; `values` : the categories of each item, by default those in use."""
    values = values_of(y) if values is None else values
    some = np.isfinite(y).any(axis=1)
    chosen = np.column_stack([y[some, j] == value for j in range(y.shape[1]) for value in values[j]])
    _, first, inverse, weight = np.unique(
        np.packbits(chosen, axis=1), axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    person = np.full(y.shape[0], -1, dtype=np.intp)
    person[some] = inverse.ravel()
    sizes = np.array([value.size for value in values])
    return Answers(
        chosen[first].astype(float), weight.astype(float), np.repeat(np.arange(sizes.size), sizes), sizes, person
    )


class Layout:
    """Where the parameters of each item stand, and the categories as one column each."""

    def __init__(self, categories: NDArray[np.intp]) -> None:
        self.categories = categories
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
        self.item = np.repeat(np.arange(self.items), categories)
        self.is_step = np.ones(self.size, dtype=bool)
        self.is_step[self.slope] = False

    def unpack(self, theta: Array) -> tuple[Array, Array]:
        """Slopes (J,) and steps (J, K - 1), NaN beyond an item's own categories."""
        return theta[self.slope], np.where(self.real, theta[self.step], np.nan)


def curves(layout: Layout, theta: Array, node: Array) -> tuple[Array, Array, Array] | None:
    """Probabilities of reaching (J, K - 1, Q) and not reaching each step, and of each category (J, K, Q).

    None when the steps of an item are not in falling order.
    """
    a, d = theta[layout.slope], theta[layout.step]
    apart = np.where(layout.real[:, 1:], d[:, :-1] - d[:, 1:], 1.0)
    if not (apart > 0).all():
        return None
    z = np.clip(a[:, None, None] * node + d[:, :, None], -300, 300)
    odds = np.exp(-z)
    above = 1 / (1 + odds)
    below = odds * above
    share = np.ones((layout.items, layout.most, node.size))
    share[:, 0] = below[:, 0]
    share[:, 1:] = above
    # A difference of two probabilities as a product: exact where both are next to 0 or 1.
    share[:, 1:-1] *= np.where(
        layout.real[:, 1:, None], below[:, 1:] * -np.expm1(-np.minimum(apart, 700))[:, :, None], 1.0
    )
    return above, below, np.where(layout.inside[:, :, None], share, 1.0)


def evaluate(theta: Array, answers: Answers, layout: Layout, node: Array, prior: Array) -> Point | None:
    """Log likelihood and what its derivatives are made of; None when the steps of an item are not in order."""
    made = curves(layout, theta, node)
    if made is None:
        return None
    above, below, share = made
    each = answers.chosen @ np.log(share)[layout.inside]
    top = each.max(axis=1)
    joint = np.exp(each - top[:, None]) * prior
    marginal = joint.sum(axis=1)
    loglik = float(answers.weight @ (np.log(marginal) + top))
    posterior = joint / marginal[:, None]
    counts = np.zeros_like(share)
    counts[layout.inside] = answers.chosen.T @ (posterior * answers.weight[:, None])
    score = _log_slopes(above, below, share, layout, node)
    by_item = np.einsum("jkq,jkpq->jp", counts, score)
    gradient = np.zeros(layout.size)
    gradient[layout.place[layout.used]] = by_item[layout.used]
    return Point(theta, loglik, gradient, posterior, share, score, counts, below - above)


def _log_slopes(above: Array, below: Array, share: Array, layout: Layout, node: Array) -> Array:
    """Derivatives of the log category probabilities: (J, K, P, Q), P = slope and steps."""
    j, s, q = above.shape
    density = np.where(layout.real[:, :, None], above * below, 0.0)
    out = np.zeros((j, layout.most, 1 + s, q))
    for k in range(s):
        out[:, k + 1, 1 + k] = density[:, k] / share[:, k + 1]
        out[:, k, 1 + k] = -density[:, k] / share[:, k]
    out[:, :, 0] = out[:, :, 1:].sum(axis=2) * node
    return out


def complete_information(at: Point, layout: Layout) -> Array:
    """Expected information if the trait were seen: block by item."""
    weight = at.share * at.expected.sum(axis=1)[:, None, :]
    blocks = np.einsum("jkpq,jkrq->jpr", at.score * weight[:, :, None, :], at.score, optimize=True)
    return _assembled(blocks, layout)


def observed_information(at: Point, answers: Answers, layout: Layout, node: Array) -> Array:
    """Observed information by Louis (1982): complete information less what not seeing the trait costs."""
    curved = -np.einsum("jkq,jkprq->jpr", at.expected, _log_bends(at, node), optimize=True)
    weighted = at.score * at.expected[:, :, None, :]
    curved += np.einsum("jkpq,jkrq->jpr", weighted, at.score, optimize=True)
    out = _assembled(curved, layout)
    score = at.score[layout.inside]
    columns = layout.place[answers.item]
    used = layout.used[answers.item]
    rows = np.repeat(np.arange(answers.item.size), used.sum(axis=1))
    direction = np.zeros((answers.item.size, layout.size))
    for q in range(node.size):
        # Categories met together, by people at this point: their scores are those of the categories.
        met = answers.chosen * np.sqrt(at.posterior[:, q] * answers.weight)[:, None]
        direction[rows, columns[used]] = score[:, :, q][used]
        out -= direction.T @ (met.T @ met) @ direction
    mean = np.zeros((answers.weight.size, layout.size))
    for c, (j, own) in enumerate(zip(columns, used, strict=True)):
        who = np.flatnonzero(answers.chosen[:, c])
        mean[np.ix_(who, j[own])] = at.posterior[who] @ score[c, own].T
    out += mean.T @ (mean * answers.weight[:, None])
    return (out + out.T) / 2


def _log_bends(at: Point, node: Array) -> Array:
    """Second derivatives of the category probabilities over the probabilities: (J, K, P, P, Q)."""
    j, k, p, q = at.score.shape
    out = np.zeros((j, k, p, p, q))
    for s in range(p - 1):
        for category in (s + 1, s):
            part = at.score[:, category, 1 + s] * at.turn[:, s]
            out[:, category, 1 + s, 1 + s] += part
            out[:, category, 0, 1 + s] += part * node
            out[:, category, 1 + s, 0] += part * node
            out[:, category, 0, 0] += part * node**2
    return out


def _assembled(blocks: Array, layout: Layout) -> Array:
    made = np.zeros((layout.size, layout.size))
    for j in range(layout.items):
        used = layout.used[j]
        where = layout.place[j][used]
        made[np.ix_(where, where)] = blocks[j][np.ix_(used, used)]
    return made
