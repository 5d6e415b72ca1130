"""Graded response model of several populations: which item parameters they share, their means and standard deviations.

In a population with mean m and standard deviation s, slope a and intercept d act like a s and d + a m in a standard normal one
(Bock & Zimowski, 1997), so likelihood and derivatives are those of `graded_likelihood`, carried over by the chain rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forwhom.kernels.graded_likelihood import (
    Answers,
    Layout,
    Point,
    complete_information,
    condense,
    evaluate,
    observed_information,
    quadrature,
    values_of,
)
from forwhom.kernels.quasi_newton import bfgs

Array = NDArray[np.float64]
Places = NDArray[np.intp]
ENOUGH = 1e-9
"""Expected further gain of the log likelihood at which the search ends."""
NEAR = 1e-2
"""The same, at which a search on every second point of the quadrature goes over to all of them."""
LOGISTIC = 1.7
"""The logistic curve with this slope is the normal one, nearly."""


@dataclass(frozen=True, slots=True)
class GradedGroups:
    """A graded response model of J items in G populations; the first has mean 0 and standard deviation 1.

    slope : (G, J); step : (G, J, K - 1) intercepts, NaN beyond an item's own categories; location : -step / slope
    mean, sd : (G,) of the trait; theta : (q,) free parameters; covariance : (q, q), from the observed information
    place : (G, p) where in theta each parameter of the items (slope, then intercepts, item by item) stands
    spread : (G, 2) where mean and log standard deviation stand, -1 where they are fixed
    trait, trait_se : per population (n,) expected a posteriori score and posterior standard deviation; NaN without answers
    free : items whose parameters differ between populations
    """

    slope: Array
    step: Array
    location: Array
    mean: Array
    sd: Array
    theta: Array
    covariance: Array
    place: Places
    spread: Places
    trait: tuple[Array, ...]
    trait_se: tuple[Array, ...]
    loglik: float
    iterations: int
    converged: bool
    message: str
    free: tuple[int, ...]
    answers: tuple[Answers, ...] = field(repr=False)
    layout: Layout = field(repr=False)


def fit_groups(
    y: Sequence[ArrayLike],
    *,
    free: Sequence[int] = (),
    start: GradedGroups | None = None,
    max_iterations: int = 500,
    errors: bool = True,
) -> GradedGroups:
    """Fit by marginal maximum likelihood.

    y : per population (n, J) answers as whole numbers from 0, NaN where absent; categories nobody chose are closed up
    free : items (from 0) with parameters of their own in every population; with all of them free the populations have no common
        scale, and every mean stays 0 and every standard deviation 1
    start : an earlier fit of the same answers, where the search begins
    errors : False leaves the covariance out (NaN)

    Raises ValueError for answers `condense` refuses, and for free items with a category nobody chose in a population.

    >>> rng = np.random.default_rng(1)
    >>> def answers(mean):
    ...     trait = mean + rng.standard_normal((800, 1, 1))
    ...     return (1.5 * trait + np.array([1.0, -1.0]) + rng.logistic(size=(800, 5, 1)) > 0).sum(axis=2)
    >>> fit = fit_groups([answers(0.0), answers(1.0)])
    >>> fit.mean.round(1).tolist(), fit.slope.shape
    ([0.0, 1.1], (2, 5))
    """
    tables = [np.asarray(each, dtype=float) for each in y]
    values = values_of(np.vstack(tables))
    parts = tuple(condense(each, values) for each in tables)
    _all_chosen(parts, free)
    layout = Layout(parts[0].categories)
    place, spread, size = _places(layout, len(parts), free)
    model = _Model(parts, layout, place, spread, size)
    begin = _starts(parts, layout) if start is None else start.theta[start.place]
    theta = np.zeros(size)
    for g in range(len(parts)):
        theta[place[g]] = begin if begin.ndim == 1 else begin[g]
        if start is not None:
            for at, value in zip(spread[g], (start.mean[g], np.log(start.sd[g])), strict=True):
                if at >= 0:
                    theta[at] = value
    here, iterations, converged, message = _search(model, theta, max_iterations)
    covariance = np.full((size, size), np.nan)
    if errors:
        observed = model.observed(here)
        if converged and not _definite(observed):
            converged, message = False, "The information is not positive definite: an item tells nothing of the trait."
        else:
            covariance = _inverted(observed)
    return _result(model, here, covariance, iterations, converged, message, tuple(free))


def _all_chosen(parts: Sequence[Answers], free: Sequence[int]) -> None:
    for j in free:
        for g, each in enumerate(parts):
            used = (each.weight @ each.chosen)[each.item == j]
            if (used == 0).any():
                raise ValueError(f"item {j + 1} has a category that nobody chose in population {g + 1}.")


def _places(layout: Layout, groups: int, free: Sequence[int]) -> tuple[Places, Places, int]:
    """Items first, those of further populations after them, then means and log standard deviations."""
    place = np.tile(np.arange(layout.size), (groups, 1))
    size = layout.size
    own = np.flatnonzero(np.isin(layout.item, list(free)))
    for g in range(1, groups):
        place[g, own] = size + np.arange(own.size)
        size += own.size
    spread = np.full((groups, 2), -1)
    if len(set(free)) < layout.items:
        for g in range(1, groups):
            spread[g] = size, size + 1
            size += 2
    return place.astype(np.intp), spread.astype(np.intp), size


@dataclass(frozen=True, slots=True)
class _Here:
    theta: Array
    loglik: float
    gradient: Array
    points: tuple[Point, ...]


class _Model:
    """Likelihood and information of all populations together, by the free parameters."""

    def __init__(self, parts: tuple[Answers, ...], layout: Layout, place: Places, spread: Places, size: int) -> None:
        self.parts, self.layout, self.place, self.spread, self.size = parts, layout, place, spread, size
        self.points(1)
        self.steps_of = np.zeros((layout.size, layout.size))
        self.steps_of[np.arange(layout.size), layout.slope[layout.item]] = layout.is_step

    def points(self, every: int) -> None:
        """Integrate over every first, second … point of the quadrature."""
        self.node, self.prior = (each[::every] for each in quadrature())
        self.prior = self.prior / self.prior.sum()

    def population(self, theta: Array, g: int) -> tuple[float, float]:
        """Mean and standard deviation of the trait."""
        mean, log_sd = self.spread[g]
        return (0.0, 1.0) if mean < 0 else (float(theta[mean]), float(np.exp(theta[log_sd])))

    def standard(self, theta: Array, g: int) -> Array:
        """Parameters of the items as they act in a standard normal population."""
        own = theta[self.place[g]]
        mean, sd = self.population(theta, g)
        slopes = own[self.layout.slope[self.layout.item]]
        made: Array = np.where(self.layout.is_step, own + mean * slopes, own * sd)
        return made

    def jacobian(self, theta: Array, g: int) -> Array:
        """Derivatives of `standard` by the free parameters: (p, q)."""
        mean, sd = self.population(theta, g)
        own = np.diag(np.where(self.layout.is_step, 1.0, sd)) + mean * self.steps_of
        out = np.zeros((self.layout.size, self.size))
        out[:, self.place[g]] = own
        if self.spread[g, 0] >= 0:
            slopes = theta[self.place[g]][self.layout.slope[self.layout.item]]
            out[:, self.spread[g, 0]] = np.where(self.layout.is_step, slopes, 0.0)
            out[:, self.spread[g, 1]] = np.where(self.layout.is_step, 0.0, slopes * sd)
        return out

    def evaluate(self, theta: Array) -> _Here | None:
        """None when the steps of an item are not in order."""
        points, gradient, loglik = [], np.zeros(self.size), 0.0
        for g, part in enumerate(self.parts):
            at = evaluate(self.standard(theta, g), part, self.layout, self.node, self.prior)
            if at is None or not np.isfinite(at.loglik):
                return None
            points.append(at)
            loglik += at.loglik
            gradient += self.jacobian(theta, g).T @ at.gradient
        return _Here(theta, loglik, gradient, tuple(points))

    def complete(self, here: _Here) -> Array:
        """Expected information if the trait were seen."""
        out = np.zeros((self.size, self.size))
        for g, at in enumerate(here.points):
            turn = self.jacobian(here.theta, g)
            out += turn.T @ complete_information(at, self.layout) @ turn
        return out

    def observed(self, here: _Here) -> Array:
        """Minus the second derivatives of the log likelihood."""
        out = np.zeros((self.size, self.size))
        for g, (at, part) in enumerate(zip(here.points, self.parts, strict=True)):
            turn = self.jacobian(here.theta, g)
            out += turn.T @ observed_information(at, part, self.layout, self.node) @ turn
            mean, log_sd = self.spread[g]
            if mean < 0:
                continue
            sd = float(np.exp(here.theta[log_sd]))
            by_slope = at.gradient[self.layout.slope] * sd
            by_step = np.bincount(self.layout.item, np.where(self.layout.is_step, at.gradient, 0.0))
            slopes = self.place[g][self.layout.slope]
            for item, where in enumerate(slopes):
                out[where, mean] -= by_step[item]
                out[mean, where] -= by_step[item]
                out[where, log_sd] -= by_slope[item]
                out[log_sd, where] -= by_slope[item]
            out[log_sd, log_sd] -= float(by_slope @ here.theta[slopes])
        return (out + out.T) / 2


def _search(model: _Model, theta: Array, most: int) -> tuple[_Here, int, bool, str]:
    """Quasi-Newton ascent; far from the maximum on half the points, which costs half."""
    model.points(2)
    here = model.evaluate(theta)
    if here is None:
        raise ValueError("The start values do not order the steps of an item; its categories are too rare.")
    inverse = _inverted(model.complete(here))
    coarse, iteration = True, 0
    for iteration in range(1, most + 1):
        step = inverse @ here.gradient
        gain = float(here.gradient @ step)
        if not coarse and gain < ENOUGH:
            return here, iteration, True, "converged"
        following = _along(model, here, step, gain) if not coarse or gain >= NEAR else None
        if coarse and following is None:
            coarse = False
            model.points(1)
            here = model.evaluate(here.theta) or here
            continue
        if following is None:
            return here, iteration, False, "No further gain could be found along the search direction."
        if iteration % 4 == 0 and iteration < 20:
            inverse = _inverted(model.complete(following))
        else:
            inverse = bfgs(inverse, following.theta - here.theta, here.gradient - following.gradient)
        here = following
    return here, iteration, False, "The search did not settle."


def _along(model: _Model, here: _Here, step: Array, gain: float) -> _Here | None:
    length = 1.0
    for _ in range(30):
        found = model.evaluate(here.theta + length * step)
        if found is not None and found.loglik >= here.loglik + 1e-4 * length * gain - 1e-9:
            return found
        length /= 2
    return None


def _definite(information: Array) -> bool:
    """Whether it can be inverted to variances, whatever the units of the parameters."""
    size = np.diagonal(information)
    if not (size > 0).all():
        return False
    scaled = information / np.sqrt(np.outer(size, size))
    return bool(np.linalg.eigvalsh(scaled)[0] > 1e-10)


def _inverted(matrix: Array) -> Array:
    try:
        made = np.linalg.inv(matrix)
    except np.linalg.LinAlgError:
        made = np.linalg.pinv(matrix)
    return np.asarray(made, dtype=np.float64)


def _starts(parts: Sequence[Answers], layout: Layout) -> Array:
    """Slopes from loadings on the first principal axis, intercepts from shares of answers, both as if answers were normal."""
    theta = np.zeros(layout.size)
    counts = np.sum([each.weight @ each.chosen for each in parts], axis=0)
    loading = _loadings(parts, layout)
    for j in range(layout.items):
        own = counts[layout.item == j]
        above = (own[::-1].cumsum()[::-1] / own.sum())[1:]
        slope = LOGISTIC * loading[j] / np.sqrt(1 - loading[j] ** 2)
        theta[layout.slope[j]] = slope
        theta[layout.step[j][layout.real[j]]] = np.sqrt(1 + (slope / LOGISTIC) ** 2) * np.log(above / (1 - above))
    return theta


def _loadings(parts: Sequence[Answers], layout: Layout) -> Array:
    """Of the items on the first axis of their correlations, turned so that most are positive, kept from 0.3 to 0.9."""
    code = np.concatenate([np.arange(k) for k in layout.categories]).astype(float)
    holds = np.zeros((layout.size, layout.items))
    holds[np.arange(layout.size), layout.item] = 1.0
    both, seen = (np.zeros((layout.items, layout.items)) for _ in range(2))
    for each in parts:
        there = each.chosen @ holds
        scored = (each.chosen * code) @ holds
        centre = (each.weight @ scored) / np.maximum(each.weight @ there, 1.0)
        away = scored - there * centre
        both += away.T @ (away * each.weight[:, None])
        seen += there.T @ (there * each.weight[:, None])
    both /= np.maximum(seen, 1.0)
    scale = np.sqrt(np.maximum(np.diagonal(both), 1e-12))
    roots, axes = np.linalg.eigh(both / np.outer(scale, scale))
    axis = axes[:, -1] * np.sqrt(max(roots[-1], 0.0))
    turn = -1.0 if (axis < 0).sum() > axis.size / 2 or ((axis < 0).sum() == axis.size / 2 and axis.sum() < 0) else 1.0
    made: Array = np.where(turn * axis < 0, -1.0, 1.0) * np.clip(np.abs(axis), 0.3, 0.9)
    return made


def _result(
    model: _Model, here: _Here, covariance: Array, iterations: int, converged: bool, message: str, free: tuple[int, ...]
) -> GradedGroups:
    layout = model.layout
    unpacked = [layout.unpack(here.theta[model.place[g]]) for g in range(len(model.parts))]
    slope, step = (np.stack([each[k] for each in unpacked]) for k in (0, 1))
    populations = [model.population(here.theta, g) for g in range(len(model.parts))]
    trait, errors = [], []
    for (mean, sd), at, part in zip(populations, here.points, model.parts, strict=True):
        centre = at.posterior @ model.node
        spread = np.sqrt(np.maximum(at.posterior @ model.node**2 - centre**2, 0.0))
        known = part.person >= 0
        each = np.full((2, part.person.size), np.nan)
        each[:, known] = (mean + sd * centre)[part.person[known]], sd * spread[part.person[known]]
        trait.append(each[0])
        errors.append(each[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        location = -step / slope[:, :, None]
    return GradedGroups(
        slope=slope,
        step=step,
        location=location,
        mean=np.array([mean for mean, _ in populations]),
        sd=np.array([sd for _, sd in populations]),
        theta=here.theta,
        covariance=covariance,
        place=model.place,
        spread=model.spread,
        trait=tuple(trait),
        trait_se=tuple(errors),
        loglik=here.loglik,
        iterations=iterations,
        converged=converged,
        message=message,
        free=free,
        answers=model.parts,
        layout=layout,
    )
