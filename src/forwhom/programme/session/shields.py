"""What takes a wording away wherever it stands: quoted, said by somebody else, denied, once, asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from forwhom.programme.session.patterns import Pattern

QUOTED, BEFORE, AFTER, ASKED = "quoted", "before", "after", "asked"
KINDS = (QUOTED, BEFORE, AFTER, ASKED)
SENTENCE = ".?!\n"
CLAUSE = ".?!\n,;:—–"


@dataclass(frozen=True, slots=True, eq=False)
class Shield:
    """Words around a wording that take it away.

    kind : "quoted", between quotation marks; "before" and "after", one of `patterns` stands there; "asked", the sentence is a question
    codes : those whose wordings it takes away
    near : words that may stand between; clause : a comma ends the look, otherwise only the end of the sentence does
    """

    id: str
    kind: str
    codes: tuple[str, ...]
    source: str
    says: str = ""
    patterns: tuple[Pattern, ...] = ()
    near: int = 0
    clause: bool = False


def by_code(shields: Iterable[Shield]) -> dict[str, tuple[Shield, ...]]:
    """The shields that each code has."""
    found: dict[str, tuple[Shield, ...]] = {}
    for shield in shields:
        for code in shield.codes:
            found[code] = (*found.get(code, ()), shield)
    return found


def unshielded(
    shields: Sequence[Shield], places: list[tuple[int, int]], text: str, words: frozenset[str]
) -> list[tuple[int, int]]:
    """The places at which nothing takes the wording away.

    text : of the turn, made plain; words : those in it
    """
    could = [shield for shield in shields if _could(shield, text, words)]
    if not could:
        return places
    return [place for place in places if not any(_takes(shield, text, *place) for shield in could)]


def _could(shield: Shield, text: str, words: frozenset[str]) -> bool:
    if shield.kind == QUOTED:
        return '"' in text
    if shield.kind == ASKED:
        return "?" in text
    return any(_there(pattern, words) for pattern in shield.patterns)


def _there(pattern: Pattern, words: frozenset[str]) -> bool:
    # A stem is looked for as it is; it names too many rather than too few.
    if words.isdisjoint(pattern.triggers) and not any(word.endswith("*") for word in pattern.triggers):
        return False
    return not any(words.isdisjoint(needed) for needed in pattern.also)


def _takes(shield: Shield, text: str, start: int, end: int) -> bool:
    if shield.kind == QUOTED:
        return text.count('"', 0, start) % 2 == 1 and '"' in text[end:]
    marks = CLAUSE if shield.clause else SENTENCE
    if shield.kind == AFTER:
        stop = min((place for mark in marks if (place := text.find(mark, end)) >= 0), default=len(text))
        rest = text[end:stop]
        return any(_words(rest[: match.start()]) <= shield.near for match in _found(shield.patterns, rest))
    if shield.kind == ASKED:
        stop = min((place for mark in SENTENCE if (place := text.find(mark, end)) >= 0), default=len(text))
        return text[stop : stop + 1] == "?"
    first = max(text.rfind(mark, 0, start) for mark in marks) + 1
    rest = text[first:start]
    return any(_words(rest[match.end() :]) <= shield.near for match in _found(shield.patterns, rest))


def _found(patterns: Iterable[Pattern], text: str) -> Iterable[re.Match[str]]:
    return (match for pattern in patterns for match in pattern.found.finditer(text))


def _words(text: str) -> int:
    return len(text.split())


Shielded = Mapping[str, tuple[Shield, ...]]
