"""The trend of the focus on the relationship over the sessions of one treatment."""

from __future__ import annotations

import pytest

from forwhom.analysis.programme.session_folder import focus_trend
from forwhom.kernels.monotone_trend import monotone_trend


def _named(*shares: float | None) -> list[tuple[str, float | None]]:
    return [(f"session-{n}", share) for n, share in enumerate(shares, 1)]


def test_a_steady_rise_over_six_sessions() -> None:
    made = focus_trend(_named(0.0, 0.05, 0.1, 0.15, 0.2, 0.25))
    assert made.change == pytest.approx(0.05)
    assert made.low == pytest.approx(0.05)
    # All 15 pairs go up: 2 of the 720 orders of six values are as far from none.
    assert made.p == pytest.approx(2 / 720)
    assert "rises: +5.0 percentage points a session" in made.told[0]
    assert any("only a trend that hardly ever turns back" in told for told in made.told)


def test_a_fall_is_a_fall_and_no_direction_is_none() -> None:
    assert "falls" in focus_trend(_named(0.3, 0.25, 0.2, 0.1, 0.05, 0.0)).told[0]
    assert "no clear direction" in focus_trend(_named(0.1, 0.3, 0.0, 0.2, 0.1, 0.2)).told[0]


def test_so_few_sessions_give_no_limits_and_say_so() -> None:
    made = focus_trend(_named(0.0, 0.1, 0.2, 0.3))
    assert (made.low, made.high) == (None, None)
    assert made.told[0].startswith("Four sessions are too few to tell a trend.")
    assert "rises" not in " ".join(made.told[:-1])


def test_numbers_in_names_are_ordered_by_size_and_an_absent_share_keeps_its_place() -> None:
    made = focus_trend([("s10", 0.9), ("s2", None), ("s1", 0.1), ("s3", 0.3)])
    assert made.sessions == ("s1", "s2", "s3", "s10")
    assert made.shares == (0.1, None, 0.3, 0.9)
    assert made.n == 3
    assert made.change == monotone_trend([1, 3, 4], [0.1, 0.3, 0.9]).slope
    assert any("1 session has no turn with a level" in told for told in made.told)


@pytest.mark.parametrize("shares", [(), (None,), (0.1,), (0.1, None)])
def test_without_two_sessions_there_is_no_trend_but_a_reason(shares: tuple[float | None, ...]) -> None:
    made = focus_trend(_named(*shares))
    assert made.change is made.p is None
    assert "needs two sessions" in made.told[0]


def test_more_sessions_than_one_treatment_has_are_refused_in_words() -> None:
    made = focus_trend(_named(*([0.1] * 401)))
    assert made.change is None
    assert "401 sessions" in made.told[0]


def test_sessions_that_are_all_alike_show_no_direction() -> None:
    made = focus_trend(_named(*([0.2] * 9)))
    assert (made.change, made.p) == (0.0, 1.0)
    assert "no clear direction" in made.told[0]
