"""Wordings that tell states, levels, techniques and changes of topic; what they must not be mistaken for."""

from __future__ import annotations

import pytest

from forwhom.programme.session import CodedTurn, Transcript, Turn, check, code
from forwhom.programme.session.coding import DOUBTFUL
from forwhom.programme.session.model import NOT_SEEN
from forwhom.programme.session.rules import shipped

US = "What is going on between you and me right now?"


def session(*parts: tuple[str, str]) -> Transcript:
    roles = {"P": "patient", "T": "therapist"}
    return Transcript("s", tuple(Turn(k, who, roles[who], text) for k, (who, text) in enumerate(parts, 1)))


def last(*parts: tuple[str, str]) -> CodedTurn:
    return code(session(*parts)).turns[-1]


def gate(patient: str) -> list[str]:
    made = session(("P", patient), ("T", US))
    return [moment.grade for moment in check(code(made), made).moments if "GATE" in moment.rule and moment.turn == 2]


@pytest.mark.parametrize(
    "words",
    [
        "Leave me alone!", "You KNOW what you did!", "Oh, shut up.", "Don't you dare bring her into it!!", "Screw you. Screw all of this.",
        "You lied to me! You said you'd be here!", "I've had it with you people!", "Who do you think you are?!",
        "You're a liar and you always were.",
    ],
)  # fmt: skip
def test_level_4_after_an_outburst_is_at_least_a_look(words: str) -> None:
    assert gate(words)


@pytest.mark.parametrize(
    "words",
    [
        "Fuck off! You're just like him, you don't care about me, you never have!", "You smirked. You were laughing at me!",
        "I hate you! You don't give a shit about me, you're just counting the minutes till I leave!",
    ],
)  # fmt: skip
def test_level_4_after_sure_and_angry_words_departs(words: str) -> None:
    assert gate(words) == ["deviation"]


@pytest.mark.parametrize(
    "words",
    [
        "You won't believe it, I got the job!", "You look well! Did you have a nice break?", "You know, it rained all day!",
        "You remembered! I'm touched.", "Don't laugh! I bought a ukulele.", "Yes! Exactly that.",
        "You'll laugh at this! I burned the toast.",
    ],
)  # fmt: skip
def test_not_every_exclamation_is_an_outburst(words: str) -> None:
    assert not gate(words)


@pytest.mark.parametrize(
    "words",
    [
        "I was terrified then. I'm not now.", "Sad, and a bit guilty. But close to her.", "I'm fine to stay, I don't want to leave.",
        "Okay. Curious.", "I was upset yesterday, now I'm alright.", "I was so scared as a child. I'm okay now.",
        "I'm kind of sad about it.",
        "In those days I was desperate. Not now.",
    ],
)  # fmt: skip
def test_past_halved_or_eased_feelings_are_no_arousal(words: str) -> None:
    turn = last(("T", "What do you feel now?"), ("P", words))
    assert turn.arousal in ("low", NOT_SEEN)
    assert "closing-down" not in turn.codes


def test_a_feeling_now_still_is() -> None:
    assert last(("P", "I'm terrified. I'm so angry with him.")).arousal == "high"


def test_a_mode_never_stands_without_a_state() -> None:
    for name in shipped().codes.values():
        assert name.mode is None or name.lost > 0
    for words in ("Yes, you're right.", "OK.", "Sure."):
        turn = last(("T", "You must feel guilty about it."), ("P", words))
        assert (turn.mentalizing, turn.mode) == ("doubtful", "pretend")
    mixed = last(
        ("P", "Maybe, I'm not sure, but he hates me, I can see it on his face. My attachment style is anxious.")
    )
    assert mixed.lost is not None
    assert mixed.mode is not None
    assert mixed.lost >= DOUBTFUL


ASKED = "What was that like for you?"


@pytest.mark.parametrize(
    "words",
    [
        "Hot. Anyway, did you see the football? Arsenal won.", "Sore. Anyway, what time do we finish today?", "Let's change the subject.",
        "Anyway, my car failed its MOT.", "Moving on. I've got a new flatmate.", "Can we talk about something else?",
    ],
)  # fmt: skip
def test_a_turn_away_that_is_said_is_a_change_of_topic(words: str) -> None:
    assert "topic-change" in last(("T", ASKED), ("P", words)).codes


@pytest.mark.parametrize(
    "words",
    [
        "Yeah. I went home and cried, to be honest.", "You looked serious. But maybe you were listening hard.",
        "Sick. Like the floor had gone.",
        "My stomach dropped, then nothing came for a long while.", "Anyway, I just sat there, like I said.",
        "Did you see the way he looked at me?",
    ],
)  # fmt: skip
def test_a_direct_answer_that_shares_no_word_is_none(words: str) -> None:
    before = (("P", "When you looked at your watch last week I thought she's bored."), ("T", ASKED))
    assert "topic-change" not in last(*before, ("P", words)).codes


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ("What do you feel towards me now?", 4), ("How do you feel about me right now?", 4),
        ("I wonder what it is like to be with me now.", 4),
        ("You feel abandoned by me. I believe you're testing me.", 4), ("What else might have been in my mind?", 4),
        ("I notice I am getting a bit lost in the words. I am not sure what it was like for you.", 2),
        ("Shall we go back to the moment I asked? What was it like?", 2), ("I didn't say anything about it.", None),
        ("Let me tell you what the clinic does on Mondays and talk about the fire drill.", None), ("Tell me more about that.", 2),
    ],
)  # fmt: skip
def test_levels(words: str, level: int | None) -> None:
    assert last(("P", "Hm."), ("T", words)).level == level


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("You see me as your father. That is a distortion, I am not him.", "distortion"), ("That's just your projection.", "distortion"),
        ("You are sabotaging the therapy because you are afraid of closeness.", "explaining"),
        ("So one way of seeing it is that I was anxious about ending, and it landed as me being fed up.", "summary"),
        ("That was my doing and I'm sorry.", "own-part"), ("That was careless of me.", "own-part"),
        ("What else might have been in my mind?", "alternative"), ("Is there any other way to read it?", "alternative"),
        ("How is it to hear me say that?", "monitoring"), ("How are you hearing what I just said?", "monitoring"),
    ],
)  # fmt: skip
def test_techniques_in_plain_wordings(words: str, name: str) -> None:
    mark = last(("P", "Hm."), ("T", words)).mark(name)
    assert mark is not None
    assert mark.confidence >= 0.5


def test_six_steps_in_plain_words_are_seen_in_order() -> None:
    made = session(
        ("P", "When you looked at your watch last week I thought, she's bored of me."),
        ("T", "I can see how that would have stung."),
        ("P", "Yeah. I went home."),
        ("T", "Can you take me through what went on in you at the moment I looked?"),
        ("P", "I felt small."),
        ("T", "I did look at my watch, and I didn't say anything about it. That was my doing and I'm sorry."),
        ("P", "Oh."),
        ("T", "I wonder whether we could look at it together. What else might have been in my mind?"),
        ("P", "Maybe you were worried we'd run out of time."),
        ("T", "So one way of seeing it is that I was anxious about ending, and it landed as me being fed up."),
        ("P", "Hm, I suppose it could be that."),
        ("T", "How is it to hear me say that?"),
    )
    found = check(code(made), made)
    (stretch,) = found.episodes
    assert stretch.seen == {1: 2, 2: 4, 3: 6, 4: 8, 5: 10, 6: 12}
    assert not [moment for moment in found.moments if "STEPS" in moment.rule]
