"""Draws with replacement, of rows or of whole groups, as counts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from forwhom.kernels.mediation.columns import Floats

TOGETHER = 4_000_000
"""Counts held in memory at once."""


def counted(units: int, draws: int, rng: np.random.Generator) -> Iterator[Floats]:
    """(some draws, units) how often each unit was drawn, until there are `draws` of them.

    What is drawn does not depend on how many are held at once.

    >>> [block.sum(axis=1).tolist() for block in counted(4, 2, np.random.default_rng(1))]
    [[4.0, 4.0]]
    """
    size = max(1, TOGETHER // units)
    for start in range(0, draws, size):
        now = min(size, draws - start)
        drawn = rng.integers(0, units, (now, units), dtype=np.int64)
        drawn += np.arange(now)[:, None] * units
        yield np.bincount(drawn.ravel(), minlength=now * units).reshape(now, units).astype(np.float64)


def sums(units: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """(draws, q) sums over drawn units of (units, q) values."""
    return np.concatenate([counts @ units for counts in counted(len(units), draws, rng)])


def left_out(units: Floats) -> Floats:
    """(units, q) sums over all units but one."""
    return np.asarray(units.sum(axis=0) - units)


__all__ = ["counted", "left_out", "sums"]
