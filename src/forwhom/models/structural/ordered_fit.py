"""Models of ordered answers: from the table of parameters and the numbers to a labelled fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.sem.dwls import DwlsFit, fit_dwls
from forwhom.kernels.sem.indices import Indices, indices
from forwhom.kernels.sem.ordered import Ordered, completed, responses
from forwhom.kernels.sem.ordered_moments import ordered_moments
from forwhom.kernels.sem.ram import Implied
from forwhom.models.structural.bootstrap import Draws, unlinked
from forwhom.models.structural.data import Groups
from forwhom.models.structural.estimates import estimates
from forwhom.models.structural.matrices import Entries, ram, starts
from forwhom.models.structural.result import Missing, Sem
from forwhom.models.structural.standardised import Here
from forwhom.models.structural.table import Kind, Model
from forwhom.models.structural.words import messages
from forwhom.problems import Problem, ProblemsFound, raise_if_errors

Array = NDArray[np.float64]
MANY_EMPTY = 0.1
"""Share of cells without anybody, over the tables of two ordered variables, from which the fit says so."""


def fitted_ordered(model: Model, numbers: Groups) -> DwlsFit:
    """Moments of every group, then the fit.

    Raises ProblemsFound for correlations that run to -1 or 1, answers that tell nothing, and models with more parameters than
    thresholds and correlations.
    """
    flags = np.array([name in model.ordered for name in model.observed])
    data = []
    for group, y in enumerate(numbers.y):
        place = f" in group {numbers.labels[group]}" if numbers.labels else ""
        _complete_categories(model, y, place)
        try:
            found = ordered_moments(y, flags)
        except ValueError as why:
            raise ProblemsFound([_refused(f"{why}{place}", model)]) from None
        raise_if_errors(
            Problem(
                "model-limit",
                "Take one of them out, or merge categories that few chose.",
                column=f"{model.observed[i]}, {model.observed[j]}",
                found=f"the correlation of the responses behind them runs to -1 or 1{place}: they say the same, or a cell of "
                "their table is empty",
            )
            for i, j in found.at_limit
        )
        data.append(found)
    models = [ordered_model(model, group) for group in range(model.groups)]
    try:
        return fit_dwls(models, data, starts(model, numbers.y))
    except ValueError as why:
        raise ProblemsFound([_refused(str(why), model)]) from None


def _complete_categories(model: Model, y: Array, place: str) -> None:
    """Persons may have been left out, and with them a category."""
    raise_if_errors(
        Problem(
            "model-empty-category",
            "Merge categories, or leave the variable out.",
            column=name,
            found=f"{np.unique(y[np.isfinite(y[:, i]), i]).size} of its {size} categories are left among the persons used{place}",
        )
        for name, size in model.sizes
        for i in [model.observed.index(name)]
        if np.unique(y[np.isfinite(y[:, i]), i]).size < size
    )


def _refused(why: str, model: Model) -> Problem:
    named = why
    for k in range(len(model.observed), 0, -1):
        for word in ("ariable", "ariables", "and", "tem", "tems"):
            named = named.replace(f"{word} {k} ", f"{word} {model.observed[k - 1]} ")
    return Problem("model-refused", "Take variables out, merge categories, or use more persons.", found=named)


def ordered_model(model: Model, group: int, *, linked: bool = True) -> Ordered:
    """The matrices, thresholds and scales of one group; linked : see `ram`."""
    sizes = dict(model.sizes)
    flags = np.array([name in sizes for name in model.observed])
    behind = [i for i, name in enumerate(model.observed) if name in sizes]
    item = np.repeat(behind, [sizes[model.observed[i]] - 1 for i in behind]).astype(np.intp)
    first = {i: int(np.flatnonzero(item == i)[0]) for i in behind}
    thresholds, scales = np.zeros(item.size), np.ones(len(model.observed))
    free = {operator: Entries(model.links if linked else None) for operator in ("|", "~*~")}
    for each in model.parameters:
        if each.group != group or each.operator not in free:
            continue
        place = model.observed.index(each.left)
        row = first[place] + int(each.right[1:]) - 1 if each.operator == "|" else place
        if each.free is not None:
            (thresholds if each.operator == "|" else scales)[row] = free[each.operator].add(row, 0, each.free)
        elif each.operator == "|":
            thresholds[row] = each.value or 0.0
        elif not model.theta:
            scales[row] = 1.0 if each.value is None else each.value
    matrices = ram(model, group, linked=linked)
    return Ordered(matrices, flags, item, thresholds, scales, free["|"].cells, free["~*~"].cells, model.theta)


def refitted_ordered(fit: DwlsFit, y: list[Array]) -> Array | None:
    """Estimates from other numbers, starting where the fit ended; None where there is no solution."""
    try:
        data = [ordered_moments(each, own.ordered) for each, own in zip(y, fit.data, strict=True)]
        if any((new.sizes != old.sizes).any() for new, old in zip(data, fit.data, strict=True)):
            return None
        found = fit_dwls(fit.models, data, fit.theta)
    except ValueError:
        return None
    return found.theta if found.converged else None


def labelled_ordered(
    model: Model,
    numbers: Groups,
    fit: DwlsFit,
    *,
    syntax: str,
    kind: Kind,
    missing: Missing,
    level: float,
    drawn: Draws | None,
) -> Sem:
    """Labels around what the kernel returned."""
    covariance = fit.covariance if fit.converged else np.full_like(fit.covariance, np.nan)
    theta, covariance, drawn = unlinked(model, fit.theta, covariance, drawn)
    parameters, defined = estimates(model, numbers.labels, theta, covariance, _implied_by(model), level, drawn)
    groups = len(fit.data)
    own, base = fit.test, fit.baseline
    plain = indices(own.chisq, own.df, base.chisq, base.df, n=fit.n - groups, groups=groups)
    scaled: Indices | None = None
    if own.adjusted is not None and base.adjusted is not None:
        scaled = indices(own.adjusted, own.df, base.adjusted, base.df, n=fit.n - groups, groups=groups)
    corrected = None
    if fit.robust is not None and fit.robust[1] > 0 and fit.robust[3] > 0:
        chisq, c, baseline, b = fit.robust
        corrected = indices(
            chisq, own.df, baseline, base.df, n=fit.n - groups, groups=groups, scaling=c, baseline_scaling=b
        )
    said = messages(model, fit, parameters, model.free) + _about_answers(fit)
    return Sem(
        syntax=syntax,
        kind=kind,
        missing=missing,
        robust=True,
        level=level,
        intervals="normal" if drawn is None else "bootstrap percentile",
        parameters=parameters,
        defined=defined,
        n=fit.n,
        groups=tuple(zip(numbers.labels, [each.n for each in fit.data], strict=True)) if numbers.labels else (),
        left_out=numbers.left_out,
        patterns=sum(np.unique(np.isfinite(y), axis=0).shape[0] for y in numbers.y),
        free=model.free,
        fit=plain,
        scaled=scaled,
        robust_fit=corrected,
        scaling=own.scaling,
        srmr=_srmr(fit),
        loglik=None,
        aic=None,
        bic=None,
        converged=fit.converged,
        messages=(*said, *(drawn.messages if drawn else ())),
        model=model,
        kernel=fit,
        estimator="DWLS",
        ordered=model.ordered,
        parameterisation="theta" if model.theta else "delta",
        shift=own.shift,
    )


def _implied_by(model: Model) -> Callable[[Array], Here]:
    models = [ordered_model(model, group, linked=False) for group in range(model.groups)]

    def here(theta: Array) -> Here:
        at = [responses(each, theta) for each in models]
        whole = [completed(each, own, scales, theta) for each, (own, scales) in zip(models, at, strict=True)]
        return whole, _following(model, at)

    return here


def _following(model: Model, at: Sequence[tuple[Implied, Array]]) -> dict[int, float]:
    """Residual variances (delta) or scales (theta) of ordered variables, by their place in the table of parameters."""
    made = {}
    for k, each in enumerate(model.parameters):
        if each.left not in model.ordered or each.left != each.right:
            continue
        i = model.observed.index(each.left)
        own, scales = at[each.group]
        if each.operator == "~~" and not model.theta:
            made[k] = float(scales[i] ** -2 - own.sigma[i, i])
        elif each.operator == "~*~" and model.theta:
            made[k] = float(scales[i])
    return made


def _srmr(fit: DwlsFit) -> float:
    """Root mean square residual of correlations; thresholds are left out, and the diagonal counts, as in lavaan."""
    total = 0.0
    for each, at in zip(fit.data, fit.predictions, strict=True):
        p = each.ordered.size
        one, two = np.triu_indices(p, 1)
        sd = np.sqrt(np.diagonal(each.matrix))
        pairs = slice(each.statistics.size - one.size, None)
        own = (each.statistics - at.values)[pairs] / (sd[one] * sd[two])
        first = each.item.size + int((~each.ordered).sum())
        variance = (each.statistics - at.values)[first : each.statistics.size - one.size] / sd[~each.ordered] ** 2
        total += each.n * float(np.sqrt((own @ own + variance @ variance) / (p * (p + 1) / 2)))
    return total / fit.n


def _about_answers(fit: DwlsFit) -> tuple[str, ...]:
    made = []
    if any(each.incomplete for each in fit.data):
        made.append(
            "Missing answers are left out pair by pair, which is right only where they are missing completely at random."
        )
    if any(float(np.linalg.eigvalsh(each.matrix)[0]) <= 0 for each in fit.data):
        made.append(
            "The correlations of the responses are not positive definite together, so no robust CFI, TLI and RMSEA are given: "
            "too few persons, or variables that say nearly the same."
        )
    empty = max(each.empty_cells for each in fit.data)
    if empty > MANY_EMPTY:
        made.append(
            f"{100 * empty:.0f} % of the cells of the tables of two variables hold nobody: correlations are unsteady there. "
            "Categories that few chose can be merged."
        )
    return tuple(made)


__all__ = ["fitted_ordered", "labelled_ordered", "ordered_model", "refitted_ordered"]
