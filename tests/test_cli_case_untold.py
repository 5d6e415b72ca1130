"""What reaches nobody can be seen by a script: exit codes of check and record, and what stood at a time."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
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
roles = ["individual-therapist"]
until = 2026-06-01
[people.cleo]
roles = ["group-therapist"]
[people.dana]
roles = ["supervisor"]
[[alerts]]
id = "severe-event"
on = "event"
to = ["ben"]
within = "2 h"
"""
HARM = ("event.happened", "what=self-harm")
THERE, GONE = "2026-06-01T10:00:00+01:00", "2026-06-02T10:00:00+01:00"


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["case", *map(str, words)])


def codes(made: Result) -> set[str]:
    return {each["code"] for each in json.loads(made.stdout) if each["severity"] == "error"}


@pytest.fixture
def case(tmp_path: Path) -> Path:
    (tmp_path / "case.toml").write_text(CASE)
    return tmp_path


def test_check_fails_once_everybody_of_an_alert_has_left(case: Path) -> None:
    assert run("check", case, "--now", THERE).exit_code == 0
    made = run("check", case, "--now", GONE, "--json")
    assert made.exit_code == 1
    assert codes(made) == {"nobody-at-work"}


def test_record_says_by_its_exit_code_that_it_is_written_and_nobody_is_told(case: Path) -> None:
    assert run("record", case, *HARM, "--by", "cleo", "--at", THERE).exit_code == 0
    made = run("record", case, *HARM, "--by", "cleo", "--at", GONE, "--json")
    assert made.exit_code == 3
    told = json.loads(made.stdout)
    assert told["written"]["id"] == "e3"
    assert told["nobody"] == ["severe-event/e3"]
    assert "NOBODY IS TOLD" in run("record", case, *HARM, "--by", "cleo", "--at", GONE).stdout
    assert run("crisis", "step", case, "emergency", "--at", GONE).exit_code == 3
    assert "alert-to-nobody" in codes(run("check", case, "--now", GONE, "--json"))


def test_what_looks_severe_and_raises_nothing_is_seen_by_a_script(case: Path) -> None:
    (case / "case.toml").write_text(CASE.replace('to = ["ben"]', 'to = ["cleo"]\nwhat = ["admission"]'))
    made = run("record", case, *HARM, "--by", "cleo", "--json")
    assert made.exit_code == 3
    assert [each["code"] for each in json.loads(made.stdout)["problems"]] == ["nobody-told"]


def test_who_answered_is_recorded_although_case_toml_is_wrong(case: Path) -> None:
    run("record", case, *HARM, "--by", "cleo", "--at", THERE)
    (case / "case.toml").write_text(CASE.replace("individual-therapist", "assessor"))
    answer = ("alert.acknowledged", "alert=severe-event/e2", "--by", "dana")
    assert run("record", case, *answer).exit_code == 0


def test_a_plan_whose_contact_has_left_fails_its_check(case: Path) -> None:
    plan = {"professional": [{"id": "ben", "who": "Ben", "person": "ben", "reach": "12"}], "signs": ["…"]}
    run("record", case, "crisis.plan-written", "--data", json.dumps(plan), "--by", "cleo", "--at", THERE)
    for at, there in ((THERE, False), (GONE, True)):
        made = run("crisis", "check", case, "--now", at)
        assert made.exit_code == 1
        assert ("Ben stands in the plan and has left (last day 2026-06-01)" in made.stdout) == there
        assert made.stdout.strip().splitlines()[-1] == "Emergency: 999"
        assert ("has left" in run("check", case, "--now", at).stdout) == there
        assert ("Ben has left" in run("crisis", "show", case, "--now", at).stdout) == there


def due(case: Path, at: str) -> Any:
    made = run("due", case, "--now", at, "--json")
    assert made.exit_code == 0, made.output
    return json.loads(made.stdout)


