"""Profile-likelihood intervals of a generalised mixed model: fixed effects, standard deviations, correlations.

The deviance is minimised over all other parameters at each value of the one in question; the interval holds the values
at which it rises by less than the quantile of chi-square with one degree of freedom.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.glmm import Evaluated, GlmmFit
from forwhom.kernels.glmm_boundary import semidefinite_root
from forwhom.kernels.glmm_search import descend, hessian
from forwhom.kernels.glmm_setup import Prepared, prepare
from forwhom.kernels.mixed_groups import Floats

__all__ = ["ProfileInterval", "profile_correlation", "profile_fixed", "profile_sd"]

# How closely the root of the rise in deviance is met, and how far others may still be from their minimum (squared).
CLOSE = 1e-6
NEAR = 1e-9
MOST = 40
LIFTED = 0.1
NOT_FITTED = "the search for the estimates did not end at a maximum"


@dataclass(frozen=True, slots=True)
class ProfileInterval:
    """Interval of one parameter; low or high is None where it has no end, and reason says why.

    estimate : where the deviance is lowest
    """

    estimate: float
    low: float | None
    high: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Route:
    """x = base(v) + span(v) @ free: all parameters given the value v of one and the others.

    turn : (free) -> derivative of x in v, the others held
    """

    prepared: Prepared
    base: Callable[[float], Floats]
    span: Callable[[float], Floats]
    turn: Callable[[Floats], Floats]


def profile_fixed(fit: GlmmFit, contrast: NDArray[np.floating], *, level: float = 0.95) -> ProfileInterval:
    """Interval of contrast'beta; contrast : (p,), e.g. a row of the identity for one coefficient.

    >>> from forwhom.kernels.glmm import Level, fit_glmm
    >>> well = np.array([0.0, 0, 1, 1, 1, 1, 0, 1, 0, 0, 1, 1])
    >>> fit = fit_glmm(well, np.ones((12, 1)), [Level(np.ones((12, 1)), np.repeat(np.arange(4), 3))])
    >>> found = profile_fixed(fit, np.array([1.0]))
    >>> found.low < found.estimate < found.high
    True
    """
    prepared, n = fit.search.prepared, len(fit.search.x)
    contrast = np.asarray(contrast, dtype=np.float64)
    if contrast.shape != fit.beta.shape or not contrast.any():
        raise ValueError(f"contrast must be ({len(fit.beta)},), and not all 0; it is {contrast.shape}.")
    p, along = len(fit.beta), np.zeros(n)
    along[:p] = prepared.x_back.T @ contrast
    rest = np.eye(n)[:, 1:]
    rest[:p, : p - 1] = np.linalg.svd(along[None, :p])[2][1:].T
    unit = along / float(along @ along)
    route = _Route(prepared, lambda v: v * unit, lambda _: rest, lambda _: unit)
    return _interval(fit, route, fit.search.x, float(contrast @ fit.beta), level)


def profile_sd(fit: GlmmFit, index: int, effect: int = 0, *, level: float = 0.95) -> ProfileInterval:
    """Interval of the standard deviation of a random effect; index : of the level as given, effect : column of its Z.

    Its lower end is 0 where a variance of 0 is not contradicted.
    """
    prepared, x, slot, place = _first(fit, index, [effect])
    n, unit = len(x), np.zeros(len(x))
    unit[place] = 1.0 / prepared.z_back[slot][0, 0]
    rest = np.delete(np.eye(n), place, axis=1)
    route = _Route(prepared, lambda v: v * unit, lambda _: rest, lambda _: unit)
    estimate = float(np.sqrt(fit.tau[index][effect, effect]))
    return _interval(fit, route, x, estimate, level, lowest=0.0)


def profile_correlation(
    fit: GlmmFit, index: int, first: int = 0, second: int = 1, *, level: float = 0.95
) -> ProfileInterval:
    """Interval of the correlation of two random effects of one level; -1 or 1 is an end where it is not contradicted."""
    from scipy.special import chdtri

    tau = fit.tau[index]
    if not fit.search.levels[index].correlated:
        raise ValueError("These random effects are independent in the model: there is no correlation.")
    size = float(np.sqrt(tau[first, first] * tau[second, second]))
    if size <= 0:
        return ProfileInterval(np.nan, None, None, "a variance is estimated as 0, so there is no correlation")
    rho = float(tau[first, second]) / size
    if 1 - abs(rho) < 1e-9:
        return ProfileInterval(rho, None, None, "the correlation is estimated on the boundary")
    prepared, x, slot, place = _first(fit, index, [first, second])
    back = prepared.z_back[slot]
    tied, second_place = place + 1, place + len(tau)
    plain = np.delete(np.eye(len(x)), tied, axis=1)
    at = second_place - 1
    plain[tied, place] = -back[1, 0] / back[1, 1]

    def span(v: float) -> Floats:
        made = plain.copy()
        made[tied, at] = v
        return made

    def turn(free: Floats) -> Floats:
        made = np.zeros(len(x))
        made[tied] = free[at]
        return made

    if not fit.converged:
        return ProfileInterval(rho, None, None, NOT_FITTED)
    limit = fit.deviance + float(chdtri(1, 1 - level))
    constant = -2.0 * prepared.setup.family.constant
    open_ends = [_at_perfect(prepared, x, back, tied, second_place, sign) + constant < limit for sign in (-1.0, 1.0)]
    route = _Route(prepared, lambda _: np.zeros(len(x)), span, turn)
    found = _interval(fit, route, x, rho / np.sqrt(1 - rho**2), level, sides=(not open_ends[0], not open_ends[1]))
    low, high = (None if v is None else float(v / np.sqrt(1 + v**2)) for v in (found.low, found.high))
    return ProfileInterval(rho, -1.0 if open_ends[0] else low, 1.0 if open_ends[1] else high, found.reason)


def _at_perfect(prepared: Prepared, x: Floats, back: Floats, tied: int, second: int, sign: float) -> float:
    """Lowest criterion where the correlation of the first two effects is `sign`: without the second's own part."""
    start = x.copy()
    size = float(np.hypot(back[1, 0] * x[tied - 1] + back[1, 1] * x[tied], back[1, 1] * x[second]))
    start[tied] = (sign * size - back[1, 0] * x[tied - 1]) / back[1, 1]
    start[second] = 0.0
    function = Evaluated(prepared)
    kept = np.delete(np.eye(len(x)), second, axis=1)

    def profiled(free: Floats) -> tuple[float, Floats]:
        value, gradient = function(kept @ free)
        return value, kept.T @ gradient if len(gradient) else np.zeros(0)

    free = kept.T @ start
    inverse = np.eye(len(free)) / len(function.setup.X)
    free, value, _ = descend(profiled, free, *profiled(free), inverse, 100, NEAR)[:3]
    end = kept @ free
    if sign * (back[1, 0] * end[tied - 1] + back[1, 1] * end[tied]) >= 0:
        return value
    # The other sign is better: with this one the second effect is best left without variance.
    end[tied] = -back[1, 0] * end[tied - 1] / back[1, 1]
    return function(end)[0]


