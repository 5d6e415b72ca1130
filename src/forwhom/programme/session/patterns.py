"""A small language for wordings, made so that nobody can write a slow one.

``you must (feel|be feeling) <feeling>``: words in order inside one sentence. ``(a|b)`` one of these, ``[a|b]`` may be there,
``<name>`` one of a list of words, also ``(<name>|a)``, ``stem*`` any ending, ``..`` up to three words between (``..6`` up to six),
``^`` the sentence begins here, ``^^`` the turn begins here, ``$`` the sentence ends here, ``$$`` the turn ends here, ``?`` the sentence
ends as a question.

Every repetition is bounded and none is inside another, so that the time grows with the length of the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, pairwise

MOST_GAP = 8
"""Words a gap may span."""
STEM = 4
"""Letters of a stem by which it is looked up; shorter stems are refused."""
MOST_BETWEEN = 40
"""Signs between two words, such as blanks where a note was: *to kill (sighs) myself*."""
_IN_WORD = re.compile(r"[\w']")


def _ranges(signs: Iterable[str]) -> str:
    """Signs as the inside of a class; in few ranges, because it stands in every pattern several times."""
    runs: list[tuple[str, str]] = []
    for sign in signs:
        follows = bool(runs) and ord(runs[-1][1]) + 1 == ord(sign)
        runs[-1:] = [(runs[-1][0], sign)] if follows else [*runs[-1:], (sign, sign)]
    return "".join(rf"{re.escape(first)}-{re.escape(last)}" for first, last in runs)


_SIGNS = [sign for sign in map(chr, range(128)) if not _IN_WORD.match(sign)]
_NO_WORD = _ranges(_SIGNS)
"""Signs that belong to no word. Named one by one they are told apart in half the time; `plain` leaves none beyond ASCII."""
_GAP = _ranges(sign for sign in _SIGNS if sign not in ".?!\n")
_SEP = rf"[{_GAP}]{{1,{MOST_BETWEEN}}}"
_WORD = rf"[^{_NO_WORD}]{{1,40}}"
_ENDS, _BEGINS = rf"(?![^{_NO_WORD}])", rf"(?<![^{_NO_WORD}])"
"""A word ends, or begins, here."""
_COMMONEST = """
    i you the to and it that a of is in do don't was for be think know what it's so have just like
"""
_COMMON = """
    an are as at been but by can can't could did does from go had has he her him his how i'd i'll i'm i've if me my no not on one
    or our out say she should some something that's them then there they this up us we well were when which who why will with
    would yeah yes you're your about all feel now really right want
