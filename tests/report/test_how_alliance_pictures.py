"""Pictures of alliance, ruptures and sudden changes show what their details hold, whatever the details hold."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forwhom.findings.kinds import AllianceDetail, Interval, Relation, RupturesDetail, SuddenChangeDetail
from forwhom.report.picture import Names, Picture, Table
from forwhom.report.pictures import drawn
from forwhom.report.pictures.how.relations import tables

NAMES = Names({"TAU": "Treatment as usual", "BtheB": "Beat the Blues"}, {"bdi2": "BDI-II"})
NUMBERS = st.one_of(
    st.floats(-50, 50, allow_subnormal=False), st.sampled_from([0.0, 1.0, -1.0, 1e99, -1e99, 1e-300, 1e6])
)
WORDS = st.one_of(st.text(max_size=12), st.sampled_from(["TAU", "BtheB", "gain", "loss", "share", "points", "a " * 60]))


def sample() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sample_alliance", Path(__file__).parent / "sample_alliance.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def anything(hint: Any) -> st.SearchStrategy[Any]:
    simple = {
        float: NUMBERS, int: st.integers(0, 5000), str: WORDS, bool: st.booleans(), type(None): st.none(),
    }  # fmt: skip
    if hint in simple:
        return simple[hint]
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return st.builds(hint, **{f.name: anything(hints[f.name]) for f in fields(hint)})
    arguments = hint.__args__
    if getattr(hint, "__origin__", None) is tuple:
        if arguments[1:] == (...,):
            return st.lists(anything(arguments[0]), max_size=4).map(tuple)
        return st.tuples(*map(anything, arguments))
    return st.one_of([anything(argument) for argument in arguments])


@pytest.mark.parametrize("kind", [AllianceDetail, RupturesDetail, SuddenChangeDetail], ids=lambda kind: kind.__name__)
def test_any_detail_is_drawn_without_a_number_that_is_none(kind: type) -> None:
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(anything(kind))
    def check(detail: Any) -> None:
        made = drawn(detail, NAMES)
        if isinstance(made, Table):
            return
        assert isinstance(made, Picture)
        for drawing in (made.wide, made.narrow):
            assert not re.search(r'="[^"]*\b(nan|inf)\b[^"]*"', re.sub(r'aria-label="[^"]*"', "", drawing))
            assert drawing.startswith("<svg")
        assert made.describe.endswith(".")
        assert made.caption
        assert made.tables

    check()


def test_every_rupture_of_the_people_shown_has_a_ring() -> None:
    detail = sample().ruptures()
    made = drawn(detail, NAMES)
    assert isinstance(made, Picture)
    assert made.wide.count('class="alarm"') == sum(len(person.falls) for person in detail.people) == 12
    assert "own control chart: 0.40 (0.20 to 0.70), by chance 0.30" in made.describe
    people = next(each for each in made.tables if each.caption == "People shown")
    assert people.rows[0][5:] == ("4, 10", "6")


def test_codes_alone_are_a_table() -> None:
    detail = replace(
        sample().ruptures(), rates=(), people=(), blocks=(), repairs=(), relations=sample().relations("Human codes")
    )
    made = drawn(detail, NAMES)
    assert isinstance(made, Table)
    assert [row[0] for row in made.rows] == ["first", "second", "third", "fourth"]


def test_a_relation_without_a_number_says_why_and_shares_are_per_cent() -> None:
    (made,) = tables(
        [
            Relation("g", "none", Interval(None), "points", 0.0, None, 3, "", "too few people"),
            Relation("g", "share", Interval(0.12, 0.05, 0.2), "share", None, None, 9, ""),
            Relation("g", "difference", Interval(0.12, -0.05, 0.3), "share", 0.0, 0.2, 9, ""),
            Relation("g", "odds", Interval(2.0, 0.5, None), "odds ratio", 1.0, 0.2, 9, ""),
        ]
    )
    cells = [[cell.replace("\u202f", " ") for cell in row[1:4]] for row in made.rows]
    assert made.rows[0][6] == "too few people"
    assert cells[1][:2] == ["12 %", "5 % to 20 %"]
    assert cells[2] == ["12", "−5 to 30", "percentage points"]
    assert cells[3][:2] == ["2.00", "0.50 to open"]


def test_sudden_changes_tell_found_and_expected() -> None:
    made = drawn(sample().sudden_change(), NAMES)
    assert isinstance(made, Picture)
    assert "8 of 40 people" in made.describe
    assert {"People with a sudden change", "Around the first change", "When", "Later outcome"} <= {
        t.caption for t in made.tables
    }


def test_no_name_in_a_key_is_clipped_and_the_dashed_line_has_one() -> None:
    """Two long names stand below each other where they do not fit; every dot along treatment has its interval, cut or whole."""
    names = Names(
        {"TAU": "Structured clinical management", "BtheB": "Mentalization-based treatment"}, {"bdi2": "BDI-II"}
    )
    module = sample()
    for detail in (module.ruptures(), module.alliance()):
        made = drawn(detail, names)
        assert isinstance(made, Picture)
        if isinstance(detail, RupturesDetail):
            assert ">by chance<" in made.narrow
            assert 'class="curve chance"' in made.narrow
    wild = replace(
        module.ruptures(),
        blocks=(replace(module.ruptures().blocks[0], rate=Interval(0.0, 0.0, 40.0)),),
        people=(),
        relations=(),
    )
    made = drawn(wild, names)
    assert isinstance(made, Picture)
    assert made.wide.count("whisker thin") == 2
    bands = module.alliance().curves
    long = replace(
        module.alliance(),
        curves=tuple(replace(band, label="Mentalization-based treatment") for band in (*bands, *bands)[:2]),
    )
    made = drawn(long, names)
    assert isinstance(made, Picture)
    at = re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*>Mentalization-based treatment<', made.narrow)
    assert len(at) == 2
    assert {float(x) for x, _ in at} == {27.0}
    assert len({y for _, y in at}) == 2
