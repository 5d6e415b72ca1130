"""Emergency on the command line: the numbers are always said, and what can be written is written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from forwhom.cli import app
from forwhom.programme.case import read_log


@pytest.fixture
def case(root: Path, tmp_path: Path) -> Path:
    for name in ("case.toml", "log.jsonl"):
        shutil.copy(root / "examples" / "case-mbt" / name, tmp_path / name)
    return tmp_path


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["case", *map(str, words)])


def last(case: Path) -> dict[str, object]:
    made: dict[str, object] = json.loads((case / "log.jsonl").read_bytes().splitlines()[-1])
    return made


@pytest.mark.parametrize(
    "words",
    [
        ("--at", "nonsense"),
        ("--at", "2026-07-01T10:00"),
        ("--data", "{bad"),
        ("--data", "@nowhere.json"),
        ("--data", "[" * 100_000),
        ("no equals sign",),
        ("when=yesterday", "--by", "nobody", "--id", "e1"),
        ("--corrects", "none", "--overrule", "none"),
    ],
)
def test_no_mistake_hinders_an_emergency(case: Path, words: tuple[str, ...]) -> None:
    made = run("record", case, "crisis.emergency-contacted", *words)
    assert made.exit_code == 0, made.output
    assert made.stdout.startswith("Emergency: 999")
    assert last(case)["kind"] == "crisis.emergency-contacted"
    assert run("crisis", "step", case, "emergency", "--at", "nonsense").exit_code == 0
    ids = [each.id for each in read_log((case / "log.jsonl").read_bytes()).entries]
    assert len(set(ids)) == len(ids)


def test_what_could_not_be_read_is_kept(case: Path) -> None:
    run("record", case, "crisis.emergency-contacted", "whom=999", "--at", "about ten")
    assert last(case)["data"] == {"whom": "999"}
    assert "about ten" in str(last(case)["why"])


def test_a_folder_without_case_toml_takes_it_and_shows_the_numbers_of_the_plan(case: Path) -> None:
    (case / "case.toml").unlink()
    plan = '{"kind": "crisis.plan-written", "data": {"emergency": ["0800 111"]}}\n'
    with (case / "log.jsonl").open("a") as file:
        file.write(plan)
    for words in (
        ("crisis", "show", case),
        ("crisis", "step", case, "emergency"),
        ("record", case, "crisis.emergency-contacted"),
        ("due", case),
        ("show", case),
    ):
        assert "Emergency: 0800 111" in run(*words).stdout, words
    assert last(case)["kind"] == "crisis.emergency-contacted"


def test_a_broken_case_toml_keeps_its_numbers(case: Path) -> None:
    (case / "log.jsonl").unlink()
    (case / "case.toml").write_text('emergency = ["0800 222",\n "Ward 3"]\nzone = \n')
    assert run("crisis", "show", case).stdout.startswith("Emergency: 0800 222; Ward 3")


def test_a_log_that_cannot_be_read_is_told_after_the_numbers(case: Path) -> None:
    (case / "log.jsonl").unlink()
    (case / "log.jsonl").mkdir()
    for words in (
        ("crisis", "show", case),
        ("crisis", "step", case, "emergency"),
        ("record", case, "crisis.emergency-contacted"),
        ("due", case),
        ("record", case, "note.added", "text=x"),
    ):
        made = run(*words)
        assert made.exit_code == 1, words
        assert isinstance(made.exception, SystemExit), words
        assert made.stdout.startswith("Emergency: 999"), words


def test_an_emergency_is_told_to_somebody(case: Path) -> None:
    text = (case / "case.toml").read_text().replace('"admission"]', '"admission", "emergency-contacted"]')
    (case / "case.toml").write_text(text)
    made = run("crisis", "step", case, "emergency", "--by", "patient")
    assert "emergency-contacted; to ben" in made.stdout
    assert run("due", case).stdout.startswith("Emergency: 999")


@pytest.mark.parametrize("programme", ["scm", "dbt-inpatient", "dbt-outpatient"])
def test_a_case_without_alerts_says_so(tmp_path: Path, programme: str) -> None:
    run("new", tmp_path, "--programme", programme, "--start", "2026-03-02", "--zone", "Europe/London")
    toml = (tmp_path / "case.toml").read_text()
    assert '# on = "event"' in toml
    (tmp_path / "case.toml").write_text(toml.replace("emergency = []", 'emergency = ["999"]'))
    event = ("event.happened", "what=suicide-attempt", "--by", "patient")
    for made in (run("due", tmp_path), run("record", tmp_path, *event)):
        assert "NO ALERTS" in made.stderr
    checked = run("check", tmp_path)
    assert checked.exit_code == 1
    assert "no alert of the programme or of case.toml tells anybody" in checked.output
    for command in ("due", "show", "team", "supervise", "assess", "check"):
        told = run(command, tmp_path).output
        assert "NOBODY" in told or "nobody answers" in told, command
        assert "suicide-attempt" in told or "untold/e" in told, command
    pattern = toml[toml.index("# [[alerts]]") :].replace("# ", "")
    staff = '[people.ama]\nroles = ["' + pattern.split('to = ["')[1].split('"')[0] + '"]\n'
    filled = toml.replace("emergency = []", 'emergency = ["999"]') + staff + pattern
    (tmp_path / "case.toml").write_text(filled)
    assert "no alert of" not in run("check", tmp_path).output
    assert "Alert severe-event/e" in run("record", tmp_path, "event.happened", "what=death", "--by", "ama").stdout


def test_a_second_entry_of_one_id_is_told_and_written(case: Path) -> None:
    words = ("record", case, "crisis.emergency-contacted", "--id", "call", "--by", "ben")
    assert "already" not in run(*words).stderr
    again = run(*words)
    assert again.exit_code == 0
    assert "there is an entry 'call' already" in again.stderr
    assert last(case)["id"] != "call"
    assert run("record", case, "note.added", "text=x", "--id", "call", "--by", "ben").exit_code == 1


def test_a_key_that_cannot_be_read_is_kept_in_words_and_keeps_no_alert_back(case: Path) -> None:
    made = run("record", case, "crisis.emergency-contacted", "when=yesterday", "whom=999", "colour=red", "--json")
    assert made.exit_code == 0
    assert json.loads(made.stdout)["alerts"][0]["to"] == ["ben", "dana", "eli"]
    assert last(case)["data"] == {"whom": "999"}
    assert "when=yesterday" in str(last(case)["why"])


def test_a_call_that_nobody_signed_is_told_until_somebody_answers_for_it(case: Path) -> None:
    """An emergency needs no name; the missing name is no mistake for ever, and no reason to call a case broken."""
    checked = run("check", case).output
    assert run("crisis", "step", case, "emergency", "--role", "nonsense").exit_code == 0
    name = last(case)["id"]
    made = run("check", case)
    assert made.exit_code == 0
    assert "nothing says who recorded it" in made.stdout
    assert f"--corrects {name} and --by" in made.stdout
    run("record", case, "crisis.emergency-contacted", "whom=999", "--corrects", name, "--by", "nobody")
    assert "nothing says who recorded it" in run("check", case).output, "nobody of the case answers for it"
    run("record", case, "crisis.emergency-contacted", "whom=999", "--corrects", name, "--by", "ben")
    made = run("check", case)
    assert "who recorded it" not in made.output
    assert made.output.count("\n") <= checked.count("\n") + 3
    run("crisis", "step", case, "emergency")
    run("record", case, "entry.withdrawn", "--corrects", last(case)["id"], "--by", "ben", "--why", "not called")
    assert "who recorded it" not in run("check", case).output


def test_a_corrected_call_is_one_call_and_one_alert(case: Path) -> None:
    run("crisis", "step", case, "emergency", "--by", "patient")
    name = str(last(case)["id"])

    def calls() -> list[dict[str, str]]:
        made: list[dict[str, str]] = json.loads(run("show", case, "--json").stdout)["crisis"]["called"]
        return made

    n = len(calls())
    for whom in ("999", "ambulance"):
        words = ("crisis.emergency-contacted", f"whom={whom}", "--corrects", name, "--by", "ben")
        made = run("record", case, *words)
        assert made.exit_code == 0
        assert f"in the place of {name}" in made.stdout
        assert "no second call" in made.stdout
        assert f"Alert severe-event/{name}" in made.stdout
    assert len(calls()) == n
    assert calls()[-1]["whom"] == "ambulance"
    alerts = json.loads(run("due", case, "--json").stdout)["alerts"]
    assert [each["alert"]["about"] for each in alerts].count("emergency-contacted") == 1
    run("record", case, "alert.acknowledged", f"alert=severe-event/{name}", "did=spoke", "--by", "ben")
    assert "nobody is told anew" in run("record", case, *words).stdout


@pytest.mark.parametrize("corrects", ["e1", "none", "lone"])
def test_what_is_no_call_is_not_corrected_by_one_and_the_call_counts(case: Path, corrects: str) -> None:
    lone = {"id": "lone", "kind": "crisis.emergency-contacted", "corrects": "e1", "at": "2026-09-30T10:00:00Z"}
    with (case / "log.jsonl").open("a") as file:
        file.write(json.dumps({"seq": 900, "by": "ben", "data": {}, **lone}) + "\n")
    n = len(json.loads(run("show", case, "--json").stdout)["crisis"]["called"])
    made = run("record", case, "crisis.emergency-contacted", "--corrects", corrects, "--by", "ben")
    assert made.exit_code == 0
    assert f"--corrects {corrects}" in str(last(case)["why"])
    assert "recorded as a call of its own" in made.stderr
    assert len(json.loads(run("show", case, "--json").stdout)["crisis"]["called"]) == n + 1


FAILING = (
    "nonsense",
    "due",
    "due CASE --no-such-option",
    "due CASE --now soon",
    "due nowhere",
    "show nowhere",
    "check CASE --now soon --json",
    "record CASE note.added text=x",
    "record CASE note.added text --by ben",
    "record CASE no.kind --by ben",
    "record CASE session.intervention session=s1 level=4 --by ben --json",
    "feedback CASE --study nowhere --scale bdi2",
    "feedback CASE --study nowhere --scale bdi2 --record",
    "export CASE --out out --better x",
    "coded CASE nofile --session s1",
    "crisis show CASE --version 9",
    "crisis show CASE --page plan.html",
    "crisis check CASE",
    "crisis step CASE",
    "page CASE --question nothing",
    "assess CASE --now soon",
    "new CASE --programme mbt --start 2026-03-02 --zone Europe/London",
)


@pytest.mark.parametrize("words", FAILING)
def test_every_command_that_fails_says_once_how_help_is_reached(words: str, tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text(
        'programme = "mbt"\nstart = 2026-03-02\nzone = "Europe/London"\nemergency = ["999 here"]\n'
        '[people.patient]\nroles = ["patient"]\n[people.ben]\nroles = ["individual-therapist"]\n'
    )
    made = CliRunner().invoke(app, ["case", *(str(tmp_path) if each == "CASE" else each for each in words.split())])
    assert made.exit_code not in (0, 3)
    there = "999 here" if "CASE" in words else "999"
    assert made.output.count("Emergency: ") == 1 or '"emergency"' in made.stdout
    assert there in made.output
    if "--json" in words:
        assert "Emergency: " not in made.stdout


@pytest.mark.parametrize("words", ["--help", "due --help", "due CASE", "kinds"])
def test_what_does_not_fail_says_it_no_more_than_once(words: str, tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text('programme = "mbt"\nstart = 2026-03-02\nzone = "Europe/London"\n[people]\n')
    made = CliRunner().invoke(app, ["case", *(str(tmp_path) if each == "CASE" else each for each in words.split())])
    assert made.exit_code == 0
    assert made.output.count("Emergency: ") == int("CASE" in words)


@pytest.mark.parametrize("odd", ["Zo\udceb", "\ud83d"])
def test_an_emergency_and_an_event_are_written_whatever_the_letters(odd: str, case: Path) -> None:
    assert run("record", case, "crisis.emergency-contacted", f"whom={odd}", "--by", "ben").exit_code in (0, 3)
    assert run("record", case, "event.happened", "what=self-harm", f"note={odd}", "--by", "ben").exit_code in (0, 3)
    kinds = [json.loads(line)["kind"] for line in (case / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert kinds[-1] == "event.happened"
    assert "crisis.emergency-contacted" in kinds


def test_an_id_that_entries_get_by_themselves_is_no_ones_own(case: Path) -> None:
    assert run("record", case, "note.added", "text=a", "--by", "ben", "--id", "e4").exit_code == 1
    lines = [run("record", case, "note.added", "text=a", "--by", "ben").exit_code for _ in range(4)]
    assert lines == [0, 0, 0, 0]


def test_an_emergency_is_written_where_what_was_broken_cannot_be_copied(case: Path) -> None:
    run("record", case, "note.added", "text=a", "--by", "ben")
    with (case / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"half')
    (case / "log.aside.jsonl").mkdir()
    assert run("record", case, "crisis.emergency-contacted", "--by", "ben").exit_code in (0, 3)
    last = (case / "log.jsonl").read_text(encoding="utf-8").splitlines()[-1]
    assert json.loads(last)["kind"] == "crisis.emergency-contacted"


@pytest.mark.parametrize("name", ["Emergency", " emergency ", "emergency/999", "999"])
def test_an_emergency_is_one_however_the_step_is_written(name: str, case: Path) -> None:
    assert run("crisis", "step", case, name).exit_code == 0
    assert last(case)["kind"] == "crisis.emergency-contacted"
