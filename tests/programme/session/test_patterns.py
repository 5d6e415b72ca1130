"""The language of wordings: what it finds, what it refuses, and that nobody can write a slow one."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.programme.session.finder import Finder
from forwhom.programme.session.patterns import WrongPattern, compiled, in_words, plain
from forwhom.programme.session.rules import shipped

LISTS = {"feeling": ("sad", "let down")}


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("you must (feel|be) <feeling>", "You must feel sad", True),
        ("you must (feel|be) <feeling>", "You must, um, be let down", False),
        ("you must .. <feeling>", "You must, um, be let down", True),
        ("you must .. <feeling>", "You must. It is sad", False),
        ("i [really] know", "I know", True),
        ("i [really] know", "I really know", True),
        ("i [really] know", "I always know", False),
        ("asham*", "so ashamed of it", True),
        ("asham*", "unashamed", False),
        ("^ what ?", "So. What was it?", True),
        ("^ what ?", "I know what it was.", False),
        ("^^ no $$", "No.", True),
        ("^^ no $$", "No, not that.", False),
        ("don't know", "I don’t know", True),
        ("just word", 'that "just" word', True),
        ("Just Word", "just word", True),
        ("don’t know", "I don't know", True),
        ("self-harm*", "of self-harming", True),
        ("[so] hard for", "it is so hard for me", True),
        ("[so] hard for", "it is rehard for me", False),
        ("[so] hard for", "hard for", True),
        ("why ? really", "why? really", True),
        ("a [b] .. c", "a x b y c", True),
        ("(i have|we) been", "i have been", True),
        ("(i have|we) been", "have been", False),
    ],
)
def test_what_a_pattern_finds(pattern: str, text: str, found: bool) -> None:
    made = compiled(pattern, LISTS)
    assert bool(made.found.search(plain(text))) is found
    assert bool(made.search(plain(text))) is found
    assert _found_by_finder(pattern, text) is found


def _found_by_finder(pattern: str, text: str) -> bool:
    made = compiled(pattern, LISTS)
    (said,), (words,) = in_words([text])
    finder = Finder((made,))
    finder.learn(set(words))
    return finder.candidates(words, set(words)) == [0] and bool(made.spans(said))


@pytest.mark.parametrize(
    "pattern", ["(a", "a (b (c) d)", "<nobody>", ".. a", "a ..", "a ..9 b", "[a]", "(a||b)", "cry*", "a ^ b", ""]
)
def test_what_cannot_be_read_is_refused(pattern: str) -> None:
    with pytest.raises(WrongPattern):
        compiled(pattern, LISTS)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_plain_text_keeps_its_places(text: str) -> None:
    assert len(plain(text)) == len(text)


def test_the_finder_never_hides_a_match() -> None:
    rules = shipped()
    texts = [
        word + " " + other
        for rule in rules.rules
        for pattern in rule.patterns
        for word in sorted(pattern.triggers)[:3]
        for other in ("you are so sad now?", "i just know he hates me", "can we go back to what i said?")
    ]
    for role in ("therapist", "patient"):
        finder, own = rules.finders[role]
        for text in texts:
            (said,), (words,) = in_words([text.replace("*", "")])
            finder.learn(set(words))
            seen = set(finder.candidates(words, set(words)))
            there = {n for n, (_, pattern) in enumerate(own) if pattern.found.search(said)}
            assert there <= seen


_PIECES = (
    "you", "you're", "must", "feel", "be", "sad", "let down", "so", "really", "what", "why", "no", "asham", "ashamed", "hard", "for",
    "self-harm", "I", "don’t", "just", ".", "?", "!", ",", "…", "...", "-", "—", "\n", "\t", "İ", "é", "e\u0301", "Ł", "'", "“", " ",
)  # fmt: skip
_WORDINGS = (
    "you must (feel|be) <feeling>", "you must .. <feeling>", "i [really] just", "asham*", "^ what ?", "^^ no $$", "^ [so] (what|why)",
    "[so|really] hard (for|sad)", "self-harm*", "(i|you) (don't|you're) [really|so] (just|feel)", "(let down|feel sad) $", "why ? really",
    "you [so] .. [really] (sad|ashamed)", "just", "^ so .. sad ?",
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(_PIECES), st.sampled_from((" ", " ", "", ", "))), max_size=14))
def test_the_fast_way_finds_what_the_plain_way_finds(pieces: list[tuple[str, str]]) -> None:
    text = "".join(piece for pair in pieces for piece in pair)
    made = [compiled(each, LISTS) for each in _WORDINGS]
    finder = Finder(made)
    (said, _), (words, _) = in_words([text, "and another"])
    assert said == plain(text)
    assert words == re.findall(r"[\w']+", said)
    finder.learn(set(words))
    seen = finder.candidates(words, set(words))
    for number, pattern in enumerate(made):
        there = [match.span() for match in pattern.found.finditer(said)]
        assert pattern.spans(said) == there
        assert (pattern.search(said) is not None) is bool(there)
        assert not there or number in seen


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(st.sampled_from("aΣσ'’`“.\n\t\u2028İé_ 1?"), max_size=9), max_size=5))
def test_texts_made_plain_together_are_as_each_alone(texts: list[str]) -> None:
    made, words = in_words(texts)
    assert made == [plain(text) for text in texts]
    assert words == [re.findall(r"[\w']+", text) for text in made]


def test_no_rule_is_slow_on_text_made_to_be_slow() -> None:
    rules = shipped()
    patterns = [p for rule in rules.rules for p in (*rule.patterns, *rule.but_not)]
    nasty = [
        "you " * 3000,
        "i don't " * 2000,
        "what what what " * 1500,
        "a" * 20_000,
        "just, " * 3000,
        "so so so you you feel feel " * 800,
    ]
    for text in nasty:
        began = time.process_time()
        for pattern in patterns:
            pattern.spans(text)
        short = time.process_time() - began
        began = time.process_time()
        for pattern in patterns:
            pattern.spans(text * 2)
        double = time.process_time() - began
        assert double < 4 * short + 0.5


def test_an_empty_finder_finds_nothing() -> None:
    assert Finder(()).candidates(["just"], {"just"}) == []
