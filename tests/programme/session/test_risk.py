"""Words of self-harm and death: found whoever speaks and whoever codes, shown when withdrawn, never read as safe."""

from __future__ import annotations

from pathlib import Path

import pytest

from forwhom.io.codings import as_csv, read_coding_file
from forwhom.programme.session import Transcript, Turn, check, code, shipped
from forwhom.programme.session.coder import Proposed, code_with
from forwhom.programme.session.model import Coding
from forwhom.programme.session.risk import CODES, NOT_SAFE, in_words, places, turns_with

ROLES = {"T": "therapist", "P": "patient", "O": "other", "U": "unknown"}


def session(*said: tuple[str, str]) -> Transcript:
    return Transcript("s", tuple(Turn(n, who, ROLES[who], text) for n, (who, text) in enumerate(said, 1)))


def sentences(part: str) -> list[str]:
    text = (Path(__file__).parent / "risk_sentences.txt").read_text(encoding="utf-8")
    return text.split(f"# {part}\n")[1].split("\n#")[0].strip().split("\n")


@pytest.mark.parametrize("who", ["P", "O", "U"])
def test_every_sentence_of_the_list_is_found_whoever_speaks(who: str) -> None:
    assert [each for each in sentences("risk") if not turns_with(code(session((who, each))))] == []


@pytest.mark.parametrize("sign", ["´", "′", "’", "\ufffd"])
def test_it_is_found_however_the_apostrophe_is_written(sign: str) -> None:
    written = [each.replace("'", sign) for each in sentences("risk") if "'" in each]
    assert [each for each in written if not turns_with(code(session(("P", each))))] == []


def test_without_its_apostrophe_nearly_every_sentence_is_found() -> None:
    written = [each.replace("'", "") for each in sentences("risk") if "'" in each]
    missed = [each for each in written if not turns_with(code(session(("P", each))))]
    # Words that are others without the sign: "ill", "id", "hell", "lifes".
    assert len(missed) <= 0.08 * len(written), missed


def test_every_question_of_a_therapist_is_found() -> None:
    assert [each for each in sentences("asked") if not turns_with(code(session(("T", each))))] == []


@pytest.mark.parametrize("who", ["T", "P", "O"])
def test_false_hits_on_ordinary_sentences_are_few(who: str) -> None:
    ordinary = sentences("ordinary")
    hits = [each for each in ordinary if turns_with(code(session((who, each))))]
    assert len(hits) <= 0.15 * len(ordinary), hits


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("I AM.", "a yes"),
        ("Yes.", "a yes"),
        ("Yes, a lot.", "a yes"),
        ("Sometimes.", "a yes"),
        ("No.", "denied here. A denial is not safety"),
        ("[cries] No.", "read it"),
        ("Not really.", "read it"),
        ("I don't think so.", "read it"),
        ("I don't know. I'm not sure I can.", "read it"),
        ("Not sure.", "read it"),
        ("It depends on the day, and on him.", "read it"),
        ("(silence)", "no words follow"),
    ],
)
def test_a_direct_question_is_shown_with_its_answer_whatever_it_is(answer: str, told: str) -> None:
    said = session(("T", "Are you thinking of killing yourself?"), ("P", answer), ("T", "I see."))
    found = [m for m in check(code(said), said).moments if m.rule == "MBT-RISK-2"]
    assert [(m.turn, m.because) for m in found] == [(2, (1,))]
    assert told in found[0].why


def test_means_asked_for_and_a_question_nobody_answers() -> None:
    said = session(("T", "Have you got tablets at home?"), ("P", "Yes, a lot."), ("T", "Do you want to die?"))
    assert [(p.turn, p.because) for p in places(code(said), said)] == [(2, (1,)), (3, ())]


def test_the_rules_look_for_risk_beside_a_coder_of_ones_own() -> None:
    said = session(
        ("T", "Do you want to die?"), ("P", "Yes."), ("P", "I cut last night."), ("U", "He took an overdose.")
    )
    made = code_with(lambda transcript, codes: [Proposed(2, "just", "Yes", 0.9)], said, "mine")
    assert turns_with(made) == (2, 3, 4)
    marks = {(mark.code, mark.by) for turn in made.turns for mark in turn.marks}
    assert ("just", "mine") in marks
    assert {by for name, by in marks if name in CODES} == {"rules"}


def test_finding_nothing_is_never_told_as_safe() -> None:
    assert NOT_SAFE in in_words(code(session(("P", "The bus was late."))))
    assert "were not searched" in in_words(Coding("s", "anna", ()))
    assert NOT_SAFE not in in_words(code(session(("P", "I want to die."))))


def test_nothing_takes_a_wording_of_risk_away() -> None:
    """Quoted, denied, said of others or long ago: shown all the same."""
    assert not CODES & set(shipped().shielded)
    for text in (
        'He said "I want to die".',
        "I used to cut myself.",
        "I never wanted to kill myself.",
        "She was suicidal.",
    ):
        assert turns_with(code(session(("P", text)))) == (1,), text


@pytest.mark.parametrize("who", ["O", "U"])
def test_a_coding_with_risk_in_a_turn_of_somebody_else_is_read_again(tmp_path: Path, who: str) -> None:
    made = code(session(("T", "And then?"), (who, "She took an overdose.")))
    (tmp_path / "s.csv").write_text(as_csv(made), encoding="utf-8")
    assert turns_with(read_coding_file(tmp_path / "s.csv")) == (2,)
