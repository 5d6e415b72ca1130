"""Likelihood of the mixed model for repeated measures and its exact derivatives, from condensed data.

With V the covariance of all rows, block by person plus tau2 zz' by cluster (z the weight of each row's occasion),
Phi = (X'V^-1 X)^-1 and e = y - X beta, -2 log likelihood under REML is

    (N - p) log 2 pi + log|V| + log|X'V^-1 X| + e'V^-1 e

and its derivatives by covariance parameters need traces such as tr(V^-1 V_r V^-1 V_s) and products such as
X'V^-1 V_r V^-1 X (Lindstrom & Bates, 1988; Kenward & Roger, 1997, section 2). A cluster enters V^-1 through a rank-one
update (Sherman-Morrison), so each of them is a sum over patterns less a sum over clusters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.covariance_structures import Structure
from forwhom.kernels.repeated_statistics import Sufficient

Array = NDArray[np.float64]
Method = Literal["REML", "ML"]


@dataclass(frozen=True, slots=True)
class ClusterState:
    """Per cluster h: u = W'V_0^-1 z (h, q), c = z'V_0^-1 z (h,); kappa = tau2 / (1 + tau2 c), omega = 1 / (1 + tau2 c).

    V_0 is V without the cluster. Per cell: `loaded` (c, m) = V_0^-1 z. Per pair of cluster and cell: weighted row sums
    (s, m, q) and the correction (s, m, q) that the cluster makes to each person's V^-1 W.
    """

    loaded: Array

    u: Array
    c: Array
    kappa: Array
    omega: Array
    sums: Array
    correction: Array


@dataclass(frozen=True, slots=True)
class Point:
    """The likelihood at one parameter value, with what its derivatives reuse.

    deviance : -2 log likelihood; beta (p,) on the scaled columns and relative to the shift of the condensed data
    phi : (p, p) inverse of X'V^-1 X; inverse (c, m, m) of V_0 per cell, 0 where not seen
    weighted : (l, m, q) V_0^-1 [X, e] of the artificial persons
    """

    theta: Array
    tau2: float
    deviance: float
    beta: Array
    phi: Array
    inverse: Array
    weighted: Array
    cluster: ClusterState | None


@dataclass(frozen=True, slots=True)
class Derivatives:
    """Derivatives by the parameters (theta of each group in turn, then tau2 where there are clusters).

    gradient (r,), hessian (r, r) of -2 log likelihood; expected (r, r) its expectation
    products : (r, q, q) of [X, e]'V^-1 V_r V^-1 [X, e]
    """

    gradient: Array
    hessian: Array
    expected: Array
    products: Array


def split(stats: Sufficient, parameters: Array) -> tuple[Array, float]:
    """Covariance parameters (g, r) and tau2 (0 without clusters)."""
    if stats.clusters is None:
        return parameters.reshape(stats.n_groups, -1), 0.0
    return parameters[:-1].reshape(stats.n_groups, -1), float(parameters[-1])


def evaluate(stats: Sufficient, shape: Structure, parameters: Array, method: Method) -> Point | None:
    """The likelihood at `parameters`; None where V is not numerically positive definite."""
    theta, tau2 = split(stats, parameters)
    both = stats.seen[:, :, None] & stats.seen[:, None, :]
    sigma = np.stack([shape.matrix(t) for t in theta])
    try:
        chol = np.linalg.cholesky(np.where(both, sigma[stats.group], np.eye(stats.n_occasions)))
        root = np.linalg.inv(chol)
    except np.linalg.LinAlgError:
        return None
    inverse = np.where(both, root.transpose(0, 2, 1) @ root, 0.0)
    log_det = 2.0 * float(stats.count @ np.log(np.diagonal(chol, axis1=1, axis2=2)).sum(axis=1))
    weighted = inverse[stats.cell] @ stats.rows
    q = stats.rows.shape[2]
    moment = stats.rows.reshape(-1, q).T @ weighted.reshape(-1, q)
    cluster = _cluster_state(stats, tau2, inverse)
    if cluster is not None:
        moment -= (cluster.u * cluster.kappa[:, None]).T @ cluster.u
        log_det += float(np.log1p(tau2 * cluster.c).sum())
    p = q - 1
    try:
        half = np.linalg.inv(np.linalg.cholesky(moment[:p, :p]))
    except np.linalg.LinAlgError:
        return None
    phi = half.T @ half
    beta = phi @ moment[:p, p]
    rss = float(moment[p, p] - moment[p, :p] @ beta)
    n_free = stats.n_rows - (p if method == "REML" else 0)
    deviance = n_free * np.log(2.0 * np.pi) + log_det + rss
    if method == "REML":
        deviance += -2.0 * float(np.log(np.diag(half)).sum()) + 2.0 * float(np.log(stats.scale).sum())
    if not np.isfinite(deviance) or rss <= 0:
        return None
    _residualise(beta, weighted, cluster)
    return Point(parameters, tau2, float(deviance), beta, phi, inverse, weighted, cluster)


def _residualise(beta: Array, weighted: Array, cluster: ClusterState | None) -> None:
    """Turn the last column of everything weighted from y into e = y - X beta."""
    weighted[..., -1] -= weighted[..., :-1] @ beta
    if cluster is not None:
        for array in (cluster.u, cluster.sums, cluster.correction):
            array[..., -1] -= array[..., :-1] @ beta


def _cluster_state(stats: Sufficient, tau2: float, inverse: Array) -> ClusterState | None:
    k = stats.clusters
    if k is None:
        return None
    # A product with 0 where not seen, so z needs no restriction to the occasions of a cell.
    loaded = (inverse * k.loading).sum(axis=2)
    sums = inverse[k.cell] @ k.rows
    u = k.by_cluster.sum((sums * k.loading[:, None]).sum(axis=1))
    c = k.by_cluster.sum(k.count * (loaded * k.loading).sum(axis=1)[k.cell])
    omega = 1.0 / (1.0 + tau2 * c)
    kappa = tau2 * omega
    correction = loaded[k.cell][:, :, None] * (kappa[:, None] * u)[k.cluster][:, None, :]
    return ClusterState(loaded, u, c, kappa, omega, sums, correction)


def second_moments(stats: Sufficient, point: Point, group: int) -> Array:
    """(m, q, m, q) sum over the group's persons of (V^-1 W)_j (V^-1 W)_k', W = [X, e]."""
    m, q = stats.rows.shape[1:]
    flat = point.weighted[stats.group[stats.cell] == group].reshape(-1, m * q)
    result = flat.T @ flat
    if stats.clusters is not None and point.cluster is not None:
        here = stats.group[stats.clusters.cell] == group
        sums = point.cluster.sums[here].reshape(-1, m * q)
        correction = point.cluster.correction[here].reshape(-1, m * q)
        cross = correction.T @ (sums - 0.5 * stats.clusters.count[here, None] * correction)
        result -= cross + cross.T
    return np.asarray(result.reshape(m, q, m, q))


def _per_cell(stats: Sufficient, point: Point, factor: Array) -> Array:
    """(c, m, m) sum over a cell's persons of (V^-1 W) F F' (V^-1 W)' with `factor` F (q, f)."""
    weighted = point.weighted @ factor
    result = stats.by_cell.sum(weighted @ weighted.transpose(0, 2, 1))
    if stats.clusters is not None and point.cluster is not None:
        correction = point.cluster.correction @ factor
        rest = point.cluster.sums @ factor - 0.5 * stats.clusters.count[:, None, None] * correction
        cross = rest @ correction.transpose(0, 2, 1)
        result -= stats.clusters.by_cell.sum(cross + cross.transpose(0, 2, 1))
    return result


