"""Questions picked by name."""

import pytest

from forwhom.analysis.by_name import by_name
from forwhom.analysis.evidence.questions import LEDGER_QUESTIONS
from forwhom.problems import ProblemsFound


def picked(*names: str) -> list[str]:
    return [each.name for each in by_name(LEDGER_QUESTIONS, names, chapter="evidence", to="the ledger")]


def test_in_the_order_asked_with_and_without_the_chapter() -> None:
    first, second = (each.name for each in LEDGER_QUESTIONS[:2])
    assert picked(second, first.removeprefix("evidence."), first) == [second, first]


def test_none_named_is_all() -> None:
    assert picked() == [each.name for each in LEDGER_QUESTIONS]


def test_every_unknown_name_is_told_at_once() -> None:
    with pytest.raises(ProblemsFound) as raised:
        picked("contradictoins", "weather")
    assert [each.found for each in raised.value.problems] == [
        "'evidence.contradictoins' is no question to the ledger",
        "'evidence.weather' is no question to the ledger",
    ]
    assert "evidence.contradictions" in raised.value.problems[0].do
