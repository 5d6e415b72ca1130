"""The rules that raise an alarm during treatment, all fixed in advance, applied to everybody from what others showed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from forwhom.analysis.one_person.course_model import BANDS
from forwhom.analysis.one_person.expected import BAND, Expected
from forwhom.analysis.one_person.starts import Starts
from forwhom.kernels.neighbours import nearest_neighbours, neighbour_boundary

NEIGHBOURS = 30
LEAST_NEIGHBOURS = 10
GRID = 60
"""Times at which the courses of neighbours are compared, where people were seen at times of their own."""


@dataclass(frozen=True, slots=True)
class Alarms:
    """One rule applied to everybody.

    alarm : (n, m) True where the rule raised an alarm at a later measurement (`Starts.time`)
    boundary : (n, m) the score beyond which it does, NaN where there is none; None for a rule without one
    known : (n,) False for people the rule cannot judge
    agreement : (n,) share of the divisions of the people into folds by which each would stand as they do (see `standings`);
        1 for rules that divide nobody
    """

    rule: str
    says: str
    primary: bool
    alarm: np.ndarray
    boundary: np.ndarray | None
    known: np.ndarray
    agreement: np.ndarray


NO_ALARM, BACK_INSIDE, ALARM = 0, 1, 2


def standings(alarm: np.ndarray, later: np.ndarray) -> np.ndarray:
    """(..., n) where people stand: 0 no alarm so far, 1 an earlier alarm and none at the latest score, 2 one at the latest score.

    alarm : (..., n, m); later : (n,) scores after the start; 0 for people without any
    """
    if not alarm.shape[-1]:
        return np.zeros(alarm.shape[:-1], dtype=np.intp)
    latest = alarm[..., np.arange(later.size), np.maximum(later - 1, 0)]
    found: np.ndarray = np.where(latest, ALARM, np.where(alarm.any(axis=-1), BACK_INSIDE, NO_ALARM))
    return found


def _agreement(alarm: np.ndarray, by_division: np.ndarray, later: np.ndarray) -> np.ndarray:
    """(n,) share of divisions with the same standing as the mean over them; by_division : (r, n, m)."""
    share: np.ndarray = (standings(by_division, later) == standings(alarm, later)).mean(axis=0)
    return share


def band_name(level: float) -> str:
    """What the rule of a band is called."""
    return f"expected recovery, {100 * level:g} % band"


def alarms(here: Starts, made: Expected, threshold: float | None, dimensions: np.ndarray) -> tuple[Alarms, ...]:
    """Every rule, the primary one first.

    threshold : change that counts as reliable, None when not known; rules that need it are then left out
    dimensions : (n, q) what neighbours are chosen by
    """
    known = made.known
    rules = [_recovery(here, made, level, known) for level in BANDS]
    rules.append(_neighbours(here, made, dimensions, known))
    if threshold is not None:
        rules += [_rational(here, part, threshold, known) for part in (0.5, 1.0)]
        rules += [_forecast(here, made, share, threshold, known) for share in (0.20, 0.10)]
    return tuple(rules)


def _beyond(here: Starts, boundary: np.ndarray) -> np.ndarray:
    """(n, m) True where a score lies on the bad side of a boundary; never where either is absent."""
    with np.errstate(invalid="ignore"):
        beyond: np.ndarray = here.bad * (here.score - boundary) > 1e-9
    return beyond


def _bad_share(here: Starts, share: float) -> float:
    """The share of people below a boundary that leaves `share` of them on its bad side."""
    return 1.0 - share if here.bad > 0 else share


def _recovery(here: Starts, made: Expected, level: float, known: np.ndarray) -> Alarms:
    tail = (1.0 - level) / 2.0
    boundaries = made.boundaries(_bad_share(here, tail))
    boundary = boundaries.mean(axis=0)
    alarm = _beyond(here, boundary)
    return Alarms(
        band_name(level),
        f"a score that only {100 * tail:g} % of people with the same start in the same arm exceed on the bad side",
        level == BAND,
        alarm,
        boundary,
        known,
        _agreement(alarm, _beyond(here, boundaries), here.later),
    )


def _rational(here: Starts, part: float, threshold: float, known: np.ndarray) -> Alarms:
    boundary = here.start[:, None] + here.bad * part * threshold + np.zeros_like(here.score)
    words = "half of the change" if part == 0.5 else "the change"
    return Alarms(
        f"rational, {'half ' if part == 0.5 else ''}reliable worsening",
        f"worse than the own start by more than {words} that counts as reliable",
        False,
        _beyond(here, boundary),
        boundary,
        known,
        np.ones(known.size),
    )


def _forecast(here: Starts, made: Expected, share: float, threshold: float, known: np.ndarray) -> Alarms:
    """Probability of ending reliably worse, given the start and all scores so far."""
    probability, horizon = [], []
    for each in made.divisions:
        gap = here.bad * (each.course.last_mean - here.start[:, None]) - threshold
        sd = each.course.last_sd
        with np.errstate(invalid="ignore", divide="ignore"):
            chance = np.where(sd > 1e-9, ndtr(gap / sd), (gap > 0).astype(float))
        probability.append(np.where(np.isfinite(each.course.last_mean), chance, np.nan))
        horizon.append(np.array([model.horizon for model in each.models] + [np.nan])[each.fold])
    with np.errstate(invalid="ignore"):
        ahead = here.elapsed <= np.mean(horizon, axis=0)[:, None] + 1e-9
        by_division = (np.stack(probability) >= share) & ahead
        alarm = (np.mean(probability, axis=0) >= share) & ahead
    return Alarms(
        f"forecast, {100 * share:g} %",
        f"a probability of {100 * share:g} % or more to end reliably worse than at the start, given the start and all scores so "
        "far",
        False,
        alarm,
        None,
        known,
        _agreement(alarm, by_division, here.later),
    )


def _neighbours(here: Starts, made: Expected, dimensions: np.ndarray, known: np.ndarray) -> Alarms:
    """The spread of the courses of those most like a person at the start, of the same arm; never the person's own."""
    grid = _grid(here)
    courses = _on_grid(here, grid)
    boundary = np.full(here.score.shape, np.nan)
    judged = np.zeros(known.size, dtype=bool)
    tail = (1.0 - BAND) / 2.0
    elapsed = here.elapsed
    for k in range(len(here.arms)):
        mine = np.flatnonzero(known & (here.arm == k))
        others = np.flatnonzero(known & (here.arm == k) & (here.later > 0))
        count = min(NEIGHBOURS, (others.size - 1) // 3)
        if count < LEAST_NEIGHBOURS:
            continue
        # One more than needed: who is found among their own neighbours is left out, else the furthest.
        found = others[nearest_neighbours(dimensions[mine], dimensions[others], count + 1)]
        self_ = found == mine[:, None]
        self_[~self_.any(axis=1), -1] = True
        chosen = found[~self_].reshape(mine.size, count)
        limits = neighbour_boundary(courses[chosen], _bad_share(here, tail), least=LEAST_NEIGHBOURS).limit
        judged[mine] = True
        for row, limit in zip(mine, limits, strict=True):
            seen = np.isfinite(here.score[row])
            boundary[row, seen] = np.interp(elapsed[row, seen], grid, limit, left=np.nan, right=np.nan)
    return Alarms(
        "nearest neighbours",
        f"a score beyond what {100 * (1 - tail):g} % of courses like those of the up to {NEIGHBOURS} people most alike at the start "
        "would show",
        False,
        _beyond(here, boundary),
        boundary,
        judged,
        np.ones(known.size),
    )


def _grid(here: Starts) -> np.ndarray:
    """Times since the start: the occasions, or times that lie closer at the beginning."""
    if here.occasions.size:
        return np.asarray(here.occasions - here.occasions[0])
    longest = float(np.nanmax(here.elapsed)) if np.isfinite(here.elapsed).any() else 1.0
    grid: np.ndarray = np.linspace(0.0, np.sqrt(longest), GRID) ** 2
    grid[-1] = longest
    return grid


def _on_grid(here: Starts, grid: np.ndarray) -> np.ndarray:
    """(n, g) everybody's scores at the times of the grid: as observed at occasions, else between two scores in a line."""
    table = np.full((here.start.size, grid.size), np.nan)
    for i in np.flatnonzero(np.isfinite(here.start)):
        seen = np.isfinite(here.score[i])
        time = np.r_[0.0, here.elapsed[i, seen]]
        score = np.r_[here.start[i], here.score[i, seen]]
        if here.occasions.size:
            table[i, np.searchsorted(grid, time)] = score
        else:
            table[i] = np.interp(grid, time, score, left=np.nan, right=np.nan)
    return table


Event = Callable[[Starts, float], np.ndarray]


def ended_worse(here: Starts, threshold: float) -> np.ndarray:
    """(n,) True for people whose last score is worse than their start by more than is due to error."""
    with np.errstate(invalid="ignore"):
        worse: np.ndarray = here.bad * (_last(here) - here.start) > threshold + 1e-9
    return worse


def not_improved(here: Starts, threshold: float) -> np.ndarray:
    """(n,) True for people whose last score is not better than their start by more than is due to error."""
    with np.errstate(invalid="ignore"):
        better: np.ndarray = here.bad * (here.start - _last(here)) > threshold + 1e-9
    none: np.ndarray = ~better
    return none


def _last(here: Starts) -> np.ndarray:
    """(n,) last score after the start, NaN without one."""
    if not here.score.shape[1]:
        return np.full(here.start.size, np.nan)
    last: np.ndarray = np.where(
        here.later > 0, here.score[np.arange(here.start.size), np.maximum(here.later - 1, 0)], np.nan
    )
    return last


WORSENING = "reliable worsening at the last score"
NO_IMPROVEMENT = "no reliable improvement at the last score"
EVENTS: tuple[tuple[str, Event], ...] = ((WORSENING, ended_worse), (NO_IMPROVEMENT, not_improved))
