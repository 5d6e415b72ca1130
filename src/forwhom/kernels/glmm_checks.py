"""What a generalised mixed model cannot be fitted to, said before it is tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.glmm_families import LINKS
from forwhom.kernels.mixed_groups import Floats, Ints, Level, checked, name

__all__ = ["Separation", "separation"]

# A direction counts as separating when it moves the linear predictors by this in sum, elements being at most 1.
MOVES = 1e-6
# Linear predictors of a model without random effects that stay below this cannot be those of separated data.
MODERATE = 12.0


@dataclass(frozen=True, slots=True)
class Separation:
    """A combination of fixed effects that tells outcomes apart without error, so that estimates are infinite.

    columns : places of the columns of X in it; direction : (p,) the combination, largest element 1
    complete : no row lies on the dividing line; rows : number of rows told apart by it
    """

    columns: tuple[int, ...]
    direction: Floats
    complete: bool
    rows: int


def separation(
    y: NDArray[np.floating],
    X: NDArray[np.floating],
    trials: NDArray[np.floating] | None = None,
    *,
    counts: bool = False,
) -> Separation | None:
    """Separation of outcomes by the columns of X; None when there is none.

    y : (N,) successes, or counts; X : (N, p); trials : (N,), 1 by default; counts : y are counts, of which 0 can be separated
    Found by linear programming (Konis 2007, thesis, University of Oxford). Random effects do not change it: along the
    direction found the likelihood rises whatever they are.

    >>> separation(np.array([0.0, 0.0, 1.0, 1.0]), np.array([[1.0, 0], [1, 1], [1, 2], [1, 3]])).columns
    (0, 1)
    >>> separation(np.array([0.0, 1.0, 0.0, 1.0]), np.array([[1.0, 0], [1, 1], [1, 2], [1, 3]])) is None
    True
    """
    from scipy.optimize import linprog

    y, X = np.asarray(y, dtype=np.float64), np.asarray(X, dtype=np.float64)
    m = np.ones(len(y)) if trials is None else np.asarray(trials, dtype=np.float64)
    # Rows that know both outcomes, or a positive count, hold the direction at 0.
    sign = np.where(y <= 0, -1.0, 0.0) if counts else np.where(y <= 0, -1.0, np.where(y >= m, 1.0, 0.0))
    size = np.abs(X).max(axis=0)
    size[size == 0] = 1.0
    kinds, of = np.unique(np.column_stack([X / size, sign]), axis=0, return_inverse=True)
    scaled, side = kinds[:, :-1], kinds[:, -1]
    told, held = side[:, None] * scaled, scaled[side == 0]
    told = told[side != 0]
    if not len(told):
        return None
    solved = linprog(
        -told.sum(axis=0),
        A_ub=-told,
        b_ub=np.zeros(len(told)),
        A_eq=held if len(held) else None,
        b_eq=np.zeros(len(held)) if len(held) else None,
        bounds=(-1, 1),
        method="highs",
    )
    if solved.status != 0 or -solved.fun < MOVES:
        return None
    direction = np.where(np.abs(solved.x) > 1e-7, solved.x, 0.0)
    apart = (side * (scaled @ direction) > 1e-9)[of.ravel()]
    direction = direction / size
    return Separation(
        columns=tuple(np.flatnonzero(direction).tolist()),
        direction=direction / np.abs(direction).max(),
        complete=bool(apart.all()),
        rows=int(apart.sum()),
    )


def separated_words(found: Separation, columns: Sequence[str]) -> str:
    """One sentence for a separation, with the columns' names."""
    which = ", ".join(columns[k] for k in found.columns)
    what = "exactly" if found.complete else f"for {found.rows} of the rows"
    return (
        f"{which}: their combination tells the outcomes apart {what} (separation), so these coefficients have no finite "
        "estimate. Leave out a column, join categories in which everybody has the same outcome, or use a "
        "penalised method."
    )


@dataclass(frozen=True, slots=True)
class Checked:
    """Arrays of the right shape: y, X, trials, weights and offset (N, …), columns and codes per level."""

    y: Floats
    X: Floats
    trials: Floats
    weights: Floats
    offset: Floats
    columns: list[Floats]
    codes: list[Ints]


