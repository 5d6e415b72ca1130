"""Covariances within and between persons, of the sample and of many draws of persons at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forwhom.kernels.mediation.columns import Floats

FLAT = 1e-9
"""Deviations from the own mean below this (of a standard deviation) are rounding, not variation."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Covariance matrices (b, d, d) of b fits.

    within : pooled, of deviations from the person's mean; latent : of the persons' true means
    observed : of the means as observed, in the units of `latent`; each person counts by the rows there are
    """

    within: Floats
    latent: Floats
    observed: Floats


def per_person(near: Floats, unit: np.ndarray, persons: int) -> Floats:
    """(persons, q) sums from which `moments` makes covariances; near (n, d), unit (n,) codes from 0."""
    d = near.shape[1]
    rows = np.bincount(unit, minlength=persons).astype(np.float64)
    total = np.zeros((persons, d))
    np.add.at(total, unit, near)
    mean = total / rows[:, None]
    away = near - mean[unit]
    away[:, np.abs(away).max(axis=0) < FLAT] = 0.0
    first, second = np.triu_indices(d)
    inside = np.zeros((persons, first.size))
    np.add.at(inside, unit, away[:, first] * away[:, second])
    outside = rows[:, None] * mean[:, first] * mean[:, second]
    return np.column_stack([np.ones(persons), rows, rows**2, total, inside, outside])


def moments(summed: Floats, d: int) -> Moments:
    """Covariances from (b, q) sums over persons: analysis of variance estimators."""
    first, second = np.triu_indices(d)
    persons, n, squared = summed[:, :3].T
    total, inside, outside = np.split(summed[:, 3:], [d, d + first.size], axis=1)

    def square(flat: Floats) -> Floats:
        made = np.empty((len(flat), d, d))
        made[:, first, second] = flat
        made[:, second, first] = flat
        return made

    within = square(inside) / (n - persons)[:, None, None]
    mean = total / n[:, None]
    spread = square(outside) - n[:, None, None] * mean[:, :, None] * mean[:, None, :]
    spread /= (persons - 1)[:, None, None]
    rows = ((n - squared / n) / (persons - 1))[:, None, None]
    return Moments(within, (spread - within) / rows, spread / rows)


__all__ = ["Moments", "moments", "per_person"]
