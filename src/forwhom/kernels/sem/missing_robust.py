"""CFI, TLI and RMSEA as complete data would have given them, from data with missing values (Zhang & Savalei, 2023)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.sem.ram import Implied, Ram, directions, gathered

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Unrestricted:
    """One group's unrestricted moments: sigma (p, p), mu (p,), n persons; information and meat (s, s): observed, and products of
    the scores, by the cells of sigma below and on the diagonal (row by row) and then mu."""

    sigma: Array
    mu: Array
    n: int
    information: Array
    meat: Array


@dataclass(frozen=True, slots=True)
class Corrected:
    """Discrepancies that would be expected of complete data, and what their means are worth: chisq - scaling df is centred."""

    chisq: float
    scaling: float
    baseline_chisq: float
    baseline_scaling: float


def corrected(
    models: Sequence[Ram],
    at: Sequence[Implied],
    free: Sequence[Unrestricted],
    baseline: Sequence[tuple[Ram, Implied]],
    q: int,
    *,
    robust: bool,
    given: Sequence[int] = (),
) -> Corrected | None:
    """The normal discrepancy between the unrestricted moments and the model's, with its scaling: FIML-C V3 (robust) or V6.

    models, at : of the fit, q parameters; baseline : of independence, with parameters of their own in each group
    given : variables whose moments are taken as known, and are no parameters of the model's
    None where a matrix is singular.
    """
    keep = _kept(free[0].mu.size, given)
    inner = np.ones(q, dtype=bool)
    inner[_given_parameters(models, given)] = False
    df = sum(int(keep.sum()) for _ in free) - int(inner.sum())
    jacobians = [
        gathered(model.cells, q, moved(model, here))[np.ix_(keep, inner)]
        for model, here in zip(models, at, strict=True)
    ]
    base = [
        gathered(model.cells, model.cells.size, moved(model, here))[
            np.ix_(keep, np.setdiff1d(np.arange(model.cells.size), _given_parameters([model], given)))
        ]
        for model, here in baseline
    ]
    wide = sum(each.shape[1] for each in base)
    apart, start = [], 0
    for each in base:
        placed = np.zeros((each.shape[0], wide))
        placed[:, start : start + each.shape[1]] = each
        apart.append(placed)
        start += each.shape[1]
    try:
        own = _trace(free, jacobians, keep, robust=robust)
        other = _trace(free, apart, keep, robust=robust)
    except np.linalg.LinAlgError:
        return None
    free_moments = len(free) * int(keep.sum())
    if df == 0 or free_moments == wide:
        return None
    base_chisq = _discrepancy(free, [here for _, here in baseline])
    return Corrected(_discrepancy(free, at), own / df, base_chisq, other / (free_moments - wide))


def _kept(p: int, given: Sequence[int]) -> NDArray[np.bool_]:
    """Moments that are not those of given variables alone."""
    taken = np.isin(np.arange(p), np.asarray(given, dtype=int))
    row, column = np.tril_indices(p)
    return np.concatenate([~(taken[row] & taken[column]), ~taken])


def _given_parameters(models: Sequence[Ram], given: Sequence[int]) -> NDArray[np.intp]:
    """Parameters that are moments of given variables alone."""
    found: list[NDArray[np.intp]] = [np.empty(0, dtype=np.intp)]
    for model in models:
        cells = model.free_covariances
        found.append(cells.parameter[np.isin(cells.row, given) & np.isin(cells.column, given)])
        found.append(model.free_means.parameter[np.isin(model.free_means.row, given)])
    return np.unique(np.concatenate(found))


def moved(model: Ram, at: Implied) -> Array:
    """Derivatives of the moments (cells of sigma on and below the diagonal, then mu) by free cell, (s, c)."""
    along = directions(model, at)
    row, column = np.tril_indices(model.observed)
    x, y = along.vectors[:, along.x], along.vectors[:, along.y]
    sigma = along.weight * (x[row] * y[column] + y[row] * x[column])
    return np.concatenate([sigma, along.shift * along.vectors[:, along.z]])


def complete_information(sigma: Array) -> Array:
    """Expected information of one complete person about the unrestricted moments, in the order of `moved`."""
    inverse = np.linalg.inv(sigma)
    row, column = np.tril_indices(sigma.shape[0])
    crossed = inverse[np.ix_(row, column)]
    part = inverse[np.ix_(row, row)] * inverse[np.ix_(column, column)] + crossed * crossed.T
    half = np.where(row == column, 0.5, 1.0)
    s, p = row.size, sigma.shape[0]
    made = np.zeros((s + p, s + p))
    made[:s, :s] = part * np.outer(half, half)
    made[s:, s:] = inverse
    return made


def _trace(free: Sequence[Unrestricted], jacobians: Sequence[Array], keep: NDArray[np.bool_], *, robust: bool) -> float:
    """Trace of U W^-1 C W^-1 U Gamma: W the information in these data, C in complete ones, U what the model leaves of W."""
    n = sum(each.n for each in free)
    q = jacobians[0].shape[1]
    known = np.zeros((q, q))
    own = np.ix_(keep, keep)
    information = [each.information[own] / n for each in free]
    for block, slope in zip(information, jacobians, strict=True):
        known += slope.T @ block @ slope
    inverse = np.linalg.inv(known)
    total = 0.0
    # U W^-1 = I - W D E D', of which the blocks between groups matter too.
    left = [slope @ inverse for slope in jacobians]
    pulls = [block @ slope for block, slope in zip(information, jacobians, strict=True)]
    complete = [each.n / n * complete_information(each.sigma)[own] for each in free]
    for k, each in enumerate(free):
        bread = np.linalg.inv(information[k])
        gamma = bread @ (each.meat[own] / n) @ bread if robust else bread
        size = gamma.shape[0]
        for j in range(len(free)):
            # Column of W^-1 U that takes an error in group k to a misfit in group j.
            carried = (np.eye(size) if j == k else 0.0) - left[j] @ pulls[k].T
            if robust:
                total += float(np.einsum("ij,ij->", carried @ gamma, complete[j] @ carried))
        if not robust:
            total += float(np.einsum("ij,ji->", complete[k], bread - left[k] @ jacobians[k].T))
    return total


def _discrepancy(free: Sequence[Unrestricted], at: Sequence[Implied]) -> float:
    total = 0.0
    for each, here in zip(free, at, strict=True):
        inverse = np.linalg.inv(here.sigma)
        off = each.mu - here.mu
        log = float(np.linalg.slogdet(here.sigma)[1] - np.linalg.slogdet(each.sigma)[1])
        total += each.n * (log + float((inverse * each.sigma).sum()) - off.size + float(off @ inverse @ off))
    return total


__all__ = ["Corrected", "Unrestricted", "complete_information", "corrected", "moved"]
