"""The growth model against lme4 on real courses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests_support import named

from forwhom.analysis.asking import Asking
from forwhom.analysis.outcome.trajectory import trajectory
from forwhom.findings.kinds import TrajectoryDetail
from forwhom.study import SELF, Plan, Scale, Study

ASKING = Asking()


@pytest.fixture(scope="session")
def reference(root: Path) -> dict[str, Any]:
    """Values of R, see validation/trials."""
    return json.loads((root / "validation/trials/reference.json").read_text(encoding="utf-8"))


def test_beat_the_blues_agrees_with_lme4(btheb: Study, reference: dict[str, Any]) -> None:
    finding = trajectory(btheb, ASKING, btheb.scales["bdi2"])
    theirs = reference["btheb"]["growth"]["coefficients"]
    for ours, other in (
        ("slope, Treatment as usual", "armTAU:time"),
        ("slope, Beat the Blues", "armBtheB:time"),
        ("mean at time 0, Treatment as usual", "armTAU"),
        ("mean at time 0, Beat the Blues", "armBtheB"),
    ):
        estimate = named(finding, ours)
        assert estimate.value == pytest.approx(theirs[other]["Estimate"], rel=2e-5)
        assert estimate.se == pytest.approx(theirs[other]["Std. Error"], rel=2e-4)
        assert estimate.df == pytest.approx(theirs[other]["df"], rel=5e-3)
    difference = named(finding, "difference in slope, Beat the Blues − Treatment as usual")
    assert difference.value == pytest.approx(
        theirs["armBtheB:time"]["Estimate"] - theirs["armTAU:time"]["Estimate"], rel=1e-4
    )
    variances = reference["btheb"]["growth"]["variances"]
    assert named(finding, "standard deviation of people's starting points").value == pytest.approx(
        variances[0] ** 0.5, rel=1e-3
    )
    assert named(finding, "standard deviation of scores around a person's line").value == pytest.approx(
        variances[3] ** 0.5, rel=1e-4
    )


def test_every_person_has_a_line_through_the_own_scores(btheb: Study) -> None:
    finding = trajectory(btheb, ASKING, btheb.scales["bdi2"])
    assert isinstance(finding.detail, TrajectoryDetail)
    assert len(finding.detail.lines) == 100
    first = finding.detail.lines[0]
    assert (first.id, first.times, first.values) == ("1", (0.0, 2.0, 3.0), (29.0, 2.0, 2.0))
    # A person's line lies between the arm's mean line and a line of the person's own: shrinkage.
    residual = np.mean(
        [np.subtract(line.values, line.fitted).std() for line in finding.detail.lines if len(line.times) > 2]
    )
    assert 0 < residual < 10.9
    assert "course-bends" in [caution.code for caution in finding.cautions]


def test_irregular_times_agree_with_lme4(shared_data: Path, reference: dict[str, Any]) -> None:
    data = pl.read_csv(shared_data / "e_process/enrichd_bdi_cbt_arm.csv").unique(maintain_order=True)
    data = data.unique(["ID", "time"], keep="first", maintain_order=True)
    assert data.height == reference["enrichd"]["rows"]
    measures = data.select(
        pl.col("ID").cast(pl.String).alias("id"),
        pl.lit("bdi").alias("scale"),
        pl.col("time").cast(pl.Float64),
        pl.lit(SELF).alias("informant"),
        pl.col("BDI").cast(pl.Float64).alias("value"),
        pl.lit(None, dtype=pl.String).alias("absent"),
    )
    scale = Scale("bdi", "BDI", "lower", 0, 63)
    study = Study(
        "enrichd", "ENRICHD", "day", None, None, (), measures.select("id").unique(maintain_order=True), measures,
        pl.DataFrame(), {"bdi": scale}, _plan(), "0" * 64,
    )  # fmt: skip
    slope = named(trajectory(study, ASKING, scale), "slope, Everyone")
    theirs = reference["enrichd"]["slope"]
    assert slope.value == pytest.approx(theirs["Estimate"], rel=1e-4)
    assert slope.se == pytest.approx(theirs["Std. Error"], rel=1e-3)


def _plan() -> Plan:
    return Plan()


def test_two_occasions_have_no_individual_slopes_and_say_so(btheb: Study) -> None:
    two = replace(btheb, measures=btheb.measures.filter(pl.col("time").is_in([0.0, 2.0])))
    finding = trajectory(two, ASKING, two.scales["bdi2"])
    assert finding.status == "answered"
    assert "no-random-slope" in [caution.code for caution in finding.cautions]
    assert finding.method.options["random effects"] == "intercept per person"
