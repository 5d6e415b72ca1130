"""Draws of persons with replacement, and the model fitted to each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

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


def draws(
    refit: Callable[[list[Array]], Array | None], numbers: Groups, free: int, count: int, rng: np.random.Generator
) -> Draws:
    """Fit to `count` draws, each group drawn on its own.

    refit : estimates from (n, p) numbers per group, None where there is no solution; free : how many
    """
    made: list[Array] = []
    for _ in range(count):
        found = refit([y[rng.integers(0, y.shape[0], y.shape[0])] for y in numbers.y])
        if found is not None:
            made.append(found)
    lost = count - len(made)
    said = (f"{lost} of {count} bootstrap draws gave no solution and are not in the intervals.",) if lost else ()
    return Draws(np.array(made).reshape(len(made), free), said)


def refitted(fit: SemFit, y: list[Array]) -> Array | None:
    """Estimates from other numbers, starting where the fit ended."""
    try:
        groups = [Group(own.model, patterns(each)) for own, each in zip(fit.groups, y, strict=True)]
        found = optimise(groups, fit.theta)
    except ValueError:
        return None
    return found.point.theta if found.converged else None


def unlinked(model: Model, theta: Array, covariance: Array, drawn: Draws | None) -> tuple[Array, Array, Draws | None]:
    """Every number of the table, its covariance and its draws, from those of the free ones."""
    links = model.links
    if links is None:
        return theta, covariance, drawn
    more = None if drawn is None else replace(drawn, theta=links.every(drawn.theta))
    return links.every(theta), links.covariance(covariance), more


__all__ = ["Draws", "draws", "refitted", "unlinked"]
