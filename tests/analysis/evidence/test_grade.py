"""Grades and certainties of trials with numbers: what decides, against what, how many events."""

from __future__ import annotations

from pathlib import Path

import pytest

from forwhom import evidence
from forwhom.analysis.asking import Asking
from forwhom.analysis.evidence.certainty import certainties
from forwhom.analysis.evidence.grade import grade
from forwhom.findings.kinds import CertaintyDetail, CertaintyRow, GradeDetail, GradedTreatment

HEAD = """
id = "{name}"
sample = "{name}"
[citation]
authors = ["{name} A"]
year = 2010
title = "{name}"
[design]
kind = "randomised"
unit = "month"
[population]
disorder = ["{disorder}"]
[allegiance]
developer = false
[bias]
randomisation = "low"
deviations = "low"
missing = "low"
measurement = "low"
reporting = "low"
[[arms]]
id = "mbt"
label = "MBT"
role = "treatment"
treatment = "mbt"
n = 200
duration = {{ value = 12, unit = "month" }}
[[arms]]
id = "tau"
label = "TAU"
role = "usual_care"
control = "treatment-as-usual"
n = 200
[[arms]]
id = "wl"
label = "Waiting list"
role = "waitlist"
control = "waiting-list"
n = 200
[[measures]]
id = "m"
label = "M"
domain = "bpd-severity"
better = "lower"
"""
MEANS = """
[[results]]
id = "m-{arm}"
kind = "means"
outcome = "m"
arm = "{arm}"
time = 12
mean = {mean}
sd = 10
n = 200
source = {{ document = "self", place = "Results" }}
"""
EVENTS = """
[[results]]
id = "e-{arm}-{time}"
kind = "events"
outcome = "suicide-attempt"
arm = "{arm}"
time = {time}
events = {events}
n = 200
source = {{ document = "self", place = "Results" }}
"""
SAID = """
[[results]]
id = "said"
kind = "statement"
outcome = "m"
arm = "mbt"
versus = "tau"
direction = "{direction}"
says = "Told."
source = {{ document = "self", place = "Discussion" }}
"""


def write(folder: Path, name: str, *parts: str, disorder: str = "bpd") -> None:
    (folder / "studies").mkdir(exist_ok=True, parents=True)
    text = HEAD.format(name=name, disorder=disorder) + "".join(parts)
    (folder / "studies" / f"{name}.toml").write_text(text, encoding="utf-8")


def means(**arms: float) -> str:
    return "".join(MEANS.format(arm=arm, mean=mean) for arm, mean in arms.items())


def graded(folder: Path) -> GradedTreatment:
    detail = grade(evidence.read(folder, shipped=False), Asking()).detail
    assert isinstance(detail, GradeDetail)
    return detail.rows[0]


def certain(folder: Path) -> dict[str, CertaintyRow]:
    detail = certainties(evidence.read(folder, shipped=False), Asking()).detail
    assert isinstance(detail, CertaintyDetail)
    return {f"{row.outcome} against {row.against}": row for row in detail.rows}


@pytest.mark.parametrize(
    ("mbt", "level"),
    [(35.0, "well-supported"), (40.0, "contradicted"), (45.0, "contradicted")],
    ids=["better", "alike", "worse"],
)
def test_numbers_decide_without_a_word(tmp_path: Path, mbt: float, level: str) -> None:
    for name in ("one", "two"):
        write(tmp_path, name, means(mbt=mbt, tau=40.0))
    assert graded(tmp_path).package == level


def test_numbers_decide_against_the_words_beside_them(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path, name, means(mbt=45.0, tau=40.0), SAID.format(direction="better"))
    assert graded(tmp_path).package == "contradicted"
    assert certain(tmp_path)["Borderline symptom severity against Treatment as usual"].effect.startswith(
        "Standardised difference −0.50"
    )


def test_two_of_ten_do_not_make_a_package(tmp_path: Path) -> None:
    for i in range(10):
        write(tmp_path, f"trial-{i}", means(mbt=35.0 if i < 2 else 40.0, tau=40.0))
    assert graded(tmp_path).package == "equivocal"


def test_each_control_has_its_own_numbers(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        write(tmp_path, name, means(mbt=35.0, tau=40.0, wl=60.0))
    found = certain(tmp_path)
    assert found["Borderline symptom severity against Treatment as usual"].effect.startswith(
        "Standardised difference 0.50"
    )
    assert found["Borderline symptom severity against Waiting list"].effect.startswith("Standardised difference 2.50")


def test_people_with_an_event_count_once_however_often_they_were_seen(tmp_path: Path) -> None:
    for k, name in enumerate(("one", "two", "three")):
        rows = (
            EVENTS.format(arm=arm, time=t, events=n + k) for t in (6, 12, 18) for arm, n in (("mbt", 12), ("tau", 30))
        )
        write(tmp_path, name, *rows)
    row = certain(tmp_path)["Suicide attempt against Treatment as usual"]
    assert [step.why for step in row.steps if step.steps] == ["132 events (fewer than 300)"]


def test_people_of_another_disorder_cost_a_step(tmp_path: Path) -> None:
    for name, disorder in (("one", "bpd"), ("two", "aspd"), ("three", "bpd")):
        write(tmp_path, name, means(mbt=35.0, tau=40.0), disorder=disorder)
    row = certain(tmp_path)["Borderline symptom severity against Treatment as usual"]
    assert {step.domain for step in row.steps if step.steps} == {"indirectness"}


def test_samples_that_exclude_each_other_disagree(tmp_path: Path) -> None:
    for name, mbt in (("one", 35.0), ("two", 45.0), ("three", 35.0)):
        write(tmp_path, name, means(mbt=mbt, tau=40.0))
    row = certain(tmp_path)["Borderline symptom severity against Treatment as usual"]
    assert "inconsistency" in {step.domain for step in row.steps if step.steps}
    assert graded(tmp_path).package == "equivocal"
