"""What Satterthwaite's method needs of a fit with autoregressive residuals, by differences of the full criterion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from forwhom.kernels.mixed import MixedFit
from forwhom.kernels.mixed_blocks import make_blocks
from forwhom.kernels.mixed_crossed import CrossedBlocks, make_crossed
from forwhom.kernels.mixed_derivatives import criterion
from forwhom.kernels.mixed_groups import Floats
from forwhom.kernels.mixed_parameters import AnyBlocks, factors
from forwhom.kernels.mixed_rows import changed

STEP = 1e-3


def curvature(fit: MixedFit) -> tuple[Floats, Floats]:
    """Hessian of the full criterion and derivatives (r, p, p) of the covariance of beta.

    By r parameters: elements of the whitened Cholesky factors, the correlation rho, the log of the residual sd.
    """
    rows = fit.rows
    assert rows is not None
    n = len(fit.whitened)
    at = np.r_[fit.whitened, rows.rho, 0.5 * np.log(fit.sigma2)]
    steps = np.full(n + 2, STEP)
    room = min(1.0 - abs(rows.rho), abs(rows.rho)) if rows.continuous else 1.0 - abs(rows.rho)
    steps[n] = min(STEP, 0.2 * max(room, 1e-6))
    kept: dict[float, tuple[AnyBlocks, float]] = {}

    def blocks_at(rho: float) -> tuple[AnyBlocks, float]:
        if rho not in kept:
            y, X, levels, shift = changed(replace(rows, rho=rho))
            crossed = isinstance(fit.blocks, CrossedBlocks)
            kept[rho] = (make_crossed if crossed else make_blocks)(y, X, levels), shift
        return kept[rho]

    def both(values: Floats) -> tuple[float, Floats]:
        blocks, shift = blocks_at(float(values[n]))
        t = []
        for factor, back, own in zip(factors(fit.blocks, values[:n]), fit.blocks.back, blocks.back, strict=True):
            root = np.linalg.solve(own, back @ factor)
            t.append(root @ root.T)
        now = criterion(blocks, t, reml=fit.method == "REML", order=0)
        df = blocks.n_rows - blocks.n_fixed if fit.method == "REML" else blocks.n_rows
        sigma2 = float(np.exp(2.0 * values[n + 1]))
        full = now.value - df * (1.0 + np.log(now.rss / df)) + df * np.log(sigma2) + now.rss / sigma2
        return float(full) + shift, sigma2 * blocks.x_back @ now.unscaled @ blocks.x_back.T

    return _second(lambda v: both(v)[0], at, steps), _first(lambda v: both(v)[1], at, steps)


def _first(function: Callable[[Floats], Floats], at: Floats, steps: Floats) -> Floats:
    made = []
    for k, step in enumerate(steps):
        move = np.zeros_like(at)
        move[k] = step
        made.append((function(at + move) - function(at - move)) / (2 * step))
    return np.array(made)


def _second(function: Callable[[Floats], float], at: Floats, steps: Floats) -> Floats:
    n = len(at)
    moves = np.diag(steps)
    made = np.empty((n, n))
    middle = function(at)
    for i in range(n):
        made[i, i] = (function(at + moves[i]) - 2 * middle + function(at - moves[i])) / steps[i] ** 2
        for j in range(i):
            value = function(at + moves[i] + moves[j]) + function(at - moves[i] - moves[j])
            value -= function(at + moves[i] - moves[j]) + function(at - moves[i] + moves[j])
            made[i, j] = made[j, i] = value / (4 * steps[i] * steps[j])
    return made
