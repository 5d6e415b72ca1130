"""Structural equation models: the syntax of lavaan and a table in, a labelled fit out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from forwhom.kernels.sem.fit import SemFit, fit_sem
from forwhom.kernels.sem.indices import Indices, indices, srmr
from forwhom.models.frames import frame_of
from forwhom.models.structural.bootstrap import Draws, draws
from forwhom.models.structural.data import Groups, groups_of
from forwhom.models.structural.expression import Value, defined_values
from forwhom.models.structural.matrices import ram, starts
from forwhom.models.structural.prepare import prepare
from forwhom.models.structural.result import Estimate, Missing, Sem
from forwhom.models.structural.standardised import standardised
from forwhom.models.structural.table import Kind, Model
from forwhom.models.structural.words import messages
from forwhom.problems import Problem, ProblemsFound

Array = NDArray[np.float64]
LOG_2PI = float(np.log(2 * np.pi))


def sem(
    syntax: str,
    data: Any,
    *,
    group: str | None = None,
    missing: Missing = "fiml",
    robust: bool = False,
    kind: Kind = "sem",
    std_lv: bool = False,
    fixed_x: bool = True,
    group_equal: Sequence[str] = (),
    level: float = 0.95,
    bootstrap: int = 0,
    rng: np.random.Generator | None = None,
) -> Sem:
    """Fit a structural equation model by maximum likelihood.

    syntax : lavaan's: =~ ~ ~~ ~1 := ==, labels, fixed values, start(), c(…) per group in the sorted order of the groups
    data : data frame (polars, pandas, pyarrow …) or mapping of names to columns; absent values null or NaN
    group : column of groups, each with parameters of its own but for equal labels and `group_equal`
    missing : "fiml" takes every observed value (missing at random); "listwise" persons without missing values, with
        standard errors from the expected information, as lavaan has it
    robust : MLR: sandwich standard errors and scaled tests (Yuan & Bentler, 2000)
    kind : "sem" (also confirmatory factor analysis), "growth" (intercepts of indicators 0, latent means free), "plain"
        (nothing added but intercepts)
    std_lv : latent variances 1 instead of first loadings 1
    fixed_x : observed predictors are taken as given: no parameters of theirs, and rows in which one is missing are left
        out; False models their joint normal distribution and keeps those rows
    group_equal : loadings, intercepts, residuals, means, lv_variances, regressions
    bootstrap : draws of persons, within groups, for standard errors and percentile intervals; needs `rng`

    Means are always modelled. Raises ProblemsFound with everything that is wrong with the syntax or the data; an improper
    or unsettled solution is returned, and said in `messages`.

    >>> rng = np.random.default_rng(1)
    >>> trait = rng.standard_normal(300)
    >>> data = {f"x{i}": trait + rng.standard_normal(300) for i in range(1, 5)}
    >>> fit = sem("f =~ x1 + x2 + x3 + x4", data)
    >>> fit.converged, fit.fit.df, fit["f=~x1"].estimate
    (True, 2, 1.0)
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; it must lie between 0 and 1.")
    if bootstrap and rng is None:
        raise ValueError("a bootstrap needs rng, such as np.random.default_rng(1).")
    frame = frame_of(data)
    model = prepare(syntax, frame, group=group, kind=kind, std_lv=std_lv, fixed_x=fixed_x, equal=group_equal)
    numbers = groups_of(frame, model.observed, model.exogenous, group, listwise=missing == "listwise")
    expected = missing == "listwise" and not robust
    fit = fitted(model, numbers, robust=robust, expected=expected)
    drawn = draws(model, numbers, fit, bootstrap, rng) if bootstrap and rng is not None and fit.converged else None
    return labelled(
        model, numbers, fit, syntax=syntax, kind=kind, missing=missing, robust=robust, level=level, drawn=drawn
    )


