"""Brain findings: cells never mixed, every region counted, nothing found in noise, effects found where they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from forwhom.analysis.asking import Asking
from forwhom.analysis.how.brain import brain
from forwhom.analysis.how.brain_numbers import brain_numbers
from forwhom.analysis.how.brain_prediction import brain_prediction
from forwhom.analysis.how.scans import cells, slug
from forwhom.analysis.questions import tasks
from forwhom.findings.kinds import BrainDetail, BrainPredictionDetail
from forwhom.kernels.within_group_correlation import within_group_correlation
from forwhom.study import Study

ARMS = {"TAU": "Usual care", "DBT": "DBT"}
PLACES = (("activation", "amygdala", "L", "negative"), ("activation", "amygdala", "R", "negative"),
          ("activation", "anterior insula", "left", "negative"), ("volume", "amygdala", "L", None))  # fmt: skip


def _study(n: int = 40, seed: int = 1, effect: float = 0.0, foretells: float = 0.0, **plan: object) -> Study:
    """Scans at 0 and 3; the left amygdala falls by `effect` in DBT and tells the outcome by `foretells`."""
    rng = np.random.default_rng(seed)
    arm = np.arange(n) % 2
    trait = rng.normal(size=(n, len(PLACES)))
    scans, before = [], rng.normal(30, 6, n)
    after = before - 3 * arm + foretells * trait[:, 0] + rng.normal(0, 4, n)
    for j, (modality, region, side, condition) in enumerate(PLACES):
        for time in (0.0, 3.0):
            noise = rng.normal(0, 0.6, n)
            fall = effect * arm * (time > 0) if j == 0 else 0.0
            scans.append(
                pl.DataFrame(
                    {
                        "id": [f"p{i}" for i in range(n)],
                        "time": time,
                        "modality": modality,
                        "region": region,
                        "hemisphere": side,
                        "condition": condition,
                        "value": trait[:, j] + noise - fall,
                    }
                ).with_columns(pl.col("condition").cast(pl.String))
            )
    ids = [f"p{i}" for i in range(n)]
    measures = pl.DataFrame({"id": ids * 2, "scale": "bsl", "time": [0.0] * n + [3.0] * n, "value": [*before, *after]})
    return Study.from_frames(
        "scanned",
        pl.DataFrame({"id": ids, "arm": [("TAU", "DBT")[k] for k in arm]}),
        measures,
        arms=ARMS,
        scales={"bsl": {"better": "lower", "label": "BSL"}},
        scans=pl.concat(scans),
        time_unit="month",
        plan={"primary": {"scale": "bsl", "at": 3}, **plan},
    )


def test_cells_keep_modality_side_and_condition_apart() -> None:
    made = cells(_study())
    assert [cell.label for cell in made] == [
        "left amygdala, negative (activation)",
        "right amygdala, negative (activation)",
        "left amygdala (volume)",
        "left anterior insula, negative (activation)",
    ]
    assert slug("dlPFC (BA 9/46)") == "dlpfc_ba_9_46"


def test_there_is_a_finding_per_region_and_modality() -> None:
    ids = [task.id for task in tasks(_study(), ("how",)) if "brain" in task.id]
    assert ids == [
        "how.brain.amygdala",
        "how.brain.anterior_insula",
        "how.brain_prediction.activation",
        "how.brain_prediction.volume",
    ]


def test_a_true_difference_is_found_with_its_sign_and_side() -> None:
    finding = brain(_study(effect=1.5), Asking(), "amygdala")
    assert finding.status == "answered"
    assert isinstance(finding.detail, BrainDetail)
    left = next(
        c
        for c in finding.detail.changes
        if c.reference == "TAU" and c.hemisphere == "left" and c.modality == "activation"
    )
    assert left.effect.value is not None
    assert left.effect.low is not None
    assert left.effect.high is not None
    assert left.effect.low < -1.5 < left.effect.high
    assert left.holm is not None
    assert left.p is not None
    assert left.p < left.holm < 0.001
    side = next(c for c in finding.detail.laterality if c.reference == "TAU")
    assert side.effect.value == pytest.approx(-1.5, abs=0.6)
    assert "left amygdala, negative (activation): DBT − Usual care −" in finding.statement


def test_the_difference_equals_analysis_of_covariance_up_to_the_weight_of_the_baseline() -> None:
    """With two complete occasions the constrained model is analysis of covariance (Liang & Zeger, 2000), to third decimals."""
    study = _study(n=200, effect=0.8)
    finding = brain(study, Asking(), "amygdala")
    assert isinstance(finding.detail, BrainDetail)
    change = next(
        c
        for c in finding.detail.changes
        if c.reference == "TAU" and c.hemisphere == "left" and c.modality == "activation"
    )
    here = cells(study)[0].here
    design = np.column_stack([np.ones(200), here.arm, here.scores[:, 0]])
    ancova = np.linalg.lstsq(design, here.scores[:, 1], rcond=None)[0][1]
    assert change.effect.value == pytest.approx(ancova, abs=0.01)


def test_holm_counts_every_unplanned_cell_and_planned_regions_apart() -> None:
    everything = brain_numbers(_study(effect=0.6), Asking())
    p = sorted(c.p for each in everything.cells for c in each.changes if c.reference is not None and c.p is not None)
    assert len(p) == 4
    smallest = min(
        (c for each in everything.cells for c in each.changes if c.reference is not None), key=lambda c: c.p or 1.0
    )
    assert smallest.holm == pytest.approx(4 * p[0])
    planned = brain_numbers(_study(effect=0.6, regions=["amygdala"]), Asking())
    insula = next(each for each in planned.cells if each.cell.region == "anterior insula")
    (alone,) = [c for c in insula.changes if c.reference is not None]
    assert alone.holm == alone.p


def test_symptoms_within_arms() -> None:
    study = _study(effect=1.0)
    finding = brain(study, Asking(), "amygdala")
    assert isinstance(finding.detail, BrainDetail)
    first = finding.detail.symptoms[0]
    here = cells(study)[0].here
    wide = study.measures.pivot(on="time", index="id", values="value").sort(pl.col("id").str.slice(1).cast(pl.Int64))
    change = (wide["3.0"] - wide["0.0"]).to_numpy()
    expected = within_group_correlation(here.scores[:, 1] - here.scores[:, 0], change, here.arm)
    assert first.r.value == pytest.approx(expected.r)
    assert any(caution.code == "same-window" for caution in finding.cautions)


def test_prediction_finds_what_is_there_and_nothing_else() -> None:
    there = brain_prediction(_study(n=60, foretells=6.0), Asking(), "activation")
    assert isinstance(there.detail, BrainPredictionDetail)
    assert there.detail.gain > 0.2
    assert there.detail.p < 0.01
    nothing = brain_prediction(_study(n=60), Asking(), "activation")
    assert isinstance(nothing.detail, BrainPredictionDetail)
    assert nothing.detail.holm is not None
    assert nothing.detail.holm > 0.05
    assert nothing.detail.in_sample > nothing.detail.gain
    assert "no evidence" in nothing.statement


def test_too_few_people_are_refused_in_words() -> None:
    small = _study(n=12)
    assert brain_prediction(small, Asking(), "activation").status == "declined"
    four = brain(_study(n=4), Asking(), "amygdala")
    assert four.status == "declined"
    assert "fewer than 3 people per arm" in four.statement


def test_a_study_without_scans_says_so() -> None:
    study = Study.from_frames("plain", pl.DataFrame({"id": ["a", "b"]}))
    assert brain(study, Asking()).status == "not_applicable"
    assert brain_prediction(study, Asking()).status == "not_applicable"


def test_extreme_changes_are_said() -> None:
    study = _study()
    assert study.scans is not None
    assert not [c for c in brain(study, Asking(), "amygdala").cautions if c.code == "extreme-changes"]
    odd = study.scans.with_columns(
        pl.when((pl.col("id") == "p0") & (pl.col("time") == 3)).then(25.0).otherwise("value").alias("value")
    )
    finding = brain(replace(study, scans=odd), Asking(), "amygdala")
    assert [c.text[:8] for c in finding.cautions if c.code == "extreme-changes"] == ["1 person"]
