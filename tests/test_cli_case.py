"""`forwhom case`: exit codes, JSON, and that emergency help is always said."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from forwhom.cli import app

AT = "2026-07-09T10:00:00+01:00"


@pytest.fixture
def case(root: Path, tmp_path: Path) -> Path:
    for name in ("case.toml", "log.jsonl"):
        shutil.copy(root / "examples" / "case-mbt" / name, tmp_path / name)
    return tmp_path


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["case", *map(str, words)])


def read(*words: object, code: int = 0) -> Any:
    made = run(*words, "--json")
    assert made.exit_code == code, made.output
    return json.loads(made.stdout)


def test_new_check_and_fill_in(tmp_path: Path) -> None:
    folder = tmp_path / "c"
    words = ("new", folder, "--programme", "mbt", "--start", "2026-03-02", "--zone", "Europe/London")
    assert run(*words).exit_code == 0
    assert run(*words).exit_code == 1
    assert {each["code"] for each in read("check", folder, code=1)} == {"no-responder", "no-emergency", "no-item-alert"}
    refused = run("record", folder, "note.added", "text=x", "--by", "patient")
    assert refused.exit_code == 1
    assert "an alert without anybody who answers it" in refused.stderr
    called = run("record", folder, "crisis.emergency-contacted")
    assert called.exit_code == 3, "written, and nobody is told"
    assert "NOBODY IS TOLD" in called.stdout


def test_show_is_the_same_to_the_last_byte(case: Path) -> None:
    one, other = (run("show", case, "--json").stdout for _ in range(2))
    assert one == other
    assert json.loads(one)["entries"] == len((case / "log.jsonl").read_text("utf-8").splitlines())
    assert run("show", case).stdout.startswith("Emergency: 999")
    assert run("check", case).exit_code == 0


def test_due_gives_each_message_until_it_is_sent_and_then_no_more(case: Path) -> None:
    due = read("due", case, "--now", AT)
    sendings = [each["sending"] for each in due["send"]]
    assert {each.split("/")[0] for each in sendings} == {"missed-component", "risk-item"}
    assert any(each.endswith("/ben") for each in sendings)
    assert read("due", case, "--now", AT)["send"] == due["send"]
    for sending in sendings:
        assert run("record", case, "alert.sent", f"sending={sending}", "--by", "dana", "--at", AT).exit_code == 0
        again = run("record", case, "alert.sent", f"sending={sending}", "--by", "dana", "--at", AT)
        assert again.exit_code == 1
    assert read("due", case, "--now", AT)["send"] == []
    late = read("due", case, "--now", "2036-08-12T00:00:00+01:00")
    assert {each["state"] for each in late["alerts"]} == {"unanswered"}
    assert not set(sendings) & {each["sending"] for each in late["send"]}


def test_a_refusal_says_why_what_else_and_how_to_overrule_it(case: Path) -> None:
    words = ("crisis", "step", case, "professional/ben", "--by", "patient", "--at", AT)
    made = run(*words)
    assert made.exit_code == 1
    for part in ("S2 line 162", "Walk to the river", "--overrule crisis.other-means-first", "Emergency: 999"):
        assert part in made.stdout
    assert read(*words, code=1)["refused"][0]["rule"] == "crisis.other-means-first"
    assert run(*words, "--overrule", "crisis.other-means-first").exit_code == 1
    assert run(*words, "--overrule", "crisis.other-means-first", "--why", "Asked by the clinic").exit_code == 0
    assert read("show", case)["deviations"][-1]["why"] == "Asked by the clinic"


@pytest.mark.parametrize("broken", ["", "programme = ", 'emergency = ["999"]\nzone = 3\n'])
def test_emergency_is_shown_and_recorded_whatever_is_wrong(case: Path, broken: str) -> None:
    (case / "case.toml").write_text(broken)
    with (case / "log.jsonl").open("ab") as file:
        file.write(b'{"seq": 70, "half')
    shown = run("crisis", "show", case)
    assert shown.exit_code == 1
    assert shown.stdout.startswith("Emergency: ")
    assert ("999" in shown.stdout) or ("112" in shown.stdout)
    assert read("crisis", "show", case, code=1)["emergency"]
    assert run("crisis", "step", case, "emergency").exit_code == 3
    assert b"crisis.emergency-contacted" in (case / "log.jsonl").read_bytes().splitlines()[-1]
    assert (case / "log.aside.jsonl").is_file()
    assert run("show", case).exit_code == 1


def test_a_time_without_a_zone_is_refused_with_what_it_could_mean(case: Path) -> None:
    for wall, says in (
        ("2026-10-25T01:30", "the clocks showed this time twice"),
        ("2026-03-29T01:30", "the clocks skipped this time"),
        ("2026-07-09T10:00", "2026-07-09T10:00:00+01:00"),
    ):
        made = run("due", case, "--now", wall)
        assert made.exit_code == 2
        assert says in made.stderr


def test_wrong_words_are_wrong_usage(case: Path) -> None:
    for words in (("--data", "[1]"), ("--data", "@nowhere.json"), ("session",)):
        assert run("record", case, "session.begun", *words, "--by", "ben").exit_code == 2
    assert run("crisis", "show", case, "--version", "9").exit_code == 2
    assert run("show", case / "nowhere").exit_code == 1


def test_the_plan_is_printed_with_emergency_first(case: Path) -> None:
    page = case / "plan.html"
    assert run("crisis", "show", case, "--now", AT, "--page", page).exit_code == 0
    text = page.read_text("utf-8")
    assert (
        text.index("999, or the nearest")
        < text.index("Walk to the river")
        < text.index("My sister")
        < text.index("extension 12")
    )
    assert "Signed by" in text
    first = run("crisis", "show", case, "--version", "1", "--page", page)
    assert "NOT SIGNED" in first.stdout
    assert "There is a newer one" in page.read_text("utf-8")
    assert run("crisis", "check", case).exit_code == 0


def test_a_newest_score_that_is_not_judged_is_kept_without_a_status_and_told(case: Path, root: Path) -> None:
    at = "2028-01-10T10:00:00+00:00"
    for when, score in (("2026-08-10T10:00:00+01:00", 12), (at, 63)):
        words = ("scale=bdi2", f"when={when}", f"score={score}", 'items={"bdi-9": 0}', "--by", "ben", "--at", at)
        assert run("record", case, "measure.scored", *words).exit_code == 0
    study = ("--study", root / "examples" / "beat-the-blues", "--scale", "bdi2", "--arm", "BtheB")
    made = read("feedback", case, *study, "--at", at)
    assert (made["status"], made["finding"]["status"]) == ("not known", "declined")
    assert "is not judged: later than the study followed people" in made["finding"]["statement"]
    recorded = run("feedback", case, *study, "--at", at, "--record", "--by", "ben")
    assert "Alert off-track/e" in recorded.stdout
    assert read("show", case)["feedback"]["latest"]["bdi2"]["status"] == "not known"


def test_feedback_says_which_rule_and_what_it_is_worth(case: Path, root: Path) -> None:
    words = (
        "feedback",
        case,
        "--study",
        root / "examples" / "beat-the-blues",
        "--scale",
        "bdi2",
        "--arm",
        "BtheB",
        "--at",
        AT,
    )
    made = read(*words)
    assert made["status"] == "off track"
    assert made["finding"]["detail"]["rules"][0]["sensitivity"]["low"] is not None
    assert run(*words, "--record").exit_code == 2
    recorded = run(*words, "--record", "--by", "ben")
    assert "Alert off-track/e" in recorded.stdout
    assert read("show", case)["feedback"]["latest"]["bdi2"]["status"] == "off track"
