"""The gate on coded sessions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.programme.session import CodedTurn, Coding, Transcript, Turn, check
from forwhom.programme.session.hand import read_coding
from forwhom.programme.session.model import AROUSAL, MENTALIZING


def coding(*rows: dict[str, Any]) -> Coding:
    return read_coding({"name": "s", "coder": "anna"}, [{"turn": k} | row for k, row in enumerate(rows, 1)], "s.toml")


def rules(made: Coding, transcript: Transcript | None = None) -> list[tuple[str, int | None]]:
    return [(moment.rule, moment.turn) for moment in check(made, transcript).moments]


def P(mentalizing: str, arousal: str, codes: str = "") -> dict[str, Any]:
    return {"who": "P", "mentalizing": mentalizing, "arousal": arousal, "codes": codes}


def T(level: int | None = None, codes: str = "") -> dict[str, Any]:
    return {"who": "T", "level": level, "codes": codes}


@pytest.mark.parametrize("level", [1, 2, 3, 4])
@pytest.mark.parametrize("mentalizing", MENTALIZING)
@pytest.mark.parametrize("arousal", AROUSAL)
def test_the_gate_closes_exactly_when_aroused_and_not_mentalizing(level: int, mentalizing: str, arousal: str) -> None:
    found = [rule for rule, _ in rules(coding(P(mentalizing, arousal), T(level))) if "GATE" in rule]
    high_and_lost = level > 2 and mentalizing == "lost"
    assert found == (["MBT-GATE-1" if arousal != "low" else "MBT-GATE-2"] if high_and_lost else [])


def test_what_is_before_the_patients_first_word_is_not_judged() -> None:
    made = check(coding(T(4), P("lost", "high")))
    assert made.unjudged == 1
    assert [m.rule for m in made.moments] == ["MBT-TREND-1"]


def test_another_perspective_before_the_first_three_steps_is_too_early() -> None:
    early = coding(
        T(4, "relationship; alternative"), T(4, "own-part; relationship"), T(1, "validation"), T(2, "what-question")
    )
    found = [m for m in check(early).moments if m.rule == "MBT-STEPS-1"]
    assert found[0].turn == 1
    assert "accept one's own part" in found[0].why
    right = coding(
        T(1, "validation"), T(2, "what-question"), T(4, "own-part; relationship"), T(4, "alternative; relationship")
    )
    assert not [rule for rule, _ in rules(right) if rule == "MBT-STEPS-1"]


def test_the_reaction_is_to_be_asked_for() -> None:
    start = [T(1, "validation"), T(2, "what-question"), T(4, "own-part; relationship"), T(4, "summary; relationship")]
    assert ("MBT-STEPS-2", 4) in rules(coding(*start, T(2, "question")))
    assert ("MBT-STEPS-2", 4) not in rules(coding(*start, T(2, "monitoring")))


def test_lost_mentalizing_that_nobody_takes_up() -> None:
    lost = P("lost", "low")
    assert ("MBT-LOSS-1", 1) in rules(coding(lost, T(2, "question"), lost, T(2, "question"), lost))
    assert ("MBT-LOSS-1", 1) not in rules(coding(lost, T(2, "rewind"), lost, T(2, "question"), lost))


def test_warnings_of_the_paper_are_reported() -> None:
    made = coding(
        T(None, "telling-feeling"),
        P("kept", "low", "easy-agreement"),
        T(None, "link-to-past; explaining"),
        P("kept", "low", "risk-words"),
    )
    assert set(rules(made)) == {
        ("MBT-TELL-1", 1),
        ("MBT-TELL-2", 2),
        ("MBT-PAST-1", 3),
        ("MBT-EXPLAIN-1", 3),
        ("MBT-RISK-1", 4),
    }


def test_words_and_times_when_there_is_a_transcript() -> None:
    said = Transcript(
        "s",
        (
            Turn(1, "T", "therapist", "word " * 90, 0.0, 30.0),
            Turn(2, "P", "patient", "No.", 100.0, 101.0),
            Turn(3, "T", "therapist", "Mm.", 102.0, None),
        ),
    )
    made = coding(T(), P("kept", "low"), T())
    assert rules(made, said) == [("MBT-SILENCE-1", 2), ("MBT-ACTIVE-2", None)]
    assert rules(made) == []


def test_many_why_questions() -> None:
    many = coding(*[T(2, "why-question")] * 3, T(2, "what-question"))
    assert ("MBT-WHY-1", None) in rules(many)


_TURN = st.one_of(
    st.builds(P, st.sampled_from(MENTALIZING), st.sampled_from(AROUSAL)),
    st.builds(T, st.sampled_from([None, 1, 2, 3, 4])),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(_TURN, max_size=14))
def test_every_turn_above_the_gate_is_reported_once(rows: list[dict[str, Any]]) -> None:
    made = coding(*rows)
    state: CodedTurn | None = None
    expected = []
    for turn in made.turns:
        if turn.role == "patient":
            state = turn
        elif turn.level in (3, 4) and state is not None and state.mentalizing == "lost":
            expected.append(turn.turn)
    assert sorted(m.turn for m in check(made).moments if "GATE" in m.rule) == expected  # type: ignore[type-var]
