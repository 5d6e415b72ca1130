"""Standard errors of the standard deviations and correlations of mixed models, by the delta method.

The covariance of what the optimiser moves, twice the inverse Hessian of the deviance, is carried to the parameters that
are reported (Pinheiro & Bates 2000, Mixed-Effects Models in S and S-PLUS, section 2.4.3). On a boundary, and where the
data cannot tell parameters apart, the criterion is no parabola and there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.mixed_groups import Floats, Ints

if TYPE_CHECKING:
    from forwhom.kernels.glmm import GlmmFit
    from forwhom.kernels.mixed import MixedFit

__all__ = ["Spread", "Wald", "glmm_spread", "mixed_spread", "wald_interval"]

Bools = NDArray[np.bool_]
# A part of a direction smaller than this, relative to its largest, is rounding.
PART = 1e-6
# Correlations of residuals this near to a limit are at it.
AT_LIMIT = 0.005
# Curvature of the criterion of a generalised model below this, in units of each parameter's own, is none: it comes from differences.
NO_CURVATURE = 1e-6


@dataclass(frozen=True, slots=True)
class Spread:
    """Standard errors of the covariance parameters of a mixed model; NaN where there is none.

    sd : per level (q,), of the standard deviations; correlation : per level (q, q), of the correlations
    residual : of the residual standard deviation; serial : of the correlation of residuals; shape : of a negative binomial
    boundary, alike : per level (q, q), which variances (diagonal) and correlations have none because they lie on a
        boundary, or because the data cannot tell them apart
    residual_alike : the residual variance cannot be told apart from others
    """

    sd: tuple[Floats, ...]
    correlation: tuple[Floats, ...]
    boundary: tuple[Bools, ...]
    alike: tuple[Bools, ...]
    residual: float = np.nan
    serial: float = np.nan
    shape: float = np.nan
    residual_alike: bool = False


@dataclass(frozen=True, slots=True)
class Wald:
    """A Wald interval made on a scale without limits. scale : "log", "fisher-z" or "logit"."""

    low: float
    high: float
    scale: Literal["log", "fisher-z", "logit"]


def mixed_spread(fit: MixedFit) -> Spread:
    """Standard errors of a linear mixed model; of the restricted deviance for REML. Raises ValueError without convergence.

    >>> from forwhom.kernels.mixed import Level, fit_mixed
    >>> weight = np.array([2.0, 4.0, 5.0, 7.0, 1.0, 2.0])
    >>> fit = fit_mixed(weight, np.ones((6, 1)), [Level(np.ones((6, 1)), np.repeat([0, 1, 2], 2))])
    >>> round(mixed_spread(fit).residual, 6), round(fit.sigma2**0.5 / 6**0.5, 6)
    (0.5, 0.5)
    """
    from forwhom.kernels.mixed_df import parameter_covariance, unidentified
    from forwhom.kernels.mixed_parameters import boundaries, factors

    covariance = parameter_covariance(fit)
    serial = fit.rows is not None and fit.rows.series is not None
    blocks, sigma = fit.blocks, float(np.sqrt(fit.sigma2))
    roots = [back @ root for back, root in zip(blocks.back, factors(blocks, fit.whitened), strict=True)]
    directions = unidentified(fit)
    taus, changes, alike, at = [], [], [], 0
    for root, back, basis in zip(roots, blocks.back, blocks.bases, strict=True):
        part = slice(at, at + len(basis.row))
        made = np.zeros((len(covariance), *root.shape))
        made[part] = fit.sigma2 * _turned(root, back, basis.row, basis.column)
        # By the residual standard deviation, or by its logarithm.
        made[-1] = 2.0 * fit.sigma2 * (root @ root.T) * (1.0 if serial else 1.0 / sigma)
        changes.append(made)
        taus.append(fit.sigma2 * root @ root.T)
        moved = np.tensordot(directions[:, 1:][:, part], basis.matrix, axes=1)
        largest = np.abs(directions).max(axis=1, initial=0.0)
        alike.append(_alike(moved, back, largest))
        at += len(basis.row)
    edge = [np.zeros(tau.shape, dtype=bool) for tau in taus]
    for one in boundaries(blocks, fit.whitened):
        edge[one.level] = _edge(one.zero, len(taus[one.level]), len(blocks.bases[one.level].row))
    sd, correlation = _carried(taus, changes, covariance, edge, alike)
    share = np.abs(directions[:, 0]) > PART * np.abs(directions).max(axis=1, initial=0.0)
    residual = float(np.sqrt(covariance[-1, -1])) * (sigma if serial else 1.0)
    return Spread(
        sd,
        correlation,
        tuple(edge),
        tuple(alike),
        np.nan if share.any() else residual,
        _serial(fit, float(covariance[at, at])) if serial else np.nan,
        residual_alike=bool(share.any()),
    )


def glmm_spread(fit: GlmmFit) -> Spread:
    """Standard errors of a generalised mixed model that has converged.

    >>> from forwhom.kernels.glmm import Level, fit_glmm
    >>> seizures = np.array([3.0, 5, 4, 0, 1, 1, 9, 7, 8, 2, 3, 2])
    >>> fit = fit_glmm(seizures, np.ones((12, 1)), [Level(np.ones((12, 1)), np.repeat(np.arange(4), 3))], family="poisson")
    >>> round(float(glmm_spread(fit).sd[0][0]), 2)
    0.36
    """
    from forwhom.kernels.glmm_boundary import boundaries
    from forwhom.kernels.glmm_criterion import factors

    search, prepared = fit.search, fit.search.prepared
    setup = prepared.setup
    flat = _flat(search.hessian)
    levels = len(fit.tau)
    changes: list[Floats] = [np.zeros(0)] * levels
    alike: list[Bools] = [np.zeros((0, 0), dtype=bool)] * levels
    for slot, given in enumerate(setup.layout.given):
        back, part = prepared.z_back[slot], setup.slices[slot]
        row, column = setup.rows[slot], setup.columns[slot]
        whitened = factors(setup, search.x)[slot]
        q = len(back)
        made = np.zeros((len(search.x), q, q))
        made[part] = _turned(back @ whitened, np.eye(q), row, column)
        changes[given] = made
        moved = np.tensordot(flat[:, part], _turned(whitened, np.eye(q), row, column), axes=1)
        alike[given] = _alike(moved, back, np.full(len(flat), 100.0 * max(1e-3, float(np.abs(whitened).max()))))
    edge = [np.zeros(tau.shape, dtype=bool) for tau in fit.tau]
    for one in boundaries(prepared, search.x):
        q = len(fit.tau[one.level])
        slot = setup.layout.given.index(one.level)
        edge[one.level] = _edge(one.zero, q, len(setup.rows[slot]))
    sd, correlation = _carried(fit.tau, changes, fit.parameter_cov, edge, alike)
    shape = np.nan if fit.shape is None else fit.shape * float(np.sqrt(fit.parameter_cov[-1, -1]))
    return Spread(sd, correlation, tuple(edge), tuple(alike), shape=shape if shape > 0 else np.nan)


def wald_interval(
    estimate: float, se: float, scale: Literal["log", "fisher-z", "logit"], *, level: float = 0.95
) -> Wald:
    """Wald interval of a number above 0 ("log"), between -1 and 1 ("fisher-z") or between 0 and 1 ("logit").

    >>> found = wald_interval(2.0, 0.5, "log")
    >>> round(found.low, 3), round(found.high, 3)
    (1.225, 3.265)
    """
    from scipy.special import expit, logit, ndtri

    width = float(ndtri((1 + level) / 2)) * se
    if scale == "log":
        ratio = float(np.exp(width / estimate))
        return Wald(estimate / ratio, estimate * ratio, scale)
    if scale == "fisher-z":
        middle, half = float(np.arctanh(estimate)), width / (1 - estimate**2)
        return Wald(float(np.tanh(middle - half)), float(np.tanh(middle + half)), scale)
    middle, half = float(logit(estimate)), width / (estimate * (1 - estimate))
    return Wald(float(expit(middle - half)), float(expit(middle + half)), scale)


def _turned(root: Floats, back: Floats, row: Ints, column: Ints) -> Floats:
    """Derivatives (n, q, q) of root root' by the elements of the factor L, with root = back L."""
    moved = np.zeros((len(row), *root.shape))
    moved[np.arange(len(row)), :, column] = back[:, row].T
    made = moved @ root.T
    return made + made.transpose(0, 2, 1)


