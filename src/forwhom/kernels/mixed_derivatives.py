"""Value, gradient and Hessian of what a nested mixed model's likelihood needs, by eliminating one level at a time.

With V = I + sum of Z_l (I x T_l) Z_l' (covariance relative to the residual variance), eliminating a level turns the
cross-products M = [[A, B], [B', C]] of a group into C - B'KB with K = (T^-1 + A)^-1 and adds log det(I + AT)
(Bates, Maechler, Bolker & Walker 2015, J Stat Softw 67(1), section 3, block by block). All steps are smooth in T up to
and on the boundary, so first and second derivatives with respect to the elements of every T are carried along; they
serve the optimiser, Satterthwaite's and Kenward and Roger's degrees of freedom alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.mixed_blocks import Basis, Blocks, basis
from forwhom.kernels.mixed_crossed import CrossedBlocks, crossed_jet
from forwhom.kernels.mixed_groups import Floats, Ints
from forwhom.kernels.mixed_jet import Jet, parts

Order = Literal[0, 2]


@lru_cache(maxsize=32)
def _pairs(n: int) -> tuple[Ints, Ints, Ints]:
    """Upper triangle of (n, n), and for each place of the full matrix its number in the triangle."""
    first, second = np.triu_indices(n)
    place = np.empty((n, n), dtype=np.int64)
    place[first, second] = place[second, first] = np.arange(len(first))
    return first, second, place


@lru_cache(maxsize=32)
def _middle(q: int, key: bytes) -> Floats:
    """Matrix that takes N (q*q) to E_i N E_j + E_j N E_i for the pairs of elements of T: (pairs * q * q, q * q)."""
    matrix = np.frombuffer(key).reshape(-1, q, q)
    first, second, _ = _pairs(len(matrix))
    tensor = np.einsum("mab,mcd->madbc", matrix[first], matrix[second])
    tensor += np.einsum("mab,mcd->madbc", matrix[second], matrix[first])
    return np.asarray(tensor.reshape(len(first) * q * q, q * q))


def _quadratic(blocks: Blocks, coefficients: Floats, units: slice, starts: Ints | None) -> Floats:
    """Sums of B_g' c B_g per parent for m sets of coefficients (m, q*q, P): (parents, m, r, r)."""
    assert blocks.contracted is not None
    m, n_patterns = len(coefficients), coefficients.shape[2]
    r = len(blocks.whiten_rest)
    pattern = blocks.unit_pattern[units]
    at = coefficients if n_patterns == len(pattern) == 1 else coefficients[:, :, pattern]
    sums = blocks.contracted[:, units]
    if starts is None:
        product: Floats = at.reshape(m, -1) @ sums.reshape(-1, r * r)
        return product.reshape(1, m, r, r)
    per_unit = np.matmul(at.transpose(2, 0, 1), sums.transpose(1, 0, 2))
    if len(starts) < len(per_unit):
        per_unit = np.add.reduceat(per_unit, starts, axis=0)
    out: Floats = per_unit.reshape(-1, m, r, r)
    return out


def _quadratic_by_group(blocks: Blocks, coefficients: Floats, parents: slice) -> Floats:
    """The same from the products of each group, for data in which almost no two groups are alike."""
    start = blocks.groupings[0].start
    q, m = blocks.sizes[0], len(coefficients)
    groups = slice(0, len(blocks.pattern))
    if start is not None:
        bounds = np.r_[start, len(blocks.pattern)]
        groups = slice(int(bounds[parents.start]), int(bounds[parents.stop]))
    b = blocks.whiten_inner.T @ blocks.group_products[groups] @ blocks.whiten_rest
    r = b.shape[2]
    pattern = blocks.pattern[groups]
    out = []
    for index in range(m):
        at = np.ascontiguousarray(coefficients[index][:, pattern].T).reshape(-1, q, q)
        right = at @ b
        if start is None:
            out.append((b.reshape(-1, r).T @ right.reshape(-1, r))[None])
        else:
            out.append(np.add.reduceat(b.transpose(0, 2, 1) @ right, start[parents] - groups.start, axis=0))
    return np.stack(out, axis=1)


