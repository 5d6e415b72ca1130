"""What ordered answers say of the responses behind them: thresholds and correlations, with their sampling covariance.

Three steps (Muthen, 1984): each variable on its own, each pair with the first step held, then the sampling covariance of all
of them from the scores of both steps, the error of the first carried on into the second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.bivariate_normal import conditional_below, normal_density
from forwhom.kernels.polychoric import Coded, cell_probabilities, code_answers, cross_tables, item_pairs, polychoric
from forwhom.kernels.sem.mixed_pairs import continuous_pair, serial_pair

Array = NDArray[np.float64]
_EMPTY = 1e-15


@dataclass(frozen=True, slots=True)
class OrderedMoments:
    """Statistics of one group of p variables, some ordered, some continuous.

    statistics : (s,) thresholds (by variable, rising), means and variances of the continuous ones, and a covariance for each
        pair in the order of `item_pairs`: polychoric, polyserial (times the standard deviation) or product-moment
    gamma : (s, s) n times their sampling covariance
    matrix : (p, p) covariances, 1 on the diagonal of ordered variables
    item : (t,) variable of each threshold; ordered : (p,); sizes : (p,) categories, 0 where continuous
    n : persons with any value; at_limit : pairs whose correlation runs to -1 or 1; empty_cells : share of cells without a
        person in the tables of two ordered variables
    """

    statistics: Array
    gamma: Array
    matrix: Array
    item: NDArray[np.intp]
    ordered: NDArray[np.bool_]
    sizes: NDArray[np.intp]
    n: int
    at_limit: tuple[tuple[int, int], ...]
    empty_cells: float
    incomplete: bool

    @property
    def thresholds(self) -> int:
        """How many there are; they come first."""
        return int(self.item.size)


@dataclass(slots=True)
class _First:
    """First step: statistics of the single variables, and each person's share in their error, by variable."""

    values: list[Array]
    shares: list[Array]


def ordered_moments(y: Array, ordered: NDArray[np.bool_]) -> OrderedMoments:
    """Thresholds, correlations and their sampling covariance; what is missing is left out pair by pair.

    y : (n, p) NaN where absent, everybody with some value; ordered : (p,) which are ordered (2 to 20 categories)
    Raises ValueError for ordered variables with one category, and for pairs seen together in fewer than two persons.
    Source: Muthen (1984), Psychometrika 49, 115-132.

    >>> rng = np.random.default_rng(3)
    >>> latent = rng.multivariate_normal([0, 0, 0], np.full((3, 3), 0.5) + 0.5 * np.eye(3), size=2000)
    >>> found = ordered_moments(np.digitize(latent, [-0.5, 1.0]).astype(float), np.array([True, True, True]))
    >>> found.statistics.size, found.statistics[:2].round(1).tolist(), round(float(found.matrix[0, 1]), 1)
    (9, [-0.5, 1.0], 0.5)
    """
    n, p = y.shape
    where, rest = np.flatnonzero(ordered), np.flatnonzero(~ordered)
    coded = code_answers(y[:, where]) if where.size else None
    first = _first_step(y, coded, where, rest)
    matrix = np.eye(p)
    pairs = p * (p - 1) // 2
    number = np.zeros((p, p), dtype=np.intp)
    one, two = item_pairs(p)
    number[one, two] = number[two, one] = np.arange(pairs)
    shares = np.zeros((n, pairs))
    limit: tuple[tuple[int, int], ...] = ()
    empty = 0.0
    if coded is not None and where.size > 1:
        found = polychoric(y[:, where], missing="pairwise", smooth=False)
        matrix[np.ix_(where, where)] = found.correlation
        limit = tuple((int(where[i]), int(where[j])) for i, j in (*found.at_limit, *_same_twos(coded)))
        empty = found.empty_cells
        _polychoric_shares(coded, where, found.correlation, first, number, shares)
    sd = np.ones(p)
    for j in rest:
        sd[j] = np.sqrt(first.values[j][1])
    if rest.size:
        limit += _other_pairs(y, coded, (where, rest), first, matrix, number, shares)
    matrix = matrix * np.outer(sd, sd)
    item = np.repeat(where, [first.values[j].size for j in where]) if where.size else np.empty(0, dtype=np.intp)
    of_first = [first.shares[j] for j in where]
    of_first += [first.shares[j][:, [k]] for k in (0, 1) for j in rest]
    single = [first.values[j] for j in where] + [first.values[j][[k]] for k in (0, 1) for j in rest]
    influence = np.concatenate([*of_first, shares], axis=1)
    sizes = np.zeros(p, dtype=np.intp)
    sizes[where] = [first.values[j].size + 1 for j in where]
    return OrderedMoments(
        np.concatenate([*single, matrix[one, two]]),
        n * influence.T @ influence,
        matrix,
        item.astype(np.intp),
        ordered,
        sizes,
        n,
        limit,
        empty,
        bool(np.isnan(y).any()),
    )


def _same_twos(coded: Coded) -> list[tuple[int, int]]:
    """Pairs of two categories each that go together in everybody: the correction of empty cells hides that they are one."""
    tables = cross_tables(coded)
    twos = np.isfinite(coded.tau).sum(axis=1) == 1
    corner = tables[:, :, :2, :2]
    same = (corner[..., 0, 1] + corner[..., 1, 0] == 0) | (corner[..., 0, 0] + corner[..., 1, 1] == 0)
    return [(int(i), int(j)) for i, j in np.argwhere(np.triu(same & twos[:, None] & twos, 1))]


