"""The command line as a user meets it: output, files, exit codes, and never a traceback."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from forwhom.cli import app

runner = CliRunner()


@pytest.fixture
def study(root: Path, tmp_path: Path) -> Path:
    """A copy of the study that ships, free to be broken."""
    folder = tmp_path / "study"
    shutil.copytree(root / "examples/beat-the-blues", folder)
    return folder


def run(*arguments: object) -> tuple[int, str, str]:
    result = runner.invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_demo_in_a_process_of_its_own(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "forwhom", "demo", "--out", str(tmp_path / "demo")],
        capture_output=True,
        text=True,
        check=True,
    )
    page, data = tmp_path / "demo/beat-the-blues/report.html", tmp_path / "demo/beat-the-blues/findings.json"
    assert page.is_file()
    assert data.is_file()
    text = " ".join(done.stdout.replace("│", " ").split())
    assert "outcome.arm_difference.bdi2" in text
    assert "points lower than Treatment as usual" in text
    assert "report.html" in text
    assert "findings.json" in text
    assert "Answered" in done.stderr


def test_report_defaults_to_a_folder_inside_the_study(study: Path) -> None:
    code, stdout, _ = run("report", study, "--question", "outcome.flow", "--question", "measurement")
    assert code == 0
    assert sorted(path.name for path in (study / "report").iterdir()) == ["findings.json", "report.html"]
    record = json.loads((study / "report/findings.json").read_text(encoding="utf-8"))
    assert {finding["id"].split(".")[0] for finding in record["findings"]} == {"outcome", "measurement"}
    assert "outcome.flow" in stdout


def test_report_json_is_the_file(study: Path) -> None:
    code, stdout, _ = run("report", study, "--question", "outcome.flow", "--json")
    assert code == 0
    assert stdout == (study / "report/findings.json").read_text(encoding="utf-8")


def test_draw_gives_the_same_page_from_the_record_alone(study: Path, tmp_path: Path) -> None:
    run("report", study, "--question", "outcome.flow")
    alone = tmp_path / "alone/findings.json"
    alone.parent.mkdir()
    shutil.copy(study / "report/findings.json", alone)
    assert run("draw", alone)[0] == 0
    assert (alone.parent / "report.html").read_bytes() == (study / "report/report.html").read_bytes()


def test_draw_refuses_what_is_no_record(tmp_path: Path) -> None:
    (tmp_path / "findings.json").write_text("{", encoding="utf-8")
    code, _, stderr = run("draw", tmp_path / "findings.json")
    assert code == 1
    assert "findings.json" in stderr
    assert not (tmp_path / "report.html").exists()
    assert run("draw", tmp_path / "none.json")[0] == 1


def test_problems_stop_the_report_and_leave_nothing(study: Path) -> None:
    table = study / "btheb_computer_cbt.csv"
    table.write_text(table.read_text(encoding="utf-8").replace('"TAU",29', '"TAX",290', 1), encoding="utf-8")
    code, _, stderr = run("report", study)
    assert code == 1
    assert "2 problems" in stderr
    assert "btheb_computer_cbt.csv, row 2" in stderr
    assert not (study / "report").exists()


def test_check_lists_every_problem_and_json_says_the_same(study: Path) -> None:
    table = study / "btheb_computer_cbt.csv"
    table.write_text(table.read_text(encoding="utf-8").replace('"TAU",29', '"TAX",290', 1), encoding="utf-8")
    code, stdout, _ = run("check", study)
    assert code == 1
    assert "'TAX'" in stdout
    code, as_json, _ = run("check", study, "--json")
    assert code == 1
    problems = json.loads(as_json)
    assert {(p["row"], p["column"]) for p in problems if p["severity"] == "error"} == {(2, "treatment"), (2, "bdi.pre")}
    assert all(p["do"] for p in problems)


def test_a_good_study_checks_clean(study: Path) -> None:
    code, stdout, _ = run("check", study)
    assert code == 0
    assert "No problems" in stdout


def test_problems_of_tables_and_of_instruments_come_together(study: Path) -> None:
    toml = study / "study.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace('"bdi-ii"', '"bdi-iii"'), encoding="utf-8")
    table = study / "btheb_computer_cbt.csv"
    table.write_text(table.read_text(encoding="utf-8").replace('"TAU",29', '"TAX",29', 1), encoding="utf-8")
    code, as_json, _ = run("check", study, "--json")
    assert code == 1
    assert {problem["code"] for problem in json.loads(as_json)} >= {"unknown-instrument", "unknown-arm"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["report"],
        ["report", "x", "--workers", "0"],
        ["check"],
        ["new", "x"],
        ["nonsense"],
        ["demo", "no-such-example"],
        ["report", "STUDY", "--question", "nonsense"],
        ["report", "STUDY", "--seed", "-1"],
    ],
)
def test_wrong_usage_is_two(arguments: list[str], study: Path) -> None:
    code, _, stderr = run(*(study if argument == "STUDY" else argument for argument in arguments))
    assert code == 2
    assert stderr


@pytest.mark.parametrize("command", ["check", "report"])
def test_a_folder_that_is_none_is_a_problem(command: str, tmp_path: Path) -> None:
    assert run(command, tmp_path / "none")[0] == 1
    assert run(command, tmp_path)[0] == 1
    file = tmp_path / "file.csv"
    file.write_text("a\n1\n", encoding="utf-8")
    assert run(command, file)[0] == 1


def test_an_own_csv_from_new_to_report(root: Path, tmp_path: Path) -> None:
    source = root / "examples/beat-the-blues/btheb_computer_cbt.csv"
    folder = tmp_path / "mine"
    code, stdout, _ = run("new", folder, "--from", source)
    assert code == 0
    assert "is lower or higher better?" in stdout
    code, stdout, _ = run("check", folder)
    assert code == 1
    assert "direction" in stdout
    toml = folder / "study.toml"
    answered = re.sub(r"(?m)^#? ?better = .*$", 'better = "lower"', toml.read_text(encoding="utf-8"))
    toml.write_text(answered, encoding="utf-8")
    assert run("check", folder)[0] == 0
    assert run("report", folder, "--question", "outcome.arm_difference")[0] == 0
    assert run("new", folder, "--from", source)[0] == 1


def test_new_json_is_machine_readable(root: Path, tmp_path: Path) -> None:
    code, stdout, _ = run(
        "new", tmp_path / "mine", "--from", root / "examples/beat-the-blues/btheb_computer_cbt.csv", "--json"
    )
    assert code == 0
    assert set(json.loads(stdout)) == {"written", "guessed", "check"}
    code, stdout, _ = run("new", tmp_path / "other", "--from", tmp_path / "none.csv", "--json")
    assert code == 1
    assert json.loads(stdout)[0]["code"]


def test_version_names_what_moves_a_number() -> None:
    code, stdout, _ = run("version", "--json")
    assert code == 0
    assert set(json.loads(stdout)) >= {"forwhom", "python", "numpy", "scipy", "polars"}
    assert re.search(r"numpy\s+\d", run("version")[1])


def test_every_command_has_help() -> None:
    for command in ("new", "check", "report", "draw", "demo", "version"):
        code, stdout, _ = run(command, "--help")
        assert code == 0
        assert "Usage" in stdout


def test_square_brackets_in_the_users_own_words_stay(study: Path, tmp_path: Path) -> None:
    toml = study / "study.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(re.sub(r'title = ".*"', 'title = "Pilot [/nope] trial [final]"', text, count=1), encoding="utf-8")
    folder = tmp_path / "[b]mine[x]"
    study.rename(folder)
    code, stdout, _ = run("check", folder)
    assert code == 0
    assert "[b]mine[x]" in stdout
    code, stdout, _ = run("report", folder, "--question", "outcome.flow")
    assert code == 0
    assert "Pilot [/nope] trial [final]" in stdout


def test_an_unknown_question_is_json_too(study: Path) -> None:
    code, stdout, _ = run("report", study, "--question", "nope", "--json")
    assert code == 2
    assert json.loads(stdout)[0]["code"] == "unknown-question"


def test_an_output_that_cannot_be_written_is_a_problem_before_the_work(study: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    (tmp_path / "out/report.html").mkdir(parents=True)
    for to in (blocked, blocked / "below", tmp_path / "out"):
        code, _, stderr = run("report", study, "--out", to)
        assert code == 1
        assert "Answered" not in stderr
        assert str(tmp_path) in stderr.replace("\n", "")
    assert list((tmp_path / "out").iterdir()) == [tmp_path / "out/report.html"]
