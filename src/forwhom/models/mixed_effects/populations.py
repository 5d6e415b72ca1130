"""Shares and counts of populations from a generalised mixed model, by the values of one column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from forwhom.kernels.glmm_families import inverse_link
from forwhom.kernels.glmm_marginal import marginal_means
from forwhom.models.mixed_effects.generalised_result import PopulationMean
from forwhom.models.mixed_effects.rows import problem
from forwhom.models.mixed_effects.variables import FACTOR
from forwhom.problems import Problem, raise_if_errors

if TYPE_CHECKING:
    from forwhom.models.mixed_effects.generalised_result import Generalised

# A column of numbers with more values than this is no grouping of persons.
MOST_VALUES = 12


def population_means(fit: Generalised, by: str, at: Mapping[str, Any]) -> tuple[PopulationMean, ...]:
    """Means by the values of a column, and their differences from the first. Raises ProblemsFound."""
    from scipy.special import ndtri

    raise_if_errors(_wrong(fit, by, at))
    frame = fit.rows.with_columns(**{name: pl.lit(value) for name, value in at.items()})
    values = _values(fit, by)
    tables = [fit.design.new_columns(frame.with_columns(_column(fit, by, value))) for value in values]
    made = marginal_means(
        fit.kernel, [x for x, _, _, _ in tables], [z for _, z, _, _ in tables], offset=[o for *_, o in tables],
        level=fit.level,
    )  # fmt: skip
    width = float(ndtri((1 + fit.level) / 2))
    known = fit.converged
    found = []
    for k, (value, (x, _, _, offset)) in enumerate(zip(values, tables, strict=True)):
        typical = float(inverse_link(fit.link, x @ fit.kernel.beta + offset)[0].mean())
        mean, ends = float(made.mean[k]), (float(made.low[k]), float(made.high[k]))
        found.append(_mean(_word(value), mean, float(made.se[k]), ends, typical, known))
    for k in range(1, len(values)):
        difference = float(made.mean[k] - made.mean[0])
        weights = np.zeros(len(values))
        weights[k], weights[0] = 1.0, -1.0
        se = float(np.sqrt(weights @ made.covariance @ weights))
        ends = (difference - width * se, difference + width * se)
        found.append(_mean(f"{_word(values[k])} - {_word(values[0])}", difference, se, ends, None, known))
    return tuple(found)


def _mean(
    value: str, mean: float, se: float, ends: tuple[float, float], typical: float | None, known: bool
) -> PopulationMean:
    """Without an interval where the search did not end at a maximum."""
    low, high = ends if known else (None, None)
    return PopulationMean(value, mean, se if known else None, low, high, typical)


def _word(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _wrong(fit: Generalised, by: str, at: Mapping[str, Any]) -> list[Problem]:
    """Columns that are not in the model, and columns with too many values to compare."""
    nodes = fit.design.formula
    from forwhom.models.mixed_effects.grammar import columns_in

    used = dict.fromkeys(
        name for text, node in nodes.nodes.items() if text != nodes.response for name in columns_in(node)
    )
    wrong = [
        problem("model-population", "it is no column of the model", "Name one.", name, ", ".join(used))
        for name in dict.fromkeys([by, *at])
        if name not in used
    ]
    if not wrong and by in at:
        wrong.append(problem("model-population", f"{by} is held and compared at once", "Leave it out of one.", by))
    if not wrong and len(_values(fit, by)) > MOST_VALUES:
        found = f"it has {len(_values(fit, by))} values"
        wrong.append(problem("model-population", found, f"Compare by a column of at most {MOST_VALUES}.", by))
    return wrong


def _values(fit: Generalised, by: str) -> list[Any]:
    """Levels in the order of the fit, or sorted numbers."""
    for key in (by, *(f"{function}({by})" for function in FACTOR)):
        if key in fit.design.learned.levels:
            return list(fit.design.learned.levels[key])
    return fit.rows[by].unique().sort().to_list()


def _column(fit: Generalised, by: str, value: Any) -> pl.Series:
    column = fit.rows[by]
    if column.dtype in (pl.Enum, pl.Categorical):
        return pl.Series(by, [str(value)] * len(column), dtype=pl.String)
    if column.dtype == pl.Boolean and isinstance(value, str):
        value = value.lower() == "true"
    return pl.Series(by, [value] * len(column)).cast(column.dtype)


__all__ = ["population_means"]
