"""Where a coder of your own can be plugged in: a local language model, another lexicon. Off unless it is named.

What it says is checked against the transcript: a code that is none, a turn that is not there, words that do not stand in the turn
are refused. Nothing here opens a file or a network; what a coder of yours does is yours to answer for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Protocol

from forwhom.problems import Problem, ProblemsFound, did_you_mean, listed, short
from forwhom.programme.session.coding import CALM, carried, code, level_of, patient_turn, patients
from forwhom.programme.session.model import CodedTurn, Coding, Evidence, Mark
from forwhom.programme.session.risk import CODES
from forwhom.programme.session.rules import RuleSet, shipped
from forwhom.programme.session.turns import Transcript


@dataclass(frozen=True, slots=True)
class Proposed:
    """One code that a coder proposes.

    words : the words of the turn that led to it, as they stand there; "" for the whole turn
    confidence : 0 to 1
    """

    turn: int
    code: str
    words: str = ""
    confidence: float = 0.5


class Coder(Protocol):
    """Anything that proposes codes for a session."""

    def __call__(self, transcript: Transcript, codes: Mapping[str, str]) -> Iterable[Proposed]:
        """Codes for the turns. codes : id → what it means, in a sentence"""
        ...


def code_with(coder: Coder, transcript: Transcript, name: str, rules: RuleSet | None = None) -> Coding:
    """The session coded by a coder of your own; level, state and mode follow from its codes as they do from the rules'.

    name : of the coder, as the coding will say
    Words of self-harm and death are looked for by the rules all the same, and stand beside what the coder proposes.
    Raises ProblemsFound with every proposal that does not fit, and where the coder stops with an error of its own.

    >>> from forwhom.programme.session.turns import Turn
    >>> session = Transcript("s", (Turn(1, "T", "therapist", "Shall we go back a step?"),))
    >>> made = code_with(lambda transcript, codes: [Proposed(1, "rewind", "go back", 0.9)], session, "mine")
    >>> made.turns[0].level, made.by
    (2, 'mine')
    """
    used = rules or shipped()
    turns = {turn.number: turn for turn in transcript.turns}
    marks: dict[int, dict[str, Mark]] = {}
    problems: list[Problem] = []
    for row, each in enumerate(_proposed(coder, transcript, used, name), 1):
        found = _wrong_kinds(each, row, name) or _wrong(each, turns.get(each.turn), used, row, name)
        if found is not None:
            problems.append(found)
            continue
        text = turns[each.turn].text
        start = text.find(each.words) if each.words else 0
        evidence = Evidence(name, start, start + len(each.words or text))
        of_turn = marks.setdefault(each.turn, {})
        before = of_turn.get(each.code)
        if before is not None:
            both = tuple(dict.fromkeys((*before.evidence, evidence)))
            of_turn[each.code] = replace(
                before, confidence=max(before.confidence, float(each.confidence)), evidence=both
            )
        else:
            of_turn[each.code] = Mark(each.code, float(each.confidence), (evidence,), name)
    if problems:
        raise ProblemsFound(problems)
    _with_risk(marks, transcript, used)
    return Coding(transcript.name, name, tuple(_turns(transcript, marks, used)), used.name, transcript.fingerprint)


def _proposed(coder: Coder, transcript: Transcript, rules: RuleSet, name: str) -> list[Proposed]:
    """What the coder proposes. Nothing of it is used where it stops on the way: half a coding looks like a whole one."""
    try:
        made = list(coder(transcript, {each.id: each.says for each in rules.codes.values()}))
    except ProblemsFound:
        raise
    except (Exception, SystemExit) as why:
        do = "Mend the coder, or leave it out; nothing of it was used."
        found = f"the coder stopped: {type(why).__name__}: {short(why, 120)}"
        if isinstance(why, TypeError) and "not iterable" in str(why):
            do, found = (
                "Let the coder give back what it proposes, an empty list for nothing.",
                "the coder gives nothing back that can be gone through",
            )
        raise ProblemsFound([Problem("coder-failed", do, name, found=found)]) from why
    odd = [type(each).__name__ for each in made if not isinstance(each, Proposed)]
    if odd:
        do = "Let it give Proposed(turn, code, words, confidence); see docs/reference/session-files.md."
        raise ProblemsFound(
            [Problem("coder-failed", do, name, found=f"the coder gives {listed(sorted(set(odd)))}", count=len(odd))]
        )
    return made


def _with_risk(marks: dict[int, dict[str, Mark]], transcript: Transcript, rules: RuleSet) -> None:
    """The rules' words of risk beside the coder's marks; where both name a code the coder's own words stay first."""
    for turn in code(transcript, rules).turns:
        for mark in turn.marks:
            if mark.code in CODES:
                marks.setdefault(turn.turn, {}).setdefault(mark.code, mark)


_KINDS = (
    ("turn", Integral, "whole number"),
    ("code", str, "text"),
    ("words", str, "text"),
    ("confidence", Real, "number"),
)


def _wrong_kinds(each: Proposed, row: int, name: str) -> Problem | None:
    """What is no number or no text where it must be one."""
    odd = []
    for key, kind, called in _KINDS:
        value = getattr(each, key)
        if isinstance(value, bool) or not isinstance(value, kind):
            odd.append(f"{key} {short(value)} is no {called}")
    if not odd:
        return None
    do = "Let it give Proposed(turn, code, words, confidence); see docs/reference/session-files.md."
    return Problem("wrong-proposal", do, name, row, found="; ".join(odd))


def _wrong(each: Proposed, turn: object, rules: RuleSet, row: int, name: str) -> Problem | None:
    from forwhom.programme.session.turns import Turn

    if not isinstance(turn, Turn):
        return Problem(
            "unknown-turn",
            "Let the coder name turns of the transcript.",
            name,
            row,
            found=f"there is no turn {each.turn}",
        )
    known = rules.codes.get(each.code)
    if known is None or known.who != turn.role:
        codes = [code.id for code in rules.codes.values() if code.who == turn.role]
        do = f"{did_you_mean(each.code, codes)}Let the coder name codes of the {turn.role}."
        return Problem(
            "unknown-code",
            do,
            name,
            row,
            found=f"'{each.code}' is no code of turn {each.turn}",
            possible=listed(codes, 40),
        )
    if each.words and each.words not in turn.text:
        do = "Let the coder give words as they stand in the turn."
        return Problem("words-not-there", do, name, row, found=f"words given for turn {each.turn} do not stand in it")
    if not 0 <= each.confidence <= 1:
        return Problem(
            "wrong-confidence", "Give a number from 0 to 1.", name, row, found=f"a confidence of {each.confidence}"
        )
    return None


def _turns(transcript: Transcript, marks: Mapping[int, Mapping[str, Mark]], rules: RuleSet) -> Iterable[CodedTurn]:
    several = patients(transcript)
    states: dict[str, tuple[float, float]] = {}
    for turn in transcript.turns:
        own = tuple(marks.get(turn.number, {}).values())
        if turn.role == "therapist":
            level, why = level_of(own, rules)
            yield CodedTurn(turn.number, turn.role, own, level, why)
        elif turn.role == "patient":
            words = len(turn.text.split())
            who = several.get(turn.speaker, "")
            state = states[who] = carried(own, *states.get(who, CALM), words, rules)
            yield patient_turn(turn.number, own, *state, rules, who)
        else:
            yield CodedTurn(turn.number, turn.role, own)
