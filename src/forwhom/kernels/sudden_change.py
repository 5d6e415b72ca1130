"""Sudden gains and losses: large, lasting steps of a score between two neighbouring sessions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Counts = NDArray[np.intp]

SHARE = 0.25
"""Second criterion: the step is at least this share of the score before it."""
ALPHA = 0.05
REACH = 3
"""Sessions before and after a step that the third criterion compares; at least two of each must be known."""
REVERSED = 0.5
"""Share of a step that, lost again, reverses it."""


@dataclass(frozen=True, slots=True)
class SuddenChanges:
    """Steps, an entry each, in the order of people and sessions.

    person, session : (e,) row of the table and column of the last session before the step
    before, after : (e,) the two scores; size : the step in the direction looked for, above 0
    reversed : (e,) a later session lost more than half of the step again; known_later : (e,) sessions known after the step's
    first, last : (e,) the person's first and last known score; share_of_change : size over the whole change in the direction
        looked for, NaN where there is none
    tested : (n, m − 1) True for pairs of sessions where all three criteria could be applied
    """

    person: Counts
    session: Counts
    before: Floats
    after: Floats
    size: Floats
    reversed: Flags
    known_later: Counts
    first: Floats
    last: Floats
    share_of_change: Floats
    tested: Flags

    @property
    def per_person(self) -> Counts:
        """(n,) steps of each person."""
        return np.bincount(self.person, minlength=self.tested.shape[0]).astype(np.intp)


def sudden_changes(
    table: ArrayLike,
    points: float,
    *,
    falling: bool = True,
    share: float = SHARE,
    alpha: float = ALPHA,
    adjusted: bool = True,
    from_first: bool = False,
) -> SuddenChanges:
    """Steps that meet the three criteria of Tang & DeRubeis (1999, J Consult Clin Psychol 67, 894-904).

    table : (n, m) scores by session, NaN where a session has none
    points : smallest step that counts, in raw points (first criterion)
    falling : look for falls (gains where lower is better); else for rises
    share : of the score before the step (second criterion)
    alpha, adjusted : the third criterion asks that the means of the (up to three) sessions before and after differ by
        more than the two-sided t quantile times the pooled standard deviation. Its degrees of freedom follow the
        sessions that are known (Lutz et al., 2013, Psychother Res 23, 14-24); not adjusted: always that of six
        sessions, 2.776
    from_first : also steps from the first session on, when the first column was before treatment; the one session before such
        a step cannot meet the third criterion, which needs two

    The standard deviation is not divided by the number of sessions, as the criterion was published and as the R package
    suddengains has it (Wiedemann et al., 2020, PLoS ONE 15, e0230276); a t test proper would be met by steps 18 % smaller.
    A step after a session whose score is below 0 meets no second criterion. A step is reversed when a later session lies more
    than half of it back.

    >>> found = sudden_changes([[32.0, 31, 33, 15, 14, 16, 15, 15]], 7.0)
    >>> found.session, found.size, found.reversed, found.share_of_change.round(2)
    (array([2]), array([18.]), array([False]), array([1.06]))
    """
    if not points > 0:
        raise ValueError(f"points is {points!r}; the smallest step that counts is above 0.")
    values = np.asarray(table, dtype=np.float64)
    if values.ndim != 2:
        raise ValueError(f"table has shape {values.shape}; give people in rows and sessions in columns.")
    sign = 1.0 if falling else -1.0
    n, m = values.shape
    size = sign * (values[:, :-1] - values[:, 1:]) if m > 1 else np.zeros((n, 0))
    with np.errstate(invalid="ignore"):
        first = size >= points * (1.0 - 1e-12)
        second = (size >= share * values[:, :-1] * (1.0 - 1e-12)) & (values[:, :-1] >= 0) & (size > 0)
    tested = _two_on_either_side(values) & np.isfinite(size) if m > 1 else np.zeros((n, 0), dtype=bool)
    if not from_first:
        tested[:, :1] = False
    tested[:, max(m - 2, 0) :] = False
    person, session = np.nonzero(tested & first & second)
    third = _means_differ(sign * values, person, session, alpha, adjusted)
    person, session = person[third], session[third]
    step = size[person, session]
    turned, later = _turned(values, sign, person, session, step)
    start, end = _ends(values)
    change = sign * (start - end)[person]
    with np.errstate(invalid="ignore", divide="ignore"):
        of_change = np.where(change > 0, step / change, np.nan)
    return SuddenChanges(
        person, session, values[person, session], values[person, session + 1], step, turned, later, start[person],
        end[person], of_change, tested,
    )  # fmt: skip


def _two_on_either_side(values: Floats) -> Flags:
    """(n, m − 1) whether two of the three sessions on either side of a pair's middle are known."""
    n, m = values.shape
    total = np.zeros((n, m + 1), dtype=np.int32)
    np.cumsum(np.isfinite(values), axis=1, out=total[:, 1:])
    edge = np.arange(1, m)
    before = total[:, edge] - total[:, np.maximum(edge - REACH, 0)]
    after = total[:, np.minimum(edge + REACH, m)] - total[:, edge]
    enough: Flags = (before >= 2) & (after >= 2)
    return enough


def _means_differ(values: Floats, person: Counts, pair: Counts, alpha: float, adjusted: bool) -> Flags:
    """(c,) third criterion of single pairs: mean before − mean after > quantile × pooled standard deviation."""
    m = values.shape[1]
    sides = []
    for offsets in (np.arange(1 - REACH, 1), np.arange(1, REACH + 1)):
        at = pair[:, None] + offsets
        inside = (at >= 0) & (at < m)
        found = np.where(inside, values[person[:, None], np.clip(at, 0, m - 1)], np.nan)
        known = np.isfinite(found)
        count = known.sum(axis=1)
        mean = np.where(known, found, 0.0).sum(axis=1) / count
        sides.append((count, mean, (np.where(known, found - mean[:, None], 0.0) ** 2).sum(axis=1)))
    (count1, mean1, rest1), (count2, mean2, rest2) = sides
    free = (count1 + count2 - 2).astype(np.float64)
    quantile = -stdtrit(free if adjusted else 2.0 * REACH - 2, alpha / 2)
    differ: Flags = mean1 - mean2 > quantile * np.sqrt((rest1 + rest2) / free)
    return differ


def _turned(values: Floats, sign: float, person: Counts, session: Counts, step: Floats) -> tuple[Flags, Counts]:
    """Whether a session after the step's second one lost more than half of it, and how many such sessions are known."""
    rows = values[person]
    after = np.arange(values.shape[1]) >= (session + 2)[:, None]
    limit = sign * rows[np.arange(person.size), session + 1] + REVERSED * step
    with np.errstate(invalid="ignore"):
        lost = after & (sign * rows > limit[:, None])
    turned: Flags = np.asarray(lost.any(axis=1))
    later: Counts = (after & np.isfinite(rows)).sum(axis=1)
    return turned, later


def _ends(values: Floats) -> tuple[Floats, Floats]:
    """(n,) first and last known score, NaN for people without any."""
    known = np.isfinite(values)
    rows, none = np.arange(values.shape[0]), ~known.any(axis=1)
    first = values[rows, np.argmax(known, axis=1)]
    last = values[rows, values.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)]
    return np.where(none, np.nan, first), np.where(none, np.nan, last)
