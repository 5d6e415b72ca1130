"""Fit a structural equation model by full information maximum likelihood, with standard errors, tests and fit indices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forwhom.kernels.sem.likelihood import information, moments
from forwhom.kernels.sem.missing_robust import Corrected, Unrestricted, corrected
from forwhom.kernels.sem.optimise import Group, Optimum, Point, expected_hessian, hessian, inverted, optimise
from forwhom.kernels.sem.patterns import Patterns, patterns
from forwhom.kernels.sem.ram import (
    Cells,
    Implied,
    Ram,
    cell_gradient,
    cell_scores,
    directions,
    gathered,
    implied,
)
from forwhom.kernels.sem.saturated import Saturated, independent_deviance, saturated

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SemFit:
    """A fitted structural equation model.

    theta : (q,) estimates; covariance : (q, q) from the observed information; robust : (q, q) sandwich (Huber, White),
        None when not asked for
    loglik : log likelihood; saturated_loglik : of the unrestricted moments; baseline_loglik : of independence
    chisq, df : likelihood-ratio test against the saturated model; scaling : of the robust test (Yuan & Bentler, 2000, as
        Mplus and lavaan's MLR have it), None when not asked for; baseline_scaling likewise
    implied, observed : per group, moments of the model and of the saturated model
    corrected : for the indices of fit that complete data would have given; None for complete data
    """

    theta: Array
    covariance: Array
    robust: Array | None
    loglik: float
    saturated_loglik: float
    baseline_loglik: float
    chisq: float
    df: int
    baseline_chisq: float
    baseline_df: int
    scaling: float | None
    baseline_scaling: float | None
    converged: bool
    message: str
    iterations: int
    n: int
    groups: tuple[Group, ...] = field(repr=False)
    implied: tuple[Implied, ...] = field(repr=False)
    observed: tuple[Saturated, ...] = field(repr=False)
    corrected: Corrected | None = None


def fit_sem(
    models: Sequence[Ram],
    data: Sequence[ArrayLike],
    start: ArrayLike,
    *,
    robust: bool = False,
    expected: bool = False,
    exogenous: Sequence[int] = (),
    max_iterations: int = 500,
) -> SemFit:
    """Fit by maximum likelihood, using every observed value (missing at random; Arbuckle, 1996).

    models : one per group; parameters are shared through their numbers
    data : (n, p) per group, NaN where absent, columns as the model's observed variables
    start : (q,) start values
    robust : also sandwich standard errors and the scaled test (MLR)
    expected : covariance of the estimates from the expected information instead of the observed one; for complete data
    exogenous : columns whose joint distribution the baseline model leaves free, as it explains nothing about them

    Raises ValueError for impossible input. A search that does not settle, or a model that is not identified, is told in
    `converged` and `message`.

    >>> rng = np.random.default_rng(1)
    >>> y = rng.standard_normal((200, 1)) + rng.standard_normal((200, 3))
    >>> paths = np.zeros((4, 4)); paths[:3, 3] = 1.0
    >>> none = Cells.of([], [], [])
    >>> model = Ram(paths, np.zeros((4, 4)), np.zeros(4), none, Cells.of([0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3]),
    ...             Cells.of([0, 1, 2], [0, 0, 0], [4, 5, 6]), 3)
    >>> fit = fit_sem([model], [y], [1, 1, 1, 1, 0, 0, 0])
    >>> fit.converged, fit.df
    (True, 2)
    """
    theta = np.asarray(start, dtype=float)
    condensed = [patterns(np.asarray(each, dtype=float)) for each in data]
    for model, each in zip(models, condensed, strict=True):
        if each.y.shape[1] != model.observed:
            raise ValueError(f"the model has {model.observed} observed variables and the data {each.y.shape[1]}.")
    groups = tuple(Group(model, each) for model, each in zip(models, condensed, strict=True))
    found = optimise(groups, theta, max_iterations=max_iterations)
    free = tuple(saturated(each) for each in condensed)
    moments_free = sum(p * (p + 3) // 2 for p in (model.observed for model in models))
    df = moments_free - theta.size
    if df < 0:
        raise ValueError(f"{theta.size} parameters for {moments_free} moments: the model is not identified. Fix some.")
    deviance = sum(each.deviance for each in free)
    independent = sum(_baseline_deviance(each, exogenous) for each in condensed)
    covariance = _inverse((expected_hessian(groups, found.point) if expected else found.hessian) / 2)
    sandwich: Array | None = None
    scaling: float | None = None
    baseline: float | None = None
    complete: Corrected | None = None
    incomplete = not all(each.complete for each in condensed)
    if robust or incomplete:
        unrestricted = [_unrestricted(each, at, with_scores=robust) for each, at in zip(condensed, free, strict=True)]
        apart = [_independent(each, exogenous) for each in condensed]
        if incomplete:
            places = [(group.model, at) for group, at in apart]
            complete = corrected(
                models, found.point.implied, unrestricted, places, theta.size, robust=robust, given=exogenous
            )
    if robust:
        scores = [_scores(group, at, theta.size) for group, at in zip(groups, found.point.implied, strict=True)]
        meat = sum((part.T @ part for part in scores), np.zeros((theta.size, theta.size)))
        sandwich = covariance @ meat @ covariance
        trace_free = sum(float(np.trace(inverted(each.information) @ each.meat)) for each in unrestricted)
        if df > 0:
            scaling = float((trace_free - np.trace(meat @ covariance)) / df)
        baseline = _baseline_scaling(apart, len(exogenous), trace_free)
    return SemFit(
        theta=found.point.theta,
        covariance=covariance,
        robust=sandwich,
        loglik=-found.point.deviance / 2,
        saturated_loglik=-deviance / 2,
        baseline_loglik=-independent / 2,
        chisq=max(0.0, found.point.deviance - deviance),
        df=df,
        baseline_chisq=independent - deviance,
        baseline_df=sum(_pairs(model.observed) - _pairs(len(exogenous)) for model in models),
        scaling=scaling,
        baseline_scaling=baseline,
        converged=found.converged,
        message=found.message,
        iterations=found.iterations,
        n=sum(each.n for each in condensed),
        groups=groups,
        implied=found.point.implied,
        observed=free,
        corrected=complete,
    )


def _inverse(information_matrix: Array) -> Array:
    try:
        return inverted(information_matrix)
    except np.linalg.LinAlgError:
        return np.full_like(information_matrix, np.nan)


def _scores(group: Group, at: Implied, q: int) -> Array:
    """Derivative of each person's log likelihood by each parameter, (n, q)."""
    model, data = group.model, group.data
    made = np.empty((data.n, model.cells.size))
    order = np.argsort(data.person, kind="stable")
    stops = np.cumsum(data.count).astype(int)
    for k, (stop, count) in enumerate(zip(stops, data.count.astype(int), strict=True)):
        rows = order[stop - count : stop]
        seen = data.seen[k]
        w = np.zeros_like(at.sigma)
        w[np.ix_(seen, seen)] = np.linalg.inv(at.sigma[np.ix_(seen, seen)])
        u = np.where(seen, data.y[rows] - at.mu, 0.0) @ w
        made[rows] = cell_scores(model, at, u, cell_gradient(model, at, w, np.zeros(at.mu.size))[None, :] / 2)
    return gathered(model.cells, q, made)


def saturated_model(p: int) -> Ram:
    """The unrestricted model of p variables: every mean and covariance its own parameter."""
    row, column = np.tril_indices(p)
    count = row.size
    return Ram(
        np.zeros((p, p)),
        np.zeros((p, p)),
        np.zeros(p),
        Cells.of([], [], []),
        Cells(row, column, np.arange(count)),
        Cells(np.arange(p), np.zeros(p, dtype=np.intp), count + np.arange(p)),
        p,
    )


def _pairs(p: int) -> int:
    return p * (p - 1) // 2


def _baseline_model(p: int, exogenous: Sequence[int]) -> Ram:
    """Independence, but for covariances among `exogenous`: variances, means, then those covariances."""
    place = np.arange(p)
    rows, columns = _exogenous_pairs(exogenous)
    return Ram(
        np.zeros((p, p)),
        np.zeros((p, p)),
        np.zeros(p),
        Cells.of([], [], []),
        Cells(np.append(place, rows), np.append(place, columns), np.append(place, 2 * p + np.arange(rows.size))),
        Cells(place, np.zeros(p, dtype=np.intp), p + place),
        p,
    )


def _exogenous_pairs(exogenous: Sequence[int]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    where = np.sort(np.asarray(exogenous, dtype=np.intp))
    row, column = np.tril_indices(where.size, -1)
    return where[row], where[column]


def _baseline_deviance(data: Patterns, exogenous: Sequence[int]) -> float:
    """-2 log likelihood of the baseline model; exogenous columns have no missing values and their covariances are free."""
    deviance = independent_deviance(data)
    if len(exogenous) > 1:
        where = list(exogenous)
        covariance = np.cov(data.y[:, where], rowvar=False, bias=True)
        apart = float(np.log(np.diagonal(covariance)).sum() - np.linalg.slogdet(covariance)[1])
        deviance -= data.n * apart
    return deviance


def _unrestricted(data: Patterns, free: Saturated, *, with_scores: bool) -> Unrestricted:
    """Information, and products of the scores where asked for, in the saturated model."""
    p = free.mu.size
    model = saturated_model(p)
    row, column = np.tril_indices(p)
    at = implied(model, np.concatenate([free.sigma[row, column], free.mu]))
    info = information(data, free.moments, directions(model, at), observed=True)
    meat = np.zeros_like(info)
    if with_scores:
        scores = _scores(Group(model, data), at, model.cells.size)
        meat = scores.T @ scores
    return Unrestricted(free.sigma, free.mu, data.n, info, meat)


def _independent(data: Patterns, exogenous: Sequence[int]) -> tuple[Group, Implied]:
    """The baseline model of one group at its estimates."""
    rows, columns = _exogenous_pairs(exogenous)
    p = data.y.shape[1]
    seen = data.count @ data.seen
    mu = (data.count @ data.mean) / seen
    off = np.where(data.seen, data.mean - mu, 0.0)
    variance = (np.einsum("k,kii->i", data.count, data.cross) + data.count @ off**2) / seen
    shared = [np.cov(data.y[:, [i, j]], rowvar=False, bias=True)[0, 1] for i, j in zip(rows, columns, strict=True)]
    model = _baseline_model(p, exogenous)
    return Group(model, data), implied(model, np.concatenate([variance, mu, np.array(shared)]))


def _baseline_scaling(groups: Sequence[tuple[Group, Implied]], exogenous: int, trace_free: float) -> float | None:
    """Scaling of the baseline model's test."""
    trace, df = 0.0, 0
    for group, at in groups:
        found = moments(group.data, at.sigma, at.mu)
        if found is None:
            return None
        q = group.model.cells.size
        scores = _scores(group, at, q)
        point = Point(np.zeros(q), found.deviance, np.zeros(q), (at,), (found,))
        trace += float(np.trace(inverted(hessian([group], point) / 2) @ (scores.T @ scores)))
        df += _pairs(at.mu.size) - _pairs(exogenous)
    return (trace_free - trace) / df if df else None


__all__ = ["Optimum", "SemFit", "fit_sem", "saturated_model"]
