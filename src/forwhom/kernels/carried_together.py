"""Several mechanisms in one model: what each carries beside the others.

As `carried_change`, with all mechanisms in the outcome's equation at once (parallel: none is said to move another). What a
mechanism carries beside the others is a_j b_j; their sum is what they carry together (Preacher & Hayes 2008, Behav Res
Methods 40, 879-891).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forwhom.kernels.carried_change import Number, basis, draw_counts, of_draws, widened
from forwhom.kernels.incomplete_moments import Moments, coefficients, drawn_moments, incomplete, sample_moments

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Together:
    """k mechanisms in one model.

    path : per mechanism, given the others; carried : per contrast and mechanism; all_carried : per contrast, their sum
    correlation : (k, k) of what is left of the mechanisms given arms and everything before
    complete : people with every score; lost : draws without a solution
    """

    path: tuple[Number, ...]
    carried: tuple[tuple[Number, ...], ...]
    all_carried: tuple[Number, ...]
    correlation: Floats
    complete: int
    lost: int


def carried_together(
    mechanisms: ArrayLike,
    border: ArrayLike,
    outcome: ArrayLike,
    before: ArrayLike,
    arm: ArrayLike,
    *,
    arms: int,
    unit: ArrayLike | None = None,
    draws: int = 1000,
    level: float = 0.95,
    rng: np.random.Generator,
) -> Together:
    """Estimate the parallel model.

    mechanisms : (n, k); the rest as in `carried_change`, with `before` holding what is known before of all of them

    Raises ValueError when the moments cannot be estimated, or hardly a draw can.

    >>> rng = np.random.default_rng(1)
    >>> x = np.repeat([0, 1], 100)
    >>> m = x[:, None] + rng.normal(size=(200, 2))
    >>> y = 0.5 * m[:, 0] + rng.normal(size=200)
    >>> made = carried_together(m, rng.normal(size=200), y, np.empty((200, 0)), x, arms=2, draws=200, rng=rng)
    >>> bool(made.carried[0][0].low > 0), bool(made.carried[0][1].low < 0 < made.carried[0][1].high)
    (True, True)
    """
    m = np.asarray(mechanisms, dtype=np.float64)
    code = np.asarray(arm, dtype=np.intp)
    n, k = m.shape
    known = np.asarray(before, dtype=np.float64).reshape(n, -1)
    core = np.column_stack([m, np.asarray(border, dtype=np.float64), np.asarray(outcome, dtype=np.float64)])
    dummies = np.column_stack([(code == j).astype(float) for j in range(1, arms)]) if arms > 1 else np.empty((n, 0))
    groups = np.arange(n) if unit is None else np.unique(np.asarray(unit), return_inverse=True)[1].ravel()
    of = incomplete(np.column_stack([dummies, known, core]))
    sample = sample_moments(of)
    if not sample.good[0]:
        raise ValueError("two of the scores are the same but for their units, or too few people have them all.")
    drawn = drawn_moments(of, draw_counts(groups, code, draws, rng), start=sample)
    if drawn.good.sum() < draws / 2:
        raise ValueError(
            f"only {int(drawn.good.sum())} of {draws} draws have a solution: too few people for this model."
        )
    complete = int(np.isfinite(core).all(axis=1).sum())
    units, df = basis(groups, code, complete, arms + known.shape[1] + k + 1)
    wide = widened(level, units, df)
    a, b = _both(sample, arms - 1, known.shape[1], k)
    many_a, many_b = (each[drawn.good] for each in _both(drawn, arms - 1, known.shape[1], k))

    def number(value: float, spread: Floats) -> Number:
        return of_draws(value, spread, level=wide, df=df, n=units)

    products, many = a * b[:, None, :], many_a * many_b[:, None, :]
    return Together(
        path=tuple(number(float(b[0, j]), many_b[:, j]) for j in range(k)),
        carried=tuple(
            tuple(number(float(products[0, c, j]), many[:, c, j]) for j in range(k)) for c in range(arms - 1)
        ),
        all_carried=tuple(number(float(products[0, c].sum()), many[:, c].sum(axis=1)) for c in range(arms - 1)),
        correlation=_left_over(sample, arms - 1, known.shape[1], k),
        complete=complete,
        lost=int(draws - drawn.good.sum()),
    )


def _both(of: Moments, x: int, before: int, k: int) -> tuple[Floats, Floats]:
    """(b, contrasts, k) and (b, k): a and b of every mechanism."""
    first = list(range(1 + x + before))
    place = list(range(len(first), len(first) + k + 1))
    a = np.stack([coefficients(of.products, j, first)[0][:, 1 : 1 + x] for j in place[:k]], axis=2)
    b = coefficients(of.products, place[-1] + 1, [*first, *place])[0][:, len(first) : len(first) + k]
    return a, b


def _left_over(of: Moments, x: int, before: int, k: int) -> Floats:
    first = np.arange(1 + x + before)
    place = np.arange(first.size, first.size + k)
    s = of.products[0]
    left = s[np.ix_(place, place)] - s[np.ix_(place, first)] @ np.linalg.solve(
        s[np.ix_(first, first)], s[np.ix_(first, place)]
    )
    sd = np.sqrt(np.diagonal(left))
    return np.asarray(left / np.outer(sd, sd))


__all__ = ["Together", "carried_together"]
