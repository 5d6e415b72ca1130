"""Many mixed models of one form at once: replicates of a simulation, draws of a bootstrap, regions, items.

Criterion, parameters and Newton steps are those of `fit_mixed`, written over all replicates together, so that the cost of
starting an operation is paid once and not once per replicate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.mixed import Level, Method, MixedFit, fit_mixed
from forwhom.kernels.mixed_blocks import Basis, basis, group_patterns, grouped_gram
from forwhom.kernels.mixed_groups import Floats, Ints
from forwhom.kernels.mixed_jet import Parts, parts
from forwhom.kernels.mixed_parameters import LEAST_START, NEAR_BOUNDARY, layout
from forwhom.kernels.mixed_whitening import fixed_scale, whitening

__all__ = ["Replicates", "fit_replicates"]

MOST_STEPS = 30
# Half the Newton decrement at which a replicate is done, as in the search of a single fit.
DECREMENT = 1e-11
# Directions of the Hessian flatter than this, relative to the steepest, say nothing about a parameter.
FLAT = 1e-10
# Units whose arrays are held at once.
UNITS_TOGETHER = 3_000


@dataclass(frozen=True, slots=True)
class Replicates:
    """Fits of all replicates, in ascending order of their codes.

    replicate : (R,) codes; beta, se, df, t, p : (R, p) with Satterthwaite's degrees of freedom
    tau : (R, q, q) covariance matrices of the random effects; sigma2, deviance : (R,)
    converged, singular : (R,); n_alone : replicates that ended next to the boundary and were finished one by one
    """

    replicate: Ints
    beta: Floats
    se: Floats
    df: Floats
    t: Floats
    p: Floats
    tau: Floats
    sigma2: Floats
    deviance: Floats
    converged: NDArray[np.bool_]
    singular: NDArray[np.bool_]
    n_alone: int


@dataclass(frozen=True, slots=True)
class _Units:
    """Groups of one replicate with the same Z'Z, contracted.

    zz : (q, q, U) whitened; count : (U,) groups; sums : (U, q*q, r*r); of : (U,) replicate; rest : (R, r, r)
    """

    zz: Floats
    count: Floats
    sums: Floats
    of: Ints
    rest: Floats
    n_rows: Floats

    def only(self, keep: NDArray[np.bool_]) -> _Units:
        """Those of some replicates."""
        mine = keep[self.of]
        number = np.cumsum(keep) - 1
        return _Units(
            self.zz[:, :, mine],
            self.count[mine],
            self.sums[mine],
            number[self.of[mine]],
            self.rest[keep],
            self.n_rows[keep],
        )


@dataclass(frozen=True, slots=True)
class _Point:
    """Criterion of every replicate and what Satterthwaite's method needs, as in `mixed_derivatives.Criterion`."""

    value: Floats
    gradient: Floats
    hessian: Floats
    beta: Floats
    unscaled: Floats
    rss: Floats
    rss1: Floats
    information1: Floats


def fit_replicates(
    y: NDArray[np.floating],
    X: NDArray[np.floating],
    level: Level,
    replicate: NDArray[np.integer],
    *,
    method: Method = "REML",
) -> Replicates:
    """Fit the same model to every replicate.

    y : (N,) outcomes of all replicates; X : (N, p); level : the one grouping, its codes may repeat over replicates
    replicate : (N,) codes

    Raises ValueError as `fit_mixed` does. The numbers are those of `fit_mixed` and `satterthwaite`, to rounding.

    >>> rng = np.random.default_rng(1)
    >>> person, of = np.tile(np.repeat(np.arange(20), 3), 4), np.repeat(np.arange(4), 60)
    >>> y = rng.standard_normal((4, 20)).repeat(3, axis=1).ravel() + rng.standard_normal(240)
    >>> found = fit_replicates(y, np.ones((240, 1)), Level(np.ones((240, 1)), person), of)
    >>> one = fit_mixed(y[:60], np.ones((60, 1)), [Level(np.ones((60, 1)), person[:60])])
    >>> bool(abs(found.beta[0, 0] - one.beta[0]) < 1e-9)
    True
    """
    outcomes: Floats = np.asarray(y, dtype=np.float64)
    return _fits(outcomes, np.asarray(X, dtype=np.float64), level, np.asarray(replicate), method)


