"""What was recorded and does not count is told, and so is what cannot be worked out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_cli_case_untold import CASE, HARM, run


@pytest.fixture
def case(tmp_path: Path) -> Path:
    (tmp_path / "case.toml").write_text(CASE.replace('to = ["ben"]', 'to = ["cleo"]'), encoding="utf-8")
    assert run("record", tmp_path, *HARM, "--by", "cleo", "--at", "2026-03-03T10:00:00Z").exit_code == 0
    return tmp_path


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_line_kept_aside_is_told_until_somebody_saw_to_it(case: Path) -> None:
    log, aside = case / "log.jsonl", case / "log.aside.jsonl"
    log.write_bytes(log.read_bytes()[:-30])
    told = run("check", case)
    assert (told.exit_code, "not finished" in words(told.output)) == (1, True)
    assert run("record", case, "event.happened", "what=remission", "--by", "cleo").exit_code == 0
    for _ in range(2):
        checked, due = run("check", case), run("due", case)
        assert checked.exit_code == 1
        assert 'kept aside: … "kind": "event.happened", "data": {"what": "self-harm"' in words(checked.output)
        assert "NOT IN THE LOG" in words(due.output)
        assert [each["code"] for each in json.loads(run("due", case, "--json").stdout)["lost"]] == ["kept-aside"]
        assert run("record", case, "event.happened", "what=employment", "--by", "cleo").exit_code == 0
    aside.unlink()
    assert "NOT IN THE LOG" not in run("due", case).output
    assert "kept aside" not in run("check", case).output


def test_a_line_that_is_told_in_the_log_is_not_told_twice(case: Path) -> None:
    log = case / "log.jsonl"
    log.write_bytes(b"{nonsense\n" + log.read_bytes())
    run("record", case, "event.happened", "what=remission", "--by", "cleo")
    assert (case / "log.aside.jsonl").is_file()
    found = [each["code"] for each in json.loads(run("check", case, "--json").stdout)]
    assert (found.count("damaged-line"), found.count("kept-aside")) == (1, 0)


@pytest.mark.parametrize("broken", [True, False])
def test_without_a_case_file_that_can_be_read_what_may_wait_is_named(case: Path, broken: bool) -> None:
    file = case / "case.toml"
    if broken:
        file.write_text(file.read_text(encoding="utf-8") + "x=[", encoding="utf-8")
    else:
        file.unlink()
    due = run("due", case)
    assert due.exit_code == 1
    assert due.stdout.startswith("Emergency: ")
    assert "ALERTS CANNOT BE LISTED" in due.stdout
    assert "event.happened self-harm" in words(due.stdout)
    made = json.loads(run("due", case, "--json").stdout)
    assert (made["alerts"], made["send"]) == (None, [])
    assert [each["kind"] for each in made["may_wait"]] == ["event.happened"]
    assert made["problems"]


def test_what_was_acknowledged_does_not_wait(case: Path) -> None:
    (alert,) = json.loads(run("due", case, "--json").stdout)["alerts"]
    assert run("record", case, "alert.acknowledged", f"alert={alert['alert']['id']}", "--by", "dana").exit_code == 0
    (case / "case.toml").write_text("x=[", encoding="utf-8")
    assert json.loads(run("due", case, "--json").stdout)["may_wait"] == []
