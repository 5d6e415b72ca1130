"""Study.from_frames: any library, the same checks, and the same study as from a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.io.folder import read_study
from forwhom.problems import ProblemsFound
from forwhom.study import Plan, Primary, Scale, Study

WIDE = {"bdi.pre": 0, "bdi.2m": 2, "bdi.3m": 3, "bdi.5m": 5, "bdi.8m": 8}
SCALES = {"bdi2": {"better": "lower", "range": [0, 63]}}


def beat_the_blues(frame: Any) -> Study:
    return Study.from_frames(
        "beat-the-blues",
        {"frame": frame, "id": "id", "arm": "treatment"},
        {"frame": frame, "scale": "bdi2", "wide": WIDE},
        arms=["TAU", "BtheB"],
        scales=SCALES,
        time_unit="month",
    )


@pytest.fixture(scope="module")
def table(root: Path) -> pl.DataFrame:
    return pl.read_csv(root / "examples" / "beat-the-blues" / "btheb_computer_cbt.csv")


def nullable(frame: pl.DataFrame) -> pd.DataFrame:
    made = frame.to_pandas().convert_dtypes()
    made["treatment"] = made["treatment"].astype("category")
    return made


@pytest.mark.parametrize(
    "convert",
    [
        lambda frame: frame,
        lambda frame: frame.lazy(),
        lambda frame: frame.to_pandas(),
        nullable,
        lambda frame: frame.to_arrow(),
        lambda frame: frame.cast({"treatment": pl.Categorical, "bdi.pre": pl.Float32}),
        lambda frame: frame.with_columns(pl.col("id").cast(pl.Float64)).to_pandas(),
    ],
    ids=["polars", "lazy", "pandas", "nullable", "pyarrow", "categorical", "float-ids"],
)
def test_every_library_gives_the_study_of_the_folder(root: Path, table: pl.DataFrame, convert: Any) -> None:
    folder = read_study(root / "examples" / "beat-the-blues")
    study = beat_the_blues(convert(table))
    assert study.measures.equals(folder.measures)
    assert study.persons.equals(folder.persons)
    assert study.covariates == folder.covariates
    assert study.arms[0].name == "TAU"


def test_the_fingerprint_is_of_the_content(table: pl.DataFrame) -> None:
    first = beat_the_blues(table).fingerprint
    assert beat_the_blues(table.to_pandas().convert_dtypes()).fingerprint == first
    assert beat_the_blues(table.with_columns(pl.col("bdi.pre") + 1)).fingerprint != first


def test_bare_frames_in_the_columns_of_the_study() -> None:
    persons = pd.DataFrame({"id": ["a", "b"], "arm": ["x", "y"], "age": [30, 40]})
    measures = pa.table({"id": ["a", "b"], "scale": ["bdi", "bdi"], "time": [0, 0], "value": [20.0, None]})
    study = Study.from_frames(
        "bare", persons, measures, arms={"x": "X", "y": "Y"},
        scales={"bdi": Scale("bdi", "BDI", "lower", low=0, high=63)},
        plan=Plan(primary=Primary("bdi", 0), covariates=("age",)),
    )  # fmt: skip
    assert study.measures["value"].to_list() == [20.0, None]
    assert study.plan.primary == Primary("bdi", 0)
    assert study.persons.columns == ["id", "arm", "age"]


def test_problems_name_the_frame() -> None:
    persons = pd.DataFrame({"id": ["a", "a"], "arm": ["x", "z"]})
    scores = pd.DataFrame({"id": ["a", "c"], "scale": ["bdi", "bdi"], "time": [0, 0], "value": [99, 1]})
    with pytest.raises(ProblemsFound) as raised:
        Study.from_frames("bad", persons, [scores], arms=["x", "y"], scales=SCALES | {"bdi": SCALES["bdi2"]})
    assert {(p.code, p.file, p.row) for p in raised.value.problems} == {
        ("repeated-id", "persons", 3),
        ("unknown-arm", "persons", 3),
        ("unknown-person", "measures", 3),
        ("value-out-of-range", "measures", 2),
    }


def test_mixed_python_objects_are_problems_not_tracebacks() -> None:
    persons = pd.DataFrame({"id": [1, 2]})
    scores = pd.DataFrame({"id": [1, 2], "x": [3, "four"]}, dtype=object)
    with pytest.raises(ProblemsFound) as raised:
        Study.from_frames(
            "mixed", persons, {"frame": scores, "scale": "x", "wide": {"x": 0}}, scales={"x": {"better": "lower"}}
        )
    assert [(p.code, p.row, p.column) for p in raised.value.problems] == [("not-a-number", 3, "x")]


@pytest.mark.parametrize("thing", [3, "persons.csv", [1, 2]])
def test_what_is_no_frame(thing: object) -> None:
    with pytest.raises(ProblemsFound) as raised:
        Study.from_frames("no", {"frame": thing})
    assert "not-a-frame" in [problem.code for problem in raised.value.problems]


def test_missing_values_of_pandas_are_absent() -> None:
    persons = pd.DataFrame({"id": [1, 2, 3], "pre": [1.0, float("nan"), None]})
    study = Study.from_frames(
        "nan", persons, {"frame": persons, "scale": "x", "wide": {"pre": 0}}, scales={"x": {"better": "lower"}}
    )
    assert study.measures["absent"].to_list() == [None, "no value recorded", "no value recorded"]


people = st.lists(
    st.tuples(st.sampled_from("xy"), *(st.none() | st.integers(0, 63) for _ in range(3))), min_size=1, max_size=8
)


def study_of(persons: pl.DataFrame, *measures: dict[str, Any]) -> Study:
    return Study.from_frames(
        "p", {"frame": persons, "id": "id", "arm": "arm"}, list(measures), arms=["x", "y"], scales=SCALES
    )


def table_of(rows: list[Any]) -> pl.DataFrame:
    names = {"arm": pl.String, "t0": pl.Int64, "t1": pl.Int64, "t2": pl.Int64}
    return pl.DataFrame(rows, schema=names, orient="row").with_row_index("id", offset=1)


WIDE_BLOCK = {"scale": "bdi2", "wide": {"t0": 0, "t1": 1, "t2": 2}}


@settings(max_examples=30, deadline=None)
@given(people, st.randoms())
def test_the_order_of_rows_is_no_matter(rows: list[Any], random: Any) -> None:
    table = table_of(rows)
    order = list(range(len(rows)))
    random.shuffle(order)
    one, other = (study_of(each, {"frame": each, **WIDE_BLOCK}) for each in (table, table[order]))
    assert one.persons.sort("id").equals(other.persons.sort("id"))
    key = ["id", "scale", "time"]
    assert one.measures.sort(key).equals(other.measures.sort(key))
    assert one.scales == other.scales
    assert one.covariates == other.covariates


@settings(max_examples=30, deadline=None)
@given(people, st.randoms())
def test_wide_and_long_give_the_same_measures(rows: list[Any], random: Any) -> None:
    table = table_of(rows)
    long = table.unpivot(index="id", on=["t0", "t1", "t2"], variable_name="when", value_name="bdi")
    order = list(range(long.height))
    random.shuffle(order)
    block = {
        "frame": long[order], "scale": "bdi2", "time": "when", "value": "bdi", "times": {"t0": 0, "t1": 1, "t2": 2},
    }  # fmt: skip
    wide = study_of(table, {"frame": table, **WIDE_BLOCK})
    assert study_of(table.select("id", "arm"), block).measures.equals(wide.measures)
    # Blank rows left out of a long file are the same cells, once the occasions are declared.
    known = long.filter(pl.col("bdi").is_not_null())
    if known.height:
        lean = study_of(table.select("id", "arm"), {**block, "frame": known, "occasions": [0, 1, 2]})
        assert lean.measures.drop("absent").equals(wide.measures.drop("absent"))


@settings(max_examples=20, deadline=None)
@given(people)
def test_reading_the_same_twice_sets_the_second_aside(rows: list[Any]) -> None:
    table = table_of(rows)
    once = study_of(table, {"frame": table, **WIDE_BLOCK})
    twice = study_of(table, {"frame": table, **WIDE_BLOCK}, {"frame": table.clone(), **WIDE_BLOCK, "name": "again"})
    assert twice.measures.equals(once.measures)
    assert sum(aside.count for aside in twice.set_aside) == len(rows)
