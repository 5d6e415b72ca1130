"""A structural equation model as reticular action matrices, with its exact derivatives.

Variables are the p observed ones, then the latent ones, v in all. `A` holds directed paths (row: effect, column: cause),
`S` variances and covariances, `M` means and intercepts. With T = (I - A)^-1 and G the first p rows of T,

    Sigma = G S G'      mu = G M            (McArdle & McDonald, 1984)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.sem.likelihood import Directions

Array = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Places:
    """Parameter and weight of each of c free cells; weight None where all are 1."""

    parameter: Codes
    weight: Array | None = None

    @property
    def size(self) -> int:
        """How many cells."""
        return self.parameter.size

    @staticmethod
    def joined(parts: Sequence[Places]) -> Places:
        """One after the other."""
        parameter = np.concatenate([each.parameter for each in parts])
        if all(each.weight is None for each in parts):
            return Places(parameter)
        ones = [np.ones(each.size) if each.weight is None else each.weight for each in parts]
        return Places(parameter, np.concatenate(ones))


@dataclass(frozen=True, slots=True)
class Cells:
    """Free cells of one matrix: where they stand and which parameter each holds.

    row, column, parameter : (c,) of equal length; parameters may repeat (equality constraints). Covariances are listed
        once, with row >= column; for means `column` is 0
    weight : (c,) where cells are linear in the parameters: a cell is its fixed value plus weight times parameter, summed
        over the entries that stand at it. None: a cell is its parameter
    """

    row: Codes
    column: Codes
    parameter: Codes
    weight: Array | None = None

    @staticmethod
    def of(row: list[int], column: list[int], parameter: list[int], weight: list[float] | None = None) -> Cells:
        """From plain lists."""
        where, across, number = (np.asarray(part, dtype=np.intp) for part in (row, column, parameter))
        return Cells(where, across, number, None if weight is None else np.asarray(weight, dtype=float))

    @property
    def places(self) -> Places:
        """Parameter and weight of each."""
        return Places(self.parameter, self.weight)

    def values(self, theta: Array) -> Array:
        """What each entry holds, or adds where it has a weight."""
        own: Array = theta[self.parameter]
        return own if self.weight is None else self.weight * own

    def filled(self, fixed: Array, theta: Array) -> Array:
        """A vector, or a matrix, of fixed values with the free ones in their places."""
        made = fixed.copy()
        where = self.row if fixed.ndim == 1 else (self.row, self.column)
        if self.weight is None:
            made[where] = self.values(theta)
        else:
            np.add.at(made, where, self.values(theta))
        return made


@dataclass(frozen=True, slots=True)
class Ram:
    """One group's model: fixed values and free cells.

    paths, covariances, means : (v, v), (v, v) and (v,) fixed values, 0 where free
    free_paths, free_covariances, free_means : the free cells
    observed : p, the number of observed variables, which come first
    """

    paths: Array
    covariances: Array
    means: Array
    free_paths: Cells
    free_covariances: Cells
    free_means: Cells
    observed: int

    @property
    def cells(self) -> Places:
        """Parameter of each free cell: paths, then covariances, then means."""
        return Places.joined([self.free_paths.places, self.free_covariances.places, self.free_means.places])


@dataclass(frozen=True, slots=True)
class Implied:
    """What a model implies at one parameter vector, with the products that derivatives are made of.

    sigma : (p, p); mu : (p,)
    total : T, (v, v); seen : G, (p, v); spread : C = T S G', (v, p); level : T M, (v,)
    inner : V = T S T', (v, v): covariances of all variables
    """

    sigma: Array
    mu: Array
    total: Array
    seen: Array
    spread: Array
    level: Array
    inner: Array


def implied(model: Ram, theta: Array) -> Implied:
    """Moments at `theta` (q,).

    Raises ValueError where I - A is singular: the directed paths then have no finite total effects.
    """
    a, m = model.free_paths.filled(model.paths, theta), model.free_means.filled(model.means, theta)
    s = model.free_covariances.filled(model.covariances, theta)
    s[model.free_covariances.column, model.free_covariances.row] = s[
        model.free_covariances.row, model.free_covariances.column
    ]
    try:
        total: Array = np.asarray(np.linalg.inv(np.eye(a.shape[0]) - a), dtype=np.float64)
    except np.linalg.LinAlgError:
        raise ValueError(
            "The directed paths form a loop whose effects do not settle (I - A is singular). Look at reciprocal paths."
        ) from None
    seen = total[: model.observed]
    inner = total @ s @ total.T
    inner = (inner + inner.T) / 2
    level = total @ m
    p = model.observed
    return Implied(inner[:p, :p], level[:p], total, seen, inner[:, :p], level, inner)


def cell_gradient(model: Ram, at: Implied, q: Array, r: Array) -> Array:
    """Derivative by each free cell of a function of the moments.

    q : (p, p) symmetric derivative by Sigma, every cell taken as its own variable; r : (p,) derivative by mu
    """
    gq = at.seen.T @ q
    gr = at.seen.T @ r
    paths, cov, means = model.free_paths, model.free_covariances, model.free_means
    by_path = 2 * (gq @ at.spread.T)[paths.row, paths.column] + gr[paths.row] * at.level[paths.column]
    by_cov = (gq @ at.seen)[cov.row, cov.column] * np.where(cov.row == cov.column, 1.0, 2.0)
    return np.concatenate([by_path, by_cov, gr[means.row]])


def cell_scores(model: Ram, at: Implied, u: Array, constant: Array) -> Array:
    """Derivative of each person's log likelihood by each free cell, (n, c).

    u : (n, p) Sigma^-1 (y - mu) over the observed entries, 0 elsewhere
    constant : (n or 1, c) half the trace part, `cell_gradient(…, W, 0) / 2`
    """
    ug, uc, ur = u @ at.seen, u @ at.spread.T, u @ at.seen
    paths, cov, means = model.free_paths, model.free_covariances, model.free_means
    by_path = ug[:, paths.row] * (uc[:, paths.column] + at.level[paths.column])
    by_cov = ug[:, cov.row] * ug[:, cov.column] * np.where(cov.row == cov.column, 0.5, 1.0)
    return np.concatenate([by_path, by_cov, ur[:, means.row]], axis=1) - constant


def directions(model: Ram, at: Implied) -> Directions:
    """How the moments move with each free cell, in the vectors of G and C."""
    paths, cov, means = model.free_paths, model.free_covariances, model.free_means
    v = at.level.size
    none = np.zeros(means.row.size, dtype=np.intp)
    return Directions(
        vectors=np.concatenate([at.seen, at.spread.T], axis=1),
        x=np.concatenate([paths.row, cov.row, none]),
        y=np.concatenate([v + paths.column, cov.column, none]),
        z=np.concatenate([paths.row, cov.row, means.row]),
        weight=np.concatenate(
            [np.ones(paths.row.size), np.where(cov.row == cov.column, 0.5, 1.0), np.zeros(means.row.size)]
        ),
        shift=np.concatenate([at.level[paths.column], np.zeros(cov.row.size), np.ones(means.row.size)]),
    )


def cell_curvature(model: Ram, at: Implied, q: Array, r: Array) -> Array:
    """Sum of q times the second derivatives of Sigma and r times those of mu, by pairs of free cells: (c, c)."""
    paths, cov, means = model.free_paths, model.free_covariances, model.free_means
    u = at.seen.T @ q @ at.seen
    w = at.spread @ q @ at.seen
    gr = at.seen.T @ r
    t = at.total
    a, c, m = paths.row.size, cov.row.size, means.row.size
    out = np.zeros((a + c + m, a + c + m))
    i, j = paths.row[:, None], paths.column[:, None]
    k, n = paths.row[None, :], paths.column[None, :]
    loop = t[j, k] * (2 * w[n, i] + gr[i] * at.level[n])
    out[:a, :a] = loop + loop.T + 2 * at.inner[j, n] * u[k, i]
    k, n = cov.row[None, :], cov.column[None, :]
    both = t[j, k] * u[n, i] + t[j, n] * u[k, i]
    out[:a, a : a + c] = np.where(k == n, both, 2 * both)
    out[:a, a + c :] = gr[i] * t[j, means.row[None, :]]
    out[a:, :a] = out[:a, a:].T
    return out


def gathered(places: Places, n: int, cells: Array) -> Array:
    """Sum what belongs to cells over the last axis into parameters."""
    made = np.zeros((*cells.shape[:-1], n))
    np.add.at(made.T, places.parameter, (cells if places.weight is None else cells * places.weight).T)
    return made


def gathered_square(places: Places, n: int, cells: Array) -> Array:
    """Sum a (c, c) array into (n, n)."""
    made = np.zeros((n, n))
    own = cells if places.weight is None else cells * np.outer(places.weight, places.weight)
    np.add.at(made, (places.parameter[:, None], places.parameter[None, :]), own)
    return made