def _fits(y: Floats, X: Floats, level: Level, replicate: NDArray[np.integer], method: Method) -> Replicates:
    z = np.asarray(level.Z, dtype=np.float64).reshape(len(y), -1)
    codes, of = np.unique(replicate, return_inverse=True)
    group = np.asarray(level.group)
    of = of.astype(np.int64)
    together = (np.diff(of) > 0) | ((np.diff(of) == 0) & (np.diff(group) >= 0))
    if not together.all():
        order = np.lexsort((group, of))
        of, group, y, X, z = of[order], group[order], y[order], X[order], z[order]
    units, back, x_scale, y_mean = _reduced(y, X, z, group, of, len(codes), level)
    own = basis(z.shape[1], level.correlated)
    reml = method == "REML"
    pieces = [_solved(part, own, reml) for part in _pieces(units)]
    x, done, df, sigma2, scaled, variance, value = (np.concatenate(each) for each in zip(*pieces, strict=True))
    alone = ~done | (np.abs(x[:, own.row == own.column]) < NEAR_BOUNDARY).any(axis=1)
    beta, se = scaled / x_scale, np.sqrt(variance) / x_scale
    if y_mean:
        beta[:, 0] += y_mean
    roots = _factors(x, own)
    tau = sigma2[:, None, None] * back @ roots @ roots.transpose(0, 2, 1) @ back.T
    deviance = value + (2.0 * float(np.log(x_scale).sum()) if reml else 0.0)
    singular, converged = np.zeros(len(codes), dtype=bool), done.copy()
    bounds = np.r_[np.searchsorted(of, np.arange(len(codes))), len(y)]
    for r in np.flatnonzero(alone):
        rows = slice(bounds[r], bounds[r + 1])
        fit, df[r] = _one(y[rows], X[rows], Level(z[rows], group[rows], level.correlated, level.label), method)
        beta[r], se[r], tau[r] = fit.beta, np.sqrt(np.diagonal(fit.beta_cov)), fit.tau[0]
        sigma2[r], deviance[r], converged[r], singular[r] = fit.sigma2, fit.deviance, fit.converged, fit.singular
    t = beta / se
    return Replicates(
        codes, beta, se, df, t, _two_sided(t, df), tau, sigma2, deviance, converged, singular, int(alone.sum())
    )


def _pieces(units: _Units) -> list[_Units]:
    """Replicates in runs whose arrays stay small."""
    size = np.bincount(units.of)
    piece = np.cumsum(size) // UNITS_TOGETHER
    return [units.only(piece == k) for k in np.unique(piece)] if piece[-1] else [units]


def _solved(units: _Units, own: Basis, reml: bool) -> tuple[Floats, np.ndarray, Floats, Floats, Floats, Floats, Floats]:
    """Parameters, whether converged, degrees of freedom, sigma2, beta and its variances (scaled), criterion."""
    x, done = _search(units, own, _start(units, own), reml)
    now = _evaluated(units, own, x, reml)
    degrees = units.n_rows - (now.beta.shape[1] if reml else 0)
    sigma2 = now.rss / degrees
    variance = sigma2[:, None] * now.unscaled.diagonal(axis1=1, axis2=2)
    return x, done, _degrees(now, x, own, sigma2, degrees), sigma2, now.beta, variance, now.value


def _two_sided(t: Floats, df: Floats) -> Floats:
    from scipy.special import stdtr

    return np.asarray(2.0 * stdtr(df, -np.abs(t)))


def _one(y: Floats, X: Floats, level: Level, method: Method) -> tuple[MixedFit, Floats]:
    """One replicate by the search that tries the boundary."""
    from forwhom.kernels.mixed_df import satterthwaite

    fit = fit_mixed(y, X, [level], method=method)
    p = X.shape[1]
    return fit, satterthwaite(fit, np.eye(p)).df if fit.converged else np.full(p, np.nan)


