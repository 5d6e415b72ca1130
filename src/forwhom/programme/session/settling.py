"""What rests on a sign that was corrected, worked out anew: level, mode, states and those they carry on, answers to what was withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from forwhom.problems import Problem
from forwhom.programme.session.coding import (
    CALM,
    DOUBTFUL,
    HIGH,
    LOST,
    MOST_CONFIDENCE,
    RAISED,
    carried,
    level_of,
    mode_of,
    patient_turn,
)
from forwhom.programme.session.model import RULES, CodedTurn, Coding, Evidence, Mark, held
from forwhom.programme.session.patterns import in_words
from forwhom.programme.session.quick import thousandths
from forwhom.programme.session.rules import RuleSet
from forwhom.programme.session.structure import ANSWERS, KINDS, Said
from forwhom.programme.session.turns import Transcript

States = Mapping[int, Mapping[str, str]]
JUST_BELOW = 0.001
_BANDS = {
    "kept": (0.0, DOUBTFUL - JUST_BELOW),
    "doubtful": (DOUBTFUL, LOST - JUST_BELOW),
    "lost": (LOST, 1.0),
    "low": (0.0, RAISED - JUST_BELOW),
    "raised": (RAISED, HIGH - JUST_BELOW),
    "high": (HIGH, 1.0),
}


def settled(
    coding: Coding, before: Coding, transcript: Transcript | None, states: States, rules: RuleSet
) -> tuple[Coding, tuple[Problem, ...]]:
    """The coding with everything that follows from its marks.

    before : as it was coded; states : turn → what a person set there, by name, which the turns after carry on
    States stay as they are where people coded them, and where the transcript is not at hand, which is told.
    """
    old = {turn.turn: turn for turn in before.turns}
    changed = {turn.turn for turn in coding.turns if turn.marks != old[turn.turn].marks}
    by_state = {turn for turn, of in states.items() if {"mentalizing", "arousal"} & set(of)}
    if not changed and not by_state:
        return coding, ()
    if changed and transcript is not None and coding.by == RULES:
        coding = _answered(coding, transcript, rules)
        changed = {turn.turn for turn in coding.turns if turn.marks != old[turn.turn].marks}
    turns = [_own(turn, old[turn.turn], rules) if turn.turn in changed else turn for turn in coding.turns]
    counted = any(turn.lost is not None for turn in before.turns)
    if not counted:
        return replace(coding, turns=tuple(turns)), ()
    if transcript is None:
        of_patient = any(turn.turn in changed and turn.role == "patient" for turn in turns)
        return replace(coding, turns=tuple(turns)), (_NOT_SETTLED,) if of_patient else ()
    return replace(coding, turns=tuple(_carried(turns, coding.by, transcript, states, rules))), ()


_NOT_SETTLED = Problem(
    "states-not-settled",
    "Correct it beside the transcript, or set them with --mentalizing and --arousal.",
    found="a sign was corrected; the states that rest on it were not worked out anew, for that needs the transcript",
    severity="notice",
)


def _own(turn: CodedTurn, old: CodedTurn, rules: RuleSet) -> CodedTurn:
    """Level and mode by the marks, where they followed from the marks before."""
    if turn.role == "therapist":
        level, why = level_of(turn.marks, rules)
        followed = not old.level_why or old.level_why in rules.codes
        return replace(turn, level=level, level_why=why) if followed else turn
    if turn.role == "patient" and old.mode == mode_of(old.marks, rules):
        return replace(turn, mode=mode_of(turn.marks, rules))
    return turn


def _carried(
    turns: list[CodedTurn], coder: str, transcript: Transcript, states: States, rules: RuleSet
) -> list[CodedTurn]:
    texts = {turn.number: turn.text for turn in transcript.turns}
    _, words = in_words([texts.get(turn.turn, "") for turn in turns])
    of_each: dict[str, tuple[float, float]] = {}
    made = []
    for turn, own in zip(turns, words, strict=True):
        if turn.role == "patient":
            # As counted when it was coded: a coder of one's own by spaces, the rules by words.
            n = len(own) if coder == RULES else len(texts.get(turn.turn, "").split())
            lost, stirred = carried(turn.marks, *of_each.get(turn.patient, CALM), n, rules)
            turn = replace(patient_turn(turn.turn, turn.marks, lost, stirred, rules, turn.patient), mode=turn.mode)
            chosen = states.get(turn.turn, {})
            of_each[turn.patient] = (
                _within(lost, chosen.get("mentalizing")), _within(stirred, chosen.get("arousal"))
            )  # fmt: skip
        made.append(turn)
    return made


def _within(value: float, state: str | None) -> float:
    """The number next to what was counted that a person's state allows."""
    if state is None or state not in _BANDS:
        return value
    low, high = _BANDS[state]
    return min(max(value, low), high)


def _answered(coding: Coding, transcript: Transcript, rules: RuleSet) -> Coding:
    """Marks on answers, by what the turn they answer holds now."""
    answers = [rule for rule in rules.structures if rule.kind in ANSWERS]
    texts = {turn.number: turn.text for turn in transcript.turns}
    plain, words = in_words([texts.get(turn.turn, "") for turn in coding.turns])
    last: Said | None = None
    made = []
    for turn, text, own in zip(coding.turns, plain, words, strict=True):
        if turn.role in ("therapist", "patient"):
            said = Said(turn.role, texts.get(turn.turn, ""), text, own, set(own))
            for rule in answers:
                if rule.who == turn.role:
                    found = KINDS[rule.kind](rule, said, last)
                    turn = replace(turn, marks=_with(turn.marks, rule.id, rule.code, rule.weight, found, rules))
            said.held = held(turn.marks)
            last = said
        made.append(turn)
    return replace(coding, turns=tuple(made))


def _with(
    marks: tuple[Mark, ...], rule: str, code: str, weight: float, found: Evidence | None, rules: RuleSet
) -> tuple[Mark, ...]:
    """The marks with, or without, what one rule on answers says."""
    own = next((mark for mark in marks if mark.code == code and mark.by == RULES), None)
    has = own is not None and any(each.rule == rule for each in own.evidence)
    if found is not None and own is None:
        return (*marks, Mark(code, weight, (found,)))
    if own is None or own.withdrawn or has == (found is not None):
        return marks
    others = tuple(each for each in own.evidence if each.rule != rule)
    evidence = others if found is None else (*others, found)
    if evidence:
        changed = replace(own, evidence=evidence, confidence=_confidence(evidence, rules))
    else:
        changed = replace(own, withdrawn=True, withdrawn_by=RULES, withdrawn_why="what it answers does not hold")
    return tuple(changed if mark is own else mark for mark in marks)


def _confidence(evidence: tuple[Evidence, ...], rules: RuleSet) -> float:
    weights = {each.id: each.weight for each in rules.rules} | {each.id: each.weight for each in rules.structures}
    against = 1.0
    for name in dict.fromkeys(each.rule for each in evidence):
        against *= 1.0 - weights.get(name, 0.0)
    return min(MOST_CONFIDENCE, thousandths(1.0 - against))