@dataclass(frozen=True, slots=True)
class _Inner:
    """What each pattern of the innermost level contributes: sets of q x q matrices between B' and B, log det terms.

    coefficients : (1 + n + pairs, q*q, P) of the value and the derivatives; (1, q*q, P) without derivatives
    """

    coefficients: Floats
    logdet: float
    logdet1: Floats
    logdet2: Floats


def _by_pattern(blocks: Blocks, t: Floats, order: Order) -> _Inner:
    q = len(t)
    part = parts(blocks.pattern_zz, t)
    n_patterns = part.k.shape[2]
    logdet = float(part.logdet @ blocks.pattern_count)
    k = part.k.reshape(1, q * q, n_patterns)
    if order == 0:
        return _Inner(-k, logdet, np.zeros(0), np.zeros((0, 0)))
    own = blocks.bases[0]
    n = len(own.matrix)
    first, _, place = _pairs(n)
    middle = np.empty((n + len(first), q, q, n_patterns))
    middle[:n] = -own.matrix[..., None]
    tensor = _middle(q, own.matrix.tobytes())
    middle[n:] = (tensor @ part.n.reshape(q * q, n_patterns)).reshape(-1, q, q, n_patterns)
    half = np.einsum("xap,madp->mxdp", part.j, middle)
    both = np.einsum("mxdp,ydp->mxyp", half, part.j).reshape(-1, q * q, n_patterns)
    logdet1 = np.einsum("iab,ab->i", own.matrix, part.n @ blocks.pattern_count)
    # tr(N E_j N E_i): the middle factors hold E_i N E_j twice over.
    twice = np.einsum("madp,dap,p->m", middle[n:], part.n, blocks.pattern_count)
    return _Inner(np.concatenate((-k, both)), logdet, logdet1, -twice[place] / 2)


def _inner(blocks: Blocks, inner: _Inner, cut: tuple[tuple[int, int], ...]) -> Jet:
    """Cross-products after eliminating the innermost level, for one cut. Log-determinants are those of all groups."""
    top = len(cut) == 1
    units = slice(*cut[0])
    parents = slice(0, 1) if top else slice(*cut[1])
    starts = None if top else blocks.unit_start[parents] - units.start
    rest = blocks.rest_products[parents]
    if blocks.contracted is None:
        sums = _quadratic_by_group(blocks, inner.coefficients, parents)
    else:
        sums = _quadratic(blocks, inner.coefficients, units, starts)
    n = len(inner.logdet1)
    place = _pairs(n)[2]
    m2 = sums[:, n + 1 :][:, place] if n else np.zeros((len(rest), 0, 0, *rest.shape[1:]))
    return Jet(rest + sums[:, 0], sums[:, 1 : n + 1], m2, inner.logdet, inner.logdet1, inner.logdet2)