def fitted(model: Model, numbers: Groups, *, robust: bool, expected: bool) -> SemFit:
    """Run the kernel; what it refuses becomes a Problem."""
    try:
        return fit_sem(
            [ram(model, group) for group in range(model.groups)],
            numbers.y,
            starts(model, numbers.y),
            robust=robust,
            expected=expected,
            exogenous=[model.observed.index(name) for name in model.exogenous],
        )
    except ValueError as why:
        singular = "the information is singular: the model, or the unrestricted one, is not identified in these data"
        found = singular if isinstance(why, np.linalg.LinAlgError) else str(why)
        do = "Look for variables that are sums of others, for too many parameters, or give start values: start(0.5)*x."
        raise ProblemsFound([Problem("model-refused", do, found=found)]) from None


def labelled(
    model: Model,
    numbers: Groups,
    fit: SemFit,
    *,
    syntax: str,
    kind: Kind,
    missing: Missing,
    robust: bool,
    level: float,
    drawn: Draws | None = None,
) -> Sem:
    """Labels around what the kernel returned."""
    parameters, defined = _estimates(model, numbers, fit, level, drawn)
    given = len(model.exogenous)
    free = model.free - model.groups * given * (given + 3) // 2
    loglik = fit.loglik - sum(_given_loglik(model, y) for y in numbers.y)
    moments = [(at.sigma, at.mu) for at in fit.observed], [(at.sigma, at.mu) for at in fit.implied]
    sizes = [group.data.n for group in fit.groups]
    plain, scaled, corrected = _indices(fit)
    said = messages(model, fit, parameters, free)
    said += tuple(
        f"{each.left} := {each.right} has no value here." for each in defined if not np.isfinite(each.estimate)
    )
    return Sem(
        syntax=syntax,
        kind=kind,
        missing=missing,
        robust=robust,
        level=level,
        intervals="normal" if drawn is None else "bootstrap percentile",
        parameters=parameters,
        defined=defined,
        n=fit.n,
        groups=tuple(zip(numbers.labels, sizes, strict=True)) if numbers.labels else (),
        left_out=numbers.left_out,
        patterns=sum(group.data.count.size for group in fit.groups),
        free=free,
        fit=plain,
        scaled=scaled,
        robust_fit=corrected,
        scaling=fit.scaling,
        srmr=srmr(*moments, sizes),
        loglik=loglik,
        aic=2 * free - 2 * loglik,
        bic=free * float(np.log(fit.n)) - 2 * loglik,
        converged=fit.converged,
        messages=(*said, *(drawn.messages if drawn else ())),
        model=model,
        kernel=fit,
    )


def _given_loglik(model: Model, y: Array) -> float:
    """Log likelihood of the predictors taken as given, which is no part of the model's."""
    if not model.exogenous:
        return 0.0
    x = y[:, [model.observed.index(name) for name in model.exogenous]]
    covariance = np.atleast_2d(np.cov(x, rowvar=False, bias=True))
    return float(-x.shape[0] / 2 * (x.shape[1] * (LOG_2PI + 1) + np.linalg.slogdet(covariance)[1]))


def _indices(fit: SemFit) -> tuple[Indices, Indices | None, Indices | None]:
    """Plain, scaled and robust; robust ones only for complete data, for which their correction is derived."""
    own, base = (fit.chisq, fit.df), (fit.baseline_chisq, fit.baseline_df)
    groups = len(fit.groups)
    plain = indices(*own, *base, n=fit.n, groups=groups)
    c, b = fit.scaling, fit.baseline_scaling
    # Scalings are not finite where the information is singular; negative ones come with misfit in tiny samples.
    if c is None or b is None or not (0 < c < np.inf and 0 < b < np.inf):
        return plain, None, None
    scaled = indices(own[0] / c, own[1], base[0] / b, base[1], n=fit.n, groups=groups)
    if not all(group.data.complete for group in fit.groups):
        return plain, scaled, None
    return plain, scaled, indices(*own, *base, n=fit.n, groups=groups, scaling=c, baseline_scaling=b)


