"""A small language for wordings, made so that nobody can write a slow one.

``you must (feel|be feeling) <feeling>``: words in order inside one sentence. ``(a|b)`` one of these, ``[a|b]`` may be there,
``<name>`` one of a list of words, ``stem*`` any ending, ``..`` up to three words between (``..6`` up to six), ``^`` the sentence
begins here, ``^^`` the turn begins here, ``$`` the sentence ends here, ``$$`` the turn ends here, ``?`` the sentence ends as a question.

Every repetition is bounded and none is inside another, so that the time grows with the length of the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MOST_GAP = 8
"""Words a gap may span."""
STEM = 4
"""Letters of a stem by which it is looked up; shorter stems are refused."""
_SEP = r"[^\w'.?!\n]{1,6}"
_WORD = r"[\w']{1,40}"
_COMMON = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "can't",
        "could",
        "did",
        "do",
        "does",
        "don't",
        "for",
        "from",
        "go",
        "had",
        "has",
        "have",
        "he",
        "her",
        "him",
        "his",
        "how",
        "i",
        "i'd",
        "i'll",
        "i'm",
        "i've",
        "if",
        "in",
        "is",
        "it",
        "it's",
        "me",
        "my",
        "no",
        "not",
        "of",
        "on",
        "one",
        "or",
        "our",
        "out",
        "say",
        "she",
        "should",
        "so",
        "some",
        "something",
        "that",
        "that's",
        "the",
        "them",
        "then",
        "there",
        "they",
        "think",
        "this",
        "to",
        "up",
        "us",
        "was",
        "we",
        "well",
        "were",
        "what",
        "when",
        "which",
        "who",
        "why",
        "will",
        "with",
        "would",
        "yeah",
        "yes",
        "you",
        "you're",
        "your",
        "about",
        "all",
        "feel",
        "know",
        "like",
        "just",
        "me",
        "now",
        "really",
        "right",
        "want",
    ]
)
_ELEMENT = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|<([^<>]*)>|(\.\.\d*)|(\^\^?|\$\$?|\?)|([^\s()\[\]<>^$?]+)")
_MARKS = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"', "\n": " ", "\r": " ", "\t": " "})
_DOTS = re.compile(r"\.{2,}")
_QUOTES = re.compile(r"(?<!\w)'|'(?!\w)")


class WrongPattern(ValueError):
    """A pattern that cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A wording ready to be looked for.

    text : as written
    found : compiled, for text made plain by `plain`
    triggers : words of which at least one is in every text that matches; a word ending in ``*`` stands for all that begin so
    also : further sets of words of which one each is in every text that matches
    """

    text: str
    found: re.Pattern[str]
    triggers: frozenset[str]
    also: tuple[frozenset[str], ...] = ()


def plain(text: str) -> str:
    """Small letters, straight apostrophes, no dots that only show a pause; as long as the text, so that places agree.

    >>> plain("I… I’m FINE...")
    "i… i'm fine   "
    """
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)
    if not lowered.isascii() or "\n" in lowered or "\t" in lowered or "`" in lowered or "\r" in lowered:
        lowered = lowered.translate(_MARKS)
    if "'" in lowered:
        lowered = _QUOTES.sub(" ", lowered)
    return _DOTS.sub(lambda dots: " " * len(dots[0]), lowered) if ".." in lowered else lowered


def compiled(text: str, lists: Mapping[str, tuple[str, ...]] | None = None) -> Pattern:
    """A pattern from its text.

    lists : lists of words by name, for ``<name>``
    Raises WrongPattern: a list that is not there, a gap that is too wide, brackets that do not close, no word at all.

    >>> found = compiled("you must (feel|be feeling) <feeling>", {"feeling": ("sad", "let down")})
    >>> bool(found.found.search(plain("You must be feeling, um, let down")))
    False
    >>> found.found.search(plain("So you must be feeling let down")).span()
    (3, 31)
    >>> sorted(found.triggers)
    ['must']
    """
    made = _Made(text)
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        element = _ELEMENT.match(text, place)
        if element is None:
            raise WrongPattern(f"'{text[place:]}' cannot be read: a bracket does not close, or stands inside another")
        made.add(element, lists or {})
        place = element.end()
    return made.done()


class _Made:
    """A pattern in the making."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.parts: list[str] = []
        self.must: list[frozenset[str]] = []
        self.gap: int | None = None
        self.begun = False
        self.optional_before = False

    def add(self, element: re.Match[str], lists: Mapping[str, tuple[str, ...]]) -> None:
        one_of, maybe, name, gap, mark, word = element.groups()
        if mark is not None:
            self._mark(mark)
        elif gap is not None:
            self._gap(int(gap[2:] or 3))
        elif maybe is not None:
            self._words(_alternatives(maybe), optional=True)
        else:
            self._words(self._list(name, lists) if name is not None else _alternatives(one_of or word), optional=False)

    def _list(self, name: str, lists: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        if name not in lists:
            raise WrongPattern(f"there is no list of words '{name}'")
        return lists[name]

    def _gap(self, most: int) -> None:
        if not 1 <= most <= MOST_GAP:
            raise WrongPattern(f"a gap of {most} words; 1 to {MOST_GAP} are possible")
        if not self.begun:
            raise WrongPattern("a gap needs a word before it")
        self.gap = most

    def _mark(self, mark: str) -> None:
        if mark in ("^", "^^"):
            if self.begun:
                raise WrongPattern(f"{mark} stands at the beginning only")
                # Beginning with a mark that can be searched for is what makes it fast; `coding` leaves the mark out of the place.
            self.parts.append(r"(?:^|[.?!])[^\w'.?!\n]{0,6}" if mark == "^" else r"^[^\w']{0,6}")
        elif mark == "?":
            self.parts.append(r"[^.?!\n]{0,400}\?")
        else:
            self.parts.append(r"[^\w'.?!\n]{0,6}(?:[.?!]|$)" if mark == "$" else r"[^\w']{0,8}$")

    def _words(self, alternatives: tuple[str, ...], *, optional: bool) -> None:
        either = "|".join(_escaped(each) for each in sorted(alternatives, key=len, reverse=True))
        body = rf"(?:{either})(?![\w'])"
        before = ""
        if self.begun:
            before = rf"(?:{_SEP}{_WORD}){{0,{self.gap}}}?{_SEP}" if self.gap else _SEP
        elif not self.parts:
            before = r"(?<![\w'])"
        if optional:
            if not self.begun:
                self.parts.append(rf"(?:{body}{_SEP})?")
                return
            self.parts.append(rf"(?:{before}{body})?")
            return
        self.parts.append(before + body)
        self.gap = None
        self.begun = True
        self.must.append(frozenset(_rarest(each) for each in alternatives))

    def done(self) -> Pattern:
        if not self.must:
            raise WrongPattern("a pattern needs a word that must be there")
        if self.gap is not None:
            raise WrongPattern("a gap needs a word after it")
        best = min(self.must, key=_commonness)
        also = [words for words in self.must if words is not best and not any(word.endswith("*") for word in words)]
        return Pattern(self.text, re.compile("".join(self.parts)), best, tuple(sorted(also, key=_commonness)))


def _commonness(words: frozenset[str]) -> tuple[int, int]:
    return sum(50 if word in _COMMON else 1 for word in words), len(words)


def _alternatives(inside: str) -> tuple[str, ...]:
    found = tuple(" ".join(each.split()) for each in inside.split("|"))
    if not all(found):
        raise WrongPattern(f"'{inside}' names an empty alternative")
    return found


def _escaped(words: str) -> str:
    return _SEP.join(
        re.escape(word[:-1]) + r"[\w']{0,20}" if word.endswith("*") else re.escape(word) for word in words.split()
    )


def _rarest(words: str) -> str:
    """The word of an alternative by which it is looked up: not a common one, and the longest."""
    for word in words.split():
        if word.endswith("*") and len(word) <= STEM:
            raise WrongPattern(f"the stem '{word}' is too short; {STEM} letters are needed")
    return max(words.split(), key=lambda word: (word not in _COMMON, len(word)))


class Finder:
    """Which patterns can be in a text at all, told from its words: most texts need none of them looked for."""

    __slots__ = ("_also", "_by_word", "_exact", "_stems")

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._exact: dict[str, list[int]] = {}
        self._stems: dict[str, list[tuple[str, int]]] = {}
        self._by_word: dict[str, tuple[int, ...]] = {}
        self._also: list[tuple[frozenset[str], ...]] = []
        for number, pattern in enumerate(patterns):
            self._also.append(pattern.also)
            for word in pattern.triggers:
                if word.endswith("*"):
                    self._stems.setdefault(word[:STEM], []).append((word[:-1], number))
                else:
                    self._exact.setdefault(word, []).append(number)

    def candidates(self, words: frozenset[str]) -> list[int]:
        """Numbers of the patterns that a text of these words may hold, in order."""
        found: set[int] = set()
        known = self._by_word
        for word in words:
            numbers = known.get(word)
            if numbers is None:
                numbers = self._look_up(word)
            if numbers:
                found.update(numbers)
        kept = []
        for number in found:
            for one in self._also[number]:
                if words.isdisjoint(one):
                    break
            else:
                kept.append(number)
        kept.sort()
        return kept

    def _look_up(self, word: str) -> tuple[int, ...]:
        numbers = (
            *self._exact.get(word, ()),
            *(number for stem, number in self._stems.get(word[:STEM], ()) if word.startswith(stem)),
        )
        # Words that begin no rule are most of a language: of these only so many are remembered.
        if numbers or len(self._by_word) < 50_000:
            self._by_word[word] = numbers
        return numbers
