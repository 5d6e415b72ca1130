"""What is coded from which words, the level, the state; the session printed in the paper."""

from __future__ import annotations

import cProfile
from pathlib import Path

import golden_session
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.io.codings import read_coding_file
from forwhom.programme.session import Transcript, Turn, check, code


def turns(*said: tuple[str, str]) -> Transcript:
    role = {"T": "therapist", "P": "patient", "O": "other"}
    return Transcript("s", tuple(Turn(k, who, role[who], text) for k, (who, text) in enumerate(said, 1)))


def codes_of(who: str, text: str) -> set[str]:
    marks = code(turns((who, text))).turns[0].marks
    return {mark.code for mark in marks if mark.confidence >= 0.5}


@pytest.mark.parametrize(
    ("who", "text", "present", "absent"),
    [
        ("T", "You must be furious with him.", "telling-feeling", "marked-statement"),
        ("T", "I wonder if you are angry with him.", "marked-statement", "telling-feeling"),
        ("T", "When you are sad, what helps?", "what-question", "telling-feeling"),
        ("T", "Why did you do that?", "why-question", "what-question"),
        ("T", "Why don't we try it now?", "question", "why-question"),
        ("T", "How come you left?", "why-question", "what-question"),
        ("T", "Could we go back to the moment before?", "rewind", "relationship"),
        ("T", "Will you go back to work on Monday?", "question", "rewind"),
        ("T", "I am sorry, I misunderstood you.", "own-part", "telling-feeling"),
        ("T", "I am so sorry to hear that.", "empathy", "own-part"),
        ("T", "What is happening between us right now?", "relationship", "link-to-past"),
        ("T", "This reminds you of when you were a child.", "link-to-past", "rewind"),
        ("P", "I just know he hates me.", "mind-reading", "reflecting"),
        ("P", "Maybe he was just tired.", "none", "mind-reading"),
        ("P", "I just got here five minutes ago.", "none", "just"),
        ("P", "I don't want to go into that.", "closing-down", "topic-change"),
        ("P", "If he really loved me he would have called.", "action-only", "reflecting"),
        ("P", "Anyway, did I tell you about the car?", "topic-change", "closing-down"),
        ("P", "I will go to the shop after this.", "none", "wants-to-leave"),
        ("P", "I think I'll leave now.", "wants-to-leave", "reflecting"),
        ("P", "I wanted to kill myself.", "risk-words", "certainty"),
        ("P", "I don't know what he thinks.", "none", "certainty"),
        ("P", "SHUT UP! Get OUT!", "agitation", "reflecting"),
        ("P", "It was fine. [crying]", "agitation", "just"),
    ],
)
def test_codes_of_a_turn(who: str, text: str, present: str, absent: str) -> None:
    found = codes_of(who, text)
    assert absent not in found
    assert present in found or present == "none"


def test_every_mark_points_to_words_that_are_there_and_names_its_rule() -> None:
    text = "Well… I’m sorry — I wasn't listening. What did you feel?"
    for mark in code(turns(("T", text))).turns[0].marks:
        assert mark.evidence
        for each in mark.evidence:
            assert 0 <= each.start < each.end <= len(text)
            assert each.rule.startswith("T-")
            assert text[each.start : each.end].strip() == text[each.start : each.end]