def _estimates(
    model: Model, numbers: Groups, fit: SemFit, level: float, drawn: Draws | None
) -> tuple[tuple[Estimate, ...], tuple[Estimate, ...]]:
    covariance = fit.covariance if fit.robust is None else fit.robust
    covariance = covariance if fit.converged else np.full_like(covariance, np.nan)
    variance = np.diagonal(covariance)
    std = standardised(model, fit.theta, fit.implied)
    z = float(ndtri((1 + level) / 2))
    taken = set(model.exogenous)
    made = []
    for k, each in enumerate(model.parameters):
        free = each.free is not None and not (
            each.operator in ("~~", "~1") and {each.left, each.right or each.left} <= taken
        )
        value = float(fit.theta[each.free]) if each.free is not None else float(each.value or 0.0)
        se = low = high = None
        if free and each.free is not None:
            se, low, high = _spread(value, float(variance[each.free]), z)
            if drawn is not None:
                se, low, high = drawn.of(drawn.theta[:, each.free], level)
        label = numbers.labels[each.group] if numbers.labels else None
        made.append(
            _estimate((each.left, each.operator, each.right), label, each.label, value, se, (low, high), std[k], free)
        )
    return tuple(made), _defined(model, fit.theta, covariance, std, level, drawn)


def _spread(value: float, variance: float, z: float) -> tuple[float | None, float | None, float | None]:
    if not variance > 0:
        return None, None, None
    se = float(np.sqrt(variance))
    return se, value - z * se, value + z * se


def _estimate(
    named: tuple[str, str, str],
    group: str | None,
    label: str,
    value: float,
    se: float | None,
    interval: tuple[float | None, float | None],
    std: float | None,
    free: bool,
) -> Estimate:
    z = value / se if se else None
    p = None if z is None else float(2 * ndtr(-abs(z)))
    return Estimate(*named, group, label, value, se, z, p, *interval, std, free)


def label_values(model: Model, theta: Array) -> dict[str, Value]:
    """Value and derivatives of every labelled parameter."""
    made: dict[str, Value] = {}
    for each in model.parameters:
        if each.label and each.label not in made:
            slope = np.zeros(theta.size)
            if each.free is not None:
                slope[each.free] = 1.0
            value = float(theta[each.free]) if each.free is not None else float(each.value or 0.0)
            made[each.label] = Value(value, slope)
    return made


def _defined(
    model: Model, theta: Array, covariance: Array, std: Sequence[float | None], level: float, drawn: Draws | None
) -> tuple[Estimate, ...]:
    """Defined parameters with the delta method, or from the draws."""
    if not model.defined:
        return ()
    q = theta.size
    values = defined_values(model.defined, label_values(model, theta), q)
    first: dict[str, Value] = {}
    for each, share in zip(model.parameters, std, strict=True):
        if each.label and each.label not in first:
            first[each.label] = Value(np.nan if share is None else share, np.zeros(q))
    standard = defined_values(model.defined, first, q)
    of_draws = None
    if drawn is not None:
        of_draws = np.array(
            [
                [value.value for _, value in defined_values(model.defined, label_values(model, t), q)]
                for t in drawn.theta
            ]
        )
    z = float(ndtri((1 + level) / 2))
    made = []
    for k, ((name, text), (_, value), (_, plain)) in enumerate(zip(model.defined, values, standard, strict=True)):
        se, low, high = _spread(value.value, float(value.slope @ covariance @ value.slope), z)
        if drawn is not None and of_draws is not None:
            se, low, high = drawn.of(of_draws[:, k], level)
        shown = plain.value if np.isfinite(plain.value) else None
        made.append(_estimate((name, ":=", text), None, "", value.value, se, (low, high), shown, True))
    return tuple(made)


__all__ = ["fitted", "label_values", "labelled", "sem"]
