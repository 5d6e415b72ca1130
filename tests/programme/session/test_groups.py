"""Several patients in one session: each has a state of their own."""

from __future__ import annotations

from forwhom.programme.session import Transcript, Turn, check, code

LOST = "I'm furious! She hates me, she always does. That's just how it is. I don't want to talk about it."
CALM = "I wonder what she may have felt. Maybe I got it wrong, I'm not sure. I feel calm now."
NEAR = "Maybe something is going on between you and me right now. How do you feel about me?"


def session(*said: tuple[str, str]) -> Transcript:
    roles = {"T": "therapist"}
    turns = (Turn(n, who, roles.get(who, "patient"), text) for n, (who, text) in enumerate(said, 1))
    return Transcript("group", tuple(turns))


def moments(transcript: Transcript) -> list[tuple[str, int | None]]:
    found = check(code(transcript), transcript).moments
    return [(each.rule, each.turn) for each in found if each.rule.startswith("MBT-GATE")]


def test_one_patient_who_reflects_opens_nothing_for_another() -> None:
    said = [("Tom", LOST), ("T", "Mm."), ("Ann", CALM), ("T", "Yes."), ("Ann", CALM), ("T", NEAR)]
    assert moments(session(*said)) == [("MBT-GATE-5", 6)]
    alone = [("Tom", LOST), ("T", "Mm."), ("T", "Yes."), ("T", NEAR)]
    assert moments(session(*alone)) == [("MBT-GATE-1", 4)]


def test_the_arousal_of_one_and_the_loss_of_another_are_two_things() -> None:
    aroused, lost = "I am so furious!!", "He hates me, that's just how it is. I don't want to talk about it."
    both = session(("Tom", lost), ("T", "Mm."), ("Ann", aroused), ("T", NEAR))
    one = session(("Tom", lost), ("T", "Mm."), ("Tom", aroused), ("T", NEAR))
    assert ("MBT-GATE-1", 4) in moments(one)
    assert ("MBT-GATE-1", 4) not in moments(both)


def test_patients_are_numbered_and_a_session_of_one_is_not() -> None:
    both = code(session(("Tom", LOST), ("T", "Mm."), ("Ann", CALM)))
    assert [turn.patient for turn in both.turns] == ["1", "", "2"]
    assert {turn.patient for turn in code(session(("Tom", LOST), ("T", "Mm."))).turns} == {""}


def test_defending_oneself_is_no_part_of_ones_own() -> None:
    for words in (
        "I'm sorry but you are attacking me here, what is going on between you and me right now?",
        "It's not my fault. What is going on between you and me right now?",
        "I'm sorry, we have to stop in a minute. How do you feel about me right now?",
    ):
        assert moments(session(("Tom", LOST), ("T", words))) == [("MBT-GATE-1", 2)], words


def test_the_relationship_named_at_a_closed_gate_is_seen_also_beside_ones_own_part() -> None:
    words = "I'm sorry, I rushed you. Something is going on between you and me right now."
    assert moments(session(("Tom", LOST), ("T", words))) == [("MBT-GATE-4", 2)]
