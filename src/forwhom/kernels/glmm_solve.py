"""Solving with I + Lambda' Z'WZ Lambda: logarithm of the determinant, solutions, and the parts of the inverse that rows touch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forwhom.kernels.glmm_layout import Layout
from forwhom.kernels.mixed_groups import Floats


@dataclass(frozen=True, slots=True)
class Solver:
    """A factored matrix.

    logdet : of the whole; inverse : per stage (G, q, q) of what is left of its own columns
    reach : per stage (G, q, m) inverse times the coupling to the border
    """

    layout: Layout
    logdet: float
    inverse: tuple[Floats, ...]
    reach: tuple[Floats, ...]


def local(layout: Layout, factors: list[Floats]) -> Floats:
    """Lambda of a front (F, F): the factor of each level on its columns."""
    made = np.zeros((layout.front, layout.front))
    for block, factor in zip(layout.blocks, factors, strict=True):
        for places in block:
            made[places[:, None], places] = factor
    return made


def inverted(matrix: Floats) -> tuple[Floats, float]:
    """Inverses of symmetric positive-definite matrices (G, q, q), and the sum of their log-determinants."""
    q = matrix.shape[1]
    if q == 1:
        return np.asarray(1.0 / matrix), float(np.log(matrix).sum())
    if q == 2:
        a, b, c = matrix[:, 0, 0], matrix[:, 0, 1], matrix[:, 1, 1]
        determinant = a * c - b * b
        found = np.empty_like(matrix)
        found[:, 0, 0], found[:, 1, 1] = c / determinant, a / determinant
        found[:, 0, 1] = found[:, 1, 0] = -b / determinant
        return found, float(np.log(determinant).sum())
    if len(matrix) == 1:
        from scipy.linalg import cho_factor, cho_solve

        factor = cho_factor(matrix[0], lower=True, check_finite=False)
        inverse = np.asarray(cho_solve(factor, np.eye(q), check_finite=False))[None]
        return inverse, 2.0 * float(np.log(np.diagonal(factor[0])).sum())
    return np.asarray(np.linalg.inv(matrix)), float(np.linalg.slogdet(matrix)[1].sum())


def factor(layout: Layout, fronts: Floats) -> Solver:
    """Eliminate stage by stage; fronts : (G, F, F) of the first stage, without the identity."""
    total, inverses, reaches = 0.0, [], []
    for stage in layout.stages:
        q = stage.own.shape[1]
        inverse, logdet = inverted(fronts[:, :q, :q] + np.eye(q))
        total += logdet
        coupling = fronts[:, :q, q:]
        reach = inverse @ coupling
        inverses.append(inverse)
        reaches.append(reach)
        if stage.border.shape[1]:
            left = fronts[:, q:, q:] - coupling.transpose(0, 2, 1) @ reach
            added = np.bincount(stage.target, weights=left.ravel(), minlength=stage.size + 1)
            after = layout.stages[len(inverses)]
            width = after.own.shape[1] + after.border.shape[1]
            fronts = np.asarray(added[: stage.size], dtype=np.float64).reshape(-1, width, width)
    return Solver(layout, total, tuple(inverses), tuple(reaches))


def solve(solver: Solver, right: Floats) -> Floats:
    """Solution (columns,) for a right side (columns,)."""
    layout = solver.layout
    work = np.append(right, 0.0)
    halves = []
    for stage, inverse, reach in zip(layout.stages, solver.inverse, solver.reach, strict=True):
        own = work[stage.own]
        halves.append(np.einsum("gij,gj->gi", inverse, own))
        if stage.border.shape[1]:
            passed = np.einsum("gij,gi->gj", reach, own)
            work -= np.bincount(stage.border.ravel(), weights=passed.ravel(), minlength=len(work))
    for stage, half, reach in zip(reversed(layout.stages), reversed(halves), reversed(solver.reach), strict=True):
        work[-1] = 0.0
        if stage.border.shape[1]:
            half = half - np.einsum("gij,gj->gi", reach, work[stage.border])
        work[stage.own] = half
    return work[:-1]


def inverse_parts(solver: Solver) -> list[Floats]:
    """Per stage the inverse on its fronts (G, F, F): every pair of columns that some row touches is in the first."""
    found: list[Floats] = []
    outer = np.zeros(0)
    for stage, inverse, reach in zip(
        reversed(solver.layout.stages), reversed(solver.inverse), reversed(solver.reach), strict=True
    ):
        groups, q = stage.own.shape
        m = stage.border.shape[1]
        made = np.empty((groups, q + m, q + m))
        if m:
            beyond = np.append(outer.ravel(), 0.0)[stage.target].reshape(groups, m, m)
            across = reach @ beyond
            made[:, :q, q:], made[:, q:, :q], made[:, q:, q:] = -across, -across.transpose(0, 2, 1), beyond
            made[:, :q, :q] = inverse + across @ reach.transpose(0, 2, 1)
        else:
            made[:] = inverse
        found.insert(0, made)
        outer = made
    return found
