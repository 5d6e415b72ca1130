"""What is not coded is said, and nothing is called free of departures that was not looked at."""

from __future__ import annotations

from forwhom.programme.session import Transcript, Turn, check, code
from forwhom.programme.session.coder import code_with
from forwhom.programme.session.coverage import aid, coded_by, covered, judged, nothing_found
from forwhom.programme.session.model import CodedTurn, Coding, Mark

ROLES = {"T": "therapist", "P": "patient", "U": "unknown"}


def session(*said: tuple[str, str]) -> Transcript:
    return Transcript("s", tuple(Turn(n, who, ROLES[who], text) for n, (who, text) in enumerate(said, 1)))


def test_nothing_found_says_how_much_was_looked_at() -> None:
    whole = session(("T", "Good morning."), ("P", "The bus was late."))
    some = session(("T", "Good morning."), ("P", "The bus was late."), ("U", "I hate everyone."))
    told = [nothing_found(check(code(each), each)) for each in (whole, some)]
    assert told[0] == "Nothing departs from the rules, as far as words show it."
    assert "in the 2 turns that are coded" in told[1]
    assert "1 of 3 turn" in covered(check(code(some), some).balance)
    assert covered(check(code(whole), whole).balance) == ""


def test_without_a_patient_nothing_is_held_against_the_rules() -> None:
    alone = session(("T", "Good morning."), ("U", "I hate everyone."))
    found = check(code(alone), alone)
    assert not judged(found.balance)
    assert nothing_found(found) == "Nothing could be held against the rules."
    assert "No turn of the patient is coded" in covered(found.balance)


def test_who_coded_and_who_corrected_is_said() -> None:
    said = session(("T", "Good morning."), ("P", "The bus was late."))
    assert aid(code(said)).startswith("Codes are made from words by rule.")
    own = code_with(lambda transcript, codes: [], said, "mine")
    assert "proposed by mine" in aid(own)
    assert coded_by(own).startswith("mine, with")
    hand = Coding(
        "s", "ben", (CodedTurn(1, "therapist", (Mark("rewind", 1.0, by="anna"),), 2, "set by cleo, by ben level 1"),)
    )
    assert aid(hand).startswith("Coded by ben;")
    assert coded_by(hand) == "ben; corrected by anna, cleo"
