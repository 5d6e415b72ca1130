"""The gate on coded sessions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.programme.session import Coding, Transcript, Turn, check, code
from forwhom.programme.session.coverage import loose_told, not_judged
from forwhom.programme.session.hand import read_coding
from forwhom.programme.session.model import AROUSAL, MENTALIZING
from forwhom.programme.session.standing import closed


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
    lost, stirred = mentalizing == "lost", arousal in ("raised", "high")
    expected = "MBT-GATE-1" if lost and stirred else "MBT-GATE-2" if lost else ""
    if not lost and (mentalizing == "doubtful" or arousal == "high"):
        expected = "MBT-GATE-3"
    found = [rule for rule, _ in rules(coding(P(mentalizing, arousal), T(level))) if "GATE" in rule]
    assert found == ([expected] if level > 2 and expected else [])


def test_where_nothing_was_seen_no_higher_level_is_called_safe_and_none_is_reported() -> None:
    made = check(coding(P("not-seen", "not-seen"), T(4)))
    assert made.unjudged == (2,)
    assert not_judged(made).startswith("1 turn of level 3 or 4 cannot be judged (turn 2): no sign")
    assert not [m for m in made.moments if "GATE" in m.rule]


@pytest.mark.parametrize("arousal", ["raised", "high"])
def test_arousal_with_mentalizing_unknown_is_a_look_with_the_turn(arousal: str) -> None:
    made = check(coding(P("not-seen", arousal), T(4)))
    assert [(m.rule, m.turn, m.because) for m in made.moments if "GATE" in m.rule] == [("MBT-GATE-3", 2, (1,))]
    assert made.unjudged == ()


@pytest.mark.parametrize(
    "between", [[P("not-seen", "not-seen")], [{"who": "P"}], [P("not-seen", "not-seen"), T(2)] * 5]
)
def test_a_turn_nobody_could_judge_opens_no_gate(between: list[dict[str, Any]]) -> None:
    made = check(coding(P("lost", "high"), *between, T(4)))
    (moment,) = made.of("safe-levels")
    assert (moment.turn, moment.because) == (len(between) + 2, (1,))
    assert "no clear recovery" in moment.why
    assert made.deviations


def test_recovery_opens_the_gate() -> None:
    assert not check(coding(P("lost", "high"), P("kept", "not-seen"), P("not-seen", "not-seen"), T(4))).deviations
    calm = check(coding(P("lost", "high"), P("not-seen", "low"), T(4)))
    assert [m.rule for m in calm.moments if "GATE" in m.rule] == ["MBT-GATE-2"]


def test_by_rule_too_only_a_sign_of_recovery_opens_a_closed_gate() -> None:
    storm = "I just know you hate me. You don't care about me. I'm so furious, I can't stand it!"
    question = "What is going on between you and me right now?"
    still = said(storm, "Mm.", "Yeah.", "Mm.", "We had soup at my sister's house on Sunday evening.", question)
    (moment,) = check(code(still), still).of("safe-levels")
    assert (moment.turn, moment.because) == (6, (1,))
    assert "turns 3 and 5 of the patient since show no clear recovery" in moment.why
    better = said(storm, "Mm.", "Yeah.", "Mm.", "I think I was wrong about you. Maybe I was scared.", question)
    assert not check(code(better), better).of("safe-levels")


def test_a_weak_sign_is_never_told_as_no_sign() -> None:
    weak_signs = said("He always wins.", "What is going on between you and me right now?")
    made = check(code(weak_signs), weak_signs)
    assert made.weak == made.unjudged == (2,)
    assert "what is seen before turn 2 is weak, has passed, or is of arousal or mentalizing alone" in not_judged(made)
    assert "no sign" not in not_judged(made)


def test_own_part_acknowledged_in_a_storm_is_a_look() -> None:
    made = check(coding(P("lost", "high"), T(4, "own-part; relationship; question")))
    (moment,) = [m for m in made.moments if "GATE" in m.rule]
    assert (moment.rule, moment.grade) == ("MBT-GATE-4", "look")
    assert "own part acknowledged" in moment.why


def test_near_the_gate_the_numbers_are_told() -> None:
    said = (
        Turn(1, "P", "patient", "I'm not fucking angry! You don't care. I can't breathe."),
        Turn(2, "T", "therapist", "What is going on between you and me right now?"),
    )
    session = Transcript("s", said)
    (moment,) = [m for m in check(code(session), session).moments if "GATE" in m.rule]
    assert moment.rule == "MBT-GATE-3"
    assert "high from 0.45" in moment.why
    assert "lost from 0.45" in moment.why


def test_what_is_before_the_patients_first_word_is_not_judged() -> None:
    made = check(coding(T(4), P("lost", "high")))
    assert made.unjudged == (1,)
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


def test_all_six_steps_are_held_against_the_sequence() -> None:
    codes = ("own-part", "what-question", "empathy", "monitoring", "summary", "alternative")
    backwards = coding(*(T(4, f"relationship; {each}") for each in codes))
    found = {m.turn: m for m in check(backwards).of("steps-in-sequence")}
    assert sorted(found) == [2, 3, 5, 6]
    assert {m.grade for m in found.values()} == {"look"}
    assert "step 3 (accept one's own part, turn 1)" in found[2].why
    assert found[6].because == (5, 4)
    right = coding(
        *(T(4, f"relationship; {each}") for each in ("empathy", "what-question", "own-part", "monitoring", "alternative")),
        T(4, "summary; relationship"), T(2, "monitoring; validation"),
    )  # fmt: skip
    assert not check(right).of("steps-in-sequence"), "a reaction may be asked for twice, the feeling validated again"


def test_a_step_too_early_is_told_once() -> None:
    early = coding(T(4, "relationship; alternative"), T(4, "own-part"), T(1, "validation"), T(2, "what-question"))
    rules_of = [(m.rule, m.turn) for m in check(early).moments if "STEPS" in m.rule]
    assert ("MBT-STEPS-1", 1) in rules_of
    assert {turn for rule, turn in rules_of if rule == "MBT-STEPS-4"} == {3, 4}


def test_steps_by_rule_say_how_sure_they_are() -> None:
    session = said(
        "You yawned.", "I'm sorry, that was me. What happens between us now?",
        "Nothing.", "I can see how painful it is to be here with me today.",
    )  # fmt: skip
    (moment, *_) = check(code(session), session).of("steps-in-sequence")
    assert moment.turn == 4
    assert "confidence 0." in moment.why


def test_without_level_4_the_steps_are_shown_and_not_judged() -> None:
    made = check(coding(T(1, "validation"), T(None, "own-part"), T(2, "question")))
    assert made.episodes == ()
    assert made.loose is not None
    assert made.loose.seen == {1: 1, 3: 2}
    assert "the order of the six steps was not asked" in loose_told(made.loose)
    assert loose_told(check(coding(T(4, "own-part"))).loose) == ""


def said(*parts: str) -> Transcript:
    roles = (("P", "patient"), ("T", "therapist"))
    return Transcript("s", tuple(Turn(k, *roles[(k - 1) % 2], text) for k, text in enumerate(parts, 1)))


def test_steps_count_only_where_they_are_tied_to_the_relationship() -> None:
    elsewhere = said(
        "My sister did not text me.",
        "That sounds really painful. How did you feel when nothing came?",
        "Bad.",
        "What is happening between us right now?",
    )
    (stretch,) = check(code(elsewhere), elsewhere).episodes
    assert 1 not in stretch.seen
    assert stretch.seen.get(2) in (None, 4)
    here = said("You yawned.", "That sounds really painful. What was it like?", "Bad.", "What happens between us now?")
    (stretch,) = check(code(here), here).episodes
    assert (stretch.seen[1], stretch.seen[2]) == (2, 2)


def test_calling_it_a_distortion_departs() -> None:
    session = said(
        "You yawned.", "You misread my yawn, I was not bored.", "Okay.", "You distort what goes on between us."
    )
    found = [m.turn for m in check(code(session), session).deviations if m.rule == "MBT-STEPS-3"]
    assert found == [2, 4]


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


BELOW = ("lost", "doubtful")
_TURN = st.one_of(
    st.builds(P, st.sampled_from((*MENTALIZING, "not-seen")), st.sampled_from((*AROUSAL, "not-seen"))),
    st.builds(T, st.sampled_from([None, 1, 2, 3, 4]), st.sampled_from(["", "own-part"])),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_TURN, max_size=14))
def test_every_turn_above_the_gate_is_reported_once_or_named_as_unjudged(rows: list[dict[str, Any]]) -> None:
    made = coding(*rows)
    mentalizing = arousal = "not-seen"
    expected, unknown = [], []
    for turn in made.turns:
        if turn.role == "patient":
            if turn.mentalizing == "kept" and turn.arousal == "not-seen":
                arousal = "not-seen"
            mentalizing = turn.mentalizing if turn.mentalizing != "not-seen" else mentalizing
            arousal = turn.arousal if turn.arousal != "not-seen" else arousal
        elif turn.level in (3, 4):
            if mentalizing in BELOW or arousal == "high" or (arousal == "raised" and mentalizing == "not-seen"):
                expected.append(turn.turn)
            elif mentalizing == "not-seen":
                unknown.append(turn.turn)
    found = check(made)
    assert sorted(m.turn for m in found.moments if "GATE" in m.rule) == expected
    assert list(found.unjudged) == unknown


def test_the_gate_is_closed_until_a_turn_shows_recovery() -> None:
    blank = P("not-seen", "not-seen")
    assert closed(coding(P("lost", "high"), T(2), blank, T(2), P("kept", "low"), T(2), blank).turns) == (1, 3)
    assert closed(coding(P("doubtful", "high"), blank).turns) == ()


def test_by_rule_arousal_of_long_ago_is_not_taken_together_with_mentalizing_lost_now() -> None:
    quiet = ["Mm.", "We had soup."]
    lost = "I just know you hate me. You don't care about me."
    question = "What is going on between you and me right now?"
    near = said("I'm so furious!", *quiet * 2, "Mm.", lost, question)
    assert [m.turn for m in check(code(near), near).of("safe-levels")] == [8]
    long_ago = said("I'm so furious!", *quiet * 9, "Mm.", lost, question)
    found = check(code(long_ago), long_ago)
    assert [m.turn for m in found.of("levels-while-lost")] == [22]
    assert not found.of("safe-levels")


def test_leaving_that_is_spoken_of_is_shown() -> None:
    going = said("I'm not coming back after today.", "Tell me more about that.")
    assert [moment.turn for moment in check(code(going), going).moments if moment.rule == "MBT-LEAVE-1"] == [1]
    home = said("He's not coming back after today.", "Tell me more about that.")
    assert not [moment for moment in check(code(home), home).moments if moment.rule == "MBT-LEAVE-1"]
