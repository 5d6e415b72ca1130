"""Where the columns of the random effects lie: an order of elimination for nested and crossed grouping factors.

The factor with the most columns is eliminated first, all its groups at once: given the other effects they do not know
of each other. Of what it leaves behind, a factor that is constant within its groups (nesting) is next; factors that
are not (crossing) are left together for one dense step. Each group works on a front: its own columns and those of the other
factors that its rows touch (Davis 2006, Direct Methods for Sparse Linear Systems, ch. 4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forwhom.kernels.mixed_groups import Floats, Ints, name

# Numbers in all fronts together, and columns in the last, dense step.
LARGEST_FRONTS = 2 * 10**8
LARGEST_DENSE = 6000


@dataclass(frozen=True, slots=True)
class Stage:
    """Groups eliminated together.

    own : (G, q) their columns; border : (G, m) columns they touch later, the number of columns where there is none
    target : (G * m * m,) where what they leave is added in the flattened fronts of the next stage
    size : numbers in the flattened fronts of the next stage
    """

    own: Ints
    border: Ints
    target: Ints
    size: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns, rows and stages. Levels stand in order of elimination; `given` is the place each was given at.

    codes : per level the caller's codes of its groups, stand-ins (rows in no group) after them; real : number of codes
    index : per level (N,) group of each row; sizes : effects per level; starts : first column of each level
    columns : number of columns; front : width of a front of the first stage
    blocks : per level the places (slots, q) of its columns in such a front
    rows : (N, columns) sparse Z; products : (N, G * front * front) sparse products of the columns of each row
    """

    given: tuple[int, ...]
    codes: tuple[Ints, ...]
    real: tuple[int, ...]
    index: tuple[Ints, ...]
    sizes: tuple[int, ...]
    starts: tuple[int, ...]
    columns: int
    front: int
    blocks: tuple[Ints, ...]
    stages: tuple[Stage, ...]
    rows: Any
    products: Any


def make_layout(columns: Sequence[Floats], codes: Sequence[Ints], labels: Sequence[str]) -> Layout:
    """Layout of levels with columns (N, q) and codes (N,), in any order, nested or crossed.

    Raises ValueError where the fronts would not fit into memory.
    """
    by_size = sorted(range(len(codes)), key=lambda k: -len(np.unique(codes[k])) * columns[k].shape[1])
    made = {k: _index(codes, k, by_size[place + 1 :]) for place, k in enumerate(by_size)}
    given, batched = _elimination(by_size, [made[k][0] for k in range(len(codes))])
    index = [made[k][0] for k in given]
    counts = [int(one.max()) + 1 for one in index]
    z = [np.where((codes[k] >= 0)[:, None], columns[k], 0.0) for k in given]
    sizes = [one.shape[1] for one in z]
    starts = np.concatenate([[0], np.cumsum([n * q for n, q in zip(counts, sizes, strict=True)])]).astype(np.int64)
    dense = int(starts[-1] - starts[batched])
    if dense > LARGEST_DENSE:
        crossed = ", ".join(name(labels, k) for k in given[batched:])
        raise ValueError(
            f"{crossed} crosses the other factors with {dense} random effects; up to {LARGEST_DENSE} are solved "
            "together. Leave a factor or a random slope out."
        )
    fronts = [_Fronts(index, counts, sizes, stage) for stage in range(batched)]
    stages = _stages(fronts, starts, counts, sizes, batched)
    rows, products = _sparse(fronts[0], z, index, starts)
    return Layout(
        given=tuple(given),
        codes=tuple(made[k][1] for k in given),
        real=tuple(len(made[k][1]) for k in given),
        index=tuple(index),
        sizes=tuple(sizes),
        starts=tuple(int(start) for start in starts[:-1]),
        columns=int(starts[-1]),
        front=fronts[0].width,
        blocks=tuple(fronts[0].blocks),
        stages=stages,
        rows=rows,
        products=products,
    )


def _index(codes: Sequence[Ints], level: int, later: Sequence[int]) -> tuple[Ints, Ints]:
    """Group of each row from 0 on, and the codes of the groups; rows coded -1 share stand-ins with rows of like codes."""
    code = codes[level]
    out = code < 0
    real, index = np.unique(code[~out], return_inverse=True)
    found = np.empty(len(code), dtype=np.int64)
    found[~out] = index
    if out.any():
        key = np.zeros(int(out.sum()), dtype=np.int64)
        for other in later:
            _, own = np.unique(codes[other][out], return_inverse=True)
            _, key = np.unique(key * (int(own.max()) + 1) + own, return_inverse=True)
        found[out] = len(real) + key
    return found, real


def _elimination(by_size: list[int], index: Sequence[Ints]) -> tuple[list[int], int]:
    """Order of elimination, and how many of the first levels are eliminated group by group."""
    order, left = [by_size[0]], by_size[1:]
    while left:
        inner = index[order[-1]]
        first = np.empty(int(inner.max()) + 1, dtype=np.int64)
        first[inner] = np.arange(len(inner))
        nested = [k for k in left if (index[k] == index[k][first[inner]]).all()]
        if not nested:
            break
        order.append(nested[0])
        left.remove(nested[0])
    return order + left, len(order)


