"""Effects of one sign: from every kind of numbers, turned only by declared directions, the rest with its reason."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forwhom.analysis.evidence.effects import Effect, effects_of, suited
from forwhom.analysis.evidence.signs import directed, signs
from forwhom.evidence.comparisons import Comparison, Given, Group

ONE, TWO = Group("p/a", "dbt", "DBT", 30.0), Group("p/b", "tau", "TAU", 32.0)


def comparison(
    better: str | None = "lower", given_: Given | None = None, name: str = "1", **numbers: float
) -> Comparison:
    one = replace(ONE, **{key[:-1]: value for key, value in numbers.items() if key.endswith("1")})
    two = replace(TWO, **{key[:-1]: value for key, value in numbers.items() if key.endswith("2")})
    return Comparison(
        name, "p", "p", "P 2001", "x", "X", "scale", one, two, better, "outcome", given_, where=f"row {name}"
    )


def scores(better: str | None = "lower", low: float = 10.0, high: float = 14.0, **more: object) -> Comparison:
    return comparison(better, mean1=low, sd1=5.0, mean2=high, sd2=5.0, **more)


def events(e1: float, e2: float, better: str = "lower", **more: object) -> Comparison:
    return comparison(better, events1=e1, events2=e2, **more)


def only(one: Comparison, measure: str = "g") -> Effect:
    (found,) = effects_of([one], measure).effects
    return found


def refused(one: Comparison, measure: str = "g") -> str:
    (found,) = effects_of([one], measure).unused
    return found.why


def test_lower_scores_are_better_where_the_scale_says_so() -> None:
    down, up = only(scores("lower")), only(scores("higher"))
    assert down.value == pytest.approx(0.79, abs=0.01)
    assert (up.value, down.turned, up.turned) == (-down.value, True, False)


@pytest.mark.parametrize("better", [None, "neither"])
def test_nothing_is_turned_that_does_not_declare_its_direction(better: str | None) -> None:
    assert refused(scores(better)) == "nothing declares which direction is good for scale"


@given(st.floats(-5, 5), st.floats(0.5, 4), st.floats(-3, 3))
def test_g_does_not_depend_on_the_unit_and_turns_with_the_scale(apart: float, factor: float, shift: float) -> None:
    first = only(scores(low=10.0, high=10.0 + apart))
    second = only(
        comparison(
            "lower", mean1=10 * factor + shift, sd1=5 * factor, mean2=(10 + apart) * factor + shift, sd2=5 * factor
        )
    )
    assert second.value == pytest.approx(first.value, abs=1e-9)
    assert only(comparison("higher", mean1=-10.0, sd1=5, mean2=-10.0 - apart, sd2=5)).value == pytest.approx(
        first.value, abs=1e-9
    )


def test_events_as_ratios_keep_their_sign_and_as_differences_are_turned() -> None:
    bad, good = events(5, 12), events(5, 12, "higher")
    assert only(bad, "rr").value == only(good, "rr").value == pytest.approx(math.log((5 / 30) / (12 / 32)))
    odds = math.log((5 / 25) / (12 / 20))
    assert only(bad).value == pytest.approx(-odds * math.sqrt(3) / math.pi) == pytest.approx(-only(good).value)
    assert only(bad, "rd").value == pytest.approx(5 / 30 - 12 / 32)


def test_good_and_bad_events_are_not_pooled_as_ratios() -> None:
    found = effects_of([events(5, 12), events(4, 12, name="2"), events(20, 12, "higher", name="3")], "rr")
    assert len(found.effects) == 2
    assert "good where the others' are bad" in found.unused[0].why


def test_empty_cells_are_marked_and_no_event_at_all_gives_no_ratio() -> None:
    assert only(events(0, 4), "rr").half
    assert refused(events(0, 0), "or").startswith("nobody in either group")
    assert only(events(0, 0), "rd").value == pytest.approx(0.0, abs=0.001)  # 1/2 in groups of 30 and 32, as metafor


def test_given_effects_say_whom_they_favour_or_are_refused() -> None:
    d = Given("d", -0.5, toward=1)
    assert only(comparison("lower", d)).value == pytest.approx(0.49, abs=0.01)
    assert only(comparison("lower", Given("t", -2.0, toward=-1))).value < 0
    assert refused(comparison("lower", Given("f", 4.0))) == "a f does not say which group is better"
    assert (
        refused(comparison("lower", Given("g", -0.5, se=0.2)))
        == "which group its sign favours cannot be told from the table"
    )
    assert (
        refused(comparison("lower", Given("rr", 0.5, low=0.3, high=0.9)))
        == "a rr alone gives no standardised difference"
    )
    assert refused(comparison("lower")) == "it gives no numbers of both groups and no effect"


def test_a_given_ratio_takes_its_width_from_its_interval() -> None:
    one = only(comparison("lower", Given("rr", 0.5, low=0.25, high=1.0)), "rr")
    assert one.value == pytest.approx(math.log(0.5))
    assert one.variance == pytest.approx((math.log(4.0) / (2 * 1.959964)) ** 2, rel=1e-5)
    assert refused(comparison("lower", Given("rr", 0.5)), "rr") == "the interval of the ratio is absent"
    assert (
        refused(comparison("lower", Given("rr", 0.5, low=-0.1, high=1.0)), "rr")
        == "a ratio or its limit is not above 0"
    )


def test_what_comes_from_group_two_is_part_of_the_variance() -> None:
    made = [
        only(scores()),
        only(events(5, 12)),
        only(events(5, 12), "rr"),
        only(events(5, 12), "rd"),
        only(comparison("lower", Given("d", 0.5, toward=1))),
    ]
    assert all(0 < each.shared < each.variance for each in made)


def test_the_measure_that_suits() -> None:
    assert suited([events(1, 2), events(2, 3)]) == "rr"
    assert suited([events(1, 2), scores()]) == suited([]) == "g"


# ── which way a column points ────────────────────────────────────────────────────────────────────


def column(value: float, raw: float, name: str, better: str = "lower", measure: str = "scale") -> Comparison:
    return replace(scores(better, 10.0, 10.0 - raw, given_=Given("g", value, se=0.3), name=name), measure=measure)


def test_a_column_of_one_sign_and_the_row_that_does_not_fit() -> None:
    rows = [column(-0.5, -3, "1"), column(0.2, 1, "2"), column(-0.1, -1, "3", "higher", "other"), column(0.0, 0, "4")]
    whole, *instruments = signs(rows)
    assert (whole.favours, whole.fit, whole.against, whole.silent) == ("negative", ("1", "2"), ("3",), ("4",))
    assert [(each.measure, each.favours) for each in instruments] == [("scale", "negative"), ("other", "positive")]


def test_rows_that_disagree_evenly_and_rows_that_cannot_tell() -> None:
    assert signs([column(-0.5, -3, "1"), column(0.5, -3, "2")])[0].favours == "both"
    assert signs([column(0.5, 0, "1")])[0].favours == "unknown"
    assert signs([scores(given_=None)]) == ()


def test_an_effect_without_numbers_takes_the_sign_that_all_rows_show() -> None:
    bare = comparison("lower", Given("g", -0.4, se=0.2), name="9")
    agree, one_against = [column(-0.5, -3, "1"), column(0.2, 1, "2")], column(0.3, -1, "3")
    turned = directed([*agree, bare], signs([*agree, bare]))[-1]
    assert turned.given is not None
    assert turned.given.toward == 1
    assert only(turned).value == pytest.approx(0.4)
    left = directed([*agree, one_against, bare], signs([*agree, one_against, bare]))[-1]
    assert left.given is not None
    assert left.given.toward is None


def test_absent_numbers_never_become_zero() -> None:
    assert not effects_of([replace(scores(), absent="told elsewhere")], "g").effects
    assert np.isfinite([each.value for each in effects_of([scores(), events(1, 2, name="2")], "g").effects]).all()
