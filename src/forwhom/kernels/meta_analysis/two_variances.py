"""Likelihood of effects within clusters: variance between clusters, variance between effects within them.

Each cluster's sampling covariance V_j is turned to its axes, V_j = U L U'. There V_j + sigma2_within I + sigma2_between 11' is a
diagonal plus one product, (L + sigma2_within) + sigma2_between o o' with o = U'1, so that every evaluation costs a few
passes over the effects and no matrix is inverted, also when effects of a cluster are correlated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_LOG_2PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True, slots=True)
class Turned:
    """Effects in the axes of their cluster's sampling covariance, ordered by cluster.

    y, spread, ones : (k,); x : (k, p); start : (J,) first row of each cluster; group : (k,) cluster of each row
    """

    y: Array
    x: Array
    spread: Array
    ones: Array
    start: NDArray[np.intp]
    group: NDArray[np.intp]

    def sums(self, values: Array) -> Array:
        """Sums within clusters along the first axis."""
        return np.asarray(np.add.reduceat(values, self.start, axis=0))


@dataclass(frozen=True, slots=True)
class Point:
    """The likelihood at one pair of variances.

    value : log likelihood; slope : (2,) its derivatives by (between, within); curve : (2, 2) second derivatives
    expected : (2, 2) Fisher information; beta : (p,); inverse : (p, p) (X'M^-1 X)^-1
    toward : (2, p, p) derivative of `inverse` by each variance
    """

    value: float
    slope: Array
    curve: Array
    expected: Array
    beta: Array
    inverse: Array
    toward: Array


def turn(y: Array, x: Array, v: Array, group: NDArray[np.intp]) -> Turned:
    """Rotate; v is (k,), or (k, k) without covariance between clusters (ValueError otherwise)."""
    order = np.argsort(group, kind="stable")
    codes = group[order]
    start = np.flatnonzero(np.r_[True, np.diff(codes) > 0])
    k = y.size
    if v.ndim == 1:
        return Turned(y[order], x[order], v[order], np.ones(k), start, codes)
    within = v[np.ix_(order, order)]
    if not np.allclose(within, within.T, rtol=1e-10, atol=0.0):
        raise ValueError("The sampling covariance is not symmetric.")
    if np.abs(np.where(codes[:, None] == codes[None, :], 0.0, within)).max(initial=0.0) > 0.0:
        raise ValueError(
            "The sampling covariance links effects of different clusters; give them one cluster, the widest that shares people."
        )
    turned_y, turned_x, ones, spread = y[order].copy(), x[order].copy(), np.ones(k), np.diag(within).copy()
    for first, last in zip(start, np.r_[start[1:], k], strict=True):
        if last - first > 1:
            rows = slice(first, last)
            spread[rows], axes = np.linalg.eigh(within[rows, rows])
            turned_y[rows], turned_x[rows] = axes.T @ turned_y[rows], axes.T @ turned_x[rows]
            ones[rows] = axes.sum(axis=0)
    if not (spread > 0.0).all():
        raise ValueError("The sampling covariance is not positive definite: some correlations cannot hold together.")
    return Turned(turned_y, turned_x, spread, ones, start, codes)


def heights(data: Turned, between: Array, within: Array, *, restricted: bool) -> Array:
    """Log likelihood at many pairs of variances (g,)."""
    w = 1.0 / (data.spread + within[:, None])
    ow = data.ones * w
    a = np.add.reduceat(data.ones * ow, data.start, axis=1)
    c = between[:, None] / (1.0 + between[:, None] * a)
    columns = np.column_stack([data.x, data.y])
    whole = columns.T @ (w[:, :, None] * columns)
    low = np.add.reduceat(ow[:, :, None] * columns, data.start, axis=1)
    whole = whole - np.einsum("gj,gjp,gjq->gpq", c, low, low)
    xx, xy, yy = whole[:, :-1, :-1], whole[:, :-1, -1], whole[:, -1, -1]
    beta = np.linalg.solve(xx, xy[:, :, None])[:, :, 0]
    squares = yy - (beta * xy).sum(axis=1)
    k, p = data.x.shape
    spread = np.log(data.spread + within[:, None]).sum(axis=1) + np.log1p(between[:, None] * a).sum(axis=1)
    if not restricted:
        return np.asarray(-0.5 * (k * _LOG_2PI + spread + squares))
    return np.asarray(-0.5 * ((k - p) * _LOG_2PI + spread + squares + np.linalg.slogdet(xx)[1]))


def look(data: Turned, between: float, within: float, *, restricted: bool) -> Point:
    """Everything the search and the tests need at one pair of variances."""
    w = 1.0 / (data.spread + within)
    ow = data.ones * w
    a = data.sums(data.ones * ow)
    shrink = 1.0 / (1.0 + between * a)
    c = between * shrink

    def solve(values: Array) -> Array:
        """M^-1 values, (k, q)."""
        return np.asarray(
            w[:, None] * values - ow[:, None] * (c[:, None] * data.sums(ow[:, None] * values))[data.group]
        )

    g = solve(data.x)
    xx = data.x.T @ g
    inverse = np.asarray(np.linalg.inv(xx), dtype=np.float64)
    beta = inverse @ (g.T @ data.y)
    u = solve((data.y - data.x @ beta)[:, None])
    squares = float((data.y - data.x @ beta) @ u[:, 0])
    k, p = data.x.shape
    determinant = float(np.log(data.spread + within).sum() + np.log1p(between * a).sum())
    value = -0.5 * (k * _LOG_2PI + determinant + squares)
    if restricted:
        value = -0.5 * ((k - p) * _LOG_2PI + determinant + squares + float(np.linalg.slogdet(xx)[1]))
    # Z'g and Z'u: sums over a cluster in its own axes.
    zg, zu = data.sums(data.ones[:, None] * g), data.sums(data.ones[:, None] * u)
    ku = [data.ones[:, None] * zu[data.group], u]
    second = [zg.T @ zg, g.T @ g]
    toward = np.stack([inverse @ part @ inverse for part in second])
    pku = [_project(solve(part), g, inverse, data.x, part) for part in ku]
    quadratic = np.array([[float(ku[i][:, 0] @ pku[j][:, 0]) for j in range(2)] for i in range(2)])
    one, two = _traces(data, w, ow, a, c, shrink)
    if restricted:
        one, two = _restrict(data, one, two, g, zg, inverse, second, solve)
    slope = 0.5 * (np.array([float((zu**2).sum()), float((u**2).sum())]) - one)
    return Point(value, slope, 0.5 * two - quadratic, 0.5 * two, beta, inverse, toward)


def _project(solved: Array, g: Array, inverse: Array, x: Array, values: Array) -> Array:
    """P values = M^-1 values − g (X'M^-1X)^-1 g' values."""
    return np.asarray(solved - g @ (inverse @ (g.T @ values)))


def _traces(data: Turned, w: Array, ow: Array, a: Array, c: Array, shrink: Array) -> tuple[Array, Array]:
    """tr(M^-1 K_i) (2,) and tr(M^-1 K_i M^-1 K_j) (2, 2), K = (ZZ', I)."""
    second, third = data.sums(ow**2), data.sums(ow**2 * w)
    inner = a * shrink
    one = np.array([float(inner.sum()), float(w.sum() - (c * second).sum())])
    cross = float((second * shrink**2).sum())
    own = float((w**2).sum() - 2.0 * (c * third).sum() + (c**2 * second**2).sum())
    return one, np.array([[float((inner**2).sum()), cross], [cross, own]])


def _restrict(
    data: Turned, one: Array, two: Array, g: Array, zg: Array, inverse: Array, second: list[Array], solve: object
) -> tuple[Array, Array]:
    """The same traces with P in place of M^-1."""
    assert callable(solve)
    kg = [data.ones[:, None] * zg[data.group], g]
    solved = [solve(part) for part in kg]
    less_one = np.array([float(np.sum(inverse * part)) for part in second])
    less_two = np.empty((2, 2))
    for i in range(2):
        for j in range(2):
            # tr(P K_i P K_j) = tr(M^-1 K_i M^-1 K_j) − 2 tr(A g'K_i M^-1 K_j g) + tr(A g'K_i g A g'K_j g)
            middle = kg[i].T @ solved[j]
            both = float(np.sum((inverse @ second[i]) * (inverse @ second[j]).T))
            less_two[i, j] = -2.0 * float(np.sum(inverse * middle)) + both
    return one - less_one, two + 0.5 * (less_two + less_two.T)
