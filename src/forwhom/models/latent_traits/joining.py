"""Rare answers joined with a neighbour, so that every group has some of each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from forwhom.models.latent_traits.data import Answered

Array = NDArray[np.float64]
FEWEST = 5
"""Persons of a group who must have given an answer for it to be kept apart."""


def joined(found: Answered) -> tuple[Answered, list[str], list[str]]:
    """The answers with rare ones joined; per item, in words, what was joined, and why it cannot be tested at all ("" if it can).

    An item left with one answer keeps its answers. The value of joined answers is their mean over the persons.
    """
    codes = [each.copy() for each in found.codes]
    values, said, why_not = [], [], []
    for j, own in enumerate(found.values):
        counts = np.array([[(each[:, j] == k).sum() for k in range(len(own))] for each in codes])
        sets = _sets(counts)
        if len(sets) < 2:
            values.append(own)
            said.append("")
            why_not.append(f"not two of its answers were given by {FEWEST} persons of every group")
            continue
        why_not.append("")
        together = [part for part in sets if len(part) > 1]
        said.append("; ".join(", ".join(f"{own[k]:g}" for k in part) for part in together))
        total = counts.sum(axis=0)
        values.append(tuple(float(np.average([own[k] for k in part], weights=total[part])) for part in sets))
        into = np.empty(len(own))
        for new, part in enumerate(sets):
            into[part] = new
        for each in codes:
            there = np.isfinite(each[:, j])
            each[there, j] = into[each[there, j].astype(int)]
    return replace(found, codes=tuple(codes), values=tuple(values)), said, why_not


def _sets(counts: NDArray[np.intp]) -> list[list[int]]:
    """Neighbouring answers together until each set has `FEWEST` persons in every group; the rarest joins its rarer neighbour."""
    sets = [[k] for k in range(counts.shape[1])]
    held = [counts[:, k].copy() for k in range(counts.shape[1])]
    while len(sets) > 1 and min(int(each.min()) for each in held) < FEWEST:
        k = min(range(len(sets)), key=lambda at: int(held[at].min()))
        sides = [at for at in (k - 1, k + 1) if 0 <= at < len(sets)]
        other = min(sides, key=lambda at: int(held[at].sum()))
        low, high = min(k, other), max(k, other)
        sets[low] += sets.pop(high)
        held[low] = held[low] + held.pop(high)
    return sets
