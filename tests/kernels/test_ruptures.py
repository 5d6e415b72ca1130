"""Ruptures told from ratings after sessions: worked examples by hand, a slow version, properties, chance."""

from __future__ import annotations

import numpy as np
import pytest

from forwhom.kernels.control_chart import individuals_chart
from forwhom.kernels.ruptures import Episodes, below_limits, score_drops
from forwhom.kernels.session_courses import as_table, shuffled, simulated, straight_lines, within_sd

RNG = np.random.default_rng(20260101)


def slow_drops(course: list[float], drop: float, within: int = 5) -> list[tuple[int, float, int, bool]]:
    """(onset, depth, duration, returned) of one course, session by session in plain words."""
    found: list[tuple[int, float, int, bool]] = []
    t = 1
    open_at, goal, before, lowest = -1, 0.0, 0.0, 0.0
    while t < len(course):
        if open_at >= 0:
            if t - open_at <= within:
                lowest = min(lowest, course[t])
            if course[t] >= goal:
                found.append((open_at, before - lowest, t - open_at, True))
                open_at = -1
                t += 1
                continue
        if course[t - 1] - course[t] >= drop and (open_at < 0 or t - open_at >= within):
            if open_at >= 0:
                found.append((open_at, before - lowest, t - open_at, False))
            open_at, before, lowest = t, course[t - 1], course[t]
            goal = before - 0.25 * drop
        t += 1
    if open_at >= 0:
        found.append((open_at, before - lowest, len(course) - 1 - open_at, False))
    return found


def as_rows(found: Episodes) -> list[tuple[int, float, int, bool]]:
    return [
        (int(o), float(d), int(n), bool(b))
        for o, d, n, b in zip(found.onset, found.depth, found.duration, found.returned, strict=True)
    ]


@pytest.mark.parametrize("within", [1, 3, 5])
def test_drops_are_those_of_the_slow_version(within: int) -> None:
    for _ in range(60):
        course = np.round(RNG.normal(5, 1, RNG.integers(2, 40)) * 4) / 4
        fast = as_rows(score_drops([course], 1.0, within=within))
        slow = slow_drops(course.tolist(), 1.0, within)
        assert [row[0] for row in fast] == [row[0] for row in slow]
        for one, two in zip(fast, slow, strict=True):
            assert one == pytest.approx(two)


def test_people_do_not_touch_each_other() -> None:
    table = np.full((5, 30), np.nan)
    for i, m in enumerate((30, 7, 1, 15, 22)):
        table[i, :m] = RNG.normal(5, 1, m)
    for find in (lambda t: score_drops(t, 1.2), below_limits, lambda t: below_limits(t, so_far=True)):
        together = find(table)
        apart = [find(row[None]) for row in table]
        assert together.per_person.tolist() == [int(one.per_person[0]) for one in apart]
        assert (together.unresolved == np.vstack([one.unresolved for one in apart])).all()


def test_what_a_repair_is() -> None:
    found = score_drops([[5.0, 4.0, 4.0, 4.75], [5.0, 4.0, 4.7, 4.7], [5.0, 4.0, 3.5, 4.8]], 1.0)
    assert found.repaired.tolist() == [True, False, True]
    assert found.unrepaired.tolist() == [False, False, False]  # the sessions ended before five had passed
    assert found.depth.tolist() == [1.0, 1.0, 1.5]
    late = score_drops([[5.0, 4.0, 4, 4, 4, 4, 4, 5.0]], 1.0)
    assert (late.returned[0], late.repaired[0], late.unrepaired[0], late.duration[0]) == (True, False, True, 6)
    assert late.unresolved[0].tolist() == [False, True, True, True, True, True, True, False]


def test_a_fall_of_exactly_the_criterion_counts_in_any_unit() -> None:
    assert score_drops([[0.3, 0.2]], 0.1).onset.size == 1
    assert score_drops([[1.1, 1.0, 0.0]], 0.1).onset.tolist() == [1]


def test_units_do_not_matter() -> None:
    table = RNG.normal(5, 1, (8, 25))
    one, two = score_drops(table, 1.0), score_drops(table * 7 + 3, 7.0)
    assert (one.onset == two.onset).all()
    assert two.depth == pytest.approx(one.depth * 7)
    one, two = below_limits(table), below_limits(table * 7 + 3)
    assert (one.onset == two.onset).all()


