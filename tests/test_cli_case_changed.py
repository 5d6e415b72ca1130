"""case.toml that is edited: what was raised under it stays, and the edit is told."""

from __future__ import annotations

import json
from importlib.resources import files
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
    assert open_alerts(tmp_path) == [raised, "untold/e4"], "and it waits until somebody is"
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


def test_check_is_clean_after_somebody_has_left_whoever_records_next(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text(CASE)
    run("record", tmp_path, "session.begun", "session=s1", "format=individual", "--by", "ben")
    run("record", tmp_path, "session.state", "session=s1", "arousal=high", "mentalizing=lost", "--by", "ben")
    better = ("session=s1", "arousal=workable", "mentalizing=some", "--corrects", "e3", "--by", "ben")
    refused = run("record", tmp_path, "session.state", *better)
    assert refused.exit_code == 1
    assert "gate.state-rewritten" in refused.output
    assert "Emergency: 999" in refused.output
    why = ("--overrule", "gate.state-rewritten", "--why", "A slip")
    assert run("record", tmp_path, "session.state", *better, *why).exit_code == 0
    assert run("record", tmp_path, "session.intervention", "session=s1", "level=4", "--by", "ben").exit_code == 0
    (tmp_path / "case.toml").write_text(CASE.replace("[people.ben]", "[people.eve]"))
    assert run("check", tmp_path).exit_code == 0
    assert "reason missing" not in run("due", tmp_path).output
    assert "A slip" in run("supervise", tmp_path).output
    assert run("record", tmp_path, "session.ended", "session=s1", "--by", "eve").exit_code == 0
    assert run("check", tmp_path).exit_code == 0, "the newcomer entered the file that names them"
    assert "reason missing" not in run("due", tmp_path).output


def test_who_was_taken_out_records_nothing_more_but_an_emergency(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text(CASE)
    run("record", tmp_path, "note.added", "text=x", "--by", "ben")
    (tmp_path / "case.toml").write_text(CASE.replace("[people.ben]", "[people.eve]"))
    for kind, said in (("note.added", "text=x"), ("event.happened", "what=self-harm")):
        refused = run("record", tmp_path, kind, said, "--by", "ben")
        assert refused.exit_code == 1
        assert "ben is in case.toml no more" in refused.output
        assert "Emergency: 999" in refused.output
    assert run("record", tmp_path, "crisis.emergency-contacted", "--by", "ben").exit_code == 0


def test_what_the_program_writes_itself_is_not_recorded_by_hand(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text(CASE)
    case = tmp_path
    assert run("record", case, "note.added", "text=a", "--by", "ben").exit_code == 0
    before = (case / "log.jsonl").read_text()
    made = run("record", case, "case.changed", "--by", "ben", "--data", '{"digest": "0", "people": {}}')
    assert made.exit_code == 1
    assert "written by itself" in made.output
    assert (case / "log.jsonl").read_text() == before


def test_alerts_of_a_programme_that_was_changed_hold_from_the_next_entry_on(tmp_path: Path) -> None:
    own = (
        files("forwhom.programme")
        .joinpath("catalogue/scm.toml")
        .read_text(encoding="utf-8")
        .replace('id = "scm"', 'id = "mine"', 1)
    )
    (tmp_path / "case.toml").write_text(CASE)
    case = tmp_path
    (case / "mine.toml").write_text(own)
    (case / "case.toml").write_text(CASE.replace('"mbt"', '"mine.toml"'))
    assert run("record", case, "note.added", "text=a", "--by", "ben").exit_code == 0
    rule = '\n[[alerts]]\nid = "risk-item"\nlabel = "An item"\non = "item"\nwhat = ["bdi-9"]\nthreshold = 1\nto = ["ben"]\nwithin = 4\n'
    (case / "mine.toml").write_text(f'{own}{rule}source = {{ document = "ours" }}\n')
    assert "not those entered in the log last" in run("check", case).output
    score = '{"scale": "bdi2", "when": "2026-03-02T10:00:00+00:00", "score": 20, "items": {"bdi-9": 3}}'
    made = run("record", case, "measure.scored", "--by", "ben", "--data", score)
    assert "Alert risk-item/" in made.output, made.output
