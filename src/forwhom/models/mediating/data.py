"""From a table to the arrays of a mediation model; rows left out are counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forwhom.models.mediating.roles import Roles, is_number, present
from forwhom.problems import Problem, ProblemsFound

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Numbers:
    """Arrays of the same rows.

    x (n, t), m (n, k), y (n,), c (n, p); person, cluster : (n,) codes, or None
    compared : (r,) words of each comparison; control (t,), treated (r, t)
    names : of the columns of x, m, c; left_out : (reason, rows); said : what to know of the coding
    """

    x: Array
    m: Array
    y: Array
    c: Array
    person: NDArray[np.int64] | None
    cluster: NDArray[np.int64] | None
    compared: tuple[str, ...]
    control: Array
    treated: Array
    names: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    left_out: tuple[tuple[str, int], ...]
    said: tuple[str, ...]


def numbers_of(frame: pl.DataFrame, roles: Roles, *, control: object, arms: bool, keep: frozenset[str]) -> Numbers:
    """Arrays of the rows that can be used.

    control : value of the treatment the others are compared with, None for the first; arms : numbers are labels of arms
    keep : columns in which values may be missing (NaN in the arrays)
    Raises ProblemsFound when no comparison can be made of the treatment.
    """
    said: list[str] = []
    x, x_names, compared, low, high = _treatment(frame[roles.treatment], control, arms, said)
    m = np.column_stack([_values(frame[each], roles.binary_mediator is not None, said) for each in roles.mediators])
    y = _values(frame[roles.outcome], roles.binary_outcome is not None, said)
    blocks, c_names = [np.empty((frame.height, 0))], []
    for each in roles.covariates:
        block, names = _indicators(frame[each])
        blocks.append(block)
        c_names += names
    c = np.column_stack(blocks)
    use = np.ones(frame.height, dtype=bool)
    left: list[tuple[str, int]] = []
    for _, name in roles.named:
        if name in keep:
            continue
        gone = use & _absent(frame[name])
        if gone.any():
            left.append((f"{name} is missing", int(gone.sum())))
            use &= ~gone
    if keep:
        gone = use & np.isnan(np.column_stack([m, y])).all(axis=1)
        if gone.any():
            left.append(("no value of mediators or outcome", int(gone.sum())))
            use &= ~gone
    if not use.any():
        raise ProblemsFound(
            [
                Problem(
                    "mediation-rows",
                    "Leave out the column with most missing values, or fill them by multiple imputation.",
                    found="no row has a value in every column of the model",
                )
            ]
        )
    return Numbers(
        x[use],
        m[use],
        y[use],
        c[use],
        _codes(frame, roles.person, use),
        _codes(frame, roles.cluster, use),
        compared,
        low,
        high,
        (x_names, roles.mediators, tuple(c_names)),
        tuple(left),
        tuple(said),
    )


def _absent(column: pl.Series) -> NDArray[np.bool_]:
    gone = column.is_null()
    if column.dtype.is_float():
        gone = gone | column.is_nan().fill_null(True)
    return np.asarray(gone.to_numpy(), dtype=bool)


def _codes(frame: pl.DataFrame, name: str | None, use: NDArray[np.bool_]) -> NDArray[np.int64] | None:
    if name is None:
        return None
    labels = np.array([str(each) for each in frame[name].to_list()])[use]
    return np.asarray(np.unique(labels, return_inverse=True)[1], dtype=np.int64)


def _floats(column: pl.Series) -> Array:
    return np.asarray(column.cast(pl.Float64).fill_null(float("nan")).to_numpy(), dtype=np.float64)


def _values(column: pl.Series, binary: bool, said: list[str]) -> Array:
    """Numbers; of a binary column 0 and 1, the second in sorted order being 1."""
    if not binary:
        return _floats(column)
    first, second = present(column).unique().sort().to_list()
    if (first, second) not in ((0, 1), (False, True)):
        said.append(f"{column.name}: 1 stands for {second}, 0 for {first}.")
    made = np.array([np.nan if each is None or each != each else float(each == second) for each in column.to_list()])
    return np.asarray(made, dtype=np.float64)


def _indicators(column: pl.Series) -> tuple[Array, list[str]]:
    """A number as it is; of text one column per value but the first."""
    if is_number(column):
        return _floats(column)[:, None], [column.name]
    levels = present(column).unique().sort().to_list()
    made = np.array([[float(value == level) for level in levels[1:]] for value in column.to_list()])
    return made, [f"{column.name}={level}" for level in levels[1:]]


def _treatment(
    column: pl.Series, control: object, arms: bool, said: list[str]
) -> tuple[Array, tuple[str, ...], tuple[str, ...], Array, Array]:
    """Columns (n, t), their names, words of the comparisons, control (t,) and treated (r, t)."""
    levels = present(column).unique().sort().to_list()
    number = is_number(column)
    if number and not arms and len(levels) > 2:
        values = _floats(column)
        middle = float(np.nanmean(values))
        if len(levels) <= 5:
            said.append(f"{column.name} has {len(levels)} values and is taken as a number, not as arms.")
        return (
            values[:, None],
            (column.name,),
            ("one unit more than the mean",),
            np.array([middle]),
            np.array([[middle + 1]]),
        )
    first = _reference(column, levels, control)
    others = [level for level in levels if level != first]
    compared = tuple(f"{_short(each)} against {_short(first)}" for each in others)
    if number and len(levels) == 2:
        ends = np.nanmin(_floats(column)), np.nanmax(_floats(column))
        low, high = (float(each) for each in (ends if first == levels[0] else ends[::-1]))
        return _floats(column)[:, None], (column.name,), compared, np.array([low]), np.array([[high]])
    made = np.array([[float(value == level) for level in others] for value in column.to_list()])
    names = tuple(f"{column.name}={_short(each)}" for each in others)
    return made, names, compared, np.zeros(len(others)), np.eye(len(others))


def _reference(column: pl.Series, levels: list[object], control: object) -> object:
    if control is None:
        return levels[0]
    for level in levels:
        if level == control or _short(level) == str(control):
            return level
    raise ProblemsFound(
        [
            Problem(
                "mediation-control",
                "Name the arm the others are compared with.",
                column=column.name,
                found=f"no row has {control!r}",
                possible=", ".join(_short(each) for each in levels),
            )
        ]
    )


def _short(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


__all__ = ["Numbers", "numbers_of"]