def _outer(inner: Jet, t: Floats, level: Basis, order: Order) -> Jet:
    """Eliminate one level from the cross-products of each of its groups."""
    q = len(t)
    m = inner.m
    a, b, c = m[:, :q, :q], m[:, :q, q:], m[:, q:, q:]
    part = parts(np.ascontiguousarray(a.transpose(1, 2, 0)), t)
    k, j, n = (x.transpose(2, 0, 1) for x in (part.k, part.j, part.n))
    kb = k @ b
    left = c - b.transpose(0, 2, 1) @ kb
    logdet = inner.logdet + float(part.logdet.sum())
    if order == 0:
        return Jet(left, inner.m1, inner.m2, logdet, inner.logdet1, inner.logdet2)
    groups, n_in = inner.m1.shape[:2]
    n_own = len(level.matrix)
    total = n_in + n_own
    r = left.shape[1]
    u = j.transpose(0, 2, 1) @ b
    eu = level.matrix @ u[:, None]
    nothing = np.empty((groups, r + q, r))
    nothing[:, :q], nothing[:, q:] = -kb, np.eye(r)
    turn = nothing.transpose(0, 2, 1)[:, None]
    m1e = inner.m1 @ nothing[:, None]
    w = m1e[:, :, :q]
    m1 = np.empty((groups, total, r, r))
    m1[:, :n_in] = turn @ m1e
    m1[:, n_in:] = -(u.transpose(0, 2, 1)[:, None] @ eu)
    m2 = np.empty((groups, total, total, r, r))
    kw = k[:, None] @ w
    inside = turn[:, None] @ inner.m2 @ nothing[:, None, None]
    cross = w.transpose(0, 1, 3, 2)[:, :, None] @ kw[:, None]
    m2[:, :n_in, :n_in] = inside - cross - cross.swapaxes(3, 4)
    je = j[:, None] @ eu
    cross = w.transpose(0, 1, 3, 2)[:, :, None] @ je[:, None]
    cross = -cross - cross.swapaxes(3, 4)
    m2[:, :n_in, n_in:] = cross
    m2[:, n_in:, :n_in] = cross.swapaxes(1, 2)
    cross = eu.transpose(0, 1, 3, 2)[:, :, None] @ (n[:, None] @ eu)[:, None]
    m2[:, n_in:, n_in:] = cross + cross.swapaxes(3, 4)

    a1 = inner.m1[:, :, :q, :q]
    ka1 = k[:, None] @ a1
    ne = n[:, None] @ level.matrix
    logdet1 = np.empty(total)
    logdet1[:n_in] = inner.logdet1 + np.einsum("hiaa->i", ka1)
    logdet1[n_in:] = np.einsum("hiaa->i", ne)
    logdet2 = np.empty((total, total))
    logdet2[:n_in, :n_in] = inner.logdet2 + np.einsum("hab,hijba->ij", k, inner.m2[:, :, :, :q, :q])
    logdet2[:n_in, :n_in] -= np.einsum("hiab,hjba->ij", ka1, ka1)
    jej = j[:, None] @ level.matrix @ j.transpose(0, 2, 1)[:, None]
    logdet2[:n_in, n_in:] = np.einsum("hiab,hjba->ij", a1, jej)
    logdet2[n_in:, :n_in] = logdet2[:n_in, n_in:].T
    logdet2[n_in:, n_in:] = -np.einsum("hiab,hjba->ij", ne, ne)
    return Jet(left, m1, m2, logdet, logdet1, logdet2)


def _summed(jet: Jet, start: Ints | None) -> Jet:
    """Sums over the groups of each parent; over all groups at the top."""
    if start is None:
        m, m1, m2 = (x.sum(axis=0, keepdims=True) for x in (jet.m, jet.m1, jet.m2))
    else:
        m, m1, m2 = (np.add.reduceat(x, start, axis=0) for x in (jet.m, jet.m1, jet.m2))
    return Jet(m, m1, m2, jet.logdet, jet.logdet1, jet.logdet2)


def jet(blocks: Blocks | CrossedBlocks, covariances: Sequence[Floats], order: Order = 2) -> Jet:
    """Cross-products of [X | y] weighted by V^-1, log det V, and derivatives (`order` 2) or not (0).

    covariances : per level T (q, q), relative to the residual variance, of the whitened effects
    """
    if isinstance(blocks, CrossedBlocks):
        return crossed_jet(blocks, covariances, derivatives=order == 2)
    inner = _by_pattern(blocks, covariances[0], order)
    pieces = []
    for cut in blocks.cuts:
        now = _inner(blocks, inner, cut)
        for level in range(1, len(blocks.sizes)):
            now = _outer(now, covariances[level], blocks.bases[level], order)
            start = blocks.groupings[level].start
            now = _summed(now, None if start is None else start[slice(*cut[level + 1])] - cut[level][0])
        pieces.append(now)
    if len(pieces) == 1:
        return pieces[0]
    # Every piece counts the log-determinants of the innermost level once.
    again = 1 - len(pieces)
    n = len(inner.logdet1)
    logdet1 = np.sum([piece.logdet1 for piece in pieces], axis=0)
    logdet2 = np.sum([piece.logdet2 for piece in pieces], axis=0)
    logdet1[:n] += again * inner.logdet1
    logdet2[:n, :n] += again * inner.logdet2
    return Jet(
        np.sum([piece.m for piece in pieces], axis=0),
        np.sum([piece.m1 for piece in pieces], axis=0),
        np.sum([piece.m2 for piece in pieces], axis=0),
        sum(piece.logdet for piece in pieces) + again * inner.logdet,
        logdet1,
        logdet2,
    )


