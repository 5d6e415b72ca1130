"""Mixed models whose residuals within a person are autoregressive: corAR1 and corCAR1 of R's nlme.

    corr(e_i, e_j) = rho^|t_i - t_j|   for two rows of one person

(Pinheiro & Bates 2000, Mixed-Effects Models in S and S-PLUS, section 5.3). For a given rho the change of rows to
innovations makes residuals independent, so that every fit is one of the plain kernel; rho is then profiled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.mixed import Level, Method, MixedFit, fit_crossed, fit_mixed
from forwhom.kernels.mixed_groups import Floats
from forwhom.kernels.mixed_rows import Rows, changed, make_series

__all__ = ["fit_again", "fit_autoregressive", "fit_rows", "profile_correlation"]

# Where the search looks first: with random effects the profile may have two valleys.
GRID = (-0.6, -0.3, 0.0, 0.2, 0.4, 0.6, 0.8, 0.93)
LIMIT = 0.999


def fit_rows(rows: Rows, *, crossed: bool, method: Method, start: Floats | None = None) -> MixedFit:
    """Fit with the weights and the correlation that `rows` states."""
    y, X, levels, shift = changed(rows)
    fit = (fit_crossed if crossed else fit_mixed)(y, X, levels, method=method, start=start)
    deviance = fit.deviance + shift
    return replace(fit, deviance=deviance, loglik=-deviance / 2, shift=shift, rows=rows)


def fit_autoregressive(
    y: NDArray[np.floating],
    X: NDArray[np.floating],
    levels: Sequence[Level],
    person: NDArray[np.integer],
    time: NDArray[np.floating],
    *,
    continuous: bool = False,
    weights: NDArray[np.floating] | None = None,
    crossed: bool = False,
    method: Method = "REML",
) -> MixedFit:
    """Fit a mixed model with residuals correlated rho^(time apart) within persons.

    person : (N,) codes; every grouping must be constant within persons. time : (N,) whole numbers, or with `continuous`
    any; then rho lies between 0 and 1, otherwise between -1 and 1

    The correlation is `rows.rho` of the result. Raises ValueError when times repeat within a person or are not whole.

    >>> rng = np.random.default_rng(3)
    >>> person, time = np.repeat(np.arange(60), 8), np.tile(np.arange(8.0), 60)
    >>> noise = rng.standard_normal((60, 8))
    >>> for t in range(1, 8):
    ...     noise[:, t] = 0.5 * noise[:, t - 1] + np.sqrt(0.75) * noise[:, t]
    >>> y = (noise + rng.standard_normal((60, 1))).ravel()
    >>> fit = fit_autoregressive(y, np.ones((480, 1)), [Level(np.ones(480), person)], person, time)
    >>> bool(0.3 < fit.rows.rho < 0.7)
    True
    """
    time = np.asarray(time, dtype=np.float64)
    series = make_series(person, time)
    if not continuous and (series.gap % 1 != 0).any():
        raise ValueError("times lie broken numbers apart; take a continuous-time correlation for these.")
    for one in levels:
        code = np.asarray(one.group)[series.order]
        if ((code[1:] != code[:-1]) & ~series.first[1:]).any():
            raise ValueError(
                f"{one.label or 'a grouping'} changes within a person: residuals of a person must share all groups."
            )
    given = None if weights is None else np.asarray(weights, dtype=np.float64)
    base = Rows(
        np.asarray(y, dtype=np.float64), np.asarray(X, dtype=np.float64), tuple(levels), given, series, 0.0, continuous
    )
    return _search(base, crossed=crossed, method=method)


def fit_again(fit: MixedFit, *, crossed: bool, method: Method) -> MixedFit:
    """The same rows, levels and kind of correlation by another method."""
    assert fit.rows is not None
    return _search(fit.rows, crossed=crossed, method=method)


def _search(base: Rows, *, crossed: bool, method: Method) -> MixedFit:
    """Profile the criterion over rho."""
    assert base.series is not None
    start: Floats | None = None

    def fit_at(rho: float) -> MixedFit:
        nonlocal start
        fit = fit_rows(replace(base, rho=rho), crossed=crossed, method=method, start=start)
        start = fit.theta
        return fit

    series, continuous = base.series, base.continuous
    least = 0.0 if continuous else -LIMIT
    scale = 1.0 if not continuous else float(np.median(series.gap[~series.first]))
    # In units of the usual gap, so that the grid means the same whatever the unit of time.
    grid = [value if not continuous else max(value, 0.0) ** (1.0 / scale) for value in GRID if value >= least]
    rho = _lowest(
        lambda value: fit_at(value).deviance, grid, least, LIMIT if not continuous else LIMIT ** (1.0 / scale)
    )
    return fit_at(rho)


def _lowest(function: Callable[[float], float], grid: Sequence[float], least: float, most: float) -> float:
    """Place of the lowest value: the best of the grid, then Brent's search between its neighbours, then Newton steps."""
    from scipy.optimize import minimize_scalar

    values = [function(at) for at in grid]
    best = int(np.argmin(values))
    low = grid[best - 1] if best else least
    high = grid[best + 1] if best + 1 < len(grid) else most
    found = minimize_scalar(function, bounds=(low, high), method="bounded", options={"xatol": 1e-6 * (high - low)})
    at = float(found.x) if found.fun <= values[best] else grid[best]
    step = min(1e-3 * (high - low), 0.2 * (at - least), 0.2 * (most - at))
    for _ in range(3):
        if step <= 1e-9 * (high - low) or not least < at - 2 * step < at + 2 * step < most:
            break
        # Five points: the error of the slope is of the fourth order.
        f = [function(at + k * step) for k in (-2, -1, 1, 2)]
        middle = function(at)
        slope = (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * step)
        bend = (-f[0] + 16 * f[1] - 30 * middle + 16 * f[2] - f[3]) / (12 * step**2)
        if not bend > 0 or abs(slope / bend) > 10 * step:
            break
        at -= slope / bend
        if abs(slope / bend) < 1e-9:
            break
    return at


def profile_correlation(fit: MixedFit, *, crossed: bool, level: float = 0.95) -> tuple[float | None, float | None]:
    """Profile interval of the correlation of residuals; None where the profile does not come down before the limit."""
    from scipy.optimize import brentq
    from scipy.special import chdtri

    rows = fit.rows
    if rows is None or rows.series is None:
        raise ValueError("The residuals of this fit are independent.")
    quantile = float(chdtri(1, 1 - level))

    def rise(rho: float) -> float:
        return fit_rows(replace(rows, rho=rho), crossed=crossed, method=fit.method).deviance - fit.deviance - quantile

    ends: list[float | None] = []
    for limit in (0.0 if rows.continuous else -LIMIT, LIMIT):
        inside, found = rows.rho, None
        for share in (0.1, 0.25, 0.5, 0.75, 0.9, 1.0):
            outside = rows.rho + share * (limit - rows.rho)
            if rise(outside) > 0:
                found = float(brentq(rise, inside, outside, xtol=1e-7))
                break
            inside = outside
        ends.append(found)
    return ends[0], ends[1]
