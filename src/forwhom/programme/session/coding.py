"""Coding a session by rule: every turn's codes with the words that led to them, the level, the patient's state."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from forwhom.programme.session.interrupted import Interrupted, interrupted
from forwhom.programme.session.model import (
    HOLDS,
    NOT_SEEN,
    RULES,
    Arousal,
    CodedTurn,
    Coding,
    Evidence,
    Mark,
    Mentalizing,
    Mode,
    held,
)
from forwhom.programme.session.patterns import in_words
from forwhom.programme.session.quick import maker, thousandths
from forwhom.programme.session.rules import ANYBODY, OTHERS, Rule, RuleSet, shipped
from forwhom.programme.session.shields import unshielded
from forwhom.programme.session.structure import ALONE, ANSWERS, KINDS, SIGNS, Said
from forwhom.programme.session.turns import Transcript

CAPPED = 0.4
"""The most confidence that a capped code has; too little to hold."""
DOUBTFUL, LOST = 0.25, 0.45
"""Bounds of `lost`, from which on mentalizing is doubtful, and lost. Conventions of this project."""
RAISED, HIGH = 0.2, 0.45
"""Bounds of `stirred`, from which on arousal is raised, and high. Conventions of this project."""
CARRIED = 0.5
"""How much of the state of the patient's turn before is still there."""
CARRIED_SHORT, SHORT = 0.85, 3
"""The same for a turn of so few words that it tells little by itself."""
CALM = (0.0, 0.0)
"""How far signs speak for lost mentalizing and for arousal before anything was said."""
ASKING = "question"
RELATIONSHIP, OWN_PART = "relationship", "own-part"
MOST_CONFIDENCE = 0.95
_START = re.compile(r"[\w']")
_turn, _mark, _evidence = maker(CodedTurn), maker(Mark), maker(Evidence)


def code(transcript: Transcript, rules: RuleSet | None = None) -> Coding:
    """The session coded by rule. Turns of the therapist and the patient are coded; in others only words of self-harm are looked for.

    The time grows with the length of the session alone.

    >>> from forwhom.programme.session.turns import Turn
    >>> session = Transcript("s", (Turn(1, "T", "therapist", "You must be angry."), Turn(2, "P", "patient", "Yes.")))
    >>> [sorted(turn.codes) for turn in code(session).turns]
    [['telling-feeling'], ['easy-agreement']]
    """
    used = rules or shipped()
    structures = {role: [rule for rule in used.structures if rule.who == role] for role in ("therapist", "patient")}
    alone = {
        role: [(rule, KINDS[rule.kind], SIGNS.get(rule.kind, "")) for rule in rules if rule.kind in ALONE]
        for role, rules in structures.items()
    }
    answers = {
        role: [(rule, KINDS[rule.kind]) for rule in rules if rule.kind in ANSWERS] for role, rules in structures.items()
    }
    after = {role: frozenset(code for rule, _ in rules for code in rule.after) for role, rules in answers.items()}
    plain, words = in_words([turn.text for turn in transcript.turns])
    every = [set(own) for own in words]
    used.learn(set().union(*every))
    # Whoever else speaks: words of self-harm are looked for, and nothing else.
    roles = [turn.role if turn.role in structures else OTHERS for turn in transcript.turns]
    worded = _worded(roles, plain, words, every, used)
    for each in interrupted(transcript.turns, plain, words):
        for name, hits in _across(each, roles[each.at], used).items():
            worded.setdefault(each.at, {}).setdefault(name, hits)
    coded: list[CodedTurn] = []
    last: Said | None = None
    several = patients(transcript)
    states: dict[str, tuple[float, float]] = {}
    for at, (turn, text, own, there) in enumerate(zip(transcript.turns, plain, words, every, strict=True)):
        role = turn.role
        found = worded.get(at) or {}
        if role not in structures:
            others = _marks(found, used) if found else ()
            coded.append(_turn(turn.number, role, others, None, "", None, None, None, None, None, "", ""))
            continue
        said = Said(role, turn.text, text, own, there)
        for rule, look, sign in alone[role]:
            if sign in text and (evidence := look(rule, said, last)) is not None:
                found.setdefault(rule.code, []).append((rule.weight, (evidence,)))
        if last is not None and not after[role].isdisjoint(last.held):
            for rule, look in answers[role]:
                if (evidence := look(rule, said, last)) is not None:
                    found.setdefault(rule.code, []).append((rule.weight, (evidence,)))
        marks: tuple[Mark, ...] = ()
        if found:
            marks = _marks(found, used)
            said.held = held(marks)
        if role == "therapist":
            level, why = level_of(marks, used) if marks else (None, "")
            coded.append(_turn(turn.number, role, marks, level, why, None, None, None, None, None, "", ""))
        else:
            who = several.get(turn.speaker, "")
            state = states[who] = carried(marks, *states.get(who, CALM), len(own), used)
            coded.append(patient_turn(turn.number, marks, *state, used, who))
        last = said
    return Coding(transcript.name, "rules", tuple(coded), used.name, transcript.fingerprint)


