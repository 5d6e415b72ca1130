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
