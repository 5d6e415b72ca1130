"""How well alarms during treatment warn of a bad end: what is caught and when, and at what price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

THIRD = 3
"""Measurement after the start by which published rules report how much they have caught."""


@dataclass(frozen=True, slots=True)
class OperatingCharacteristics:
    """Counts of people, from which every share follows.

    n, events : people judged, and those with the event
    caught : events with an alarm at or before the last score; caught_by_third, caught_before_last : of these, by the third
        measurement after the start, and before the last score
    alarms, alarms_before_last : people with any alarm, event or not
    lead : median and quartiles of the time from first alarm to last score over the events caught (0: the alarm was the last
        score); None when none was caught
    caught_by : (m,) events caught by the first, second, … measurement after the start
    """

    n: int
    events: int
    caught: int
    caught_by_third: int
    caught_before_last: int
    alarms: int
    alarms_before_last: int
    lead: tuple[float, float, float] | None
    caught_by: NDArray[np.intp]

    @property
    def false_alarms(self) -> int:
        """People without the event who had an alarm."""
        return self.alarms - self.caught

    @property
    def false_before_last(self) -> int:
        """People without the event who had an alarm before their last score."""
        return self.alarms_before_last - self.caught_before_last


def first_alarm(alarm: ArrayLike) -> NDArray[np.intp]:
    """Position of the first alarm of each person, −1 without one.

    >>> first_alarm([[False, True, True], [False, False, False]])
    array([ 1, -1])
    """
    hit = np.asarray(alarm, dtype=bool)
    return np.where(hit.any(axis=1), hit.argmax(axis=1), -1).astype(np.intp)


def operating_characteristics(alarm: ArrayLike, time: ArrayLike, event: ArrayLike) -> OperatingCharacteristics:
    """Sensitivity, false alarms and lead time of one rule, as counts.

    alarm : (n, m) True where the rule raised an alarm at the first, second, … measurement after the start
    time : (n, m) when that was, NaN after a person's last score; everybody has at least one measurement
    event : (n,) True where what the alarm should warn of came true at the last score

    >>> made = operating_characteristics(
    ...     [[False, True, False], [False, True, False], [True, False, False]],
    ...     [[1.0, 2.0, 4.0], [1.0, 2.0, np.nan], [1.0, 2.0, 4.0]], [True, True, False])
    >>> made.caught, made.caught_before_last, made.false_alarms, made.lead
    (2, 1, 1, (1.0, 0.5, 1.5))
    """
    hit = np.asarray(alarm, dtype=bool)
    when = np.asarray(time, dtype=np.float64)
    bad = np.asarray(event, dtype=bool)
    if hit.ndim != 2 or when.shape != hit.shape or bad.shape != hit.shape[:1]:
        raise ValueError(
            f"alarm has shape {hit.shape}, time {when.shape} and event {bad.shape}; give (n, m), (n, m) and (n,)."
        )
    seen = np.isfinite(when)
    n, m = hit.shape
    if n and not seen.any(axis=1).all():
        raise ValueError("Somebody has no measurement after the start; leave out people who cannot be judged.")
    if (hit & ~seen).any():
        raise ValueError("There is an alarm at a measurement that was not made.")
    first = first_alarm(hit)
    last = m - 1 - seen[:, ::-1].argmax(axis=1) if n else np.empty(0, dtype=np.intp)
    number = np.cumsum(seen, axis=1)
    order = np.where(first >= 0, number[np.arange(n), np.maximum(first, 0)], 0)
    any_alarm, early = first >= 0, (first >= 0) & (first < last)
    caught = any_alarm & bad
    lead = None
    if caught.any():
        ahead = when[caught, last[caught]] - when[caught, first[caught]]
        low, middle, high = np.quantile(ahead, [0.25, 0.5, 0.75])
        lead = (float(middle), float(low), float(high))
    return OperatingCharacteristics(
        n=n,
        events=int(bad.sum()),
        caught=int(caught.sum()),
        caught_by_third=int((caught & (order <= THIRD)).sum()),
        caught_before_last=int((early & bad).sum()),
        alarms=int(any_alarm.sum()),
        alarms_before_last=int(early.sum()),
        lead=lead,
        caught_by=np.array([int((caught & (order <= k)).sum()) for k in range(1, m + 1)], dtype=np.intp),
    )
