"""Sudden gains and losses: the criteria by hand and slowly, missing sessions, reversal, mirror images."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import t as student

from forwhom.kernels.sudden_change import sudden_changes

RNG = np.random.default_rng(5)


def slow(row: np.ndarray, points: float, *, falling: bool = True) -> list[int]:
    """Columns before a step that meets all three criteria, as published."""
    sign = 1 if falling else -1
    found = []
    for n in range(1, row.size - 2):
        size = sign * (row[n] - row[n + 1])
        before, after = row[max(0, n - 2) : n + 1], row[n + 1 : n + 4]
        before, after = before[np.isfinite(before)], after[np.isfinite(after)]
        if not np.isfinite(size) or min(before.size, after.size) < 2:
            continue
        free = before.size + after.size - 2
        pooled = np.sqrt(((before.size - 1) * before.var(ddof=1) + (after.size - 1) * after.var(ddof=1)) / free)
        enough = sign * (before.mean() - after.mean()) > student.isf(0.025, free) * pooled
        if size >= points and size >= 0.25 * row[n] and enough:
            found.append(n)
    return found


@pytest.mark.parametrize("falling", [True, False])
def test_the_criteria_are_those_of_the_slow_version(falling: bool) -> None:
    table = np.round(RNG.normal(20, 3, (200, 12)))
    jump = RNG.integers(2, 10, 200)
    table[np.arange(12) > jump[:, None]] += -9 if falling else 9
    table[RNG.random(table.shape) < 0.15] = np.nan
    found = sudden_changes(table, 6.0, falling=falling)
    expected = [(i, n) for i, row in enumerate(table) for n in slow(row, 6.0, falling=falling)]
    assert list(zip(found.person.tolist(), found.session.tolist(), strict=True)) == expected
    assert len(expected) > 60


def test_the_worked_example() -> None:
    """Sessions 32, 31, 33 before and 15, 14, 16 after: 18 points, 55 %, means 32 and 15, pooled SD 1."""
    found = sudden_changes([[32.0, 31, 33, 15, 14, 16, 15, 15]], 7.0)
    assert (found.session.tolist(), found.size.tolist()) == ([2], [18.0])
    assert found.tested[0].tolist() == [False, True, True, True, True, True, False]
    assert not sudden_changes([[32.0, 31, 33, 15, 14, 16, 15, 15]], 18.5).session.size


def test_missing_sessions_raise_the_quantile() -> None:
    """One absent session on a side leaves three degrees of freedom: 3.182 instead of 2.776 (Lutz et al., 2013)."""
    row = np.array([[20.0, 20, 24, 14, 14, np.nan, 14]])
    strict, plain = sudden_changes(row, 5.0), sudden_changes(row, 5.0, adjusted=False)
    # Means 21.33 and 14 differ by 7.33; the pooled SD is 1.886: the ratio 3.89 passes both; with less it passes one.
    assert strict.session.tolist() == plain.session.tolist() == [2]
    row = np.array([[20.0, 20, 25, 14.5, 14.5, np.nan, 14.5]])
    ratio = (65 / 3 - 14.5) / np.sqrt(2 * np.var([20, 20, 25], ddof=1) / 3)
    assert 2.776 < ratio < 3.182
    assert sudden_changes(row, 5.0).session.tolist() == []
    assert sudden_changes(row, 5.0, adjusted=False).session.tolist() == [2]


def test_a_step_next_to_an_absent_session_is_not_tested() -> None:
    found = sudden_changes([[30.0, 30, 30, np.nan, 10, 10, 10]], 5.0)
    assert not found.session.size
    assert not found.tested[0, 2:4].any()


def test_first_and_last_sessions_have_too_few_neighbours() -> None:
    row = [[30.0, 10, 10, 10, 10, 10]]
    assert not sudden_changes(row, 5.0).session.size
    assert not sudden_changes(row, 5.0, from_first=True).session.size  # one session before has no spread
    assert not sudden_changes([[30.0, 30, 30, 30, 10]], 5.0).session.size
    assert sudden_changes([[30.0, 30, 10, 10]], 5.0).session.tolist() == [1]


def test_reversal_is_more_than_half_lost_later() -> None:
    base = [30.0, 30, 30, 10, 10]
    assert not sudden_changes([[*base, 20.0, 20]], 5.0).reversed[0]  # exactly half
    assert sudden_changes([[*base, 20.0, 21]], 5.0).reversed[0]
    # The session right after the step is not its reversal, whatever it is; it would not have met the third criterion.
    assert sudden_changes([[*base, 20.0, 21]], 5.0).known_later[0] == 3


def test_gains_and_losses_mirror_each_other() -> None:
    table = np.round(RNG.normal(20, 2, (60, 14)))
    table[30:, 7:] -= 8
    reverse = table[:, ::-1]
    down, up = sudden_changes(table, 4.0, share=0.0), sudden_changes(reverse, 4.0, falling=False, share=0.0)
    assert down.session.size == up.session.size > 15
    assert sorted(down.size.tolist()) == sorted(up.size.tolist())


def test_large_scores_lose_no_digits() -> None:
    table = np.round(RNG.normal(20, 3, (50, 12)))
    table[:, 6:] -= 8
    shifted = sudden_changes(table + 1e7, 5.0, share=0.0)
    assert shifted.session.tolist() == sudden_changes(table, 5.0, share=0.0).session.tolist()


def test_short_or_empty_tables_have_no_steps() -> None:
    for table in (np.full((2, 1), 5.0), np.full((3, 8), np.nan), np.empty((0, 6))):
        assert not sudden_changes(table, 1.0).session.size
    with pytest.raises(ValueError, match="above 0"):
        sudden_changes([[1.0, 2.0]], 0.0)


def test_the_r_package_finds_the_same_steps(root: Path) -> None:
    """suddengains 0.7.2 on 300 made courses with absent sessions: the same people and sessions, gains and losses."""
    folder = root / "validation/sudden_change"
    table = np.genfromtxt(folder / "courses.csv", delimiter=",", skip_header=1)[:, 1:]
    theirs: dict[tuple[str, float, bool], set[tuple[int, int]]] = {}
    with (folder / "reference.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = (row["kind"], float(row["cutoff"]), row["adjust"] == "TRUE")
            theirs.setdefault(key, set()).add((int(row["id"]), int(row["session"])))
    assert len(theirs) == 8
    for (kind, points, adjusted), steps in theirs.items():
        found = sudden_changes(table, points, falling=kind == "gain", adjusted=adjusted)
        assert set(zip((found.person + 1).tolist(), (found.session + 1).tolist(), strict=True)) == steps
