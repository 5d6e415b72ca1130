"""Cells of grids: found by what they are about, and never a "no" where nothing is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from evidence.conftest import make_folder

from forwhom import evidence
from forwhom.evidence.grids import asks_for_cells, cells, label, letters, places, said_of, sign
from forwhom.evidence.index import Index
from forwhom.problems import ProblemsFound

GRID = """
id = "own"
title = "Parts of two treatments"
kind = "components by treatment"
rows = ["advocacy", "homework"]
columns = ["dbt", "scm", "other"]
labels = { homework = "Homework between sessions" }

[[cells]]
row = "advocacy"
column = "scm"
value = true
source = { document = "P", place = "Table 1", line = 10 }

[[cells]]
row = "advocacy"
column = "dbt"
value = false
source = { document = "P", place = "Results, paragraph 1" }

[[cells]]
row = "homework"
column = "dbt"
value = "weekly"
note = "Sheets."
source = { document = "P", place = "Table 1", line = 10 }
"""


@pytest.fixture
def own(tmp_path: Path) -> evidence.Ledger:
    place = make_folder(tmp_path)
    (place / "grids").mkdir(exist_ok=True)
    (place / "grids/own.toml").write_text(GRID, encoding="utf-8")
    return evidence.read(place, shipped=False)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("component=advocacy", ["own/advocacy/scm", "own/advocacy/dbt"]),
        ("component=advocacy value=no", ["own/advocacy/dbt"]),
        ("component!=advocacy", ["own/homework/dbt"]),
        ("grid=own treatment=DBT", ["own/advocacy/dbt", "own/homework/dbt"]),
        ("grid=own column=scm,dbt row=advocacy", ["own/advocacy/scm", "own/advocacy/dbt"]),
        ("component='Homework between sessions'", ["own/homework/dbt"]),
        ("component=homework", ["own/homework/dbt"]),
        ("grid=own sheets", ["own/homework/dbt"]),
        ("grid=own document=P", ["own/advocacy/scm", "own/advocacy/dbt", "own/homework/dbt"]),
    ],
)
def test_cells_by_filters_and_words(own: evidence.Ledger, query: str, found: list[str]) -> None:
    assert asks_for_cells(query)
    assert [each.id for each in cells(own, query)] == found


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("component=advocasy", "'advocasy' is in no grid"),
        ("grid=components", "'components' is in no grid"),
        ("grid=own value>2", "> compares numbers"),
        ("grid=own region=amygdala", "'region' is no filter"),
    ],
)
def test_a_word_that_no_grid_has_is_told(own: evidence.Ledger, query: str, told: str) -> None:
    with pytest.raises(ProblemsFound) as found:
        cells(own, query)
    assert told in str([str(each) for each in found.value.problems])


def test_a_broader_word_finds_its_parts_in_grids_and_in_arms() -> None:
    shipped = evidence.read()
    assert {each.cell.row for each in cells(shipped, "treatment=psychodynamic-family grid=components")} >= {"support"}
    rows = evidence.rows(shipped, "component=skills-training kind=brain")
    assert {row.study.id for row in rows} == {"farres-2019"}


def test_yes_no_and_other_values() -> None:
    assert [sign(each) for each in (True, "Yes", "true", False, "no", "in part", 3)] == [
        True, True, True, False, False, None, None,
    ]  # fmt: skip


def test_labels_are_the_grids_then_the_vocabularys(own: evidence.Ledger) -> None:
    grid = own.grids["own"]
    names = [label(grid, each, own) for each in (*grid.rows, *grid.columns)]
    assert names == [
        "Advocacy",
        "Homework between sessions",
        "Dialectical behavior therapy",
        "Structured clinical management",
        "Other",
    ]
    assert said_of(cells(own, "component=homework")[0], own) == (
        "Homework between sessions, Dialectical behavior therapy: weekly (Sheets)"
    )


def test_each_place_has_one_letter(own: evidence.Ledger) -> None:
    assert places(own.grids["own"]) == {"P, Table 1, line 10": "A", "P, Results, paragraph 1": "B"}
    assert len({letters(i) for i in range(2000)}) == 2000


def test_search_points_to_cells_with_their_place() -> None:
    hits = Index(evidence.read()).search("advocacy")
    cell = next(hit for hit in hits if hit.kind == "cell")
    assert cell.id == "components/advocacy/scm"
    assert "S2, Text, overview of studies, paragraph 3, line 268" in cell.title


def test_a_label_of_nothing_is_a_problem(tmp_path: Path) -> None:
    place = make_folder(tmp_path)
    (place / "grids").mkdir(exist_ok=True)
    (place / "grids/own.toml").write_text(GRID.replace("homework =", "homewark ="), encoding="utf-8")
    with pytest.raises(ProblemsFound, match="'homewark' is no row or column of the grid"):
        evidence.read(place, shipped=False)


def test_every_shipped_cell_has_a_place_and_every_name_words() -> None:
    shipped = evidence.read()
    assert all(each.source for each in cells(shipped))
    names = [
        (each, label(grid, each, shipped)) for grid in shipped.grids.values() for each in (*grid.rows, *grid.columns)
    ]
    assert [each for each, words in names if each == words and each.islower()] == []
