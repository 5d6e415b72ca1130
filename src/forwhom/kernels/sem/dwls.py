"""Fit a structural equation model to ordered answers by diagonally weighted least squares, with robust errors and tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forwhom.kernels.sem.optimise import SINGULAR, inverted, scale_free
from forwhom.kernels.sem.ordered import Ordered, Predicted, by_parameter, completed, predicted, thresholds_free
from forwhom.kernels.sem.ordered_moments import OrderedMoments
from forwhom.kernels.sem.ordered_robust import correlation_scaling
from forwhom.kernels.sem.ram import Implied

Array = NDArray[np.float64]
ENOUGH = 1e-13
"""Expected further fall of chi-square at which the search ends: estimates are then within 1e-6 standard errors."""


@dataclass(frozen=True, slots=True)
class ShiftedTest:
    """A chi-square with its mean- and variance-adjusted form, chisq / scaling + shift on df (Asparouhov & Muthen, 2010).

    scaling, shift : None where df is 0; trace, trace2 : of U Gamma and of its square
    """

    chisq: float
    df: int
    scaling: float | None
    shift: float | None
    trace: float
    trace2: float

    @property
    def adjusted(self) -> float | None:
        """The adjusted chi-square."""
        return None if self.scaling is None or self.shift is None else self.chisq / self.scaling + self.shift


@dataclass(frozen=True, slots=True)
class DwlsFit:
    """A model fitted to ordered answers.

    theta : (q,) estimates; covariance : (q, q) robust (sandwich); bread : (q, q) inverse of the weighted
        information, over persons less groups
    test, baseline : of the model and of independence
    robust : (chi-square, scaling, baseline chi-square, baseline scaling) of Savalei's (2021) robust indices, None where
        thresholds are restricted, a variable is continuous or a polychoric matrix is not positive definite
    models, data, predictions, implied : by group
    """

    theta: Array
    covariance: Array
    bread: Array
    test: ShiftedTest
    baseline: ShiftedTest
    robust: tuple[float, float, float, float] | None
    converged: bool
    message: str
    iterations: int
    n: int
    models: tuple[Ordered, ...] = field(repr=False)
    data: tuple[OrderedMoments, ...] = field(repr=False)
    predictions: tuple[Predicted, ...] = field(repr=False)
    implied: tuple[Implied, ...] = field(repr=False)

    @property
    def shares(self) -> Array:
        """Share of the persons in each group."""
        return np.array([each.n for each in self.data]) / self.n


@dataclass(frozen=True, slots=True)
class _Point:
    theta: Array
    value: float
    gradient: Array
    metric: Array
    predictions: tuple[Predicted, ...]


def weights(data: OrderedMoments) -> Array:
    """Diagonal weights: one over the sampling variance of each statistic, times n."""
    variance = np.diagonal(data.gamma)
    if not (variance > 0).all():
        raise ValueError("A threshold or correlation has no sampling variance in these data.")
    made: Array = 1 / variance
    return made


def fit_dwls(
    models: Sequence[Ordered], data: Sequence[OrderedMoments], start: ArrayLike, *, max_iterations: int = 500
) -> DwlsFit:
    """Fit by diagonally weighted least squares (Muthen, du Toit & Spisic, 1997), as WLSMV has it.

    models, data : one per group; start : (q,)
    Raises ValueError for more parameters than statistics, correlations at -1 or 1, and start values without moments.

    >>> from forwhom.kernels.sem.ordered_moments import ordered_moments
    >>> from forwhom.kernels.sem.ram import Cells, Ram
    >>> rng = np.random.default_rng(4)
    >>> trait = rng.standard_normal((1000, 1))
    >>> y = (trait + rng.standard_normal((1000, 4)) > [0.0, 0.3, -0.5, 1.0]).astype(float)
    >>> paths, covariances, none = np.zeros((5, 5)), np.diag([0.0, 0, 0, 0, 1]), Cells.of([], [], [])
    >>> ram = Ram(paths, covariances, np.zeros(5), Cells.of([0, 1, 2, 3], [4] * 4, [0, 1, 2, 3]), none, none, 4)
    >>> all_four = Cells.of([0, 1, 2, 3], [0] * 4, [4, 5, 6, 7])
    >>> model = Ordered(ram, np.ones(4, bool), np.arange(4), np.zeros(4), np.ones(4), all_four, none)
    >>> fit = fit_dwls([model], [ordered_moments(y, model.ordered)], [0.5] * 4 + [0.0] * 4)
    >>> fit.converged, fit.test.df, bool(abs(fit.theta[0] - 0.5**0.5) < 0.1)
    (True, 2, True)
    """
    for each in data:
        if each.at_limit:
            i, j = each.at_limit[0]
            raise ValueError(f"the correlation of variables {i + 1} and {j + 1} runs to -1 or 1.")
    theta = np.asarray(start, dtype=float)
    df = sum(each.statistics.size for each in data) - theta.size
    if df < 0:
        raise ValueError(
            f"{theta.size} parameters for {df + theta.size} statistics: the model is not identified. Fix some."
        )
    weight = [weights(each) for each in data]
    n = sum(each.n for each in data)
    point, iterations, message = _search(models, data, weight, theta, n, max_iterations)
    free, _ = scale_free(point.metric)
    values = np.linalg.eigvalsh(free)
    if not message and values[0] < SINGULAR * values[-1]:
        message = "The information is singular at the optimum: the model is not identified, or only just."
    q = theta.size
    jacobians = [by_parameter(m, at, q) for m, at in zip(models, point.predictions, strict=True)]
    try:
        bread = inverted(point.metric)
    except np.linalg.LinAlgError:
        bread = np.full((q, q), np.nan)
    misfit = [
        float((each.statistics - at.values) @ (own * (each.statistics - at.values)))
        for each, own, at in zip(data, weight, point.predictions, strict=True)
    ]
    # Persons less one, group by group, as lavaan and Mplus count them here.
    chisq = sum((each.n - 1) * value for each, value in zip(data, misfit, strict=True))
    test, meat = _adjusted(data, weight, jacobians, bread, chisq, df, n)
    robust = None
    if all(each.ordered.all() for each in data) and df > 0 and thresholds_free(models, point.predictions, q):
        robust = correlation_scaling(data, weight, jacobians, point.predictions, bread, df)
    return DwlsFit(
        point.theta,
        bread @ meat @ bread / (n - len(data)),
        bread / (n - len(data)),
        test,
        _independence(data, weight, n),
        robust,
        not message,
        message or "converged",
        iterations,
        n,
        tuple(models),
        tuple(data),
        point.predictions,
        tuple(completed(m, at.at, at.scales, point.theta) for m, at in zip(models, point.predictions, strict=True)),
    )


def _search(
    models: Sequence[Ordered],
    data: Sequence[OrderedMoments],
    weight: Sequence[Array],
    start: Array,
    n: int,
    max_iterations: int,
) -> tuple[_Point, int, str]:
    """Gauss-Newton steps, damped where the sum of squares would not fall (Levenberg, 1944; Marquardt, 1963)."""
    point = _evaluate(models, data, weight, start, n)
    if point is None:
        raise ValueError("The start values give a response no positive variance. Give other ones.")
    damping = 0.0
    for iteration in range(1, max_iterations + 1):
        free, size = scale_free(point.metric)
        ridge = free + max(damping, 1e-12) * np.eye(size.size)
        step = -np.linalg.solve(ridge, point.gradient / size) / size
        following = _evaluate(models, data, weight, point.theta + step, n)
        fall = float(-point.gradient @ step)
        if following is not None and following.value <= point.value + 1e-15 * (1 + point.value):
            settled = n * fall < ENOUGH and damping <= 1e-6
            point, damping = following, damping / 10 if damping > 1e-8 else 0.0
            if settled:
                return point, iteration, ""
        elif n * fall < ENOUGH and damping <= 1e-6:
            return point, iteration, ""
        else:
            damping = max(10 * damping, 1e-4)
            if damping > 1e10:
                break
    return point, max_iterations, "The search did not settle; the model may not be identified."


def _evaluate(
    models: Sequence[Ordered], data: Sequence[OrderedMoments], weight: Sequence[Array], theta: Array, n: int
) -> _Point | None:
    """Weighted sum of squares, half its gradient and the Gauss-Newton metric; None where the moments do not exist."""
    value, gradient, metric = 0.0, np.zeros(theta.size), np.zeros((theta.size, theta.size))
    every = []
    for model, each, own in zip(models, data, weight, strict=True):
        try:
            at = predicted(model, theta)
        except ValueError:
            return None
        share = each.n / n
        jacobian = by_parameter(model, at, theta.size)
        off = each.statistics - at.values
        value += share * float(off @ (own * off))
        gradient -= share * jacobian.T @ (own * off)
        metric += share * (jacobian.T * own) @ jacobian
        every.append(at)
    return _Point(theta, value, gradient, metric, tuple(every)) if np.isfinite(value) else None


def _adjusted(
    data: Sequence[OrderedMoments],
    weight: Sequence[Array],
    jacobians: Sequence[Array],
    bread: Array,
    chisq: float,
    df: int,
    n: int,
) -> tuple[ShiftedTest, Array]:
    """The adjusted test and the middle of the sandwich, from the traces of U Gamma and its square."""
    q = bread.shape[0]
    meat, bent = np.zeros((q, q)), np.zeros((q, q))
    trace = trace2 = 0.0
    for each, own, jacobian in zip(data, weight, jacobians, strict=True):
        share = each.n / n
        pulled = jacobian * own[:, None]
        spread = each.gamma @ pulled
        meat += share * pulled.T @ spread
        bent += share * spread.T @ (own[:, None] * spread)
        both = own[:, None] * each.gamma
        trace += float(np.trace(both))
        trace2 += float((both * both.T).sum())
    lost = bread @ meat
    trace -= float(np.trace(lost))
    trace2 += float(np.trace(lost @ lost)) - 2 * float(np.trace(bread @ bent))
    return _shifted(chisq, df, trace, trace2), meat


def _shifted(chisq: float, df: int, trace: float, trace2: float) -> ShiftedTest:
    if df == 0 or not trace2 > 0:
        return ShiftedTest(chisq, df, None, None, trace, trace2)
    a = float(np.sqrt(df / trace2))
    return ShiftedTest(chisq, df, 1 / a, df - a * trace, trace, trace2)


def _independence(data: Sequence[OrderedMoments], weight: Sequence[Array], n: int) -> ShiftedTest:
    """Test of the model in which no two variables are related and everything else is free."""
    chisq, df, trace2 = 0.0, 0, 0.0
    for each, own in zip(data, weight, strict=True):
        p = each.ordered.size
        pairs = slice(each.statistics.size - p * (p - 1) // 2, None)
        chisq += (each.n - 1) * float(own[pairs] @ each.statistics[pairs] ** 2)
        df += p * (p - 1) // 2
        both = own[pairs, None] * each.gamma[pairs, pairs]
        trace2 += float((both * both.T).sum())
    return _shifted(chisq, df, float(df), trace2)


def shifted_difference(narrow: DwlsFit, wide: DwlsFit) -> tuple[float | None, int]:
    """Mean- and variance-adjusted difference of nested models (Satorra, 2000; Asparouhov & Muthen, 2006), and its df.

    narrow : the model with more degrees of freedom; None where df is not positive or the difference cannot be scaled
    """
    df = narrow.test.df - wide.test.df
    if df <= 0 or not (narrow.converged and wide.converged):
        return None, df
    q1, q0 = wide.theta.size, narrow.theta.size
    own = [by_parameter(m, at, q1) for m, at in zip(wide.models, wide.predictions, strict=True)]
    other = [by_parameter(m, at, q0) for m, at in zip(narrow.models, narrow.predictions, strict=True)]
    every = np.concatenate(own)
    towards = np.linalg.lstsq(every, np.concatenate(other), rcond=None)[0]
    # What the narrow model holds still: directions of the wide one at right angles to all of its own.
    turned, size, _ = np.linalg.svd(towards, full_matrices=True)
    rank = int((size > 1e-9 * size[0]).sum())
    held = turned[:, rank:].T
    if held.shape[0] != df:
        return None, df
    inverse = wide.bread * (wide.n - len(wide.data))
    middle = inverse @ held.T @ np.linalg.pinv(held @ inverse @ held.T) @ held @ inverse
    meat = np.zeros((q1, q1))
    for each, jacobian, share in zip(wide.data, own, wide.shares, strict=True):
        pulled = jacobian * weights(each)[:, None]
        meat += share * pulled.T @ each.gamma @ pulled
    both = middle @ meat
    trace, trace2 = float(np.trace(both)), float(np.trace(both @ both))
    adjusted = _shifted(max(narrow.test.chisq - wide.test.chisq, 0.0), df, trace, trace2).adjusted
    return None if adjusted is None else max(adjusted, 0.0), df


__all__ = ["DwlsFit", "ShiftedTest", "fit_dwls", "shifted_difference", "weights"]
