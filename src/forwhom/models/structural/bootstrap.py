"""Draws of persons with replacement, and the model fitted to each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.sem.fit import SemFit
from forwhom.kernels.sem.optimise import Group, optimise
from forwhom.kernels.sem.patterns import patterns
from forwhom.models.structural.data import Groups
from forwhom.models.structural.table import Model

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Draws:
    """Estimates of the draws that settled, (b, q), and what to know of the others."""

    theta: Array
    messages: tuple[str, ...]

    def of(self, values: Array, level: float) -> tuple[float | None, float | None, float | None]:
        """Standard deviation and percentile interval of a number over the draws."""
        there = values[np.isfinite(values)]
        if there.size < 2:
            return None, None, None
        low, high = np.quantile(there, [(1 - level) / 2, (1 + level) / 2])
        return float(there.std(ddof=1)), float(low), float(high)


def draws(model: Model, numbers: Groups, fit: SemFit, count: int, rng: np.random.Generator) -> Draws:
    """Fit to `count` draws, each group drawn on its own, starting where the fit ended."""
    made: list[Array] = []
    for _ in range(count):
        rows = [rng.integers(0, y.shape[0], y.shape[0]) for y in numbers.y]
        try:
            groups = [
                Group(own.model, patterns(y[where])) for own, y, where in zip(fit.groups, numbers.y, rows, strict=True)
            ]
            found = optimise(groups, fit.theta)
        except ValueError:
            continue
        if found.converged:
            made.append(found.point.theta)
    lost = count - len(made)
    said = (f"{lost} of {count} bootstrap draws gave no solution and are not in the intervals.",) if lost else ()
    return Draws(np.array(made).reshape(len(made), model.free), said)
