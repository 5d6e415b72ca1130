"""Forest and funnel of a pool as drawn: a mark per effect, arrows where limits go on, ratios in equal factors."""

from __future__ import annotations

import re
from itertools import pairwise
from types import ModuleType

import pytest

from forwhom.report.picture import Names, Picture, Table
from forwhom.report.pictures import drawn
from forwhom.report.pictures.evidence.effect_axis import axis, kept_in

NAMES = Names()


def of(samples: ModuleType, name: str) -> Picture:
    picture = drawn(getattr(samples.pooled, name)(), NAMES)
    assert isinstance(picture, Picture)
    return picture


def test_a_square_per_effect_and_a_point_in_the_funnel_and_the_regression(samples: ModuleType) -> None:
    picture = of(samples, "scores")
    effects, slopes, pooled = 10, 10, 1
    for drawing in (picture.wide, picture.narrow):
        assert drawing.count('class="mark"') == 2 * effects + slopes + pooled
        assert drawing.count('class="openmark"') == 3
        assert "favours the treatment" in drawing
        assert "nan" not in drawing.casefold()


def test_limits_beyond_the_plot_end_in_arrows_and_are_told_in_the_table(samples: ModuleType) -> None:
    picture = of(samples, "ratios")
    width = re.search(r'class="whisker bold"', picture.wide)
    assert width
    assert "0.31 (0.01 to 7.30)" in picture.wide
    assert "&lt;\u202f0.01 to &gt;\u202f100" in picture.wide
    assert "Risk ratio" in picture.wide


def test_one_study_has_no_funnel_and_no_pool(samples: ModuleType) -> None:
    picture = of(samples, "one")
    assert "Are small studies" not in picture.wide
    assert "Pooled" not in picture.wide
    assert picture.wide.count('class="mark"') == 1


def test_every_part_has_its_table(samples: ModuleType) -> None:
    tables = {each.caption: each for each in of(samples, "scores").tables}
    assert len(tables) == 8
    assert tables["Do small studies tell larger effects?"].rows[2][1] == "no study lies in one of the intervals of p"
    assert (
        tables["The effect by numbers that studies state"].rows[1][-1]
        == "scores of bpdsi only; 2 samples state it, 6 are needed"
    )
    assert tables["Effects"].rows[2][3] == "–"
    assert [row[2] for row in tables["Which way the file's column of effects points"].rows] == [
        "negative values favour the treatment", "positive values favour the treatment", "cannot be told",
    ]  # fmt: skip


def test_recomputed_numbers_stand_in_a_table(samples: ModuleType) -> None:
    found = drawn(samples.pooled.recomputed(), NAMES)
    assert isinstance(found, Table)
    assert found.rows[0][2:5] == ("0.39 (0.24 to 0.63)", "0.22 (0.10 to 0.46)", "−35 (−49 to −18) percentage points")
    assert found.rows[1][2] == "–"


@pytest.mark.parametrize("values", [(0.5, 2.0), (0.01, 90.0), (0.9, 1.1)])
def test_equal_factors_are_equally_far_apart_and_labels_do_not_touch(values: tuple[float, float]) -> None:
    of_ratios = axis(values, 0.0, 300.0, log=True)
    middle = (values[0] * values[1]) ** 0.5
    assert of_ratios.at(middle) == pytest.approx((of_ratios.at(values[0]) + of_ratios.at(values[1])) / 2)
    places = [place for place, _ in of_ratios.marks()]
    assert all(b - a > 12 for a, b in pairwise(places))


def test_far_limits_do_not_flatten_the_points() -> None:
    assert max(kept_in([1e6, None], [0.5, 2.0], log=True)) < 10
    assert kept_in([-1.0, 1.0], [0.0, 0.5], log=False) == [pytest.approx(-0.6), 1.0]
