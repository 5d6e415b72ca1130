"""A column of numbers with a typo must not silently become text."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from forwhom.io.folder import check_study, read_study
from forwhom.problems import Problem, errors


def beat_the_blues(root: Path, folder: Path, cells: dict[int, str], plan: str) -> tuple[Problem, ...]:
    """The problems of Beat the Blues with a column age, some cells of which (by row) are `cells`."""
    source = root / "examples" / "beat-the-blues"
    table = pl.read_csv(source / "btheb_computer_cbt.csv", infer_schema=False, null_values=[])
    ages = [cells.get(row, str(20 + row % 50)) for row in range(2, table.height + 2)]
    table.with_columns(pl.Series("age", ages)).write_csv(folder / "btheb_computer_cbt.csv")
    toml = (source / "study.toml").read_text(encoding="utf-8").split("[plan]")[0]
    (folder / "study.toml").write_text(f"{toml}\n[plan]\n{plan}\n", encoding="utf-8")
    return tuple(problem for problem in check_study(folder) if problem.column == "age")


@pytest.mark.parametrize("key", ["covariates", "moderators", "mechanisms", "subgroups"])
def test_a_typo_in_a_planned_column_is_an_error(root: Path, tmp_path: Path, key: str) -> None:
    found = errors(beat_the_blues(root, tmp_path, {7: "4o"}, f'{key} = ["age"]'))
    assert [(p.code, p.file, p.row, p.column) for p in found] == [
        ("mostly-numbers", "btheb_computer_cbt.csv", 7, "age")
    ]
    assert "'4o'" in found[0].found


def test_many_typos_in_a_planned_column_are_errors_too(root: Path, tmp_path: Path) -> None:
    found = errors(beat_the_blues(root, tmp_path, dict.fromkeys(range(2, 42), "?"), 'covariates = ["age"]'))
    assert sum(problem.count for problem in found) == 40


def test_a_typo_in_another_column_is_a_notice(root: Path, tmp_path: Path) -> None:
    found = beat_the_blues(root, tmp_path, {7: "4o"}, 'covariates = ["drug"]')
    assert [(p.severity, p.row) for p in found] == [("notice", 7)]
    assert read_study(tmp_path).persons.schema["age"] == pl.String


@pytest.mark.parametrize("strays", [30, 70])
@pytest.mark.parametrize("cell", ["x", "inf"])
def test_a_mixed_column_is_never_silent(root: Path, tmp_path: Path, strays: int, cell: str) -> None:
    found = beat_the_blues(root, tmp_path, dict.fromkeys(range(2, 2 + strays), cell), "")
    assert found
    assert {problem.severity for problem in found} == {"notice"}


def test_a_planned_column_without_values_is_told(root: Path, tmp_path: Path) -> None:
    found = beat_the_blues(root, tmp_path, dict.fromkeys(range(2, 200), ""), 'covariates = ["age"]')
    assert [problem.code for problem in found] == ["no-values"]
    assert beat_the_blues(root, tmp_path, dict.fromkeys(range(2, 200), ""), "") == ()


def test_a_typo_in_a_planned_process_column_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("id\na\nb\n", encoding="utf-8")
    (tmp_path / "s.csv").write_text("id,n,alliance\na,1,5\na,2,6\nb,1,7o\n", encoding="utf-8")
    (tmp_path / "study.toml").write_text(
        '[study]\nname = "s"\n[tables.persons]\nfile = "p.csv"\nid = "id"\n[tables.sessions]\nfile = "s.csv"\n'
        'number = "n"\n[plan]\nmechanisms = ["alliance"]\n',
        encoding="utf-8",
    )
    assert [(p.code, p.row) for p in errors(check_study(tmp_path))] == [("mostly-numbers", 4)]