def after_inner(blocks: Blocks, t: Floats) -> Floats:
    """Cross-products (parents, r, r) of the columns outside the innermost level, weighted by its V^-1."""
    counts = [len(grouping.code) for grouping in blocks.groupings[1:]]
    cut = ((0, len(blocks.unit_pattern)), *((0, count) for count in counts))
    return _inner(blocks, _by_pattern(blocks, t, 0), cut).m


def after_outer(m: Floats, t: Floats, start: Ints | None) -> Floats:
    """The same one level further out: from (groups, r, r) to (parents, r - q, r - q)."""
    none = np.zeros((len(m), 0, 1, 1))
    before = Jet(m, none, none, 0.0, np.zeros(0), np.zeros((0, 0)))
    left = _outer(before, t, basis(len(t), True), 0).m
    return left.sum(axis=0, keepdims=True) if start is None else np.add.reduceat(left, start, axis=0)


@dataclass(frozen=True, slots=True)
class Criterion:
    """The profiled criterion -2 log L (or REML) and its derivatives with respect to the elements of T.

    beta, unscaled : coefficients and (X'V^-1X)^-1 of the reduced columns; rss : weighted residual sum of squares
    rss1 : (n,) derivative of rss; information1, information2 : of X'V^-1X, (n, p, p) and (n, n, p, p)
    logdet1, logdet2 : of log det V
    """

    value: float
    gradient: Floats
    hessian: Floats
    beta: Floats
    unscaled: Floats
    rss: float
    rss1: Floats
    information1: Floats
    information2: Floats
    logdet1: Floats
    logdet2: Floats


def criterion(
    blocks: Blocks | CrossedBlocks, covariances: Sequence[Floats], *, reml: bool, order: Order = 2
) -> Criterion:
    """-2 log L with beta and the residual variance profiled out (Bates et al. 2015, equations 30 to 42)."""
    now = jet(blocks, covariances, order)
    m, m1, m2 = now.m[0], now.m1[0], now.m2[0]
    p = blocks.n_fixed
    root = np.linalg.cholesky(m[:p, :p])
    half = np.linalg.inv(root)
    unscaled = half.T @ half
    beta = unscaled @ m[:p, p]
    v = np.append(-beta, 1.0)
    rss = float(v @ m @ v)
    df = blocks.n_rows - p if reml else blocks.n_rows
    if not rss > 0:
        raise ValueError("The model fits y without error: there is no residual variance to estimate.")
    value = now.logdet + df * (1.0 + np.log(2.0 * np.pi * rss / df))
    if reml:
        value += 2.0 * float(np.log(np.diagonal(root)).sum()) + blocks.x_logdet
    if order == 0:
        none: NDArray[np.float64] = np.zeros(0)
        return Criterion(float(value), none, none, beta, unscaled, rss, none, m1, m2, none, none)
    m1v = m1 @ v
    rss1 = m1v @ v
    rss2 = m2 @ v @ v - 2.0 * m1v[:, :p] @ unscaled @ m1v[:, :p].T
    gradient = now.logdet1 + df * rss1 / rss
    hessian = now.logdet2 + df * (rss2 / rss - np.outer(rss1, rss1) / rss**2)
    i1, i2 = m1[:, :p, :p], m2[:, :, :p, :p]
    if reml:
        scaled = unscaled @ i1
        gradient = gradient + np.einsum("iaa->i", scaled)
        hessian = hessian + np.einsum("ab,ijba->ij", unscaled, i2) - np.einsum("iab,jba->ij", scaled, scaled)
    return Criterion(float(value), gradient, hessian, beta, unscaled, rss, rss1, i1, i2, now.logdet1, now.logdet2)
