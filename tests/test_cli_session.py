"""`forwhom session` from file to page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from forwhom.cli import app

RUN = CliRunner()


def run(*args: object) -> tuple[int, str]:
    result = RUN.invoke(app, ["session", *map(str, args)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, " ".join(result.output.split())


def values(*args: object) -> Any:
    """What is printed as JSON, without the progress beside it."""
    return json.loads(RUN.invoke(app, ["session", *map(str, args), "--json"]).stdout)


@pytest.fixture
def session(root: Path, tmp_path: Path) -> Path:
    path = tmp_path / "session-03.vtt"
    path.write_bytes((root / "examples/sessions/session-03.vtt").read_bytes())
    return path


def test_check_prints_departures_and_writes_the_page(session: Path, tmp_path: Path) -> None:
    exit_code, said = run("check", session, "--page", tmp_path / "page.html", "--no-words")
    assert exit_code == 0
    assert "MBT-TELL-1" in said
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "supervision page" in page
    assert "terribly rejected" not in page
    assert json.loads((tmp_path / "page.json").read_text(encoding="utf-8"))["study"]["about"] == "session"


def test_code_correct_and_agree(session: Path, tmp_path: Path) -> None:
    assert run("code", session, "--out", tmp_path / "by-rule.json")[0] == 0
    exit_code, said = run(
        "correct", session, "--turn", 9, "--withdraw", "telling-feeling", "--level", 1, "--by", "anna", "--why", "tone"
    )
    assert (exit_code, "2 corrections" in said) == (0, True)
    assert "MBT-TELL-1" not in run("check", session)[1]
    exit_code, said = run("agree", tmp_path / "by-rule.json", session, "--json")
    found = {row["what"]: row for row in json.loads(said)["rows"]}
    assert exit_code == 0
    assert (found["telling-feeling"]["first"], found["telling-feeling"]["second"]) == (1, 0)
    assert "one category" in found["telling-feeling"]["kappa"]["why_absent"]


def test_agreement_of_two_different_sessions_is_told(session: Path, tmp_path: Path) -> None:
    assert run("code", session, "--out", tmp_path / "one.json")[0] == 0
    assert "two different transcripts" not in run("agree", tmp_path / "one.json", session)[1]
    other = tmp_path / "other.txt"
    other.write_text("Therapist: What was it like?\nPatient: Nobody asked.\n", encoding="utf-8")
    exit_code, said = run("agree", tmp_path / "one.json", other)
    assert exit_code == 0
    assert "two different transcripts" in " ".join(said.split())


def test_a_page_without_words_has_no_names(tmp_path: Path) -> None:
    source = tmp_path / "s.txt"
    source.write_text("Ann: What was that like for you?\nKayla: I hate it. I cut myself.\n" * 4, encoding="utf-8")
    for words, named in (((), True), (("--no-words",), False)):
        assert run("check", source, "--page", tmp_path / "page.html", *words)[0] == 0
        for name in ("page.html", "page.json"):
            assert ("Kayla" in (tmp_path / name).read_text(encoding="utf-8")) is named
    assert "[patient]" in (tmp_path / "page.json").read_text(encoding="utf-8")


def test_sessions_that_stand_in_one_table_are_told(tmp_path: Path) -> None:
    table = tmp_path / "two.csv"
    table.write_text(
        "transcript_id,speaker,text\n1,Therapist,What?\n1,Patient,Nothing.\n2,Therapist,How?\n2,Patient,So.\n",
        encoding="utf-8",
    )
    said = " ".join(run("check", table)[1].split())
    assert "'transcript_id' has 2 values, and all rows were read as one session" in said
    assert "has 2 values" not in run("check", table, "--column", "session=transcript_id")[1]


def test_a_folder_with_one_broken_file(session: Path) -> None:
    (session.parent / "broken.srt").write_bytes(b"")
    exit_code, said = run("check", session.parent, "--workers", 2)
    assert exit_code == 1
    assert "session-03" in said
    assert "broken.srt" in said


def test_a_coding_with_a_turn_that_is_no_number_leaves_the_others_checked(session: Path) -> None:
    (session.parent / "nan.csv").write_text("turn,who,level\nnan,T,2\n", encoding="utf-8")
    (session.parent / "inf.csv").write_text("turn,who,level\ninf,T,2\n", encoding="utf-8")
    exit_code, said = run("check", session.parent)
    assert exit_code == 1
    for told in ("session-03", "'nan' is no number of a turn", "'inf' is no number of a turn"):
        assert told in said


@pytest.mark.parametrize(
    ("args", "exit_code", "says"),
    [
        (("check", "absent.vtt"), 1, "cannot be read"),
        (("check", "{}", "--therapist", "Bob"), 1, "nobody is called 'Bob'"),
        (("check", "{}", "--column", "colour=x"), 2, "names no column"),
        (("code", "{}", "--coder", "nothing:here"), 1, "cannot be loaded"),
        (("code", "{}", "--out", "x.pdf"), 2, "no ending"),
        (("correct", "{}", "--turn", 1, "--by", "a", "--why", "b"), 2, "nothing is corrected"),
        (("correct", "{}", "--turn", 99, "--level", 1, "--by", "a", "--why", "b"), 1, "no turn 99"),
        (("correct", "{}", "--turn", 1, "--level", 1, "--by", "rules", "--why", "b"), 1, "stands for no person"),
        (("check", "{}", "--rules", "absent.toml"), 1, "cannot be read"),
    ],
)
def test_what_is_wrong_is_said(session: Path, args: tuple[object, ...], exit_code: int, says: str) -> None:
    found, said = run(*(str(each).format(session) for each in args))
    assert found == exit_code
    assert says in said


def test_rules_and_a_coder_of_ones_own(session: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own.toml").write_text(
        '[[rules]]\nid = "P-OWN"\ncode = "just"\nwho = "patient"\npatterns = ["empty"]\nweight = 0.9\nsource = "ours"\n',
        encoding="utf-8",
    )
    made = json.loads(run("code", session, "--rules", tmp_path / "own.toml", "--json")[1])
    assert any(e["rule"] == "P-OWN" for t in made["turns"] for m in t["marks"] for e in m["evidence"])
    (tmp_path / "my_coder.py").write_text(
        "from forwhom.programme.session.coder import Proposed\n\n"
        "def say(transcript, codes):\n    return [Proposed(1, 'question', '', 0.6)]\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    made = json.loads(run("code", session, "--coder", "my_coder:say", "--json")[1])
    assert made["session"]["coder"] == "my_coder:say"
    given = [mark["code"] for turn in made["turns"] for mark in turn["marks"] if mark["by"] == "my_coder:say"]
    assert given == ["question"]


def test_what_cannot_be_judged_is_said(tmp_path: Path) -> None:
    path = tmp_path / "s.txt"
    path.write_text(
        "Patient: We walked along the water.\nTherapist: What is happening between us right now?\n", encoding="utf-8"
    )
    assert "1 turn of level 3 or 4 cannot be judged" in run("check", path)[1]


def test_a_gate_of_ones_own(session: Path, tmp_path: Path) -> None:
    own = tmp_path / "gate.toml"
    own.write_text('without = ["MBT-TELL-1"]', encoding="utf-8")
    exit_code, said = run("check", session, "--gate", own, "--page", tmp_path / "page.html")
    assert exit_code == 0
    assert said.count("MBT-TELL-1") == 1
    assert "left out, and not asked: MBT-TELL-1." in said
    assert "MBT-PAST-1" in said
    assert "left out: MBT-TELL-1" in (tmp_path / "page.html").read_text(encoding="utf-8")
    found = {each["session"]: each for each in values("check", session.parent)["sessions"]}
    changed = values("check", session.parent, "--gate", own, "--workers", 2)["sessions"]
    assert found["session-03"]["rules"]["MBT-TELL-1"] == 1
    assert "MBT-TELL-1" not in changed[0]["rules"]
    exit_code, said = run("check", session, "--gate", tmp_path / "absent.toml")
    assert (exit_code, "cannot be read" in said) == (1, True)


def test_the_trend_over_a_folder(session: Path) -> None:
    for n in (4, 5, 12):
        (session.parent / f"session-{n:02d}.vtt").write_bytes(session.read_bytes() + b"\n" * n)
    assert run("code", session, "--out", session.parent / "berta.csv")[0] == 0
    exit_code, said = run("check", session.parent, "--trend")
    assert "sessions that are there already" in said
    assert (exit_code, "Four sessions are too few" in said) == (0, True)
    trend = values("check", session.parent, "--trend")["trend"]
    assert trend["sessions"] == ["session-03", "session-04", "session-05", "session-12"]
    assert trend["low"] is None
    assert "trend" not in values("check", session.parent)
    assert run("check", session, "--trend")[0] == 2


def test_one_correction_changes_one_session_of_a_table(tmp_path: Path) -> None:
    path = tmp_path / "tw.csv"
    path.write_text(
        "conversation,speaker,text\n1,T,How are you feeling now?\n1,P,ok\n2,T,How are you feeling now?\n2,P,y\n"
    )
    of = ("--column", "session=conversation")
    change = ("correct", path, "--turn", 1, "--level", 1, "--by", "anna", "--why", "tone", *of)
    exit_code, said = run(*change)
    assert (exit_code, "--session NAME" in said) == (2, True)
    assert run(*change, "--session", "3")[0] == 1
    assert run(*change, "--session", "2")[0] == 0
    assert [each["high"] for each in values("check", path, *of)["sessions"]] == [1, 0]


def test_a_coder_that_fails_is_told_without_a_traceback(
    session: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad_coder.py").write_text(
        "def boom(t, c):\n    raise RuntimeError('model down')\n\ndef lst(t, c):\n    return None\n"
    )
    (tmp_path / "worse_coder.py").write_text("1 / 0\n")
    monkeypatch.chdir(tmp_path)
    for name, says in (
        ("bad_coder:boom", "model down"),
        ("bad_coder:lst", "nothing back"),
        ("worse_coder:x", "cannot be loaded"),
    ):
        exit_code, said = run("check", session, "--coder", name)
        assert (exit_code, says in said, name in said) == (1, True, True), said


def test_a_file_without_a_patient_is_no_clean_bill(tmp_path: Path) -> None:
    group = tmp_path / "group.csv"
    group.write_text(
        "speaker,text\nTherapist,Shall we start?\nJenny,I took an overdose.\nTom,Me too.\nAna,Fine.\n", encoding="utf-8"
    )
    exit_code, said = run("check", group)
    assert exit_code == 1
    assert "Nothing departs" not in said
    assert "No turn of the patient is coded" in said
    assert "Read first: turn 2" in said
    (tmp_path / "fine.txt").write_text("T: Good morning.\nP: The bus was late.\n", encoding="utf-8")
    assert run("check", tmp_path / "fine.txt")[0] == 0
    exit_code, said = run("check", tmp_path)
    assert (exit_code, "nothing could be asked there" in said) == (1, True)


def test_risk_has_a_column_and_cannot_be_read_as_absent(session: Path, tmp_path: Path) -> None:
    (session.parent / "calm.txt").write_text("T: Good morning.\nP: The bus was late.\n", encoding="utf-8")
    (session.parent / "grave.txt").write_text("T: Do you want to die?\nP: Yes.\n", encoding="utf-8")
    found = {each["session"]: each["risk"] for each in values("check", session.parent)["sessions"]}
    assert (found["calm"], found["grave"]) == (0, 1)
    exit_code, said = run("check", session.parent)
    assert (exit_code, "Read first" in said, "no sign of safety" in said) == (0, True, True)
    assert "no sign of safety" in run("check", session.parent / "calm.txt")[1]
    own = tmp_path / "gate.toml"
    own.write_text('without = ["MBT-RISK-1", "MBT-RISK-2", "MBT-RISK-3"]', encoding="utf-8")
    assert "Read first: turn 2" in run("check", session.parent / "grave.txt", "--gate", own)[1]


def test_withdrawn_risk_stays_listed(session: Path) -> None:
    grave = session.parent / "grave.txt"
    grave.write_text("T: And then?\nP: I want to die.\n", encoding="utf-8")
    assert run("correct", grave, "--turn", 2, "--withdraw", "risk-words", "--by", "anna", "--why", "a song")[0] == 0
    said = run("check", grave, "--page", session.parent / "page.html")[1]
    assert "Withdrawn by anna, because: a song." in said
    assert "corrected by anna" in said
    assert "Withdrawn by anna" in (session.parent / "page.html").read_text(encoding="utf-8")
    assert values("check", session.parent)["sessions"][0]["risk"] == 1


def test_danger_is_shown_first_where_nobody_is_known(tmp_path: Path) -> None:
    file = tmp_path / "speech.vtt"
    file.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nNo speaker here, I want to die.\n", encoding="utf-8")
    exit_code, said = run("check", file, "--page", tmp_path / "page.html")
    assert exit_code == 1
    assert said.startswith("Read first: turn 1")
    assert said.index("(line 3): No speaker here, I want to die") < said.index("neither therapist nor patient is known")
    assert "I want to die" in (tmp_path / "page.html").read_text(encoding="utf-8")
    moments = values("check", file)["findings"][0]["detail"]["rows"]
    assert [(row["turn"], row["words"]) for row in moments] == [(1, "No speaker here, I want to die.")]
    assert "I want to die" not in run("check", file, "--no-words")[1]
    exit_code, said = run("check", tmp_path)
    assert exit_code == 1
    assert "read line 3 of the file" in said
    (found,) = values("check", tmp_path)["sessions"]
    assert (found["risk"], found["read_first"], found["lines"], found["judged"]) == (1, [1], [3], False)


def test_a_measure_with_nothing_to_compare_is_told(tmp_path: Path) -> None:
    head = "turn,who,level,mentalizing,arousal\n1,T,2,,\n"
    (tmp_path / "one.csv").write_text(f"{head}2,P,,lost,high\n", encoding="utf-8")
    (tmp_path / "two.csv").write_text(f"{head}2,P,,not-seen,not-seen\n", encoding="utf-8")
    exit_code, said = run("agree", tmp_path / "one.csv", tmp_path / "two.csv")
    assert exit_code == 0
    for name in ("Mentalizing", "Arousal"):
        assert (
            f"{name}: nothing to compare: of 1 turn of the patient the first coding tells it in 1, the second in 0"
            in said
        )
    rows = {row["what"]: row for row in values("agree", tmp_path / "one.csv", tmp_path / "two.csv")["rows"]}
    assert [rows[what]["n"] for what in ("level", "mentalizing", "arousal")] == [1, 0, 0]


def refused(*args: object) -> list[str]:
    """Names of the files that are said to be there, each with the code file-exists."""
    result = RUN.invoke(app, ["session", *map(str, args), "--json"])
    problems = json.loads(result.stdout)
    assert (result.exit_code, {each["code"] for each in problems}) == (1, {"file-exists"})
    return [Path(each["file"]).name for each in problems]


def test_a_coding_is_written_over_nothing_unless_told(session: Path, tmp_path: Path) -> None:
    (tmp_path / "anna.csv").write_text("changed by hand", encoding="utf-8")
    assert refused("code", session, "--out", tmp_path / "anna.csv") == ["anna.csv"]
    assert (tmp_path / "anna.csv").read_text(encoding="utf-8") == "changed by hand"
    assert run("code", session, "--out", tmp_path / "anna.csv", "--overwrite")[0] == 0
    assert (tmp_path / "anna.csv").read_text(encoding="utf-8").startswith("turn,who")


def test_a_coding_is_never_written_over_its_transcript(tmp_path: Path) -> None:
    source = tmp_path / "tr.csv"
    source.write_text("speaker,text\nT,What?\nP,Nothing.\n", encoding="utf-8")
    (tmp_path / "link.csv").symlink_to(source)
    before = source.read_bytes()
    for to in ("tr.csv", "link.csv"):
        for more in ((), ("--overwrite",)):
            assert refused("code", source, "--out", tmp_path / to, *more) == [to]
    assert source.read_bytes() == before


def test_a_page_replaces_pages_and_findings_only(session: Path, tmp_path: Path) -> None:
    page, data = tmp_path / "s.html", tmp_path / "s.json"
    assert run("code", session, "--out", data)[0] == 0
    coding = data.read_bytes()
    assert refused("check", session, "--page", page) == ["s.json"]
    page.write_text("<p>Notes of my own</p>", encoding="utf-8")
    assert refused("check", session, "--page", page) == ["s.html", "s.json"]
    assert (data.read_bytes(), page.read_text(encoding="utf-8")) == (coding, "<p>Notes of my own</p>")
    page.unlink()
    assert refused("check", data, "--page", page) == ["s.json"]
    data.unlink()
    for _ in range(2):
        assert run("check", session, "--page", page)[0] == 0
    assert run("check", session, "--page", tmp_path / "s.pdf")[0] == 2
    assert not (tmp_path / "s.pdf").exists()


def test_without_words_the_reason_of_a_withdrawal_is_left_out(tmp_path: Path) -> None:
    grave = tmp_path / "grave.txt"
    grave.write_text("T: Do you want to die?\nP: I want to die.\n", encoding="utf-8")
    for turn, code in ((1, "risk-asked"), (2, "risk-words")):
        why = "He said it about Klara Privat, in a song."
        assert run("correct", grave, "--turn", turn, "--withdraw", code, "--by", "anna", "--why", why)[0] == 0
    for words, named in (((), True), (("--no-words",), False)):
        assert run("check", grave, "--page", tmp_path / "page.html", *words)[0] == 0
        whys = [row["why"] for row in values("check", grave, *words)["findings"][0]["detail"]["rows"]]
        assert len(whys) == 2
        for text in (*whys, *((tmp_path / name).read_text(encoding="utf-8") for name in ("page.html", "page.json"))):
            assert ("Klara Privat" in text) is named
            assert ("Withdrawn by anna; a reason was given and is left out here." in text) is not named


def test_what_was_guessed_is_told_for_folders_too(tmp_path: Path) -> None:
    said = "Ann: What happened then?\nTom: I was so sad, and I went home.\nAnn: How did you feel?\nTom: I felt alone, my head hurt.\n"
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_text(said + name)
    assert "Assumed of one and 1 more: Ann is taken for the therapist" in run("check", tmp_path)[1].replace("\n", " ")
    assert all("Ann is taken" in each["assumed"][0] for each in values("check", tmp_path)["sessions"])


def test_codes_that_nobody_gave_are_no_agreement(session: Path, tmp_path: Path) -> None:
    levels = ["turn,who,level,coder", *(f"{n},T,2,anna" for n in (1, 3))]
    (tmp_path / "anna.csv").write_text("\n".join(levels))
    made = values("agree", tmp_path / "anna.csv", session)
    assert {row["what"] for row in made["rows"]} <= {"level", "mentalizing", "arousal"}
    assert made["uncoded"] > 0
