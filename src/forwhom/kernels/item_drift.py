"""Does each item of a scale move with the others over time, or by itself? For samples too small for a model of all items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forwhom.kernels.holm import holm

LEAST_ITEMS = 6
"""Items below which the others are too few to stand for what the scale measures."""
LEAST_PEOPLE = 60
"""Persons seen at both occasions below which type I error and power were not looked at."""
_TERMS = 5


@dataclass(frozen=True, slots=True)
class ItemDrift:
    """How far each item moved by itself, in its own units; above 0: higher later than the others foretell.

    shift, low, high, p, adjusted : (items,); adjusted by Holm over the items
    flagged : (items,) adjusted below 1 − level, in the first round or when flagged items no longer speak for the scale
    people : persons used; df : of the t reference
    """

    shift: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray
    adjusted: np.ndarray
    flagged: np.ndarray
    people: int
    df: int


def item_drift(answers: ArrayLike, *, level: float = 0.95) -> ItemDrift:
    """Regress every item on the true score the other items foretell (a cubic) and on occasion, both occasions of a person together.

    answers : (n, 2, items) NaN where absent; an item of a person counts where half of the others were answered
    Observed means of the others are drawn towards their occasion's mean by their alpha, as a bare mean would call every item
    drifted once people change (Shealy & Stout, 1993). Errors are robust to the pairing of a person's two answers (CR3). Items
    found are taken out of the others and all are tested again, once, while at least half are left.
    Raises ValueError for too few items or persons, and where an item or the others do not differ or do not hang together.

    >>> rng = np.random.default_rng(1)
    >>> trait = rng.standard_normal((100, 2, 1)) - [[0.0], [0.8]]
    >>> answers = trait + rng.standard_normal((100, 2, 8))
    >>> answers[:, 1, 2] += 1.5
    >>> item_drift(answers).flagged.nonzero()[0].tolist()
    [2]
    """
    values = np.asarray(answers, dtype=np.float64)
    if values.ndim != 3 or values.shape[1] != 2:
        raise ValueError("answers: persons by two occasions by items are needed.")
    seen = np.asarray(np.isfinite(values).any(axis=2))
    values = values[seen[:, 0] & seen[:, 1]]
    n, _, k = values.shape
    if k < LEAST_ITEMS or n < LEAST_PEOPLE:
        raise ValueError(f"{n} persons at both occasions and {k} items; {LEAST_PEOPLE} and {LEAST_ITEMS} are needed.")
    everyone = np.ones(k, dtype=bool)
    found = _tested(values, everyone, level)
    anchors = ~found.flagged
    if found.flagged.any() and anchors.sum() >= max(k / 2, LEAST_ITEMS - 1):
        found = _tested(values, anchors, level)
    return found


def _tested(values: np.ndarray, anchors: np.ndarray, level: float) -> ItemDrift:
    from scipy.special import stdtr, stdtrit

    n, _, k = values.shape
    made = np.array([_item(values, i, anchors) for i in range(k)])
    shift, error = made.T
    df = n - 1
    p = 2 * stdtr(df, -np.abs(shift / error))
    adjusted = np.array(holm(p.tolist()), dtype=np.float64)
    half = stdtrit(df, 0.5 + level / 2) * error
    return ItemDrift(shift, shift - half, shift + half, p, adjusted, adjusted < 1 - level, n, df)


def _item(values: np.ndarray, i: int, anchors: np.ndarray) -> tuple[float, float]:
    """Shift of one item and its standard error."""
    others = np.flatnonzero(anchors & (np.arange(values.shape[2]) != i))
    true = _true(values[:, :, others])
    y = values[:, :, i]
    there = np.isfinite(y) & np.isfinite(true)
    z = (true - true[there].mean()) / true[there].std()
    occasion = np.broadcast_to([-0.5, 0.5], z.shape)
    # Rows that are not there are zeros, which neither fit nor lean on anything.
    x = np.where(there[..., None], np.stack([np.ones_like(z), z, z**2, z**3, occasion], axis=2), 0.0)
    y = np.where(there, y, 0.0)
    flat = x.reshape(-1, _TERMS)
    if np.linalg.matrix_rank(flat) < _TERMS or np.unique(y[there]).size < 2:
        raise ValueError(f"item {i + 1}: too few different answers at the two occasions.")
    bread = np.linalg.inv(flat.T @ flat)
    weight = bread @ flat.T @ y.ravel()
    residual = np.where(there, y - x @ weight, 0.0)
    lean = np.einsum("nia,ab,njb->nij", x, bread, x)
    fair = np.linalg.solve(np.eye(2) - lean, residual[..., None])[..., 0]
    score = np.einsum("nia,ni->na", x, fair)
    spread = bread @ (score.T @ score) @ bread
    if not spread[-1, -1] > 0:
        raise ValueError(f"item {i + 1}: its answers leave no error to judge a shift by.")
    return float(weight[-1]), float(np.sqrt(spread[-1, -1]))


def _true(others: np.ndarray) -> np.ndarray:
    """Mean of the other items drawn towards its occasion's mean by their reliability (Kelley), (n, 2); NaN below half."""
    made = np.full(others.shape[:2], np.nan)
    for t in range(2):
        here = others[:, t]
        there = np.isfinite(here)
        enough = there.mean(axis=1) >= 0.5
        # An item a person skipped counts as far from the item's mean as the person's other answers are from theirs.
        mean = np.nanmean(here, axis=0)
        own = np.where(there, here - mean, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
        made[enough, t] = mean.mean() + _alpha(here) * own[enough]
    return made


def _alpha(here: np.ndarray) -> float:
    """Coefficient alpha from covariances of the people who answered both items."""
    centred = here - np.nanmean(here, axis=0)
    there = np.isfinite(centred).astype(float)
    zero = np.where(there > 0, centred, 0.0)
    covariance = (zero.T @ zero) / np.maximum(there.T @ there - 1, 1)
    k = here.shape[1]
    alpha = k / (k - 1) * (1 - np.trace(covariance) / covariance.sum())
    if not 0 < alpha <= 1:
        raise ValueError(
            "the other items do not go together at one of the occasions: their mean says nothing of the scale."
        )
    return float(alpha)


__all__ = ["LEAST_ITEMS", "LEAST_PEOPLE", "ItemDrift", "item_drift"]
