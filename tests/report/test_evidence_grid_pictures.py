"""Grids as drawn: yes, no and not said are three things, told by more than colour."""

from __future__ import annotations

from types import ModuleType

from forwhom.report.picture import Names, Picture
from forwhom.report.pictures import drawn


def of(samples: ModuleType, name: str) -> Picture:
    picture = drawn(getattr(samples.tables, name)(), Names())
    assert isinstance(picture, Picture)
    return picture


def test_yes_is_filled_no_is_crossed_not_said_is_a_dot(samples: ModuleType) -> None:
    picture = of(samples, "signs")
    for drawing in (picture.wide, picture.narrow):
        assert drawing.count('class="there"') == 2
        assert drawing.count('class="gone"') == 1
        assert drawing.count('class="head"') == 9 - 3
        assert "B: P, Methods, paragraph 2, line 44–46" in drawing.replace("</tspan>", "") or "B: P, Methods" in drawing
    assert "Homework: not said" in picture.describe
    assert "Usual care no" in picture.describe


def test_every_cell_is_in_the_table_with_its_place(samples: ModuleType) -> None:
    (table,) = of(samples, "signs").tables
    assert [row[2] for row in table.rows] == ["yes", "no", "yes"]
    assert table.rows[0][-1] == "P, Table 1, line 10"
    assert table.rows[2][-1] == "–"


def test_words_stand_in_their_cells_and_a_cell_that_is_not_said_is_dashed(samples: ModuleType) -> None:
    picture = of(samples, "words")
    assert picture.wide.count('class="limit"') == 2
    assert picture.wide.count("<rect") == 4
    assert "Theory by package." in picture.describe


def test_a_box_for_each_step_and_a_dashed_one_where_nothing_is_told(samples: ModuleType) -> None:
    picture = of(samples, "searches")
    steps = sum(len(row.steps) for row in samples.tables.searches().rows)
    assert picture.wide.count("<rect") == steps
    assert picture.wide.count('class="limit"') == 2
    assert picture.narrow.count(">not told<") == 2
    sources, logs = picture.tables
    assert sources.rows[0][3:7] == ("12", "3", "1", "8")
    assert sources.rows[1][3:7] == ("not told", "–", "–", "–")
    assert [row[1:4] for row in logs.rows] == [("5", "2", "1"), ("–", "–", "–")]
