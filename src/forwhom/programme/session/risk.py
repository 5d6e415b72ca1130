"""Words of self-harm and death, and what was asked about them: every place in a session, whatever was corrected.

Nothing here judges risk. A place that was withdrawn stays a place; a no is shown as a no and is not safety; and a session without
a place is one in which a list of wordings found nothing, which is no sign of safety either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from forwhom.programme.session.answers import AFFIRMED, DENIED, NO_WORDS, READ, answered
from forwhom.programme.session.model import CodedTurn, Coding, Mark
from forwhom.programme.session.turns import Transcript

SAID, ASKED, ANSWERED, OTHERS = "risk-words", "risk-asked", "risk-answer", "risk-others"
CHILD, FROM_OTHERS, WEAPON, HINT = "risk-child", "risk-from-others", "risk-weapon", "risk-hint"
CODES = frozenset({SAID, ASKED, ANSWERED, OTHERS, CHILD, FROM_OTHERS, WEAPON, HINT})
"""Codes that the rules always give, also beside a coder of one's own."""
_CLASSES = {
    SAID: "Such words stand in it",
    OTHERS: "Words of harm to somebody stand in it",
    CHILD: "Words of a child that may be hurt, touched, left or not cared for stand in it",
    FROM_OTHERS: "Words of being hurt, threatened or afraid of somebody stand in it",
    WEAPON: "A weapon, meant against oneself or others: read it",
    HINT: "A hint at most; such words are often said of other things",
}
"""What is said of a turn in which words of each class stand."""
BESIDE, MOST_SHOWN = 60, 300
"""Letters shown before and after words that are found, and the most between the first and the last of them."""
TURNS_AFTER = 4
"""Turns after somebody else's words in which the patient may answer to them."""
KEPT_BACK = "a reason was given and is left out here"
"""What stands in the place of a reason where the words of people are left out."""
NOT_SAFE = "That is no sign of safety: many ways to say it are in no list, and much is not said."


@dataclass(frozen=True, slots=True)
class Place:
    """Where to read. turn : number; code : one of `CODES`; why : a sentence; because : numbers of the turns it rests on"""

    turn: int
    code: str
    why: str
    because: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """What to read. turn : number; row : line of the file, None where there is none; words : found ones, with some beside them"""

    turn: int
    row: int | None
    words: str


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
            if mark.code in _CLASSES:
                found.append(Place(turn.turn, mark.code, _words(turn, mark.code) + _withdrawn(mark)))
            elif mark.code == ASKED:
                found.append(_asked(turn, mark, _answers(coding.turns, at), said))
    found += _after_others(coding.turns)
    told = {place.turn for place in found if place.code != HINT}
    # Beside what is said outright a hint adds nothing.
    kept = dict.fromkeys(place for place in found if place.code != HINT or place.turn not in told)
    return tuple(sorted(kept, key=lambda place: place.turn))


def lines(coding: Coding, transcript: Transcript) -> tuple[Line, ...]:
    """Every turn that `places` names with the words to read, in the order of the session: for one in which nobody could be coded.

    >>> from forwhom.programme.session import Turn, code
    >>> said = Transcript("s", (Turn(1, "", "unknown", "It rained. I want to die.", row=4),))
    >>> [(line.turn, line.row, line.words) for line in lines(code(said), said)]
    [(1, 4, 'It rained. I want to die.')]
    """
    coded = {turn.turn: turn for turn in coding.turns}
    named = set(turns_with(coding))
    found = []
    for turn in transcript.turns:
        if turn.number in named:
            spans = [each for mark in coded[turn.number].marks if mark.code in CODES for each in mark.evidence]
            first = min((each.start for each in spans), default=0)
            last = max((each.end for each in spans), default=len(turn.text))
            found.append(Line(turn.number, turn.row, _around(turn.text, first, last)))
    return tuple(found)