@pytest.mark.parametrize(
    ("who", "text", "absent"),
    [
        ("T", 'She said "you are angry with me".', "relationship"),
        ("T", "Our relationship with the ward is good.", "relationship"),
        ("T", "My voice is hoarse today.", "relationship"),
        ("T", "When I asked your GP she said yes.", "relationship"),
        ("T", "We both know the bus strike is on.", "affect-focus"),
        ("T", "I'm aware you have the doctor at four.", "affect-focus"),
        ("T", "You're low on tablets.", "telling-feeling"),
        ("T", "You are criticised in that letter.", "telling-feeling"),
        ("T", "You must feel free to stop.", "telling-feeling"),
        ("T", "It reminds me of your mother.", "link-to-past"),
        ("T", "When you were little, did you have your jabs?", "link-to-past"),
        ("T", "You're avoiding caffeine, well done.", "explaining"),
        ("T", "Hold on a minute, the phone is ringing.", "rewind"),
        ("T", "That was me on the phone earlier.", "own-part"),
        ("T", "Is that hard for you?", "empathy"),
        ("P", "I'm leaving my job for a better one.", "wants-to-leave"),
        ("P", "Everybody clapped and it was lovely.", "certainty"),
        ("P", "I'm just saying it was nice.", "just"),
        ("P", "You have to tell me what time we finish.", "mind-reading"),
        ("P", "Did he do it on purpose? I don't know.", "mind-reading"),
        ("P", "Nobody hates me, that was my fear.", "mind-reading"),
        ("P", "I used to think everyone hates me.", "mind-reading"),
        ("P", "I thought you'd think I'm stupid, but you didn't.", "mind-reading"),
        ("P", "The council should do something about the bins.", "action-only"),
        ("P", "I'm so excited and happy.", "affect-named"),
        ("P", "I couldn't bear to put the book down.", "strong-affect"),
        ("P", "I wasn't at all ashamed.", "affect-named"),
        ("P", "I'm no longer furious.", "strong-affect"),
        ("P", 'My mum said "I hate you" to me.', "strong-affect"),
        ("P", "I never said that I hate you.", "strong-affect"),
        ("P", "My daughter is very upset.", "strong-affect"),
        ("P", "BBC and NHS and GP.", "agitation"),
        ("P", "Great!! Thank you!!", "agitation"),
        ("P", "She didn't say a thing.", "closing-down"),
        ("P", "My anger is a displacement, I suppose, and maybe a reparative fantasy.", "reflecting"),
    ],
)
def test_what_only_looks_like_a_code_is_none(who: str, text: str, absent: str) -> None:
    assert absent not in codes_of(who, text)


@pytest.mark.parametrize(
    ("who", "text", "present"),
    [
        ("T", "What is it you feel when he says it?", "affect-focus"),
        ("T", "You look sad.", "affect-focus"),
        ("T", "I notice tears.", "affect-focus"),
        ("T", "What do you think I feel?", "relationship"),
        ("T", "How does it feel to be with me today?", "relationship"),
        ("T", "You've gone quiet since I spoke.", "relationship"),
        ("T", "I wonder if I'm coming over like your boss did.", "relationship"),
        ("T", "You feel that I abandoned you.", "relationship"),
        ("T", "That's because your father left you.", "link-to-past"),
        ("T", "This is about your father, isn't it?", "link-to-past"),
        ("T", "I think you're treating me as you treated your dad.", "link-to-past"),
        ("T", "It's the little girl in you.", "link-to-past"),
        ("T", "That is your borderline part.", "explaining"),
        ("T", "You're pushing me away so that I won't hurt you.", "explaining"),
        ("T", "You are angry, aren't you?", "telling-feeling"),
        ("T", "It is clear that you are furious.", "telling-feeling"),
        ("T", "What you feel is anger at me.", "telling-feeling"),
        ("T", "There's a lot of anger in you.", "telling-feeling"),
        ("T", "You must be devastated.", "telling-feeling"),
        ("T", "Gosh, that sounds absolutely horrendous.", "empathy"),
        ("T", "What a nightmare that must have been.", "empathy"),
        ("T", "I hear you.", "empathy"),
        ("T", "Ouch.", "empathy"),
        ("T", "Sorry, that was clumsy of me.", "own-part"),
        ("T", "I may have got that wrong.", "own-part"),
        ("T", "Did I get that wrong?", "own-part"),
        ("T", "You misread my yawn.", "distortion"),
        ("P", "I was in bits, I'm doing my nut.", "strong-affect"),
        ("P", "I'm freaking out.", "strong-affect"),
        ("P", "I'm so mad at him.", "strong-affect"),
        ("P", "I'm heartbroken.", "strong-affect"),
        ("P", "Gutted.", "affect-named"),
        ("P", "I'm well upset.", "affect-named"),
        ("P", "I'm outta here.", "wants-to-leave"),
        ("P", "They're all out to get me.", "mind-reading"),
        ("P", "Give me proof. Ring me every day.", "action-only"),
        ("P", "I feel nothing. I'm watching myself from outside.", "detached"),
    ],
)
def test_ways_to_say_it(who: str, text: str, present: str) -> None:
    assert present in codes_of(who, text)


def test_sarcasm_is_no_easy_agreement() -> None:
    said = code(turns(("T", "You must be angry."), ("P", "Yeah, right.")))
    assert "easy-agreement" not in said.turns[1].codes


