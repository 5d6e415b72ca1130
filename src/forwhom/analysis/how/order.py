"""The order guard: a mechanism can carry an outcome only when it changed before, on the schedule and person by person."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forwhom.analysis.how.clocks import NEAR, Ends, clock, ends, grid, span_words
from forwhom.analysis.how.process import Process, process
from forwhom.analysis.words import at_time, listed, people
from forwhom.study import Study
from forwhom.study.plan import Mechanism, Window

SESSION_TIMES = 'The day or time of every session: date = "…" or time = "…" in [tables.sessions].'
WINDOWS = (
    "Windows in the plan, the first ending before the second begins: window = { sessions = [1, 5] }, outcome_window = "
    "{ sessions = [5, 10] }, or in time."
)
LEAST_SESSIONS = 3
"""Sessions with a value that half of the people must have had by the border, where forwhom chooses the windows."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why there is no ordered pair, and what it would take. applicable : False when the question does not arise."""

    why: str
    would_take: str
    applicable: bool = True


@dataclass(frozen=True, slots=True)
class Ordered:
    """A mechanism and an outcome whose windows follow each other.

    window, outcome_window : as used; planned : whether the plan gave them
    m, y : values at the ends; y_before : (n,) the outcome at or before the mechanism's window, NaN where absent, None where
        that is the border itself; m_before : whether the mechanism was seen at the start of its window
    out_of_order : (n,) people whose own times are the wrong way round; backwards : (n,) those of them for whom the end of a
        window is dated before its beginning; unchecked : (n,) those whose times are unknown
    checked : how many people's own times were compared
    """

    mechanism: Process
    outcome: Process
    window: Window
    outcome_window: Window
    planned: bool
    m: Ends
    y: Ends
    y_before: np.ndarray | None
    m_before: bool
    out_of_order: np.ndarray
    backwards: np.ndarray
    unchecked: np.ndarray
    checked: int
    unit: str

    @property
    def usable(self) -> np.ndarray:
        """(n,) people whose order is right, or who have nothing that could be out of order."""
        made: np.ndarray = ~(self.out_of_order | self.unchecked)
        return made

    def words(self) -> str:
        """Both windows in words."""
        return (
            f"{self.mechanism.label} {span_words(self.window, self.unit)}, "
            f"{self.outcome.label} {span_words(self.outcome_window, self.unit)}"
        )


def ordered(study: Study, planned: Mechanism, outcome_name: str) -> Ordered | Refused:
    """The values of one mechanism and one outcome in windows that follow each other, or why there are none."""
    mechanism, outcome = process(study, planned.name), process(study, outcome_name)
    if mechanism is None or not mechanism.value.size:
        return Refused(
            f"{planned.name} was not measured repeatedly as numbers: it is no scale with scores, and no column of numbers of the "
            "sessions",
            "Scores of it over time, in [[tables.measures]] or as a column of [tables.sessions].",
        )
    if outcome is None or not outcome.value.size:
        return Refused(f"{outcome_name} has no scores", "Scores of the outcome.")
    windows = _windows(study, planned, mechanism, outcome)
    if isinstance(windows, Refused):
        return windows
    window, after, level_only = windows
    overlap = _overlap(window, after, mechanism, outcome, study.time_unit)
    if overlap is not None:
        return overlap
    return _checked(study, mechanism, outcome, window, after, given=planned.window is not None, level_only=level_only)


def _windows(
    study: Study, planned: Mechanism, mechanism: Process, outcome: Process
) -> tuple[Window, Window, bool] | Refused:
    """The plan's windows, else those the occasions allow."""
    if planned.window is not None and planned.outcome_window is not None:
        return planned.window, planned.outcome_window, False
    if mechanism.where == "sessions" and outcome.where == "sessions":
        return _halves(mechanism, outcome)
    return _of_occasions(study, mechanism, outcome)


def _halves(mechanism: Process, outcome: Process) -> tuple[Window, Window, bool] | Refused:
    """Both by session: the first half of the usual number of sessions, then the second."""
    both = np.isfinite(mechanism.session)
    if not both.any() or not np.isfinite(outcome.session).any():
        return Refused("the sessions have no number, so their order is not known", 'number = "…" in [tables.sessions].')
    last = [
        float(mechanism.session[a:b].max()) for a, b in zip(mechanism.starts[:-1], mechanism.starts[1:], strict=True)
    ]
    end, start = float(np.median(last)), float(mechanism.session[both].min())
    border = float(np.floor((start + end) / 2))
    if not start < border < end:
        return Refused(f"most people had {int(end)} sessions, too few for one window after another", WINDOWS)
    return Window(start, border, "session"), Window(border, float(np.floor(end)), "session"), False


