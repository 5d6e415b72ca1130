"""What the optimiser of a mixed model moves, where it starts, and what it means to end on the boundary.

The vector x holds the lower-triangular Cholesky factors of T = tau / sigma2 of the whitened effects, column by column,
innermost level first. The criterion is even in every column, so no bounds are needed: a variance of 0 is a smooth
minimum at x = 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from forwhom.kernels.mixed_blocks import Basis, Blocks
from forwhom.kernels.mixed_crossed import CrossedBlocks
from forwhom.kernels.mixed_derivatives import Criterion, after_inner, after_outer, criterion
from forwhom.kernels.mixed_groups import Floats, name
from forwhom.kernels.mixed_optimum import Minimum, newton

# Diagonal elements of the whitened factor below this are tried at 0.
NEAR_BOUNDARY = 1e-2
# A whitened variance (information of a group about the effect times its variance) below this counts as 0.
ZERO = 1e-10
# Smallest whitened variance to start from: at 0 the criterion is flat.
LEAST_START = 0.05


AnyBlocks = Blocks | CrossedBlocks


@dataclass(frozen=True, slots=True)
class Layout:
    """How x is laid out: slice per level, and the tensor with t_i = x' second_i x / 2 for the elements of all T."""

    slices: tuple[slice, ...]
    second: Floats


def layout(bases: Sequence[Basis]) -> Layout:
    """Layout for these levels."""
    return _layout(tuple((len(basis.matrix[0]), len(basis.row)) for basis in bases))


@lru_cache(maxsize=64)
def _layout(shapes: tuple[tuple[int, int], ...]) -> Layout:
    ends = np.cumsum([count for _, count in shapes])
    second = np.zeros((ends[-1],) * 3)
    slices = []
    for (q, count), end in zip(shapes, ends.tolist(), strict=True):
        part = slice(end - count, end)
        slices.append(part)
        places = [(a, b) for b in range(q) for a in range(b, q) if count > q or q == 1 or a == b]
        for i, (a, b) in enumerate(places):
            for k, (row, column) in enumerate(places):
                for j, (other, same) in enumerate(places):
                    if column == same:
                        second[part.start + i, part.start + k, part.start + j] = (row == a and other == b) + (
                            row == b and other == a
                        )
    return Layout(tuple(slices), second)


def factors(blocks: AnyBlocks, x: Floats) -> list[Floats]:
    """Lower-triangular factor (q, q) of each level."""
    out = []
    for q, basis, part in zip(blocks.sizes, blocks.bases, layout(blocks.bases).slices, strict=True):
        factor = np.zeros((q, q))
        factor[basis.row, basis.column] = x[part]
        out.append(factor)
    return out


def covariances(blocks: AnyBlocks, x: Floats) -> list[Floats]:
    """T (q, q) of each level, whitened."""
    return [factor @ factor.T for factor in factors(blocks, x)]


def vector(blocks: AnyBlocks, matrices: Sequence[Floats]) -> Floats:
    """The elements of lower-triangular matrices, one per level, as one vector."""
    return np.concatenate(
        [matrix[basis.row, basis.column] for matrix, basis in zip(matrices, blocks.bases, strict=True)]
    )


def chained(blocks: AnyBlocks, found: Criterion, x: Floats) -> tuple[float, Floats, Floats]:
    """Value, gradient and Hessian of the criterion with respect to x."""
    if not len(found.gradient):
        return found.value, found.gradient, found.hessian
    second = layout(blocks.bases).second
    slope = second @ x
    n = len(x)
    hessian = slope.T @ found.hessian @ slope + (found.gradient @ second.reshape(n, -1)).reshape(n, n)
    return found.value, slope.T @ found.gradient, (hessian + hessian.T) / 2


def theta_to_x(blocks: AnyBlocks, theta: Floats) -> Floats:
    """Whitened vector from the caller's theta, lifted off 0 on the diagonal, where a search could not leave."""
    size = sum(len(basis.row) for basis in blocks.bases)
    if theta.shape != (size,) or not np.isfinite(theta).all():
        raise ValueError(f"start must hold {size} finite values of theta; its shape is {theta.shape}.")
    scaled = [
        np.asarray(np.linalg.solve(back, factor), dtype=np.float64)
        for back, factor in zip(blocks.back, factors(blocks, theta), strict=True)
    ]
    for factor in scaled:
        diagonal = np.diagonal(factor)
        np.fill_diagonal(factor, np.where(np.abs(diagonal) < NEAR_BOUNDARY, NEAR_BOUNDARY, diagonal))
    return vector(blocks, scaled)


def minimise(blocks: AnyBlocks, x: Floats, *, reml: bool) -> Minimum:
    """Minimum of the criterion, on the boundary where that is as good."""

    def function(x: Floats, order: Literal[0, 2]) -> tuple[float, Floats, Floats]:
        return chained(blocks, criterion(blocks, covariances(blocks, x), reml=reml, order=order), x)

    found = newton(function, x)
    diagonal = np.concatenate([basis.row == basis.column for basis in blocks.bases])
    near = np.flatnonzero(diagonal & (np.abs(found.x) < NEAR_BOUNDARY))
    iterations = found.iterations
    for index in near[np.argsort(np.abs(found.x[near]))]:
        trial = found.x.copy()
        trial[index] = 0.0
        at_zero = vector(blocks, [_semidefinite_root(t) for t in covariances(blocks, trial)])
        value = function(at_zero, 0)[0]
        if value <= found.value + 1e-10 + 1e-15 * abs(found.value):
            found = newton(function, at_zero)
            iterations += found.iterations
    if not len(near) and (found.x[diagonal] > 0).all():
        return found
    # The diagonal may have ended below 0, where the criterion is the same.
    x = vector(blocks, [_semidefinite_root(t) for t in covariances(blocks, found.x)])
    value, gradient, hessian = function(x, 2)
    return Minimum(x, value, gradient, hessian, iterations, found.converged)


