"""Expected courses of people left out, against lme4 and nlme (validation/off_track)."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forwhom.analysis.asking import Asking
from forwhom.analysis.one_person.course_model import CourseModel, make_model
from forwhom.analysis.one_person.shared import prepare
from forwhom.analysis.one_person.starts import Starts
from forwhom.io.folder import read_and_score
from forwhom.study import Scale

SCALE = Scale("y", "Score", "lower")


@pytest.fixture(scope="module")
def reference(root: Path) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((root / "validation/off_track/reference.json").read_text(encoding="utf-8"))
    return made


def begun(arm: list[int], courses: list[list[tuple[float, float]]], occasions: list[float]) -> Starts:
    """Starts from (time, score) per person; the first of each is the start."""
    width = max(len(course) for course in courses) - 1
    time, score = np.full((len(courses), width), np.nan), np.full((len(courses), width), np.nan)
    for i, course in enumerate(courses):
        for j, (t, y) in enumerate(course[1:]):
            time[i, j], score[i, j] = t, y
    return Starts(
        SCALE, "y", "self", 1, "day", np.array(arm), (("0", "A"), ("1", "B")),
        np.array([course[0][1] for course in courses]), np.array([course[0][0] for course in courses]),
        time, score, tuple(() for _ in courses), np.array(occasions),
    )  # fmt: skip


def check(
    model: CourseModel, arm: int, expected: dict[str, Any], elapsed: np.ndarray, y: np.ndarray, close: float
) -> None:
    """Means within `close` standard deviations, standard deviations within that share; where lme4 and gls stop, seen 2e-5."""
    found = model.expect(np.array([arm]), elapsed[None, :], y[None, :])
    start, following = np.array(expected["start"]), np.array(expected["following"])
    for (mean, sd), reference in (
        ((found.start_mean, found.start_sd), start),
        ((found.next_mean, found.next_sd), following),
    ):
        assert np.abs((mean[0, 1:] - reference[:, 0]) / reference[:, 1]).max() < close
        np.testing.assert_allclose(sd[0, 1:], reference[:, 1], rtol=close)


def test_growth_as_lme4(root: Path, reference: dict[str, Any]) -> None:
    courses: list[list[tuple[float, float]]] = [[] for _ in range(60)]
    arm = [0] * 60
    with (root / "validation/off_track/simulated.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            courses[int(row["id"])].append((float(row["time"]), float(row["score"])))
            arm[int(row["id"])] = int(row["arm"])
    here = begun(arm, courses, [])
    model = make_model(here, np.arange(6, 60), None)
    for i in range(6):
        times, scores = np.array(courses[i]).T
        check(model, arm[i], reference["growth"][i], times, scores, 1e-4)


def test_occasions_as_nlme(root: Path, reference: dict[str, Any]) -> None:
    names = ["bdi.pre", "bdi.2m", "bdi.3m", "bdi.5m", "bdi.8m"]
    months = [0.0, 2.0, 3.0, 5.0, 8.0]
    with (root / "examples/beat-the-blues/btheb_computer_cbt.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    table = np.array([[float(row[name]) if row[name] else np.nan for name in names] for row in rows])
    courses = [[(t, float(y)) for t, y in zip(months, line, strict=True) if np.isfinite(y)] for line in table]
    here = begun([int(row["treatment"] == "BtheB") for row in rows], courses, months)
    model = make_model(here, np.arange(10, 100), "unstructured")
    for i in range(10):
        check(model, int(here.arm[i]), reference["occasions"][i], np.array(months), table[i], 1e-4)


def test_bands_of_a_real_study_hold_as_stored(root: Path, shared_data: Path) -> None:
    """ENRICHD: what README and pages say of the bands by start is what is made now; and nobody of a high start is warned in vain
    more often than promised."""
    stored = json.loads((root / "validation/off_track/studies.json").read_text(encoding="utf-8"))["enrichd"]
    (basis,) = prepare(read_and_score(root / "validation/studies/enrichd"), Asking(), benefit=False).bases
    assert basis.calibration.inside == pytest.approx(stored["inside the band at the start"])
    assert basis.bands is not None
    here, band = basis.here, basis.bands[0]
    for row in stored["by start"]:
        low, high = map(float, row["starts"].split(" to "))
        mine = np.isfinite(here.score) & ((here.start >= low) & (here.start <= high))[:, None]
        inside = ((here.score >= band.low) & (here.score <= band.high))[mine].mean()
        assert inside == pytest.approx(row["inside, at the start"], abs=1e-3)
        assert inside == pytest.approx(0.8, abs=0.04)
        assert (here.score > band.high)[mine].mean() < 0.12
