"""Each kind of danger is told as what it is: to oneself, to others, from others, to a child; a weapon as neither."""

from __future__ import annotations

import pytest

from forwhom.programme.session import Transcript, Turn, check, code
from forwhom.programme.session.risk import CHILD, FROM_OTHERS, HINT, OTHERS, SAID, WEAPON, places

CLASSES = {
    SAID: (
        "I want to unalive myself.",
        "I turned on the gas.",
        "Everyone would be better off.",
        "I let go of the wheel on the motorway.",
        "I let three trains go past.",
        "I've told her who gets the cat.",
        "It would be easier not to wake up.",
        "Half a bottle of vodka on top of the pregabalin.",
        "Next time nobody will stop me.",
    ),
    OTHERS: (
        "I shook him, he would not stop.",
        "I put the pillow near his face.",
        "I'll make her pay.",
        "I hit her until she stopped moving.",
        "I put my hands round his throat.",
    ),
    FROM_OTHERS: (
        "He hit me again last night.",
        "She choked me.",
        "My dad locked me in the shed.",
        "I'm afraid to go home.",
        "My husband has threatened me.",
    ),
    CHILD: (
        "I touched my stepdaughter.",
        "I left the kids at home alone.",
        "I shook the baby.",
        "He hits my son.",
    ),
    WEAPON: ("My dad's gun is in the closet.", "I've got a knife in my bag.", "I bought a knife."),
    HINT: ("I'm so done.", "I've stopped eating.", "I've made up my mind."),
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in CLASSES.items() for text in texts])
def test_each_class_is_told(name: str, text: str) -> None:
    said = Transcript("s", (Turn(1, "P", "patient", text),))
    found = [place.code for place in places(code(said), said)]
    assert found == [name]


def test_a_weapon_is_not_told_as_self_harm() -> None:
    said = Transcript("s", (Turn(1, "P", "patient", "I've got a bread knife in my bag."),))
    (moment,) = [m for m in check(code(said), said).moments if m.rule.startswith("MBT-RISK")]
    assert moment.rule == "MBT-RISK-6"
    assert "oneself or others: read it" in moment.why


def test_a_hint_beside_plain_words_is_not_told_twice() -> None:
    said = Transcript("s", (Turn(1, "P", "patient", "I want to die. I'm so done."),))
    assert [place.code for place in places(code(said), said)] == [SAID]


def test_what_a_parent_names_is_followed_by_the_answer() -> None:
    said = Transcript(
        "s",
        (
            Turn(1, "M", "other", "She said she would throw herself off the bridge."),
            Turn(2, "T", "therapist", "What did you say?"),
            Turn(3, "P", "patient", "What was I meant to say?"),
        ),
    )
    found = [(place.turn, place.because) for place in places(code(said), said)]
    assert found == [(1, ()), (3, (1,))]


@pytest.mark.parametrize(
    "text",
    [
        "I nearly died laughing on the bus.",
        "I almost died of embarrassment.",
        "It hit me that I had forgotten.",
        "He hit on me at the bar.",
        "She grabbed me a coffee.",
        "I dropped the kids off at school.",
        "I left the kids with my mum.",
    ],
)
def test_what_only_sounds_like_it_is_left_out(text: str) -> None:
    said = Transcript("s", (Turn(1, "P", "patient", text),))
    assert places(code(said), said) == ()