"""
_OFTEN = dict.fromkeys(_COMMON.split(), 30.0) | dict.fromkeys(_COMMONEST.split(), 100.0)
"""How much more often than other words these stand in talk, roughly; what is looked up by rare words is looked for less."""
STEMMED = 3.0
"""How much more often some word of a stem stands in talk than the word that it is named by; roughly, too."""
PAIRED = 0.001
"""How often two words stand beside each other, by how often each stands; roughly, too."""
_ELEMENT = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|<([^<>]*)>|(\.\.\d*)|(\^\^?|\$\$?|\?)|([^\s()\[\]<>^$?]+)")
_MARKS = dict.fromkeys("’‘ʼ`´′＇‛\ufffd", "'") | {"“": '"', "”": '"', "\r": " ", "\t": " "}
"""Signs that stand for plainer ones; a letter that was lost inside a word is nearly always an apostrophe."""
# Both begin with the sign itself, which is what makes looking for them fast.
_DOTS = re.compile(r"\.(?: ?\.)+")
_QUOTES = re.compile(r"'(?:(?<!\w')|(?!\w))")
_NOTE = re.compile(
    r"[\[(<*] ?(?:\d{1,2}:\d\d(?::\d\d)?|(?:long |short |brief |heavy |deep )?(?:inaudible|unclear|unintelligible|indistinct|crosstalk|"
    r"pause|pauses|silence|cry|cries|crying|sob|sobs|sobbing|weeps|weeping|tearful|laugh|laughs|laughing|laughter|chuckles|sigh|sighs|"
    r"sighing|cough|coughs|sniff|sniffs|whispers|whispering|mumbles|mumbling|breath|breathes)) ?[\])>*]"
)
"""What a transcriber heard between two words; `structure` reads it from the text itself."""
_SPELLED = {
    whole.replace("'", ""): whole
    for whole in (
        "don't", "doesn't", "didn't", "isn't", "aren't", "wasn't", "weren't", "hasn't", "haven't", "hadn't", "can't", "couldn't",
        "shouldn't", "wouldn't", "won't", "ain't", "i'm", "i've", "you're", "you've", "they're", "they've", "we've", "that's", "there's",
        "what's", "he's", "nobody's", "everyone's", "everything's", "could've", "should've", "would've",
    )
}  # fmt: skip
"""Words as they are often typed, or heard by a machine; those that are other words without the sign (*ill*, *its*) are not among them."""
_WHOLE = frozenset(_SPELLED.values())
_WORDS = re.compile(r"[\w']+")
_FAR = re.compile(r"[^\w\x00-\x7f]")
_LETTERS = re.compile(r"[a-z]+")
_GAPS = {sign: " " for sign in map(chr, range(128)) if sign != "\n" and not _WORDS.match(sign)}
_BETWEEN_WORDS = str.maketrans(_GAPS)
Key = str | tuple[str, str]
MOST_KEYS = 4000
"""Pairs of neighbouring words by which one pattern is looked up; where there are more, words alone are used."""


_compiled = cache(re.compile)
"""Compiled when it is first looked for: of all wordings few are, in one session, and to compile them all takes longer than the session."""


class WrongPattern(ValueError):
    """A pattern that cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A wording ready to be looked for.

    text : as written
    source : regular expression, for text made plain by `plain`
    keys : words, or pairs of neighbouring words, of which at least one is in every text that matches; a word ending in ``*`` stands
        for all that begin so
    must : sets of words of which one each is in every text that matches, the rarest first
    also : those of them that a text with one of the keys may lack
    triggers : as `keys`, of words alone
    later : the same for every sentence but the first, where the pattern begins with a sentence; "" where it does not
    once : it begins with the turn
    asks : it needs a question mark
    """

    text: str
    source: str
    keys: frozenset[Key]
    triggers: frozenset[str]
    must: tuple[frozenset[str], ...] = ()
    also: tuple[frozenset[str], ...] = ()
    later: str = ""
    once: bool = False
    asks: bool = False

    @property
    def found(self) -> re.Pattern[str]:
        """Compiled."""
        return _compiled(self.source)

    def may_stand(self, words: set[str]) -> bool:
        """Whether it can be in a text of these words at all, told in little time."""
        for one in self.must:  # noqa: SIM110 (written out, it takes half the time of any(), and this is asked a thousand times a session)
            if words.isdisjoint(one):
                return False
        return True

    def search(self, text: str) -> re.Match[str] | None:
        """As ``found.search``, in less time."""
        found = _compiled(self.source)
        if self.once or self.later:
            first = found.match(text)
            return first if first is not None or not self.later else _compiled(self.later).search(text)
        return found.search(text)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where it stands in a plain text, as ``found.finditer`` says, in less time.

        >>> compiled("^ so").spans("so it is. so")
        [(0, 2), (8, 12)]
        """
        if self.asks and "?" not in text:
            return []
        found = _compiled(self.source)
        if not self.once and not self.later:
            # Nearly every search is in vain, and a search alone is begun sooner.
            only = found.search(text)
            if only is None:
                return []
            return [only.span(), *(match.span() for match in found.finditer(text, only.end()))]
        first = found.match(text)
        made = [first.span()] if first is not None else []
        if self.later:
            made += [match.span() for match in _compiled(self.later).finditer(text, made[0][1] if made else 0)]
        return made


def plain(text: str) -> str:
    """Small letters, straight apostrophes, no dots that only show a pause, no other signs than those of ASCII; as long as the text, so
    that places agree.

    >>> plain("I… I’m FINE...")
    "i  i'm fine   "
    """
    return _without_pauses(_small(_straight(text.replace("\n", " "))))


def _straight(text: str) -> str:
    # One sign after the other: most texts have few of them, and without them most are ASCII, which everything below is fast on.
    for mark, plainly in _MARKS.items():
        if mark in text:
            text = text.replace(mark, plainly)
    return text


def _small(text: str) -> str:
    if text.isascii():
        return text.lower()
    text = _FAR.sub(" ", text)
    lowered = text.lower()
    if len(lowered) != len(text):
        return "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)
    return lowered


def _without_pauses(lowered: str) -> str:
    if "'" in lowered:
        lowered = _QUOTES.sub(" ", lowered)
    if any(map(lowered.__contains__, "[(<*")):
        lowered = _NOTE.sub(_blanks, lowered)
    return _DOTS.sub(_blanks, lowered) if ".." in lowered or ". ." in lowered else lowered


def _blanks(found: re.Match[str]) -> str:
    return " " * len(found[0])


