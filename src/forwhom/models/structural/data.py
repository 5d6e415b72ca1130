"""From a table to the numbers of each group, with everything that is wrong named at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forwhom.problems import Problem, raise_if_errors

Array = NDArray[np.float64]
SAME = 1e-6
"""Residual standard deviation over standard deviation below which a column is a weighted sum of others."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Numbers by group.

    labels : of the groups, sorted; empty without groups
    y : (n, p) per group, NaN where absent
    left_out : (reason, rows) of rows that were not used
    """

    labels: tuple[str, ...]
    y: tuple[Array, ...]
    left_out: tuple[tuple[str, int], ...]


def group_labels(frame: pl.DataFrame, group: str | None) -> tuple[str, ...]:
    """The groups in sorted order; numbers as numbers."""
    if group is None:
        return ()
    values = frame[group].drop_nulls()
    if values.dtype.is_float():
        values = values.drop_nans()
    return tuple(str(value) for value in values.unique().sort().to_list())


def check_columns(frame: pl.DataFrame, observed: Sequence[str], group: str | None) -> list[Problem]:
    """Problems of the columns a model takes: text, nothing there, one value only."""
    wrong: list[Problem] = []
    if group is not None and group not in frame.columns:
        wrong.append(
            Problem(
                "model-group",
                "Correct the name of the group's column.",
                column=group,
                found="there is no such column",
                possible=", ".join(frame.columns[:30]),
            )
        )
    elif group is not None and len(group_labels(frame, group)) < 2:
        wrong.append(
            Problem("model-group", "Leave the group out.", column=group, found="there are fewer than two groups")
        )
    for name in observed:
        if name not in frame.columns:
            continue
        why = _unusable(frame[name])
        if why:
            wrong.append(
                Problem("model-column", "Correct the column, or take it out of the model.", column=name, found=why)
            )
    return wrong


def _unusable(column: pl.Series) -> str:
    if not (column.dtype.is_numeric() or column.dtype == pl.Boolean):
        return f"it holds {column.dtype}, not numbers{_first_text(column)}"
    values = column.cast(pl.Float64).to_numpy()
    there = values[np.isfinite(values)] if values.size else values
    if np.isinf(values).any():
        return "it holds infinite values"
    if there.size == 0:
        return "it has no value"
    if float(np.ptp(there)) == 0.0:
        return f"every value is {there[0]:g}"
    return ""


def _first_text(column: pl.Series) -> str:
    """Where the first value stands that is no number."""
    if column.dtype != pl.String:
        return ""
    bad = column.is_not_null() & column.cast(pl.Float64, strict=False).is_null()
    if not bad.any():
        return ", though every value reads as one: make it a column of numbers"
    where = int(bad.arg_true()[0])
    return f": {column[where]!r} in row {where + 1}"


def groups_of(
    frame: pl.DataFrame,
    observed: Sequence[str],
    exogenous: Sequence[str],
    group: str | None,
    *,
    listwise: bool,
    sums: bool = True,
) -> Groups:
    """Numbers of each group, rows that cannot be used left out and counted.

    exogenous : columns taken as given, in which nothing may be missing
    sums : whether columns that are weighted sums of others are refused

    Raises ProblemsFound for columns without variance in a group, pairs never seen together, and columns that are sums of others.
    """
    y = np.column_stack([frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy() for name in observed])
    keep = np.ones(y.shape[0], dtype=bool)
    left: list[tuple[str, int]] = []

    def leave(bad: NDArray[np.bool_], why: str) -> None:
        gone = keep & bad
        if gone.any():
            left.append((why, int(gone.sum())))
            keep[gone] = False

    labels = group_labels(frame, group)
    codes = np.zeros(y.shape[0], dtype=int)
    if group is not None:
        shown = np.array([str(value) for value in frame[group].to_list()])
        codes = np.select([shown == label for label in labels], list(range(len(labels))), default=-1)
        leave(codes < 0, f"no {group}")
    absent = np.isnan(y)
    leave(absent.all(axis=1), "no value in any variable of the model")
    if listwise:
        leave(absent.any(axis=1), "a value is missing")
    else:
        where = [list(observed).index(name) for name in exogenous]
        leave(absent[:, where].any(axis=1), "a value is missing in a predictor taken as given")
    made = tuple(y[keep & (codes == k)] for k in range(max(1, len(labels))))
    raise_if_errors(
        [problem for k, part in enumerate(made) for problem in _checked(part, observed, labels[k : k + 1], sums)]
    )
    return Groups(labels, made, tuple(left))


def _checked(y: Array, observed: Sequence[str], label: tuple[str, ...], sums: bool) -> list[Problem]:
    """What keeps the moments of one group from being known."""
    place = f" in group {label[0]}" if label else ""
    p = len(observed)
    if y.shape[0] <= p:
        found = f"{y.shape[0]} persons{place} for {p} variables: their covariances cannot all be known"
        return [Problem("model-too-few", "Use fewer variables, such as sum scores, or more persons.", found=found)]
    there = np.isfinite(y)
    constant = [
        Problem(
            "model-column",
            "Take it out of the model.",
            column=name,
            found=f"it has {'one value only' if there[:, i].any() else 'no value'}{place}",
        )
        for i, name in enumerate(observed)
        if np.unique(y[there[:, i], i]).size < 2
    ]
    together = there.T.astype(int) @ there
    apart = [
        Problem(
            "model-apart",
            "Take one of them out, or use data in which both were asked of the same persons.",
            column=f"{observed[i]}, {observed[j]}",
            found=f"never seen together{place}, so their covariance is unknown",
        )
        for i, j in combinations(range(p), 2)
        if together[i, j] < 2
    ]
    return constant or apart or (_sums(y, observed, place) if sums else [])


def _sums(y: Array, observed: Sequence[str], place: str) -> list[Problem]:
    """Columns that are weighted sums of earlier ones, among persons without missing values: no covariance matrix of theirs
    has an inverse."""
    whole = y[np.isfinite(y).all(axis=1)]
    if whole.shape[0] < len(observed) + 2:
        return []
    off = whole - whole.mean(axis=0)
    size = np.sqrt((off**2).sum(axis=0))
    off = off / np.where(size > 0, size, 1.0)
    kept: list[int] = []
    wrong = []
    for j, name in enumerate(observed):
        if kept and size[j] > 0:
            weight = np.linalg.lstsq(off[:, kept], off[:, j], rcond=None)[0]
            if float(np.linalg.norm(off[:, j] - off[:, kept] @ weight)) < SAME:
                parts = [observed[k] for k, own in zip(kept, weight, strict=True) if abs(own) > SAME]
                what = (
                    f"a weighted sum of {', '.join(parts)}" if len(parts) > 1 else f"the same as {parts[0]}, rescaled"
                )
                wrong.append(
                    Problem(
                        "model-column",
                        "Take one of them out of the model: together they say nothing more.",
                        column=name,
                        found=f"it is {what}{place}, so that the covariance matrix is singular",
                    )
                )
                continue
        kept.append(j)
    return wrong
