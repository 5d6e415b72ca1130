"""Where each person started on a scale, and every score after that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from forwhom.analysis.courses import Courses, courses
from forwhom.analysis.words import at_time
from forwhom.study import SELF, Scale, Study


@dataclass(frozen=True, slots=True)
class Starts:
    """The start and the later scores of everybody, in the study's order of people.

    arm : (n,) −1 when not allocated
    start, start_time : (n,) NaN where there is no score to start from
    time, score : (n, m) later measurements, the first after the start in column 0, NaN after the last
    earlier : per person, scores before the start as (time, score); of people in no arm, who have no start here, all there are
    occasions : (q,) scheduled occasions from the start on, empty when people were seen at times of their own
    """

    scale: Scale
    name: str
    informant: str
    places: int
    time_unit: str
    arm: np.ndarray
    arms: tuple[tuple[str, str], ...]
    start: np.ndarray
    start_time: np.ndarray
    time: np.ndarray
    score: np.ndarray
    earlier: tuple[tuple[tuple[float, float], ...], ...]
    occasions: np.ndarray

    @property
    def label(self) -> str:
        """The scale in words, with who rated it where that was not the person."""
        return self.scale.label if self.informant == SELF else f"{self.scale.label} (rated by {self.informant})"

    @property
    def later(self) -> np.ndarray:
        """(n,) how many scores after the start."""
        count: np.ndarray = np.isfinite(self.score).sum(axis=1)
        return count

    @property
    def bad(self) -> int:
        """+1 where a higher score is worse, −1 where a lower one is."""
        return 1 if self.scale.better == "lower" else -1

    @property
    def elapsed(self) -> np.ndarray:
        """(n, m) time since the person's own start."""
        since: np.ndarray = self.time - self.start_time[:, None]
        return since

    def when(self, time: float) -> str:
        """A time in words."""
        return at_time(float(time), self.time_unit)


def starts(study: Study, scale: Scale, informant: str) -> Starts:
    """Starts of one scale by one informant.

    The start is the score at the baseline occasion (the last at or before time 0, else the first); where people were seen
    at times of their own, each person's last score at or before time 0, else the first.
    """
    here = courses(study, scale, informant)
    n = len(here.ids)
    person, time, value = here.long_person, here.long_time, here.long_value
    began = _start_times(here)
    is_start = time == began[person]
    is_later = time > began[person]
    place = np.zeros(person.size, dtype=np.intp)
    counts = np.bincount(person[is_later], minlength=n)
    offsets = np.cumsum(counts) - counts
    place[is_later] = np.arange(int(is_later.sum())) - offsets[person[is_later]]
    width = int(counts.max()) if n and counts.size else 0
    start, when, score = np.full(n, np.nan), np.full((n, width), np.nan), np.full((n, width), np.nan)
    start[person[is_start]] = value[is_start]
    when[person[is_later], place[is_later]] = time[is_later]
    score[person[is_later], place[is_later]] = value[is_later]
    before: list[list[tuple[float, float]]] = [[] for _ in range(n)]
    for i in np.flatnonzero(~is_start & ~is_later):
        before[person[i]].append((float(time[i]), float(value[i])))
    for row, pairs in _of_no_arm(study, here).items():
        before[row] = pairs
    return Starts(
        scale=scale,
        name=scale.name if informant == SELF else f"{scale.name}.{informant}",
        informant=informant,
        places=here.places,
        time_unit=study.time_unit,
        arm=here.arm,
        arms=here.arms,
        start=start,
        start_time=np.where(np.isfinite(start), began, np.nan),
        time=when,
        score=score,
        earlier=tuple(tuple(pairs) for pairs in before),
        occasions=here.times[here.baseline :] if here.scheduled else np.empty(0),
    )


def _of_no_arm(study: Study, here: Courses) -> dict[int, list[tuple[float, float]]]:
    """Scores of people who were not allocated, by row: shown to them, in no analysis."""
    apart = {here.ids[i]: int(i) for i in np.flatnonzero(here.arm < 0)}
    if not apart:
        return {}
    rows = study.measures.filter(
        (pl.col("scale") == here.scale.name)
        & (pl.col("informant") == here.informant)
        & pl.col("id").is_in(list(apart))
        & pl.col("value").is_finite()
        & pl.col("time").is_finite()
    ).sort("time")
    found: dict[int, list[tuple[float, float]]] = {}
    for name, time, value in rows.select("id", "time", "value").iter_rows():
        found.setdefault(apart[str(name)], []).append((float(time), float(value)))
    return found


def _start_times(here: Courses) -> np.ndarray:
    """(n,) time of the start: the common baseline occasion, or each person's own; −inf for people without any score."""
    n = len(here.ids)
    if here.scheduled:
        return np.full(n, float(here.times[here.baseline]))
    began = np.full(n, -np.inf)
    first = np.unique(here.long_person, return_index=True)
    began[first[0]] = here.long_time[first[1]]
    # Rows are in the order of time, so the last one written stays.
    early = here.long_time <= 0
    began[here.long_person[early]] = here.long_time[early]
    return began
