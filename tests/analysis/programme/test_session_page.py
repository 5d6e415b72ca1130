"""Agreement of two codings, the supervision page, many sessions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from forwhom.analysis.programme.session_agreement import agree
from forwhom.analysis.programme.session_folder import summary
from forwhom.analysis.programme.session_page import session_record
from forwhom.findings.record import from_json, to_json
from forwhom.io.transcripts import read_file
from forwhom.programme.session import Transcript, Turn, code
from forwhom.programme.session.coder import Proposed, code_with
from forwhom.programme.session.hand import read_coding
from forwhom.report.render import render


@pytest.fixture(scope="module")
def example(root: Path) -> Transcript:
    return read_file(root / "examples/sessions/session-03.vtt").transcript


def test_the_page_is_drawn_from_the_record_alone_and_says_that_it_is_simulated(example: Transcript) -> None:
    record = session_record(code(example), example)
    text = to_json(record)
    assert from_json(text) == record
    page = render(from_json(text))
    assert page == render(record)
    assert "SIMULATED" in page
    assert "terribly rejected" in page
    assert [f.id for f in record.findings] == [
        f"session.{n}" for n in ("moments", "safe_levels", "steps", "balance", "codes")
    ]


def test_words_can_be_left_out_of_the_page(example: Transcript) -> None:
    text = to_json(session_record(code(example), example, words=False))
    assert not [turn.text for turn in example.turns if len(turn.text) > 25 and turn.text[:25] in text]


def test_departures_of_the_example_are_on_its_page(example: Transcript) -> None:
    by_id = {finding.id: finding for finding in session_record(code(example), example).findings}
    moments = by_id["session.moments"].detail
    assert {(row.rule, row.turn) for row in moments.rows} >= {("MBT-TELL-1", 9), ("MBT-PAST-1", 11), ("MBT-TELL-2", 10)}
    assert "aroused and not mentalizing" in by_id["session.safe_levels"].statement


def test_risk_stands_first_and_each_moment_names_its_codes_with_their_confidence() -> None:
    session = Transcript(
        "s",
        (
            Turn(1, "T", "therapist", "You must be furious."),
            Turn(2, "P", "patient", "I want to kill myself. I just know you hate me! I can't stand it."),
            Turn(3, "T", "therapist", "What is happening between us right now?"),
        ),
    )
    moments, levels, *_ = session_record(code(session), session).findings
    rows = moments.detail.rows
    assert rows[0].rule.startswith("MBT-RISK")
    assert moments.statement.startswith("Read first")
    gate = next(row for row in rows if row.rule == "MBT-GATE-1")
    assert "Mentalizing the relationship 0.75 “happening between us”" in gate.led
    assert "Strong feeling" in gate.led
    assert "came while the patient was aroused" in levels.statement


def test_level_4_after_a_turn_that_tells_nothing_is_not_called_safe() -> None:
    session = Transcript(
        "s",
        (
            Turn(1, "P", "patient", "We walked along the water."),
            Turn(2, "T", "therapist", "What is happening between us right now?"),
        ),
    )
    levels = session_record(code(session), session).findings[1]
    assert "1 cannot be judged" in levels.statement


def test_one_speaker_declines_with_a_reason() -> None:
    alone = Transcript("s", (Turn(1, "T", "therapist", "What is it?"),))
    record = session_record(code(alone), alone)
    status = {finding.id: finding.status for finding in record.findings}
    assert status["session.safe_levels"] == status["session.balance"] == "declined"
    assert status["session.steps"] == "not_applicable"
    render(record)


def test_the_second_example_takes_the_steps_in_order(root: Path) -> None:
    later = read_file(root / "examples/sessions/session-31.vtt").transcript
    made = summary(code(later), later)
    assert (made.departures, made.gate) == (0, 0)
    assert made.high >= 2


def test_agreement_per_code_and_per_session() -> None:
    def coding(levels: list[int], codes: list[str], name: str) -> object:
        rows = [
            {"turn": k, "who": "T", "level": level, "codes": code_}
            for k, (level, code_) in enumerate(zip(levels, codes, strict=True), 1)
        ]
        return read_coding({"name": name, "coder": name}, rows, "f.csv")

    one = [coding([1, 2, 3, 4, 2, 1], ["empathy", "", "rewind", "", "rewind", ""], "a") for _ in range(4)]
    two = [
        coding([1, 2, 4, 4, 2, k % 2 + 1], ["empathy", "", "rewind", "", "", "rewind" if k else ""], "b")
        for k in range(4)
    ]
    found = agree(list(zip(one, two, strict=True)))
    rows = {row.what: row for row in found.rows}
    assert rows["empathy"].kappa.value == 1.0
    assert rows["level"].n == 24
    assert rows["level"].quadratic is not None
    assert (rows["level"].quadratic.value or 0) > (rows["level"].kappa.value or 0)
    assert (rows["rewind"].first, rows["rewind"].second) == (8, 7)
    assert rows["rewind"].kappa.low is not None
    assert {row.what for row in found.per_session} == {"empathy", "rewind"}
    assert "certainty" not in rows


def test_the_page_says_who_coded_what_is_not_coded_and_risk_whatever_the_gate() -> None:
    said = Transcript(
        "s",
        (
            Turn(1, "T", "therapist", "Good morning."),
            Turn(2, "P", "patient", "The bus was late."),
            Turn(3, "X", "other", "She took an overdose."),
        ),
    )
    coding = code_with(lambda transcript, codes: [Proposed(2, "just", "The bus")], said, "mine")
    record = session_record(coding, said, gate=())
    by_id = {finding.id: finding for finding in record.findings}
    assert by_id["session.moments"].statement.startswith("Read first: turn 3")
    assert "one is not" in by_id["session.moments"].statement
    assert "by a person" not in by_id["session.codes"].statement
    page = render(record)
    assert "proposed by mine" in page
    assert "made from words by rule" not in page
    assert "1 of 3 turns is of nobody known" in page
    calm = replace(said, turns=said.turns[:2])
    found = next(f for f in session_record(code(calm), calm).findings if f.id == "session.moments")
    assert "no sign of safety" in found.statement