def check(
    y: NDArray[np.floating],
    X: NDArray[np.floating],
    levels: Sequence[Level],
    family: str,
    link: str,
    trials: NDArray[np.floating] | None,
    weights: NDArray[np.floating] | None,
    offset: NDArray[np.floating] | None,
) -> Checked:
    """Arrays ready to be fitted. Raises ValueError with everything that is wrong."""
    if family not in LINKS or link not in LINKS[family]:
        known = "; ".join(f"{one}: {', '.join(links)}" for one, links in LINKS.items())
        raise ValueError(f"family {family!r} with link {link!r} is not known. Possible: {known}.")
    if trials is not None and family != "binomial":
        raise ValueError("trials belong to a binomial family. Give the exposure of a count as offset=log(exposure).")
    y, X, columns, codes = checked(y, X, levels)
    n = len(y)
    one = {"trials": trials, "weights": weights}
    made = {what: np.ones(n) if value is None else np.asarray(value, dtype=np.float64) for what, value in one.items()}
    shift = np.zeros(n) if offset is None else np.asarray(offset, dtype=np.float64)
    wrong = [
        f"{what} must be ({n},); it is {part.shape}."
        for what, part in {**made, "offset": shift}.items()
        if part.shape != (n,)
    ]
    labels = [level.label for level in levels]
    given = {"y": y, "X": X, **made, "offset": shift}
    given |= {f"Z of {name(labels, k)}": z for k, z in enumerate(columns)}
    wrong += [
        f"{what} has {int((~np.isfinite(part)).sum())} absent or infinite values: leave those rows out before fitting."
        for what, part in given.items()
        if not np.isfinite(part).all()
    ]
    if wrong:
        raise ValueError(" ".join(wrong))
    ready = Checked(y, X, made["trials"], made["weights"], shift, columns, codes)
    wrong = [*_outcome(ready, family), *_groups(ready, family, labels), *_columns(ready, labels)]
    if wrong:
        raise ValueError(" ".join(wrong))
    return ready


def _outcome(ready: Checked, family: str) -> list[str]:
    y, trials, wrong = ready.y, ready.trials, []
    if (ready.weights <= 0).any():
        wrong.append("weights must be above 0: leave rows of weight 0 out.")
    if (y != np.round(y)).any() or (y < 0).any():
        wrong.append("y must be whole numbers of at least 0: counts, or successes (0 and 1 when there is one trial).")
    elif family == "binomial":
        if (trials != np.round(trials)).any() or (trials < 1).any() or (y > trials).any():
            wrong.append("y counts the successes among whole numbers of trials: 0 to trials, and trials at least 1.")
        elif (y == 0).all() or (y == trials).all():
            outcome = "0" if (y == 0).all() else "1" if (trials == 1).all() else "all of its trials"
            wrong.append(f"The outcome is constant: every row has {outcome}. There is nothing to explain.")
    elif (y == 0).all():
        wrong.append("The outcome is constant: every count is 0. There is nothing to explain.")
    return wrong


def _groups(ready: Checked, family: str, labels: Sequence[str]) -> list[str]:
    wrong = []
    binary = family == "binomial" and bool((ready.trials == 1).all())
    for k, code in enumerate(ready.codes):
        called = name(labels, k)
        inside = code >= 0
        found, group, rows = np.unique(code[inside], return_inverse=True, return_counts=True)
        if len(found) < 2:
            wrong.append(
                f"{called} has {len(found)} group(s): a variance between groups needs at least 2. Leave it out."
            )
            continue
        if not binary:
            continue
        if rows.max() == 1:
            wrong.append(
                f"{called} has one row per group: with a single 0 or 1 a variance between groups cannot be told. "
                "Leave it out."
            )
            continue
        ones = np.bincount(group, weights=ready.y[inside])
        if ((ones == 0) | (ones == rows)).all():
            wrong.append(
                f"{called}: within every group all outcomes are the same, so the variance between groups has no finite "
                "estimate. Take one row per group and leave the level out."
            )
    return wrong


def _columns(ready: Checked, labels: Sequence[str]) -> list[str]:
    wrong = []
    if len(ready.y) < ready.X.shape[1] or (bad := dependent(ready.X)):
        which = "" if len(ready.y) < ready.X.shape[1] else f" (column {', '.join(str(k + 1) for k in bad)})"
        wrong.append(f"Columns of X are combinations of the others{which}. Leave these out.")
    for k, (z, code) in enumerate(zip(ready.columns, ready.codes, strict=True)):
        if dependent(z[code >= 0]):
            wrong.append(f"Columns of Z of {name(labels, k)} are combinations of each other. Leave one out.")
    return wrong


def dependent(X: Floats) -> list[int]:
    """Columns that those before them already make up."""
    size = np.sqrt((X**2).sum(axis=0))
    scaled = X / np.where(size > 0, size, 1.0)
    left = np.abs(np.diagonal(np.linalg.qr(scaled, mode="r")))
    return (
        np.flatnonzero((left < 1e-9) | (size == 0)).tolist()
        if len(X) >= X.shape[1]
        else list(range(len(X), X.shape[1]))
    )
