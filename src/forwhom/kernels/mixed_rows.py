"""Rows that are not alike: precision weights and residuals that follow one another, removed by a change of rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.mixed_groups import Floats, Ints, Level


@dataclass(frozen=True, slots=True)
class Series:
    """Who is measured when: rows in the order of persons and times.

    order : (N,) rows by person, then time; first : (N,) whether a row, in that order, is a person's first
    gap : (N,) time since the row before, in that order; 1 where it is the first
    """

    order: Ints
    first: NDArray[np.bool_]
    gap: Floats


@dataclass(frozen=True, slots=True)
class Rows:
    """What the rows of a fit were, kept so that other correlations can be tried.

    y, X, levels : as given; weights : (N,) or None; series : None for independent residuals
    rho : correlation of residuals one unit of time apart; continuous : rho > 0 and any gaps, as nlme's corCAR1
    """

    y: Floats
    X: Floats
    levels: tuple[Level, ...]
    weights: Floats | None
    series: Series | None
    rho: float
    continuous: bool


def make_series(person: NDArray[np.integer], time: NDArray[np.floating]) -> Series:
    """Order rows by person and time. Raises ValueError when a person has two rows at one time, or none has two rows."""
    person, time = np.asarray(person), np.asarray(time, dtype=np.float64)
    order = np.lexsort((time, person))
    same = person[order][1:] == person[order][:-1]
    gap = np.r_[1.0, np.diff(time[order])]
    first = np.r_[True, ~same]
    gap[first] = 1.0
    if not same.any():
        raise ValueError("nobody has two rows: residuals cannot follow one another.")
    if (gap <= 0).any():
        raise ValueError(f"{int((gap <= 0).sum())} rows have the time of another row of the same person.")
    return Series(order, first, gap)


def changed(rows: Rows) -> tuple[Floats, Floats, tuple[Level, ...], float]:
    """y, X and levels with residuals independent and of equal variance, and what to add to the deviance for it."""
    y, X, levels, shift = rows.y, rows.X, rows.levels, 0.0
    if rows.weights is not None:
        root = np.sqrt(rows.weights)
        y, X = y * root, X * root[:, None]
        levels = tuple(replace(one, Z=_two_dimensional(one.Z) * root[:, None]) for one in levels)
        shift = -float(np.log(rows.weights).sum())
    if rows.series is not None:
        change = _Innovations(rows.series, rows.rho)
        y, X = change(y[:, None])[:, 0], change(X)
        order = rows.series.order
        levels = tuple(
            replace(one, Z=change(_two_dimensional(one.Z)), group=np.asarray(one.group)[order]) for one in levels
        )
        shift += change.logdet
    return y, X, levels, shift


def _two_dimensional(z: NDArray[np.floating]) -> Floats:
    return np.asarray(z, dtype=np.float64).reshape(len(z), -1)


class _Innovations:
    """(N, c) columns to what is new in them given the row before, scaled to variance 1."""

    def __init__(self, series: Series, rho: float) -> None:
        # Negative correlations have a meaning for whole gaps only, which the caller has checked.
        sign = np.where(series.gap % 2 == 1, np.sign(rho), 1.0)
        keep = np.where(series.first, 0.0, sign * np.abs(rho) ** series.gap)
        self.order = series.order
        self.keep: Floats = keep
        self.scale: Floats = np.sqrt(1.0 - keep**2)
        self.logdet = 2.0 * float(np.log(self.scale).sum())

    def __call__(self, columns: Floats) -> Floats:
        ordered = columns[self.order]
        out: Floats = ordered.copy()
        out[1:] -= self.keep[1:, None] * ordered[:-1]
        out /= self.scale[:, None]
        return out


__all__ = ["Rows", "Series", "changed", "make_series"]
