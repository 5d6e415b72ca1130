"""A case.toml that cannot be used: events, scores and crises are written, nobody looks told, and alerts come once it is mended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from forwhom.cli import app

CASE = """
programme = "mbt"
start = 2026-03-02
zone = "Europe/London"
emergency = ["999 here"]
[people.patient]
roles = ["patient"]
[people.ben]
roles = ["individual-therapist"]
[people.dana]
roles = ["supervisor"]
[[alerts]]
id = "risk-item"
on = "item"
what = ["bdi-9"]
threshold = 1
to = ["ben"]
within = "4 h"
"""
BROKEN = [
    CASE.replace('"4 h"', '"soon"'),
    CASE.replace('"Europe/London"', '"Europe/Lodnon"'),
    CASE.replace("[people.ben]", "[people.ben"),
    CASE.replace('roles = ["individual-therapist"]', "roles = 3"),
    CASE.replace('programme = "mbt"', ""),
    "",
    None,
]
"""Slips, an empty file, and no file at all."""
AT = "2026-03-03T10:00:00+00:00"
SCORE = ("measure.scored", "scale=bdi2", "when=2026-03-03T09:00:00Z")
RAISING = [
    ("event.happened", "what=suicide-attempt"),
    (*SCORE, 'items={"bdi-9": 3}'),
    ("crisis.emergency-contacted",),
]


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["case", *map(str, words)])


def write(case: Path, text: str | None) -> None:
    if text is None:
        (case / "case.toml").unlink()
    else:
        (case / "case.toml").write_text(text)


def alerts(case: Path) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = json.loads(run("due", case, "--now", AT, "--json").stdout)["alerts"]
    return made


@pytest.fixture
def case(tmp_path: Path) -> Path:
    write(tmp_path, CASE)
    assert run("record", tmp_path, "note.added", "text=x", "--by", "ben", "--at", AT).exit_code == 0
    return tmp_path


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("words", RAISING)
def test_what_happens_is_written_and_raised_once_the_file_is_mended(
    case: Path, broken: str | None, words: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> None:
    write(case, broken)
    made = run("record", case, *words, "--by", "ben", "--at", AT)
    assert made.exit_code == 3, made.output
    assert "Recorded: e3" in made.stdout
    assert "NOBODY IS TOLD of it" in made.stdout
    told = run("due", case)
    assert told.exit_code == 1
    assert "NOBODY IS TOLD" in told.stdout
    assert f"e3 {words[0]}" in told.stdout
    assert "may wait for an answer" in run("check", case).stdout
    write(case, CASE)
    whole = tmp_path_factory.mktemp("whole")
    (whole / "log.jsonl").write_bytes(b"".join((case / "log.jsonl").read_bytes().splitlines(keepends=True)[:2]))
    write(whole, CASE)
    assert run("record", whole, *words, "--by", "ben", "--at", AT).exit_code == 0
    assert (whole / "log.jsonl").read_bytes() == (case / "log.jsonl").read_bytes()
    assert len(alerts(case)) == 1
    assert alerts(case) == alerts(whole)
    assert run("check", case).exit_code == 0


def test_by_the_rules_that_the_log_was_told_last_somebody_is_named(case: Path) -> None:
    write(case, BROKEN[0])
    made = run("record", case, *SCORE, 'items={"bdi-9": 3}', "--by", "ben", "--json")
    told = json.loads(made.stdout)
    assert (made.exit_code, told["alerts"], told["nobody"], told["tell"]) == (3, None, ["e3"], ["ben"])
    assert told["emergency"] == ["999 here"]
    assert {each["code"] for each in told["problems"]} == {"wrong-type"}


def test_the_first_entry_of_a_case_needs_no_file_either(tmp_path: Path) -> None:
    write(tmp_path, BROKEN[0])
    made = run("record", tmp_path, *RAISING[0], "--by", "ben")
    assert made.exit_code == 3
    assert "nobody of the case" not in made.output
    write(tmp_path, CASE)
    assert len(json.loads(run("due", tmp_path, "--json").stdout)["send"]) == 1
    assert run("check", tmp_path).exit_code == 0


def test_somebody_the_log_knows_nothing_of_records_too_and_is_answered_for_later(case: Path) -> None:
    write(case, BROKEN[0])
    assert run("record", case, *RAISING[0], "--by", "new").exit_code == 3
    write(case, CASE)
    assert len(alerts(case)) == 0, "recorded later than that"
    assert run("check", case).exit_code == 1
    assert run("record", case, *RAISING[0], "--corrects", "e3", "--by", "ben").exit_code == 0
    assert run("check", case).exit_code == 0
    assert len(json.loads(run("due", case, "--json").stdout)["alerts"]) == 1


@pytest.mark.parametrize("words", [
    ("event.happened", "--by", "ben"),
    ("event.happened", "what=death"),
    ("event.happened", "what=death", "--by", "ben", "--corrects", "e9"),
    (*SCORE, "score=99", "--by", "ben"),
    ("note.added", "text=x", "--by", "ben"),
    ("alert.acknowledged", "alert=severe-event/e2", "--by", "ben"),
])  # fmt: skip
def test_what_is_wrong_in_itself_and_what_can_wait_is_not_written(case: Path, words: tuple[str, ...]) -> None:
    write(case, BROKEN[0])
    before = (case / "log.jsonl").read_bytes()
    made = run("record", case, *words)
    assert made.exit_code == 1
    assert "Emergency: 999 here" in made.stdout
    assert (case / "log.jsonl").read_bytes() == before


def test_a_plan_and_its_steps_are_written_and_frighten_nobody(case: Path) -> None:
    write(case, BROKEN[0])
    plan = json.dumps({"own": [{"id": "walk", "what": "A walk"}]})
    assert run("record", case, "crisis.plan-written", "--data", plan, "--by", "ben").exit_code == 0
    assert run("crisis", "step", case, "own/walk", "--by", "patient").exit_code == 0
    refused = run("crisis", "step", case, "own/run", "--by", "patient")
    assert refused.exit_code == 1
    assert "own/walk" in refused.output
    write(case, CASE)
    assert run("check", case).exit_code == 0


def test_what_waits_is_named_once_and_what_was_answered_no_more(case: Path) -> None:
    def waits() -> list[str]:
        write(case, BROKEN[0])
        made = [each["entry"] for each in json.loads(run("due", case, "--json").stdout)["may_wait"]]
        write(case, CASE)
        return made

    run("record", case, "event.happened", "what=self-harm", "--by", "ben")
    run("record", case, "event.happened", "what=self-harm", "note=x", "--corrects", "e3", "--by", "ben")
    assert waits() == ["e3"]
    run("record", case, "alert.acknowledged", "alert=severe-event/e3", "--by", "ben")
    assert waits() == ["e4"], "a correction may say something else than what was answered"
    run("record", case, "event.happened", "what=overdose", "--corrects", "e3", "--by", "ben")
    alert = json.loads(run("due", case, "--json").stdout)["alerts"][0]["alert"]["id"]
    assert alert == "severe-event/e3/corrected-e6"
    run("record", case, "alert.acknowledged", f"alert={alert}", "--by", "ben")
    assert waits() == ["e4"]


@pytest.mark.parametrize("text", [BROKEN[0], ""])
def test_due_goes_by_the_time_that_was_asked_for(case: Path, text: str) -> None:
    write(case, text)
    run("record", case, *RAISING[0], "--by", "ben", "--at", "2026-03-05T10:00:00Z")
    for now, waits in (("2026-03-04T10:00:00+00:00", []), ("2026-03-06T10:00:00+00:00", ["e3"])):
        made = json.loads(run("due", case, "--now", now, "--json").stdout)
        assert made["now"] == now
        assert [each["entry"] for each in made["may_wait"]] == waits
        assert (made["recorded_later"] == []) == bool(waits)
    assert run("due", case, "--now", "soon").exit_code == 2
