"""Cross-products of a mixed model whose grouping factors are crossed, and what eliminating the random effects leaves.

The factor given first is eliminated group by group (its block of Z'Z is block-diagonal), all others together as one dense
system, which is the blocked form of lme4's Cholesky factor (Bates, Maechler, Bolker & Walker 2015, J Stat Softw 67(1),
section 5). Nothing of size (first factor's groups)^2 is ever formed, not even for second derivatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.mixed_blocks import Basis, basis, reduced_columns
from forwhom.kernels.mixed_groups import (
    Floats,
    Grouping,
    Ints,
    Level,
    checked,
    refuse_no_residual,
    refuse_non_finite,
    refuse_too_few,
)
from forwhom.kernels.mixed_jet import Jet, Parts, parts
from forwhom.kernels.mixed_whitening import block_diagonal, fixed_scale, whitening

__all__ = ["CrossedBlocks", "crossed_jet", "make_crossed"]

# Columns of the dense system above which it is refused: 8,000 are 512 MB, and several of them are held.
MOST_COLUMNS = 8_000
# Entries of the first factor's products with the others above which they are kept sparse.
DENSE_LIMIT = 2_000_000


@dataclass(frozen=True, slots=True)
class CrossedBlocks:
    """What is kept of the data. Random-effect columns are whitened: on average over groups Z'Z is the identity.

    n_rows, n_fixed, sizes, intercepts, bases, groupings, labels, back, x_back, y_shift, x_logdet : as in `Blocks`
    counts : groups of each level
    inner : (q, q, G) Z'Z of each group of the first factor
    across : (G * q, Q) its products with the columns of all other factors, dense or scipy.sparse
    fixed : (G * q, p + 1) its products with [X | y]
    rest : (Q + p + 1, Q + p + 1) products of all other columns
    """

    n_rows: int
    n_fixed: int
    sizes: tuple[int, ...]
    intercepts: tuple[bool, ...]
    bases: tuple[Basis, ...]
    groupings: tuple[Grouping, ...]
    labels: tuple[str, ...]
    back: tuple[Floats, ...]
    x_back: Floats
    y_shift: Floats
    x_logdet: float
    counts: tuple[int, ...]
    inner: Floats
    across: Any
    fixed: Floats
    rest: Floats


def make_crossed(y: NDArray[np.floating], X: NDArray[np.floating], levels: Sequence[Level]) -> CrossedBlocks:
    """Reduce the rows to cross-products. The level with most groups belongs first. Raises ValueError as `make_blocks`."""
    y, X, columns, codes = checked(y, X, levels)
    labels = tuple(level.label for level in levels)
    correlated = tuple(level.correlated for level in levels)
    sizes = tuple(z.shape[1] for z in columns)
    places = [np.unique(code[code >= 0], return_inverse=True) for code in codes]
    counts = tuple(len(found) for found, _ in places)
    refuse_too_few(len(y), sizes, list(counts), labels)
    total_columns = sum(count * q for count, q in zip(counts[1:], sizes[1:], strict=True))
    if total_columns > MOST_COLUMNS:
        raise ValueError(
            f"The crossed factors after the first have {total_columns} random effects; more than {MOST_COLUMNS} do not fit "
            "into memory. Leave one out, or use fewer groups."
        )
    w, shifts, y_shift = reduced_columns(y, X, columns, codes, correlated, None)
    q, width = sizes[0], sum(sizes)
    gram = w.T @ w
    refuse_non_finite(gram, y, X, columns, gram, labels)
    refuse_no_residual(gram[width:, width:])
    whiten, back = whitening(gram[:q, :q], gram[q:, q:], sizes, list(counts), correlated, shifts, labels)
    x_scale = fixed_scale(gram[width:-1, width:-1])
    w = w @ block_diagonal([*whiten, np.diag(1.0 / x_scale), np.eye(1)])
    z = _sparse_columns(w, codes, places, sizes)
    outer = w[:, width:]
    others = z[1] if len(z) == 2 else _side_by_side(z[1:])
    across = z[0].T @ others
    if across.shape[0] * across.shape[1] <= DENSE_LIMIT:
        across = across.toarray()
    mixed = others.T @ outer
    rest = np.block([[(others.T @ others).toarray(), mixed], [mixed.T, outer.T @ outer]])
    return CrossedBlocks(
        n_rows=len(y),
        n_fixed=X.shape[1],
        sizes=sizes,
        intercepts=tuple(one.shape[1] == 1 and bool((one == 1.0).all()) for one in columns),
        bases=tuple(basis(size, flag) for size, flag in zip(sizes, correlated, strict=True)),
        groupings=tuple(Grouping(found, np.ones(len(found), dtype=bool), None) for found, _ in places),
        labels=labels,
        back=back,
        x_back=np.linalg.inv(shifts[-1]) / x_scale,
        y_shift=y_shift,
        x_logdet=2.0 * float(np.log(x_scale).sum()),
        counts=counts,
        inner=_inner_products(w[:, :q], codes[0], places[0][1], counts[0]),
        across=across,
        fixed=z[0].T @ outer,
        rest=rest,
    )


def _sparse_columns(
    w: Floats, codes: list[Ints], places: Sequence[tuple[Ints, Ints]], sizes: tuple[int, ...]
) -> list[Any]:
    """Z of each level (N, groups * q), the columns of a group side by side."""
    from scipy.sparse import csr_matrix

    made = []
    at = 0
    for code, (found, place), q in zip(codes, places, sizes, strict=True):
        rows = np.flatnonzero(code >= 0)
        column = (place[:, None] * q + np.arange(q)).ravel()
        values = w[rows, at : at + q].ravel()
        shape = (len(w), len(found) * q)
        made.append(csr_matrix((values, (np.repeat(rows, q), column)), shape=shape))
        at += q
    return made


def _side_by_side(parts: list[Any]) -> Any:
    from scipy.sparse import hstack

    return hstack(parts, format="csr")


def _inner_products(z: Floats, code: Ints, place: Ints, groups: int) -> Floats:
    """Z'Z of each group (q, q, G)."""
    rows = code >= 0
    z = z[rows]
    q = z.shape[1]
    made = np.empty((q, q, groups))
    for i in range(q):
        for j in range(i, q):
            made[i, j] = made[j, i] = np.bincount(place, z[:, i] * z[:, j], minlength=groups)
    return made


