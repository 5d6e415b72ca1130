"""Linear equations between labels: which numbers are then still free, and how the others follow from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forwhom.models.structural.expression import Value, defined_values, evaluate
from forwhom.models.structural.syntax import Row
from forwhom.problems import Problem, ProblemsFound

Array = NDArray[np.float64]
ZERO = 1e-10
"""Of the largest coefficient of its equation, below which a coefficient is no coefficient."""


@dataclass(frozen=True, slots=True)
class Links:
    """Numbers of the table, (m,), as base (m,) + slope (m, q) times the free ones; own : (q,) which of them these are."""

    base: Array
    slope: Array
    own: NDArray[np.intp]

    def every(self, theta: Array) -> Array:
        """All numbers from the free ones, for (q,) or (b, q)."""
        made: Array = self.base + theta @ self.slope.T
        return made

    def covariance(self, covariance: Array) -> Array:
        """Covariance (m, m) of all numbers."""
        made: Array = self.slope @ covariance @ self.slope.T
        return made


def links(
    equations: Sequence[Row], labels: dict[str, int | float], defined: Sequence[tuple[str, str]], count: int
) -> Links | None:
    """Solve the equations for as many numbers as there are equations; None without equations.

    labels : number (int) behind each label, or the value (float) it is fixed at; count : m

    Raises ProblemsFound for equations that are not linear, and for those that contradict others.
    """
    if not equations:
        return None
    rows, right, wrong = [], [], []
    for each in equations:
        found = _linear(each, labels, defined, count)
        if isinstance(found, Problem):
            wrong.append(found)
        else:
            rows.append(found[0])
            right.append(found[1])
    if wrong:
        raise ProblemsFound(wrong)
    return _solved(np.array(rows), np.array(right), equations)


def _linear(
    row: Row, labels: dict[str, int | float], defined: Sequence[tuple[str, str]], count: int
) -> tuple[Array, float] | Problem:
    """Coefficients and right side of one equation."""
    at = []
    for point in (np.zeros(count), 0.5 + np.arange(count) / 7, 2.0 + np.sqrt(np.arange(count))):
        known = {}
        for name, where in labels.items():
            slope = np.zeros(count)
            if isinstance(where, int):
                slope[where] = 1.0
            known[name] = Value(float(point[where]) if isinstance(where, int) else where, slope)
        known |= dict(defined_values(defined, known, count))
        left, right = (evaluate(side, known, count) for side in (row.left, row.right))
        at.append((left.value - right.value, left.slope - right.slope))
    (start, slope), *others = at
    if not all(np.isfinite(value) and np.allclose(slope, other, rtol=0, atol=1e-9) for value, other in others):
        do = "Write sums of labels times numbers, such as b == 2*a, or look at the quantity itself as a defined parameter."
        found = f"{row.left} == {row.right} is not linear: only linear equations can be held"
        return Problem("model-equality", do, row=row.line, found=found)
    return slope, -start


def _solved(rows: Array, right: Array, equations: Sequence[Row]) -> Links:
    """Gauss-Jordan elimination; of an equation the last number is the one that follows."""
    count = rows.shape[1]
    table = np.column_stack([rows, right])
    pivots: list[int] = []
    kept: list[int] = []
    for k, row in enumerate(equations):
        size = max(float(np.abs(rows[k]).max(initial=0.0)), 1.0)
        there = np.flatnonzero(np.abs(table[k, :count]) > ZERO * size)
        if there.size == 0:
            if abs(table[k, count]) > ZERO * max(abs(right[k]), 1.0):
                do = "Take out one of the equations, or the fixed value it contradicts."
                found = f"{row.left} == {row.right} cannot hold beside the other equations and fixed values"
                raise ProblemsFound([Problem("model-equality", do, row=row.line, found=found)])
            continue
        pivot = int(there[-1])
        table[k] /= table[k, pivot]
        for j in range(len(equations)):
            if j != k:
                table[j] -= table[j, pivot] * table[k]
        pivots.append(pivot)
        kept.append(k)
    own = np.setdiff1d(np.arange(count), pivots)
    base, slope = np.zeros(count), np.zeros((count, own.size))
    slope[own, np.arange(own.size)] = 1.0
    for pivot, k in zip(pivots, kept, strict=True):
        base[pivot] = table[k, count]
        slope[pivot] = -table[k, own]
    slope[np.abs(slope) < ZERO] = 0.0
    return Links(base, slope, own)


__all__ = ["Links", "links"]
