"""Numbers of the paper on MBT, out of the shipped files."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forwhom import evidence
from forwhom.evidence import Ledger, check
from forwhom.evidence.checks.arithmetic import possible_counts
from forwhom.evidence.filters import rows


@pytest.fixture(scope="module")
def shipped() -> Ledger:
    return evidence.read()


def test_arms_add_up_to_those_randomised(shipped: Ledger) -> None:
    study = shipped.studies["bateman-fonagy-2009"]
    assert [arm.n for arm in study.arms] == [71, 63]
    assert sum(arm.n or 0 for arm in study.arms) == study.design.randomised == 134
    assert study.design.screened == 168


def test_percentages_of_episodes_leave_one_count_each(shipped: Ledger) -> None:
    """23 % of 71 and 57 % of 63; ratio 0.39 (0.24 to 0.64), difference 34.6 points, 2.9 to be treated."""
    here = {row.result.arm: row for row in rows(shipped, "study=bateman-fonagy-2009 kind=events")}
    assert {arm: row.result.percent for arm, row in here.items()} == {"mbt": 23, "scm": 57}
    counts = {arm: possible_counts(row.result.percent or 0.0, row.n or 0) for arm, row in here.items()}
    assert counts == {"mbt": (16,), "scm": (36,)}
    a, b = 16 / 71, 36 / 63
    width = 1.959964 * math.sqrt(1 / 16 - 1 / 71 + 1 / 36 - 1 / 63)
    ratio = [a / b, a / b * math.exp(-width), a / b * math.exp(width)]
    assert [round(each, 2) for each in ratio] == [0.39, 0.24, 0.64]
    assert (round(100 * (b - a), 1), round(1 / (b - a), 1)) == (34.6, 2.9)


def test_groups_of_the_cohort_add_up(shipped: Ledger) -> None:
    study = shipped.studies["chiesa-fonagy-2007"]
    assert [arm.n for arm in study.arms] == [120, 113, 64]
    assert sum(arm.n or 0 for arm in study.arms) == study.design.analysed == 297
    assert study.sample == shipped.studies["chiesa-2011"].sample


def test_follow_ups_are_no_further_trials(shipped: Ledger) -> None:
    """Six publications, three samples, two of them randomised; both trials by the developers."""
    found = rows(shipped, "treatment=mbt")
    assert len({row.study.id for row in found}) == 6
    assert len({row.study.sample for row in found}) == 3
    trials = {row.study.sample: row.study for row in rows(shipped, "treatment=mbt design=randomised")}
    assert set(trials) == {"mbt-day-hospital-trial", "mbt-outpatient-trial"}
    assert all(study.allegiance and study.allegiance.developer for study in trials.values())


def test_no_number_of_these_studies_is_impossible(shipped: Ledger) -> None:
    mine = {study.id for study in shipped.studies.values() if {"S0", "S2"} & set(study.citation.cited_as)}
    arithmetic = {"sum-of-arms", "more-than-before", "events-above-n", "impossible-percentage", "unit", "date"}
    told = [
        each
        for each in check(shipped).contradictions
        if each.rule in arithmetic and any(place.of in mine - {"schmitt-2016"} for place in each.places)
    ]
    assert told == []


def test_the_definition_of_an_episode_is_told_in_two_ways(shipped: Ledger) -> None:
    said = [each.says for each in check(shipped).contradictions if each.says.startswith("What counts as an outcome")]
    assert len(said) == 1
    assert "life-threatening self-harm" in said[0]


def test_nine_categories_and_seven_features(shipped: Ledger) -> None:
    nine = shipped.grids["theory-package"]
    assert {(cell.row, cell.column) for cell in nine.cells} == {(a, b) for a in nine.rows for b in nine.columns}
    assert len(nine.cells) == 9
    assert [cell.row for cell in nine.cells if cell.studies] == ["equivocal", "equivocal"]
    assert len(shipped.grids["common-features"].rows) == 7


def test_components_of_the_trial_are_those_of_the_grid(shipped: Ledger) -> None:
    """The same parts, in the study's arms and in the matrix."""
    grid = shipped.grids["components"]
    for arm in shipped.studies["bateman-fonagy-2009"].arms:
        column = {cell.row for cell in grid.cells if cell.column == arm.treatment}
        assert column == set(arm.components)


def _tables(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _tables(each)
    elif isinstance(value, list):
        for each in value:
            yield from _tables(each)


def test_every_cell_of_a_grid_says_where_it_stands(shipped: Ledger) -> None:
    folder = Path(evidence.__file__).parent / "ledger" / "grids"
    for name in ("theory-package", "components", "common-features"):
        file = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
        assert all("source" in table for table in _tables(file) if "row" in table)
