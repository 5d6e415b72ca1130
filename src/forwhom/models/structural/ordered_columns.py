"""Which columns hold ordered answers, how many categories they have, and what keeps them from being used as such."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from forwhom.models.structural.data import group_labels
from forwhom.models.structural.syntax import Row
from forwhom.problems import Problem

CATEGORIES = 20
"""More different answers than this are no categories."""


def ordered_names(rows: Sequence[Row], observed: Sequence[str], ordered: Sequence[str] | bool) -> tuple[str, ...]:
    """The ordered variables in the order of the model; True stands for all that is measured or explained."""
    if ordered is False:
        return ()
    if ordered is True:
        explained = {row.left for row in rows if row.operator == "~"} | {r.right for r in rows if r.operator == "=~"}
        return tuple(name for name in observed if name in explained)
    wanted = {ordered} if isinstance(ordered, str) else set(ordered)
    return (*(name for name in observed if name in wanted), *sorted(wanted - set(observed)))


def ordered_sizes(
    frame: pl.DataFrame, chosen: Sequence[str], observed: Sequence[str], group: str | None
) -> tuple[dict[str, int], list[Problem]]:
    """Categories of each ordered variable, and what is wrong with them: too many, or one that nobody of a group chose."""
    sizes: dict[str, int] = {}
    wrong: list[Problem] = []
    for name in chosen:
        if name not in observed:
            do = "Take it out of `ordered`, or write it in the model."
            wrong.append(Problem("model-ordered", do, column=name, found="it is ordered, but not in the model"))
            continue
        if name not in frame.columns or not (frame[name].dtype.is_numeric() or frame[name].dtype == pl.Boolean):
            continue
        values = _values(frame[name])
        if values.size > CATEGORIES:
            do = f"Take it out of `ordered`: more than {CATEGORIES} different values are no categories."
            wrong.append(Problem("model-ordered", do, column=name, found=f"{values.size} different values"))
            continue
        if values.size < 2:
            continue
        sizes[name] = int(values.size)
        wrong += _empty(frame, name, values, group)
    return sizes, wrong


def _values(column: pl.Series) -> np.ndarray:
    values = column.cast(pl.Float64).to_numpy()
    return np.unique(values[np.isfinite(values)])


def _empty(frame: pl.DataFrame, name: str, values: np.ndarray, group: str | None) -> list[Problem]:
    if group is None:
        return []
    wrong = []
    labels = np.array([str(value) for value in frame[group].to_list()])
    for label in group_labels(frame, group):
        own = _values(frame[name].filter(pl.Series(labels == label)))
        absent = np.setdiff1d(values, own)
        if absent.size:
            found = f"nobody in group {label} answered {', '.join(f'{value:g}' for value in absent)}"
            do = "Merge that category with its neighbour in every group, or leave the variable out."
            wrong.append(Problem("model-empty-category", do, column=name, found=found))
    return wrong


def ordered_problems(
    rows: Sequence[Row], sizes: Mapping[str, int], chosen: Sequence[str], theta: bool, fixed_x: bool
) -> list[Problem]:
    """Lines about thresholds and scales that cannot be meant, and places where ordered variables cannot stand."""
    wrong: list[Problem] = []
    explained = {row.left for row in rows if row.operator == "~"} | {r.right for r in rows if r.operator == "=~"}

    def add(row: Row, found: str, do: str) -> None:
        wrong.append(Problem("model-ordinal", do, row=row.line, found=found))

    given: set[str] = set()
    latent = {row.left for row in rows if row.operator == "=~"}
    named = {name for row in rows if row.operator in ("~~", "~1") for name in (row.left, row.right)}
    for row in rows:
        text = f"{row.left} {row.operator} {row.right}"
        if row.operator in ("|", "~*~") and row.left not in chosen:
            add(row, f"{text} is about an ordered variable, and {row.left} is not", "Name it in `ordered`.")
        elif row.operator == "|" and row.left in sizes and row.right not in _marks(sizes[row.left]):
            marks = ", ".join(_marks(sizes[row.left]))
            add(row, f"{row.left} has no threshold {row.right}; it has {marks}", "Correct the threshold.")
        elif row.operator == "~*~" and (row.left != row.right or theta):
            do = (
                'Use parameterisation="delta", or write the residual variance.' if theta else f"Write {row.left} twice."
            )
            add(row, f"{text} sets a scale", do)
        elif row.operator == "~~" and row.left == row.right and row.left in sizes and not theta:
            do = 'Use parameterisation="theta", or take the line out.'
            add(row, f"the residual variance of {row.left} follows from its scale", do)
        elif row.operator == "~" and row.right in sizes and row.right in explained and not theta:
            do = 'Use parameterisation="theta".'
            add(row, f"{row.right} is ordered and explains something", do)
        elif row.operator == "~" and row.right in chosen and row.right not in explained:
            do = f"Take {row.right} out of `ordered`: a predictor is taken as a number, or as several of 0 and 1."
            add(row, f"{row.right} is ordered, but only a predictor", do)
        elif row.operator == "~" and sizes and fixed_x and row.right not in latent | explained | named | given:
            given.add(row.right)
            do = "Use fixed_x=False, which models its distribution, or fit by group."
            add(
                row,
                f"{row.right} is an observed predictor taken as given, which is not built beside ordered variables",
                do,
            )
    return wrong


def _marks(size: int) -> list[str]:
    return [f"t{k}" for k in range(1, size)]


def ordered_equal(equal: Sequence[str], chosen: Sequence[str], theta: bool) -> list[Problem]:
    """What cannot be made equal across groups with, or without, ordered variables."""
    wrong = []
    if "thresholds" in equal and not chosen:
        do = "Name the ordered variables, or use intercepts."
        wrong.append(Problem("model-equal", do, found="thresholds belong to ordered variables, and there are none"))
    if "residuals" in equal and chosen and not theta:
        do = 'Use parameterisation="theta".'
        wrong.append(
            Problem("model-equal", do, found="residual variances of ordered variables follow from their scales")
        )
    return wrong


__all__ = ["ordered_equal", "ordered_names", "ordered_problems", "ordered_sizes"]