def test_what_was_due_follows_from_what_was_recorded_until_then(root: Path, tmp_path: Path) -> None:
    """The log cut off at a time says of that time what the whole log says of it."""
    folder = root / "examples" / "case-mbt"
    lines = (folder / "log.jsonl").read_bytes().splitlines(keepends=True)
    shutil.copy(folder / "case.toml", tmp_path / "case.toml")
    for n in (1, 40, 80, len(lines) - 1):
        (tmp_path / "log.jsonl").write_bytes(b"".join(lines[:n]))
        at = json.loads(lines[n - 1])["at"]
        same = [each for each in lines[n:] if json.loads(each)["at"] == at]
        (tmp_path / "log.jsonl").write_bytes(b"".join([*lines[:n], *same]))
        whole, cut = due(folder, at), due(tmp_path, at)
        later = [json.loads(each)["id"] for each in lines[n + len(same) :]]
        assert whole.pop("recorded_later") == later
        assert cut.pop("recorded_later") == []
        assert whole == cut
    told = run("due", folder, "--now", "2026-07-09T09:00:00Z")
    assert "recorded later do not count" in " ".join(told.stderr.split())
    assert "2026-09-24" not in told.stdout
    assert run("due", folder, "--now", "2030-01-01T00:00:00Z").stderr == ""


def test_without_a_time_a_wrong_year_hides_no_alert(case: Path) -> None:
    line = {
        "seq": 1,
        "id": "e1",
        "at": "2198-06-01T10:00:00+01:00",
        "by": "dana",
        "kind": "event.happened",
        "data": {"what": "overdose"},
    }
    (case / "case.toml").write_text(CASE.replace("until = 2026-06-01", ""))
    (case / "log.jsonl").write_text(json.dumps(line) + "\n")
    assert "send to ben" in run("due", case).stdout


@pytest.mark.parametrize(
    "command", [("check",), ("crisis", "check"), ("due",), ("show",), ("team",), ("crisis", "show")]
)
def test_every_output_says_how_help_is_reached(case: Path, command: tuple[str, ...]) -> None:
    assert "Emergency: 999" in run(*command, case).stdout


def test_a_year_that_cannot_be_is_no_hour_that_the_clocks_skipped(case: Path) -> None:
    made = run("record", case, *HARM, "--by", "cleo", "--at", "9999-12-31T23:00:00Z")
    assert made.exit_code == 2
    assert "clocks" not in made.stderr


def test_a_score_that_the_instrument_does_not_have_is_not_written(case: Path) -> None:
    words = ("record", case, "measure.scored", "scale=bdi2", "when=2026-05-01T10:00:00Z", "--by", "cleo")
    made = run(*words, "score=999")
    assert made.exit_code == 1
    assert "0 to 63" in made.stderr
    assert run(*words, "score=63").exit_code == 0
    odd = run(*words, 'items={"bdi-9": 17}')
    assert odd.exit_code == 3, "written, and no rule is for it"
    assert "0 to 3" in odd.stderr


def test_what_a_key_reads_as_text_is_text_also_where_it_looks_like_a_number(case: Path) -> None:
    assert run("record", case, "session.begun", "session=4", "format=individual", "--by", "ben").exit_code == 0
    made = run("record", case, "session.intervention", "session=4", "level=1", "turn=12", "--by", "ben", "--json")
    assert json.loads(made.stdout)["written"]["data"] == {"session": "4", "level": 1, "turn": "12"}


@pytest.mark.parametrize(
    ("items", "code"), [('{"bdi-9": 1}', 3), ('{"bdi-9": null}', 3), ('{"bdi-9": 0}', 0), ('{"bdi-8": 3}', 0)]
)
def test_an_item_of_risk_that_no_rule_is_for_is_told(case: Path, items: str, code: int) -> None:
    words = (
        "record",
        case,
        "measure.scored",
        "scale=bdi2",
        "when=2026-05-01T10:00:00Z",
        f"items={items}",
        "--by",
        "cleo",
    )
    made = run(*words, "--json")
    assert made.exit_code == code
    assert [each["code"] for each in json.loads(made.stdout)["problems"]] == ["nobody-told"] * (code == 3)
    rule = '[[alerts]]\nid = "risk"\non = "item"\nwhat = ["BDI_9"]\nthreshold = 2\nto = ["cleo"]\nwithin = "2 h"\n'
    (case / "case.toml").write_text(CASE + rule)
    assert run(*words).exit_code == 0
