"""Profile likelihood intervals of the parameters of a mixed model.

A parameter is held at a value, all others are estimated again, and the interval holds the values at which the criterion
rises by less than the quantile of chi-square with 1 degree of freedom (Bates et al. 2015, section 5.1). For standard
deviations, correlations and the residual the criterion is that of the fit: restricted for REML. Fixed effects have no
restricted likelihood; theirs is the likelihood.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from forwhom.kernels.mixed import MixedFit
from forwhom.kernels.mixed_derivatives import criterion, jet
from forwhom.kernels.mixed_groups import Floats
from forwhom.kernels.mixed_parameters import AnyBlocks

__all__ = ["Interval", "profile_correlation", "profile_fixed", "profile_residual", "profile_sd"]

# Correlations are looked for up to here.
LIMIT = 1.0 - 1e-7
# Stands for a criterion that cannot be computed: far above every one that can.
UNREACHABLE = 1e12


@dataclass(frozen=True, slots=True)
class Interval:
    """Ends of an interval; None where the profile does not reach the quantile. low is 0 where a variance of 0 is inside."""

    low: float | None
    high: float | None


def profile_sd(fit: MixedFit, which: int, effect: int, *, level: float = 0.95) -> Interval:
    """Standard deviation of one random effect (`effect` of the columns of level `which`).

    >>> from forwhom.kernels.mixed import Level, fit_mixed
    >>> weight = np.array([2.0, 4.0, 5.0, 7.0, 1.0, 2.0, 8.0, 9.0])
    >>> fit = fit_mixed(weight, np.ones((8, 1)), [Level(np.ones((8, 1)), np.repeat([0, 1, 2, 3], 2))])
    >>> found = profile_sd(fit, 0, 0)
    >>> round(found.low, 2), round(found.high, 2)
    (1.32, 9.19)
    """
    problem = _Problem(fit, which, (effect,))
    estimate = float(np.sqrt(fit.tau[which][effect, effect]))
    spread = max(estimate, problem.least_sd())
    rise = problem.rise(level, lambda c, free: problem.with_sd(c, free))
    low = 0.0 if estimate == 0.0 or rise(0.0) <= 0.0 else _crossing(rise, estimate, -0.3 * spread, 0.0)
    rise = problem.rise(level, lambda c, free: problem.with_sd(c, free))
    return Interval(low, _crossing(rise, estimate, 0.3 * spread, 1e4 * spread))


def profile_correlation(fit: MixedFit, which: int, one: int, other: int, *, level: float = 0.95) -> Interval:
    """Correlation of two random effects of one level; the interval may end at -1 or 1 (then None: no limit there)."""
    problem = _Problem(fit, which, (one, other))
    tau = fit.tau[which]
    both = float(np.sqrt(tau[one, one] * tau[other, other]))
    if both == 0.0:
        return Interval(None, None)
    estimate = float(np.clip(tau[one, other] / both, -LIMIT, LIMIT))
    ends = []
    for limit in (-LIMIT, LIMIT):
        rise = problem.rise(level, lambda c, free: problem.with_correlation(c, free))
        step = 0.25 * (limit - estimate)
        ends.append(None if abs(step) < 1e-9 else _crossing(rise, estimate, step, limit))
    return Interval(*ends)


def profile_residual(fit: MixedFit, *, level: float = 0.95) -> Interval:
    """Residual standard deviation."""
    problem = _Problem(fit, 0, ())
    estimate = float(np.sqrt(fit.sigma2))
    ends = []
    for sign in (-1.0, 1.0):
        rise = problem.rise(level, lambda c, free: problem.with_residual(c, free))
        ends.append(_crossing(rise, estimate, sign * 0.1 * estimate, 0.0 if sign < 0 else 1e4 * estimate))
    return Interval(*ends)


def profile_fixed(fit: MixedFit, index: int, *, level: float = 0.95) -> Interval:
    """One fixed effect, by the likelihood. fit : by ML; raises ValueError for REML."""
    if fit.method != "ML":
        raise ValueError("Fixed effects have a profile only in the likelihood. Fit with method='ML'.")
    problem = _Problem(fit, 0, ())
    estimate, se = float(fit.beta[index]), float(np.sqrt(fit.beta_cov[index, index]))
    ends = []
    for sign in (-1.0, 1.0):
        rise = problem.fixed_rise(level, index)
        ends.append(_crossing(rise, estimate, sign * 2.0 * se, estimate + sign * 1e4 * se))
    return Interval(*ends)


# From a held value and the free parameters: factors of every level in the caller's units (relative to the residual sd),
# and the log of the residual sd.
Made = tuple[list[Floats], float]


class _Problem:
    """The criterion with one parameter held, as a function of all others.

    Free parameters: whitened Cholesky factors of the levels, with the effects of the level concerned reordered so that
    those of the held parameter come first, and last the log of the residual standard deviation.
    """

    def __init__(self, fit: MixedFit, which: int, first: tuple[int, ...]) -> None:
        self.fit, self.which = fit, which
        self.blocks: AnyBlocks = fit.blocks
        self.reml = fit.method == "REML"
        q = fit.blocks.sizes[which]
        self.order = [*first, *(k for k in range(q) if k not in first)]
        # Typical size of each effect: one over what a group says about it.
        self.scale = [np.sqrt(np.einsum("ab,ab->a", back, back)) for back in fit.blocks.back]
        self.start = self._vector()
        self.base = fit.deviance - fit.shift

    def least_sd(self) -> float:
        """A standard deviation that a group says little about, to step by where the estimate is 0."""
        return 0.3 * float(np.sqrt(self.fit.sigma2)) * float(self.scale[self.which][self.order[0]])

    def _vector(self) -> Floats:
        parts = []
        for level, (tau, basis) in enumerate(zip(self.fit.tau, self.blocks.bases, strict=True)):
            t = tau / self.fit.sigma2 / np.outer(self.scale[level], self.scale[level])
            order = self.order if level == self.which else list(range(len(t)))
            t = t[np.ix_(order, order)]
            # Lifted off the boundary, where a search could not leave.
            root = np.linalg.cholesky(t + np.diag(np.full(len(t), 1e-6) + 1e-6 * np.diagonal(t)))
            root = root if len(basis.row) > len(t) or len(t) == 1 else np.diag(np.diagonal(root))
            parts.append(root[basis.row, basis.column])
        made: Floats = np.r_[np.concatenate(parts), 0.5 * np.log(self.fit.sigma2)]
        return made

    def _roots(self, free: Floats) -> list[Floats]:
        made = []
        at = 0
        for q, basis in zip(self.blocks.sizes, self.blocks.bases, strict=True):
            root = np.zeros((q, q))
            root[basis.row, basis.column] = free[at : at + len(basis.row)]
            at += len(basis.row)
            made.append(root)
        return made

    def with_sd(self, held: float, free: Floats) -> Made:
        """The first effect's standard deviation is held."""
        roots = self._roots(free)
        roots[self.which][0, 0] = held / float(np.exp(free[-1])) / self.scale[self.which][self.order[0]]
        return roots, float(free[-1])

    def with_correlation(self, held: float, free: Floats) -> Made:
        """The correlation of the first two effects is held: the second row of the factor has a size only."""
        roots = self._roots(free)
        size = roots[self.which][1, 1]
        roots[self.which][1, :2] = size * held, size * np.sqrt(1.0 - held**2)
        # The sign of the first column would turn the correlation over.
        roots[self.which][0, 0] = abs(roots[self.which][0, 0])
        return roots, float(free[-1])

    def with_residual(self, held: float, free: Floats) -> Made:
        """The residual standard deviation is held."""
        return self._roots(free), float(np.log(held))

    def _t(self, roots: list[Floats]) -> tuple[list[Floats], list[Floats]]:
        """Whitened T of every level, and the matrix that takes a factor as laid out here to the whitened one."""
        ts, changes = [], []
        for level, (root, back) in enumerate(zip(roots, self.blocks.back, strict=True)):
            scaled = np.diag(self.scale[level])
            if level == self.which:
                scaled = scaled[:, self.order]
            change = np.asarray(np.linalg.solve(back, scaled), dtype=np.float64)
            whitened = change @ root
            ts.append(whitened @ whitened.T)
            changes.append(change)
        return ts, changes

    def _value(self, roots: list[Floats], log_sd: float) -> tuple[float, Floats]:
        """Full criterion and its slope by every element of the factors and the log residual sd."""
        ts, changes = self._t(roots)
        now = criterion(self.blocks, ts, reml=self.reml)
        df = self.blocks.n_rows - (self.blocks.n_fixed if self.reml else 0)
        precision = float(np.exp(-2.0 * log_sd))
        value = now.value - df * (1.0 + np.log(now.rss / df)) + 2.0 * df * log_sd + now.rss * precision
        slope = now.gradient - df * now.rss1 / now.rss + now.rss1 * precision
        return float(value), np.r_[self._by_factor(slope, roots, changes), 2.0 * df - 2.0 * now.rss * precision]

    def _by_factor(self, slope: Floats, roots: list[Floats], changes: list[Floats]) -> Floats:
        made = []
        at = 0
        for basis, root, change in zip(self.blocks.bases, roots, changes, strict=True):
            n = len(basis.row)
            # tr(G dT) with dT = C (dL L' + L dL') C'; an element off the diagonal stands for two of G.
            g = np.tensordot(
                slope[at : at + n] / np.einsum("iab,iab->i", basis.matrix, basis.matrix), basis.matrix, axes=1
            )
            whole = 2.0 * change.T @ g @ change @ root
            made.append(whole[basis.row, basis.column])
            at += n
        return np.concatenate(made)

    def rise(self, level: float, make: Callable[[float, Floats], Made]) -> Callable[[float], float]:
        """How far the criterion, at its lowest given a held value, lies above that of the fit less the quantile."""
        from scipy.special import chdtri

        quantile = float(chdtri(1, 1 - level))
        at = self.start

        def function(held: float) -> float:
            nonlocal at

            def objective(free: Floats) -> tuple[float, Floats]:
                value, slope = self._value(*make(held, free))
                return value, self._chained(slope, make, held, free)

            value, at = _lowest(objective, at, self.start)
            return value - self.base - quantile

        return cache(function)

    def _chained(self, slope: Floats, make: Callable[[float, Floats], Made], held: float, free: Floats) -> Floats:
        """Slope by the free parameters; of `make`, which is smooth and cheap, by differences."""
        step = 1e-6
        made = np.empty_like(free)
        for k in range(len(free)):
            moved = free.copy()
            moved[k] += step
            back = free.copy()
            back[k] -= step
            made[k] = slope @ (self._flat(make(held, moved)) - self._flat(make(held, back))) / (2 * step)
        return made

    def _flat(self, made: Made) -> Floats:
        roots, log_sd = made
        parts = [root[basis.row, basis.column] for root, basis in zip(roots, self.blocks.bases, strict=True)]
        flat: Floats = np.r_[np.concatenate(parts), log_sd]
        return flat

    def fixed_rise(self, level: float, index: int) -> Callable[[float], float]:
        """The same with a fixed effect held, by ML with the residual variance profiled out."""
        from scipy.special import chdtri

        quantile = float(chdtri(1, 1 - level))
        p, n = self.blocks.n_fixed, self.blocks.n_rows
        direction = self.blocks.x_back[index]
        at = self.start[:-1]

        def function(held: float) -> float:
            nonlocal at
            target = held - float(self.blocks.y_shift[index])

            def objective(free: Floats) -> tuple[float, Floats]:
                roots = self._roots(free)
                ts, changes = self._t(roots)
                now = jet(self.blocks, ts)
                m, m1 = now.m[0], now.m1[0]
                inverse = np.linalg.inv(m[:p, :p])
                beta = inverse @ m[:p, p]
                along = inverse @ direction
                beta = beta + along * (target - direction @ beta) / (direction @ along)
                v = np.append(-beta, 1.0)
                rss = float(v @ m @ v)
                value = now.logdet + n * (1.0 + np.log(2.0 * np.pi * rss / n))
                slope = now.logdet1 + n * (m1 @ v @ v) / rss
                return float(value), self._by_factor(slope, roots, changes)

            value, at = _lowest(objective, at, self.start[:-1])
            return value - self.base - quantile

        return cache(function)


