"""The language of wordings: what it finds, what it refuses, and that nobody can write a slow one."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.programme.session.patterns import Finder, WrongPattern, compiled, plain
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
    ],
)
def test_what_a_pattern_finds(pattern: str, text: str, found: bool) -> None:
    assert bool(compiled(pattern, LISTS).found.search(plain(text))) is found


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
            said = plain(text.replace("*", ""))
            import re

            seen = set(finder.candidates(frozenset(re.findall(r"[\w']+", said))))
            there = {n for n, (_, pattern) in enumerate(own) if pattern.found.search(said)}
            assert there <= seen


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
            list(pattern.found.finditer(text))
        short = time.process_time() - began
        began = time.process_time()
        for pattern in patterns:
            list(pattern.found.finditer(text * 2))
        double = time.process_time() - began
        assert double < 4 * short + 0.5


def test_an_empty_finder_finds_nothing() -> None:
    assert Finder(()).candidates(frozenset({"just"})) == []
