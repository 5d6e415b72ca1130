"""The question that stands in where people are too few for a model of all items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from forwhom.analysis.answer import answer
from forwhom.analysis.asking import Asking
from forwhom.analysis.measurement.item_drift import item_drift
from forwhom.findings.kinds import ItemDriftDetail
from forwhom.findings.record import from_json, to_json
from forwhom.study import SELF, Scale, Study

SCHEMA = ["id", "scale", "time", "informant", "item", "value", "reversed", "low", "high"]
WANTED = ["measurement.structure", "measurement.item_drift", "outcome.arm_difference", "outcome.reliable_change"]
Make = Callable[..., Study]


@pytest.fixture
def make(make_study: Make) -> Make:
    def made(shift: float, n: int = 90) -> Study:
        rng = np.random.default_rng(8)
        factor = rng.standard_normal((n, 2, 1)) - [[0.0], [0.8]]
        values = 3 + factor + 0.7 * rng.standard_normal((n, 2, 12))
        values[:, 1, 2] += shift
        scale = Scale("y", "Score", "lower", 0, 90, 1, reliability=0.9, reliability_sd=9.0, source="invented")
        study = make_study(
            values.sum(axis=2).clip(0, 90),
            [0.0, 3.0],
            ["a", "b"] * (n // 2),
            arms=(("a", "Usual"), ("b", "New")),
            scale=scale,
        )
        rows = [
            (str(i + 1), "y", time, SELF, f"q{k}", float(values[i, t, k]), False, -9.0, 9.0)
            for i in range(n)
            for t, time in enumerate((0.0, 3.0))
            for k in range(12)
        ]
        return replace(study, keyed=pl.DataFrame(rows, schema=SCHEMA, orient="row"), scored=True)

    return made


def codes_of(study: Study, about: str) -> dict[str, str]:
    told = answer(study, questions=WANTED)
    assert from_json(to_json(told)) == told
    found = next(each for each in told.findings if each.id == about)
    return {caution.code: caution.text for caution in found.cautions}


def test_an_item_that_moved_is_named_and_answers_about_change_say_so(make: Make) -> None:
    study = make(1.5)
    found = item_drift(study, Asking(), study.scales["y"])
    assert isinstance(found.detail, ItemDriftDetail)
    assert [each.item for each in found.detail.items if each.named] == ["q2"]
    assert "1 of 12 items of Score moved by itself (90 people): q2 (" in found.statement
    assert [caution.code for caution in found.cautions] == ["weaker-than-a-model"]
    assert "120 people" in found.cautions[0].text
    codes = codes_of(study, "outcome.arm_difference.y")
    assert codes["meaning-changed"].startswith("q2 moved apart from the other items")
    assert "in every arm could not be checked" in codes["meaning-unchecked"]


def test_no_item_named_is_not_told_as_a_pass(make: Make) -> None:
    study = make(0.0)
    found = item_drift(study, Asking(), study.scales["y"])
    assert "no item of Score moved by itself beyond chance" in found.statement
    assert "not ruled out" in found.statement
    codes = codes_of(study, "outcome.reliable_change.y")
    assert "meaning-changed" not in codes
    assert codes["meaning-unchecked"] == (
        "Over time, single items were tested in a weaker way (measurement.item_drift.y)."
    )


def test_enough_people_leave_it_to_the_model_and_too_few_are_declined(make: Make) -> None:
    many, few = make(0.0, 130), make(0.0, 50)
    found = item_drift(many, Asking(), many.scales["y"])
    assert found.status == "not_applicable"
    assert "measurement.structure.y" in found.statement
    found = item_drift(few, Asking(), few.scales["y"])
    assert (found.status, found.would_take) == ("declined", "60 people.")
    assert "50 people answered" in found.statement