class _Fronts:
    """Places of columns in the fronts of one stage."""

    def __init__(self, index: list[Ints], counts: list[int], sizes: list[int], stage: int) -> None:
        self.stage, self.groups, self.group = stage, counts[stage], index[stage]
        self.blocks: list[Ints] = [np.arange(sizes[stage])[None]]
        self.pairs: list[Ints] = []
        self.slot: list[Ints] = []
        self.of_row: list[Ints] = []
        self.counts = counts
        self.width = sizes[stage]
        for level in range(stage + 1, len(index)):
            pairs, inverse = np.unique(self.group * counts[level] + index[level], return_inverse=True)
            owner = pairs // counts[level]
            starts = np.searchsorted(owner, owner)
            slot = np.arange(len(pairs)) - starts
            slots = int(slot.max()) + 1
            self.pairs.append(pairs)
            self.slot.append(slot)
            self.of_row.append(slot[inverse])
            self.blocks.append(self.width + np.arange(slots * sizes[level]).reshape(slots, -1))
            self.width += slots * sizes[level]
        # Numbers are counted before anything of that size is made.
        if self.groups * self.width**2 > LARGEST_FRONTS:
            raise ValueError(
                f"The {self.groups} groups of one factor touch up to {self.width} random effects of the others: too many "
                "to solve. Leave out a factor or a random slope."
            )

    def place(self, level: int, group: Ints, code: Ints) -> Ints:
        """Slot in the front of each group of each code of a later level."""
        k = level - self.stage - 1
        found = np.searchsorted(self.pairs[k], group * self.counts[level] + code)
        return self.slot[k][found]


def _stages(
    fronts: list[_Fronts], starts: Ints, counts: list[int], sizes: list[int], batched: int
) -> tuple[Stage, ...]:
    last = int(starts[-1])
    stages = []
    for stage, front in enumerate(fronts):
        q, m = sizes[stage], front.width - sizes[stage]
        own = starts[stage] + np.arange(front.groups * q).reshape(-1, q)
        border = np.full((front.groups, m), last, dtype=np.int64)
        following = fronts[stage + 1] if stage + 1 < batched else None
        dense_start = int(starts[batched])
        width = following.width if following is not None else last - dense_start
        place = np.full((front.groups, m), -1, dtype=np.int64)
        parent = np.zeros(front.groups, dtype=np.int64)
        if following is not None:
            parent[front.group] = following.group
        for k, pairs in enumerate(front.pairs):
            level = stage + 1 + k
            group, code = np.divmod(pairs, counts[level])
            at = front.blocks[k + 1][front.slot[k]] - q
            ids = starts[level] + code[:, None] * sizes[level] + np.arange(sizes[level])
            border[group[:, None], at] = ids
            if following is None:
                inside = ids - dense_start
            elif k == 0:
                inside = np.broadcast_to(np.arange(sizes[level]), at.shape)
            else:
                inside = following.blocks[k][following.place(level, parent[group], code)]
            place[group[:, None], at] = inside
        size = (following.groups if following is not None else 1) * width * width
        target = parent[:, None, None] * width * width + place[:, :, None] * width + place[:, None, :]
        target[(place < 0)[:, :, None] | (place < 0)[:, None, :]] = size
        stages.append(Stage(own, border, target.ravel(), size))
    if batched < len(sizes):
        dense = np.arange(starts[batched], last)[None]
        stages.append(Stage(dense, np.zeros((1, 0), dtype=np.int64), np.zeros(0, dtype=np.int64), 0))
    return tuple(stages)


def _sparse(front: _Fronts, z: list[Floats], index: list[Ints], starts: Ints) -> tuple[Any, Any]:
    """Z, and the products of each row's columns at their places in the fronts."""
    from scipy.sparse import csr_array

    n = len(index[0])
    values = np.concatenate(z, axis=1)
    ids = [
        start + one[:, None] * zz.shape[1] + np.arange(zz.shape[1])
        for start, one, zz in zip(starts, index, z, strict=False)
    ]
    places = [np.broadcast_to(front.blocks[0][0], z[0].shape)]
    places += [block[slot] for block, slot in zip(front.blocks[1:], front.of_row, strict=True)]
    at = np.concatenate(places, axis=1)
    width = values.shape[1]
    rows = csr_array(
        (values.ravel(), np.concatenate(ids, axis=1).ravel(), np.arange(0, n * width + 1, width)),
        shape=(n, int(starts[-1])),
    )
    cell = front.group[:, None, None] * front.width**2 + at[:, :, None] * front.width + at[:, None, :]
    products = csr_array(
        (
            (values[:, :, None] * values[:, None, :]).ravel(),
            cell.ravel(),
            np.arange(0, n * width**2 + 1, width**2),
        ),
        shape=(n, front.groups * front.width**2),
    )
    return rows, products
