"""Corrections: replayed in order, never deleting what the rules said; codings by hand; a coder of one's own."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forwhom.analysis.programme.session_page import session_record
from forwhom.io.codings import (
    FROM_RULES,
    append_correction,
    as_csv,
    as_dict,
    corrections_of,
    read_coding_file,
    read_corrections_file,
)
from forwhom.problems import ProblemsFound
from forwhom.programme.session import Transcript, Turn, check, code
from forwhom.programme.session.coder import Proposed, code_with
from forwhom.programme.session.corrections import Correction, digest_of, line, read_corrections, replay, wrong
from forwhom.programme.session.coverage import correctors, states_set
from forwhom.programme.session.hand import read_coding

AT = dt.datetime(2026, 3, 1, 10, tzinfo=dt.UTC)
SESSION = Transcript(
    "s",
    (
        Turn(1, "T", "therapist", "Can we go back? I'm sorry, I misunderstood you."),
        Turn(2, "P", "patient", "I just know he hates me. I'm so angry!"),
        Turn(3, "T", "therapist", "You must be furious."),
    ),
    fingerprint="abc",
)


def correction(turn: int, what: str, value: str, of: str = "abc") -> Correction:
    return Correction(turn, what, value, "anna", AT, "heard the tape", of)


def test_a_correction_keeps_what_the_rules_said() -> None:
    first = code(SESSION)
    made, problems = replay(
        first, [correction(1, "withdraw", "rewind"), correction(1, "add", "empathy"), correction(3, "level", "1")]
    )
    assert problems == ()
    kept = {mark.code: (mark.by, mark.withdrawn, mark.evidence) for mark in made.turns[0].marks}
    before = first.turns[0].mark("rewind")
    assert before is not None
    assert kept["rewind"] == ("rules", True, before.evidence)
    assert kept["empathy"][:2] == ("anna", False)
    assert (made.turns[0].level, made.turns[0].level_why) == (1, "empathy")
    assert (made.turns[2].level, made.turns[2].level_why) == (1, "set by anna, by rule no level")


def test_of_two_corrections_the_later_holds() -> None:
    steps = [
        correction(2, "mentalizing", "kept"),
        correction(2, "mentalizing", "doubtful"),
        correction(2, "withdraw", "just"),
        correction(2, "add", "just"),
    ]
    made, _ = replay(code(SESSION), steps)
    assert made.turns[1].mentalizing == "doubtful"
    assert "just" in made.turns[1].codes
    assert replay(code(SESSION), steps)[0] == made


def test_what_does_not_fit_is_told_and_left_out() -> None:
    steps = [
        correction(9, "level", "1"),
        correction(1, "add", "just"),
        correction(2, "level", "2"),
        correction(1, "level", "4", of="other"),
    ]
    made, problems = replay(code(SESSION), steps)
    assert [p.code for p in problems] == ["unknown-turn", "unknown-value", "unknown-value", "other-transcript"]
    assert made.turns[0].level == 2
    nobody = Correction(1, "level", "1", "", dt.datetime(2026, 3, 1), " ")
    assert [p.code for p in wrong(nobody, code(SESSION))] == ["no-reason", "no-zone"]


def test_lines_go_and_come_back_and_a_half_written_one_is_kept_aside(tmp_path: Path) -> None:
    path = tmp_path / "s.vtt"
    append_correction(path, correction(1, "level", "2"))
    with corrections_of(path).open("ab") as file:
        file.write(b'{"turn": 1, "wh')
    append_correction(path, correction(1, "level", "3"))
    read, problems = read_corrections_file(path)
    assert [each.value for each in read] == ["2", "3"]
    assert [(p.code, p.row) for p in problems] == [("broken-line", 2)]
    assert b'{"turn": 1, "wh\n' in corrections_of(path).read_bytes()
    again, _ = read_corrections(line(read[0]), "f")
    assert again[0].at == AT


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_a_coding_written_is_read_again(tmp_path: Path, kind: str) -> None:
    import json

    made = code(SESSION)
    path = tmp_path / f"s.{kind}"
    path.write_text(json.dumps(as_dict(made, SESSION)) if kind == "json" else as_csv(made), encoding="utf-8")
    again = read_coding_file(path)
    assert [(t.turn, t.role, t.level, t.mentalizing, t.arousal, t.mode) for t in again.turns] == [
        (t.turn, t.role, t.level, t.mentalizing, t.arousal, t.mode) for t in made.turns
    ]
    if kind == "json":
        assert again.turns == made.turns
    else:
        assert [t.codes for t in again.turns] == [{m.code for m in t.marks if m.confidence >= 0.5} for t in made.turns]


def test_words_can_be_left_out_of_a_file() -> None:
    assert "hates me" in str(as_dict(code(SESSION), SESSION))
    assert "hates me" not in str(as_dict(code(SESSION), SESSION, words=False))


def test_everything_wrong_in_a_coding_is_told_at_once() -> None:
    rows = [
        {"turn": 1, "who": "T", "level": 7, "codes": "rewindd"},
        {"turn": "x", "who": "T"},
        {"turn": 1, "who": "nobody"},
        {"turn": 1, "who": "P", "level": 2, "arousal": "wild", "codes": "rewind", "colour": "red"},
    ]
    with pytest.raises(ProblemsFound) as found:
        read_coding({"name": "s"}, rows, "s.csv")
    assert sorted(p.code for p in found.value.problems) == [
        "turn-twice", "unknown-code", "unknown-key", "wrong-level", "wrong-level", "wrong-turn", "wrong-value", "wrong-who", "wrong-who",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "[[turns]]\nturn = 1\nwho =",
        "x = 1",
        "[session]\nname = 'a'",
        "turns = 3",
        "[[turns]]\nturn=1\nwho='T'\n[other]\n",
    ],
)
def test_half_written_codings_are_problems(tmp_path: Path, text: str) -> None:
    path = tmp_path / "s.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProblemsFound):
        read_coding_file(path)


def test_a_coder_of_ones_own_is_held_to_the_transcript() -> None:
    good = [
        Proposed(1, "rewind", "go back", 0.8),
        Proposed(2, "just", "just"),
        Proposed(2, "strong-affect", "so angry", 0.9),
    ]
    made = code_with(lambda transcript, codes: good, SESSION, "mine")
    assert made.turns[0].level == 2
    assert made.turns[1].arousal == "high"
    assert [e.rule for t in made.turns for m in t.marks for e in m.evidence] == ["mine"] * 3
    bad = [
        Proposed(7, "just"),
        Proposed(1, "just"),
        Proposed(2, "just", "never said"),
        Proposed(2, "just", "just", 2.0),
    ]
    with pytest.raises(ProblemsFound) as found:
        code_with(lambda transcript, codes: bad, SESSION, "mine")
    assert [p.code for p in found.value.problems] == [
        "unknown-turn",
        "unknown-code",
        "words-not-there",
        "wrong-confidence",
    ]


def test_a_correction_is_tied_to_the_words_of_its_turn() -> None:
    on_words = replace(correction(3, "level", "1", of="before"), words=digest_of("You  must be furious."))
    made, problems = replay(code(SESSION), [on_words], transcript=SESSION)
    assert (made.turns[2].level, problems) == (1, ())
    elsewhere = replace(on_words, words=digest_of("You must be sad."))
    made, problems = replay(code(SESSION), [elsewhere], transcript=SESSION)
    assert made.turns[2] == code(SESSION).turns[2]
    assert [p.code for p in problems] == ["other-words"]
    assert read_corrections(line(on_words), "f")[0][0] == replace(on_words, row=1)


def test_a_short_answer_is_not_taken_for_another_in_a_changed_transcript() -> None:
    texts = ("Do you feel like ending your life?", "Yeah.", "And then?", " Yeah. ")
    turns = tuple(
        Turn(n, "TP"[n % 2 == 0], "patient" if n % 2 == 0 else "therapist", text) for n, text in enumerate(texts, 1)
    )
    now = Transcript("s", turns, fingerprint="new")
    old = replace(correction(4, "mentalizing", "lost", of="old"), words=digest_of("Yeah."))
    made, problems = replay(code(now), [old], transcript=now)
    assert made == code(now)
    assert [(p.code, "turns 2, 4 have its words" in p.found) for p in problems] == [("same-words", True)]
    same = replace(old, of="new")
    made, problems = replay(code(now), [same], transcript=now)
    assert (made.turns[3].mentalizing, problems) == ("lost", ())
    alone = replace(now, turns=(*turns[:1], replace(turns[1], text="Mm-hm."), *turns[2:]))
    made, problems = replay(code(alone), [old], transcript=alone)
    assert (made.turns[3].mentalizing, problems) == ("lost", ())


def test_a_correction_belongs_to_one_session_of_a_file() -> None:
    of_two = {"session": "1", "sessions": ["1", "2"]}
    lines = [replace(correction(1, "level", "1"), session=each) for each in ("1", "2", "3", "")]
    made, problems = replay(code(SESSION), lines[:2], **of_two)
    assert (made.turns[0].level, made.turns[0].level_why.startswith("set by anna"), problems) == (1, True, ())
    made, problems = replay(code(SESSION), lines[1:], **of_two)
    assert made == code(SESSION)
    assert [p.code for p in problems] == ["unknown-session", "which-session"]
    alone, problems = replay(code(SESSION), [lines[3]], session="1", sessions=["1"])
    assert (alone.turns[0].level, problems) == (1, ())


def test_what_is_not_there_cannot_be_withdrawn() -> None:
    assert [p.code for p in wrong(correction(1, "withdraw", "empathy"), code(SESSION))] == ["not-there"]
    twice = [correction(1, "withdraw", "rewind")] * 2
    assert [p.code for p in replay(code(SESSION), twice)[1]] == ["not-there"]


LOST = Transcript(
    "s",
    (
        Turn(1, "P", "patient", "I don't want to talk about it anymore. There is no point in talking."),
        Turn(2, "T", "therapist", "You must be furious."),
        Turn(3, "P", "patient", "Yes, exactly."),
    ),
)


def test_withdrawing_a_sign_changes_its_state_those_carried_on_and_what_answers_it() -> None:
    first = code(LOST)
    assert (first.turns[0].mentalizing, first.turns[2].mode) == ("doubtful", "pretend")
    made, problems = replay(first, [correction(1, "withdraw", "closing-down", of="")], transcript=LOST)
    assert problems == ()
    assert made.turns[0].mentalizing == "not-seen"
    assert (made.turns[2].lost or 0) < (first.turns[2].lost or 0)
    made, _ = replay(first, [correction(2, "withdraw", "telling-feeling", of="")], transcript=LOST)
    agreed = next(mark for mark in made.turns[2].marks if mark.code == "easy-agreement")
    assert (agreed.withdrawn, agreed.withdrawn_by) == (True, "rules")
    assert made.turns[2].mode is None
    back = [correction(2, what, "telling-feeling", of="") for what in ("withdraw", "add")]
    again, _ = replay(first, back, transcript=LOST)
    assert "easy-agreement" in again.turns[2].codes


def test_states_set_by_a_person_are_carried_on() -> None:
    made, _ = replay(code(LOST), [correction(1, "mentalizing", "kept", of="")], transcript=LOST)
    assert (made.turns[0].mentalizing, made.turns[0].lost) == ("kept", None)
    assert (made.turns[2].lost or 0) < (code(LOST).turns[2].lost or 0)


def test_without_the_transcript_states_are_told_to_be_as_they_were() -> None:
    made, problems = replay(code(LOST), [correction(1, "withdraw", "closing-down", of="")])
    assert [p.code for p in problems] == ["states-not-settled"]
    assert made.turns[0].mentalizing == "doubtful"


def test_a_withdrawn_word_of_risk_stays_a_place_with_who_and_why() -> None:
    said = Transcript("s", (Turn(1, "P", "patient", "I want to die."), Turn(2, "X", "other", "She took an overdose.")))
    made, _ = replay(code(said), [correction(n, "withdraw", "risk-words", of="") for n in (1, 2)], transcript=said)
    found = [m for m in check(made, said).moments if m.rule == "MBT-RISK-1"]
    assert [m.turn for m in found] == [1, 2]
    assert all("Withdrawn by anna, because: heard the tape." in m.why for m in found)
    import json

    kept = read_coding({"name": "s"}, json.loads(json.dumps(as_dict(made)))["turns"], "s.json")
    assert [m.why for m in check(kept).moments if m.rule == "MBT-RISK-1"] == [m.why for m in found]


def test_marks_and_level_of_a_coder_of_ones_own_are_kept() -> None:
    first = code_with(lambda transcript, codes: [Proposed(1, "relationship", "go back", 0.9)], SESSION, "mine")
    made, _ = replay(first, [correction(1, "add", "relationship"), correction(1, "level", "2")], transcript=SESSION)
    marks = [(mark.by, len(mark.evidence)) for mark in made.turns[0].marks if mark.code == "relationship"]
    assert marks == [("mine", 1), ("anna", 0)]
    assert made.turns[0].level_why == "set by anna, by mine level 4"


def boom(transcript: Transcript, codes: object) -> list[Proposed]:
    raise RuntimeError("model down")


@pytest.mark.parametrize(
    ("coder", "says"), [(boom, "model down"), (lambda *_: None, "nothing back"), (lambda *_: ["just"], "gives str")]
)
def test_a_coder_that_fails_is_told_and_not_used(coder: object, says: str) -> None:
    with pytest.raises(ProblemsFound, match=says):
        code_with(coder, SESSION, "mine")


def test_a_table_from_the_rules_is_not_called_coded_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(as_csv(code(SESSION)), encoding="utf-8")
    read = read_coding_file(path)
    assert (read.by, read.of) == (FROM_RULES, SESSION.fingerprint)
    path.write_text(path.read_text(encoding="utf-8").replace(",rules,", ",anna,"), encoding="utf-8")
    assert read_coding_file(path).by == "anna"
    path.write_text("turn,who,level\n1,T,2\n", encoding="utf-8")
    assert read_coding_file(path).by == "by hand"


@pytest.mark.parametrize("turn", ["1e400", "1" + "0" * 400, "NaN", "-Infinity", "1.5"])
def test_a_correction_of_no_turn_is_told_and_passed_over(turn: str) -> None:
    good = line(correction(2, "mentalizing", "kept"))
    broken = good.replace('"turn": 2', f'"turn": {turn}')
    assert broken != good
    kept, problems = read_corrections(f"{broken}\n{good}\n", "s.corrections.jsonl")
    assert [each.turn for each in kept] == [2]
    assert [(each.code, each.row, each.severity) for each in problems] == [("broken-line", 1, "notice")]
    assert "interrupted" not in (problems[0].found or "")


def test_numbers_that_are_none_in_a_coding_are_told_together() -> None:
    rows: list[dict[str, Any]] = [
        {"turn": float("nan"), "who": "T"},
        {"turn": "inf", "who": "T", "level": 2},
        {"turn": 10**400, "who": "T"},
        {"turn": 1, "who": "T", "level": float("inf")},
        {"turn": 2, "who": "P", "lost": float("inf"), "stirred": "nan"},
        {"turn": 3, "who": "P", "codes": 5},
        {"turn": 4, "who": "P", "marks": 1.5},
        {"turn": 5, "who": "P", "marks": [{"code": "just", "confidence": 1, "evidence": [{"rule": "x", "start": 1e400, "end": 2}]}]},
    ]  # fmt: skip
    with pytest.raises(ProblemsFound) as found:
        read_coding({"name": "s", "coder": "anna"}, rows, "s.csv")
    told = [(each.row, each.column) for each in found.value.problems]
    assert told == [
        (1, "turn"),
        (2, "turn"),
        (3, "turn"),
        (4, "level"),
        (5, "lost"),
        (5, "stirred"),
        (6, "codes"),
        (7, "marks"),
        (8, "marks"),
    ]


def test_a_coder_that_gives_wrong_kinds_is_told_with_all_of_them() -> None:
    odd: list[Any] = [
        Proposed(1, "rewind", "back", "0.5"),  # type: ignore[arg-type]
        Proposed(1, "rewind", 7),  # type: ignore[arg-type]
        Proposed(1, ["rewind"]),  # type: ignore[arg-type]
        Proposed([1], None, confidence=None),  # type: ignore[arg-type]
        Proposed(1.0, "rewind"),  # type: ignore[arg-type]
        Proposed(9, "rewind"),
        Proposed(1, "rewind", confidence=float("nan")),
    ]
    with pytest.raises(ProblemsFound) as found:
        code_with(lambda transcript, codes: odd, SESSION, "mine")
    told = [(each.row, each.code) for each in found.value.problems]
    assert told == [*((row, "wrong-proposal") for row in range(1, 6)), (6, "unknown-turn"), (7, "wrong-confidence")]
    assert "turn '[1]' is no whole number; code 'None' is no text" in (found.value.problems[3].found or "")


def test_numbers_of_an_array_are_numbers() -> None:
    given = [Proposed(np.int64(1), "rewind", "go back", np.float32(0.75))]  # type: ignore[arg-type]
    made = code_with(lambda transcript, codes: given, SESSION, "mine")
    assert json.loads(json.dumps(as_dict(made)))["turns"][0]["marks"][0]["confidence"] == 0.75


@pytest.mark.parametrize("name", ["rules", "hand", " Rules ", "by hand", "mine:coder"])
def test_a_correction_is_made_by_a_person(name: str) -> None:
    coded = code_with(lambda transcript, codes: [Proposed(1, "rewind", "go back", 0.8)], SESSION, "mine:coder")
    nobody = replace(correction(3, "level", "1"), by=name)
    assert [p.code for p in wrong(nobody, coded)] == ["no-person"]
    made, problems = replay(coded, [nobody], transcript=SESSION)
    assert (made, [p.code for p in problems]) == (coded, ["no-person"])


def test_who_coded_by_hand_may_correct() -> None:
    coded = read_coding({"name": "s", "coder": "anna"}, [{"turn": 1, "who": "T", "level": 2}], "s.csv")
    assert wrong(correction(1, "level", "1"), coded) == ()


def test_a_state_that_a_person_set_names_them_and_why_wherever_it_is_told() -> None:
    said = (
        Turn(1, "P", "patient", "I'm furious! She hates me, that's just how it is. I don't want to talk about it."),
        Turn(2, "T", "therapist", "How do you feel about me right now, between us?"),
    )
    transcript = Transcript("s", said, fingerprint="abc")
    coded = code(transcript)
    assert [m.rule for m in check(coded).deviations] == ["MBT-GATE-1"]
    calm = [correction(1, "mentalizing", "kept"), correction(1, "arousal", "low")]
    made, problems = replay(coded, calm, transcript=transcript)
    assert problems == ()
    assert check(made).deviations == ()
    assert made.turns[0].mode is None
    assert correctors(made) == ("anna",)
    (told,) = states_set(made)
    assert "mentalizing set to kept by anna, was lost: heard the tape" in told
    (bare,) = states_set(made, reasons=False)
    assert "by anna" in bare
    assert "tape" not in bare
    assert any("set to kept by anna" in each.text for each in session_record(made, transcript).findings[1].cautions)


def test_a_mode_by_hand_is_lost_mentalizing_and_signs_alone_make_states() -> None:
    rows = [
        {"turn": 1, "who": "P", "arousal": "high", "mode": "psychic-equivalence"},
        {"turn": 2, "who": "T", "level": 4},
    ]
    assert [m.rule for m in check(read_coding({"name": "s"}, rows, "s.csv")).deviations] == ["MBT-GATE-1"]
    rows[0] = {"turn": 1, "who": "P", "codes": "strong-affect; certainty; closing-down; mind-reading; agitation"}
    assert [m.rule for m in check(read_coding({"name": "s"}, rows, "s.csv")).deviations] == ["MBT-GATE-1"]


def test_a_coder_that_ends_the_program_is_told() -> None:
    def ends(transcript: Transcript, codes: object) -> list[Proposed]:
        raise SystemExit(0)

    with pytest.raises(ProblemsFound) as found:
        code_with(ends, SESSION, "mine")
    assert [each.code for each in found.value.problems] == ["coder-failed"]


def test_one_word_on_the_therapist_makes_no_departure_of_steps_coded_by_hand() -> None:
    steps = [
        "validation",
        "what-question",
        "own-part; relationship; question",
        "alternative; relationship",
        "summary; relationship",
    ]
    rows = []
    for n, codes in enumerate(steps):
        rows += [{"turn": 2 * n + 1, "who": "T", "codes": codes, **({"level": 4} if n > 1 else {})}]
        rows += [
            {
                "turn": 2 * n + 2,
                "who": "P",
                "mentalizing": "kept",
                "arousal": "low",
                "codes": "on-therapist" if n == 2 else "",
            }
        ]
    assert not [
        m for m in check(read_coding({"name": "s", "coder": "anna"}, rows, "s.csv")).moments if m.rule == "MBT-STEPS-1"
    ]