Hits = list[tuple[float, tuple[Evidence, ...]]]


def _worded(
    roles: Sequence[str],
    plain: Sequence[str],
    words: Sequence[Sequence[str]],
    every: Sequence[set[str]],
    rules: RuleSet,
) -> dict[int, dict[str, Hits]]:
    """Per turn, by its place, and code the rules that its wordings meet.

    plain : texts made plain; words : of them, in order; every : the same, each once
    One wording after the other, not one turn after the other: each is a program of its own, which takes longer to come back to than to run.
    """
    places: dict[int, dict[Rule, list[tuple[int, int]]]] = {}
    for role, (finder, wordings) in rules.finders.items():
        turns: dict[int, list[int]] = {}
        for at, own in enumerate(roles):
            if own == role:
                for number in finder.candidates(words[at], every[at]):
                    turns.setdefault(number, []).append(at)
        for number in sorted(turns):
            rule, pattern = wordings[number]
            for at in turns[number]:
                if not rule.most_words or len(words[at]) <= rule.most_words:
                    spans = pattern.spans(plain[at])
                    if spans:
                        places.setdefault(at, {}).setdefault(rule, []).extend(spans)
    return {at: _hits(found, plain[at], every[at], rules) for at, found in places.items()}


def _across(said: Interrupted, role: str, rules: RuleSet) -> dict[str, Hits]:
    """Wordings of danger that begin in one turn and end in a later one, where their places are given."""
    (text,), (words,) = in_words([said.text])
    there = set(words)
    finder, wordings = rules.finders[role]
    places: dict[Rule, list[tuple[int, int]]] = {}
    for number in finder.candidates(words, there):
        rule, pattern = wordings[number]
        if rule.who == ANYBODY and not pattern.once:
            spans = [(start, end) for start, end in pattern.spans(text) if start < said.cut < end]
            if spans:
                places.setdefault(rule, []).extend(spans)
    found = _hits(places, text, there, rules) if places else {}
    return {
        name: [
            (weight, tuple([_evidence(each.rule, 0, said.within(each.end)) for each in evidence]))
            for weight, evidence in hits
        ]
        for name, hits in found.items()
    }


def _hits(places: dict[Rule, list[tuple[int, int]]], text: str, there: set[str], rules: RuleSet) -> dict[str, Hits]:
    """Per code the rules whose wordings stand in a turn, without what exceptions and shields take away."""
    found: dict[str, Hits] = {}
    for rule, spans in places.items():
        kept = _kept(rule, spans, text, there)
        shields = rules.shielded.get(rule.code)
        if shields and kept:
            kept = unshielded(shields, kept, text, there)
        if kept:
            found.setdefault(rule.code, []).append((rule.weight, tuple([_evidence(rule.id, a, b) for a, b in kept])))
    return found


def _kept(rule: Rule, places: list[tuple[int, int]], text: str, words: set[str]) -> list[tuple[int, int]]:
    """Where a rule's wordings stand, without those that its exceptions overlap; none inside another."""
    for pattern in rule.but_not:
        if pattern.may_stand(words):
            for start, end in pattern.spans(text):
                places = [place for place in places if place[1] <= start or end <= place[0]]
    kept: list[tuple[int, int]] = []
    for start, end in sorted(places) if len(places) > 1 else places:
        if not text[start].isalpha() and (first := _START.search(text, start, end)) is not None:
            start = first.start()
        if kept and start < kept[-1][1]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]))
        else:
            kept.append((start, end))
    return kept


def _confidence(hits: Hits) -> float:
    if len(hits) == 1:
        return min(MOST_CONFIDENCE, thousandths(hits[0][0]))
    against = 1.0
    for weight, _ in hits:
        against *= 1.0 - weight
    return min(MOST_CONFIDENCE, thousandths(1.0 - against))


def _marks(found: dict[str, Hits], rules: RuleSet) -> tuple[Mark, ...]:
    made = []
    for name, hits in found.items():
        evidence = hits[0][1] if len(hits) == 1 else tuple(each for _, part in hits for each in part)
        made.append(_mark(name, _confidence(hits), evidence, RULES, False, "", ""))
    if len(made) > 1:
        made = _capped(made, rules)
        made.sort(key=_surest)
    return tuple(made)


def _capped(marks: list[Mark], rules: RuleSet) -> list[Mark]:
    """A code that another caps is left standing with too little confidence to hold."""
    under = {rules.capped[mark.code] for mark in marks if mark.code in rules.capped and mark.confidence >= HOLDS}
    if not under:
        return marks
    return [replace(m, confidence=min(m.confidence, CAPPED)) if m.code in under else m for m in marks]


def _surest(mark: Mark) -> tuple[float, str]:
    return -mark.confidence, mark.code


