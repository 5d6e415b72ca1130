"""Two clocks, sessions and study time: where each value of a process stands on either, and the ends of a window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from forwhom.analysis.courses import MAX_OCCASIONS, SHARE_AT_OCCASION
from forwhom.analysis.how.process import Process
from forwhom.analysis.words import at_time, whole
from forwhom.study import Study
from forwhom.study.plan import Unit, Window

NEAR = 1e-9


@dataclass(frozen=True, slots=True)
class Ends:
    """A variable where a window begins and where it ends, per person of the study; NaN where absent.

    first, last : (n,) values; first_time, last_time : (n,) when they were seen, in study time; NaN where unknown
    start, end : of the window as used, on its clock; every : clocks of the occasions in the window, empty when people were
        seen at times of their own; between : (n, k) values at the occasions between the ends
    """

    first: np.ndarray
    last: np.ndarray
    first_time: np.ndarray
    last_time: np.ndarray
    start: float
    end: float
    every: tuple[float, ...]
    between: np.ndarray


def clock(study: Study, of: Process, unit: Unit) -> np.ndarray | None:
    """(N,) of each row of a process: the number of the session, or study time; None when it cannot be known.

    A score of a questionnaire belongs to the number of sessions held when it was given.
    """
    if unit == "time":
        return of.time if np.isfinite(of.time).any() else None
    if of.where == "sessions":
        return of.session if np.isfinite(of.session).any() else None
    if study.time_unit == "session":
        return of.time
    held = _held(study, of.ids)
    if held is None:
        return None
    made = np.full(of.time.size, np.nan)
    for k, (person, time) in enumerate(zip(of.person.tolist(), of.time.tolist(), strict=True)):
        if person in held:
            times, numbers = held[person]
            before = int(np.searchsorted(times, time + NEAR, side="right"))
            made[k] = float(numbers[:before].max()) if before else 0.0
    return made


def _held(study: Study, ids: tuple[str, ...]) -> dict[int, tuple[np.ndarray, np.ndarray]] | None:
    """Per person, times of the sessions and their numbers, in the order of time."""
    rows = study.sessions
    if rows is None or "time" not in rows.columns or "number" not in rows.columns:
        return None
    rows = rows.select("id", "number", "time").drop_nulls().sort("id", "time")
    place = {name: k for k, name in enumerate(ids)}
    made = {}
    for (name,), part in rows.group_by("id", maintain_order=True):
        made[place[str(name)]] = part["time"].to_numpy(), part["number"].cast(pl.Float64).to_numpy()
    return made or None


def grid(at: np.ndarray, person: np.ndarray, unit: Unit) -> np.ndarray:
    """Occasions people share, in rising order; empty when they were seen at times of their own. Sessions always are shared."""
    known = np.isfinite(at)
    times, column = np.unique(at[known], return_inverse=True)
    if unit == "session" or not times.size:
        return times
    shares = np.bincount(column) / max(np.unique(person[known]).size, 1)
    return times if times.size <= MAX_OCCASIONS and float(np.median(shares)) >= SHARE_AT_OCCASION else times[:0]


def ends(of: Process, at: np.ndarray, window: Window) -> Ends | str:
    """The values at both ends of a window, or why there are none."""
    inside = np.isfinite(at) & (at >= window.start - NEAR) & (at <= window.end + NEAR)
    if not inside.any():
        return f"{of.label} was never measured {span_words(window)}"
    shared = grid(at, of.person, window.unit)
    shared = shared[(shared >= window.start - NEAR) & (shared <= window.end + NEAR)]
    if shared.size == 1:
        return f"{of.label} was measured only once {span_words(window)}"
    n = len(of.ids)
    if shared.size:
        start, end = float(shared[0]), float(shared[-1])
        first, first_time = _at(of, at, start, n)
        last, last_time = _at(of, at, end, n)
        between = [_at(of, at, float(each), n)[0] for each in shared[1:-1]]
        inner = np.column_stack(between) if between else np.empty((n, 0))
        return Ends(first, last, first_time, last_time, start, end, tuple(shared.tolist()), inner)
    middle = (window.start + window.end) / 2
    first, first_time = _nearest(of, at, inside & (at <= middle), n, early=True)
    last, last_time = _nearest(of, at, inside & (at > middle), n, early=False)
    if not (np.isfinite(first) & np.isfinite(last)).any():
        return f"nobody has {of.label} both early and late {span_words(window)}"
    return Ends(first, last, first_time, last_time, window.start, window.end, (), np.empty((n, 0)))


def _at(of: Process, at: np.ndarray, when: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Values and study times at one shared occasion; the last of several."""
    value, time = np.full(n, np.nan), np.full(n, np.nan)
    rows = np.flatnonzero(np.abs(at - when) <= NEAR)
    value[of.person[rows]], time[of.person[rows]] = of.value[rows], of.time[rows]
    return value, time


def _nearest(of: Process, at: np.ndarray, use: np.ndarray, n: int, *, early: bool) -> tuple[np.ndarray, np.ndarray]:
    """Each person's first (or last) value among the rows to use, and when it was."""
    value, time = np.full(n, np.nan), np.full(n, np.nan)
    rows = np.flatnonzero(use)
    rows = rows[np.argsort(at[rows], kind="stable")]
    # The last one written stays.
    rows = rows[::-1] if early else rows
    value[of.person[rows]], time[of.person[rows]] = of.value[rows], of.time[rows]
    return value, time


def span_words(window: Window, unit: str = "") -> str:
    """A window in words.

    >>> span_words(Window(1, 5, "session")), span_words(Window(0, 6, "time"), "month")
    ('from session 1 to session 5', 'from baseline to 6 months')
    """
    if window.unit == "session":
        return f"from session {whole(window.start)} to session {whole(window.end)}"
    if not unit:
        return f"between times {whole(window.start)} and {whole(window.end)}"
    return f"from {at_time(window.start, unit)} to {at_time(window.end, unit)}"
