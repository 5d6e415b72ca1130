"""Folds for cross-fitting: balanced over arms and over who was followed up, clusters kept whole."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.intp]


def keeps_clusters_whole(cluster: Codes | None, folds: int) -> bool:
    """Whether there are enough clusters for each to stay in one fold: two per fold or more."""
    return cluster is not None and np.unique(cluster[cluster >= 0]).size >= 2 * folds


def make_folds(stratum: Codes, cluster: Codes | None, folds: int, rng: np.random.Generator) -> Codes:
    """Fold of each person, (n,) in 0 … folds − 1.

    stratum : (n,) codes the folds are balanced on (arm by observed or not)
    cluster : (n,) codes, negative where a person belongs to none; None without clusters
    With two clusters per fold or more a cluster stays in one fold; with fewer, people are split and clusters are not looked at.
    Whole clusters are dealt largest first, each to the fold that then is least uneven over the strata.

    >>> fold = make_folds(np.repeat([0, 1], 10), None, 5, np.random.default_rng(1))
    >>> np.bincount(fold[:10]).tolist(), np.bincount(fold[10:]).tolist()
    ([2, 2, 2, 2, 2], [2, 2, 2, 2, 2])
    """
    n = stratum.size
    if cluster is None or not keeps_clusters_whole(cluster, folds):
        fold = np.empty(n, dtype=np.intp)
        dealt = 0
        for code in np.unique(stratum):
            rows = rng.permutation(np.flatnonzero(stratum == code))
            fold[rows] = (dealt + np.arange(rows.size)) % folds
            dealt += rows.size
        return np.asarray(rng.permutation(folds)[fold], dtype=np.intp)
    return _whole_clusters(stratum, cluster, folds, rng)


def _whole_clusters(stratum: Codes, cluster: Codes, folds: int, rng: np.random.Generator) -> Codes:
    own = np.where(cluster >= 0, cluster, cluster.max() + 1 + np.arange(cluster.size))
    _, unit = np.unique(own, return_inverse=True)
    _, kind = np.unique(stratum, return_inverse=True)
    counts = np.zeros((unit.max() + 1, kind.max() + 1))
    np.add.at(counts, (unit, kind), 1.0)
    share = counts.sum(axis=0) / folds
    order = rng.permutation(counts.shape[0])
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    filled = np.zeros((folds, counts.shape[1]))
    place = np.empty(counts.shape[0], dtype=np.intp)
    for one in order:
        # Growth of the squared distance from an even deal; ties go to the emptiest fold.
        growth = ((2 * filled + counts[one]) * counts[one] / share).sum(axis=1)
        best = int(np.lexsort((filled.sum(axis=1), growth.round(9)))[0])
        place[one] = best
        filled[best] += counts[one]
    return np.asarray(rng.permutation(folds)[place[unit]], dtype=np.intp)
