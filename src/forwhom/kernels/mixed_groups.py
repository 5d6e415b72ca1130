"""Levels of a nested mixed model: their groups in an order in which children of one parent lie together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Unexplained share of the sum of squares of y that is rounding.
PERFECT = 1e-13


@dataclass(frozen=True, slots=True)
class Level:
    """One grouping factor with the columns whose coefficients vary between its groups.

    Z : (N, q) columns of the random effects, e.g. ones and time; (N,) is read as one column
    group : (N,) integer codes; -1 means "in no group of this factor" (partially nested trials)
    correlated : False for independent effects (lme4's ``||``): a diagonal covariance matrix
    label : word for the factor in messages, e.g. ``"therapist"``

    >>> Level(np.ones((4, 1)), np.array([0, 0, 1, 1]), label="patient").label
    'patient'
    """

    Z: NDArray[np.floating]
    group: NDArray[np.integer]
    correlated: bool = True
    label: str = ""


@dataclass(frozen=True, slots=True)
class Grouping:
    """The groups of one factor in the order of the blocks (children of one parent lie together).

    code : (G,) the caller's codes
    real : (G,) False for the stand-in groups of rows coded -1
    start : (parents,) first group of each parent; None at the outermost level
    """

    code: Ints
    real: NDArray[np.bool_]
    start: Ints | None


def name(labels: Sequence[str], level: int) -> str:
    """How a message calls a level: counted from the innermost, with its label if it has one."""
    return f"level {level + 1} ({labels[level]})" if labels[level] else f"level {level + 1}"


def checked(
    y: NDArray[np.floating], X: NDArray[np.floating], levels: Sequence[Level]
) -> tuple[Floats, Floats, list[Floats], list[Ints]]:
    """y, X, and per level Z and codes as arrays of the right shape. Raises ValueError when they are not."""
    if not levels:
        raise ValueError("A mixed model needs at least one level. Give one Level, or fit by least squares.")
    y, X = np.asarray(y, dtype=np.float64), np.asarray(X, dtype=np.float64)
    if y.ndim != 1 or X.ndim != 2 or len(X) != len(y) or X.shape[1] == 0:
        raise ValueError(f"y must be (N,) and X (N, p) with p > 0; they are {y.shape} and {X.shape}.")
    columns, codes = [], []
    for index, level in enumerate(levels):
        z = np.asarray(level.Z, dtype=np.float64)
        z = z[:, None] if z.ndim == 1 else z
        group = np.asarray(level.group)
        called = name([one.label for one in levels], index)
        if z.ndim != 2 or len(z) != len(y) or z.shape[1] == 0:
            raise ValueError(f"Z of {called} must be (N, q) with N = {len(y)}; it is {z.shape}.")
        if group.shape != y.shape or group.dtype.kind not in "iu":
            raise ValueError(f"group of {called} must be (N,) integer codes; it is {group.shape} {group.dtype}.")
        codes.append(group.astype(np.int64, copy=False))
        columns.append(z)
    return np.asarray(y, dtype=np.float64), np.asarray(X, dtype=np.float64), columns, codes


def runs(codes: list[Ints], labels: tuple[str, ...]) -> tuple[Ints | None, Ints, list[Ints]]:
    """Order that brings the rows of an innermost group together (None: they are), first rows, codes per group.

    Rows coded -1 get stand-in groups within each group of the next level: below -1, so they are never real codes.
    """
    effective: list[Ints] = [codes[-1]]
    for code in reversed(codes[:-1]):
        if (code < 0).any():
            _, position = np.unique(effective[0], return_inverse=True)
            code = np.where(code < 0, -1 - position, code)
        effective.insert(0, code)
    inner = effective[0]
    starts = np.flatnonzero(np.r_[True, inner[1:] != inner[:-1]])
    order = None
    heads = inner[starts]
    if len(heads) > 1 and not (np.diff(heads) > 0).all():
        order = np.argsort(inner, kind="stable")
        effective = [code[order] for code in effective]
        inner = effective[0]
        starts = np.flatnonzero(np.r_[True, inner[1:] != inner[:-1]])
    is_start = np.zeros(len(inner), dtype=bool)
    is_start[starts] = True
    for level, code in enumerate(effective[1:], start=1):
        if ((code[1:] != code[:-1]) & ~is_start[1:]).any():
            raise _not_nested(labels, level, 0)
    return order, starts, [code[starts] for code in effective]


def outer_groupings(codes: list[Ints], labels: tuple[str, ...]) -> tuple[list[Grouping], Ints, int]:
    """Groups of the levels above the innermost, the parent of each innermost group, and the number of parents."""
    n = len(codes[0])
    if len(codes) == 1:
        return [], np.zeros(n, dtype=np.int64), 1
    order = np.lexsort(tuple(codes[1:]))
    changed = np.zeros(n, dtype=bool)
    changed[0] = True
    index: list[Ints] = []
    heads: list[Ints] = []
    for code in reversed(codes[1:]):
        ordered = code[order]
        changed[1:] |= ordered[1:] != ordered[:-1]
        heads.insert(0, order[np.flatnonzero(changed)])
        index.insert(0, np.cumsum(changed) - 1)
    groupings = []
    for level, head in enumerate(heads):
        code = codes[level + 1][head]
        if len(np.unique(code)) != len(code):
            raise _not_nested(labels, level + 2, level + 1)
        start = None
        if level + 1 < len(heads):
            of_parent = np.empty(n, dtype=np.int64)
            of_parent[order] = index[level + 1]
            start = np.searchsorted(of_parent[head], np.arange(index[level + 1][-1] + 1))
        groupings.append(Grouping(code, code >= 0, start))
    parent = np.empty(n, dtype=np.int64)
    parent[order] = index[0]
    return groupings, parent, int(index[0][-1]) + 1


def _not_nested(labels: Sequence[str], outer: int, inner: int) -> ValueError:
    return ValueError(
        f"{name(labels, outer)} is not constant within the groups of {name(labels, inner)}: levels must be nested, "
        "innermost first. Give every inner group a code of its own, or leave one of the levels out."
    )


def refuse_too_few(n_rows: int, sizes: tuple[int, ...], n_groups: list[int], labels: tuple[str, ...]) -> None:
    """Raise ValueError when a level's variance cannot be told apart from the residual variance."""
    for level, (q, groups) in enumerate(zip(sizes, n_groups, strict=True)):
        called = name(labels, level)
        if groups < 2:
            raise ValueError(
                f"{called} has {groups} group(s): a variance between groups needs at least 2. Leave it out."
            )
        if n_rows <= groups * q:
            raise ValueError(
                f"{called} has {groups} groups with {q} random effect(s) each, and there are only {n_rows} rows: these "
                "cannot be told apart from the residual. Leave out a random effect or the level."
            )


def refuse_non_finite(
    rest: Floats, y: Floats, X: Floats, columns: list[Floats], zz: Floats, labels: tuple[str, ...]
) -> None:
    """Raise ValueError naming the inputs that hold absent or infinite values; the sums show cheaply whether any do."""
    if np.isfinite(rest).all() and np.isfinite(zz).all():
        return
    parts = [("y", y), ("X", X), *((f"Z of {name(labels, i)}", z) for i, z in enumerate(columns))]
    found = [
        f"{label} ({int((~np.isfinite(part)).sum())} values)" for label, part in parts if not np.isfinite(part).all()
    ]
    if found:
        raise ValueError(f"Absent or infinite values in {', '.join(found)}. Leave those rows out before fitting.")
    raise ValueError("Sums of squares overflow. Rescale the columns.")


def refuse_no_residual(products: Floats) -> None:
    """Raise ValueError when X alone fits y, from the cross-products of [X | y]."""
    scale = np.sqrt(np.maximum(np.diagonal(products), 1e-300))
    scaled = products / np.outer(scale, scale)
    left = scaled[-1, -1] - scaled[-1, :-1] @ np.linalg.solve(scaled[:-1, :-1], scaled[:-1, -1])
    if not left > PERFECT:
        raise ValueError("X fits y without error: there is no variance to estimate. Check y and the columns of X.")
