"""Operating characteristics against counts made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forwhom.kernels.off_track import first_alarm, operating_characteristics

NAN = np.nan
# Weeks of the later measurements, alarms (x), and whether the person ended worse:
#   A  1 2 3 5 8   . x . . x   worse      first alarm at week 2, six weeks ahead, second measurement
#   B  1 2         . x         worse      the alarm is the last score: no lead
#   C  1 2 3 5     . . . x     worse      alarm at the fourth and last
#   D  1 4         . .         worse      missed
#   E  1 2 3       x . .       not worse  false, before the last
#   F  2           x           not worse  false, at the last
#   G  1 2 3 5     . . . .     not worse  quiet
TIME = np.array(
    [
        [1, 2, 3, 5, 8],
        [1, 2, NAN, NAN, NAN],
        [1, 2, 3, 5, NAN],
        [1, 4, NAN, NAN, NAN],
        [1, 2, 3, NAN, NAN],
        [2, NAN, NAN, NAN, NAN],
        [1, 2, 3, 5, NAN],
    ]
)
ALARM = np.zeros((7, 5), dtype=bool)
ALARM[[0, 0, 1, 2, 4, 5], [1, 4, 1, 3, 0, 0]] = True
WORSE = np.array([True, True, True, True, False, False, False])


def test_counts_made_by_hand() -> None:
    made = operating_characteristics(ALARM, TIME, WORSE)
    assert (made.n, made.events) == (7, 4)
    assert made.caught == 3
    assert made.caught_by_third == 2
    assert made.caught_before_last == 1
    assert made.alarms == 5
    assert made.false_alarms == 2
    assert made.false_before_last == 1
    assert made.caught_by.tolist() == [0, 2, 2, 3, 3]
    # Leads 6, 0 and 0 weeks.
    assert made.lead == (0.0, 0.0, 3.0)


def test_measurements_are_counted_over_gaps() -> None:
    # Padding inside a row does not count as a measurement: the alarm at the fourth place is the third measurement.
    made = operating_characteristics([[False, False, False, True]], [[1.0, NAN, 2.0, 3.0]], [True])
    assert made.caught_by_third == 1


def test_nobody_with_the_event() -> None:
    made = operating_characteristics(ALARM[4:], TIME[4:], WORSE[4:])
    assert (made.events, made.caught, made.lead) == (0, 0, None)
    assert made.false_alarms == 2


@given(st.integers(0, 10_000))
def test_counts_fit_together(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 20)), int(rng.integers(1, 8))
    count = rng.integers(1, m + 1, n)
    time = np.where(np.arange(m) < count[:, None], np.cumsum(rng.random((n, m)), axis=1), NAN)
    alarm = (rng.random((n, m)) < 0.3) & np.isfinite(time)
    event = rng.random(n) < 0.4
    made = operating_characteristics(alarm, time, event)
    order = rng.permutation(n)
    again = operating_characteristics(alarm[order], time[order], event[order])
    assert (made.caught, made.lead, made.alarms) == (again.caught, pytest.approx(again.lead), again.alarms)
    assert made.caught_before_last <= made.caught <= min(made.events, made.alarms)
    assert made.false_alarms <= made.n - made.events
    assert made.caught_by[-1] == made.caught
    assert (np.diff(made.caught_by) >= 0).all()
    # Further alarms catch no fewer, and cry wolf no less.
    more = operating_characteristics(alarm | (np.isfinite(time) & (rng.random((n, m)) < 0.3)), time, event)
    assert more.caught >= made.caught
    assert more.false_alarms >= made.false_alarms


def test_first_alarm() -> None:
    assert first_alarm(ALARM).tolist() == [1, 1, 3, -1, 0, 0, -1]


def test_bad_input_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="shape"):
        operating_characteristics(ALARM, TIME[:, :2], WORSE)
    with pytest.raises(ValueError, match="no measurement"):
        operating_characteristics(ALARM[:1] & False, TIME[:1] * NAN, WORSE[:1])
    with pytest.raises(ValueError, match="not made"):
        operating_characteristics([[True, True]], [[1.0, NAN]], [True])
