"""The simulated trial: as shipped, remade byte for byte, marked as simulated, and with a truth that findings can be held against."""

from __future__ import annotations

import csv
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from forwhom import read_study
from forwhom.analysis.answer import answer
from forwhom.analysis.questions import tasks
from forwhom.io.folder import read_and_score
from forwhom.report.render import render
from forwhom.study import Study


@pytest.fixture(scope="module")
def folder(root: Path) -> Path:
    return root / "examples" / "mbt-twin"


@pytest.fixture(scope="module")
def study(folder: Path) -> Study:
    return read_and_score(folder)


@pytest.fixture(scope="module")
def truth(folder: Path) -> list[dict[str, Any]]:
    values: list[dict[str, Any]] = tomllib.loads((folder / "truth.toml").read_text(encoding="utf-8"))["value"]
    return values


def generate(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(folder / "generate.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def small_truth(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The truth made again from fewer people."""
    where = tmp_path_factory.mktemp("truth")
    assert generate(folder, "--truth", "20000", "--out", str(where)).returncode == 0
    values: list[dict[str, Any]] = tomllib.loads((where / "truth.toml").read_text(encoding="utf-8"))["value"]
    return values


# ── the folder ───────────────────────────────────────────────────────────────────────────────────


def test_the_tables_are_remade_byte_for_byte(folder: Path, tmp_path: Path) -> None:
    made = generate(folder, "--seed", "1", "--out", str(tmp_path))
    assert made.returncode == 0, made.stderr
    shipped = sorted(path.name for path in folder.glob("simulated_*.csv"))
    assert sorted(path.name for path in tmp_path.glob("*.csv")) == shipped
    for name in shipped:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes(), name


def test_another_seed_and_another_size_give_another_trial(folder: Path, tmp_path: Path) -> None:
    made = generate(folder, "--seed", "2", "--set", "n=40", "--out", str(tmp_path))
    assert made.returncode == 0, made.stderr
    small = read_study(tmp_path)
    assert small.persons.filter(pl.col("arm").is_not_null()).height == 40
    assert not any(problem.severity == "error" for problem in small.notices)


def test_a_number_the_design_does_not_know_is_refused_with_all_others(folder: Path, tmp_path: Path) -> None:
    made = generate(folder, "--set", "size=3", "--set", "direct=1,2", "--out", str(tmp_path))
    assert made.returncode == 2
    assert "size is no number of the design" in made.stderr
    assert "direct takes 4 numbers" in made.stderr


def test_it_is_small_enough_to_ship(folder: Path) -> None:
    assert sum(path.stat().st_size for path in folder.rglob("*.csv")) < 3_000_000


def test_it_has_the_shape_of_the_trial(study: Study) -> None:
    persons = study.persons
    assert persons.height == 168
    counts = dict(persons.drop_nulls("arm").group_by("arm").len().rows())
    assert counts == {"MBT": 71, "SCM": 63}
    assert [arm.name for arm in study.arms] == ["SCM", "MBT"]
    therapists = persons.drop_nulls("therapist")
    assert therapists["therapist"].n_unique() == 11
    assert therapists.group_by("therapist").agg(pl.col("arm").n_unique())["arm"].max() == 1
    assert therapists.group_by("group").agg(pl.col("arm").n_unique())["arm"].max() == 1
    scores = study.measures.filter(pl.col("scale") == "bsl23")
    assert sorted(scores["time"].unique()) == [0, 6, 12, 18]
    assert study.sessions is not None
    assert study.sessions["number"].max() <= 78
    assert study.sessions.filter(pl.col("therapist").is_null()).is_empty()
    assert study.plan.registered is not None


def test_every_table_is_there(study: Study) -> None:
    for name in ("sessions", "moments", "ratings", "events", "scans", "keyed"):
        frame = getattr(study, name)
        assert frame is not None, name
        assert frame.height > 50, name
    assert "partner_distress" in study.moments.columns
    assert study.persons["partner"].n_unique() > 20


def test_minimisation_kept_the_arms_alike(study: Study) -> None:
    arms = study.persons.drop_nulls("arm").group_by("arm").agg(
        pl.col("age").mean(), (pl.col("gender") == "man").mean(), (pl.col("antisocial_pd") == "yes").mean()
    )  # fmt: skip
    age, man, aspd = (arms[name].to_numpy() for name in ("age", "gender", "antisocial_pd"))
    assert abs(np.diff(age))[0] < 3
    assert abs(np.diff(man))[0] < 0.1
    assert abs(np.diff(aspd))[0] < 0.1


def test_nobody_after_leaving_has_sessions(study: Study) -> None:
    assert study.sessions is not None
    last = study.sessions.group_by("id").agg(pl.col("time").max().alias("last"))
    left = study.persons.drop_nulls("left").join(last, on="id")
    assert left.height > 10
    assert (left["last"] <= left["left"] + 0.01).all()


# ── simulated, everywhere ────────────────────────────────────────────────────────────────────────


def test_everything_says_that_it_is_simulated(folder: Path, study: Study) -> None:
    assert study.simulated
    assert "simulated" in study.title.lower()
    assert study.source is not None
    assert "SIMULATED" in study.source
    assert all(path.name.startswith("simulated_") for path in folder.glob("*.csv"))
    for name in ("README.md", "study.toml", "truth.toml"):
        assert "SIMULATED" in (folder / name).read_text(encoding="utf-8").partition("\n\n")[0], name
    page = render(answer(study, questions=["outcome.flow"]))
    assert "These people do not exist" in page
    assert "<title>SIMULATED" in page


# ── truth ────────────────────────────────────────────────────────────────────────────────────────


def test_every_true_value_has_a_finding(study: Study, truth: list[dict[str, Any]]) -> None:
    asked = {task.id for task in tasks(study)}
    assert sorted({each["finding"] for each in truth} - asked) == []


def test_true_values_have_estimates_of_their_name(study: Study, truth: list[dict[str, Any]]) -> None:
    cheap = ("outcome.", "measurement.reliability", "how.brain.")
    wanted = {each["finding"] for each in truth if each["finding"].startswith(cheap)}
    found = {finding.id: finding for finding in answer(study, questions=sorted(wanted)).findings}
    absent = [
        (each["finding"], each["estimate"])
        for each in truth
        if each["finding"] in wanted
        and not any(e.name.startswith(each["estimate"]) for e in found[each["finding"]].estimates)
    ]
    assert absent == []


def test_the_truth_is_that_of_the_generator(truth: list[dict[str, Any]], small_truth: list[dict[str, Any]]) -> None:
    names = [(each["finding"], each["estimate"]) for each in truth]
    assert names == [(each["finding"], each["estimate"]) for each in small_truth]
    far = []
    for stored, again in zip(truth, small_truth, strict=True):
        error = np.hypot(stored["error"], again["error"])
        # Two values follow from a simulated one without an error of their own.
        if abs(stored["value"] - again["value"]) > 5 * error + 1e-3 * abs(stored["value"]):
            far.append((stored["finding"], stored["value"], again["value"], error))
    assert far == []


def test_nothing_is_nothing_and_the_known_numbers_are_known(truth: list[dict[str, Any]]) -> None:
    value = {(each["finding"], each["estimate"].split(",")[0]): each for each in truth}
    for each in truth:
        if each["null"]:
            assert each["value"] == each["none"]
            assert each["none"] == (
                1.0 if "hazard ratio" in each["estimate"] or "rate" in each["estimate"].split() else 0.0
            )
        assert each["definition"]
    risk = value["outcome.events.composite", "risk difference of suicide attempt or severe self harm or admission"]
    assert risk["value"] == pytest.approx(16 / 71 - 36 / 63, abs=0.002)
    moved = value["how.mediation.reflective_functioning.bsl23", "difference in Reflective functioning"]
    assert moved["value"] == pytest.approx(0.6)


def test_the_stored_coverage_is_of_this_truth(root: Path, truth: list[dict[str, Any]]) -> None:
    with (root / "validation" / "twin" / "coverage.csv").open(encoding="utf-8") as file:
        assert file.readline().startswith("# SIMULATED trials; seeds")
        rows = list(csv.DictReader(file))
    assert [(row["finding"], row["estimate"]) for row in rows] == [(t["finding"], t["estimate"]) for t in truth]
    assert all(float(row["truth"]) == t["value"] for row, t in zip(rows, truth, strict=True))
    assert all(int(row["answered"]) + int(row["declined"]) == int(row["trials"]) for row in rows)
    nothing = [1 - float(row["coverage"]) for row in rows if row["null"] == "True"]
    assert len(nothing) > 30
    assert np.mean(nothing) < 0.08
