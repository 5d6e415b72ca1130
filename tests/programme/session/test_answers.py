"""Answers to questions on self-harm: a no is told as a no only where it can mean nothing else."""

from __future__ import annotations

import pytest

from forwhom.programme.session import Transcript, Turn, check, code
from forwhom.programme.session.answers import AFFIRMED, DENIED, NO_SAFETY, NO_WORDS, READ, answered

BARE = (
    ("Are you suicidal?", "No."),
    ("And are you having any thoughts of suicide at the moment?", "No, I'm not."),
    ("Is there any thought of ending your life?", "No, none."),
    ("Are you thinking of suicide", "no"),
    ("Did you take an overdose?", "I didn't."),
    ("Have you had any urges to cut since Friday?", "Nope."),
)
YES = (
    ("So are you planning to end your life?", "Yes."),
    ("Do you want to die?", "All the time."),
    ("Have you been cutting?", "Yeah, a bit."),
)
NO_IS_DANGER = (
    ("Are you safe to go home today?", "No."),
    ("Are you safe to go home today?", "I guess. I'm not gonna promise anything."),
    ("Can you keep yourself safe tonight?", "No, I don't think so."),
    ("Can you promise me you won't take the tablets?", "No."),
    ("Will you use your crisis plan?", "Nah."),
    ("Have you stopped cutting?", "No."),
    ("Is there anything stopping you from killing yourself?", "No."),
    ("Would you call someone before you hurt yourself?", "No way."),
    ("Do you feel able to keep yourself alive?", "Sort of."),
    ("Do you regret the overdose?", "No."),
    ("Was the overdose an accident?", "No."),
    ("Have the suicidal thoughts gone?", "No."),
)
UNCLEAR = (
    ("Are you suicidal?", "Not as much as yesterday."),
    ("Any thoughts of suicide?", "Not really, no more than usual."),
    ("Are you suicidal?", "No, not really."),
    ("Are you suicidal?", "Never been more so."),
    ("Did you want to end your life?", "Nothing else on my mind, if I'm straight with you."),
    ("Are you going to hurt yourself?", "I won't be here by Monday."),
    ("Have you thought of killing yourself?", "I haven't thought about anything else."),
    ("Are you thinking of suicide?", "No. Well, that's a lie. It is every night."),
    ("Are you suicidal?", "No. [laughs]"),
    ("Are you suicidal?", "No?"),
    ("Are you suicidal?", "No..."),
    ("Are you suicidal?", "Yes, but I won't."),
    ("Are you suicidal?", "Yeah, right."),
    ("You're not going to hurt yourself, are you?", "Yes."),
    ("You don't want to die, do you?", "No."),
    ("Are you suicidal? How is your sleep?", "No."),
    ("Do you think suicide is wrong?", "No."),
    ("Did anyone come when you overdosed?", "No."),
    ("Did you think of others the night you tried to kill yourself?", "No."),
    ("You told the ward that you took an overdose.", "No."),
    ("Is that all of the suicidal thoughts?", "No."),
)


@pytest.mark.parametrize(("question", "answer"), BARE)
def test_a_bare_no_to_a_plain_question_is_told_as_one(question: str, answer: str) -> None:
    assert answered(question, answer) == DENIED


@pytest.mark.parametrize(("question", "answer"), YES)
def test_a_short_yes_to_a_plain_question_is_told_as_one(question: str, answer: str) -> None:
    assert answered(question, answer) == AFFIRMED


@pytest.mark.parametrize(("question", "answer"), NO_IS_DANGER)
def test_a_no_where_a_yes_would_be_safety_is_no_denial(question: str, answer: str) -> None:
    assert answered(question, answer) == NO_SAFETY


@pytest.mark.parametrize(("question", "answer"), UNCLEAR)
def test_what_can_mean_either_is_to_be_read(question: str, answer: str) -> None:
    assert answered(question, answer) == READ


def test_a_yes_to_safety_is_no_yes_to_danger_and_silence_is_told() -> None:
    assert answered("Are you safe?", "Yes.") == READ
    assert answered("Are you suicidal?", "(silence)") == NO_WORDS


def test_a_no_that_goes_on_after_a_silence_and_a_no_of_somebody_else_are_not_told_as_one() -> None:
    asked = Turn(1, "T", "therapist", "Do you want to die?")
    more = Transcript("s", (asked, Turn(2, "P", "patient", "No."), Turn(3, "P", "patient", "I did on Sunday.")))
    other = Transcript("s", (asked, Turn(2, "M", "other", "No."), Turn(3, "T", "therapist", "I see.")))
    for said, told in ((more, READ), (other, "by somebody else: read it")):
        why = [m.why for m in check(code(said), said).moments if m.rule == "MBT-RISK-2"]
        assert told in why[0], why
