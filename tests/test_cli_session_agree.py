"""`forwhom session agree`: which sessions belong together, own rules, limits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from forwhom.cli import app

RUN = CliRunner()
TALK = "Therapist: What was that like for you?\nPatient: I hate it!\n"
TABLE = "session,speaker,text\n" + "".join(
    f"{name},Therapist,What was that like?\n{name},Patient,I hate it!\n" for name in ("1", "2", "3")
)
BY_SESSION = ("--column", "session=session")


def run(*args: object) -> tuple[int, str]:
    result = RUN.invoke(app, ["session", *map(str, args)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, " ".join(result.output.split())


def values(*args: object) -> Any:
    return json.loads(RUN.invoke(app, ["session", *map(str, args), "--json"]).stdout)


def put(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        file = folder / name.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "anna", tmp_path / "ben"


def test_names_with_points_and_names_in_folders_below_stay_apart(folders: tuple[Path, Path]) -> None:
    names = ("s.01.txt", "s.02.txt", "s.03.txt", "x__s.txt", "y__s.txt", "s.txt")
    for each in folders:
        put(each, **dict.fromkeys(names, TALK))
    made = values("agree", *folders)
    assert made["turns"] == 12
    assert sorted(made["sessions"]) == ["s", "s.01", "s.02", "s.03", "x/s", "y/s"]


def test_a_transcript_and_its_coding_in_two_folders_have_one_name(folders: tuple[Path, Path]) -> None:
    one, two = folders
    put(one, **{"s.01.txt": TALK})
    two.mkdir()
    assert run("code", one / "s.01.txt", "--out", two / "s.01.json")[0] == 0
    assert values("agree", one, two)["sessions"] == ["s.01"]


def test_sessions_of_one_folder_only_are_named(folders: tuple[Path, Path]) -> None:
    one, two = folders
    put(one, **{"a.1.txt": TALK, "both.txt": TALK})
    put(two, **{"x__b.1.txt": TALK, "both.txt": TALK})
    exit_code, said = run("agree", one, two)
    assert exit_code == 0
    assert "in the first only: a.1; in the second only: x/b.1" in said
    made = values("agree", one, two)
    assert (made["sessions_in_one_only"], made["in_first_only"], made["in_second_only"]) == (2, ["a.1"], ["x/b.1"])


def test_two_folders_of_one_session_each_are_matched_by_name(folders: tuple[Path, Path]) -> None:
    one, two = folders
    put(one, **{"s.01.txt": TALK})
    put(two, **{"s.02.txt": TALK})
    exit_code, said = run("agree", one, two)
    assert (exit_code, "no session is in both" in said, "the first only: s.01" in said) == (1, True, True)
    assert run("agree", one, two / "s.02.txt")[0] == 0


def test_two_files_of_one_name_are_told_and_neither_is_taken(folders: tuple[Path, Path]) -> None:
    one, two = folders
    put(one, **{"s.txt": TALK, "s.vtt": f"WEBVTT\n\n00:01.000 --> 00:02.000\n{TALK}", "t.txt": TALK})
    put(two, **{"s.txt": TALK, "t.txt": TALK})
    exit_code, said = run("agree", one, two)
    assert (exit_code, "none of them is compared: s" in said) == (0, True)
    made = values("agree", one, two)
    assert (made["sessions"], made["named_twice"], made["sessions_in_one_only"]) == (["t"], ["s"], 0)


def test_what_is_wrong_in_several_files_is_told_together(folders: tuple[Path, Path]) -> None:
    one, two = folders
    put(one, **{"bad.csv": "turn,who,level\nnan,T,2\n", "worse.csv": "turn,who,level\n1,T,9\n"})
    put(two, **{"s.txt": TALK})
    exit_code, said = run("agree", one, two)
    assert (exit_code, "bad.csv" in said, "worse.csv" in said) == (1, True, True)


def test_tables_of_several_sessions_are_matched_by_what_tells_them_apart(tmp_path: Path) -> None:
    put(tmp_path, **{"anna.csv": TABLE, "ben.csv": TABLE.replace("\n3,", "\n4,")})
    made = values("agree", tmp_path / "anna.csv", tmp_path / "ben.csv", *BY_SESSION)
    assert (made["turns"], made["sessions"]) == (4, ["1", "2"])
    assert (made["in_first_only"], made["in_second_only"]) == (["3"], ["4"])


def test_tables_of_several_sessions_in_folders_are_kept_whole(folders: tuple[Path, Path]) -> None:
    for each in folders:
        put(each, **{"x.csv": TABLE, "y.csv": TABLE})
    made = values("agree", *folders, *BY_SESSION)
    assert (made["turns"], made["sessions"]) == (12, ["x 1", "x 2", "x 3", "y 1", "y 2", "y 3"])
    made = values("agree", folders[0], folders[1] / "y.csv", *BY_SESSION)
    assert (made["sessions"], made["in_first_only"]) == (["y 1", "y 2", "y 3"], ["x 1", "x 2", "x 3"])


def test_sessions_that_say_they_are_two_are_not_compared(tmp_path: Path) -> None:
    first, second = (TABLE.split("2,")[0].replace("\n1,", f"\n{name},") for name in ("7", "8"))
    put(tmp_path, **{"anna.csv": first, "ben.csv": second, "talk.txt": TALK})
    assert run("agree", tmp_path / "anna.csv", tmp_path / "ben.csv", *BY_SESSION)[0] == 1
    assert run("agree", tmp_path / "anna.csv", tmp_path / "talk.txt", *BY_SESSION)[0] == 0


OWN = """
[[codes]]
id = "my-code"
label = "Mine"
who = "patient"
kind = "sign"
says = "Hates it"
source = "ours"

