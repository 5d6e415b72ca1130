"""How many sudden changes noise alone would call reversed, had all of them lasted."""

from __future__ import annotations

import numpy as np

from forwhom.analysis.how.session_table import DRAWS, SessionTable, drawn_line
from forwhom.analysis.how.sudden_table import Layout
from forwhom.kernels.session_courses import straight_lines
from forwhom.kernels.sudden_change import SuddenChanges, sudden_changes


def reversed_by_noise(
    table: SessionTable, by: Layout, changes: SuddenChanges, points: float, rng: np.random.Generator, *, falling: bool
) -> tuple[np.ndarray, np.ndarray]:
    """(draws,) changes found again with later sessions, and how many of them noise reverses.

    Courses have everybody's own straight line, the steps found, lasting to the end, and noise of what then is left, alike from session
    to session. Only changes found again at the same session count, so that the choice by size is the same as in what was seen. From
    where a change was reversed the level is free when line, step and noise are told, or a lost step would pass for noise.
    """
    added, back = lasting_steps(table, by, changes)
    lines = straight_lines(table.table - added - back)
    made = drawn_line(table, lines, DRAWS, rng, added)
    found = sudden_changes(by.spread(table.process.sign * made), points, falling=falling)
    n = table.arm.size
    place = set(zip(changes.person.tolist(), changes.session.tolist(), strict=True))
    again = np.array(
        [(i % n, s) in place for i, s in zip(found.person.tolist(), found.session.tolist(), strict=True)], dtype=bool
    )
    again &= found.known_later > 0
    draw = found.person // n
    return (
        np.bincount(draw[again], minlength=DRAWS),
        np.bincount(draw[again & found.reversed], minlength=DRAWS),
    )


def lasting_steps(table: SessionTable, by: Layout, changes: SuddenChanges) -> tuple[np.ndarray, np.ndarray]:
    """(n, m) twice: each person's steps beside the own straight line by least squares, and their ways back; 0 for people without any."""
    added, back = np.zeros(table.table.shape), np.zeros(table.table.shape)
    for i in np.unique(changes.person).tolist():
        m = int(table.lengths[i])
        mine = np.flatnonzero(changes.person == i)
        column, y = by.column[i, :m], table.table[i, :m]
        steps = [column > changes.session[k] for k in mine]
        ways = [_way_back(column, y, changes, k) for k in mine.tolist() if changes.reversed[k]]
        x = np.column_stack([np.ones(m), np.arange(m), *steps, *ways]).astype(float)
        beta = np.linalg.lstsq(x, y, rcond=None)[0]
        until = 2 + mine.size
        added[i, :m], back[i, :m] = x[:, 2:until] @ beta[2:until], x[:, until:] @ beta[until:]
    return added, back


def _way_back(column: np.ndarray, y: np.ndarray, changes: SuddenChanges, k: int) -> np.ndarray:
    """(m,) sessions from the first that lost more than half of a step again."""
    session = changes.session[k]
    level = y[column == session + 1][0]
    toward = np.sign(y[column == session][0] - level)
    lost = (column > session + 1) & (toward * (y - level) > 0.5 * changes.size[k])
    far: np.ndarray = np.arange(y.size) >= np.argmax(lost)
    return far


def large_at_the_ends(table: SessionTable, by: Layout, points: float, changes: SuddenChanges) -> int:
    """People whose first or last step, which no three criteria can test, is a gain of at least `points`."""
    found = 0
    for i in range(table.arm.size):
        m = int(table.lengths[i])
        for a in {0, m - 2} if m > 1 else ():
            near = by.column[i, a + 1] - by.column[i, a] == 1
            tested = near and bool(changes.tested[i, by.column[i, a]])
            if near and not tested and table.table[i, a + 1] - table.table[i, a] >= points:
                found += 1
                break
    return found
