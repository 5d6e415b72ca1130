"""The sessions of one variable as a table of people by sessions, and which columns are the alliance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from forwhom.analysis.how.process import Process, process, process_columns
from forwhom.kernels.session_courses import StraightLines, as_table, shuffled, simulated, step_of, straight_lines
from forwhom.study import Study

DRAWS = 200
"""Null courses of everybody that chance levels are counted in."""
AT_ONCE = 2_000_000
"""Values of null courses held in memory at a time."""
ALLIANCE = "alliance"


@dataclass(frozen=True, slots=True)
class SessionTable:
    """Everybody's rated sessions side by side.

    people : (n,) row of `Process.ids` of everybody with a rating
    table : (n, m) values turned so that higher is better, NaN after a person's last rating
    number, time : (n, m) of each session, NaN where unknown
    arm : (n,) index into Process.arms; therapist : (n,) code of whom the person saw most, −1 when unknown
    low, high : limits of the possible value, turned as the table; None where unknown
    step : smallest difference of two values, as declared or as they show; None where there is none
    gaps : people between whose ratings sessions lie that have none
    """

    process: Process
    people: np.ndarray
    table: np.ndarray
    number: np.ndarray
    time: np.ndarray
    arm: np.ndarray
    therapist: np.ndarray
    low: float | None
    high: float | None
    step: float | None
    gaps: int

    @property
    def lengths(self) -> np.ndarray:
        """(n,) rated sessions."""
        counts: np.ndarray = np.isfinite(self.table).sum(axis=1)
        return counts

    @property
    def clusters(self) -> np.ndarray | None:
        """(n,) therapists where there are several, else None."""
        return self.therapist if np.unique(self.therapist[self.therapist >= 0]).size > 1 else None


def session_table(seen: Process) -> SessionTable | None:
    """The table of one process; None when nobody has a value."""
    if not seen.person.size:
        return None
    starts = seen.starts
    people = seen.person[starts[:-1]]
    number, time = as_table(seen.session, starts), as_table(seen.time, starts)
    steps = np.diff(number, axis=1)
    limits = [None if seen.scale is None else getattr(seen.scale, end) for end in ("low", "high")]
    turned = [None if end is None else seen.sign * end for end in (limits if seen.sign > 0 else limits[::-1])]
    therapist = np.array([_most(seen.therapist[a:b]) for a, b in pairwise(starts)])
    return SessionTable(
        seen,
        people,
        as_table(seen.sign * seen.value, starts),
        number,
        time,
        seen.arm[people],
        therapist,
        turned[0],
        turned[1],
        _step(seen),
        int((np.nan_to_num(steps, nan=1.0) > 1).any(axis=1).sum()) if steps.size else 0,
    )


def null_courses(table: SessionTable, rng: np.random.Generator, kind: str, draws: int = DRAWS) -> Iterator[np.ndarray]:
    """Courses of everybody in which nothing happens, some draws at a time: (draws × n, m).

    kind : "line" (own straight line and noise alike from session to session) or "order" (own ratings in random order)
    """
    lines = straight_lines(table.table) if kind == "line" else None
    step = max(1, AT_ONCE // max(table.table.size, 1))
    for first in range(0, draws, step):
        now = min(step, draws - first)
        yield drawn_line(table, lines, now, rng) if lines is not None else shuffled(table.table, now, rng)


def drawn_line(
    table: SessionTable, lines: StraightLines, draws: int, rng: np.random.Generator, added: np.ndarray | None = None
) -> np.ndarray:
    """Null courses from a fit, within the limits of the possible value. added : (n, m) steps that last"""
    return simulated(lines, draws, rng, low=table.low, high=table.high, step=table.step, added=added)


def alliance_columns(study: Study) -> tuple[str, ...]:
    """Columns of sessions that hold the alliance: the plan's, then mechanisms of that family, then scales called so."""
    known = process_columns(study)
    plan = study.plan
    named = [plan.ruptures.column] if plan.ruptures is not None and plan.ruptures.column else []
    named += [each.name for each in plan.mechanisms if ALLIANCE in each.family.lower()]
    named += [
        name
        for name in known
        if name in study.scales and ALLIANCE in f"{name} {study.scales[name].label}".lower().replace("_", " ")
    ]
    return tuple(name for name in dict.fromkeys(named) if name in known)


def alliance(study: Study) -> Process | None:
    """The alliance that ruptures are told from: the first of `alliance_columns`."""
    columns = alliance_columns(study)
    return process(study, columns[0]) if columns else None


def _step(seen: Process) -> float | None:
    """The declared step where the values keep to it, else the one they show."""
    declared = None if seen.scale is None else seen.scale.step
    if declared is not None and (np.abs(seen.value / declared - np.round(seen.value / declared)) < 1e-6).all():
        return declared
    return step_of(seen.value[:, None])


def _most(codes: np.ndarray) -> int:
    """The commonest code, the first of several; −1 when none is known."""
    known = codes[codes >= 0]
    return int(np.argmax(np.bincount(known))) if known.size else -1
