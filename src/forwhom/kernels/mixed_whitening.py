"""Change of columns that makes a mixed model's cross-products well conditioned, and the way back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forwhom.kernels.mixed_groups import Floats, name

COLLINEAR = 1e-10


def whitening(
    zz: Floats,
    rest: Floats,
    sizes: tuple[int, ...],
    n_groups: list[int],
    correlated: tuple[bool, ...],
    shifts: list[Floats],
    labels: tuple[str, ...],
) -> tuple[list[Floats], tuple[Floats, ...]]:
    """Per level the matrix from reduced to whitened columns and the lower-triangular one back to effects.

    A lower-triangular way back makes the whitened Cholesky factor a linear image of the caller's: the boundary stays.
    """
    whiten, back = [], []
    at = 0
    for level, (q, groups) in enumerate(zip(sizes, n_groups, strict=True)):
        mean = (zz if level == 0 else rest[at : at + q, at : at + q]) / groups
        at += q if level else 0
        scale = np.sqrt(np.diagonal(mean))
        if (scale == 0).any() or np.linalg.eigvalsh(mean / np.outer(scale, scale))[0] < COLLINEAR:
            raise ValueError(
                f"The columns of Z of {name(labels, level)} are linear combinations of each other (or 0 throughout). "
                "Leave one of them out."
            )
        if not correlated[level] or q == 1:
            whiten.append(np.diag(1.0 / scale))
            back.append(np.diag(1.0 / scale))
            continue
        root = np.linalg.cholesky(mean).T
        orthogonal, lower = _ql(root @ shifts[level])
        whiten.append(np.linalg.solve(root, orthogonal))
        back.append(np.tril(np.linalg.inv(lower)))
    return whiten, tuple(back)


def _ql(matrix: Floats) -> tuple[Floats, Floats]:
    """Orthogonal times lower triangular with a positive diagonal."""
    orthogonal, upper = np.linalg.qr(matrix[:, ::-1])
    sign = np.sign(np.diagonal(upper))
    orthogonal, upper = orthogonal * sign, upper * sign[:, None]
    return orthogonal[:, ::-1], upper[::-1, ::-1]


def fixed_scale(xx: Floats) -> Floats:
    """Root mean square-like scale of the columns of X; refuses columns that depend on the earlier ones."""
    scale = np.sqrt(np.diagonal(xx))
    if (scale == 0).any():
        dependent = np.flatnonzero(scale == 0).tolist()
    else:
        left = xx / np.outer(scale, scale)
        dependent = []
        for index in range(len(left)):
            pivot = left[index, index]
            if pivot < COLLINEAR:
                dependent.append(index)
                continue
            left = left - np.outer(left[:, index], left[index]) / pivot
    if dependent:
        raise ValueError(
            f"Column(s) {', '.join(map(str, dependent))} of X (counted from 0) are linear combinations of earlier "
            "columns or 0 throughout. Leave them out."
        )
    return np.asarray(scale)


def block_diagonal(blocks: Sequence[Floats]) -> Floats:
    """Square matrices along the diagonal of one."""
    ends = np.cumsum([len(block) for block in blocks])
    whole = np.zeros((ends[-1], ends[-1]))
    for block, end in zip(blocks, ends.tolist(), strict=True):
        whole[end - len(block) : end, end - len(block) : end] = block
    return whole
