"""What the plan says of processes: every wrong key at once, nothing guessed."""

from __future__ import annotations

import pytest

from forwhom.study import Mechanism, Ruptures, SuddenChange, Window
from forwhom.study.collect import Collector
from forwhom.study.parse_plan import parse_plan


def test_names_and_tables_stand_in_one_list() -> None:
    found = Collector()
    window = {"sessions": [1, 5]}
    coping = {"name": "coping", "family": "coping", "kind": "specific", "window": window, "outcomes": "bsl"}
    plan = parse_plan(
        {"mechanisms": ["alliance", coping | {"outcome_window": {"time": [2, 6.5]}}]}, "study.toml", found
    )
    assert not found.problems
    assert plan.mechanisms == (
        Mechanism("alliance"),
        Mechanism("coping", "coping", "specific", Window(1, 5, "session"), Window(2, 6.5, "time"), ("bsl",)),
    )


def test_ruptures_and_sudden_change() -> None:
    found = Collector()
    table = {
        "ruptures": {"column": "wai", "criterion": "score_drop", "drop": 0.5, "codes": ["r1", "r2"]},
        "sudden_change": "bdi2",
        "regions": ["amygdala"],
    }
    plan = parse_plan(table, "study.toml", found)
    assert not found.problems
    assert plan.ruptures == Ruptures("wai", "score_drop", 0.5, ("r1", "r2"))
    assert plan.sudden_change == SuddenChange("bdi2")
    assert plan.regions == ("amygdala",)


WINDOW = {"sessions": [1, 5]}


@pytest.mark.parametrize(
    ("plan", "where", "words"),
    [
        ({"mechanisms": [{"family": "coping"}]}, "[plan] mechanisms 1 name", "not given"),
        ({"mechanisms": ["a", "a"]}, "[plan] mechanisms 2 name", "named twice"),
        ({"mechanisms": [{"name": "a", "kind": "shared"}]}, "[plan] mechanisms 1 kind", "not known"),
        ({"mechanisms": [{"name": "a", "window": WINDOW}]}, "[plan] mechanisms 1 outcome_window", "not given"),
        ({"mechanisms": [{"name": "a", "window": [1, 5]}]}, "[plan] mechanisms 1 window", "not a window"),
        ({"mechanisms": [{"name": "a", "window": {"time": [5, 1]}}]}, "[plan] mechanisms 1 window", "not a window"),
        ({"mechanisms": [{"name": "a", "window": {"weeks": [1, 5]}}]}, "[plan] mechanisms 1 window", "not a window"),
        ({"mechanisms": [3]}, "[plan] mechanisms 1", "not a table"),
        ({"ruptures": {"criterion": "control_chart"}}, "[plan.ruptures] column", "neither"),
        ({"ruptures": {"column": "wai", "criterion": "chart"}}, "[plan.ruptures] criterion", "not known"),
        ({"ruptures": {"column": "wai", "drop": -1}}, "[plan.ruptures] drop", "not above 0"),
        ({"ruptures": {"codes": ["r1"], "criterion": "score_drop"}}, "[plan.ruptures] column", "not given"),
        ({"sudden_change": {"points": 7}}, "[plan.sudden_change] name", "not given"),
        ({"sudden_change": {"name": "bdi", "points": 0}}, "[plan.sudden_change] points", "not above 0"),
    ],
)
def test_each_wrong_key_is_named(plan: dict[str, object], where: str, words: str) -> None:
    found = Collector()
    parse_plan(plan, "study.toml", found)
    told = [(problem.column, problem.found) for problem in found.problems]
    assert any(column == where and words in (what or "") for column, what in told), told
