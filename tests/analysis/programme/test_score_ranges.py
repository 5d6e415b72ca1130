"""Scores and items that an instrument does not have."""

from __future__ import annotations

import pytest
from case_rooms import Writer

from forwhom.analysis.programme.score_ranges import out_of_range, scores_out_of_range


@pytest.mark.parametrize(
    ("scale", "score", "codes"),
    [
        ("bdi2", 63, []),
        ("bdi2", 0, []),
        ("BDI-II", 64, ["score-out-of-range"]),
        ("bdi2", -1, ["score-out-of-range"]),
        ("phq9", 28, []),  # answers from 1 to 4 are in use
        ("phq9", 37, ["score-out-of-range"]),
        ("our own scale", 999, []),
        ("bdi2", None, []),
    ],
)
def test_a_score_lies_within_its_instrument(scale: str, score: float | None, codes: list[str]) -> None:
    assert [each.code for each in out_of_range(scale, score, {})] == codes


@pytest.mark.parametrize(
    ("item", "value", "told"), [("bdi-9", 3, 0), ("bdi-9", 17, 1), ("bdi-9", None, 0), ("i99", 17, 0)]
)
def test_an_item_outside_its_answers_is_told_and_hinders_nothing(item: str, value: float | None, told: int) -> None:
    wrong = out_of_range("bdi2", None, {item: value})
    assert [each.severity for each in wrong] == ["notice"] * told


def test_what_stands_in_a_log_is_told_with_its_line() -> None:
    writer = Writer()
    writer.say("note.added", text="…")
    writer.say("measure.scored", scale="bdi2", when="2026-03-02T10:00:00Z", score=999)
    (wrong,) = scores_out_of_range(writer.case)
    assert (wrong.code, wrong.row, wrong.possible) == ("score-out-of-range", 2, "0 to 63")
