"""Lagged paths within persons between two variables measured many times, with person means (or trends) taken out.

    z_it = mean_i (+ trend_i t) + w_it,    w_it = Phi w_i,t-1 + e_it,    z = (first, second)

Person-centred least squares is biased towards zero and across the paths when persons have few occasions (Nickell 1981,
Econometrica 49, 1417-1426), and more so when trends are taken out too. Here the cross-products of centred values are set equal
to what they would be on average for a stationary process with Phi, given exactly the occasions each person has, and
solved for Phi and the covariance. That is indirect inference (Gouriéroux, Phillips & Yu 2010, J Econometrics 157, 68-77) with
expectations in closed form instead of simulated: consistent in the number of persons whatever the number of occasions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

LEAST_PAIRS = 3
"""Pairs of neighbouring occasions a person needs to say anything once a mean is taken out; one more with a trend."""
STEPS, SETTLED = 60, 1e-9
"""Of the search, and the largest gap between cross-products and their expectation at which it ends."""


@dataclass(frozen=True, slots=True)
class WithinPaths:
    """Lagged paths within persons.

    phi : (2, 2) row: what is moved (first, second), column: what was before; uncorrected: person-centred least squares
    standard : (2, 2) in within-person standard deviations
    sd : (2,) within-person standard deviations; correlation : of both at one occasion, within persons
    draws, standard_draws : (b, 2, 2) of resampled persons or groups; NaN where there was no solution
    people, pairs : persons used, pairs of neighbouring occasions; units : what was resampled; lost : draws without a solution
    solved : False when the corrected equations have no stationary solution; phi is then NaN
    """

    phi: Floats
    uncorrected: Floats
    standard: Floats
    sd: Floats
    correlation: float
    draws: Floats = field(repr=False)
    standard_draws: Floats = field(repr=False)
    people: int
    pairs: int
    units: int
    lost: int
    solved: bool


def within_paths(
    person: ArrayLike,
    occasion: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    *,
    trend: bool = False,
    unit: ArrayLike | None = None,
    draws: int = 500,
    rng: np.random.Generator,
) -> WithinPaths:
    """Estimate the lagged paths.

    person, occasion : (n,) codes and whole numbers of occasions at equal distances; a row has both values
    first, second : (n,) values; common courses (of a whole arm) are taken out by the caller
    trend : take out a straight line of each person as well
    unit : (n,) codes of what is resampled together (therapists), constant within persons; None for persons

    Raises ValueError when nobody has pairs enough.

    >>> rng = np.random.default_rng(1)
    >>> w = rng.normal(size=(300, 10))
    >>> for t in range(1, 10):
    ...     w[:, t] += 0.4 * w[:, t - 1]
    >>> i, t = np.indices(w.shape)
    >>> made = within_paths(i.ravel(), t.ravel(), w.ravel(), rng.normal(size=3000), draws=20, rng=rng)
    >>> bool(abs(made.phi[0, 0] - 0.4) < 0.06), bool(made.uncorrected[0, 0] < 0.33)
    (True, True)
    """
    parts = _parts(
        np.asarray(person), np.asarray(occasion), np.column_stack([first, second]).astype(np.float64), trend=trend
    )
    if parts is None:
        raise ValueError(f"nobody has {LEAST_PAIRS + trend} pairs of neighbouring occasions with both values.")
    group = parts.person if unit is None else _first_of(np.asarray(person), np.asarray(unit), parts.person)
    codes = np.unique(group, return_inverse=True)[1].ravel()
    units = int(codes.max()) + 1
    if not _estimate(parts, np.ones((1, parts.person.size)))[3][0]:
        draws = 0
    every = np.concatenate([np.ones((1, units)), rng.multinomial(units, np.full(units, 1 / units), size=draws)])
    phi, gamma, plain, solved = _estimate(parts, every[:, codes])
    sd = np.sqrt(np.einsum("bii->bi", gamma))
    standard = phi * sd[:, None, :] / sd[:, :, None]
    return WithinPaths(
        phi=phi[0],
        uncorrected=plain[0],
        standard=standard[0],
        sd=sd[0],
        correlation=float(gamma[0, 0, 1] / (sd[0, 0] * sd[0, 1])),
        draws=phi[1:],
        standard_draws=standard[1:],
        people=parts.person.size,
        pairs=int(parts.pairs.sum()),
        units=units,
        lost=int((~solved[1:]).sum()),
        solved=bool(solved[0]),
    )


def _estimate(parts: _Parts, weights: Floats) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """Phi, Gamma, plain least squares and whether there is a solution, for (b, n) weights of the persons."""
    flat = weights @ np.column_stack([parts.moments, parts.lag_lag, parts.lag_lead])
    scale = np.sqrt(np.maximum(flat[0, [0, 2]] / flat[0, 7], np.finfo(float).tiny))
    h = parts.lag_lag.shape[1]
    spread = np.array([scale[0] ** 2, scale[0] * scale[1], scale[1] ** 2])
    target = np.column_stack([flat[:, :3] / spread, flat[:, 3:7] / np.outer(scale, scale).ravel()])
    phi, gamma, plain, solved = _solve(target, flat[:, 7 : 7 + h], flat[:, 7 + h :])
    solved &= weights.sum(axis=1) > 0
    back = scale[:, None] / scale[None, :]
    phi = phi * back
    phi[~solved] = np.nan
    return phi, gamma * np.outer(scale, scale), plain * back, solved


@dataclass(frozen=True, slots=True)
class _Parts:
    """Per person: cross-products of centred pairs, and how often each distance in time enters their expectation.

    moments : (n, 7) lag by lag (11, 12, 22), lead by lag (lead first by lag first, lead first by lag second, …)
    lag_lag, lag_lead : (n, h) weights of distances 0, 1, …; lag_lead also counts −1, which is distance 1 turned round
    """

    person: Ints
    pairs: Ints
    moments: Floats
    lag_lag: Floats
    lag_lead: Floats


def _parts(person: Ints, occasion: Ints, z: Floats, *, trend: bool) -> _Parts | None:
    order = np.lexsort((occasion, person))
    person, occasion, z = person[order], occasion[order].astype(np.intp), z[order]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(person)) + 1, [person.size]])
    reach = int(max((occasion[b - 1] - occasion[a] for a, b in pairwise(starts.tolist())), default=0)) + 1
    who, pairs, moments, same, next_ = [], [], [], [], []
    hats: dict[bytes, tuple[Floats, Floats, Floats]] = {}
    for a, b in pairwise(starts.tolist()):
        t = occasion[a:b]
        lag = np.flatnonzero(np.diff(t) == 1)
        if lag.size < LEAST_PAIRS + trend:
            continue
        at = t[lag] - t[0]
        key = at.tobytes()
        if key not in hats:
            hats[key] = _weights(at, reach, trend=trend)
        keep, of_same, of_next = hats[key]
        x, y = keep @ z[a:b][lag], keep @ z[a:b][lag + 1]
        xx, yx = x.T @ x, y.T @ x
        moments.append([xx[0, 0], xx[0, 1], xx[1, 1], *yx.ravel()])
        who.append(person[a])
        pairs.append(lag.size)
        same.append(of_same)
        next_.append(of_next)
    if not who:
        return None
    return _Parts(np.array(who), np.array(pairs), np.array(moments), np.array(same), np.array(next_))


def _weights(at: Ints, reach: int, *, trend: bool) -> tuple[Floats, Floats, Floats]:
    """What takes the mean (and line) out of one person's pairs, and the weights of distances in time.

    Sum over pairs s, t of keep[s, t] E[lag_s lag_t'] counts the distance of s and t; that of lead_s and lag_t is one
    more, and index 0 … of it stands for −(reach) … (see `_expected`).
    """
    columns = np.ones((at.size, 1)) if not trend else np.column_stack([np.ones(at.size), at - at.mean()])
    keep = np.eye(at.size) - columns @ np.linalg.pinv(columns)
    distance = at[:, None] - at[None, :]
    same = np.zeros(reach + 2)
    np.add.at(same, np.abs(distance), keep)
    ahead = np.zeros(2 * (reach + 2))
    np.add.at(ahead, distance + 1 + reach, keep)
    return keep, same, ahead


def _expected(phi: Floats, gamma: Floats, same: Floats, ahead: Floats) -> Floats:
    """(b, 7) what the cross-products are on average, in the order of `_Parts.moments`."""
    reach = same.shape[1] - 2
    b = len(phi)
    xx, yx = np.zeros((b, 2, 2)), np.zeros((b, 2, 2))
    power = gamma.copy()
    for h in range(reach + 1):
        turned = power.swapaxes(1, 2)
        # E[w_s w_t'] is Phi^(s - t) Gamma for s after t, and its transpose for s before.
        xx += same[:, h, None, None] * (power + turned) / 2
        yx += ahead[:, reach + h, None, None] * power
        if h and h <= reach:
            yx += ahead[:, reach - h, None, None] * turned
        power = phi @ power
    yx += ahead[:, 2 * reach + 1, None, None] * power
    return np.column_stack([xx[:, 0, 0], xx[:, 0, 1], xx[:, 1, 1], yx.reshape(b, 4)])


def _solve(target: Floats, same: Floats, ahead: Floats) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """Phi, Gamma, plain least squares, and which have a stationary solution, by damped Newton steps."""
    b = len(target)
    xx = np.stack([target[:, 0], target[:, 1], target[:, 1], target[:, 2]], axis=1).reshape(b, 2, 2)
    yx = target[:, 3:].reshape(b, 2, 2)
    good = np.linalg.det(xx) > 1e-10 * xx[:, 0, 0] * xx[:, 1, 1]
    xx[~good] = np.eye(2)
    plain = np.asarray(np.linalg.solve(xx, yx.swapaxes(1, 2)).swapaxes(1, 2), dtype=np.float64)
    free = np.maximum(same[:, 0], 1.0)
    theta = np.column_stack([plain.reshape(b, 4), target[:, :3] / free[:, None]])
    size = free[:, None]
    goal = target / size
    same, ahead = same / size, ahead / size
    now = _gap(theta, same, ahead, goal)
    active = np.flatnonzero(good)
    for _ in range(STEPS):
        active = active[np.abs(now[active]).max(axis=1) > SETTLED]
        if not active.size:
            break
        part = same[active], ahead[active], goal[active]
        slope = _slope(theta[active], *part, now[active])
        slope[np.abs(np.linalg.det(slope)) < 1e-14] = np.eye(7)
        step = np.asarray(-np.linalg.solve(slope, now[active][:, :, None])[:, :, 0], dtype=np.float64)
        before = (now[active] ** 2).sum(axis=1)
        theta[active], now[active] = _search(theta[active], step, now[active], *part)
        # What hardly moves any more is at no solution.
        active = active[(now[active] ** 2).sum(axis=1) < 0.98 * before]
    phi = theta[:, :4].reshape(b, 2, 2)
    gamma = theta[:, [4, 5, 5, 6]].reshape(b, 2, 2)
    with np.errstate(invalid="ignore"):
        settled = np.abs(now).max(axis=1) < 1e-6
    radius = np.abs(np.linalg.eigvals(np.nan_to_num(phi))).max(axis=1)
    left = gamma - phi @ gamma @ phi.swapaxes(1, 2)
    proper = (np.linalg.det(gamma) > 0) & (gamma[:, 0, 0] > 0) & (np.linalg.eigvalsh(np.nan_to_num(left))[:, 0] > 0)
    solved = np.asarray(good & settled & (radius < 1) & proper, dtype=np.bool_)
    safe = np.where(solved[:, None, None], gamma, np.eye(2))
    return phi.copy(), safe, plain, solved


def _gap(theta: Floats, same: Floats, ahead: Floats, goal: Floats) -> Floats:
    b = len(theta)
    return _expected(theta[:, :4].reshape(b, 2, 2), theta[:, [4, 5, 5, 6]].reshape(b, 2, 2), same, ahead) - goal


def _slope(theta: Floats, same: Floats, ahead: Floats, goal: Floats, now: Floats) -> Floats:
    """(b, 7, 7) by differences."""
    made = np.empty((len(theta), 7, 7))
    for j in range(7):
        moved = theta.copy()
        moved[:, j] += 1e-6
        made[:, :, j] = (_gap(moved, same, ahead, goal) - now) / 1e-6
    return made


def _search(
    theta: Floats, step: Floats, now: Floats, same: Floats, ahead: Floats, goal: Floats
) -> tuple[Floats, Floats]:
    """As much of the step as makes the equations hold better and keeps the process stationary."""
    length = np.ones(len(theta))
    best, kept = theta.copy(), now.copy()
    size = (now**2).sum(axis=1)
    open_ = np.ones(len(theta), dtype=bool)
    for _ in range(12):
        trial = theta + length[:, None] * step
        with np.errstate(over="ignore", invalid="ignore"):
            at = _gap(trial, same, ahead, goal)
            radius = np.abs(np.linalg.eigvals(np.nan_to_num(trial[:, :4]).reshape(-1, 2, 2))).max(axis=1)
            better = open_ & (radius < 0.995) & ((at**2).sum(axis=1) < size)
        best[better], kept[better] = trial[better], at[better]
        open_ &= ~better
        if not open_.any():
            break
        length[open_] /= 2
    return best, kept


def _first_of(person: Ints, unit: Ints, wanted: Ints) -> Ints:
    """The unit of each person in `wanted`."""
    order = np.argsort(person, kind="stable")
    at = order[np.searchsorted(person[order], wanted)]
    return np.asarray(unit[at])


__all__ = ["WithinPaths", "within_paths"]
