"""Instrument files: what is read, and what is refused with its place and its remedy."""

from __future__ import annotations

import pytest

from forwhom.instruments import parse

GOOD = """
name = "short"
label = "Short"
title = "A short form"
items = 4
reverse = "2"
default = "total"
key_sources = ["paper"]

[coding]
low = 1
high = 5

[missing]
most_missing = 1
words = "One may be missing."
sources = ["paper"]

[score.total]
kind = "sum"
better = "lower"
items = "1-4"

[[norm]]
score = "total"
role = "general"
mean = 9.5
sd = 3
population = "somewhere"
sources = ["paper"]
default = true

[[sources]]
id = "paper"
what = "everything"
where = "A paper (2020)"
tag = "V"
"""


def complaints(toml: str) -> list[str]:
    found, problems = parse(toml, "short.toml")
    assert found is None
    assert all(problem.file == "short.toml" and problem.do for problem in problems)
    return [f"{problem.column}: {problem.found} | {problem.possible}" for problem in problems]


def test_a_good_file() -> None:
    found, problems = parse(GOOD, "short.toml")
    assert problems == ()
    assert found is not None
    total = found.scores["total"]
    assert (total.low, total.high, total.step, total.items) == (4, 20, 1, (1, 2, 3, 4))
    assert total.missing.most_missing == 1
    assert total.missing.published
    assert found.norms[0].mean == 9.5
    assert found.reverse == (2,)


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ('items = "1-4"', 'items = "1-5"', "score.total.items"),
        ('items = "1-4"', "items = [1, 1, 2]", "a position twice"),
        ('items = "1-4"', 'items = "one"', "positions such as"),
        ('reverse = "2"', 'reverse = "9"', "positions from 1 to 4"),
        ("high = 5", "high = 1", "more than low = 1"),
        ('kind = "sum"', 'kind = "median"', "sum, mean, weighted, given"),
        ('better = "lower"', "", "lower, higher, neither"),
        ('items = "1-4"', 'items = "1-4"\nhigh = 19', "20 by items and coding"),
        ('items = "1-4"', 'items = "1-4"\nof = ["x"]', "needs either items or of"),
        ('items = "1-4"', 'of = ["x"]', "scores defined above this one"),
        ('kind = "sum"', 'kind = "weighted"\nweights = [1, 2]', "4, one per part"),
        ('sources = ["paper"]\ndefault', 'sources = ["book"]\ndefault', "'book' | paper"),
        ("mean = 9.5", "mean = 95", "4 to 20 (total)"),
        ("sd = 3", "sd = 0", "norm.sd"),
        ('role = "general"', 'role = "normal"', "general, clinical"),
        ('score = "total"\nrole', 'score = "sum"\nrole', "norm.score: 'sum' | total"),
        ('default = "total"', 'default = "sum"', "default: 'sum' | total"),
        ("most_missing = 1", "most_missing = 4", "at most 3"),
        ('sources = ["paper"]\n\n[score', "\n[score", "the source of a published rule"),
        ('key_sources = ["paper"]', "key_sources = []", "key_sources: none"),
        ('label = "Short"', 'label = ""', "a text"),
        ('label = "Short"', f'label = "{"x" * 81}"', "item wording has no place here"),
        ("items = 4", 'items = 4\nitem_texts = ["How are you?"]', "item_texts: unknown key"),
        ("[coding]", "[coding]\nwording = 1", "coding.wording: unknown key"),
        ('tag = "V"', 'tag = "sure"', "V2, V, K"),
        ('tag = "V"', 'tag = "V"\n[[sources]]\nid = "paper"\nwhat = "a"\nwhere = "b"\ntag = "V"', "'paper' twice"),
        ("items = 4", 'items = "four"', "a number"),
    ],
)
def test_what_is_wrong_is_named(was: str, becomes: str, said: str) -> None:
    assert was in GOOD
    assert any(said in line for line in complaints(GOOD.replace(was, becomes, 1)))


def test_several_things_are_named_at_once() -> None:
    toml = GOOD.replace('role = "general"', 'role = "x"').replace("items = 4", "items = 4\ncolour = 1")
    assert len(complaints(toml)) == 2


def test_text_that_is_no_toml() -> None:
    found, problems = parse("name = ", "short.toml")
    assert found is None
    assert problems[0].code == "instrument-not-toml"


def test_recode_must_cover_every_answer() -> None:
    toml = GOOD + "\n[[score.total.recode]]\nitems = [1]\npoints = { '1' = 0, '2' = 1 }\n"
    assert any("points for every possible answer" in line for line in complaints(toml))


def test_codings_must_have_as_many_options() -> None:
    assert any("4 options" in line for line in complaints(GOOD + '\n[coding.other."0-3"]\nlow = 0\nhigh = 3\n'))


def test_numberings_must_number_every_item_once() -> None:
    assert any("3 numbers" in line for line in complaints(GOOD + "\n[numbering]\nlong = [2, 4, 4, 8]\n"))


def test_two_default_norms_of_one_kind_are_refused() -> None:
    start, end = GOOD.index("[[norm]]"), GOOD.index("[[sources]]")
    assert any("norm.default" in line for line in complaints(GOOD + GOOD[start:end]))
