"""Whether words look English: the wordings of the rules are, and find nothing in another language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from forwhom.problems import Problem, listed
from forwhom.programme.session.turns import Turn

_COMMON = """
    the and to you i that it of a is was my in but what do have for not we he she they this with on at be are if know like just
    think feel yeah no yes how when there about or don't i'm it's your because want get go would can did been them him her his
    our from as an all out up had has were then than more some any very really okay ok right mm mmm mhm um uh hmm hm oh well
    that's you're i've i'd i'll can't didn't wasn't isn't too being where who why which will could should got say said going us
    home see now here never ever always only one two time day night work
"""
"""Words of which every stretch of English talk is full. Some are words of other languages, too, by chance: so a share is asked for."""
LEAST = 8
"""Words below which nothing is said."""
SHARE = 0.25
"""Of the words; speakers of AnnoMI have 0.50 to 0.75 of them, sentences tried in nine other languages 0.20 or less. Ours."""
ENOUGH = 100
"""Words of a speaker that are looked at."""
_LAST_LATIN = "\u024f"
"""Letters from here on are of other alphabets; several write no spaces between words."""
_ENGLISH = frozenset(_COMMON.split())
_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def looks_english(texts: Iterable[str]) -> bool | None:
    """Whether the words are English ones, by the commonest; None where there are too few to tell.

    >>> looks_english(["I went home and then I didn't know what to do."])
    True
    >>> looks_english(["Ich will so nicht mehr leben, verstehen Sie das?"])
    False
    """
    words: list[str] = []
    for text in texts:
        words += _WORDS.findall(text.lower().replace("’", "'"))
        if len(words) >= ENOUGH:
            break
    letters = "".join(words)
    if (
        not letters.isascii()
        and len(letters) >= LEAST
        and sum(letter > _LAST_LATIN for letter in letters) > len(letters) / 2
    ):
        return False
    return sum(word in _ENGLISH for word in words) >= SHARE * len(words) if len(words) >= LEAST else None


def not_english(turns: Sequence[Turn], file: str) -> tuple[Problem, ...]:
    """A notice where what somebody says, or all of it together, does not look English; a guess, and told as one."""
    names = list(dict.fromkeys([turn.speaker for turn in turns]))
    odd = [name for name in names if looks_english(turn.text for turn in turns if turn.speaker == name) is False]
    if not odd and looks_english(turn.text for turn in turns) is not False:
        return ()
    whose = f" of {listed(odd)}" if len(names) > len(odd) > 0 and all(odd) else ""
    found = f"the words{whose} do not look English, and the wordings of the rules are: danger, signs and techniques are not found there"
    do = "Read it yourself, or give rules in its language with --rules. That nothing is found says nothing."
    return (Problem("not-english", do, file or None, found=found, severity="notice"),)
