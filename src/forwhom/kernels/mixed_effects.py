"""Random effects and fitted values of a mixed model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.mixed import MixedFit
from forwhom.kernels.mixed_blocks import Blocks
from forwhom.kernels.mixed_crossed import CrossedBlocks, crossed_effects
from forwhom.kernels.mixed_derivatives import after_inner, after_outer
from forwhom.kernels.mixed_groups import Floats, Ints, Level, name
from forwhom.kernels.mixed_jet import parts
from forwhom.kernels.mixed_parameters import covariances

__all__ = ["GroupEffects", "fitted_values", "random_effects"]


@dataclass(frozen=True, slots=True)
class GroupEffects:
    """What one level's groups deviate by, given the data and the estimated variances.

    group : (G,) codes in ascending order
    mode : (G, q) conditional modes (best linear unbiased predictions), in units of y per unit of Z
    covariance : (G, q, q) conditional covariance given beta and the variances (lme4's condVar)
    """

    group: Ints
    mode: Floats
    covariance: Floats


def random_effects(fit: MixedFit) -> tuple[GroupEffects, ...]:
    """Conditional modes and covariances of every level, innermost first.

    The uncertainty of beta and of the variances is left out, as in lme4's ``ranef(condVar = TRUE)``.

    >>> from forwhom.kernels.mixed import fit_mixed
    >>> weight = np.array([2.0, 4.0, 5.0, 7.0, 1.0, 2.0])
    >>> fit = fit_mixed(weight, np.ones((6, 1)), [Level(np.ones((6, 1)), np.repeat([7, 8, 9], 2))])
    >>> random_effects(fit)[0].mode[:, 0].round(4)
    array([-0.4286,  2.1429, -1.7143])
    """
    blocks = fit.blocks
    t = covariances(blocks, fit.whitened)
    if isinstance(blocks, CrossedBlocks):
        return _crossed(fit, blocks, t)
    below = _cross_products(blocks, t)
    reduced = np.linalg.solve(blocks.x_back, fit.beta - blocks.y_shift)
    # What multiplies the columns outside a level to leave the part it has to explain.
    outside = np.r_[-reduced, 1.0][None, :]
    joint = np.zeros((1, 0, 0))
    found: list[GroupEffects] = []
    for level in reversed(range(len(blocks.sizes))):
        q = blocks.sizes[level]
        parent = _parent_of(blocks, level)
        outside, joint = outside[parent], joint[parent]
        a, b = below[level]
        k = parts(a, t[level]).k.transpose(2, 0, 1)
        if level == 0:
            k = k[blocks.pattern]
        kb = k @ b
        mode = (kb @ outside[..., None])[..., 0]
        outer = joint.shape[1]
        reach = kb[:, :, :outer] @ joint
        own = k + reach @ kb[:, :, :outer].transpose(0, 2, 1)
        wide = np.empty((len(k), q + outer, q + outer))
        wide[:, :q, :q], wide[:, q:, q:] = own, joint
        wide[:, :q, q:], wide[:, q:, :q] = -reach, -reach.transpose(0, 2, 1)
        outside, joint = np.concatenate((-mode, outside), axis=1), wide
        back, grouping = blocks.back[level], blocks.groupings[level]
        kept = np.flatnonzero(grouping.real)
        kept = kept[np.argsort(grouping.code[kept], kind="stable")]
        covariance = fit.sigma2 * back @ own[kept] @ back.T
        found.insert(0, GroupEffects(grouping.code[kept], mode[kept] @ back.T, covariance))
    return tuple(found)


def _crossed(fit: MixedFit, blocks: CrossedBlocks, t: list[Floats]) -> tuple[GroupEffects, ...]:
    reduced = np.linalg.solve(blocks.x_back, fit.beta - blocks.y_shift)
    found = crossed_effects(blocks, t, np.r_[-reduced, 1.0])
    return tuple(
        GroupEffects(grouping.code, mode @ back.T, fit.sigma2 * back @ covariance @ back.T)
        for (mode, covariance), back, grouping in zip(found, blocks.back, blocks.groupings, strict=True)
    )


def fitted_values(
    fit: MixedFit, X: NDArray[np.floating], levels: Sequence[Level], *, effects: Sequence[GroupEffects] | None = None
) -> Floats:
    """X beta + sum of Z b for each row (N,), in units of y; groups that were not in the fit count as average.

    X : (M, p) and levels with (M, q) columns and (M,) codes, of the fitted rows or of new ones
    effects : from `random_effects`, computed when not given
    """
    X = np.asarray(X, dtype=np.float64)
    if X.ndim != 2 or X.shape[1] != len(fit.beta) or len(levels) != len(fit.tau):
        raise ValueError(f"X must be (M, {len(fit.beta)}) and levels {len(fit.tau)}, as in the fit.")
    value = X @ fit.beta
    for level, (one, effect) in enumerate(zip(levels, effects or random_effects(fit), strict=True)):
        z = np.asarray(one.Z, dtype=np.float64).reshape(len(X), -1)
        code = np.asarray(one.group)
        if z.shape[1] != effect.mode.shape[1] or code.shape != (len(X),):
            raise ValueError(
                f"Z and group of {name(fit.blocks.labels, level)} must be as in the fit, with {len(X)} rows."
            )
        at = np.minimum(np.searchsorted(effect.group, code), len(effect.group) - 1)
        known = effect.group[at] == code
        value += np.where(known, np.einsum("nq,nq->n", z, effect.mode[at]), 0.0)
    return np.asarray(value)


def _cross_products(blocks: Blocks, t: list[Floats]) -> list[tuple[Floats, Floats]]:
    """Per level A (q, q, groups or patterns) and B (groups, q, r), weighted by the V^-1 of the levels inside."""
    found = [(blocks.pattern_zz, blocks.whiten_inner.T @ blocks.group_products @ blocks.whiten_rest)]
    m = np.zeros((0, 0, 0))
    for level in range(1, len(blocks.sizes)):
        m = after_inner(blocks, t[0]) if level == 1 else after_outer(m, t[level - 1], blocks.groupings[level - 1].start)
        q = blocks.sizes[level]
        found.append((np.ascontiguousarray(m[:, :q, :q].transpose(1, 2, 0)), m[:, :q, q:]))
    return found


def _parent_of(blocks: Blocks, level: int) -> Ints:
    """Index of the parent of each group; all 0 at the outermost level."""
    grouping = blocks.groupings[level]
    n = len(grouping.code)
    if grouping.start is None:
        return np.zeros(n, dtype=np.int64)
    sizes = np.diff(np.r_[grouping.start, n])
    return np.repeat(np.arange(len(sizes)), sizes)
