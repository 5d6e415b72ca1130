"""Cross-products of values one and two occasions apart, with own courses taken out, and what they are on average.

A person's run of occasions is cut into stretches; in each a polynomial is taken out of the values before (lag) and after (lead)
by the same projection M. For a stationary process with E[w_s w_t'] = Phi^(s - t) Gamma the expectation of a cross-product is
sum over s, t of M_st E[w_s w_t'], so a person's pattern of occasions enters by how often each distance s - t occurs only.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

LEAST_PAIRS = 3
"""Pairs of neighbouring occasions a stretch needs to say anything once a mean is taken out; one more for each further degree."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Per person, summed over stretches: cross-products, and how often each distance enters their expectation.

    moments : (n, 7) lag by lag (11, 12, 22), lead by lag (lead first by lag first, lead first by lag second, …)
    same : (n, h) weights of distances 0, 1, … of lag by lag, earlier and later together
    ahead : (n, 2 h) weights of lead by lag: distances 0, 1, …, then 0, −1, … (0 counts among the first)
    two : (n, 2) lead two occasions on by lag, each variable by itself; two_ahead : (n, 2 h) as `ahead`; two_free : (n,) trace
    """

    person: Ints
    pairs: Ints
    moments: Floats
    same: Floats
    ahead: Floats
    two: Floats
    two_ahead: Floats
    two_free: Floats


def stretches(occasion: Ints, stretch: int | None) -> list[tuple[int, int]]:
    """From and to (first and one past the last row) of each stretch; neighbours share their border, so no pair is lost.

    occasion : (m,) whole numbers in order, of one person; stretch : least distance from first to last, None for one stretch

    >>> stretches(np.arange(10), 4)
    [(0, 5), (4, 10)]
    """
    span = int(occasion[-1] - occasion[0])
    count = 1 if stretch is None else max(1, span // stretch)
    edges = occasion[0] + (np.arange(count + 1) * span) // count
    low = np.searchsorted(occasion, edges[:-1], side="left")
    high = np.searchsorted(occasion, edges[1:], side="right")
    return [(int(a), int(b)) for a, b in zip(low, high, strict=True) if b > a]


def parts_of(person: Ints, occasion: Ints, z: Floats, *, degree: int, stretch: int | None) -> Parts | None:
    """Everything per person; rows by person and occasion. None when nobody has pairs enough."""
    starts = np.concatenate([[0], np.flatnonzero(np.diff(person)) + 1, [person.size]])
    cut = [
        (int(person[a]), a + low, a + high)
        for a, b in pairwise(starts.tolist())
        for low, high in stretches(occasion[a:b], stretch)
    ]
    reach = max((int(occasion[b - 1] - occasion[a]) for _, a, b in cut), default=0) + 3
    known: dict[bytes, tuple[Floats, Floats, Floats]] = {}

    def weighed(at: Ints, on: int) -> tuple[Floats, Floats, Floats]:
        key = at.tobytes() + bytes([on])
        if key not in known:
            known[key] = weights(at, reach, degree=degree, on=on)
        return known[key]

    who, pairs, rows = [], [], []
    for code, a, b in cut:
        t = occasion[a:b]
        follows = np.diff(t) == 1
        lag = np.flatnonzero(follows)
        if lag.size < LEAST_PAIRS + degree:
            continue
        keep, same, ahead = weighed(t[lag] - t[0], 1)
        x, y = keep @ z[a:b][lag], keep @ z[a:b][lag + 1]
        xx, yx = x.T @ x, y.T @ x
        two: Floats = np.zeros(2)
        two_ahead: Floats = np.zeros(2 * reach)
        trace = 0.0
        third = np.flatnonzero(follows[:-1] & follows[1:])
        if third.size >= LEAST_PAIRS + degree:
            keep, _, two_ahead = weighed(t[third] - t[0], 2)
            two = ((keep @ z[a:b][third + 2]) * (keep @ z[a:b][third])).sum(axis=0)
            trace = float(np.trace(keep))
        who.append(code)
        pairs.append(lag.size)
        rows.append(
            np.concatenate([[xx[0, 0], xx[0, 1], xx[1, 1]], yx.ravel(), two, [trace, lag.size], same, ahead, two_ahead])
        )
    if not who:
        return None
    names, of = np.unique(np.array(who), return_inverse=True)
    total = np.zeros((names.size, rows[0].size))
    np.add.at(total, of.ravel(), np.array(rows))
    ends = np.cumsum([7, 2, 1, 1, reach, 2 * reach])
    moments, two, free, count, same, ahead, two_ahead = np.split(total, ends, axis=1)
    return Parts(names, count[:, 0].astype(np.intp), moments, same, ahead, two, two_ahead, free[:, 0])


def weights(at: Ints, reach: int, *, degree: int, on: int = 1) -> tuple[Floats, Floats, Floats]:
    """What takes the polynomial out of the values at `at`, and the weights of distances in time (see `Parts`).

    on : how many occasions the lead is later than the lag
    """
    centred = 2 * (at - at.mean()) / max(int(np.ptp(at)), 1)
    columns = np.polynomial.legendre.legvander(centred, degree)
    keep = np.eye(at.size) - columns @ np.linalg.pinv(columns)
    distance = at[:, None] - at[None, :]
    same = np.bincount(np.abs(distance).ravel(), keep.ravel(), reach).astype(np.float64)
    later = distance + on
    place = np.where(later >= 0, later, reach - later)
    ahead = np.bincount(place.ravel(), keep.ravel(), 2 * reach).astype(np.float64)
    return keep, same, ahead


def powers(phi: Floats, reach: int) -> tuple[Floats, Floats]:
    """(reach, b) factors a, c of Phi^h = a_h Phi + c_h I (Cayley-Hamilton), h = 0, 1, …"""
    trace = phi[:, 0, 0] + phi[:, 1, 1]
    det = phi[:, 0, 0] * phi[:, 1, 1] - phi[:, 0, 1] * phi[:, 1, 0]
    a, c = np.zeros((reach, len(phi))), np.zeros((reach, len(phi)))
    c[0] = 1.0
    for h in range(1, reach):
        a[h] = trace * a[h - 1] + c[h - 1]
        c[h] = -det * a[h - 1]
    return a, c


def _summed(weight: Floats, a: Floats, c: Floats, phi: Floats, gamma: Floats) -> Floats:
    """(b, 2, 2) sum over h of weight_h Phi^h Gamma."""
    on, one = np.einsum("bh,hb->b", weight, a), np.einsum("bh,hb->b", weight, c)
    return np.asarray(on[:, None, None] * (phi @ gamma) + one[:, None, None] * gamma)


def expected(phi: Floats, gamma: Floats, same: Floats, ahead: Floats) -> Floats:
    """(b, 7) what the cross-products are on average, in the order of `Parts.moments`."""
    reach = same.shape[1]
    a, c = powers(phi, reach)
    both = _summed(same, a, c, phi, gamma)
    xx = (both + both.swapaxes(1, 2)) / 2
    yx = _later(ahead, a, c, phi, gamma)
    return np.column_stack([xx[:, 0, 0], xx[:, 0, 1], xx[:, 1, 1], yx.reshape(-1, 4)])


def expected_two(phi: Floats, gamma: Floats, two_ahead: Floats) -> Floats:
    """(b, 2) the same of `Parts.two`."""
    a, c = powers(phi, two_ahead.shape[1] // 2)
    return np.asarray(np.einsum("bii->bi", _later(two_ahead, a, c, phi, gamma)))


def _later(ahead: Floats, a: Floats, c: Floats, phi: Floats, gamma: Floats) -> Floats:
    reach = ahead.shape[1] // 2
    after = _summed(ahead[:, :reach], a, c, phi, gamma)
    before = _summed(ahead[:, reach:], a, c, phi, gamma)
    return after + before.swapaxes(1, 2)


__all__ = ["LEAST_PAIRS", "Parts", "expected", "expected_two", "parts_of", "powers", "stretches", "weights"]
