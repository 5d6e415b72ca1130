"""`forwhom programme` from outside."""

from __future__ import annotations

import json
import re
from pathlib import Path
from unittest.mock import patch

import pytest
from typer.testing import CliRunner

from forwhom.cli import app
from forwhom.cli.printing import out

RUN = CliRunner()


def run(*words: str) -> tuple[int, str]:
    # The console has its width from the first command of the process, whichever test asked for it.
    with patch.object(out, "_width", 200):
        found = RUN.invoke(app, ["programme", *words])
    return found.exit_code, found.output


def test_list_names_what_ships() -> None:
    code, text = run("list", "--json")
    assert code == 0
    assert [each["id"] for each in json.loads(text)] == ["dbt-inpatient", "dbt-outpatient", "mbt", "scm"]
    assert "18 months" in run("list")[1]


def test_check_tells_every_problem_and_its_exit_code(tmp_path: Path) -> None:
    assert run("check", "mbt") == (0, "No problems: 106 facts, 35 rules, 42 gaps that are told.\n")
    file = tmp_path / "own.toml"
    file.write_text('id = "own"\ntitle = "Own"\ndisorder = "x"\nlenght = 3\nclaim = "s2-x"\n')
    code, text = run("check", str(file), "--json")
    assert code == 1
    assert {each["code"] for each in json.loads(text)} >= {"unknown-key", "no-phases", "unknown-claim", "no-source"}


def test_show_gives_every_fact_its_source() -> None:
    code, text = run("show", "mbt")
    assert code == 0
    assert "Individual session: individual, 50 minutes, every week" in text
    assert "S2 line 266" in text
    assert "Not said by the papers (42):" in text
    assert json.loads(run("show", "mbt", "--json")[1])["length"] == {"value": 18, "unit": "month"}


def test_a_name_that_is_not_there() -> None:
    code, text = run("show", "mtb", "--json")
    assert code == 1
    assert json.loads(text)[0]["do"].startswith("Did you mean 'mbt'?")


def test_calendar_prints_writes_and_refuses(tmp_path: Path) -> None:
    file = tmp_path / "mbt.ics"
    words = ["calendar", "mbt", "--start", "2026-01-05", "--zone", "Europe/London", "--at", "individual=tue 10:00"]
    code, text = run(*words, "--ics", str(file), "--person", "P. 12")
    assert code == 0
    assert "62 times, every week, Tuesday 10:00, 50 minutes" in text
    assert "RRULE:FREQ=WEEKLY;INTERVAL=1;COUNT=62" in file.read_bytes().decode()
    made = json.loads(run(*words, "--json")[1])
    individual = next(each for each in made["sessions"] if each["id"] == "individual")
    assert individual["days"][0] == "2026-04-28T10:00:00+01:00"
    assert run(*words, "--every-session")[1].count("Individual session") == 62
    code, text = run("calendar", "mbt", "--start", "2026-01-05", "--zone", "Mars", "--at", "x=1", "--json")
    assert (code, len(json.loads(text))) == (2, 2)


def test_audit_compares_and_explains() -> None:
    text = run("audit")[1]
    assert "dbt-inpatient" in text
    assert "not met" in text
    one = run("audit", "mbt")[1]
    assert "S2 line 74" in one
    assert "Individual session: 50 minutes every week (sessions.individual; S2 line 266)" in one
    found = json.loads(run("audit", "mbt", "scm", "--json")[1])
    assert [each["status"] for each in found["mbt"]] == ["met"] * 7


def test_advise_says_why_and_what_is_not_known() -> None:
    code, text = run("advise", "mbt", "--given", "patient.arousal=high, mentalizing=lost")
    assert code == 0
    assert "Safe levels: consider level 1 to 2; avoid level 3 to 4" in text
    assert "Because patient.arousal = high, mentalizing = lost." in text
    assert "[safe-levels; S2 line 140, claim s2-safe-levels; reasoned] untested" in text
    assert "patient.certain is yes" in text
    found = json.loads(run("advise", "mbt", "--json")[1])
    assert {each["id"] for each in found["said"]} == {"ask-what", "present", "activity"}
    assert all(each["needs"] for each in found["waiting"])
    code, text = run("advise", "mbt", "--given", "mentalizing=lots", "--json")
    assert code == 2
    assert "mean 'lost'" in json.loads(text)[0]["do"]


@pytest.mark.parametrize("words", [["advise", "mbt", "--words"], ["advise", "mbt", "--words", "--json"]])
def test_the_words_can_be_looked_up(words: list[str]) -> None:
    code, text = run(*words)
    assert code == 0
    assert "patient.arousal" in text
    assert "technique" in text


def test_support_withdrawn_in_a_copied_ledger_weakens_the_rule(tmp_path: Path) -> None:
    import shutil

    from forwhom.evidence.reading import SHIPPED

    copy = tmp_path / "ledger"
    shutil.copytree(SHIPPED, copy)
    shutil.rmtree(copy / "vocabulary")
    words = [
        "advise",
        "mbt",
        "--given",
        "patient.attachment=hyperactivating",
        "--json",
        "--no-shipped",
        "--ledger",
        str(copy),
    ]
    before = {each["id"]: each["standing"] for each in json.loads(run(*words)[1])["said"]}
    assert before["setting-cohort"] == "supported with conditions"
    for file in (copy / "studies").glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        if 'sample = "cassel-cohort"' in text:
            file.write_text(
                re.sub(r"^\[\[results\]\]\n(?:(?!\[).*\n?)*", "", text, flags=re.MULTILINE), encoding="utf-8"
            )
    after = {each["id"]: each for each in json.loads(run(*words)[1])["said"]}
    assert after["setting-cohort"]["standing"] == "weakened"
    assert "not supported" in after["setting-cohort"]["standing_why"]


def test_a_page_is_written(tmp_path: Path) -> None:
    page = tmp_path / "mbt.html"
    assert run("show", "mbt", "--page", str(page))[0] == 0
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
