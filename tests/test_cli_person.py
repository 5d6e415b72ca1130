"""`forwhom person` as a user meets it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
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


def test_every_page_is_looked_at_before_anything_is_learned(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out/17.html").mkdir(parents=True)
    monkeypatch.setattr("forwhom.analysis.one_person.shared.prepare", lambda *_: pytest.fail("it had begun to learn"))
    code, _, stderr = run("person", study, "--all", "--out", tmp_path / "out")
    assert code == 1
    assert "17.html" in stderr.replace("\n", "")
    assert "there is a folder of this name" in stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["17.html"]


@pytest.mark.parametrize("option", [("--workers", 2), ("--cluster", "tcp://127.0.0.1:1")])
def test_what_does_nothing_for_one_person_is_said(study: Path, tmp_path: Path, option: tuple[str, object]) -> None:
    code, _, stderr = run("person", study, "17", "--out", tmp_path / "out", *option)
    assert code == 0
    assert "1 notice" in stderr
    assert option[0] in stderr
    assert (tmp_path / "out/17.html").is_file()


def test_a_wrong_address_is_said_before_anything_is_learned(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forwhom.analysis.one_person.shared.prepare", lambda *_: pytest.fail("it had begun to learn"))
    assert run("person", study, "--all", "--cluster", "nowhere")[0] == 2


def fake_opener(folder: Path, monkeypatch: pytest.MonkeyPatch, does: str) -> None:
    """An xdg-open that notes what it is given; the only programme there is."""
    folder.mkdir()
    opener = folder / "xdg-open"
    opener.write_text(f'#!/bin/sh\necho "$1" > {folder}/given\n{does}\n', encoding="utf-8")
    opener.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there a programme is asked to open the page")
def test_a_page_is_opened_or_it_is_said_that_there_is_no_browser(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = ("person", study, "17", "--open", "--out", tmp_path / "out")
    fake_opener(tmp_path / "bin", monkeypatch, "echo raw words >&2; exit 3")
    code, _, stderr = run(*ask)
    assert code == 0
    assert "raw words" not in stderr
    assert "No browser could be started. The page is written: open" in stderr
    assert (tmp_path / "bin/given").read_text(encoding="utf-8").strip() == str(tmp_path / "out/17.html")
    fake_opener(tmp_path / "good", monkeypatch, "exit 0")
    assert "No browser" not in run(*ask)[2]
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert "No browser could be started" in run(*ask)[2]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are looked up in /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_in_the_middle_it_leaves_whole_pages_and_no_process(tmp_path: Path, number: signal.Signals) -> None:
    """Three hundred people, so that there is a middle; two workers, which outlived their parent once."""
    rng = np.random.default_rng(2)
    folder, out = tmp_path / "study", tmp_path / "out"
    folder.mkdir()
    scores = rng.normal(50, 10, (300, 4)).round(1)
    lines = [",".join(map(str, [k + 1, *row])) for k, row in enumerate(scores.tolist())]
    (folder / "people.csv").write_text("\n".join(["id,d0,d1,d2,d3", *lines]) + "\n", encoding="utf-8")
    (folder / "study.toml").write_text(ONE_ARM, encoding="utf-8")
    command = [sys.executable, "-m", "forwhom", "person", str(folder), "--all", "--workers", "2", "--out", str(out)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        deadline = time.monotonic() + 90
        while not any(out.glob("*.html")):
            assert time.monotonic() < deadline
            assert process.poll() is None, process.stderr and process.stderr.read()
            time.sleep(0.005)
        process.send_signal(number)
        _, told = process.communicate(timeout=60)
        deadline = time.monotonic() + 30
        while left := living(process.pid):
            assert time.monotonic() < deadline, left
            time.sleep(0.1)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 128 + number
    pages = {path.stem for path in out.glob("*.html")}
    assert f"Stopped. {len(pages)} of 300 people's pages were written; each is whole." in told
    assert "Traceback" not in told
    assert {path.name for path in out.iterdir()} == {f"{name}.{kind}" for name in pages for kind in ("html", "json")}
    for name in pages:
        assert json.loads((out / f"{name}.json").read_text(encoding="utf-8"))["person"] == name


ONE_ARM = """
[study]
name = "invented"
title = "Invented"
time_unit = "week"

[tables.persons]
file = "people.csv"
id = "id"

[[tables.measures]]
file = "people.csv"
id = "id"
scale = "y"
wide = { "d0" = 0, "d1" = 1, "d2" = 2, "d3" = 3 }

[scales.y]
label = "Score"
better = "lower"
"""


def living(session: int) -> list[str]:
    """Processes of a session that are not only waiting to be buried."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            name, rest = stat.read_text(encoding="utf-8", errors="replace").rsplit(")", 1)
            state, _, _, of = rest.split()[:4]
            if int(of) == session and state != "Z":
                found.append(name)
    return found


def test_a_study_of_one_arm_and_irregular_times(root: Path, shared_data: Path, tmp_path: Path) -> None:
    code, stdout, _ = run("person", root / "validation/studies/enrichd", "1", "--out", tmp_path / "out")
    assert code == 0
    assert "Back inside by the primary rule" in " ".join(stdout.replace("│", " ").split())
