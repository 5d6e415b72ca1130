"""Lagged paths within persons between two variables measured many times, with each person's own course taken out.

    z_it = common(t) + own_i(t) + w_it,    w_it = Phi w_i,t-1 + e_it,    z = (first, second)

own_i is a polynomial (mean, line, parabola) of the person, or of each stretch of the person's run; common is a group's average course.

Person-centred least squares is biased towards zero and across the paths when persons have few occasions (Nickell 1981,
Econometrica 49, 1417-1426), and more so when trends are taken out too. Here the cross-products of centred values are set equal
to what they would be on average for a stationary process with Phi, given exactly the occasions each person has, and
solved for Phi and the covariance. That is indirect inference (Gouriéroux, Phillips & Yu 2010, J Econometrics 157, 68-77) with
expectations in closed form instead of simulated: consistent in the number of persons whatever the number of occasions.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forwhom.kernels.common_course import without_common_course
from forwhom.kernels.lag_moments import LEAST_PAIRS, Parts, expected, expected_two, parts_of, stretches

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

STEPS, SETTLED = 60, 1e-9
"""Of the search, and the largest gap between cross-products and their expectation at which it ends."""


@dataclass(frozen=True, slots=True)
class WithinPaths:
    """Lagged paths within persons.

    phi : (2, 2) row: what is moved (first, second), column: what was before; uncorrected: person-centred least squares
    standard : (2, 2) in within-person standard deviations
    sd : (2,) within-person standard deviations; correlation : of both at one occasion, within persons
    draws, standard_draws : (b, 2, 2) of resampled persons or groups; NaN where there was no solution
    further, further_draws : (2,) and (b, 2) how far the correlation of each variable with itself two occasions on exceeds what
        the paths leave of it; above 0 where courses move slowly in ways the polynomials do not follow, or values hold error of
        measurement; NaN where nobody has three occasions in a row often enough
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
    further: Floats
    further_draws: Floats = field(repr=False)
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
    degree: int = 0,
    stretch: int | None = None,
    common: ArrayLike | None = None,
    unit: ArrayLike | None = None,
    draws: int = 500,
    rng: np.random.Generator,
) -> WithinPaths:
    """Estimate the lagged paths.

    person, occasion : (n,) codes and whole numbers of occasions at equal distances; a row has both values
    first, second : (n,) values
    degree : of the polynomial taken out of each person: 0 the mean, 1 a line, 2 a parabola
    stretch : cut each person's run into as many equal stretches of at least this many steps as it holds (one where it holds
        none), and take the polynomial out of each; None for one polynomial per person
    common : (n,) codes of groups (arms) whose average course is taken out, estimated beside the persons' own; None for none
    unit : (n,) codes of what is resampled together (therapists), constant within persons; None for persons

    Raises ValueError when nobody has pairs enough, and for degree below 0 or stretch below 3.

    >>> rng = np.random.default_rng(1)
    >>> w = rng.normal(size=(300, 10))
    >>> for t in range(1, 10):
    ...     w[:, t] += 0.4 * w[:, t - 1]
    >>> i, t = np.indices(w.shape)
    >>> made = within_paths(i.ravel(), t.ravel(), w.ravel(), rng.normal(size=3000), draws=20, rng=rng)
    >>> bool(abs(made.phi[0, 0] - 0.4) < 0.06), bool(made.uncorrected[0, 0] < 0.33)
    (True, True)
    """
    if degree < 0 or (stretch is not None and stretch < LEAST_PAIRS):
        raise ValueError(f"degree is 0 or more and stretch {LEAST_PAIRS} or more; given: {degree} and {stretch}.")
    who, t = np.asarray(person), np.asarray(occasion).astype(np.intp)
    order = np.lexsort((t, who))
    z = np.column_stack([first, second]).astype(np.float64)[order]
    if common is not None and order.size:
        own = _own(who[order], t[order], stretch)
        z = without_common_course(z, t[order], np.asarray(common)[order], own, degree=degree)
    parts = parts_of(who[order], t[order], z, degree=degree, stretch=stretch) if order.size else None
    if parts is None:
        raise ValueError(f"nobody has {LEAST_PAIRS + degree} pairs of neighbouring occasions with both values.")
    group = parts.person if unit is None else _first_of(np.asarray(person), np.asarray(unit), parts.person)
    codes = np.unique(group, return_inverse=True)[1].ravel()
    units = int(codes.max()) + 1
    alone = _estimate(parts, np.ones((1, parts.person.size)))
    if not alone.solved[0]:
        draws = 0
    every = rng.multinomial(units, np.full(units, 1 / units), size=draws)[:, codes].astype(np.float64)
    drawn = _estimate(parts, every, alone) if draws else None
    sd = np.sqrt(np.einsum("bii->bi", alone.gamma))[0]
    none = np.empty((0, 2, 2))
    return WithinPaths(
        phi=alone.phi[0],
        uncorrected=alone.plain[0],
        standard=_standard(alone)[0],
        sd=sd,
        correlation=float(alone.gamma[0, 0, 1] / (sd[0] * sd[1])),
        draws=none if drawn is None else drawn.phi,
        standard_draws=none if drawn is None else _standard(drawn),
        further=_further(parts, np.ones((1, parts.person.size)), alone)[0],
        further_draws=np.empty((0, 2)) if drawn is None else _further(parts, every, drawn),
        people=parts.person.size,
        pairs=int(parts.pairs.sum()),
        units=units,
        lost=0 if drawn is None else int((~drawn.solved).sum()),
        solved=bool(alone.solved[0]),
    )


