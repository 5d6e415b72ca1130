"""Which rows of a table a model can use, and what keeps it from using the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forwhom.models.mixed_effects.formula import Formula
from forwhom.models.mixed_effects.grammar import columns_in
from forwhom.models.mixed_effects.variables import Floats, Ints, Learned
from forwhom.problems import Problem, ProblemsFound

Kind = Literal["number", "binary", "count"]


def problem(code: str, found: str, do: str, column: str | None = None, possible: str = "") -> Problem:
    """A problem of the model or of a column."""
    return Problem(code, do, column=column, found=found, possible=possible)


def _columns_of(formula: Formula) -> dict[str, None]:
    return dict.fromkeys(name for node in formula.nodes.values() for name in columns_in(node))


def unknown(
    formula: Formula, frame: pl.DataFrame, weights: str | None, extra: Sequence[str], learned: Learned
) -> list[Problem]:
    """Columns that are not there, levels of no factor, a formula without random effects."""
    asked = dict.fromkeys([*_columns_of(formula), *([weights] if weights else []), *extra])
    possible = ", ".join(frame.columns[:30])
    wrong = [
        problem(
            "model-column",
            "there is no such column",
            "Correct the name, or make a column of that name.",
            name,
            possible,
        )
        for name in asked
        if name not in frame.columns
    ]
    wrong += [
        problem("model-column", f"it holds {frame[name].dtype}, not numbers", "Give a column of numbers.", name)
        for name in (*([weights] if weights else []), *extra)
        if name in frame.columns and not frame[name].dtype.is_numeric()
    ]
    wrong += [
        problem(
            "model-levels", "levels are given for it, but it is no variable of the model", "Correct the name.", name
        )
        for name in dict.fromkeys([*learned.levels, *learned.reference])
        if name not in asked
    ]
    if not formula.bars:
        wrong.append(
            problem(
                "model-formula",
                "the formula has no random effect",
                "Add one, such as (1 | person); without, this is ordinary regression.",
            )
        )
    return wrong


def complete(
    formula: Formula, frame: pl.DataFrame, weights: str | None, extra: Sequence[str], outcome: Kind
) -> tuple[pl.DataFrame, Ints, tuple[tuple[str, int], ...]]:
    """Rows in which nothing is absent; every other row is counted with the first column that is absent in it."""
    asked = dict.fromkeys([*_columns_of(formula), *([weights] if weights else []), *extra])
    frame = frame.select(list(asked))
    keep: NDArray[np.bool_] | None = None
    left = []
    for name in asked:
        column = frame[name]
        if column.dtype.is_float() and column.is_nan().any():
            column = column.fill_nan(None)
        if not column.null_count():
            continue
        absent = column.is_null().to_numpy()
        gone = absent if keep is None else absent & keep
        if gone.any():
            left.append((f"no {name}", int(gone.sum())))
        keep = ~absent if keep is None else keep & ~absent
    if keep is None:
        return frame, np.arange(frame.height), ()
    used = frame.filter(pl.Series(keep))
    if used.height == 0:
        raise ProblemsFound(
            [
                problem(
                    "model-rows",
                    f"no row has a value in every column of the model ({'; '.join(f'{n} with {why}' for why, n in left)})",
                    "Take out the variable that is hardly ever there.",
                )
            ]
        )
    return used, np.flatnonzero(keep), tuple(left)


def weights_of(used: pl.DataFrame, weights: str | None, wrong: list[Problem]) -> Floats | None:
    """Weights (N,); what is wrong with them is added to `wrong`."""
    if weights is None:
        return None
    values = used[weights].cast(pl.Float64).to_numpy()
    bad = int((~(np.isfinite(values) & (values > 0))).sum())
    if bad:
        found = f"{bad} weights are 0, negative or infinite"
        wrong.append(problem("model-weights", found, "Leave those rows out; weights must be above 0.", weights))
    return values