def test_the_chart_by_hand() -> None:
    """Mean 4.9, mean moving range 0.52, sigma 0.461: 3.52 is the limit, and two in a row below 3.98 would also be one."""
    course = [5.0, 5.2, 5.1, 5.0, 5.2, 5.1, 3.0, 5.0, 5.1, 5.2, 5.0]
    chart = individuals_chart([course])
    assert chart.centre[0, 0] == pytest.approx(4.9)
    assert chart.sigma[0, 0] == pytest.approx(0.52 / 1.128)
    assert np.flatnonzero(chart.signal[0]).tolist() == [6]
    pair = individuals_chart([[5.0] * 6 + [5.2, 5.0, 4.5, 4.5] + [5.0] * 8])
    limit = pair.centre[0, 0] - 2 * pair.sigma[0, 0]
    assert 4.5 < limit < 5.0
    assert pair.signal[0, 9]


def test_a_low_beginning_is_no_rupture_and_so_far_knows_no_future() -> None:
    rising = np.concatenate([np.linspace(2, 5, 8), np.full(30, 5.0) + RNG.normal(0, 0.1, 30)])
    assert not below_limits([rising]).onset.size
    table = RNG.normal(5, 1, (6, 40))
    cut = table[:, :25]
    whole, early = below_limits(table, so_far=True), below_limits(cut, so_far=True)
    assert (whole.unresolved[:, :25] == early.unresolved).all()
    assert not whole.at_risk[:, :6].any()


def test_chance_finds_as_many_as_fresh_noise_does() -> None:
    """Courses simulated from the fit of noise have the falls that noise has."""
    noise = np.zeros((150, 30))
    shocks = RNG.standard_normal((150, 30))
    noise[:, 0] = shocks[:, 0]
    for t in range(1, 30):
        noise[:, t] = 0.4 * noise[:, t - 1] + np.sqrt(1 - 0.16) * shocks[:, t]
    table = 5 + noise + np.linspace(0, 1, 30)
    lines = straight_lines(table)
    assert lines.correlation == pytest.approx(0.4, abs=0.06)
    assert lines.pooled_sd == pytest.approx(1.0, abs=0.05)
    assert lines.slope.mean() == pytest.approx(1 / 29, abs=0.01)
    drop = within_sd(table)
    seen = score_drops(table, drop).onset.size
    made = score_drops(simulated(lines, 20, RNG), drop).onset.size / 20
    assert made == pytest.approx(seen, rel=0.08)
    mixed = score_drops(shuffled(table, 20, RNG), drop).onset.size / 20
    assert mixed > 1.15 * seen  # an order at random forgets that neighbours are alike


def test_simulated_and_shuffled_keep_lengths_and_limits() -> None:
    table = as_table(RNG.normal(5, 1, 12), [0, 7, 8, 12])
    lines = straight_lines(table)
    made = simulated(lines, 4, RNG, low=4.5, high=5.5)
    assert np.isfinite(made).sum(axis=1).tolist() == [7, 1, 4] * 4
    assert np.nanmin(made) >= 4.5
    assert np.nanmax(made) <= 5.5
    mixed = shuffled(table, 4, RNG)
    assert np.nansum(mixed, axis=1)[:3] == pytest.approx(np.nansum(table, axis=1))
    assert (np.isfinite(mixed) == np.tile(np.isfinite(table), (4, 1))).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: score_drops([[1.0, 2.0]], 0.0), "above 0"),
        (lambda: score_drops([[1.0, np.nan, 2.0]], 1.0), "lies between"),
        (lambda: as_table([1.0], [0, 0, 1]), "without a session"),
    ],
)
def test_what_cannot_be_is_refused_in_words(call: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


def test_constant_and_short_courses_have_no_rupture() -> None:
    assert not below_limits(np.full((3, 20), 4.0)).onset.size
    assert not score_drops([[4.0]], 1.0).onset.size
    lines = straight_lines([[4.0], [3.0]])
    assert (lines.correlation, lines.pooled_sd) == (0.0, 0.0)


def test_rounding_and_equal_spreads_are_kept() -> None:
    """Whole numbers in, whole numbers out, with as many large falls as the rounded noise has; people alike get one spread."""
    noise = np.round(10 + RNG.normal(0, 2.0, (200, 20)))
    lines = straight_lines(noise)
    made = simulated(lines, 10, RNG, step=1.0)
    assert (made == np.round(made)).all()
    assert np.ptp(lines.sd) < 0.3 * lines.pooled_sd
    seen = (np.diff(noise, axis=1) <= -5).mean()
    assert (np.diff(made, axis=1) <= -5).mean() == pytest.approx(seen, rel=0.12)
    apart = straight_lines(np.vstack([noise, 10 + 4 * (noise - 10)]))
    assert apart.sd[200:].mean() > 2.5 * apart.sd[:200].mean()