def _first(fit: GlmmFit, index: int, effects: list[int]) -> tuple[Prepared, Floats, int, int]:
    """The model with these effects first in their level: prepared, x there, its place in the layout, its first element."""
    search = fit.search
    q = len(fit.tau[index])
    if not all(0 <= one < q for one in effects):
        raise ValueError(f"This level has {q} random effect(s), counted from 0; asked for {effects}.")
    order = [*effects, *(k for k in range(q) if k not in effects)]
    prepared, x = search.prepared, search.x.copy()
    if order != list(range(q)):
        columns = list(search.ready.columns)
        columns[index] = columns[index][:, order]
        ready = replace(search.ready, columns=columns)
        prepared = prepare(ready, search.levels, fit.family, fit.link, fit.quadrature_points)
        slot = prepared.setup.layout.given.index(index)
        root = semidefinite_root(fit.tau[index][np.ix_(order, order)])
        row, column = prepared.setup.rows[slot], prepared.setup.columns[slot]
        x[prepared.setup.slices[slot]] = np.linalg.solve(prepared.z_back[slot], root)[row, column]
    slot = prepared.setup.layout.given.index(index)
    return prepared, x, slot, prepared.setup.slices[slot].start


def _interval(
    fit: GlmmFit,
    route: _Route,
    x: Floats,
    estimate: float,
    level: float,
    lowest: float = -np.inf,
    sides: tuple[bool, bool] = (True, True),
) -> ProfileInterval:
    from scipy.special import chdtri

    if not fit.converged:
        return ProfileInterval(estimate, None, None, NOT_FITTED)
    function = Evaluated(route.prepared)
    value = function(x)[0]
    root = float(np.sqrt(chdtri(1, 1 - level)))
    curvature = fit.search.hessian if route.prepared is fit.search.prepared else hessian(function, x)
    span = route.span(estimate)
    free = np.asarray(np.linalg.lstsq(span, x - route.base(estimate), rcond=None)[0], dtype=np.float64)
    inside = span.T @ curvature @ span
    values, vectors = np.linalg.eigh(inside) if inside.size else (np.ones(0), np.zeros((0, 0)))
    least = 1e-6 * max(1.0, float(values.max(initial=0.0)))
    inverse: Floats = (vectors / np.maximum(np.abs(values), least)) @ vectors.T
    along = route.turn(free)
    bend = float(along @ curvature @ along)
    cross = span.T @ curvature @ along
    bend -= float(cross @ inverse @ cross)
    scale = float(np.sqrt(2 / bend)) if bend > 1e-8 else 0.5 * max(abs(estimate), 1.0)
    ends: list[tuple[float | None, str]] = []
    for asked, side in zip(sides, (-scale, scale), strict=True):
        if not asked or (side < 0 and estimate <= lowest):
            ends.append((lowest if asked else None, ""))
            continue
        ends.append(_end(route, function, value, estimate, free, inverse, -cross, side, root, lowest))
    (low, why_low), (high, why_high) = ends
    return ProfileInterval(estimate, low, high, "; ".join(dict.fromkeys(why for why in (why_low, why_high) if why)))