def test_agreeing_easily_needs_to_be_told_before() -> None:
    told = code(turns(("T", "You must be angry."), ("P", "Yes, exactly.")))
    asked = code(turns(("T", "Are you angry?"), ("P", "Yes, exactly.")))
    assert "easy-agreement" in told.turns[1].codes
    assert told.turns[1].mode == "pretend"
    assert "easy-agreement" not in asked.turns[1].codes


def test_nothing_seen_is_neither_kept_nor_low() -> None:
    said = (
        "We went to the lake and walked along the water.",
        "Maybe I was wrong about her, I could be wrong.",
        "I feel calm.",
    )
    states = [(turn.mentalizing, turn.arousal) for text in said for turn in code(turns(("P", text))).turns]
    assert states == [("not-seen", "not-seen"), ("kept", "not-seen"), ("not-seen", "low")]


def test_acknowledging_ones_own_part_without_a_question_is_not_level_4() -> None:
    said = "I'm sorry. What I said was clumsy, I can see it hurt you. My question came too fast."
    (repair,) = code(turns(("T", said))).turns
    assert "own-part" in repair.codes
    assert repair.level == 1
    (asked,) = code(turns(("T", "I'm sorry. What was it like between us when I said that?"))).turns
    assert asked.level == 4


def test_the_state_fades_and_short_turns_tell_little() -> None:
    said = code(
        turns(
            ("P", "I just know she hates me! I can't stand it!"),
            ("P", "Yes."),
            ("P", "We went to the lake and had a long walk there."),
        )
    )
    first, second, third = (turn.lost or 0 for turn in said.turns)
    assert first > second > third > 0
    assert second / first == pytest.approx(0.85, abs=0.01)


def test_others_are_kept_and_not_coded() -> None:
    made = code(turns(("O", "You must be angry. What is it?"), ("T", ""), ("P", "")))
    assert [len(turn.marks) for turn in made.turns] == [0, 0, 0]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("TPO"), st.text(max_size=80)), max_size=8))
def test_any_text_is_coded_within_bounds(said: list[tuple[str, str]]) -> None:
    session = turns(*said)
    made = code(session)
    assert made == code(session)
    for turn, coded in zip(session.turns, made.turns, strict=True):
        assert all(0 < mark.confidence <= 0.95 for mark in coded.marks)
        assert all(0 <= e.start <= e.end <= len(turn.text) for mark in coded.marks for e in mark.evidence)
    check(made, session)


def test_coding_grows_with_length_alone() -> None:
    """Counted in calls, which a busy machine does not change."""
    part = [
        ("T", "What was it like when I said that to you?"),
        ("P", "I just know that you hate me. You always do that!"),
    ] * 50
    calls = []
    for times in (1, 4):
        session = turns(*(part * times))
        check(code(session), session)
        with cProfile.Profile() as profile:
            check(code(session), session)
        calls.append(sum(each.callcount for each in profile.getstats()))
    assert calls[1] < 4.5 * calls[0]


# ── the session printed in the paper ─────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def golden(shared_data: Path) -> Transcript:
    found = golden_session.transcript(shared_data)
    if found is None:
        pytest.skip("the text of the paper is not at hand")
    return found


def test_all_turns_of_the_printed_session_are_found(golden: Transcript, root: Path) -> None:
    hand = read_coding_file(root / "validation/session/hand-codes.toml")
    assert [(turn.number, turn.role) for turn in golden.turns] == [(turn.turn, turn.role) for turn in hand.turns]
    assert len(golden.turns) == 36


def test_by_hand_codes_and_by_rule_the_gate_points_to_the_same_turns(golden: Transcript, root: Path) -> None:
    hand = check(read_coding_file(root / "validation/session/hand-codes.toml"), golden)
    assert [m.turn for m in hand.moments if m.rule == "MBT-GATE-1"] == [16, 27, 29, 33]
    assert [m.turn for m in hand.moments if m.rule == "MBT-GATE-4"] == [22]
    ours = check(code(golden), golden)
    assert {m.turn for m in ours.moments if m.rule == "MBT-GATE-1"} == {16, 27, 29, 33}
    assert [m.turn for m in ours.moments if m.rule == "MBT-GATE-4"] == [22]
    assert not [m for m in ours.moments if m.rule == "MBT-STEPS-1"]
