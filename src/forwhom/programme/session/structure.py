"""Rules on how a turn is made, or stands to the turns before it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from forwhom.programme.session.model import Evidence
from forwhom.programme.session.patterns import Pattern
from forwhom.programme.session.quick import maker
from forwhom.programme.session.rules import Structure

LOUD = 2
"""Exclamation marks, or words in capitals, from which on a turn is loud."""
GLAD = "great thanks thank lovely happy wow amazing brilliant yay congratulations love good excited"
"""Words beside which exclamation marks are no sign of being stirred up."""
_GLAD = frozenset(GLAD.split())
_SHORT_FORMS = frozenset(("CAMHS", "PTSD", "CPTSD", "ADHD", "AIDS", "EUPD", "CMHT", "AMHP", "GCSE"))
SHOUTED = 4
"""Letters of at least one word in capitals; shorter ones alone are mostly short forms."""
_CAPITALS = re.compile(r"[A-Z](?<!\w.)[A-Z]{2,}(?!\w)")
_evidence = maker(Evidence)
_SOUND = re.compile(r"[\[(*][^\])*\n]{2,60}[\])*]")


@dataclass(slots=True)
class Said:
    """A turn as the rules see it.

    text : as transcribed; plain : by `patterns.plain`; words : of the plain text, in order; there : the same, each once
    held : codes found with enough confidence to count; known once the turn is coded
    """

    role: str
    text: str
    plain: str
    words: Sequence[str]
    there: set[str]
    held: frozenset[str] = frozenset()


def _question(rule: Structure, now: Said, last: Said | None) -> Evidence | None:
    place = now.text.rfind("?")
    if place >= 0:
        start = max(now.text.rfind(".", 0, place), now.text.rfind("!", 0, place), now.text.rfind("?", 0, place)) + 1
        return _evidence(rule.id, start + len(now.text[start:]) - len(now.text[start:].lstrip()), place + 1)
    return _wording(rule, now) if len(now.words) > 3 else None


def _wording(rule: Structure, now: Said) -> Evidence | None:
    for pattern in rule.patterns:
        match = _met(pattern, now)
        if match:
            return None if _excepted(rule, now) else _evidence(rule.id, match.start(), match.end())
    return None


def _met(pattern: Pattern, now: Said) -> re.Match[str] | None:
    """Where the pattern stands; looked for only where the words it needs are there, which is told in little time."""
    return pattern.search(now.plain) if pattern.may_stand(now.there) else None


def _excepted(rule: Structure, now: Said) -> bool:
    return any(_met(pattern, now) for pattern in rule.but_not)


def _answers(rule: Structure, now: Said, last: Said | None) -> bool:
    """The other's turn right before has one of the codes, and this one is no longer than such an answer."""
    if last is None or last.role == rule.who or last.held.isdisjoint(rule.after):
        return False
    return 0 < len(now.words) <= rule.most_words


def _reply(rule: Structure, now: Said, last: Said | None) -> Evidence | None:
    return _wording(rule, now) if _answers(rule, now, last) else None


def _short_answer(rule: Structure, now: Said, last: Said | None) -> Evidence | None:
    if not _answers(rule, now, last) or _excepted(rule, now):
        return None
    return _evidence(rule.id, 0, len(now.text))


def _loud(rule: Structure, now: Said, last: Said | None) -> Evidence | None:
    marks = now.text.count("!")
    if marks >= LOUD and not _GLAD.isdisjoint(now.there):
        return None
    if marks >= LOUD:
        place = now.text.find("!")
        return _evidence(rule.id, max(now.text.rfind(" ", 0, place), 0), place + 1)
    if len(now.words) <= LOUD or _CAPITALS.search(now.text) is None:
        return None
    capitals = [found for found in _CAPITALS.finditer(now.text) if found[0] not in _SHORT_FORMS]
    if len(capitals) < LOUD or len(max(capitals, key=_length)[0]) < SHOUTED or now.text.isupper():
        return None
    return _evidence(rule.id, capitals[0].start(), capitals[0].end())


def _exclaimed(rule: Structure, now: Said, last: Said | None) -> Evidence | None:
    stop = now.text.find("!")
    if stop < 0 or not _GLAD.isdisjoint(now.there):
        return None
    while stop >= 0:
        start = max(now.text.rfind(mark, 0, stop) for mark in ".?!\n") + 1
        sentence = now.plain[start:stop].strip()
        if not any(each.search(sentence) for each in rule.but_not) and any(
            each.search(sentence) for each in rule.patterns
        ):
            return _evidence(rule.id, start + now.plain[start:stop].find(sentence), stop + 1)
        stop = now.text.find("!", stop + 1)
    return None


def _length(found: re.Match[str]) -> int:
    return len(found[0])


def _sound(rule: Structure, now: Said, last: Said | None) -> Evidence | None:
    if "[" not in now.text and "(" not in now.text and "*" not in now.text:
        return None
    for note in _SOUND.finditer(now.text):
        # The plain text has blanks here.
        inside = note[0].lower()
        if any(pattern.found.search(inside) for pattern in rule.patterns):
            return _evidence(rule.id, note.start(), note.end())
    return None


KINDS: dict[str, Callable[[Structure, Said, Said | None], Evidence | None]] = {
    "question": _question,
    "reply": _reply,
    "short-answer": _short_answer,
    "loud": _loud,
    "exclaimed": _exclaimed,
    "sound": _sound,
}
"""What a structure rule may look at: rule, this turn, the turn before it."""
ANSWERS = frozenset({"reply", "short-answer"})
"""Kinds that only turns of at most so many words can be, after a turn of the other that has a code."""
ALONE = frozenset(KINDS) - ANSWERS
SIGNS = {"exclaimed": "!"}
"""A sign without which a turn is not of the kind."""