def _of_occasions(study: Study, mechanism: Process, outcome: Process) -> tuple[Window, Window, bool] | Refused:
    """Change from baseline to the first occasion after it, then the outcome from there to the planned time."""
    if not np.isfinite(mechanism.time).any():
        return Refused(
            f"the sessions have no time, so whether {mechanism.label} changed before {outcome.label} cannot be checked",
            SESSION_TIMES,
        )
    seen = grid(outcome.time, outcome.person, "time")
    if not seen.size:
        return Refused("people were seen at times of their own, so no border between the windows stands out", WINDOWS)
    primary = study.plan.primary
    target = primary.at if primary is not None and primary.at in seen else float(seen[-1])
    if mechanism.where == "sessions":
        return _of_sessions(mechanism, outcome, seen, target, study.time_unit)
    own = grid(mechanism.time, mechanism.person, "time")
    if not own.size:
        return Refused("people were seen at times of their own, so no border between the windows stands out", WINDOWS)
    before = own[own <= 0]
    start = float(before[-1]) if before.size else float(own[0])
    later = own[own > start]
    level_only = not before.size and start > 0
    first = start if level_only else float(later[0]) if later.size else None
    if first is None:
        return Refused(
            f"{mechanism.label} was measured at one occasion only ({at_time(start, study.time_unit)}), so nobody knows whether it changed",
            f"A second measurement of {mechanism.label}, before {outcome.label} is measured for the last time.",
        )
    borders = seen[(seen >= first - NEAR) & (seen < target - NEAR)]
    if not borders.size:
        return _simultaneous(mechanism, outcome, start, first, target, study.time_unit, level_only=level_only)
    window = Window(start if start < first else min(start, 0.0), first, "time")
    return window, Window(float(borders[0]), target, "time"), level_only


def _simultaneous(
    mechanism: Process, outcome: Process, start: float, first: float, target: float, unit: str, *, level_only: bool
) -> Refused:
    """The mechanism was first seen after baseline when, or after, the outcome was."""
    when, then = at_time(first, unit), at_time(target, unit)
    if first >= target - NEAR:
        only = "measured only" if level_only else "first measured after the start"
        why = (
            f"{mechanism.label} was {only} at {when}, "
            f"{'the same occasion as' if first <= target + NEAR else 'after'} the outcome ({outcome.label} at {then}): which changed "
            "first cannot be told, and a number would only say that they go together"
        )
    else:
        why = (
            f"{mechanism.label} changed between {at_time(start, unit)} and {when}, and {outcome.label} was not measured from then on "
            f"before {then}: its change began with the mechanism's, so the windows overlap"
        )
    return Refused(
        why,
        f"{mechanism.label} measured before the treatment and again during it, and {outcome.label} measured at that second "
        "occasion and once more later.",
    )


def _of_sessions(
    mechanism: Process, outcome: Process, seen: np.ndarray, target: float, unit: str
) -> tuple[Window, Window, bool] | Refused:
    """Sessions up to the first occasion of the outcome by which most people had had a few of them."""
    persons = np.unique(mechanism.person)
    for border in seen[(seen > 0) & (seen < target)].tolist():
        had = np.bincount(mechanism.person[mechanism.time <= border + NEAR], minlength=len(mechanism.ids))[persons]
        if np.median(had) >= LEAST_SESSIONS:
            start = min(0.0, float(np.nanmin(mechanism.time)))
            return Window(start, border, "time"), Window(border, target, "time"), False
    return Refused(
        f"{outcome.label} was not measured between the first sessions and {at_time(target, unit)}, so its change overlaps with that of "
        f"{mechanism.label}",
        f"{outcome.label} measured in between, after {LEAST_SESSIONS} or more sessions.",
    )


def _overlap(window: Window, after: Window, mechanism: Process, outcome: Process, unit: str) -> Refused | None:
    if window.unit != after.unit or window.end <= after.start + NEAR:
        return None
    same = "at the same time as" if window.end >= after.end - NEAR and window.start <= after.start + NEAR else "while"
    return Refused(
        f"the window of {mechanism.label} ({span_words(window, unit)}) ends after that of {outcome.label} "
        f"({span_words(after, unit)}) begins: a mechanism that is measured {same} the outcome changes cannot be said to carry it",
        WINDOWS,
    )


