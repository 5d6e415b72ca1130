"""What effects, variances and columns must be before anything is computed from them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def effects_and_variances(y: ArrayLike, v: ArrayLike) -> tuple[Array, Array]:
    """y and v as (k,) float arrays; ValueError names every study that cannot be used."""
    effect, variance = np.asarray(y, dtype=np.float64), np.asarray(v, dtype=np.float64)
    if effect.ndim != 1 or effect.shape != variance.shape:
        raise ValueError(f"y has shape {effect.shape} and v {variance.shape}; one of each per effect, (k,), is needed.")
    if effect.size == 0:
        raise ValueError("There is no effect to pool.")
    wrong = [f"effect {i + 1}: y is {effect[i]}" for i in np.flatnonzero(~np.isfinite(effect))]
    bad = np.flatnonzero(~(np.isfinite(variance) & (variance > 0)))
    wrong += [f"effect {i + 1}: v is {variance[i]}" for i in bad]
    if wrong:
        raise ValueError(
            f"Effects must be finite and variances above 0; leave out what is absent first. Found {'; '.join(wrong)}."
        )
    return effect, variance


def design(x: ArrayLike | None, k: int, *, intercept: bool = True) -> Array:
    """Columns (k, p) with the intercept in front; ValueError when they are not finite or not different."""
    if x is None:
        if not intercept:
            raise ValueError("Without an intercept at least one column x is needed.")
        return np.ones((k, 1))
    columns = np.asarray(x, dtype=np.float64)
    columns = columns[:, None] if columns.ndim == 1 else columns
    if columns.ndim != 2 or columns.shape[0] != k:
        raise ValueError(f"x has shape {columns.shape}; ({k}, q) is needed, one row per effect.")
    if not np.isfinite(columns).all():
        raise ValueError("x must be finite; leave out effects whose moderators are absent first.")
    full = np.column_stack([np.ones(k), columns]) if intercept else columns
    if k < full.shape[1] or np.linalg.matrix_rank(full / np.sqrt((full**2).sum(axis=0)).clip(1e-300)) < full.shape[1]:
        raise ValueError(
            f"{k} effects cannot tell {full.shape[1]} coefficients apart: a column does not vary, or the others imply it."
        )
    return full


def level_of(level: float) -> float:
    """A level between 0 and 1."""
    if not 0.0 < level < 1.0:
        raise ValueError(f"level is {level}; give a share between 0 and 1, e.g. 0.95.")
    return level


def codes(cluster: ArrayLike, k: int) -> NDArray[np.intp]:
    """Codes 0 … J − 1 of any labels, in order of first appearance."""
    labels = np.asarray(cluster)
    if labels.shape != (k,):
        raise ValueError(f"cluster has shape {labels.shape}; one label for each of the {k} effects is needed.")
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    order = np.empty(first.size, dtype=np.intp)
    order[np.argsort(first)] = np.arange(first.size)
    return order[inverse]