def _reduced(
    y: Floats, X: Floats, z: Floats, group: NDArray[np.integer], of: Ints, n: int, level: Level
) -> tuple[_Units, Floats, Floats, float]:
    """Cross-products, the way back to the caller's effects, the scale of X, and the mean that y lost."""
    constant = bool((X[:, 0] == 1.0).all())
    y_mean = float(y.mean()) if constant else 0.0
    w = np.column_stack([z, X, y - y_mean])
    if not np.isfinite(w).all():
        raise ValueError("Absent or infinite values. Leave those rows out before fitting.")
    starts = np.flatnonzero(np.r_[True, (np.diff(group) != 0) | (np.diff(of) != 0)])
    q, p = z.shape[1], X.shape[1]
    gram = grouped_gram(w, starts, w.shape[1])
    owner = of[starts]
    first = np.searchsorted(owner, np.arange(n))
    groups = np.diff(np.r_[first, len(owner)])
    n_rows = np.diff(np.r_[np.searchsorted(of, np.arange(n)), len(of)]).astype(np.float64)
    if (groups < 2).any() or (n_rows <= groups * q).any():
        raise ValueError("A replicate has fewer than 2 groups, or too few rows for its random effects.")
    total = gram.sum(axis=0)
    whiten, back = whitening(
        total[:q, :q], total[q:, q:], (q,), [len(starts)], (level.correlated,), [np.eye(q)], (level.label,)
    )
    x_scale = fixed_scale(total[q : q + p, q : q + p])
    change = np.diag(np.r_[1.0 / x_scale, 1.0])
    zz, b = gram[:, :q, :q], whiten[0].T @ gram[:, :q, q:] @ change
    rest = change @ np.add.reduceat(gram[:, q:, q:], first, axis=0) @ change
    pattern, head, _ = group_patterns(zz)
    order = np.lexsort((pattern, owner))
    pattern, owner, b = pattern[order], owner[order], b[order]
    unit = np.flatnonzero(np.r_[True, (np.diff(pattern) != 0) | (np.diff(owner) != 0)])
    r = p + 1
    flat = b.reshape(len(b), q * r)
    sums = grouped_gram(flat, unit, q * r).reshape(-1, q, r, q, r).transpose(0, 1, 3, 2, 4).reshape(-1, q * q, r * r)
    white = np.einsum("ba,pbc,cd->adp", whiten[0], zz[head], whiten[0])[:, :, pattern[unit]]
    count = np.diff(np.r_[unit, len(pattern)]).astype(np.float64)
    return (
        _Units((white + white.transpose(1, 0, 2)) / 2, count, np.ascontiguousarray(sums), owner[unit], rest, n_rows),
        back[0],
        x_scale,
        y_mean,
    )


def _summed(values: Floats, of: Ints) -> Floats:
    """Sums over the units of each replicate; every replicate has some, in ascending order."""
    return np.asarray(np.add.reduceat(values, np.flatnonzero(np.r_[True, np.diff(of) != 0]), axis=0))


def _start(units: _Units, own: Basis) -> Floats:
    """Moments of Z'(y - X beta), as for a single fit."""
    p = units.rest.shape[1] - 1
    q = units.zz.shape[0]
    v = np.ones((len(units.rest), p + 1, 1))
    v[:, :p] = -np.linalg.solve(units.rest[:, :p, :p], units.rest[:, :p, p:])
    squares = (v.transpose(0, 2, 1) @ units.rest @ v)[:, 0, 0]
    twice = (v @ v.transpose(0, 2, 1)).reshape(len(v), -1)
    groups = _summed(units.count, units.of)
    moment = (
        _summed(np.einsum("uks,us->uk", units.sums, twice[units.of]), units.of).reshape(-1, q, q)
        / groups[:, None, None]
    )
    mean = _summed(units.zz.transpose(2, 0, 1) * units.count[:, None, None], units.of) / groups[:, None, None]
    within = (squares - groups * np.einsum("raa->r", np.linalg.solve(mean, moment))) / (units.n_rows - groups * q)
    within = np.maximum(within, 1e-3 * squares / units.n_rows)
    value, axes = np.linalg.eigh(moment / within[:, None, None] - mean)
    t = (axes * np.clip(value, LEAST_START, 1e8)[:, None, :]) @ axes.transpose(0, 2, 1)
    if len(own.row) == q and q > 1:
        t = t * np.eye(q)
    return np.asarray(np.linalg.cholesky(t)[:, own.row, own.column])


def _factors(x: Floats, own: Basis) -> Floats:
    q = own.matrix.shape[1]
    made = np.zeros((len(x), q, q))
    made[:, own.row, own.column] = x
    return made


def _parts(a: Floats, t: Floats) -> Parts:
    """`parts` with a T of its own for each unit, (q, q, U)."""
    q = len(a)
    if q < 3:
        return parts(a, t)
    stacked, own = a.transpose(2, 0, 1), t.transpose(2, 0, 1)
    inner = np.eye(q) + own @ stacked
    j: Floats = np.asarray(np.linalg.inv(inner), dtype=np.float64)
    k, n = j @ own, stacked @ j
    k, n = (k + k.transpose(0, 2, 1)) / 2, (n + n.transpose(0, 2, 1)) / 2
    return Parts(k.transpose(1, 2, 0), j.transpose(1, 2, 0), n.transpose(1, 2, 0), np.linalg.slogdet(inner)[1])


