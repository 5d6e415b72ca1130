"""Robust CFI, TLI and RMSEA of ordered answers: how far the correlations are off, measured by normal likelihood (Savalei, 2021)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.polychoric import item_pairs
from forwhom.kernels.sem.ordered import Predicted
from forwhom.kernels.sem.ordered_moments import OrderedMoments

Array = NDArray[np.float64]
POSITIVE = 1.5e-8
"""Smallest eigenvalue of a polychoric matrix that counts as positive definite."""


def correlation_scaling(
    data: Sequence[OrderedMoments],
    weight: Sequence[Array],
    jacobians: Sequence[Array],
    at: Sequence[Predicted],
    bread: Array,
    df: int,
) -> tuple[float, float, float, float] | None:
    """Normal-theory chi-square of the polychoric correlations at the estimates, its scaling, and both of independence.

    weight, jacobians, at : by group; bread : inverse of the weighted information
    None where a polychoric or an implied matrix is not positive definite.
    """
    n = sum(each.n for each in data)
    chisq = baseline = trace = baseline_trace = 0.0
    pairs = 0
    pulls, bents, curves = [], np.zeros_like(bread), np.zeros_like(bread)
    for each, own, jacobian, here in zip(data, weight, jacobians, at, strict=True):
        p = each.ordered.size
        one, two = item_pairs(p)
        keep = slice(each.statistics.size - one.size, None)
        implied = np.eye(p)
        implied[one, two] = implied[two, one] = here.values[keep]
        if min(np.linalg.eigvalsh(each.matrix)[0], np.linalg.eigvalsh(implied)[0]) < POSITIVE:
            return None
        share = each.n / n
        inverse = np.linalg.inv(implied)
        log = float(np.linalg.slogdet(each.matrix)[1])
        chisq += each.n * (float(np.linalg.slogdet(implied)[1]) - log + float((inverse * each.matrix).sum()) - p)
        baseline -= each.n * log
        crossed = inverse[np.ix_(one, two)]
        curvature = inverse[np.ix_(one, one)] * inverse[np.ix_(two, two)] + crossed * crossed.T
        gamma = each.gamma[keep, keep]
        slope = jacobian[keep]
        pulled = slope * own[keep, None]
        baseline_trace += float(np.trace(gamma))
        trace += float((curvature * gamma).sum())
        bents += share * slope.T @ curvature @ gamma @ pulled
        curves += share * slope.T @ curvature @ slope
        pulls.append(share * pulled.T @ gamma @ pulled)
        pairs += one.size
    # Of (I - D E D'W)' V (I - D E D'W) Gamma, the terms beside V Gamma.
    trace += -2 * float(np.trace(bread @ bents)) + float(np.trace(bread @ curves @ bread @ sum(pulls)))
    return chisq, trace / df, baseline, baseline_trace / pairs


__all__ = ["correlation_scaling"]