def level_of(marks: Sequence[Mark], rules: RuleSet) -> tuple[int | None, str]:
    """The highest level of which a technique holds, and that technique; None where none does.

    That something is asked makes it level 2 only where nothing else tells the level: help can be offered by asking, too. One's own
    part acknowledged without a question is repair (S2 line 107), and no taking up of the relationship, though it names what was done.
    """
    repair = _repairs(marks)
    best: tuple[int, float, str] | None = None
    asked: tuple[int, str] | None = None
    for mark in marks:
        level = rules.codes[mark.code].level if mark.code in rules.codes else None
        if level is None or not mark.holds:
            continue
        if repair and mark.code == RELATIONSHIP and mark.by == RULES:
            continue
        if mark.code == ASKING:
            asked = (level, mark.code)
        elif best is None or (level, mark.confidence) > best[:2]:
            best = (level, mark.confidence, mark.code)
    if best is not None:
        return best[0], best[2]
    return asked if asked is not None else (None, "")


def _repairs(marks: Sequence[Mark]) -> bool:
    codes = held(marks)
    return OWN_PART in codes and ASKING not in codes


def strains(marks: Sequence[Mark], rules: RuleSet) -> tuple[float, float]:
    """How far the signs of one turn speak for lost mentalizing and for arousal, each 0 to 1: 1 − ∏(1 − weight × confidence)."""
    whole = kept = calm = settled = 1.0
    least = 0.0
    for mark in marks:
        name = rules.codes.get(mark.code)
        if name is None or mark.withdrawn:
            continue
        if name.lost > 0:
            whole *= 1.0 - name.lost * mark.confidence
            if name.mode is not None and mark.confidence >= HOLDS:
                least = DOUBTFUL
        elif name.lost < 0:
            kept *= 1.0 + name.lost * mark.confidence
        if name.stirred > 0:
            calm *= 1.0 - name.stirred * mark.confidence
        elif name.stirred < 0:
            settled *= 1.0 + name.stirred * mark.confidence
    # A mode of before mentalizing is none of mentalizing kept.
    return max((1.0 - whole) * kept, least), (1.0 - calm) * settled


def carried(marks: Sequence[Mark], lost: float, stirred: float, words: int, rules: RuleSet) -> tuple[float, float]:
    """The state after a patient's turn of so many words: what its signs say, or what is left of the state before."""
    kept = CARRIED_SHORT if words <= SHORT else CARRIED
    own_lost, own_stirred = strains(marks, rules) if marks else (0.0, 0.0)
    return max(own_lost, kept * lost), max(own_stirred, kept * stirred)


def patients(transcript: Transcript) -> dict[str, str]:
    """Speakers who are patients, numbered "1", "2" … as they come; empty where there is one alone.

    >>> from forwhom.programme.session.turns import Turn
    >>> turns = [Turn(1, "Tom", "patient", "No."), Turn(2, "Ann", "patient", "Yes."), Turn(3, "TOM", "patient", "Oh.")]
    >>> patients(Transcript("group", tuple(turns)))
    {'Tom': '1', 'Ann': '2', 'TOM': '1'}
    """
    speakers = list(dict.fromkeys([turn.speaker for turn in transcript.turns if turn.role == "patient"]))
    people = list(dict.fromkeys([name.casefold() for name in speakers]))
    return {name: str(people.index(name.casefold()) + 1) for name in speakers} if len(people) > 1 else {}


def patient_turn(
    number: int, marks: tuple[Mark, ...], lost: float, stirred: float, rules: RuleSet, patient: str = ""
) -> CodedTurn:
    """A patient's turn with its state in words. patient : which of several speaks


    Words in which nothing was seen show neither that mentalizing is kept nor that arousal is low: both need a sign of their own.
    """
    lost, stirred = thousandths(lost), thousandths(stirred)
    for_kept, for_low = _speaks_for(marks, rules) if marks else (False, False)
    mentalizing: Mentalizing = "lost" if lost >= LOST else "doubtful" if lost >= DOUBTFUL else NOT_SEEN
    arousal: Arousal = "high" if stirred >= HIGH else "raised" if stirred >= RAISED else NOT_SEEN
    if mentalizing == NOT_SEEN and for_kept:
        mentalizing = "kept"
    if arousal == NOT_SEEN and for_low:
        arousal = "low"
    mode = mode_of(marks, rules) if marks else None
    return _turn(number, "patient", marks, None, "", mentalizing, arousal, mode, lost, stirred, patient, "")


def _speaks_for(marks: Sequence[Mark], rules: RuleSet) -> tuple[bool, bool]:
    """Whether a sign that holds speaks for kept mentalizing, and one for low arousal."""
    codes = [rules.codes[mark.code] for mark in marks if mark.code in rules.codes and mark.holds]
    return any(code.lost < 0 for code in codes), any(code.stirred < 0 for code in codes)


def mode_of(marks: Sequence[Mark], rules: RuleSet) -> Mode | None:
    """The mode of the surest sign that belongs to one."""
    best: tuple[float, Mode] | None = None
    for mark in marks:
        mode = rules.codes[mark.code].mode if mark.code in rules.codes and not mark.withdrawn else None
        if mode is not None and mark.confidence >= HOLDS and (best is None or mark.confidence > best[0]):
            best = (mark.confidence, mode)
    return best[1] if best else None
