"""Rules on how a turn is made, or stands to the turns before it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from forwhom.programme.session.finder import REMEMBERED
from forwhom.programme.session.model import Evidence
from forwhom.programme.session.rules import Structure

CONTENT = 4
"""Letters from which on a word may be one of content."""
STEM = 5
"""Letters by which two words of content count as one."""
LOUD = 2
"""Exclamation marks, or words in capitals, from which on a turn is loud."""
_EMPTY = frozenset(
    [
        "about",
        "after",
        "again",
        "also",
        "always",
        "another",
        "anything",
        "because",
        "been",
        "before",
        "being",
        "cannot",
        "could",
        "couldn't",
        "didn't",
        "does",
        "doesn't",
        "doing",
        "don't",
        "done",
        "even",
        "ever",
        "every",
        "everything",
        "from",
        "getting",
        "goes",
        "going",
        "gonna",
        "have",
        "haven't",
        "having",
        "here",
        "into",
        "isn't",
        "it's",
        "just",
        "kind",
        "know",
        "like",
        "make",
        "many",
        "maybe",
        "mean",
        "more",
        "most",
        "much",
        "need",
        "never",
        "nothing",
        "okay",
        "only",
        "other",
        "over",
        "people",
        "really",
        "right",
        "said",
        "same",
        "should",
        "since",
        "some",
        "something",
        "sort",
        "still",
        "such",
        "sure",
        "take",
        "talk",
        "than",
        "that",
        "that's",
        "their",
        "them",
        "then",
        "there",
        "there's",
        "these",
        "they",
        "they're",
        "thing",
        "things",
        "think",
        "this",
        "those",
        "though",
        "thought",
        "time",
        "told",
        "very",
        "want",
        "wanted",
        "wasn't",
        "well",
        "were",
        "what",
        "what's",
        "when",
        "where",
        "which",
        "while",
        "with",
        "would",
        "wouldn't",
        "yeah",
        "you're",
        "your",
        "you've",
        "i'll",
        "i've",
    ]
)
_GLAD = frozenset(
    (
        "great",
        "thanks",
        "thank",
        "lovely",
        "happy",
        "wow",
        "amazing",
        "brilliant",
        "yay",
        "congratulations",
        "love",
        "good",
        "excited",
    )
)
"""Words beside which exclamation marks are no sign of being stirred up."""
_SHORT_FORMS = frozenset(("CAMHS", "PTSD", "CPTSD", "ADHD", "AIDS", "EUPD", "CMHT", "AMHP", "GCSE"))
SHOUTED = 4
"""Letters of at least one word in capitals; shorter ones alone are mostly short forms."""
_CAPITALS = re.compile(r"[A-Z](?<!\w.)[A-Z]{2,}(?!\w)")
_SOUND = re.compile(r"[\[(*][^\])*\n]{2,60}[\])*]")


@dataclass(slots=True)
class Said:
    """A turn as the rules see it.

    text : as transcribed; plain : by `patterns.plain`; words : of the plain text, in order
    codes : found, with their confidence; known once the turn is coded
    """

    role: str
    text: str
    plain: str
    words: Sequence[str]
    codes: Mapping[str, float] = field(default_factory=dict)
    _content: frozenset[str] | None = None

    @property
    def content(self) -> frozenset[str]:
        """Words of content, made once."""
        if self._content is None:
            self._content = content(self.words)
        return self._content


def content(words: Sequence[str]) -> frozenset[str]:
    """Words of content, by their first letters.

    >>> sorted(content(["the", "therapist", "therapists", "really", "shouted"]))
    ['shout', 'thera']
    """
    found = set(map(_BEGINNINGS.__getitem__, words))
    found.discard("")
    return frozenset(found)


class _Beginnings(dict[str, str]):
    """Words and their first letters, "" for a word without content; looked up once each."""

    def __missing__(self, word: str) -> str:
        made = word[:STEM] if len(word) >= CONTENT and word not in _EMPTY else ""
        if len(self) < REMEMBERED:
            self[word] = made
        return made


_BEGINNINGS = _Beginnings()


def _question(rule: Structure, now: Said, before: Sequence[Said]) -> Evidence | None:
    place = now.text.rfind("?")
    if place >= 0:
        start = max(now.text.rfind(".", 0, place), now.text.rfind("!", 0, place), now.text.rfind("?", 0, place)) + 1
        return Evidence(rule.id, start + len(now.text[start:]) - len(now.text[start:].lstrip()), place + 1)
    return _wording(rule, now) if len(now.words) > 3 else None


def _wording(rule: Structure, now: Said) -> Evidence | None:
    if any(pattern.search(now.plain) for pattern in rule.but_not):
        return None
    for pattern in rule.patterns:
        match = pattern.search(now.plain)
        if match:
            return Evidence(rule.id, match.start(), match.end())
    return None


def _answers(rule: Structure, before: Sequence[Said]) -> bool:
    """The other's turn right before has one of the codes, with enough confidence to be one."""
    last = before[-1] if before else None
    return last is not None and last.role != rule.who and any(last.codes.get(code, 0.0) >= 0.5 for code in rule.after)