@dataclass(frozen=True, slots=True)
class _Eliminated:
    """After the first factor: its parts, its rows of J'B (across and fixed), and the dense system of the others.

    products : (Q, Q) and mixed (Q, p + 1), corner (p + 1, p + 1) weighted by V_1^-1
    j : (Q, Q) (I + T products)^-1; d : (Q, Q) j T; logdet : of everything
    """

    parts: Parts
    across: Any
    fixed: Floats
    products: Floats
    mixed: Floats
    corner: Floats
    j: Floats
    d: Floats
    logdet: float


def _eliminated(blocks: CrossedBlocks, t: Sequence[Floats]) -> _Eliminated:
    total = blocks.across.shape[1]
    part = parts(blocks.inner, t[0])
    k = np.ascontiguousarray(part.k.transpose(2, 0, 1))
    j = np.ascontiguousarray(part.j.transpose(2, 1, 0))
    k_across, k_fixed = _by_group(k, blocks.across), _by_group(k, blocks.fixed)
    left = blocks.across.T @ k_across
    left = left if isinstance(left, np.ndarray) else left.toarray()
    products = blocks.rest[:total, :total] - left
    mixed = blocks.rest[:total, total:] - blocks.across.T @ k_fixed
    corner = blocks.rest[total:, total:] - blocks.fixed.T @ k_fixed
    products, corner = (products + products.T) / 2.0, (corner + corner.T) / 2.0
    system = np.eye(total) + _times(blocks, t, products)
    sign, logdet = np.linalg.slogdet(system)
    if not sign > 0:
        raise ValueError("The cross-products of the crossed factors are singular to rounding. Rescale the columns.")
    inverse = np.asarray(np.linalg.inv(system), dtype=np.float64)
    d = _times(blocks, t, inverse.T).T
    return _Eliminated(
        part,
        _by_group(j, blocks.across),
        np.asarray(_by_group(j, blocks.fixed)),
        products,
        np.asarray(mixed),
        corner,
        inverse,
        (d + d.T) / 2.0,
        float(part.logdet.sum()) + float(logdet),
    )


def _by_group(matrices: Floats, columns: Any) -> Any:
    """Multiply the q rows of each group by its own (q, q) matrix."""
    groups, q, _ = matrices.shape
    if isinstance(columns, np.ndarray):
        return np.matmul(matrices, columns.reshape(groups, q, -1)).reshape(groups * q, -1)
    from scipy.sparse import bsr_matrix

    block = bsr_matrix((matrices, np.arange(groups), np.arange(groups + 1)), shape=(groups * q, groups * q))
    return (block @ columns).tocsr()