def in_words(texts: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Every text as `plain` makes it, and its words in order. All at once, which costs a fraction of one after the other.

    >>> in_words(["I’m FINE.", ""])
    (["i'm fine.", ''], [["i'm", 'fine'], []])
    """
    if not texts:
        return [], []
    together = _straight("\n".join(texts))
    if together.count("\n") >= len(texts):
        made = [plain(text) for text in texts]
        return made, _spelled([_WORDS.findall(text) for text in made])
    # Letters beyond ASCII are slow to make small, and so is all that stands in one text with them.
    whole = _without_pauses(together.lower() if together.isascii() else "\n".join(map(_small, together.split("\n"))))
    made = whole.split("\n")
    # A letter beyond ASCII makes the whole slow to cut; texts with one are cut alone.
    beyond = {} if whole.isascii() else {n: _WORDS.findall(text) for n, text in enumerate(made) if not text.isascii()}
    cut = "\n".join(["" if n in beyond else text for n, text in enumerate(made)]) if beyond else whole
    words = [line.split() for line in cut.translate(_BETWEEN_WORDS).split("\n")]
    for n, own in beyond.items():
        words[n] = own
    return made, _spelled(words)


def _spelled(words: list[list[str]]) -> list[list[str]]:
    """The words with the signs that were left out of them.

    >>> _spelled([["i", "dont", "know"]])
    [['i', "don't", 'know']]
    """
    if _SPELLED.keys().isdisjoint(chain.from_iterable(words)):
        return words
    return [[_SPELLED.get(word, word) for word in own] for own in words]


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
        self.begins = ""
        self.parts: list[str] = []
        self.must: list[frozenset[str]] = []
        self.keys: list[frozenset[Key]] = []
        self.before: frozenset[str] | None = None
        """Words one of which stands right before what comes next; None where nobody knows."""
        self.gap: int | None = None
        self.begun = False
        self.asks = False

    def add(self, element: re.Match[str], lists: Mapping[str, tuple[str, ...]]) -> None:
        one_of, maybe, name, gap, mark, word = element.groups()
        if mark is not None:
            self._mark(mark)
        elif gap is not None:
            self._gap(int(gap[2:] or 3))
        elif maybe is not None:
            self._optional(_alternatives(maybe, lists))
        else:
            self._words(_plainly(_listed(name, lists)) if name is not None else _alternatives(one_of or word, lists))

    def _gap(self, most: int) -> None:
        if not 1 <= most <= MOST_GAP:
            raise WrongPattern(f"a gap of {most} words; 1 to {MOST_GAP} are possible")
        if not self.begun:
            raise WrongPattern("a gap needs a word before it")
        self.gap = most
        self.before = None

    def _mark(self, mark: str) -> None:
        self.before = None
        if mark in ("^", "^^"):
            if self.begun or self.parts or self.begins:
                raise WrongPattern(f"{mark} stands at the beginning only")
            self.begins = mark
        elif mark == "?":
            self.asks = True
            self.parts.append(r"[^.?!\n]{0,400}\?")
        else:
            self.parts.append(rf"[{_GAP}]{{0,6}}(?:[.?!]|$)" if mark == "$" else rf"[{_NO_WORD}]{{0,8}}$")

    def _between(self) -> str:
        return rf"(?:{_SEP}{_WORD}){{0,{self.gap}}}?{_SEP}" if self.gap else _SEP

    def _optional(self, alternatives: tuple[str, ...]) -> None:
        body = rf"(?:{_either(alternatives)}){_ENDS}"
        if self.begun:
            self.parts.append(rf"(?:{self._between()}{body})?")
            self.before = self.before and self.before | {_tokens(each)[-1] for each in alternatives}
        else:
            first = "" if self.parts or self.begins else _BEGINS
            self.parts.append(rf"{first}(?:{body}{_SEP})?")

    def _words(self, alternatives: tuple[str, ...]) -> None:
        if self.begun:
            self.parts.append(rf"{self._between()}(?:{_either(alternatives)}){_ENDS}")
        elif self.parts or self.begins:
            self.parts.append(rf"(?:{_either(alternatives)}){_ENDS}")
        else:
            self.parts.append(rf"(?:{_led(alternatives)}){_ENDS}")
        words = [_tokens(each) for each in alternatives]
        if self.before:
            self._across(frozenset((last, each[0]) for last in self.before for each in words))
        self.before = frozenset(each[-1] for each in words)
        self.gap = None
        self.begun = True
        self.must.append(frozenset(_rarest(each) for each in words))
        self.keys.append(frozenset(_rarest_key(each) for each in words))

    def _across(self, pairs: frozenset[tuple[str, str]]) -> None:
        """Pairs of the last word of what stands before and the first of what comes now."""
        if len(pairs) <= MOST_KEYS and not any(word.endswith("*") for pair in pairs for word in pair):
            self.keys.append(frozenset(pairs))

    def done(self) -> Pattern:
        if not self.must:
            raise WrongPattern("a pattern needs a word that must be there")
        if self.gap is not None:
            raise WrongPattern("a gap needs a word after it")
        keys = min(self.keys, key=_commonness)
        must = sorted([words for words in dict.fromkeys(self.must) if not _has_stem(words)], key=_commonness)
        also = [words for words in must if not _in_every(keys, words)]
        rest = "".join(self.parts)
        # Beginning with a mark that can be searched for is what makes it fast; `coding` leaves the mark out of the place.
        begins = {"": "", "^": rf"(?:^|[.?!])[{_GAP}]{{0,6}}", "^^": rf"^[{_NO_WORD}]{{0,6}}"}[self.begins]
        later = rf"[.?!][{_GAP}]{{0,6}}" + rest if self.begins == "^" else ""
        return Pattern(
            self.text, begins + rest, keys, min(self.must, key=_commonness),
            tuple(must), tuple(also), later,
            self.begins == "^^", self.asks,
        )  # fmt: skip


def _commonness(keys: frozenset[Key] | frozenset[str]) -> tuple[float, int]:
    return sum(map(_often, keys)), len(keys)


def _often(key: Key) -> float:
    if isinstance(key, str):
        return _OFTEN.get(key.rstrip("*"), 1.0) * (STEMMED if key.endswith("*") else 1.0)
    return _OFTEN.get(key[0], 1.0) * _OFTEN.get(key[1], 1.0) * PAIRED


def _in_every(keys: Iterable[Key], words: frozenset[str]) -> bool:
    """Whether every key holds one of the words."""
    return all(not words.isdisjoint((key,) if isinstance(key, str) else key) for key in keys)


def _has_stem(words: Iterable[str]) -> bool:
    return any(word.endswith("*") for word in words)


def _alternatives(inside: str, lists: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    found: list[str] = []
    for each in inside.split("|"):
        words = " ".join(each.split())
        found += _listed(words[1:-1], lists) if words[:1] == "<" and words[-1:] == ">" else (words,)
    if not all(found):
        raise WrongPattern(f"'{inside}' names an empty alternative")
    if any("<" in each or ">" in each for each in found):
        raise WrongPattern(f"'{inside}': a list stands alone between bars")
    return _plainly(tuple(found))


def _listed(name: str, lists: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    if name not in lists:
        raise WrongPattern(f"there is no list of words '{name}'")
    return lists[name]


def _plainly(alternatives: tuple[str, ...]) -> tuple[str, ...]:
    """As the text is looked at: small letters, straight apostrophes."""
    return tuple(_straight(each.lower()) for each in alternatives)


def _either(alternatives: Iterable[str]) -> str:
    return "|".join(_escaped(each) for each in sorted(alternatives, key=len, reverse=True))


def _led(alternatives: tuple[str, ...]) -> str:
    """Alternatives at the beginning of a word, by their first letters: a search jumps from one such letter to the next."""
    groups: dict[str, list[str]] = {}
    for each in sorted(alternatives, key=len, reverse=True):
        groups.setdefault(each[0], []).append(each)
    made = []
    for group in groups.values():
        letters = _shared([found[0] if (found := _LETTERS.match(each)) else "" for each in group])
        if not letters:
            return rf"{_BEGINS}(?:{_either(alternatives)})"
        rest = "|".join(_escaped(each)[len(letters) :] for each in group)
        made.append(rf"{letters}(?<![^{_NO_WORD}]{letters})(?:{rest})")
    return "|".join(made)


def _shared(words: Sequence[str]) -> str:
    """Letters with which all words begin."""
    first, last = min(words), max(words)
    return first[: next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))]


def _escaped(words: str) -> str:
    return _SEP.join(
        re.escape(word[:-1]) + rf"[^{_NO_WORD}]{{0,20}}" if word.endswith("*") else _written(word)
        for word in words.split()
    )


def _written(word: str) -> str:
    """A word as it may be written, with or without its sign."""
    return re.escape(word).replace("'", "'?") if word in _WHOLE else re.escape(word)


def _tokens(words: str) -> list[str]:
    """The words of an alternative as a text is cut into them; a stem keeps its ``*``."""
    made: list[str] = []
    for word in words.split():
        if word.endswith("*") and len(word) <= STEM:
            raise WrongPattern(f"the stem '{word}' is too short; {STEM} letters are needed")
        made += _WORDS.findall(word)
        if word.endswith("*") and made:
            made[-1] += "*"
    if not made or any(len(each) <= STEM for each in made if each.endswith("*")):
        raise WrongPattern(f"'{words}' has no word to look for, or a stem of fewer than {STEM} letters")
    return made


def _rarest(words: Iterable[str]) -> str:
    """The word of an alternative by which it is looked up: not a common one, and the longest."""
    return max(words, key=lambda word: (word not in _OFTEN, len(word)))


def _rarest_key(words: Sequence[str]) -> Key:
    """The pair of neighbouring words of an alternative by which it is looked up; the word where it is rarer, or no pair is whole."""
    pairs: list[Key] = [pair for pair in pairwise(words) if not _has_stem(pair)]
    return min([_rarest(words), *pairs], key=_often)