def _first_step(y: Array, coded: Coded | None, where: NDArray[np.intp], rest: NDArray[np.intp]) -> _First:
    p = y.shape[1]
    made = _First([np.empty(0)] * p, [np.empty((0, 0))] * p)
    for k, j in enumerate(where):
        assert coded is not None
        tau = coded.tau[k][np.isfinite(coded.tau[k])]
        below = np.concatenate([[0.0], coded.below[k][: tau.size], [1.0]])
        score = _edges(normal_density(tau)) / np.diff(below)[:, None]
        codes = coded.codes[:, k]
        own = np.where(codes[:, None] >= 0, score[codes], 0.0)
        made.values[j], made.shares[j] = tau, own @ np.linalg.inv(own.T @ own)
    for j in rest:
        there = np.isfinite(y[:, j])
        mean = float(y[there, j].mean())
        off = np.where(there, y[:, j] - mean, 0.0)
        variance = float(off @ off) / int(there.sum())
        if variance <= 0:
            raise ValueError(f"Variable {j + 1} does not vary; leave it out.")
        own = np.column_stack([off / variance, np.where(there, (off**2 / variance - 1) / (2 * variance), 0.0)])
        made.values[j], made.shares[j] = np.array([mean, variance]), own @ np.linalg.inv(own.T @ own)
    return made


def _edges(density: Array) -> Array:
    """Derivative of the probability of each category by each threshold, (m + 1, m)."""
    m = density.size
    made = np.zeros((m + 1, m))
    made[np.arange(m), np.arange(m)] = density
    made[np.arange(1, m + 1), np.arange(m)] -= density
    return made


def _polychoric_shares(
    coded: Coded, where: NDArray[np.intp], correlation: Array, first: _First, number: NDArray[np.intp], shares: Array
) -> None:
    one, two = item_pairs(where.size)
    rho = np.clip(correlation[one, two], -0.9999, 0.9999)
    cells, by_rho = cell_probabilities(coded, one, two, rho)
    score = np.divide(by_rho, cells, out=np.zeros_like(by_rho), where=cells > _EMPTY)
    tables = cross_tables(coded)[one, two]
    weighted = tables * score
    information = (weighted * score).sum(axis=(1, 2))
    if (information <= 0).any():
        bad = int(np.argmin(information))
        raise ValueError(f"Variables {where[one[bad]] + 1} and {where[two[bad]] + 1} say nothing about each other.")
    # Products of the pair's score with that of each threshold, summed over persons.
    odds = np.divide(weighted, cells, out=np.zeros_like(cells), where=cells > _EMPTY)
    by_one = _crossed(coded.tau[one], coded.tau[two], rho, odds)
    by_two = _crossed(coded.tau[two], coded.tau[one], rho, odds.transpose(0, 2, 1))
    answered = coded.codes >= 0
    for k, (i, j) in enumerate(zip(one, two, strict=True)):
        both = answered[:, i] & answered[:, j]
        own = np.where(both, score[k, coded.codes[:, i], coded.codes[:, j]], 0.0)
        a, b = first.shares[where[i]], first.shares[where[j]]
        carried = a @ by_one[k, : a.shape[1]] + b @ by_two[k, : b.shape[1]]
        shares[:, number[where[i], where[j]]] = (own - carried) / information[k]


def _crossed(tau: Array, other: Array, rho: Array, odds: Array) -> Array:
    """Sum over cells of odds times the derivative of the cell's probability by each threshold `tau`, (pairs, m)."""
    h, k, r = tau[:, :, None], other[:, None, :], rho[:, None, None]
    below = conditional_below(k, h, r)
    edge = np.zeros((*tau.shape, 1))
    within = np.diff(np.concatenate([edge, below, edge + 1.0], axis=2), axis=2)
    within *= normal_density(tau)[:, :, None]
    return np.asarray(((odds[:, :-1] - odds[:, 1:]) * within).sum(axis=2) * np.isfinite(tau))


def _other_pairs(
    y: Array,
    coded: Coded | None,
    kinds: tuple[NDArray[np.intp], NDArray[np.intp]],
    first: _First,
    matrix: Array,
    number: NDArray[np.intp],
    shares: Array,
) -> tuple[tuple[int, int], ...]:
    """Pairs with a continuous variable: correlation into `matrix`, each person's share in its covariance into `shares`."""
    where, rest = kinds
    limit: list[tuple[int, int]] = []
    standard = {}
    for j in rest:
        mean, variance = first.values[j]
        standard[j] = (y[:, j] - mean) / np.sqrt(variance)
    for a, i in enumerate(rest):
        sd_i = float(np.sqrt(first.values[i][1]))
        for k, j in enumerate(where):
            assert coded is not None
            pair = serial_pair(standard[i], sd_i, coded.codes[:, k], first.values[j])
            own = (pair.score - first.shares[i] @ pair.by_one - first.shares[j] @ pair.by_two) / pair.information
            matrix[i, j] = matrix[j, i] = pair.rho
            shares[:, number[i, j]] = sd_i * own + pair.rho / (2 * sd_i) * first.shares[i][:, 1]
            if pair.at_limit:
                limit.append((int(i), int(j)))
        for j in rest[a + 1 :]:
            sd_j = float(np.sqrt(first.values[j][1]))
            pair = continuous_pair(standard[i], standard[j], sd_i, sd_j)
            own = (pair.score - first.shares[i] @ pair.by_one - first.shares[j] @ pair.by_two) / pair.information
            matrix[i, j] = matrix[j, i] = pair.rho
            by_one, by_two = pair.rho * sd_j / (2 * sd_i), pair.rho * sd_i / (2 * sd_j)
            shares[:, number[i, j]] = (
                sd_i * sd_j * own + by_one * first.shares[i][:, 1] + by_two * first.shares[j][:, 1]
            )
            if pair.at_limit:
                limit.append((int(i), int(j)))
    return tuple(limit)


__all__ = ["OrderedMoments", "ordered_moments"]
