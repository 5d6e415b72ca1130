"""`forwhom evidence pool` as typed."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from forwhom.cli import app

TABLE = Path(__file__).parents[1] / "validation" / "evidence_pool" / "synthetic.csv"


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["evidence", "pool", *words])
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


def test_the_ledger_without_a_word() -> None:
    text = run("--treatment", "MBT")
    assert "risk ratio 0.39 (95 % interval 0.24 to 0.63)" in text
    assert "Caution: One independent sample is no pool" in text


def test_a_table_of_trials_with_everything(tmp_path: Path) -> None:
    page = tmp_path / "pool.html"
    text = run(
        "--from", str(TABLE), "--outcome", "BPD severity", "--by", "format", "--moderator", "dose", "--page", str(page)
    )
    for part in (
        "14 independent samples (22 effects)",
        "By format:",
        "By number of sessions: change",
        "One sample left out: from",
        "Egger's regression:",
    ):
        assert part in text
    assert "Are small studies like large ones?" in page.read_text(encoding="utf-8")


def test_measures_and_json() -> None:
    record = json.loads(run("--from", str(TABLE), "--outcome", "suicidality", "--measure", "rd", "--json"))
    (finding,) = record["findings"]
    assert finding["id"] == "evidence.pool.all.suicidality"
    assert finding["detail"]["measure"] == "risk difference"
    assert record["study"]["source"] == "synthetic.csv"


def test_tests_that_decline_are_said_once() -> None:
    text = run("--from", str(TABLE), "--outcome", "suicidality", "--measure", "rr")
    assert "Small-study tests: none, 8 studies are too few" in text
    assert "Left out: 1 comparison: nobody in either group had the event" in text


def test_unknown_words_and_files() -> None:
    text = run("--from", str(TABLE), "--outcome", "severty", "--by", "fromat", code=2)
    assert "Did you mean 'BPD severity'?" in text or "no comparison has the outcome 'severty'" in text
    assert "Did you mean 'format'?" in text
    assert "there is no such file" in run("--from", "none.csv", code=1)
    problems = json.loads(run("--from", "none.csv", "--json", code=1))
    assert problems[0]["code"] == "file-missing"