def _lift(prepared: Prepared, x: Floats) -> Floats:
    """What moves variances of 0 off it: the slope there is 0, though away from the estimates the best may lie above."""
    setup, up = prepared.setup, np.zeros(len(x))
    for part, row, column in zip(setup.slices, setup.rows, setup.columns, strict=True):
        up[part] = np.where((row == column) & (np.abs(x[part]) < LIFTED), LIFTED, 0.0)
    return up


def _end(
    route: _Route,
    function: Evaluated,
    lowest_value: float,
    estimate: float,
    free: Floats,
    inverse: Floats,
    pull: Floats,
    scale: float,
    root: float,
    lowest: float,
) -> tuple[float | None, str]:
    """Where the root of the rise equals `root`, by Newton's method; the slope of a profile is that at its minimum."""
    v = max(estimate + root * scale, lowest)
    free = free + (v - estimate) * (inverse @ pull)
    near, far = estimate, np.inf * scale
    for _ in range(MOST):
        at, base = route.span(v), route.base(v)

        def profiled(one: Floats, at: Floats = at, base: Floats = base) -> tuple[float, Floats]:
            value, gradient = function(base + at @ one)
            return value, at.T @ gradient if len(gradient) else np.zeros(0)

        free = free + np.linalg.lstsq(at, _lift(route.prepared, base + at @ free), rcond=None)[0]
        start = profiled(free)
        if not np.isfinite(start[0]):
            far, v = v, (near + v) / 2
            continue
        free, value, _ = descend(profiled, free, *start, inverse, 60, NEAR)[:3]
        slope = float(function(base + at @ free)[1] @ route.turn(free))
        rise = float(np.sqrt(max(value - lowest_value, 0.0)))
        if abs(rise - root) < CLOSE:
            return v, ""
        if rise < root:
            if v == lowest:
                return lowest, ""
            near = v
        else:
            far = v
        steep = slope / (2 * max(rise, 1e-8))
        step = (root - rise) / steep if steep * scale > 0 else scale
        # A flat profile must not throw the search far out, nor a rough one back beyond what is known.
        step = float(np.clip(step, -4 * abs(v - estimate) - abs(scale), 4 * abs(v - estimate) + abs(scale)))
        trial = v + step
        if not min(near, far) < trial < max(near, far):
            trial = (near + far) / 2 if np.isfinite(far) else v + 2 * scale
        v = max(trial, lowest)
        if abs(v - near) < 1e-9 * abs(scale) and v != lowest:
            break
    return None, "the likelihood does not fall far enough to end the interval"