@dataclass(frozen=True, slots=True)
class _Solved:
    """(b, …) Phi, Gamma, plain least squares, whether there is a solution."""

    phi: Floats
    gamma: Floats
    plain: Floats
    solved: NDArray[np.bool_]


def _standard(of: _Solved) -> Floats:
    sd = np.sqrt(np.einsum("bii->bi", of.gamma))
    return np.asarray(of.phi * sd[:, None, :] / sd[:, :, None])


def _further(parts: Parts, weights: Floats, of: _Solved) -> Floats:
    """(b, 2) correlation with itself two occasions on, beyond what the paths leave."""
    flat = weights @ np.column_stack([parts.two, parts.two_ahead, parts.two_free])
    two, ahead, free = flat[:, :2], flat[:, 2:-1], flat[:, -1:]
    variance = np.einsum("bii->bi", of.gamma)
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = (two - expected_two(np.nan_to_num(of.phi), of.gamma, ahead)) / (free * variance)
    gap[~of.solved | (free[:, 0] <= 0)] = np.nan
    return np.asarray(gap)


def _own(person: Ints, occasion: Ints, stretch: int | None) -> Ints:
    """(n,) codes of each person's stretches; rows by person and occasion. A border belongs to the later one."""
    starts = np.concatenate([[0], np.flatnonzero(np.diff(person)) + 1])
    opens = np.zeros(person.size, dtype=np.intp)
    for a, b in zip(starts.tolist(), [*starts[1:].tolist(), person.size], strict=True):
        opens[[a + low for low, _ in stretches(occasion[a:b], stretch)]] = 1
    return np.asarray(np.cumsum(opens) - 1)


def _estimate(parts: Parts, weights: Floats, start: _Solved | None = None) -> _Solved:
    """For (b, n) weights of the persons; start : where to begin, as a single solution."""
    h = parts.same.shape[1]
    flat = weights @ np.column_stack([parts.moments, parts.same, parts.ahead])
    all_ = np.column_stack([parts.moments[:, [0, 2]], parts.same[:, :1]]).sum(axis=0)
    scale = np.sqrt(np.maximum(all_[:2] / max(all_[2], 1e-12), np.finfo(float).tiny))
    square = np.outer(scale, scale)
    target = np.column_stack([flat[:, :3] / square[[0, 0, 1], [0, 1, 1]], flat[:, 3:7] / square.ravel()])
    back = scale[:, None] / scale[None, :]
    theta = None
    if start is not None:
        theta = np.concatenate([(start.phi[0] / back).ravel(), (start.gamma[0] / square)[[0, 0, 1], [0, 1, 1]]])
    phi, gamma, plain, solved = _solve(target, flat[:, 7 : 7 + h], flat[:, 7 + h :], theta)
    solved &= weights.sum(axis=1) > 0
    phi = phi * back
    phi[~solved] = np.nan
    return _Solved(phi, gamma * square, plain * back, solved)


def _solve(
    target: Floats, same: Floats, ahead: Floats, start: Floats | None
) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """Phi, Gamma, plain least squares, and which have a stationary solution, by damped Newton steps."""
    b = len(target)
    xx = np.stack([target[:, 0], target[:, 1], target[:, 1], target[:, 2]], axis=1).reshape(b, 2, 2)
    yx = target[:, 3:].reshape(b, 2, 2)
    good = np.linalg.det(xx) > 1e-10 * xx[:, 0, 0] * xx[:, 1, 1]
    xx[~good] = np.eye(2)
    plain = np.asarray(np.linalg.solve(xx, yx.swapaxes(1, 2)).swapaxes(1, 2), dtype=np.float64)
    free = np.maximum(same[:, 0], 1.0)
    theta = np.column_stack([plain.reshape(b, 4), target[:, :3] / free[:, None]])
    if start is not None:
        theta[:] = start
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
    return expected(theta[:, :4].reshape(b, 2, 2), theta[:, [4, 5, 5, 6]].reshape(b, 2, 2), same, ahead) - goal


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
