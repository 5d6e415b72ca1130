"""What eliminating the random effects leaves of a mixed model's cross-products, and one step of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forwhom.kernels.mixed_groups import Floats


@dataclass(frozen=True, slots=True)
class Jet:
    """Cross-products left after elimination, summed log-determinants, and their derivatives.

    m : (H, r, r) per group of the next level; at the top H = 1 and the columns are [X | y]
    m1, m2 : (H, n, r, r) and (H, n, n, r, r) derivatives with respect to the elements of T, innermost level first
    logdet, logdet1, logdet2 : scalar, (n,), (n, n)
    Without derivatives n = 0.
    """

    m: Floats
    m1: Floats
    m2: Floats
    logdet: float
    logdet1: Floats
    logdet2: Floats


@dataclass(frozen=True, slots=True)
class Parts:
    """K = (T^-1 + A)^-1, J = (I + TA)^-1, N = (A^-1 + T)^-1 and log det(I + AT), the groups on the last axis."""

    k: Floats
    j: Floats
    n: Floats
    logdet: Floats


def parts(a: Floats, t: Floats) -> Parts:
    """From A (q, q, P) and T (q, q); T may be singular."""
    q = len(t)
    if q == 1:
        j = 1.0 / (1.0 + t[0, 0] * a)
        return Parts(t[0, 0] * j, j, a * j, -np.log(j[0, 0]))
    if q == 2:
        det_a = a[0, 0] * a[1, 1] - a[0, 1] * a[0, 1]
        det_t = t[0, 0] * t[1, 1] - t[0, 1] * t[0, 1]
        (t00, t01), (_, t11) = t
        ta = np.empty_like(a)
        ta[0, 0], ta[0, 1] = t00 * a[0, 0] + t01 * a[0, 1], t00 * a[0, 1] + t01 * a[1, 1]
        ta[1, 0], ta[1, 1] = t01 * a[0, 0] + t11 * a[0, 1], t01 * a[0, 1] + t11 * a[1, 1]
        det = 1.0 + ta[0, 0] + ta[1, 1] + det_a * det_t
        k, n, j = np.empty_like(a), np.empty_like(a), np.empty_like(a)
        k[0, 0], k[1, 1] = t00 + det_t * a[1, 1], t11 + det_t * a[0, 0]
        k[0, 1] = k[1, 0] = t01 - det_t * a[0, 1]
        n[0, 0], n[1, 1] = a[0, 0] + det_a * t11, a[1, 1] + det_a * t00
        n[0, 1] = n[1, 0] = a[0, 1] - det_a * t01
        j[0, 0], j[1, 1] = 1.0 + ta[1, 1], 1.0 + ta[0, 0]
        j[0, 1], j[1, 0] = -ta[0, 1], -ta[1, 0]
        return Parts(k / det, j / det, n / det, np.log(det))
    stacked = a.transpose(2, 0, 1)
    inner = np.eye(q) + t @ stacked
    j = np.linalg.inv(inner)
    k, n = j @ t, stacked @ j
    k, n = (k + k.transpose(0, 2, 1)) / 2, (n + n.transpose(0, 2, 1)) / 2
    j = np.asarray(j, dtype=np.float64)
    return Parts(k.transpose(1, 2, 0), j.transpose(1, 2, 0), n.transpose(1, 2, 0), np.linalg.slogdet(inner)[1])