def _lowest(objective: Callable[[Floats], tuple[float, Floats]], near: Floats, start: Floats) -> tuple[float, Floats]:
    """Lowest value found from the last place and from the estimates, and where: close to the boundary there may be two."""
    from scipy.optimize import minimize

    def within_reach(free: Floats) -> tuple[float, Floats]:
        # A long first step may lead where there is no residual variance, or the information is singular: come back.
        try:
            with np.errstate(all="ignore"):
                value, slope = objective(free)
        except (ValueError, ZeroDivisionError):
            return UNREACHABLE, np.zeros_like(free)
        reached = np.isfinite(value) and bool(np.isfinite(slope).all())
        return (value, slope) if reached else (UNREACHABLE, np.zeros_like(free))

    tries = [
        minimize(within_reach, at, jac=True, method="BFGS", options={"gtol": 1e-5, "maxiter": 200})
        for at in ([near] if near is start else [near, start])
    ]
    best = min(tries, key=lambda found: float(found.fun))
    return float(best.fun), np.asarray(best.x)


def _crossing(rise: Callable[[float], float], start: float, step: float, limit: float) -> float | None:
    """Where `rise` crosses 0 going from `start` towards `limit`; None when it does not before the limit."""
    from scipy.optimize import brentq

    inside = start
    for _ in range(60):
        outside = inside + step
        if (outside - limit) * np.sign(step) >= 0:
            outside = (inside + limit) / 2 if abs(limit - inside) > 1e-7 * max(1.0, abs(limit)) else limit
        if rise(outside) > 0.0:
            if rise(inside) > 0.0:
                return float(inside)
            return float(brentq(rise, inside, outside, xtol=1e-7 * max(abs(start), abs(step)), rtol=1e-9))
        if outside == limit:
            return None
        inside, step = outside, 1.5 * step
    return None