[[rules]]
id = "P-MINE"
code = "my-code"
who = "patient"
patterns = ["i hate it"]
weight = 0.9
source = "ours"
"""


@pytest.mark.parametrize("ending", ["json", "csv"])
def test_a_coding_by_own_rules_is_read_again_with_them(tmp_path: Path, ending: str) -> None:
    put(tmp_path, **{"own.toml": OWN, "s.txt": TALK})
    rules = ("--rules", tmp_path / "own.toml")
    made = tmp_path / f"own-coding.{ending}"
    assert run("code", tmp_path / "s.txt", *rules, "--out", made)[0] == 0
    assert "my-code" in made.read_text(encoding="utf-8")
    assert "'my-code' is no code" in run("check", made)[1]
    assert "'my-code' is no code" not in run("check", made, *rules)[1]
    assert "'my-code' is no code" in run("agree", made, tmp_path / "s.txt")[1]
    rows = {row["what"]: row for row in values("agree", made, tmp_path / "s.txt", *rules)["rows"]}
    assert (rows["my-code"]["first"], rows["my-code"]["second"]) == (1, 1)
    exit_code, said = run(
        "correct", made, *rules, "--turn", 2, "--withdraw", "my-code", "--by", "anna", "--why", "tone"
    )
    assert exit_code == 0, said
    rows = {row["what"]: row for row in values("agree", made, tmp_path / "s.txt", *rules)["rows"]}
    assert (rows["my-code"]["first"], rows["my-code"]["second"]) == (0, 1)


def test_it_says_which_limits_are_too_narrow(folders: tuple[Path, Path]) -> None:
    head = "turn,who,level,mentalizing\n"
    levels = "".join(f"{k},T,{1 + k % 3},\n" for k in range(1, 7))
    states = "".join(f"{k},P,,{'lost' if k % 2 else 'kept'}\n" for k in range(7, 11))
    one, two = folders
    put(one, **{"a.csv": head + levels + states, "b.csv": head + levels})
    put(two, **{"a.csv": head + levels.replace("1,T,2", "1,T,1") + states, "b.csv": head + levels})
    assert "so the limits are too narrow" in run("agree", one, two)[1]
    for each in folders:
        put(each, **{"c.csv": head + levels})
    assert "the limits of Mentalizing are too narrow" in run("agree", one, two)[1]
    for each in folders:
        put(each, **{"b.csv": head + levels + states, "c.csv": head + levels + states})
    assert "too narrow" not in run("agree", one, two)[1]
