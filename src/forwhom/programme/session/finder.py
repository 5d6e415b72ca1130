"""Which wordings can be in a turn at all, told from its words: most turns need none of them looked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, pairwise

from forwhom.programme.session.patterns import STEM, Key, Pattern

REMEMBERED = 50_000
"""Words of texts that are remembered as looked up."""


class Finder:
    """Patterns by words, or by pairs of neighbouring words, of which every text that matches has one."""

    __slots__ = ("_by_key", "_keys", "_needs", "_stems")

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        made: dict[Key, list[int]] = {}
        self._stems: dict[str, list[tuple[str, int]]] = {}
        self._needs: list[tuple[frozenset[str], ...]] = []
        for number, pattern in enumerate(patterns):
            self._needs.append(pattern.also)
            for key in pattern.keys:
                if isinstance(key, str) and key.endswith("*"):
                    self._stems.setdefault(key[:STEM], []).append((key[:-1], number))
                else:
                    made.setdefault(key, []).append(number)
        self._by_key: dict[Key, tuple[int, ...]] = {key: tuple(numbers) for key, numbers in made.items()}
        self._keys: set[Key] = set(self._by_key)

    def learn(self, words: set[str]) -> None:
        """Look words up by their stems; to be called with all words of a text before `candidates`."""
        for word in words:
            numbers = [number for stem, number in self._stems.get(word[:STEM], ()) if word.startswith(stem)]
            if numbers:
                # A stem is looked up next to whatever the whole word stands for.
                self._by_key[word] = tuple(sorted({*self._by_key.get(word, ()), *numbers}))
                self._keys.add(word)

    def candidates(self, words: Sequence[str], there: set[str]) -> list[int]:
        """Numbers of the patterns that a text of these words, in this order, may hold. there : the words"""
        keys = self._keys.intersection(chain(there, pairwise(words)))
        if not keys:
            return []
        by_key, needs = self._by_key, self._needs
        found = {number for key in keys for number in by_key[key]} if len(keys) > 1 else by_key[keys.pop()]
        kept = []
        for number in found:
            for one in needs[number]:
                if there.isdisjoint(one):
                    break
            else:
                kept.append(number)
        return kept