def _around(text: str, start: int, end: int) -> str:
    """The words with some before and after them, cut between words."""
    end = min(end, start + MOST_SHOWN)
    first = text.rfind(" ", 0, start - BESIDE) + 1 if start > BESIDE else 0
    last = text.find(" ", end + BESIDE) if end + BESIDE < len(text) else -1
    return ("… " if first else "") + text[first : last if last > 0 else len(text)] + (" …" if last > 0 else "")


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
        return f"Read first: {which} {shown}, for words of self-harm, death or danger to or from others, or for what was asked about them."
    if not searched(coding):
        return f"The coder marked no words of self-harm or death; the words themselves were not searched. {NOT_SAFE}"
    return f"No wording of self-harm, death or danger to or from others that the list knows was found. {NOT_SAFE}"


def _words(turn: CodedTurn, code: str) -> str:
    known = turn.role in ("patient", "therapist")
    return f"{_CLASSES[code]}." if known else f"{_CLASSES[code]}; who speaks is not coded."


def _withdrawn(mark: Mark) -> str:
    if not mark.withdrawn:
        return ""
    given = mark.withdrawn_why.rstrip(".")
    why = f"; {given}" if given == KEPT_BACK else f", because: {given}" if given else ""
    return f" Withdrawn by {mark.withdrawn_by or 'somebody'}{why}."


def without_reasons(coding: Coding) -> Coding:
    """The coding as it can be sent: of each reason for a withdrawal only that one was given.

    >>> from forwhom.programme.session.model import CodedTurn
    >>> taken_back = Mark(SAID, 1.0, withdrawn=True, withdrawn_by="anna", withdrawn_why="a song by Tom")
    >>> without_reasons(Coding("s", "rules", (CodedTurn(1, "patient", (taken_back,)),))).turns[0].marks[0].withdrawn_why
    'a reason was given and is left out here'
    """

    def kept_back(mark: Mark) -> Mark:
        return replace(mark, withdrawn_why=KEPT_BACK) if mark.withdrawn_why else mark

    return replace(coding, turns=tuple(replace(turn, marks=tuple(map(kept_back, turn.marks))) for turn in coding.turns))


def _after_others(turns: Sequence[CodedTurn]) -> Iterator[Place]:
    """What the patient says after somebody who is neither patient nor therapist named it, such as a parent who is there."""
    for at, turn in enumerate(turns):
        if turn.role in ("patient", "therapist") or not any(
            mark.code in _CLASSES and mark.code != HINT for mark in turn.marks
        ):
            continue
        after = [each for each in turns[at + 1 : at + 1 + TURNS_AFTER] if each.role == "patient"]
        for each in after[:2]:
            yield Place(each.turn, ASKED, f"Named in turn {turn.turn}, not by the therapist; {READ}", (turn.turn,))


def _answers(turns: Sequence[CodedTurn], at: int) -> list[CodedTurn]:
    """What is said between a turn of the therapist and their next."""
    between: list[CodedTurn] = []
    for turn in turns[at + 1 :]:
        if turn.role == "therapist":
            break
        between.append(turn)
    return between


def _asked(turn: CodedTurn, mark: Mark, between: Sequence[CodedTurn], said: dict[int, str]) -> Place:
    answer = next((each for each in between if each.role == "patient"), between[0] if between else None)
    if answer is None:
        return Place(turn.turn, ASKED, "Asked or named by the therapist; nobody answers." + _withdrawn(mark))
    taken_back = _withdrawn(mark) or "".join(_withdrawn(each) for each in answer.marks if each.code == ANSWERED)
    how = _how(said.get(turn.turn), said.get(answer.turn), alone=len(between) == 1, patient=answer.role == "patient")
    return Place(answer.turn, ASKED, f"Asked or named in turn {turn.turn}; {how}{taken_back}", (turn.turn,))


def _how(question: str | None, answer: str | None, *, alone: bool, patient: bool) -> str:
    """What can be said of an answer. Where more is said before the therapist speaks again, a no may be taken back there."""
    if question is None or answer is None:
        return "this turn follows."
    how = answered(question, answer)
    if not patient and how != NO_WORDS:
        return "answered here by somebody else: read it."
    return READ if how in (DENIED, AFFIRMED) and not alone else how


def of_code(found: Sequence[Place], code: str) -> Iterator[Place]:
    """The places of one code."""
    return (place for place in found if place.code == code)
