"""Wordings are English: what is said in another language is told, and English talk is never taken for one."""

from __future__ import annotations

import pytest

from forwhom.io.transcripts.reading import Options, read_bytes
from forwhom.programme.session.language import looks_english

OTHERS = (
    "J'ai envie de mourir, je ne sais plus quoi faire, oui à la gare",
    "Ich will nicht mehr leben. Ich war so lange in der Klinik, was soll ich da",
    "No quiero vivir más, he pensado en tomar las pastillas otra vez",
    "Ik wil niet meer leven, ik was in de kliniek en ik weet het niet meer",
    "Non voglio più vivere, ho preso le pastiglie ieri sera a casa mia",
    "Jag vill inte leva längre, jag har tänkt på det i flera veckor nu",
    "Nie chcę już żyć, myślałem o tym od tygodni i nikt o tym nie wie",
    "Δεν θέλω να ζω άλλο, το σκέφτομαι εδώ και εβδομάδες",
    "我不想活了，已经想了好几个星期，没有人知道这件事",
)
ENGLISH = (
    "Yeah. Mm-hmm. Yeah. Right. Okay. Sure. Exactly. Totally.",
    "Well innit though, he's proper doing my head in and I ain't having it.",
    "Um, dunno. Work, mostly. Then the kids. Then telly and bed.",
    "So what happened after your mother rang you on Sunday evening?",
)


@pytest.mark.parametrize("said", OTHERS)
def test_another_language(said: str) -> None:
    assert looks_english([said]) is False


@pytest.mark.parametrize("said", ENGLISH)
def test_english(said: str) -> None:
    assert looks_english([said]) is True


def test_a_few_words_tell_nothing() -> None:
    assert looks_english(["Oui.", "Non, merci."]) is None


def notices(text: str) -> list[str]:
    (read,) = read_bytes(text.encode(), "s.txt", Options())
    return [str(problem.found) for problem in read.notices if problem.code == "not-english"]


def test_it_is_told_whose_words_they_are() -> None:
    asked = "Therapist: So can you tell me what he said to you in the session last week?\n"
    assert notices(f"{asked}Patient: I told you, he said that I was not to come back to the group.") == []
    (found,) = notices(f"{asked}Patient: {OTHERS[1]}")
    assert found.startswith("the words of Patient do not look English")
    (found,) = notices(f"Therapist: {OTHERS[1]}\nPatient: {OTHERS[1]}")
    assert found.startswith("the words do not look English")
