"""The whole record: which questions are asked, determinism, and what holds for every finding."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forwhom import read_study
from forwhom.analysis.answer import answer, ask
from forwhom.analysis.asking import Asking
from forwhom.analysis.questions import QUESTIONS, Task, tasks
from forwhom.findings import Finding, Record
from forwhom.findings.record import to_json
from forwhom.problems import ProblemsFound
from forwhom.study import Study

LOWER_OPEN = 1e-9


@pytest.fixture(scope="module")
def record(root: Path) -> Record:
    """The record of the study that ships."""
    return answer(read_study(root / "examples/beat-the-blues"))


def test_every_question_answers_or_says_why_not(record: Record) -> None:
    stems = {".".join(finding.id.split(".")[:2]) for finding in record.findings}
    assert stems == {question.name for question in QUESTIONS}
    for finding in record.findings:
        assert finding.question.endswith("?"), finding.id
        assert finding.statement.endswith("."), finding.id
        if finding.status == "declined":
            assert finding.would_take, finding.id


def test_the_main_questions_are_answered(record: Record) -> None:
    answered = {finding.id for finding in record.findings if finding.status == "answered"}
    assert answered >= {
        "measurement.distribution.bdi2",
        "measurement.retest.bdi2",
        "outcome.flow",
        "outcome.arm_difference.bdi2",
        "outcome.trajectory.bdi2",
        "outcome.reliable_change.bdi2",
        "outcome.leaving",
        "outcome.missing.bdi2",
        "outcome.missing_sensitivity.bdi2",
    }


def test_no_number_is_infinite_or_not_a_number(record: Record) -> None:
    def walk(value: object, path: str) -> None:
        if isinstance(value, float):
            assert math.isfinite(value), path
        elif is_dataclass(value) and not isinstance(value, type):
            for field in fields(value):
                walk(getattr(value, field.name), f"{path}.{field.name}")
        elif isinstance(value, dict):
            for key, item in value.items():
                walk(item, f"{path}[{key}]")
        elif isinstance(value, tuple):
            for i, item in enumerate(value):
                walk(item, f"{path}[{i}]")
        assert not isinstance(value, np.generic | np.ndarray), path

    for finding in record.findings:
        walk(finding, finding.id)


def test_every_estimate_says_its_width_or_why_it_has_none(record: Record) -> None:
    for finding in record.findings:
        for estimate in finding.estimates:
            if estimate.value is None:
                assert estimate.why_absent, (finding.id, estimate.name)
            elif estimate.low is None and estimate.high is None:
                assert estimate.interval.startswith("none") or "infinity" in estimate.interval, (
                    finding.id,
                    estimate.name,
                )
            else:
                assert estimate.level, (finding.id, estimate.name)
                assert (estimate.low if estimate.low is not None else -math.inf) <= estimate.value + LOWER_OPEN
                assert (estimate.high if estimate.high is not None else math.inf) >= estimate.value - LOWER_OPEN


def test_workers_and_repetition_change_nothing(btheb: Study) -> None:
    one = to_json(answer(btheb, workers=1))
    assert to_json(answer(btheb, workers=1)) == one
    assert to_json(answer(btheb, workers=2)) == one


def test_the_seed_moves_only_what_is_random(btheb: Study) -> None:
    one, two = answer(btheb, seed=1), answer(btheb, seed=2)
    moved = {a.id for a, b in zip(one.findings, two.findings, strict=True) if a.estimates != b.estimates}
    engine = ("recommendation", "heterogeneity", "individual")
    assert moved == {"outcome.missing_sensitivity.bdi2", *(f"for_whom.{name}.bdi2" for name in engine)}


def test_names_select_and_unknown_names_are_all_listed(btheb: Study) -> None:
    assert {task.question.name for task in tasks(btheb, ["measurement"])} == {
        question.name for question in QUESTIONS if question.name.startswith("measurement.")
    }
    assert [task.id for task in tasks(btheb, ["outcome.flow", "outcome.trajectory.bdi2"])] == [
        "outcome.flow",
        "outcome.trajectory.bdi2",
    ]
    with pytest.raises(ProblemsFound) as found:
        tasks(btheb, ["outcom", "nonsense", "outcome.flow"])
    assert [problem.found for problem in found.value.problems] == [
        "'outcom' is no question of this study",
        "'nonsense' is no question of this study",
    ]
    assert "outcome" in found.value.problems[0].possible


def test_a_second_informant_gets_findings_of_their_own(btheb: Study) -> None:
    partner = btheb.measures.with_columns(pl.lit("partner").alias("informant"), (pl.col("value") * 0.5).alias("value"))
    study = replace(btheb, measures=pl.concat([btheb.measures, partner]))
    found = {finding.id: finding for finding in answer(study, questions=["outcome.arm_difference"]).findings}
    assert set(found) == {"outcome.arm_difference.bdi2", "outcome.arm_difference.bdi2.partner"}
    own, other = (found[name].estimates[0].value for name in sorted(found))
    assert own is not None
    assert other == pytest.approx(own / 2, rel=1e-6)


def test_a_kernel_that_refuses_becomes_a_declined_finding(btheb: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    from forwhom.kernels.risk import clopper_pearson

    monkeypatch.setattr("forwhom.analysis.outcome.flow.flow", lambda *_: clopper_pearson(3, 0))
    question = next(question for question in QUESTIONS if question.name == "outcome.flow")
    finding = ask(btheb, Asking(), Task(question))
    assert finding.status == "declined"
    assert "the numbers do not allow it" in finding.statement
    assert finding.cautions == ()


def test_a_fault_of_ours_is_called_one(btheb: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(study: Study, asking: Asking) -> Finding:
        del asking
        return study.arms[7]

    monkeypatch.setattr("forwhom.analysis.outcome.flow.flow", fault)
    question = next(question for question in QUESTIONS if question.name == "outcome.flow")
    finding = ask(btheb, Asking(), Task(question))
    assert finding.status == "declined"
    assert "a fault of forwhom" in finding.statement
    assert [caution.code for caution in finding.cautions] == ["fault"]


@pytest.mark.parametrize("folder", ["examples/beat-the-blues", "examples/jobs-ii", "validation/studies/bcrp",
                                    "validation/studies/enrichd", "validation/studies/geschwind"])  # fmt: skip
def test_no_real_study_meets_a_fault(root: Path, folder: str, request: pytest.FixtureRequest) -> None:
    if folder.startswith("validation"):
        request.getfixturevalue("shared_data")
    record = answer(read_study(root / folder))
    assert "fault" not in {caution.code for finding in record.findings for caution in finding.cautions}
    assert "answered" in {finding.status for finding in record.findings}


def test_a_study_without_any_score_is_answered_in_words(btheb: Study) -> None:
    blank = replace(btheb, measures=btheb.measures.with_columns(pl.lit(None, dtype=pl.Float64).alias("value")))
    record = answer(blank)
    assert "fault" not in {caution.code for finding in record.findings for caution in finding.cautions}
    flow = next(finding for finding in record.findings if finding.id == "outcome.flow")
    assert flow.status == "answered"


def test_constant_scores_are_answered_in_words(btheb: Study) -> None:
    flat = replace(btheb, measures=btheb.measures.with_columns(pl.col("value").is_not_null().cast(pl.Float64) * 20))
    flat = replace(
        flat,
        measures=flat.measures.with_columns(pl.when(pl.col("absent").is_null()).then(pl.col("value")).alias("value")),
    )
    record = answer(flat)
    assert "fault" not in {caution.code for finding in record.findings for caution in finding.cautions}
    assert all("not known to not known" not in finding.statement for finding in record.findings)


def test_progress_counts_every_finding(btheb: Study) -> None:
    seen: list[tuple[int, int, str]] = []
    record = answer(
        btheb,
        questions=["outcome.flow", "outcome.leaving"],
        progress=lambda *now: seen.append((now[0], now[1], now[2].id)),
    )
    assert seen == [(1, 2, "outcome.flow"), (2, 2, "outcome.leaving")]
    assert record.provenance.fingerprint == btheb.fingerprint


def test_an_instrument_is_applied_before_anything_is_said(btheb: Study) -> None:
    """The Outcome Rating Scale is better when higher; unscored frames must not come out as lower is better."""
    scale = replace(btheb.scales["bdi2"], instrument="ors", low=None, high=None, reliability=None, label="bdi2")
    measures = btheb.measures.with_columns((pl.col("value") / 2).clip(0, 40).alias("value"))
    study = replace(btheb, scales={"bdi2": scale}, measures=measures)
    finding = answer(study, questions=["outcome.arm_difference"]).findings[0]
    assert "Higher is better." in finding.statement