def _evaluated(units: _Units, own: Basis, x: Floats, reml: bool) -> _Point:
    """Criterion with gradient and Hessian by the elements of T, of every replicate."""
    q, n = units.zz.shape[0], len(own.matrix)
    roots = _factors(x, own)
    t = (roots @ roots.transpose(0, 2, 1)).transpose(1, 2, 0)
    part = _parts(units.zz, t[:, :, units.of])
    first, second = np.triu_indices(n)
    e = own.matrix
    middle = np.empty((n + len(first), q, q, part.k.shape[2]))
    middle[:n] = -e[..., None]
    one = np.einsum("mab,bcu,mcd->madu", e[first], part.n, e[second], optimize=True)
    middle[n:] = one + one.transpose(0, 2, 1, 3)
    both = np.einsum("xau,madu,ydu->mxyu", part.j, middle, part.j, optimize=True)
    coefficients = np.concatenate((-part.k[None], both)).reshape(1 + n + len(first), q * q, -1)
    r = units.rest.shape[1]
    sums = _summed(np.matmul(coefficients.transpose(2, 0, 1), units.sums), units.of).reshape(len(x), -1, r, r)
    logdet = _summed(part.logdet * units.count, units.of)
    logdet1 = _summed(np.einsum("iab,abu->ui", e, part.n) * units.count[:, None], units.of)
    twice = _summed(np.einsum("madu,dau->um", middle[n:], part.n) * units.count[:, None], units.of)
    place = np.empty((n, n), dtype=np.int64)
    place[first, second] = place[second, first] = np.arange(len(first))
    m, m1, m2 = units.rest + sums[:, 0], sums[:, 1 : n + 1], sums[:, n + 1 :][:, place]
    return _profiled(m, m1, m2, logdet, logdet1, -twice[:, place] / 2, units.n_rows, reml)


def _profiled(
    m: Floats, m1: Floats, m2: Floats, logdet: Floats, logdet1: Floats, logdet2: Floats, n_rows: Floats, reml: bool
) -> _Point:
    """Profile out beta and the residual variance (`mixed_derivatives.criterion`, over replicates)."""
    p = m.shape[1] - 1
    unscaled: Floats = np.asarray(np.linalg.inv(m[:, :p, :p]), dtype=np.float64)
    beta = (unscaled @ m[:, :p, p:])[..., 0]
    v = np.concatenate((-beta, np.ones((len(m), 1))), axis=1)
    rss = np.einsum("ra,rab,rb->r", v, m, v)
    df = n_rows - p if reml else n_rows
    value = logdet + df * (1.0 + np.log(2.0 * np.pi * rss / df))
    m1v = np.einsum("riab,rb->ria", m1, v)
    rss1 = np.einsum("ria,ra->ri", m1v, v)
    rss2 = np.einsum("rijab,ra,rb->rij", m2, v, v, optimize=True)
    rss2 -= 2.0 * m1v[:, :, :p] @ unscaled @ m1v[:, :, :p].transpose(0, 2, 1)
    share = (df / rss)[:, None]
    gradient = logdet1 + share * rss1
    hessian = logdet2 + share[..., None] * (rss2 - rss1[:, :, None] * rss1[:, None, :] / rss[:, None, None])
    i1 = m1[:, :, :p, :p]
    if reml:
        value = value + np.linalg.slogdet(m[:, :p, :p])[1]
        scaled = unscaled[:, None] @ i1
        gradient = gradient + np.einsum("riaa->ri", scaled)
        hessian = hessian + np.einsum("rab,rijba->rij", unscaled, m2[:, :, :, :p, :p])
        hessian = hessian - np.einsum("riab,rjba->rij", scaled, scaled)
    return _Point(value, gradient, hessian, beta, unscaled, rss, rss1, i1)


