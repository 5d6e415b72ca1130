"""A live course beside the people of a study: one more row for the rules, and nothing of the study's own rows changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from forwhom.analysis.one_person.expected import NAMES, Division, Expected
from forwhom.analysis.one_person.starts import Starts
from forwhom.kernels.expected_course import ExpectedCourse
from forwhom.study.parse import UNITS

DAY = 86400.0


@dataclass(frozen=True, slots=True)
class LiveScore:
    """A score, when it was answered, and the entry that tells it."""

    at: dt.datetime
    value: float
    entry: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """A live course on the time of the study.

    start : None without any score
    elapsed, scores : (m,) scores after the start that can be judged, with the time since the start in the study's unit; at an
        occasion of the study, where it has occasions
    judged : the same scores as they were given
    apart : scores that cannot be judged, each with the reason
    """

    start: LiveScore | None
    elapsed: np.ndarray
    scores: np.ndarray
    judged: tuple[LiveScore, ...] = ()
    apart: tuple[tuple[LiveScore, str], ...] = ()

    def unjudged(self) -> tuple[LiveScore, str] | None:
        """The newest score and why it is not judged; None where it is."""
        newest = max(self.apart, key=lambda each: each[0].at, default=None)
        if newest is None or self.start is None:
            return None
        return newest if newest[0].at > max((self.start.at, *(each.at for each in self.judged))) else None


def place(scores: Sequence[LiveScore], begins: dt.datetime, here: Starts) -> Placed:
    """Put scores on the study's time.

    begins : the moment treatment starts; the start is the last score before it, else the first
    A score belongs to the occasion it is nearest to, where it is not further from it than half the way to the next one; the
    later one where two belong to the same. Moments, not days, are counted: a change of the clocks moves nothing.
    """
    # In UTC: Python subtracts two times of one zone by the clock on the wall.
    ordered = sorted((replace(each, at=each.at.astimezone(dt.UTC)) for each in scores), key=lambda each: each.at)
    if not ordered:
        return Placed(None, np.empty(0), np.empty(0))
    before = [each for each in ordered if each.at <= begins]
    start = before[-1] if before else ordered[0]
    later = [each for each in ordered if each.at > start.at]
    unit = UNITS[here.time_unit] * DAY
    elapsed = np.array([(each.at - start.at).total_seconds() / unit for each in later])
    if not here.occasions.size:
        return Placed(start, elapsed, np.array([each.value for each in later]), tuple(later))
    return _at_occasions(start, later, elapsed, here)


def _at_occasions(start: LiveScore, later: list[LiveScore], elapsed: np.ndarray, here: Starts) -> Placed:
    planned = here.occasions - here.occasions[0]
    edges = (planned[1:] + planned[:-1]) / 2.0
    end = planned[-1] + (planned[-1] - edges[-1] if edges.size else 0.0)
    apart: list[tuple[LiveScore, str]] = []
    chosen: dict[int, LiveScore] = {}
    for each, time in zip(later, elapsed, strict=True):
        k = int(np.searchsorted(edges, time, side="right"))
        if time > end:
            apart.append((each, f"later than the study followed people ({here.when(float(here.occasions[-1]))})"))
        elif k == 0:
            apart.append(
                (each, f"closer to the start than to {here.when(float(here.occasions[1]))}, the study's next occasion")
            )
        else:
            if k in chosen:
                apart.append((chosen[k], f"a later score belongs to {here.when(float(here.occasions[k]))}, too"))
            chosen[k] = each
    kept = sorted(chosen)
    return Placed(
        start,
        planned[kept],
        np.array([chosen[k].value for k in kept]),
        tuple(chosen[k] for k in kept),
        tuple(apart),
    )


def with_live(here: Starts, made: Expected, placed: Placed, arm: int) -> tuple[Starts, Expected]:
    """The study's people and one more, in the last row.

    What is expected of the one more comes, in each division, from the model that serves the first fold: like everybody in the
    study they are judged by models made without them, from nine tenths of its people.
    """
    if placed.start is None:
        raise ValueError("There is no score to start from.")
    width = max(here.score.shape[1], placed.scores.size)
    row = np.full(width, np.nan)
    row[: placed.scores.size] = placed.scores
    began = float(here.occasions[0]) if here.occasions.size else 0.0
    time = np.full(width, np.nan)
    time[: placed.scores.size] = began + placed.elapsed
    more = replace(
        here,
        arm=np.r_[here.arm, arm],
        start=np.r_[here.start, placed.start.value],
        start_time=np.r_[here.start_time, began],
        time=np.vstack([_wide(here.time, width), time]),
        score=np.vstack([_wide(here.score, width), row]),
        earlier=(*here.earlier, ()),
    )
    divisions = tuple(_served(each, placed, arm, width) for each in made.divisions)
    return more, replace(made, divisions=divisions, known=np.r_[made.known, True], start=more.start)


def _wide(table: np.ndarray, width: int) -> np.ndarray:
    return np.pad(table, ((0, 0), (0, width - table.shape[1])), constant_values=np.nan)


def _served(division: Division, placed: Placed, arm: int, width: int) -> Division:
    assert placed.start is not None
    model, m = division.models[0], placed.scores.size
    elapsed = np.r_[0.0, placed.elapsed, model.horizon][None, :]
    scores = np.r_[placed.start.value, placed.scores, np.nan][None, :]
    found = model.expect(np.array([arm]), elapsed, scores)
    columns = []
    for name in NAMES:
        own = np.full(width, np.nan)
        own[:m] = getattr(found, name)[0, 1 : m + 1]
        columns.append(np.vstack([_wide(getattr(division.course, name), width), own]))
    return replace(division, fold=np.r_[division.fold, 0], course=ExpectedCourse(*columns))