def _pair_traces(first: Array, left: Array, right: Array) -> Array:
    """(r, r) sum over cells of tr(V_r left V_s right); `first` (r, m, m), `left` and `right` (c, m, m) symmetric."""
    r, m = first.shape[:2]
    kernel = left.reshape(-1, m * m).T @ right.reshape(-1, m * m)
    kernel = kernel.reshape(m, m, m, m).transpose(2, 0, 1, 3).reshape(m * m, m * m)
    flat = first.reshape(r, m * m)
    return np.asarray(flat @ kernel @ flat.T)


def cluster_vectors(stats: Sufficient, point: Point, firsts: list[Array]) -> tuple[Array, Array]:
    """Per cluster and covariance parameter: z'V_0^-1 V_r V_0^-1 z (h, r) and (V^-1 W)'V_r V_0^-1 z (h, r, q)."""
    k, state = stats.clusters, point.cluster
    assert k is not None
    assert state is not None
    r, q = firsts[0].shape[0], stats.rows.shape[2]
    n_clusters = state.c.size
    scalars = np.zeros((n_clusters, r * stats.n_groups))
    vectors = np.zeros((n_clusters, r * stats.n_groups, q))
    centred = state.sums - k.count[:, None, None] * state.correction
    for g, first in enumerate(firsts):
        inside = (stats.group[k.cell] == g).astype(float)
        turned = np.einsum("rjk,ck->crj", first, state.loaded)
        scalar = np.einsum("crj,cj->cr", turned, state.loaded)[k.cell] * (inside * k.count)[:, None]
        place = slice(g * r, (g + 1) * r)
        scalars[:, place] = k.by_cluster.sum(scalar)
        vectors[:, place] = k.by_cluster.sum(turned[k.cell] @ (centred * inside[:, None, None]))
    return scalars, vectors


