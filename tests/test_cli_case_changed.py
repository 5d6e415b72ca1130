"""case.toml that is edited: what was raised under it stays, and the edit is told."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from forwhom.cli import app

CASE = """
programme = "mbt"
start = 2026-03-02
zone = "Europe/London"
emergency = ["999"]
[people.patient]
roles = ["patient"]
[people.ben]
roles = ["individual-therapist", "supervisor"]
name = "B. Nobody"
[people.cleo]
roles = ["group-therapist"]
"""


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["case", *map(str, words)])


def open_alerts(folder: Path) -> list[str]:
    return sorted(json.loads(run("show", folder, "--json").stdout)["alerts"]["open"])


def test_an_edited_case_toml_takes_no_alert_away_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text(CASE)
    assert run("record", tmp_path, "event.happened", "what=self-harm", "--by", "cleo").exit_code == 0
    (raised,) = open_alerts(tmp_path)
    assert "was changed" not in run("check", tmp_path).output
    narrow = 'id = "severe-event"\non = "event"\nwhat = ["suicide-attempt"]\nto = ["cleo"]\nwithin = "2 h"\n'
    (tmp_path / "case.toml").write_text(f"{CASE}[[alerts]]\n{narrow}")
    assert open_alerts(tmp_path) == [raised]
    assert "case.toml was changed since it was last entered" in run("check", tmp_path).output
    assert run("record", tmp_path, "event.happened", "what=self-harm", "--by", "cleo").exit_code == 3, "nobody is told"
    assert open_alerts(tmp_path) == [raised]
    assert "was changed" not in run("check", tmp_path).output
    assert "Nobody" not in (tmp_path / "log.jsonl").read_text()


def test_who_is_taken_out_has_answered_what_he_answered(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text(CASE)
    run("record", tmp_path, "event.happened", "what=self-harm", "--by", "cleo")
    (raised,) = open_alerts(tmp_path)
    assert run("record", tmp_path, "alert.acknowledged", f"alert={raised}", "--by", "ben").exit_code == 0
    gone = CASE.replace("[people.ben]", "[people.dana]")
    (tmp_path / "case.toml").write_text(gone)
    assert open_alerts(tmp_path) == []
    codes = {each["code"] for each in json.loads(run("check", tmp_path, "--json").stdout)}
    assert "unknown-person" not in codes
    run("record", tmp_path, "event.happened", "what=overdose", "--by", "cleo")
    sends = json.loads(run("due", tmp_path, "--json").stdout)["send"]
    assert [each["to"] for each in sends] == ["dana"]
