"""Studies made in memory, so that questions are tested apart from reading files."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from forwhom.study import SELF, Arm, Plan, Primary, Scale, Study

MEASURES = {
    "id": pl.String,
    "scale": pl.String,
    "time": pl.Float64,
    "informant": pl.String,
    "value": pl.Float64,
    "absent": pl.String,
}
BTHEB = {"bdi.pre": 0.0, "bdi.2m": 2.0, "bdi.3m": 3.0, "bdi.5m": 5.0, "bdi.8m": 8.0}


def study_of(
    scores: np.ndarray,
    times: list[float],
    arm: list[str | None],
    *,
    arms: tuple[tuple[str, str], ...],
    scale: Scale | None = None,
    plan: Plan | None = None,
    persons: dict[str, list[Any]] | None = None,
    **more: Any,
) -> Study:
    """A study of one scale. scores : (n, occasions) NaN where absent."""
    scale = scale or Scale("y", "Score", "lower", 0.0, 63.0, 1.0)
    ids = [str(i + 1) for i in range(len(scores))]
    rows = [
        {
            "id": ids[i],
            "scale": scale.name,
            "time": times[j],
            "informant": SELF,
            "value": None if np.isnan(scores[i, j]) else float(scores[i, j]),
            "absent": "no value recorded" if np.isnan(scores[i, j]) else None,
        }
        for i in range(len(scores))
        for j in range(len(times))
    ]
    return Study(
        name="test",
        title="A test study",
        time_unit="month",
        time_zone=None,
        source=None,
        arms=tuple(Arm(name, label) for name, label in arms),
        persons=pl.DataFrame({"id": ids, "arm": pl.Series(arm, dtype=pl.String), **(persons or {})}),
        measures=pl.DataFrame(rows, schema=MEASURES),
        items=pl.DataFrame(),
        scales={scale.name: scale},
        plan=plan or Plan(),
        fingerprint="0" * 64,
        **more,
    )


@pytest.fixture
def make_study() -> Callable[..., Study]:
    """Builder of small studies."""
    return study_of


@pytest.fixture
def btheb_scores(root: Path) -> tuple[np.ndarray, list[str], dict[str, list[str]]]:
    """Beat the Blues as arrays: scores (100, 5), arms, covariates."""
    with (root / "examples/beat-the-blues/btheb_computer_cbt.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    scores = np.array([[float(row[c]) if row[c] else np.nan for c in BTHEB] for row in rows])
    return scores, [row["treatment"] for row in rows], {"drug": [row["drug"] for row in rows]}


@pytest.fixture
def btheb(btheb_scores: tuple[np.ndarray, list[str], dict[str, list[str]]]) -> Study:
    """Beat the Blues with a registered plan and an invented reliability of 0.9."""
    scores, arm, persons = btheb_scores
    return study_of(
        scores,
        list(BTHEB.values()),
        list(arm),
        arms=(("TAU", "Treatment as usual"), ("BtheB", "Beat the Blues")),
        scale=Scale("bdi2", "BDI-II", "lower", 0, 63, 1, reliability=0.9, reliability_kind="retest", source="invented"),
        plan=Plan(registered=dt.date(2000, 1, 1), primary=Primary("bdi2", 8.0)),
        persons=dict(persons),
    )
