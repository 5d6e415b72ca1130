"""Which scores sudden changes are looked for in, laid out by session, and which step is large enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from forwhom.analysis.asking import Draft
from forwhom.analysis.courses import Courses, courses
from forwhom.analysis.how.process import Process, process_columns
from forwhom.analysis.how.session_table import SessionTable, alliance_columns
from forwhom.analysis.words import number
from forwhom.analysis.yardstick import NO_YARDSTICK, yardstick
from forwhom.study import Scale, Study

LEAST = 6
"""Scores that half of the people must have for a scale to be looked through unasked."""
WIDEST = 200
"""Highest number of a session that still makes a column."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Scores by session, with sessions that have none as gaps.

    column : (n, m) place of each of a person's scores among the sessions, −1 beyond the last; width : sessions
    label : what the columns are, "session" or "occasion" or "score"
    """

    column: np.ndarray
    width: int
    label: str

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Scores without gaps, (draws × n, m), in their places: (draws × n, width)."""
        made = np.full((len(values), self.width), np.nan)
        rows, places = np.nonzero(self.column >= 0)
        where = self.column[rows, places]
        for first in range(0, len(values), len(self.column)):
            made[first + rows, where] = values[first + rows, places]
        return made


def sudden_names(study: Study) -> tuple[str, ...]:
    """What is looked through: the planned scale, else every declared one with scores enough; one empty name when there is none."""
    if study.plan.sudden_change is not None:
        return (study.plan.sudden_change.name,)
    named: list[str] = []
    bonds = alliance_columns(study)
    if study.sessions is not None:
        columns = [name for name in process_columns(study) if name in study.scales and name not in bonds]
        named += [name for name in columns if _dense(study.sessions, name)]
    scores = study.measures.drop_nulls("value")
    if scores.height:
        counts = scores.group_by("scale", "id").len().group_by("scale").agg(pl.col("len").median())
        dense = {name for name, median in counts.rows() if median >= LEAST}
        named += [name for name in study.scales if name in dense]
    return tuple(dict.fromkeys(named)) or ("",)


def _dense(sessions: pl.DataFrame, name: str) -> bool:
    counts = sessions.drop_nulls(name).group_by("id").len()["len"]
    # The type of a median allows for dates, which counts are not.
    return counts.len() > 0 and float(counts.median() or 0) >= LEAST  # type: ignore[arg-type]


def layout(table: SessionTable) -> Layout:
    """By number of session, or by common occasion; else score after score."""
    inside = np.isfinite(table.table)
    for values, label in ((table.number, "session"), (table.time, "occasion")):
        if not np.isfinite(values[inside]).all():
            continue
        known = np.unique(values[inside])
        if label == "session":
            if known.size and known[-1] - known[0] < WIDEST:
                places = np.where(inside, values - known[0], -1).astype(np.intp)
                return Layout(places, int(known[-1] - known[0]) + 1, label)
        elif known.size <= 2 * int(np.median(table.lengths)):
            places = np.where(inside, np.searchsorted(known, np.where(inside, values, known[0])), -1)
            return Layout(places.astype(np.intp), known.size, label)
    m = table.table.shape[1]
    return Layout(np.where(inside, np.arange(m), -1), m, "score")


def smallest_step(study: Study, draft: Draft, seen: Process, table: SessionTable) -> tuple[float, str] | str:
    """The smallest step that counts, in raw points, with its source; or the reason why none is known."""
    plan = study.plan.sudden_change
    if plan is not None and plan.name == seen.name and plan.points is not None:
        return plan.points, "as planned"
    assert seen.scale is not None
    here = courses(study, seen.scale) if seen.where == "measures" else _as_courses(study, seen, seen.scale, table)
    found = yardstick(study, draft, here)
    if isinstance(found, str):
        return found
    step = 1.96 * np.sqrt(2.0 * (1.0 - found.reliability)) * found.sd
    words = (
        f"reliable change (Jacobson & Truax): 1.96 × √2 × {found.sd:g} × √(1 − {number(found.reliability, 2)}), SD {found.sd_words}, "
        f"reliability {found.reliability_words}"
    )
    return float(step), words


def no_step(seen: Process) -> str:
    """What it would take to know a smallest step."""
    return f"{NO_YARDSTICK.format(scale=seen.name)} Or the smallest change that counts: [plan.sudden_change] points = …"


def _as_courses(study: Study, seen: Process, scale: Scale, table: SessionTable) -> Courses:
    """Sessions as if they were occasions, the first one being the baseline."""
    n = len(seen.ids)
    scores = np.full((n, table.table.shape[1]), np.nan)
    scores[table.people] = seen.sign * table.table
    times = np.arange(float(scores.shape[1]))
    return Courses(
        scale, seen.ids, seen.arm, seen.arms, times, scores, 0, study.time_unit, seen.person, seen.time, seen.value,
        scheduled=True, informant="",
    )  # fmt: skip