def _reply(rule: Structure, now: Said, before: Sequence[Said]) -> Evidence | None:
    if not now.words or len(now.words) > rule.most_words or not _answers(rule, before):
        return None
    return _wording(rule, now)


def _short_answer(rule: Structure, now: Said, before: Sequence[Said]) -> Evidence | None:
    if not now.words or len(now.words) > rule.most_words or not _answers(rule, before):
        return None
    return Evidence(rule.id, 0, len(now.text))


def _new_topic(rule: Structure, now: Said, before: Sequence[Said]) -> Evidence | None:
    if len(now.words) < rule.least_words or len(before) < 2 or before[-1].role == rule.who:
        return None
    own = now.content
    asked = before[-1].content
    earlier = next((each for each in reversed(before) if each.role == rule.who), None)
    said = earlier.content if earlier is not None else frozenset()
    if min(len(own), len(said)) < 4 or len(asked) < 2:
        return None
    # Most often nothing may be shared, which the first word that is ends.
    taken_up = 0 if own.isdisjoint(asked) and own.isdisjoint(said) else len(own & (asked | said)) if rule.share else 1
    return Evidence(rule.id, 0, len(now.text)) if taken_up <= rule.share * len(own) else None


def _loud(rule: Structure, now: Said, before: Sequence[Said]) -> Evidence | None:
    marks = now.text.count("!")
    if marks >= LOUD and not _GLAD.isdisjoint(now.words):
        return None
    if marks >= LOUD:
        place = now.text.find("!")
        return Evidence(rule.id, max(now.text.rfind(" ", 0, place), 0), place + 1)
    if len(now.words) <= LOUD or now.text.isupper():
        return None
    capitals = [found for found in _CAPITALS.finditer(now.text) if found[0] not in _SHORT_FORMS]
    if len(capitals) < LOUD or len(max(capitals, key=_length)[0]) < SHOUTED:
        return None
    return Evidence(rule.id, capitals[0].start(), capitals[0].end())


def _length(found: re.Match[str]) -> int:
    return len(found[0])


def _sound(rule: Structure, now: Said, before: Sequence[Said]) -> Evidence | None:
    if "[" not in now.text and "(" not in now.text and "*" not in now.text:
        return None
    for note in _SOUND.finditer(now.text):
        inside = now.plain[note.start() : note.end()]
        if any(pattern.found.search(inside) for pattern in rule.patterns):
            return Evidence(rule.id, note.start(), note.end())
    return None


KINDS: dict[str, Callable[[Structure, Said, Sequence[Said]], Evidence | None]] = {
    "question": _question,
    "reply": _reply,
    "short-answer": _short_answer,
    "new-topic": _new_topic,
    "loud": _loud,
    "sound": _sound,
}
"""What a structure rule may look at: rule, this turn, the last turns before it."""
ANSWERS = frozenset({"reply", "short-answer"})
"""Kinds that only turns of at most so many words can be."""
