"""From a table to the answers of each group, with everything that is wrong named at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forwhom.models.structural.data import group_labels
from forwhom.problems import Problem, raise_if_errors

Array = NDArray[np.float64]
FEWEST_PERSONS = 40
"""In each group; the smallest number for which intervals were checked."""
ADVISED_PERSONS = 200
MOST_CATEGORIES = 15


@dataclass(frozen=True, slots=True)
class Answered:
    """Answers by group.

    items : names; values : per item the answers in use, in rising order
    labels : of the groups, sorted; empty without groups
    codes : per group (n, J) place of each answer among its item's values, NaN where absent
    rows : per group the rows of the table these persons stand in
    left_out : (reason, rows) of rows that were not used
    height : rows of the table
    """

    items: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    labels: tuple[str, ...]
    codes: tuple[Array, ...]
    rows: tuple[NDArray[np.intp], ...]
    left_out: tuple[tuple[str, int], ...]
    height: int

    @property
    def places(self) -> tuple[str, ...]:
        """A name per group, "" without groups."""
        return self.labels or ("",)


def answered(
    frame: pl.DataFrame,
    items: Sequence[str],
    group: str | None,
    *,
    keep: NDArray[np.bool_] | None = None,
    whole: str = "",
) -> Answered:
    """The answers of each group.

    keep : (rows,) of the table to use, by default all; `whole` says in words why others are left out

    Raises ProblemsFound with every column that cannot be an item, and for too few persons.
    """
    raise_if_errors(_named(frame, items, group))
    raise_if_errors([problem for name in items for problem in _usable(frame[name], name)])
    y = np.column_stack([_floats(frame[name]) for name in items])
    use = np.ones(y.shape[0], dtype=bool) if keep is None else keep.copy()
    left: list[tuple[str, int]] = [(whole, int((~use).sum()))] if keep is not None and not use.all() else []
    labels = group_labels(frame, group)
    of_group = np.zeros(y.shape[0], dtype=int)
    if group is not None:
        shown = np.array([str(value) for value in frame[group].to_list()])
        of_group = np.select([shown == label for label in labels], list(range(len(labels))), default=-1)
    for bad, why in ((of_group < 0, f"no {group}"), (np.isnan(y).all(axis=1), "no answer to any item")):
        if (use & bad).any():
            left.append((why, int((use & bad).sum())))
            use &= ~bad
    rows = tuple(np.flatnonzero(use & (of_group == g)) for g in range(max(1, len(labels))))
    raise_if_errors(_enough(rows, labels, group))
    values = []
    wrong: list[Problem] = []
    codes = np.full_like(y, np.nan)
    for j, name in enumerate(items):
        there = use & np.isfinite(y[:, j])
        found = np.unique(y[there, j])
        if found.size < 2:
            shown_value = f"every answer is {found[0]:g}" if found.size else "it has no answer"
            wrong.append(Problem("item-constant", "Take it out: it tells nothing.", column=name, found=shown_value))
        values.append(tuple(float(value) for value in found))
        codes[there, j] = np.searchsorted(found, y[there, j])
    raise_if_errors(wrong)
    return Answered(tuple(items), tuple(values), labels, tuple(codes[r] for r in rows), rows, tuple(left), frame.height)


def _floats(column: pl.Series) -> Array:
    return column.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _named(frame: pl.DataFrame, items: Sequence[str], group: str | None) -> list[Problem]:
    wrong: list[Problem] = []
    known = ", ".join(frame.columns[:30])
    if len(items) < 3:
        wrong.append(
            Problem("item-few", "Name three items or more of one scale.", found=f"{len(items)} items are named")
        )
    twice = sorted({name for name in items if list(items).count(name) > 1})
    wrong += [Problem("item-twice", "Name it once.", column=name, found="the item is named twice") for name in twice]
    for name in dict.fromkeys(items):
        if name not in frame.columns:
            wrong.append(
                Problem(
                    "item-unknown", "Correct the name.", column=name, found="there is no such column", possible=known
                )
            )
    if group is not None and group not in frame.columns:
        wrong.append(
            Problem(
                "model-group",
                "Correct the name of the group's column.",
                column=group,
                found="there is no such column",
                possible=known,
            )
        )
    elif group is not None and len(group_labels(frame, group)) < 2:
        wrong.append(
            Problem("model-group", "Leave the group out.", column=group, found="there are fewer than two groups")
        )
    return wrong


def _usable(column: pl.Series, name: str) -> list[Problem]:
    if not (column.dtype.is_numeric() or column.dtype == pl.Boolean):
        return [
            Problem(
                "item-text", "Code the answers as numbers.", column=name, found=f"it holds {column.dtype}, no numbers"
            )
        ]
    values = _floats(column)
    values = values[~np.isnan(values)]
    if np.isinf(values).any():
        return [Problem("item-text", "Correct the column.", column=name, found="it holds infinite values")]
    found = np.unique(values)
    if (found != np.round(found)).any():
        return [
            Problem(
                "item-fraction",
                "Give answers as they were made, without filled-in or averaged values.",
                column=name,
                found=f"{found[found != np.round(found)][0]:g} is no whole number",
            )
        ]
    if found.size > MOST_CATEGORIES:
        return [
            Problem(
                "item-many",
                "Name the column of one item; or join answers to fewer categories.",
                column=name,
                found=f"it holds {found.size} different values, as a score does and an item does not",
            )
        ]
    if found.size < 2:
        shown = f"every answer is {found[0]:g}" if found.size else "it has no answer"
        return [Problem("item-constant", "Take it out: it tells nothing.", column=name, found=shown)]
    return []


def _enough(rows: Sequence[NDArray[np.intp]], labels: Sequence[str], group: str | None) -> list[Problem]:
    return [
        Problem(
            "item-persons",
            f"Use sums of items and their reliability, or wait for {FEWEST_PERSONS} persons"
            f"{' in every group' if labels else ''}; {ADVISED_PERSONS} or more give slopes worth reading.",
            column=group if labels else None,
            found=f"{each.size} persons{f' in {labels[g]}' if labels else ''}, fewer than the {FEWEST_PERSONS} that a "
            "graded response model needs",
        )
        for g, each in enumerate(rows)
        if each.size < FEWEST_PERSONS
    ]