def _semidefinite_root(t: Floats) -> Floats:
    """Lower-triangular root with a diagonal of at least 0; columns of a pivot that is 0 to rounding are 0."""
    left = t.copy()
    root = np.zeros_like(t)
    for column in range(len(t)):
        pivot = left[column, column]
        if pivot <= 1e-15 * t[column, column] or pivot <= 0:
            continue
        root[column:, column] = left[column:, column] / np.sqrt(pivot)
        left -= np.outer(root[:, column], root[:, column])
    return root


@dataclass(frozen=True, slots=True)
class Boundary:
    """How one level's covariance matrix is singular.

    level : which; zero : random effects whose variance is 0; correlation : 1.0 or -1.0 between its two effects, None
        otherwise; rank : of the matrix
    """

    level: int
    zero: tuple[int, ...]
    correlation: float | None
    rank: int


def boundaries(blocks: AnyBlocks, x: Floats) -> list[Boundary]:
    """Levels whose covariance matrix is singular; empty when none is."""
    found = []
    for level, (root, back) in enumerate(zip(factors(blocks, x), blocks.back, strict=True)):
        if (np.diagonal(root) ** 2 > ZERO).all():
            continue
        own = back @ root
        variance = (own**2).sum(axis=1)
        # In units of what a group says about the effect alone.
        zero = np.flatnonzero(variance * (np.linalg.inv(back) ** 2).sum(axis=0) <= ZERO)
        both = not len(zero) and len(root) == 2
        sign = (1.0 if own[0] @ own[1] > 0 else -1.0) if both else None
        rank = int((np.diagonal(root) ** 2 > ZERO).sum())
        found.append(Boundary(level, tuple(zero.tolist()), sign, rank))
    return found


def boundary_words(blocks: AnyBlocks, x: Floats) -> list[str]:
    """One sentence per level whose covariance matrix is singular; empty when none is."""
    words = []
    for one in boundaries(blocks, x):
        called, q = name(blocks.labels, one.level), blocks.sizes[one.level]
        if one.zero:
            which = f" of random effect {', '.join(str(z + 1) for z in one.zero)}" if q > 1 else ""
            words.append(f"{called}: the variance{which} is estimated as 0")
        elif one.correlation is not None:
            words.append(f"{called}: the correlation of random effects 1 and 2 is estimated as {one.correlation:g}")
        else:
            words.append(f"{called}: the covariance matrix of the {q} random effects has rank {one.rank}")
    return words


def moments(blocks: AnyBlocks) -> Floats:
    """Where to start: with whitened Z, mean squares of Z'(y - X beta) estimate sigma2 (I + T), level after level.

    Exact for a balanced design with one level, a fair guess otherwise.
    """
    if isinstance(blocks, CrossedBlocks):
        # The levels cannot be taken one after the other: start where a group says as much as its effect varies.
        return vector(blocks, [np.eye(q) for q in blocks.sizes])
    p = blocks.n_fixed
    total = blocks.rest_products.sum(axis=0)
    rest = np.zeros(len(total))
    rest[-p - 1 :] = 1.0
    rest[-p - 1 : -1] = -np.linalg.solve(total[-p - 1 : -1, -p - 1 : -1], total[-p - 1 : -1, -1])
    scores = blocks.group_products @ (blocks.whiten_rest @ rest) @ blocks.whiten_inner
    squares = float(rest @ total @ rest)
    roots: list[Floats] = []
    m = total[None]
    mean = np.eye(blocks.sizes[0])
    for level, (q, basis, grouping) in enumerate(zip(blocks.sizes, blocks.bases, blocks.groupings, strict=True)):
        groups = float(grouping.real.sum())
        if level:
            t = roots[-1] @ roots[-1].T
            m = after_inner(blocks, t) if level == 1 else after_outer(m, t, blocks.groupings[level - 1].start)
            outside = np.r_[np.zeros(q), rest[q - m.shape[1] :]]
            mean = m[:, :q, :q].sum(axis=0) / groups
            scores = m[:, :q] @ outside
            squares = float(outside @ m.sum(axis=0) @ outside)
        root = np.linalg.cholesky(mean + 1e-12 * np.trace(mean) * np.eye(q))
        white = np.linalg.solve(root, scores.T)
        moment = white @ white.T / groups
        within = (squares - groups * float(np.trace(moment))) / (blocks.n_rows - groups * q)
        within = max(within, 1e-3 * squares / blocks.n_rows)
        value, axes = np.linalg.eigh(moment / within - np.eye(q))
        back = np.linalg.solve(root.T, axes)
        t = (back * np.clip(value, LEAST_START, 1e8)) @ back.T
        roots.append(np.linalg.cholesky(t if len(basis.row) > q or q == 1 else np.diag(np.diagonal(t))))
    return vector(blocks, roots)