def _search(units: _Units, own: Basis, x: Floats, reml: bool) -> tuple[Floats, NDArray[np.bool_]]:
    """Newton steps on the absolute curvatures, each replicate with a step length of its own."""
    tensor = layout((own,)).second
    x = x.copy()
    done = np.zeros(len(x), dtype=bool)
    left = np.ones(len(x), dtype=bool)
    mine = units
    now = _evaluated(mine, own, x, reml)
    for _ in range(MOST_STEPS):
        here = x[left]
        slope = np.einsum("ijk,rk->rij", tensor, here)
        gradient = np.einsum("rij,ri->rj", slope, now.gradient)
        hessian = slope.transpose(0, 2, 1) @ now.hessian @ slope + np.tensordot(now.gradient, tensor, axes=1)
        curvature, axes = np.linalg.eigh(hessian)
        size = np.maximum(np.abs(curvature), 1e-9 * np.abs(curvature).max(axis=1, keepdims=True))
        along = np.einsum("rab,ra->rb", axes, gradient)
        decrement = 0.5 * (along**2 / size).sum(axis=1)
        finished = (decrement < DECREMENT + 1e-16 * np.abs(now.value)) & (curvature[:, 0] > -1e-6 * size[:, -1])
        step = -np.einsum("rab,rb->ra", axes, along / size)
        room = 2.0 * (1.0 + np.abs(here).max(axis=1))
        step *= np.minimum(1.0, room / np.maximum(np.abs(step).max(axis=1), 1e-300))[:, None]
        moved, found = _shortened(partial(_evaluated_at, mine, own, reml), here, step, now.value)
        x[left] = moved
        index = np.flatnonzero(left)
        done[index[finished]] = True
        if finished.all():
            return x, done
        if finished.any():
            left[index[finished]] = False
            keep = ~finished
            mine = mine.only(keep)
            found = _kept(found, keep)
        now = found
    return x, done


def _evaluated_at(units: _Units, own: Basis, reml: bool, x: Floats) -> _Point:
    return _evaluated(units, own, x, reml)


def _shortened(
    function: Callable[[Floats], _Point], here: Floats, step: Floats, value: Floats
) -> tuple[Floats, _Point]:
    """Full steps, halved where they do not lower the criterion."""
    fraction = np.ones(len(here))
    found = function(here + step)
    for _ in range(20):
        worse = ~(found.value <= value + 1e-13 * np.abs(value))
        if not worse.any():
            break
        fraction[worse] *= 0.4
        found = function(here + fraction[:, None] * step)
    return here + fraction[:, None] * step, found


def _kept(now: _Point, keep: NDArray[np.bool_]) -> _Point:
    return _Point(*(getattr(now, name)[keep] for name in _Point.__slots__))


def _degrees(now: _Point, x: Floats, own: Basis, sigma2: Floats, df: Floats) -> Floats:
    """Satterthwaite's degrees of freedom of every coefficient (R, p); scale of X does not matter to them."""
    tensor = layout((own,)).second
    slope = np.einsum("ijk,rk->rij", tensor, x)
    n, sigma = x.shape[1], np.sqrt(sigma2)
    full = now.hessian + (df / now.rss**2)[:, None, None] * now.rss1[:, :, None] * now.rss1[:, None, :]
    hessian = np.empty((len(x), n + 1, n + 1))
    hessian[:, :n, :n] = slope.transpose(0, 2, 1) @ full @ slope + np.tensordot(now.gradient, tensor, axes=1)
    cross = -2.0 * np.einsum("rij,ri->rj", slope, now.rss1) / sigma[:, None] ** 3
    hessian[:, :n, n] = hessian[:, n, :n] = cross
    hessian[:, n, n] = 4.0 * df / sigma2
    value, axes = np.linalg.eigh(hessian)
    known = value > FLAT * value[:, -1:]
    weight = (
        2.0 * (axes * np.where(known, 1.0 / np.where(known, value, 1.0), 0.0)[:, None, :]) @ axes.transpose(0, 2, 1)
    )
    by_element = -(now.unscaled[:, None] @ now.information1 @ now.unscaled[:, None]).diagonal(axis1=2, axis2=3)
    unscaled = now.unscaled.diagonal(axis1=1, axis2=2)
    change = np.empty((len(x), n + 1, unscaled.shape[1]))
    change[:, :n] = sigma2[:, None, None] * np.einsum("rij,ria->rja", slope, by_element)
    change[:, n] = 2.0 * sigma[:, None] * unscaled
    spread = np.einsum("ria,rij,rja->ra", change, weight, change, optimize=True)
    return np.asarray(2.0 * (sigma2[:, None] * unscaled) ** 2 / spread)