def differentiate(stats: Sufficient, shape: Structure, point: Point, method: Method) -> Derivatives:
    """Exact gradient, observed and expected information of -2 log likelihood at `point`."""
    theta, _ = split(stats, point.theta)
    p, reml = stats.n_fixed, method == "REML"
    firsts = [shape.first(t) for t in theta]
    r = theta.shape[1]
    n_theta = theta.size
    size = point.theta.size
    spread = np.zeros((p + 1, p))
    spread[:p] = np.linalg.cholesky(point.phi)
    fixed = _per_cell(stats, point, spread)
    error = _per_cell(stats, point, np.eye(p + 1)[:, p:])
    trace_first = stats.count[:, None, None] * point.inverse
    trace_second = trace_first
    if stats.clusters is not None and point.cluster is not None:
        share = stats.clusters.by_cell.sum(stats.clusters.count * point.cluster.kappa[stats.clusters.cluster])
        loaded = point.cluster.loaded
        outer = share[:, None, None] * loaded[:, :, None] * loaded[:, None, :]
        trace_first, trace_second = trace_first - outer, trace_first - 2.0 * outer
    by_entry = trace_first - error - (fixed if reml else 0.0)

    gradient = np.zeros(size)
    curvature = np.zeros((size, size))
    traces, of_fixed, of_error = (np.zeros((size, size)) for _ in range(3))
    products = np.zeros((size, p + 1, p + 1))
    for g, first in enumerate(firsts):
        here = stats.group == g
        place = slice(g * r, (g + 1) * r)
        entries = by_entry[here].sum(axis=0)
        gradient[place] = np.tensordot(first, entries, axes=2)
        inverse = point.inverse[here]
        traces[place, place] = _pair_traces(first, inverse, trace_second[here])
        of_fixed[place, place] = _pair_traces(first, inverse, fixed[here])
        of_error[place, place] = _pair_traces(first, inverse, error[here])
        products[place] = np.einsum("rjk,jakb->rab", first, second_moments(stats, point, g), optimize=True)
        second = shape.second(theta[g])
        if second is not None:
            curvature[place, place] = np.tensordot(second, entries, axes=2)
    if point.cluster is not None:
        _add_cluster(stats, point, firsts, spread, reml, gradient, traces, of_fixed, of_error, products)
    turned = point.phi @ products[:, :p, :p]
    mixed = products[:, :p, p]
    crossed = np.einsum("rij,sji->rs", turned, turned, optimize=True)
    of_error -= mixed @ point.phi @ mixed.T
    expected = traces - 2.0 * of_fixed + crossed if reml else traces
    hessian = curvature - expected + 2.0 * of_error
    # tau2 enters V linearly, theta of different groups do not share a block of V: no further second derivatives.
    assert n_theta + (point.cluster is not None) == size
    return Derivatives(gradient, (hessian + hessian.T) / 2.0, (expected + expected.T) / 2.0, products)


def _add_cluster(
    stats: Sufficient,
    point: Point,
    firsts: list[Array],
    spread: Array,
    reml: bool,
    gradient: Array,
    traces: Array,
    of_fixed: Array,
    of_error: Array,
    products: Array,
) -> None:
    """The cluster's share of everything with two covariance parameters, and all of what concerns tau2; in place."""
    state = point.cluster
    assert state is not None
    scalars, vectors = cluster_vectors(stats, point, firsts)
    u, c, kappa, omega = state.u, state.c, state.kappa, state.omega
    n_theta = gradient.size - 1
    inner = slice(0, n_theta)
    traces[inner, inner] += scalars.T @ (kappa[:, None] ** 2 * scalars)
    traces[inner, -1] = traces[-1, inner] = omega**2 @ scalars
    traces[-1, -1] = np.sum((omega * c) ** 2)
    products[-1] = (u * omega[:, None] ** 2).T @ u
    gradient[-1] = np.sum(omega * c)
    error = np.zeros((spread.shape[0], 1))
    error[-1] = 1.0
    for target, factor, used in ((of_fixed, spread, reml), (of_error, error, True)):
        side, level = vectors @ factor, u @ factor
        target[inner, inner] -= np.einsum("hrf,hsf->rs", side * kappa[:, None, None], side, optimize=True)
        target[inner, -1] = target[-1, inner] = np.einsum("h,hrf,hf->r", omega**2, side, level, optimize=True)
        squared = np.sum(level**2, axis=1)
        target[-1, -1] = np.sum(omega**3 * c * squared)
        if used:
            gradient[-1] -= np.sum(omega**2 * squared)
