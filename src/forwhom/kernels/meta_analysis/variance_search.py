"""The highest likelihood of two variances, and the limits of each by its profile."""

from __future__ import annotations

import numpy as np
from scipy.special import chdtri

from forwhom.kernels.meta_analysis.two_variances import Array, Point, Turned, heights, look

_STEPS = 200
Free = tuple[bool, bool]


def highest(
    data: Turned, free: Free, *, restricted: bool, fixed: tuple[float, float] = (0.0, 0.0)
) -> tuple[Array, Point]:
    """Variances (between, within) of the highest likelihood; one that is not free stays at `fixed`.

    A grid over both comes first, so a lower peak is not taken for the highest.
    """
    start = np.array(fixed, dtype=np.float64)
    if not any(free):
        return start, look(data, *start, restricted=restricted)
    k, p = data.x.shape
    rest = data.y - data.x @ np.linalg.lstsq(data.x, data.y, rcond=None)[0]
    scale = max(float(rest @ rest) / max(k - p, 1), 1e-12 * float(data.spread.max()))
    line = np.concatenate([[0.0], np.geomspace(1e-4, 3.0, 12) * scale])
    first, second = np.meshgrid(line if free[0] else start[:1], line if free[1] else start[1:], indexing="ij")
    found = heights(data, first.ravel(), second.ravel(), restricted=restricted)
    where = int(found.argmax())
    start = np.array([first.ravel()[where], second.ravel()[where]])
    return climb(data, start, free, scale, restricted=restricted)


def climb(data: Turned, start: Array, free: Free, scale: float, *, restricted: bool) -> tuple[Array, Point]:
    """Newton's steps with bounds at 0; Fisher's information where the surface is not curved down, halved while they lose."""
    now, at = start, look(data, *start, restricted=restricted)
    for _ in range(_STEPS):
        move = [i for i in range(2) if free[i] and (now[i] > 0.0 or at.slope[i] > 0.0)]
        if not move:
            break
        curve = -at.curve[np.ix_(move, move)]
        if np.linalg.eigvalsh(curve)[0] <= 1e-8 * np.trace(at.expected[np.ix_(move, move)]):
            curve = at.expected[np.ix_(move, move)]
        step = np.zeros(2)
        step[move] = np.linalg.solve(curve, at.slope[move])
        if np.abs(step).max() <= 1e-13 * (scale + now.max()):
            break
        size, better = 1.0, None
        while size > 1e-10:
            then = np.maximum(now + size * step, 0.0)
            there = look(data, *then, restricted=restricted)
            if there.value > at.value:
                better = then, there
                break
            if np.abs(then - now).max() <= 1e-9 * (scale + now.max()) and there.value > at.value - 1e-12 * abs(
                at.value
            ):
                # The surface is flat to the last digit; the slope still knows the way.
                flatter = np.abs(there.slope[move]).max() < np.abs(at.slope[move]).max()
                better = (then, there) if flatter else None
                break
            size *= 0.5
        if better is None:
            break
        now, at = better
    return now, at


def profile_limits(
    data: Turned, best: Array, top: float, which: int, free: Free, level: float, *, restricted: bool
) -> tuple[float, float | None]:
    """Values of one variance at which the log likelihood, highest over the other, has fallen by half a chi-squared quantile.

    The lower limit is 0 when it has not fallen that far there. The upper is None when it does not fall that far below
    a million times the variance of the effects: the data do not set a limit.
    """
    target = top - 0.5 * float(chdtri(1, 1.0 - level))
    other = 1 - which
    rest = (free[0] and other == 0, free[1] and other == 1)
    scale = float(np.var(data.y) + data.spread.mean())

    def fall(value: float, warm: Array) -> tuple[float, float, Array]:
        """Height above the target, its slope, and where the other variance went."""
        start = warm.copy()
        start[which] = value
        if any(rest):
            start, at = climb(data, start, rest, scale, restricted=restricted)
        else:
            at = look(data, *start, restricted=restricted)
        return at.value - target, float(at.slope[which]), start

    low = 0.0
    if best[which] > 0.0 and fall(0.0, best)[0] < 0.0:
        low = _root(fall, 0.0, float(best[which]), best, rising=True)
    outer = max(2.0 * float(best[which]), 0.1 * scale)
    while fall(outer, best)[0] > 0.0:
        outer *= 3.0
        if outer > 1e6 * scale:
            return low, None
    return low, _root(fall, float(best[which]), outer, best, rising=False)


def _root(fall: object, low: float, high: float, warm: Array, *, rising: bool) -> float:
    """Where the profile crosses its target, Newton's steps kept inside a bracket."""
    assert callable(fall)
    now = 0.5 * (low + high)
    for _ in range(100):
        height, slope, warm = fall(now, warm)
        if (height < 0.0) == rising:
            low = now
        else:
            high = now
        step = now - height / slope if slope != 0.0 else low
        nxt = step if low < step < high else 0.5 * (low + high)
        if abs(nxt - now) <= 1e-10 * high:
            return nxt
        now = nxt
    return now
