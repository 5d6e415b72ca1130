"""study.toml as a dict: every key read, every mistake a Problem, whatever is thrown at it."""

from __future__ import annotations

import datetime as dt
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.problems import Problem
from forwhom.study import Plan, Primary, Threshold
from forwhom.study.collect import Collector
from forwhom.study.parse import parse_spec
from forwhom.study.spec import StudySpec


def parse(text: str) -> tuple[StudySpec, tuple[Problem, ...]]:
    found = Collector()
    return parse_spec(tomllib.loads(text), found), found.problems


HEAD = '[study]\nname = "s"\n[tables.persons]\nfile = "p.csv"\nid = "id"\n'


def test_the_least_a_study_needs() -> None:
    spec, found = parse(HEAD)
    assert found == ()
    assert (spec.name, spec.title, spec.time_unit, spec.arms) == ("s", "s", "occasion", ())


def test_an_empty_document_asks_for_both_tables() -> None:
    _, found = parse("")
    assert [(problem.code, problem.column) for problem in found] == [
        ("missing-key", "[study] name"),
        ("missing-key", "[tables.persons]"),
    ]


def test_a_whole_plan() -> None:
    spec, found = parse(
        HEAD
        + '[plan]\nregistered = 2005-01-01\nprimary = { scale = "bdi", at = 8 }\noutcomes = "phq"\nevents = ["a", "b"]\n'
        '[[plan.thresholds]]\nscale = "bdi"\nscore = 10\n[[plan.thresholds]]\nscale = "bdi"\nreduction = 0.5\nlabel = "half"\n'
    )
    assert found == ()
    assert spec.plan == Plan(
        registered=dt.date(2005, 1, 1),
        primary=Primary("bdi", 8.0),
        outcomes=("phq",),
        events=("a", "b"),
        thresholds=(Threshold("bdi", score=10.0), Threshold("bdi", reduction=0.5, label="half")),
    )


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ('[scales.x]\nbetter = "up"\n', "[scales.x] better"),
        ('[scales.x]\nbetter = "?"\n', "[scales.x] better"),
        ("[scales.x]\n", "[scales.x] better"),
        ('[scales.x]\nbetter = "lower"\nrange = [3]\n', "[scales.x] range"),
        ('[scales.x]\nbetter = "lower"\nrange = [3, 1]\n', "[scales.x] range"),
        ('[scales.x]\nbetter = "lower"\nreliability = 1.2\n', "[scales.x] reliability"),
        ('[scales.x]\nbetter = "lower"\nreliability_kind = "alfa"\n', "[scales.x] reliability_kind"),
        ('[scales.x]\nbetter = "lower"\nnorm_sd = 0\n', "[scales.x] norm_sd"),
        ('[scales.x]\nbetter = "lower"\nstep = "one"\n', "[scales.x] step"),
        ('[[plan.thresholds]]\nscale = "x"\n', "[[plan.thresholds]] 1"),
        ('[[plan.thresholds]]\nscale = "x"\nreduction = 50\n', "[[plan.thresholds]] 1 reduction"),
        ('[plan]\nregistered = "spring"\n', "[plan] registered"),
        ('[plan]\nprimary = { scale = "x" }\n', "[plan] primary at"),
        ("[missing]\ncodes = 3\n", "[missing] codes"),
        ("arms = 3\n[x]\n", "[x]"),
    ],
)
def test_a_wrong_value_names_its_key(text: str, column: str) -> None:
    _, found = parse(text + HEAD if text.startswith("arms") else HEAD + text)
    assert column in [problem.column for problem in found]
    assert all(problem.do and problem.file == "study.toml" for problem in found)


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ('name = "s"', 'name = "s"\ntime_unit = "mnth"', "[study] time_unit"),
        ('name = "s"', 'name = "s"\ntime_zone = "Berlin"', "[study] time_zone"),
        ('name = "s"', "name = true", "[study] name"),
        ('id = "id"', 'id = "id"\nencoding = "klingon"', "[tables.persons] encoding"),
        ('id = "id"', 'id = "id"\nseparator = ";;"', "[tables.persons] separator"),
        ('id = "id"', 'id = "id"\nrepeated = "yes"', "[tables.persons] repeated"),
        ('id = "id"', "", "[tables.persons] id"),
        ('file = "p.csv"', "", "[tables.persons] file"),
    ],
)
def test_a_wrong_value_of_the_study(old: str, new: str, column: str) -> None:
    _, found = parse(HEAD.replace(old, new))
    assert [problem.column for problem in found] == [column]


@pytest.mark.parametrize("unit", ["month", "months", "Week", "days", "session"])
def test_units_in_singular_and_plural(unit: str) -> None:
    spec, found = parse(HEAD.replace('name = "s"', f'name = "s"\ntime_unit = "{unit}"'))
    assert found == ()
    assert spec.time_unit == unit.casefold().removesuffix("s")


def test_a_scale_with_an_instrument_needs_no_direction() -> None:
    _, found = parse(HEAD + '[scales.x]\ninstrument = "phq-9"\n')
    assert found == ()


names = st.sampled_from(
    ["study", "name", "tables", "persons", "measures", "moments", "ratings", "events", "sessions", "scans", "file", "id",
     "arm", "wide", "items", "window", "occasions", "values", "scale", "scales", "better", "range", "plan", "primary",
     "thresholds", "missing", "codes", "arms", "from", "burst", "max_mb", "at", "time", "x"]
)  # fmt: skip
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(names, values, max_size=6))
def test_any_document_ends_in_problems_not_in_a_traceback(doc: dict[str, Any]) -> None:
    found = Collector()
    parse_spec(doc, found)
    assert all(problem.do for problem in found.problems)
