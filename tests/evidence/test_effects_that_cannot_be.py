"""Printed effects against themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from forwhom.evidence import Contradiction

VALUE = "value = -0.45\nlow = -0.97\nhigh = 0.08\n"


@pytest.mark.parametrize(
    ("replaced", "says"),
    [
        ((VALUE, VALUE + "level = 95\n"), "a share such as 0.95"),
        (("sd = 4.10", "sd = -4.10"), "not above zero"),
        ((VALUE, "value = 15.0\n"), "standard error"),
        ((VALUE, "value = -1.9\nlow = -2.5\nhigh = -0.1\n"), "middle of its interval"),
    ],
)
def test_it_is_told(found: Callable[..., list[Contradiction]], replaced: tuple[str, str], says: str) -> None:
    assert any(each.rule == "impossible-effect" and says in each.says for each in found(replaced))
    assert not any(each.rule == "impossible-effect" and says in each.says for each in found())


SECOND = """[[results]]
id = "means-tau"
kind = "means"
outcome = "severity"
arm = "tau"
time = 12
mean = {mean}
sd = 4.10
n = 27
source = {{ document = "P", place = "Table 2", line = 21 }}
"""
RATIO = 'statistic = "rr"\nvalue = 2.2\nlow = 1.2\nhigh = 4.0\n'
LINE = 'statistic = "g"\n' + VALUE + "significant = false\n"


@pytest.mark.parametrize(("mean", "told"), [("9.50", True), ("15.50", False)])
def test_a_word_against_the_means(found: Callable[..., list[Contradiction]], mean: str, told: bool) -> None:
    rows = found(
        (VALUE, VALUE + 'direction = "better"\n'),
        ('[[results]]\nid = "attempts"', SECOND.format(mean=mean) + '[[results]]\nid = "attempts"'),
    )
    assert any(each.rule == "direction-against-numbers" for each in rows) is told


@pytest.mark.parametrize(("word", "told"), [("better", True), ("worse", False)])
def test_a_word_against_its_own_ratio(found: Callable[..., list[Contradiction]], word: str, told: bool) -> None:
    rows = found((LINE, RATIO + f'direction = "{word}"\n'))
    assert any(each.rule == "direction-against-numbers" for each in rows) is told