def _checked(
    study: Study,
    mechanism: Process,
    outcome: Process,
    window: Window,
    after: Window,
    *,
    given: bool,
    level_only: bool,
) -> Ordered | Refused:
    """The values at the ends, and the order of each person's own times."""
    clocks = clock(study, mechanism, window.unit), clock(study, outcome, after.unit)
    if clocks[0] is None or clocks[1] is None:
        lost = [each.label for each, at in zip((mechanism, outcome), clocks, strict=True) if at is None]
        return Refused(
            f"the sessions have no time (or no number), so where {listed(lost)} lies in the windows is not known",
            SESSION_TIMES,
        )
    m = _level(mechanism, clocks[0], window) if level_only else ends(mechanism, clocks[0], window)
    y = ends(outcome, clocks[1], after)
    if isinstance(m, str) or isinstance(y, str):
        why = listed([each for each in (m, y) if isinstance(each, str)])
        return Refused(why, "Values at both ends of both windows.")
    same_clock = window.unit == after.unit and (mechanism.where == outcome.where or window.unit == "time")
    known = np.isfinite(m.last_time) & np.isfinite(y.first_time)
    both = np.isfinite(m.last) & np.isfinite(y.first)
    late = known & both & (m.last_time > y.first_time + NEAR)
    backwards = y.first_time >= y.last_time
    if not level_only:
        backwards |= m.first_time >= m.last_time
    late |= backwards
    unchecked = both & ~known if not same_clock else np.zeros_like(both)
    if not same_clock and both.any() and not (known & both).any():
        return Refused(
            f"{mechanism.label} is counted in sessions and {outcome.label} in {study.time_unit}s, and the sessions have no time: whether "
            "the one changed before the other cannot be checked",
            SESSION_TIMES,
        )
    made = Ordered(
        mechanism, outcome, window, after, given, m, y, None, not level_only and bool(np.isfinite(m.first).any()),
        late, backwards, unchecked, int((known & both).sum()), study.time_unit,
    )  # fmt: skip
    if both.any() and not (both & made.usable).any():
        if (both & backwards).any():
            return Refused(
                f"of {people(int(both.sum()))} with both, {int((both & backwards).sum())} have sessions whose dates run against their "
                "numbers, so which came first is not known",
                "Dates of the sessions in the order of their numbers; see forwhom check.",
            )
        return Refused(
            f"for all {people(int(both.sum()))} with both, {mechanism.label} was measured after {outcome.label}: the order is the wrong "
            "way round",
            WINDOWS,
        )
    return replace(made, y_before=_before(made, clocks[1]))


def _level(of: Process, at: np.ndarray, window: Window) -> Ends | str:
    """A mechanism seen only once, at the end of its window: its level, where treatment was allocated before."""
    n = len(of.ids)
    shared = grid(at, of.person, window.unit)
    shared = shared[(shared >= window.start - NEAR) & (shared <= window.end + NEAR)]
    if not shared.size:
        return f"{of.label} was never measured {span_words(window)}"
    value, time = np.full(n, np.nan), np.full(n, np.nan)
    rows = np.flatnonzero(np.abs(at - shared[-1]) <= NEAR)
    value[of.person[rows]], time[of.person[rows]] = of.value[rows], of.time[rows]
    nothing = np.full(n, np.nan)
    return Ends(nothing, value, nothing, time, float(shared[0]), float(shared[-1]), (), np.empty((n, 0)))


def _before(of: Ordered, at: np.ndarray) -> np.ndarray | None:
    """The outcome's last score before its border: at the start of the mechanism's window, or before treatment."""
    n = len(of.outcome.ids)
    value = np.full(n, np.nan)
    limit = of.window.start if of.window.unit == of.outcome_window.unit else None
    if limit is None:
        own = of.outcome.time
        use = np.isfinite(own) & (own <= 0)
        at = own
    else:
        shared = grid(at, of.outcome.person, of.outcome_window.unit)
        early = shared[shared <= limit + NEAR]
        if not early.size and shared.size:
            early = shared[shared < of.y.start - NEAR][:1]
        use = (
            np.isfinite(at) & (np.abs(at - early[-1]) <= NEAR) if early.size else np.isfinite(at) & (at <= limit + NEAR)
        )
    rows = np.flatnonzero(use)
    rows = rows[np.argsort(at[rows], kind="stable")]
    value[of.outcome.person[rows]] = of.outcome.value[rows]
    both = np.isfinite(value) & np.isfinite(of.y.first)
    if not np.isfinite(value).any() or (both.any() and np.array_equal(value[both], of.y.first[both])):
        return None
    return value