def _slices(blocks: CrossedBlocks) -> list[slice]:
    """Places of the levels after the first in the dense system."""
    ends = np.cumsum([count * q for count, q in zip(blocks.counts[1:], blocks.sizes[1:], strict=True)]).tolist()
    return [slice(start, end) for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def _times(blocks: CrossedBlocks, t: Sequence[Floats], matrix: Floats) -> Floats:
    """The covariance matrix of the other factors' effects (block-diagonal) times a matrix (Q, c)."""
    made = np.empty_like(matrix)
    for part, own in zip(_slices(blocks), t[1:], strict=True):
        stacked = matrix[part].reshape(-1, len(own), matrix.shape[1])
        made[part] = np.matmul(own, stacked).reshape(part.stop - part.start, -1)
    return made


def crossed_jet(blocks: CrossedBlocks, t: Sequence[Floats], *, derivatives: bool) -> Jet:
    """Cross-products of [X | y] weighted by V^-1, log det V, and derivatives by the elements of every T."""
    now = _eliminated(blocks, t)
    solved = now.d @ now.mixed
    m = now.corner - now.mixed.T @ solved
    m = (m + m.T) / 2.0
    if not derivatives:
        none = np.zeros(0)
        return Jet(m[None], np.zeros((1, 0, *m.shape)), np.zeros((1, 0, 0, *m.shape)), now.logdet, none, none[:, None])
    first = now.fixed - now.across @ solved
    others = now.j.T @ now.mixed
    elements = [(level, e) for level, one in enumerate(blocks.bases) for e in one.matrix]
    n, c = len(elements), m.shape[0]
    m1, m2 = np.empty((n, c, c)), np.empty((n, n, c, c))
    whole = [first, *(others[part] for part in _slices(blocks))]
    turned = [_by_group(np.broadcast_to(e, (blocks.counts[level], *e.shape)), whole[level]) for level, e in elements]
    weighted = [_weighted(blocks, now, level, f) for (level, _), f in zip(elements, turned, strict=True)]
    for i, (level, _) in enumerate(elements):
        m1[i] = -whole[level].T @ turned[i]
        for k in range(n):
            half = turned[i].T @ weighted[k][level]
            m2[i, k] = half + half.T
    m2 = (m2 + m2.transpose(1, 0, 2, 3)) / 2.0
    pair = _pair_sums(blocks, now)
    own = _own_sums(blocks, now)
    logdet1 = np.array([float((e * own[level]).sum()) for level, e in elements])
    logdet2 = np.empty((n, n))
    for i, (level, e) in enumerate(elements):
        for k, (other, f) in enumerate(elements[i:], start=i):
            # Elements come level after level, so `level` is never the later one.
            logdet2[i, k] = logdet2[k, i] = -float(np.einsum("ab,cd,acbd->", e, f, pair[level, other]))
    return Jet(m[None], m1[None], m2[None], now.logdet, logdet1, logdet2)


def _weighted(blocks: CrossedBlocks, now: _Eliminated, level: int, f: Floats) -> list[Floats]:
    """Z'V^-1Z times columns f that stand at one level, per level."""
    places = _slices(blocks)
    if level == 0:
        reduced = now.across.T @ f
        n = now.parts.n.transpose(2, 0, 1)
        first = np.asarray(_by_group(n, f)) - now.across @ (now.d @ reduced)
        rest = now.j.T @ reduced
    else:
        put = np.zeros((now.j.shape[0], f.shape[1]))
        put[places[level - 1]] = f
        first = now.across @ (now.j @ put)
        rest = now.j.T @ (now.products @ put)
    return [first, *(rest[part] for part in places)]


def _by_column(blocks: CrossedBlocks, now: _Eliminated) -> list[list[Floats]]:
    """Y_a'Y_b (Q, Q) for the columns a, b of the first factor, with Y = Z_1'V_1^-1[others]."""
    q = blocks.sizes[0]
    own = [now.across[a::q] for a in range(q)]
    made = [[np.zeros(0)] * q for _ in range(q)]
    for a in range(q):
        for b in range(a, q):
            gram = own[a].T @ own[b]
            gram = gram if isinstance(gram, np.ndarray) else gram.toarray()
            made[a][b], made[b][a] = gram, gram.T
    return made


def _rest_blocks(blocks: CrossedBlocks, now: _Eliminated) -> Floats:
    """Z'V^-1Z (Q, Q) of the other factors."""
    w = now.j.T @ now.products
    return np.asarray((w + w.T) / 2.0)


def _own_sums(blocks: CrossedBlocks, now: _Eliminated) -> list[Floats]:
    """Sums over groups of the diagonal blocks of Z'V^-1Z, per level (q, q)."""
    grams = _by_column(blocks, now)
    q = blocks.sizes[0]
    first = now.parts.n.sum(axis=2) - np.array(
        [[float((now.d * grams[a][b]).sum()) for b in range(q)] for a in range(q)]
    )
    w = _rest_blocks(blocks, now)
    made = [first]
    for part, size in zip(_slices(blocks), blocks.sizes[1:], strict=True):
        shaped = w[part, part].reshape(-1, size, w[part, part].shape[0] // size, size)
        made.append(np.einsum("gagb->ab", shaped))
    return made


def _pair_sums(blocks: CrossedBlocks, now: _Eliminated) -> dict[tuple[int, int], Floats]:
    """Sums over groups g, h of W[ga, hc] W[gb, hd] with W = Z'V^-1Z, as (a, c, b, d), per pair of levels l <= m."""
    q = blocks.sizes[0]
    grams = _by_column(blocks, now)
    made = {(0, 0): _first_pair(blocks, now, grams)}
    w = _rest_blocks(blocks, now)
    places = _slices(blocks)
    turned = [[now.j.T @ grams[a][b] @ now.j for b in range(q)] for a in range(q)]
    for m, (part, size) in enumerate(zip(places, blocks.sizes[1:], strict=True), start=1):
        tensor = np.empty((q, size, q, size))
        for a in range(q):
            for b in range(q):
                shaped = turned[a][b][part, part].reshape(-1, size, (part.stop - part.start) // size, size)
                tensor[a, :, b, :] = np.einsum("hchd->cd", shaped)
        made[0, m] = tensor
        for inner in range(1, m + 1):
            other, own = places[inner - 1], blocks.sizes[inner]
            shaped = w[other, part].reshape(-1, own, (part.stop - part.start) // size, size)
            made[inner, m] = np.einsum("gahc,gbhd->acbd", shaped, shaped, optimize=True)
    return made


def _first_pair(blocks: CrossedBlocks, now: _Eliminated, grams: list[list[Floats]]) -> Floats:
    """The same for the first factor with itself: W = blocks N less Y D Y', without forming it."""
    q = blocks.sizes[0]
    n = now.parts.n
    own = _first_diagonals(blocks, now)
    cross = np.einsum("acg,bdg->acbd", n, own)
    tensor = np.einsum("acg,bdg->acbd", n, n) - cross - cross.transpose(2, 3, 0, 1)
    half = [[grams[a][b] @ now.d for b in range(q)] for a in range(q)]
    for a in range(q):
        for b in range(q):
            for c in range(q):
                for d in range(q):
                    tensor[a, c, b, d] += float((half[b][a] * half[c][d].T).sum())
    return np.asarray(tensor)


def _first_diagonals(blocks: CrossedBlocks, now: _Eliminated, piece: int = 4096) -> Floats:
    """Diagonal blocks of Y D Y' (q, q, G) of the first factor."""
    q, groups = blocks.sizes[0], blocks.counts[0]
    made = np.empty((q, q, groups))
    for start in range(0, groups, piece):
        end = min(start + piece, groups)
        y = now.across[start * q : end * q]
        y = (y if isinstance(y, np.ndarray) else y.toarray()).reshape(end - start, q, -1)
        made[:, :, start:end] = np.matmul(y @ now.d, y.transpose(0, 2, 1)).transpose(1, 2, 0)
    return made


def crossed_effects(blocks: CrossedBlocks, t: Sequence[Floats], reduced: Floats) -> list[tuple[Floats, Floats]]:
    """Whitened conditional modes (G, q) and covariances relative to the residual variance (G, q, q), per level.

    reduced : (p + 1,) what multiplies [X | y] to give the residual
    """
    now = _eliminated(blocks, t)
    solved = now.d @ (now.mixed @ reduced)
    first = now.fixed @ reduced - now.across @ solved
    others = now.j.T @ (now.mixed @ reduced)
    w = _rest_blocks(blocks, now)
    within = [(now.parts.n - _first_diagonals(blocks, now)).transpose(2, 0, 1)]
    scores = [first.reshape(-1, blocks.sizes[0])]
    for part, q in zip(_slices(blocks), blocks.sizes[1:], strict=True):
        count = (part.stop - part.start) // q
        within.append(np.einsum("gagb->gab", w[part, part].reshape(count, q, count, q)))
        scores.append(others[part].reshape(-1, q))
    return [(u @ own, own - own @ block @ own) for u, block, own in zip(scores, within, t, strict=True)]
