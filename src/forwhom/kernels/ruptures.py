"""Ruptures of the alliance and their repair, told from ratings after each session."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forwhom.kernels.control_chart import individuals_chart
from forwhom.kernels.session_courses import lengths_of

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Counts = NDArray[np.intp]

WITHIN = 5
"""Sessions within which the alliance must be back for a rupture to count as repaired."""
SHORT_OF = 0.25
"""Share of the criterion by which the alliance may stay below its former level and count as back."""


@dataclass(frozen=True, slots=True)
class Episodes:
    """Ruptures, an entry each, in the order of people and sessions.

    person, onset : (e,) row and column of the table: the session at which the alliance was found fallen
    before, lowest : (e,) value of the session before, and the lowest of the rupture; depth : before − lowest, score units
    duration : (e,) sessions from onset until the alliance was back, or until nothing more is known of it
    returned : (e,) True when it was seen to be back
    within : sessions a repair may take
    at_risk : (n, m) sessions at which a rupture could have been found
    unresolved : (n, m) True after sessions at which a rupture had happened and the alliance was not back
    """

    person: Counts
    onset: Counts
    before: Floats
    lowest: Floats
    depth: Floats
    duration: Counts
    returned: Flags
    within: int
    at_risk: Flags
    unresolved: Flags

    @property
    def repaired(self) -> Flags:
        """(e,) back within `within` sessions."""
        back: Flags = self.returned & (self.duration <= self.within)
        return back

    @property
    def unrepaired(self) -> Flags:
        """(e,) followed for `within` sessions and not back by then; neither repaired nor unrepaired is open: the sessions ended."""
        known: Flags = ~self.repaired & (self.duration >= self.within)
        return known

    @property
    def per_person(self) -> Counts:
        """(n,) ruptures of each person."""
        return np.bincount(self.person, minlength=self.at_risk.shape[0]).astype(np.intp)


def score_drops(table: ArrayLike, drop: float, *, within: int = WITHIN, short_of: float = SHORT_OF) -> Episodes:
    """A rupture is a fall of at least `drop` from one session to the next; it is repaired when the alliance is back.

    table : (n, m) sessions without gaps, NaN after the last; a higher value is a better alliance
    drop : points of the table
    within, short_of : back means at most short_of × drop below the session before the fall; repaired means within so many sessions

    A further fall before the alliance is back, and within `within` sessions, belongs to the same rupture.
    Sources: Strauss et al. (2006, J Consult Clin Psychol 74, 337-345: a fall of one standard deviation) and Stiles et
    al. (2004, J Couns Psychol 51, 81-92: of two), both as reported by Gumz et al. (2012, BMC Med Res Methodol 12:10);
    Stevens et al. (2007, Am J Psychother 61, 109-129: a fall of one point, back to a quarter of a point within three to
    five sessions), as recollected from others who cite it.

    >>> found = score_drops([[5.0, 5.0, 3.5, 4.0, 5.0, 5.2, 4.0, 4.0]], 1.0)
    >>> found.onset, found.depth, found.duration, found.repaired
    (array([2, 6]), array([1.5, 1.2]), array([2, 1]), array([ True, False]))
    """
    if not drop > 0:
        raise ValueError(f"drop is {drop!r}; a fall is above 0 points.")
    values = np.asarray(table, dtype=np.float64)
    inside = np.arange(values.shape[1]) < lengths_of(values)[:, None]
    fell = np.zeros(values.shape, dtype=bool)
    with np.errstate(invalid="ignore"):
        # A fall that equals the criterion counts, whatever decimal fractions do in binary.
        fell[:, 1:] = values[:, :-1] - values[:, 1:] >= drop * (1.0 - 1e-9)
    target = np.full(values.shape, np.nan)
    target[:, 1:] = values[:, :-1] - short_of * drop * (1.0 + 1e-9)
    at_risk = inside.copy()
    at_risk[:, :1] = False
    return _follow(values, fell & inside, target, at_risk, within)


def below_limits(table: ArrayLike, *, within: int = WITHIN, least: int = 6, so_far: bool = False) -> Episodes:
    """A rupture is a session below the limits of the person's own control chart that follows one within them.

    Arguments as in `individuals_chart` and `score_drops`. It is repaired when a later session reaches the centre of the chart, or the
    level of the session before the fall where that is lower. A low stretch at the start is no rupture: nothing broke yet.
    Source: Eubanks-Carter, Gorman & Muran (2012, Psychother Res 22, 621-637), rules as recollected, not read in the paper.

    >>> found = below_limits([[5.0, 5.2, 5.1, 5.0, 5.2, 5.1, 3.0, 5.0, 5.1, 5.2, 5.0]])
    >>> found.onset, found.duration, found.repaired
    (array([6]), array([1]), array([ True]))
    """
    values = np.asarray(table, dtype=np.float64)
    chart = individuals_chart(values, least=least, so_far=so_far)
    fell = chart.signal.copy()
    fell[:, :1] = False
    with np.errstate(invalid="ignore"):
        fell[:, 1:] &= ~chart.signal[:, :-1] & (values[:, 1:] < values[:, :-1])
    target = chart.centre.copy()
    target[:, 1:] = np.minimum(target[:, 1:], values[:, :-1])
    at_risk = chart.charted.copy()
    at_risk[:, :1] = False
    return _follow(values, fell & at_risk, target, at_risk, within)


def _follow(values: Floats, fell: Flags, target: Floats, at_risk: Flags, within: int) -> Episodes:
    """Session by session, everybody at once: begin, follow and end ruptures."""
    n, m = values.shape
    by_session, falls, goals = (np.ascontiguousarray(part.T) for part in (values, fell, target))
    current = np.full(n, -1)
    goal, start, lowest = (np.full(n, np.nan) for _ in range(3))
    open_after = np.zeros((m, n), dtype=bool)
    ended: list[tuple[Counts, Counts, Floats, Floats, Counts, Flags]] = []

    def end(who: Counts, until: Counts, back: bool) -> None:
        ended.append((who, current[who], start[who], lowest[who], until - current[who], np.full(who.size, back)))

    for t in range(m):
        now = by_session[t]
        # A comparison with an absent value, or with the goal of nobody, is False.
        with np.errstate(invalid="ignore"):
            back = now >= goal
            deeper = (now < lowest) & (t - current <= within)
        lowest[deeper] = now[deeper]
        who = np.flatnonzero(back)
        if who.size:
            end(who, np.full(who.size, t), back=True)
            current[who], goal[who], lowest[who] = -1, np.nan, np.nan
        new = np.flatnonzero(falls[t] & ~back & ((current < 0) | (t - current >= within)))
        if new.size:
            again = new[current[new] >= 0]
            if again.size:
                end(again, np.full(again.size, t), back=False)
            current[new], start[new], lowest[new], goal[new] = t, by_session[t - 1][new], now[new], goals[t][new]
        open_after[t] = (current >= 0) & np.isfinite(now)
    still = np.flatnonzero(current >= 0)
    end(still, np.isfinite(values[still]).sum(axis=1) - 1, back=False)
    person, onset, before, low, duration, returned = (np.concatenate(part) for part in zip(*ended, strict=True))
    order = np.lexsort((onset, person))
    return Episodes(
        person[order], onset[order], before[order], low[order], (before - low)[order], duration[order], returned[order], within, at_risk,
        np.ascontiguousarray(open_after.T),
    )  # fmt: skip