def _alike(moved: Floats, back: Floats, largest: Floats) -> Bools:
    """Which elements of a covariance matrix move along any of these directions (m, q, q) of its whitened form."""
    size = np.sqrt(np.einsum("ab,ab->a", back, back))
    along = np.abs(back @ moved @ back.T) / np.outer(size, size)
    return np.asarray((along > PART * largest[:, None, None]).any(axis=0))


def _edge(zero: Sequence[int], q: int, elements: int) -> Bools:
    """Which elements a boundary takes: all of a covariance matrix, of independent effects those that are 0."""
    made = np.zeros((q, q), dtype=bool)
    if elements == q > 1:
        made[list(zero), list(zero)] = True
    else:
        made[:] = True
    return made


def _carried(
    taus: Sequence[Floats], changes: Sequence[Floats], covariance: Floats, edge: Sequence[Bools], alike: Sequence[Bools]
) -> tuple[tuple[Floats, ...], tuple[Floats, ...]]:
    """Standard errors of standard deviations and correlations from derivatives (r, q, q) of every covariance matrix."""
    sds, correlations = [], []
    for tau, change, bad, same in zip(taus, changes, edge, alike, strict=True):
        out = bad | same
        variance = np.where(np.diagonal(tau) > 0, np.diagonal(tau), np.nan)
        sd = np.sqrt(variance)
        share = np.einsum("iaa->ia", change) / (2.0 * variance)
        r = tau / np.outer(sd, sd)
        slope = change / np.outer(sd, sd) - r * (share[:, :, None] + share[:, None, :])
        sds.append(np.where(np.diagonal(out), np.nan, _root(covariance, share * sd)))
        either = out | np.diagonal(out)[:, None] | np.diagonal(out)[None, :] | np.eye(len(tau), dtype=bool)
        correlations.append(np.where(either, np.nan, _root(covariance, slope)))
    return tuple(sds), tuple(correlations)


def _root(covariance: Floats, slope: Floats) -> Floats:
    """Standard error of what has this slope (r, ...); NaN where rounding leaves no variance above 0."""
    variance = np.einsum("i...,ij,j...->...", slope, covariance, slope)
    return np.sqrt(np.where(variance > 0, variance, np.nan))


def _serial(fit: MixedFit, variance: float) -> float:
    assert fit.rows is not None
    rho, least = fit.rows.rho, 0.0 if fit.rows.continuous else -1.0
    inside = least + AT_LIMIT <= rho <= 1.0 - AT_LIMIT
    return float(np.sqrt(variance)) if inside and variance > 0 else np.nan


def _flat(hessian: Floats) -> Floats:
    """Directions (m, n) without curvature, of length 1."""
    diagonal = np.diagonal(hessian)
    scale = np.sqrt(np.where(diagonal > NO_CURVATURE * diagonal.max(), diagonal, diagonal.max()))
    value, axes = np.linalg.eigh(hessian / np.outer(scale, scale))
    made = axes[:, np.abs(value) < NO_CURVATURE * value[-1]].T / scale
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True))
