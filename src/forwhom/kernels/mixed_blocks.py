"""Cross-products of a nested mixed model, one block per group, so that the rows are read once.

The columns W = [Z_1 | Z_2 | ... | X | y] (innermost grouping first) are reduced to sums of squares and products per
innermost group. Groups with the same Z_1'Z_1 and the same parent share one *unit*: what the likelihood needs of them
is contracted in advance, so a balanced design costs the same per evaluation whatever its number of persons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.mixed_groups import (
    Floats,
    Grouping,
    Ints,
    Level,
    checked,
    outer_groupings,
    refuse_no_residual,
    refuse_non_finite,
    refuse_too_few,
    runs,
)
from forwhom.kernels.mixed_whitening import block_diagonal, fixed_scale, whitening

# Doubles in the contracted cross-products above which they are kept per group instead, and in one pass of derivatives.
CONTRACTED_LIMIT = 16_000_000
PASS_LIMIT = 4_000_000
# Two groups have the same Z'Z when it agrees to rounding, whatever the order of their rows.
SAME_PATTERN = 1e-13


@dataclass(frozen=True, slots=True)
class Basis:
    """Elements of one level's covariance matrix T and of its Cholesky factor.

    matrix : (n, q, q) symmetric matrices E_i with T = sum of t_i E_i
    row, column : (n,) place of t_i in T and of the corresponding element in the factor (column-major, as in lme4)
    """

    matrix: Floats
    row: Ints
    column: Ints


@dataclass(frozen=True, slots=True)
class Blocks:
    """What is kept of the data. Random-effect columns are whitened: on average over groups Z'Z is the identity.

    n_rows, n_fixed : rows N and columns p of X
    sizes : columns q of each level; intercepts : whether a level's only column is a column of ones
    bases : elements of the covariance matrix of each level
    groupings : the groups of each level
    pattern_zz : (q, q, P) distinct Z_1'Z_1, whitened; pattern_count : (P,) groups that have it
    pattern : (G,) pattern of each innermost group
    unit_pattern : (U,) pattern of each unit; unit_start : (parents,) first unit of each parent
    contracted : (q*q, U, r*r) sums over a unit's groups of products of Z_1'[rest], whitened; None when too large
    group_products : (G, q, r) Z_1'[rest] of each group, not whitened
    rest_products : (parents, r, r) sums of [rest]'[rest] per parent, whitened
    whiten_inner : (q, q) from Z_1 as reduced to whitened; whiten_rest : (r, r) the same for the remaining columns
    back : per level (q, q) lower triangular: effects in the caller's units = back @ whitened effects
    x_back : (p, p) coefficients in the caller's units = x_back @ coefficients as reduced
    y_shift : (p,) to be added to them
    x_logdet : to be added to log det X'V^-1 X
    cuts : ranges of units and of groups of the levels 2, 3, ... that one pass of derivatives takes together
    """

    n_rows: int
    n_fixed: int
    sizes: tuple[int, ...]
    intercepts: tuple[bool, ...]
    bases: tuple[Basis, ...]
    groupings: tuple[Grouping, ...]
    labels: tuple[str, ...]
    pattern_zz: Floats
    pattern_count: Floats
    pattern: Ints
    unit_pattern: Ints
    unit_start: Ints
    contracted: Floats | None
    group_products: Floats
    rest_products: Floats
    whiten_inner: Floats
    whiten_rest: Floats
    back: tuple[Floats, ...]
    x_back: Floats
    y_shift: Floats
    x_logdet: float
    cuts: tuple[tuple[tuple[int, int], ...], ...]


@lru_cache(maxsize=64)
def basis(q: int, correlated: bool) -> Basis:
    """Elements of a (q, q) covariance matrix, all of them or only the diagonal."""
    places = [(row, column) for column in range(q) for row in range(column, q) if correlated or row == column]
    matrix = np.zeros((len(places), q, q))
    for index, (row, column) in enumerate(places):
        matrix[index, row, column] = matrix[index, column, row] = 1.0
    row_of, column_of = np.array(places, dtype=np.int64).T
    return Basis(matrix, row_of, column_of)


def make_blocks(y: NDArray[np.floating], X: NDArray[np.floating], levels: Sequence[Level]) -> Blocks:
    """Reduce the rows to blocks. Raises ValueError when the model cannot be estimated from these columns."""
    y, X, columns, codes = checked(y, X, levels)
    labels = tuple(level.label for level in levels)
    correlated = tuple(level.correlated for level in levels)
    order, starts, group_codes = runs(codes, labels)
    outer, parent, n_parents = outer_groupings(group_codes, labels)
    w, shifts, y_shift = reduced_columns(y, X, columns, codes, correlated, order)
    zz, products, rest = _products(w, starts, columns[0].shape[1], parent, n_parents)
    refuse_non_finite(rest, y, X, columns, zz, labels)
    n_rows, n_fixed = X.shape
    sizes = tuple(z.shape[1] for z in columns)
    intercepts = tuple(z.shape[1] == 1 and bool((z == 1.0).all()) for z in columns)
    del w, columns, codes

    # From here everything has the size of groups.
    n_groups = [int((group_codes[0] >= 0).sum()), *(int(g.real.sum()) for g in outer)]
    refuse_too_few(n_rows, sizes, n_groups, labels)
    total = rest.sum(axis=0)
    whiten, back = whitening(zz.sum(axis=0), total, sizes, n_groups, correlated, shifts, labels)
    x_scale = fixed_scale(total[-n_fixed - 1 : -1, -n_fixed - 1 : -1])
    refuse_no_residual(total[-n_fixed - 1 :, -n_fixed - 1 :])
    whiten_rest = block_diagonal([*whiten[1:], np.diag(1.0 / x_scale), np.eye(1)])
    pattern, first, count = group_patterns(zz)
    units = _units(pattern, parent, n_parents)
    products, code = products[units.order], group_codes[0][units.order]
    inner = Grouping(code, code >= 0, None if len(sizes) == 1 else units.group_start)
    bases = tuple(basis(size, flag) for size, flag in zip(sizes, correlated, strict=True))
    groupings = (inner, *outer)
    zz_white = np.einsum("ba,pbc,cd->adp", whiten[0], zz[first], whiten[0])
    return Blocks(
        n_rows=n_rows,
        n_fixed=n_fixed,
        sizes=sizes,
        intercepts=intercepts,
        bases=bases,
        groupings=groupings,
        labels=labels,
        pattern_zz=np.ascontiguousarray((zz_white + zz_white.transpose(1, 0, 2)) / 2),
        pattern_count=count.astype(np.float64),
        pattern=pattern[units.order],
        unit_pattern=pattern[units.order][units.first],
        unit_start=units.start,
        contracted=_contract(products, units.first, whiten[0], whiten_rest),
        group_products=products,
        rest_products=whiten_rest.T @ rest @ whiten_rest,
        whiten_inner=whiten[0],
        whiten_rest=whiten_rest,
        back=back,
        x_back=np.linalg.inv(shifts[-1]) / x_scale,
        y_shift=y_shift,
        x_logdet=2.0 * float(np.log(x_scale).sum()),
        cuts=_cuts(groupings, units.start, len(units.first), sum(len(one.row) for one in bases), len(total)),
    )


@dataclass(frozen=True, slots=True)
class _Units:
    """Innermost groups ordered by parent, then pattern: `order`, first group of each unit and of each parent, and
    first unit of each parent."""

    order: slice | Ints
    first: Ints
    group_start: Ints
    start: Ints


def _units(pattern: Ints, parent: Ints, n_parents: int) -> _Units:
    alike = n_parents == 1 and not pattern.any()
    order = slice(None) if alike else np.lexsort((pattern, parent))
    pattern, parent = pattern[order], parent[order]
    first = np.flatnonzero(np.r_[True, (np.diff(pattern) != 0) | (np.diff(parent) != 0)])
    every = np.arange(n_parents)
    return _Units(order, first, np.searchsorted(parent, every), np.searchsorted(parent[first], every))


def _constant_column(block: Floats) -> int | None:
    """Index of a column that has one value other than 0 throughout."""
    probe = block[[0, len(block) // 2, -1]]
    for index in np.flatnonzero((probe == probe[0]).all(axis=0) & (probe[0] != 0)):
        if (block[:, index] == probe[0, index]).all():
            return int(index)
    return None


def reduced_columns(
    y: Floats, X: Floats, columns: list[Floats], codes: list[Ints], correlated: tuple[bool, ...], order: Ints | None
) -> tuple[Floats, list[Floats], Floats]:
    """W in the order of the runs. Beside a constant column the others lose their mean, which keeps digits.

    The shifts, one per level and one for X, say how: the caller's block = the returned block @ shift. Last comes what
    to add to the coefficients of X because y lost its mean.
    """
    w = np.empty((len(y), sum(z.shape[1] for z in columns) + X.shape[1] + 1))
    shifts = []
    at = 0
    x_constant = _constant_column(X)
    for level, block in enumerate([*columns, X]):
        width = block.shape[1]
        part = w[:, at : at + width]
        part[:] = block
        constant = x_constant
        if level < len(columns):
            outside = codes[level] < 0
            if outside.any():
                part[outside] = 0.0
            constant = _constant_column(block) if correlated[level] and width > 1 and not outside.any() else None
        shift = np.eye(width)
        if constant is not None and width > 1:
            mean = np.full(len(block), 1.0 / len(block)) @ block
            mean[constant] = 0.0
            part -= mean
            shift[constant] += mean / block[0, constant]
        shifts.append(shift)
        at += width
    y_shift = np.zeros(X.shape[1])
    if x_constant is not None:
        y_mean = float(y.mean())
        np.subtract(y, y_mean, out=w[:, -1])
        y_shift[x_constant] = y_mean / X[0, x_constant]
    else:
        w[:, -1] = y
    return (w if order is None else w[order]), shifts, y_shift


def _products(w: Floats, starts: Ints, q: int, parent: Ints, n_parents: int) -> tuple[Floats, Floats, Floats]:
    """Z'Z (G, q, q) and Z'[rest] (G, q, r) per group, and [rest]'[rest] (parents, r, r) summed per parent."""
    n_groups, width = len(starts), w.shape[1]
    zz = np.empty((n_groups, q, q))
    products = np.empty((n_groups, q, width - q))
    rest = np.zeros((n_parents, width - q, width - q))
    alone = n_parents == 1
    if alone:
        rest[0] = w[:, q:].T @ w[:, q:]
    ends = np.r_[starts[1:], len(w)]
    piece = max(1, PASS_LIMIT // (width * width))
    for at in range(0, n_groups, piece):
        groups = slice(at, min(at + piece, n_groups))
        rows = slice(starts[at], ends[groups.stop - 1])
        gram = grouped_gram(w[rows], starts[groups] - rows.start, q if alone else width)
        zz[groups] = gram[:, :q, :q]
        products[groups] = gram[:, :q, q:]
        if not alone:
            order = np.argsort(parent[groups], kind="stable")
            parents = parent[groups][order]
            first = np.flatnonzero(np.r_[True, np.diff(parents) != 0])
            rest[parents[first]] += np.add.reduceat(gram[order, q:, q:], first, axis=0)
    return zz, products, rest


def grouped_gram(w: Floats, starts: Ints, left: int) -> Floats:
    """Products of the first `left` columns of w with all columns, summed over each run of rows: (G, left, c)."""
    n_groups, width = len(starts), w.shape[1]
    size = len(w) // n_groups
    if size * n_groups == len(w) and np.array_equal(starts, np.arange(0, len(w), size)):
        if size == 1:
            return w[:, :left, None] * w[:, None, :]
        in_runs = w.reshape(n_groups, size, width)
        return np.asarray(np.matmul(in_runs[:, :, :left].transpose(0, 2, 1), in_runs))
    columns = np.ascontiguousarray(w.T)
    gram = np.empty((n_groups, left, width))
    product = np.empty(len(w))
    for i in range(left):
        for j in range(i, width):
            np.multiply(columns[i], columns[j], out=product)
            gram[:, i, j] = np.add.reduceat(product, starts)
            if j < left:
                gram[:, j, i] = gram[:, i, j]
    return gram


def group_patterns(zz: Floats) -> tuple[Ints, Ints, Ints]:
    """Pattern of each group, one group that has it, and how many have it."""
    n, q, _ = zz.shape
    if n == 1 or (zz == zz[0]).all():
        return np.zeros(n, dtype=np.int64), np.zeros(1, dtype=np.int64), np.array([n])
    scale = np.abs(zz).max(axis=0)
    scale[scale == 0] = 1.0
    relative = (zz / scale).reshape(n, q * q)
    # A projection on irrational weights tells patterns apart almost surely; the check below removes the "almost".
    key = np.round(relative @ np.sqrt(np.arange(2.0, q * q + 2.0)), 11)
    _, first, pattern, count = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    if np.abs(relative - relative[first[pattern]]).max() > SAME_PATTERN * q * q * 10:
        _, first, pattern, count = np.unique(
            np.round(relative, 12), axis=0, return_index=True, return_inverse=True, return_counts=True
        )
    return pattern.reshape(n), first, count


def _contract(products: Floats, unit_first: Ints, whiten: Floats, whiten_rest: Floats) -> Floats | None:
    n_groups, q, r = products.shape
    n_units = len(unit_first)
    if n_units * (q * r) ** 2 > CONTRACTED_LIMIT:
        return None
    flat = products.reshape(n_groups, q * r)
    sums = grouped_gram(flat, unit_first, q * r) if n_units > 1 else (flat.T @ flat)[None]
    change = np.kron(whiten, whiten_rest)
    sums = (
        change.T @ sums @ change
        if n_units < 64
        else np.matmul(change.T, (sums.reshape(-1, q * r) @ change).reshape(sums.shape))
    )
    ordered = sums.reshape(n_units, q, r, q, r).transpose(1, 3, 0, 2, 4)
    return np.ascontiguousarray(ordered).reshape(q * q, n_units, r * r)


def _cuts(
    groupings: tuple[Grouping, ...], unit_start: Ints, n_units: int, n_elements: int, r: int
) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Ranges of units, groups of level 2, ..., groups of the top level that fit into memory together."""
    if len(groupings) == 1:
        return (((0, n_units),),)
    counts = [len(grouping.code) for grouping in groupings[1:]]
    per_parent = (n_elements * r) ** 2
    room = max(1, PASS_LIMIT // per_parent)
    # First level-2 group of each top group.
    first = np.arange(counts[-1])
    for grouping in reversed(groupings[1:-1]):
        assert grouping.start is not None
        first = grouping.start[first]
    cuts = []
    top = 0
    while top < counts[-1]:
        end = max(top + 1, int(np.searchsorted(first, first[top] + room, side="right")) - 1)
        if end >= counts[-1] or first[top] + room >= counts[0]:
            end = counts[-1]
        ranges = [(top, end)]
        for grouping in reversed(groupings[1:-1]):
            assert grouping.start is not None
            bounds = np.r_[grouping.start, len(grouping.code)]
            ranges.insert(0, (int(bounds[ranges[0][0]]), int(bounds[ranges[0][1]])))
        bounds = np.r_[unit_start, n_units]
        ranges.insert(0, (int(bounds[ranges[0][0]]), int(bounds[ranges[0][1]])))
        cuts.append(tuple(ranges))
        top = end
    return tuple(cuts)
