"""What takes a wording away wherever it stands: quoted, said by somebody else, denied, once, asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from forwhom.programme.session.patterns import Pattern

QUOTED, BEFORE, AFTER, ASKED = "quoted", "before", "after", "asked"
KINDS = (QUOTED, BEFORE, AFTER, ASKED)
_MARK = {QUOTED: '"', ASKED: "?"}
SENTENCE = ".?!\n"
FURTHEST = 80
"""Letters before a wording in which something may take it away."""
CLAUSE = ".?!\n,;:—–"


@dataclass(frozen=True, slots=True, eq=False)
class Shield:
    """Words around a wording that take it away.

    kind : "quoted", between quotation marks; "before" and "after", one of `patterns` stands there; "asked", the sentence is a question
    codes : those whose wordings it takes away
    near : words that may stand between; clause : a comma ends the look, otherwise only the end of the sentence does
    words, stems : of which one, or a word that begins so, is in every text that one of `patterns` is in; made by `by_code`
    """

    id: str
    kind: str
    codes: tuple[str, ...]
    source: str
    says: str = ""
    patterns: tuple[Pattern, ...] = ()
    near: int = 0
    clause: bool = False
    words: frozenset[str] = frozenset()
    stems: tuple[str, ...] = ()

    def may_stand(self, text: str, words: set[str]) -> bool:
        """Whether it can be anywhere in a turn at all, told in little time."""
        if self.patterns:
            return not words.isdisjoint(self.words) or (bool(self.stems) and any(stem in text for stem in self.stems))
        return _MARK[self.kind] in text


def by_code(shields: Iterable[Shield]) -> dict[str, tuple[Shield, ...]]:
    """The shields that each code has."""
    found: dict[str, tuple[Shield, ...]] = {}
    for each in shields:
        triggers = {word for pattern in each.patterns for word in pattern.triggers}
        stems = {word for word in triggers if word.endswith("*")}
        shield = replace(each, words=frozenset(triggers - stems), stems=tuple(sorted(word[:-1] for word in stems)))
        for code in shield.codes:
            found[code] = (*found.get(code, ()), shield)
    return found


def unshielded(
    shields: Sequence[Shield], places: list[tuple[int, int]], text: str, words: set[str]
) -> list[tuple[int, int]]:
    """The places at which nothing takes the wording away.

    text : of the turn, made plain; words : those in it
    """
    for shield in shields:
        if not shield.may_stand(text, words):
            continue
        places = [place for place in places if not _takes(shield, text, *place)]
        if not places:
            break
    return places


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
    # From a bound on: further off a wording could not be near enough.
    furthest = max(0, start - FURTHEST)
    first = max([text.rfind(mark, furthest, start) + 1 for mark in marks])
    if not first and furthest:
        first = text.find(" ", furthest, start) + 1 or start
    rest = text[first:start]
    return any(_words(rest[match.end() :]) <= shield.near for match in _found(shield.patterns, rest))


def _found(patterns: Iterable[Pattern], text: str) -> Iterable[re.Match[str]]:
    return (match for pattern in patterns for match in pattern.found.finditer(text))


def _words(text: str) -> int:
    return len(text.split())


Shielded = Mapping[str, tuple[Shield, ...]]
