"""What a mediation model is made of, checked and brought to one scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COLLINEAR = 1e-9
"""Share of a column's variation the others must leave unexplained."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Treatment, covariates, mediators and outcome of the same rows.

    x : (n, t); c : (n, p); m : (n, k); y : (n,); all in their own units
    interaction : products of every treatment column with every mediator enter the outcome's model
    serial : mediators stand in the order in which one may move the next
    """

    x: Floats
    c: Floats
    m: Floats
    y: Floats
    interaction: bool
    serial: bool = False

    @property
    def n(self) -> int:
        """Rows."""
        return self.y.size

    @property
    def before(self) -> Floats:
        """(n, 1 + t + p): constant, treatment, covariates."""
        return np.column_stack([np.ones(self.n), self.x, self.c])

    @property
    def products(self) -> Floats:
        """(n, k t): mediator 1 by every treatment column, then mediator 2 …; no columns without interaction."""
        if not self.interaction:
            return np.empty((self.n, 0))
        return (self.m[:, :, None] * self.x[:, None, :]).reshape(self.n, -1)

    @property
    def of_outcome(self) -> Floats:
        """(n, 1 + t + p + k + k t): `before`, mediators, products."""
        return np.column_stack([self.before, self.m, self.products])


def columns(
    treatment: ArrayLike,
    mediators: ArrayLike,
    outcome: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    interaction: bool = False,
    serial: bool = False,
) -> Columns:
    """Arrays as `Columns`; (n,) is read as one column.

    Raises ValueError with every reason at once: shapes, values that are absent or not finite, constant columns, columns
    that others determine, too few rows.

    >>> columns([0, 0, 1, 1, 1], [1, 2, 2, 4, 3], [1, 0, 2, 5, 3]).m.shape
    (5, 1)
    """
    y = np.asarray(outcome, dtype=np.float64)
    x, m = _two(treatment), _two(mediators)
    c = np.empty((y.size, 0)) if covariates is None else _two(covariates)
    if y.ndim != 1 or any(each.ndim != 2 or len(each) != y.size for each in (x, m, c)):
        raise ValueError(
            "outcome must be (n,), treatment, mediators and covariates (n,) or (n, columns) of the same n."
        )
    if not all(np.isfinite(each).all() for each in (x, m, c, y)):
        raise ValueError("There are absent or infinite values. Leave those rows out, and say how many.")
    made = Columns(x, c, m, y, interaction, serial)
    wrong = _wrong(made)
    if wrong:
        raise ValueError(" ".join(wrong))
    return made


def _two(values: ArrayLike) -> Floats:
    made = np.asarray(values, dtype=np.float64)
    return made[:, None] if made.ndim == 1 else made


def _wrong(of: Columns) -> list[str]:
    named = [("The outcome", of.y)]
    for word, block in (("Treatment column", of.x), ("Mediator", of.m), ("Covariate", of.c)):
        named += [(f"{word} {j + 1}", block[:, j]) for j in range(block.shape[1])]
    wrong = [f"{name} is constant." for name, values in named if not np.ptp(values) > 0]
    if of.x.shape[1] == 0 or of.m.shape[1] == 0:
        wrong.append("There must be at least one treatment column and one mediator.")
    if wrong:
        return wrong
    need = of.of_outcome.shape[1] + 2
    if of.n < need:
        return [f"{of.n} rows are too few for {need - 2} coefficients of the outcome's model; it takes {need}."]
    blocks = [("Treatment column", of.x), ("Covariate", of.c), ("Mediator", of.m), ("Product", of.products)]
    before = np.ones((of.n, 1))
    for word, block in blocks:
        for j in range(block.shape[1]):
            column = block[:, j] - block[:, j].mean()
            left = column - before @ np.linalg.lstsq(before, column, rcond=None)[0]
            if float(left @ left) <= COLLINEAR * float(column @ column):
                wrong.append(f"{word} {j + 1} is determined by the columns before it.")
            else:
                before = np.column_stack([before, left / np.sqrt(left @ left)])
    return wrong


__all__ = ["Columns", "columns"]
