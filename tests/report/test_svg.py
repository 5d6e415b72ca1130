"""Helpers of drawing: ticks, scales, wrapped text, labels kept apart."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forwhom.report.numbers import fixed, limits, percent, places_for, quantity
from forwhom.report.svg import (
    SHAPES,
    Linear,
    linear,
    marker,
    spread_apart,
    tag,
    text_width,
    thinned,
    ticks,
    with_room,
    wrapped,
)

NUMBERS = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))


@given(NUMBERS, st.floats(1e-3, 1e6), st.integers(1, 12))
def test_ticks_lie_inside_in_rising_order(low: float, span: float, about: int) -> None:
    found = ticks(low, low + span, about)
    assert found == sorted(set(found))
    assert len(found) <= 2 * about + 1
    slack = 1e-6 * (abs(low) + span)
    assert all(low - slack <= value <= low + span + slack for value in found)


@given(st.lists(st.one_of(st.none(), NUMBERS), max_size=6))
def test_a_scale_always_has_a_width_and_holds_its_values(values: list[float | None]) -> None:
    scale = linear(values, 0, 100)
    assert scale.high > scale.low
    assert all(-1e-6 <= scale(value) <= 100 + 1e-6 for value in values if value is not None)


@given(st.floats(-100, 99), st.floats(1, 100), st.floats(0, 300), st.floats(0, 300))
def test_room_beside_zero(low: float, span: float, before: float, after: float) -> None:
    scale = with_room(Linear(min(low, 0), max(low + span, 0), 0, 300), 0, before, after)
    assert scale.low <= min(low, 0)
    assert scale.high >= max(low + span, 0)
    assert scale(0) >= min(before, 150) - 1e-6
    assert 300 - scale(0) >= min(after, 150) - 1e-6


@given(st.text(max_size=80), st.floats(30, 300), st.integers(1, 4))
def test_wrapped_lines_fit(words: str, width: float, most: int) -> None:
    lines = wrapped(words, width, most)
    assert 1 <= len(lines) <= most
    assert all(text_width(line) <= width for line in lines)


@given(st.lists(st.floats(0, 100), max_size=6))
def test_labels_keep_their_distance_and_order(heights: list[float]) -> None:
    placed = spread_apart(heights, 15, 0, 100)
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    stacked = [placed[i] for i in order]
    assert all(b - a >= 15 - 1e-6 for a, b in itertools.pairwise(stacked))
    assert all(-1e-6 <= y <= 100 + 1e-6 for y in placed)


def test_labels_that_have_room_stay_where_they_are() -> None:
    assert spread_apart([10, 40, 90], 15, 0, 100) == [10, 40, 90]


def test_thinned_keeps_the_last() -> None:
    assert thinned([0, 1, 2, 3, 4], Linear(0, 4, 0, 40), 20) == [0, 2, 4]
    assert thinned([0, 1, 2, 3], Linear(0, 3, 0, 30), 20) == [1, 3]


def test_marks_differ_in_outline() -> None:
    assert len({marker(shape, 10, 10) for shape in range(SHAPES)}) == SHAPES


def test_texts_and_attributes_are_escaped() -> None:
    drawn = tag("text", '<script>"', aria_label='"><script>')
    assert "<script>" not in drawn
    assert '"><' not in drawn


@given(st.floats(-1e6, 1e6), st.integers(0, 4))
def test_numbers_have_a_true_minus_and_no_negative_zero(value: float, places: int) -> None:
    text = fixed(value, places)
    assert "-" not in text
    assert not (text.startswith("−") and not text.strip("−0.\u202f"))
    assert float(text.replace("−", "-").replace(",", "")) == round(value, places) or abs(value) > 1e5


@pytest.mark.parametrize(
    ("value", "unit", "others", "expected"),
    [
        (-3.2149, "BDI-II points", (-7.04, 0.61), "−3.2"),
        (0.2149, "points", (0.1, 0.33), "0.21"),
        (-2.491, "points", (-3.93, -1.05), "−2.5"),
        (-0.158, "points per month", (-0.75, 0.43), "−0.16"),
        (-0.294, "baseline SD", (-0.64, 0.05), "−0.29"),
        (0.9312, "correlation", (0.9, 0.95), "0.93"),
        (1.0, "ratio", (0.5, 2.0), "1.00"),
        (0.4567, "proportion", (0.3, 0.6), "46\u202f%"),
        (0.0043, "proportion", (0.0, 0.02), "0.4\u202f%"),
        (28.3, "people", (), "28"),
        (5.13, "people", (), "5.1"),
        (4.314, "F on 2 and 231.5 degrees of freedom", (), "4.31"),
        (1234.5, "points", (), "1,234.5"),
        (None, "points", (), "–"),
    ],
)
def test_rounding(value: float | None, unit: str, others: tuple[float, ...], expected: str) -> None:
    assert quantity(value, unit, *others) == expected


def test_limits_and_shares() -> None:
    assert limits(0.5, None, None) == "–"
    assert limits(0.5, None, 0.9, "ratio") == "open to 0.90"
    assert limits(5.0, 2.0, None, "people", "Miettinen-Nurminen, to infinity") == "2.0 to ∞"
    assert percent(None) == "–"
    assert places_for("", 3.0) == 2
