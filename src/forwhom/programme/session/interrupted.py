"""Sentences that somebody says in two turns, because of a pause, or because the other said *mm-hm* in between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forwhom.programme.session.turns import Turn

_HEARD = """
    mm mhm mmm hm hmm mm-hmm mmhmm uh-huh huh uh um yeah yes yep ok okay right sure oh ah aha i see go on sorry alright really well
"""
HEARD = frozenset(_HEARD.replace("-", " ").split())
"""Words of somebody who only listens."""
MOST_HEARD = 4
"""Words of a turn of somebody who only listens."""
BETWEEN = 2
"""Turns of listening between two parts of a sentence."""
AROUND = 120
"""Letters of each part that are looked at."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The end of one turn and the beginning of the next of the same speaker.

    at : place of the later turn; text : both parts, made plain; cut : where the later one begins in it
    left : signs at the beginning of the later turn that are left out
    """

    at: int
    text: str
    cut: int
    left: int

    def within(self, end: int) -> int:
        """A place of the text as one of the later turn."""
        return end - self.cut + self.left


def interrupted(turns: Sequence[Turn], plain: Sequence[str], words: Sequence[Sequence[str]]) -> Iterator[Interrupted]:
    """Every turn that may go on with a sentence of the speaker's turn before.

    plain : the texts made plain; words : of them, in order

    >>> said = [Turn(1, "P", "patient", "I do not want"), Turn(2, "T", "therapist", "Mm-hm."), Turn(3, "P", "patient", "to live.")]
    >>> texts = ["i do not want", "mm-hm.", "to live."]
    >>> [(each.at, each.text) for each in interrupted(said, texts, [text.split() for text in ("i do not want", "mm hm", "to live")])]
    [(2, 'i do not want to live.')]
    """
    for at in range(len(turns) - 1):
        first = plain[at].rstrip(" -–—,;")
        if not words[at] or first[-1:] in ".?!":
            continue
        later = _later(turns, words, at)
        if later is not None:
            before, after = _last_sentence(first), plain[later].lstrip(" -–—,;")
            left = len(plain[later]) - len(after)
            yield Interrupted(later, f"{before} {_first_words(after)}", len(before) + 1, left)


def _later(turns: Sequence[Turn], words: Sequence[Sequence[str]], at: int) -> int | None:
    """The place of the next turn of the same speaker, where only listening is between."""
    speaker = turns[at].speaker
    for place in range(at + 1, min(at + 2 + BETWEEN, len(turns))):
        if turns[place].speaker == speaker and words[place]:
            return place
        if len(words[place]) > MOST_HEARD or not HEARD.issuperset(words[place]):
            return None
    return None


def _last_sentence(text: str) -> str:
    start = max(text.rfind(mark) for mark in ".?!") + 1
    if len(text) - start > AROUND:
        start = text.find(" ", len(text) - AROUND)
    return text[start:].strip()


def _first_words(text: str) -> str:
    return text if len(text) <= AROUND else text[: text.rfind(" ", 0, AROUND)]
