"""Random effects and predictions of a generalised mixed model for the groups that were seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.glmm import GlmmFit
from forwhom.kernels.glmm_criterion import factors, find_mode, spread
from forwhom.kernels.glmm_families import inverse_link
from forwhom.kernels.glmm_solve import inverse_parts
from forwhom.kernels.mixed_groups import Floats, Ints, Level

__all__ = ["GlmmEffects", "glmm_effects", "glmm_predicted"]


@dataclass(frozen=True, slots=True)
class GlmmEffects:
    """What one level's groups deviate by, given the data and the estimated parameters.

    group : (G,) codes in ascending order
    mode : (G, q) conditional modes, on the scale of the link per unit of Z
    covariance : (G, q, q) inverse curvature there (lme4's condVar); the uncertainty of beta and theta is left out
    """

    group: Ints
    mode: Floats
    covariance: Floats


def glmm_effects(fit: GlmmFit) -> tuple[GlmmEffects, ...]:
    """Conditional modes and covariances of every level, levels as given to the fit.

    >>> from forwhom.kernels.glmm import fit_glmm
    >>> ill = np.array([0.0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 0, 0])
    >>> fit = fit_glmm(ill, np.ones((12, 1)), [Level(np.ones((12, 1)), np.repeat([3, 5, 8], 4))])
    >>> bool((np.argsort(glmm_effects(fit)[0].mode[:, 0]) == [2, 0, 1]).all())
    True
    """
    setup, layout = fit.search.prepared.setup, fit.search.prepared.setup.layout
    lambdas = factors(setup, fit.search.x)
    mode = find_mode(setup, fit.search.x, fit.search.u)
    parts = inverse_parts(mode.solver)
    b = spread(setup, lambdas, mode.u)
    found: dict[int, GlmmEffects] = {}
    for level, (given, q, start) in enumerate(zip(layout.given, layout.sizes, layout.starts, strict=True)):
        groups = layout.real[level]
        back = fit.search.prepared.z_back[level]
        values = b[start : start + groups * q].reshape(groups, q)
        stage = min(level, len(layout.stages) - 1)
        if len(layout.stages[stage].own) == 1 and layout.stages[stage].own.shape[1] != q:
            at = start - int(layout.stages[stage].own[0, 0]) + np.arange(groups * q).reshape(groups, q)
            inside = parts[stage][0][at[:, :, None], at[:, None, :]]
        else:
            inside = parts[stage][:groups, :q, :q]
        root = back @ lambdas[level]
        found[given] = GlmmEffects(layout.codes[level], values @ back.T, root @ inside @ root.T)
    return tuple(found[k] for k in range(len(found)))


def glmm_predicted(
    fit: GlmmFit,
    X: NDArray[np.floating],
    levels: Sequence[Level],
    *,
    offset: NDArray[np.floating] | None = None,
    effects: Sequence[GlmmEffects] | None = None,
) -> tuple[Floats, Floats]:
    """Linear predictor X beta + offset + sum of Z b, and the mean there (a probability, or a count), each (M,).

    X : (M, p) and levels with (M, q) columns and (M,) codes, of the fitted rows or of new ones; groups that were not in
    the fit count as average. effects : from `glmm_effects`, computed when not given
    """
    X = np.asarray(X, dtype=np.float64)
    if X.ndim != 2 or X.shape[1] != len(fit.beta) or len(levels) != len(fit.tau):
        raise ValueError(f"X must be (M, {len(fit.beta)}) and levels {len(fit.tau)}, as in the fit.")
    eta = X @ fit.beta + (0.0 if offset is None else np.asarray(offset, dtype=np.float64))
    for one, effect in zip(levels, effects or glmm_effects(fit), strict=True):
        z, code = np.asarray(one.Z, dtype=np.float64).reshape(len(X), -1), np.asarray(one.group)
        at = np.minimum(np.searchsorted(effect.group, code), len(effect.group) - 1)
        eta += np.where(effect.group[at] == code, np.einsum("nq,nq->n", z, effect.mode[at]), 0.0)
    return eta, inverse_link(fit.link, eta)[0]
