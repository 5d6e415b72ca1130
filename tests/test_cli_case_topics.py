"""`forwhom case assess, formulate, team, coded, supervise, page, export`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from forwhom.cli import app

NOW = ["--now", "2026-10-02T12:00:00+01:00"]
RUN = CliRunner()


@pytest.fixture
def example(root: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "case"
    shutil.copytree(root / "examples/case-mbt", folder)
    return folder


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("assess", "The marks speak for hyperactivating strategies"),
        ("formulate", "Neither voice has more right"),
        ("team", "1 thing waits to be shared"),
        ("supervise", "12 points"),
    ],
)
def test_each_topic_is_told_and_given_as_json(example: Path, command: str, says: str) -> None:
    told = RUN.invoke(app, ["case", command, str(example), *NOW])
    assert told.exit_code == 0, told.output
    assert says in " ".join(told.output.split())
    given = RUN.invoke(app, ["case", command, str(example), *NOW, "--json"])
    assert json.loads(given.output)["study"]["about"] == "case"


def test_the_page_is_written_whole(example: Path, tmp_path: Path) -> None:
    done = RUN.invoke(app, ["case", "page", str(example), *NOW, "--out", str(tmp_path / "page"), "--simulated"])
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (tmp_path / "page").iterdir()) == ["case.html", "findings.json"]
    assert RUN.invoke(app, ["case", "page", str(example), "--question", "profil"]).exit_code == 2
    assert RUN.invoke(app, ["case", "page", str(tmp_path / "nowhere")]).exit_code == 1


def test_an_export_is_a_study_that_checks(example: Path, tmp_path: Path) -> None:
    study = tmp_path / "study"
    done = RUN.invoke(app, ["case", "export", str(example), "--out", str(study), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["rows"] == {"persons": 1, "sessions": 11, "events": 9, "measures": 2}
    assert RUN.invoke(app, ["check", str(study)]).exit_code == 0
    again = RUN.invoke(app, ["case", "export", str(example), "--out", str(study)])
    assert again.exit_code == 0
    text = " ".join(path.read_text() for path in study.iterdir())
    for name in ("ben", "cleo", "dana", "ama", "2026", "message"):
        assert f"{name}," not in text
        assert f'"{name}"' not in text
    wrong = RUN.invoke(app, ["case", "export", str(example), "--out", str(study), "--better", "mood=up"])
    assert wrong.exit_code == 2
    twice = RUN.invoke(app, ["case", "export", str(example), str(example), "--out", str(study)])
    assert twice.exit_code == 1


def test_a_coded_session_leaves_only_numbers(example: Path, tmp_path: Path) -> None:
    transcript = tmp_path / "session.txt"
    transcript.write_text(
        "Patient: I just know that nobody wants me there.\nTherapist: What was it like to sit there?\n"
        "Patient: Awful. I had to leave.\nTherapist: What happened just before you left?\n"
    )
    done = RUN.invoke(
        app,
        [
            "case",
            "coded",
            str(example),
            str(transcript),
            "--session",
            "i5",
            "--by",
            "dana",
            "--at",
            "2026-10-02T10:00:00+01:00",
            "--json",
        ],
    )
    assert done.exit_code == 0, done.output
    data = json.loads(done.output)["written"]["data"]
    assert (data["therapist_turns"], data["patient_turns"]) == (2, 2)
    assert "nobody" not in (example / "log.jsonl").read_text().splitlines()[-1]
    unknown = RUN.invoke(app, ["case", "coded", str(example), str(transcript), "--session", "zz", "--by", "dana"])
    assert unknown.exit_code == 1


@pytest.mark.parametrize("command", ["assess", "formulate", "team", "supervise", "page"])
def test_the_last_line_is_how_help_is_reached_and_what_waits_before_it(example: Path, command: str) -> None:
    told = RUN.invoke(app, ["case", command, str(example), *NOW]).output.strip().splitlines()
    assert told[-1].startswith("Emergency: ")
    assert len(told[-1]) > len("Emergency: ")


@pytest.mark.parametrize("question", ["formulation", "team", "profile"])
def test_every_page_begins_with_emergency_numbers_and_alerts(example: Path, tmp_path: Path, question: str) -> None:
    RUN.invoke(app, ["case", "page", str(example), *NOW, "--question", question, "--out", str(tmp_path / "p")])
    page = (tmp_path / "p/case.html").read_text(encoding="utf-8")
    title = page.index("<h1")
    assert title < page.index("In an emergency") < page.index("Alerts that wait") < page.index("<h2")
    assert "Case case" in page[title : page.index("</h1>")]


def test_no_sign_of_a_log_moves_the_terminal(example: Path) -> None:
    words = json.dumps({"point": "pain", "voice": "patient", "text": "a\u001b[31mred\u202e"})
    done = RUN.invoke(app, ["case", "record", str(example), "formulation.said", "--data", words, "--by", "ama"])
    assert done.exit_code == 0, done.output
    told = RUN.invoke(app, ["case", "formulate", str(example)]).output
    assert "red" in told
    assert not {"\u001b", "\u202e"} & set(told)


def test_guidance_of_a_case_goes_by_a_ledger_of_ones_own(root: Path) -> None:
    example = root / "examples" / "case-mbt"
    for more, word in (((), "untested"), (("--no-shipped",), "weakened")):
        made = CliRunner().invoke(app, ["case", "assess", str(example), "--json", *more])
        assert made.exit_code == 0, made.output
        (finding,) = (each for each in json.loads(made.stdout)["findings"] if each["id"] == "case.guidance")
        assert word in json.dumps(finding["detail"])
        assert ("weakened" in json.dumps(finding["detail"])) == bool(more)
    lost = CliRunner().invoke(app, ["case", "assess", str(example), "--ledger", "nowhere"])
    assert lost.exit_code == 1
    assert "Emergency" in lost.output
