"""Words of self-harm and death, and what was asked about them: every place in a session, whatever was corrected.

Nothing here judges risk. A place that was withdrawn stays a place; a no is shown as a no and is not safety; and a session without
a place is one in which a list of wordings found nothing, which is no sign of safety either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forwhom.programme.session.model import CodedTurn, Coding, Mark
from forwhom.programme.session.patterns import plain
from forwhom.programme.session.turns import Transcript

SAID, ASKED, ANSWERED, OTHERS = "risk-words", "risk-asked", "risk-answer", "risk-others"
CODES = frozenset({SAID, ASKED, ANSWERED, OTHERS})
"""Codes that the rules always give, also beside a coder of one's own."""
MOST_SHORT = 12
"""Words of an answer that is read as a yes or a no; a longer one is only shown."""
NOT_SAFE = "That is no sign of safety: many ways to say it are in no list, and much is not said."
_NOTE = re.compile(r"[\[(*][^\])*\n]{0,60}[\])*]")
_LEAD = r"^\W*(?:(?:oh|well|um|uh|er|erm|hm+|so|like|honestly|actually|to be honest|i mean|i suppose|i guess)\W+){0,3}"
_NO = re.compile(
    _LEAD + r"(?:no(?! idea)|nope|nah|never(?! mind)|none|not(?! sure)|nothing|of course not|course not|definitely not|"
    r"i(?:'m| am) not(?! sure)|i (?:(?:do not|don't)(?! know)|didn't|did not|haven't|have not|wouldn't|won't|would never|never))\b"
)
_YES = re.compile(
    _LEAD
    + r"(?:yes|yeah|yep|yup|yea|ye|aye|sure|right|true|sometimes|maybe|perhaps|probably|possibly|kind of|kinda|sort of|sorta|"
    r"a bit|a little|a lot|lots|some|often|always|definitely|of course|course|now and then|all the time|every|most|mm+|mhm|uh[- ]huh|"
    r"exactly|ok|okay|i (?:am|do|did|have|had|was|would|could|might|think so|want to|wanted to|still|already|just)|i(?:'ve|'d|'m|'ll)|"
    r"it (?:is|was|has|did|does)|they (?:are|were|do)|there (?:is|are))\b"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where to read. turn : number; code : one of `CODES`; why : a sentence; because : numbers of the turns it rests on"""

    turn: int
    code: str
    why: str
    because: tuple[int, ...] = ()


def places(coding: Coding, transcript: Transcript | None = None) -> tuple[Place, ...]:
    """Every place, in the order of the session.

    transcript : for whether an answer is a yes or a no; without it that is not said
    A question is shown at the turn that answers it, whatever that says, and at itself where nobody answers.

    >>> from forwhom.programme.session.model import CodedTurn
    >>> asked = Coding("s", "anna", (CodedTurn(1, "therapist", (Mark(ASKED, 1.0),)), CodedTurn(2, "patient")))
    >>> [(place.turn, place.code, place.because) for place in places(asked)]
    [(2, 'risk-asked', (1,))]
    """
    said = {turn.number: turn.text for turn in transcript.turns} if transcript else {}
    found = []
    for at, turn in enumerate(coding.turns):
        for mark in turn.marks:
            if mark.code in (SAID, OTHERS):
                found.append(Place(turn.turn, mark.code, _words(turn) + _withdrawn(mark)))
            elif mark.code == ASKED:
                found.append(_asked(turn, mark, _answer(coding.turns, at), said))
    return tuple(sorted(dict.fromkeys(found), key=lambda place: place.turn))


def turns_with(coding: Coding) -> tuple[int, ...]:
    """Numbers of the turns that `places` names."""
    return tuple(dict.fromkeys(place.turn for place in places(coding)))


def searched(coding: Coding) -> bool:
    """Whether the list of wordings was held against this session: a coding by hand holds only what its coder saw."""
    return bool(coding.rules)


def in_words(coding: Coding) -> str:
    """One sentence on the session, never to be read as safe."""
    numbers = turns_with(coding)
    if numbers:
        shown = ", ".join(map(str, numbers[:12])) + (f" and {len(numbers) - 12} more" if len(numbers) > 12 else "")
        which = "turn" if len(numbers) == 1 else "turns"
        return f"Read first: {which} {shown}, for words of self-harm, death or harm to others, or for what was asked about them."
    if not searched(coding):
        return f"The coder marked no words of self-harm or death; the words themselves were not searched. {NOT_SAFE}"
    return f"No wording of self-harm or death that the list knows was found. {NOT_SAFE}"


def _words(turn: CodedTurn) -> str:
    if turn.role in ("patient", "therapist"):
        return "Such words stand in it."
    return "Such words stand in it; who speaks is not coded."


def _withdrawn(mark: Mark) -> str:
    if not mark.withdrawn:
        return ""
    why = f", because: {mark.withdrawn_why.rstrip('.')}" if mark.withdrawn_why else ""
    return f" Withdrawn by {mark.withdrawn_by or 'somebody'}{why}."


def _answer(turns: Sequence[CodedTurn], at: int) -> CodedTurn | None:
    """What is said between a turn of the therapist and their next: by the patient, else by anybody."""
    between: list[CodedTurn] = []
    for turn in turns[at + 1 :]:
        if turn.role == "therapist":
            break
        between.append(turn)
        if turn.role == "patient":
            return turn
    return between[0] if between else None


def _asked(turn: CodedTurn, mark: Mark, answer: CodedTurn | None, said: dict[int, str]) -> Place:
    if answer is None:
        return Place(turn.turn, ASKED, "Asked or named by the therapist; nobody answers." + _withdrawn(mark))
    taken_back = _withdrawn(mark) or "".join(_withdrawn(each) for each in answer.marks if each.code == ANSWERED)
    how = _how(said.get(answer.turn))
    return Place(answer.turn, ASKED, f"Asked or named in turn {turn.turn}; {how}{taken_back}", (turn.turn,))


def _how(text: str | None) -> str:
    if text is None:
        return "this turn follows."
    bare = plain(_NOTE.sub(" ", text)).strip()
    if not bare:
        return "no words follow."
    if _NO.match(bare):
        return "denied here. A denial is not safety."
    short = len(bare.split()) <= MOST_SHORT
    return "a yes, or near one." if short and _YES.match(bare) else "answered here: read it."


def of_code(found: Sequence[Place], code: str) -> Iterator[Place]:
    """The places of one code."""
    return (place for place in found if place.code == code)
