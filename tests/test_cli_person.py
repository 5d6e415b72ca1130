"""`forwhom person` as a user meets it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from forwhom.cli import app

runner = CliRunner()


@pytest.fixture
def study(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the study that ships. Expected effects are left out: their costly part has tests of its own."""
    monkeypatch.setattr("forwhom.analysis.one_person.shared.prepare_benefits", lambda study, asking: ())
    folder = tmp_path / "study"
    shutil.copytree(root / "examples/beat-the-blues", folder)
    return folder


def run(*arguments: object) -> tuple[int, str, str]:
    result = runner.invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_one_person_gets_a_page_and_its_record(study: Path) -> None:
    code, stdout, _ = run("person", study, "17")
    assert code == 0
    folder = study / "report/persons"
    assert sorted(path.name for path in folder.iterdir()) == ["17.html", "17.json"]
    record = json.loads((folder / "17.json").read_text(encoding="utf-8"))
    assert record["person"] == "17"
    assert {finding["id"].split(".")[0] for finding in record["findings"]} == {"one_person"}
    assert "one_person.course.bdi2" in stdout
    assert "17.html" in stdout.replace("\n", "")


def test_json_is_the_file_and_draw_gives_the_page_again(study: Path, tmp_path: Path) -> None:
    code, stdout, _ = run("person", study, "17", "--json", "--out", tmp_path / "out")
    assert code == 0
    assert stdout == (tmp_path / "out/17.json").read_text(encoding="utf-8")
    assert run("draw", tmp_path / "out/17.json", "--out", tmp_path / "again.html")[0] == 0
    assert (tmp_path / "again.html").read_bytes() == (tmp_path / "out/17.html").read_bytes()


def test_unknown_ids_and_wrong_usage(study: Path) -> None:
    code, _, stderr = run("person", study, "170")
    assert code == 1
    assert "'170' is no id in this study" in stderr
    assert "17" in stderr
    code, stdout, _ = run("person", study, "170", "--json")
    assert (code, json.loads(stdout)[0]["code"]) == (1, "unknown-person")
    assert run("person", study)[0] == 2
    assert run("person", study, "17", "--all")[0] == 2
    assert not (study / "report").exists()


def few(study: Path, ids: list[str]) -> None:
    """The study with the ids of its first people changed."""
    table = study / "btheb_computer_cbt.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    place = next(k for k, name in enumerate(lines[0].split(",")) if name.strip('"') == "id")
    for k, name in enumerate(ids, start=1):
        cells = lines[k].split(",")
        cells[place] = f'"{name}"'
        lines[k] = ",".join(cells)
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_everybody_in_one_pass_with_a_list(study: Path, tmp_path: Path) -> None:
    few(study, ["../../escape", "CON", "a", "A", "index", "<b>"])
    code, stdout, _ = run("person", study, "--all", "--json")
    assert code == 0
    made = json.loads(stdout)
    assert [each["id"] for each in made[:6]] == ["../../escape", "CON", "a", "A", "index", "<b>"]
    folder = study / "report/persons"
    names = {path.name for path in folder.iterdir()}
    assert len(names) == 201
    assert len({name.casefold() for name in names}) == 201
    assert not (tmp_path / "escape.html").exists()
    for each in made:
        assert Path(each["page"]).parent == folder
        assert Path(each["page"]).is_file()
        assert json.loads(Path(each["findings"]).read_text(encoding="utf-8"))["person"] == each["id"]
    people = (folder / "index.html").read_text(encoding="utf-8")
    assert "<b>" not in people
    assert "&lt;b&gt;" in people
    assert people.count('class="off"') >= 5
    assert all(f'href="{Path(each["page"]).name}"' in people for each in made)


def test_the_pages_do_not_depend_on_workers_or_company(study: Path, tmp_path: Path) -> None:
    assert run("person", study, "--all", "--out", tmp_path / "two", "--workers", 2)[0] == 0
    assert run("person", study, "17", "--out", tmp_path / "one")[0] == 0
    for name in ("17.html", "17.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_where_nothing_can_be_written_is_said_first(study: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    code, _, stderr = run("person", study, "17", "--out", tmp_path / "file")
    assert code == 1
    assert "cannot be written" in stderr


def test_a_study_of_one_arm_and_irregular_times(root: Path, shared_data: Path, tmp_path: Path) -> None:
    code, stdout, _ = run("person", root / "validation/studies/enrichd", "1", "--out", tmp_path / "out")
    assert code == 0
    assert "Off track by the primary rule" in " ".join(stdout.replace("│", " ").split())
