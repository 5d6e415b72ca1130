"""`forwhom evidence show` of grids."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner, Result

from forwhom.cli import app


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["evidence", "show", *map(str, words)], env={"COLUMNS": "200"})


@pytest.mark.parametrize("words", ["grid=components", "components"])
def test_a_grid_is_a_table_with_places(words: str) -> None:
    done = run(words)
    assert done.exit_code == 0
    line = next(each for each in done.output.splitlines() if each.startswith("Advocacy"))
    assert "yes C" in line
    assert "C: S2, Text, overview of studies, paragraph 3, line 268" in done.output
    assert "44 of 208 cells said; 164 not said, which is not the same as no." in done.output


def test_a_component_is_its_cells_with_places() -> None:
    done = run("component=advocacy")
    assert done.exit_code == 0
    assert (
        "Advocacy, Structured clinical management: yes (S2, Text, overview of studies, paragraph 3, line 268)"
        in done.output
    )
    found = json.loads(run("component=advocacy", "--json").output)
    assert [each["id"] for each in found["cells"]] == ["components/advocacy/scm"]


def test_a_component_with_a_filter_of_results_lists_results() -> None:
    done = run("component=mindfulness-module", "kind=brain", "direction=decrease")
    assert done.exit_code == 0
    assert "farres-2019" in done.output
    assert run("component=advocacy", "grid=components", "kind=brain").exit_code == 2


def test_a_part_that_only_arms_name_lists_their_results() -> None:
    done = run("component=skills-training")
    assert done.exit_code == 0
    assert "farres-2019" in done.output


def test_rows_columns_and_abbreviations_find_cells() -> None:
    assert "Advocacy, Structured clinical management: yes" in run("row=advocacy").output
    found = json.loads(run("grid=components", "SCM", "--json").output)
    assert len(found["cells"]) == 13
    assert {each["column"] for each in found["cells"]} == {"scm"}


def test_all_grids_and_what_is_in_none() -> None:
    found = json.loads(run("grids", "--json").output)
    assert [each["id"] for each in found] == ["common-features", "components", "dbt-modules", "theory-package"]
    part = next(each for each in found if each["id"] == "components")
    assert len(part["cells"]) + len(part["not_said"]) == 26 * 8
    assert run("component=agenc").exit_code == 2
    assert run("grid=components", "value=no").exit_code == 2
