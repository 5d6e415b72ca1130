"""Processes the plan names must exist in the tables."""

from __future__ import annotations

import polars as pl
import pytest

from forwhom.problems import ProblemsFound
from forwhom.study import Study

PEOPLE = pl.DataFrame({"id": [1, 2], "arm": ["a", "b"]})
MEASURES = pl.DataFrame({"id": [1, 1, 2, 2], "scale": "bdi", "time": [0, 6, 0, 6], "value": [20, 10, 22, 20]})
SESSIONS = pl.DataFrame({"id": [1, 1, 2], "number": [1, 2, 1], "wai": [4.0, 4.5, 3.0], "topic": ["x", "y", "z"]})


def _study(plan: dict[str, object], sessions: pl.DataFrame | None = SESSIONS) -> Study:
    return Study.from_frames(
        "small",
        PEOPLE,
        MEASURES,
        arms={"a": "A", "b": "B"},
        scales={"bdi": {"better": "lower"}},
        plan=plan,
        **({} if sessions is None else {"sessions": sessions}),
    )


def test_what_exists_is_taken() -> None:
    window = {"window": {"sessions": [1, 2]}, "outcome_window": {"time": [1, 6]}, "outcomes": ["bdi"]}
    study = _study({"mechanisms": ["bdi", {"name": "wai", **window}], "ruptures": {"column": "wai"}})
    assert [each.name for each in study.plan.mechanisms] == ["bdi", "wai"]


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({"mechanisms": ["wia"]}, "'wia' is no scale or column"),
        ({"mechanisms": [{"name": "wai", "outcomes": ["phq"]}]}, "'phq' is no scale"),
        ({"ruptures": {"column": "bdi"}}, "'bdi' is no column of sessions"),
        ({"ruptures": {"column": "wai", "codes": ["topic"]}}, "'topic' of the sessions is no column of numbers"),
        ({"sudden_change": "phq"}, "'phq' is no scale or column of sessions"),
        ({"regions": ["amygdala"]}, "'amygdala' is no region of scans"),
    ],
)
def test_what_does_not_exist_is_told(plan: dict[str, object], words: str) -> None:
    with pytest.raises(ProblemsFound) as told:
        _study(plan)
    assert any(words in (problem.found or "") for problem in told.value.problems)


def test_a_window_in_sessions_needs_numbered_sessions() -> None:
    window = {"window": {"sessions": [1, 2]}, "outcome_window": {"sessions": [2, 3]}}
    with pytest.raises(ProblemsFound) as told:
        _study({"mechanisms": [{"name": "wai", **window}]}, SESSIONS.rename({"number": "time"}))
    assert any("no session has a number" in (problem.found or "") for problem in told.value.problems)
