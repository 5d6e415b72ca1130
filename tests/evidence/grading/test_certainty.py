"""Steps of the certainty, each on its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forwhom.evidence.grading import Body, certainty

LOW = tuple((name, "low") for name in ("randomisation", "deviations", "missing", "measurement", "reporting"))
BEST = Body(True, 3, 900, 320, True, False, True, 0.1, False, LOW, developers_only=False)


def test_the_best_evidence_stays_high() -> None:
    found = certainty(BEST)
    assert (found.name, found.began, sum(step.steps for step in found.steps)) == ("high", "high", 0)


def risky(*risks: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((dict(LOW) | dict(risks)).items())


@pytest.mark.parametrize(
    ("changes", "domain", "steps"),
    [
        ({"risks": risky(("missing", "high"))}, "risk of bias", -1),
        ({"risks": risky(("missing", "high"), ("reporting", "high"))}, "risk of bias", -2),
        ({"risks": risky(("missing", "some"))}, "risk of bias", 0),
        ({"risks": risky(("missing", "some"), ("reporting", "some"))}, "risk of bias", -1),
        ({"risks": risky(("missing", "not stated"))}, "risk of bias", -1),
        ({"risks": ()}, "risk of bias", -1),
        ({"agree": False}, "inconsistency", -1),
        ({"i2": 0.6}, "inconsistency", -1),
        ({"i2": 0.6, "prediction_crosses": True}, "inconsistency", -2),
        ({"prediction_crosses": True}, "inconsistency", -1),
        ({"samples": 1, "i2": None, "prediction_crosses": None}, "inconsistency", 0),
        ({"other_disorder": True}, "indirectness", -1),
        ({"crosses": True}, "imprecision", -1),
        ({"events": 52}, "imprecision", -1),
        ({"events": 52, "crosses": True}, "imprecision", -2),
        ({"events": None, "people": 134}, "imprecision", -1),
        ({"events": None, "people": None}, "imprecision", -1),
        ({"developers_only": True}, "small-study effects and allegiance", -1),
        ({"developers_only": None}, "small-study effects and allegiance", 0),
        ({"asymmetry": 0.03}, "small-study effects and allegiance", 0),
        ({"asymmetry": 0.03, "samples": 12}, "small-study effects and allegiance", -1),
    ],
)
def test_each_step(changes: dict[str, Any], domain: str, steps: int) -> None:
    found = certainty(replace(BEST, **changes))
    assert {step.domain: step.steps for step in found.steps if step.steps} == ({domain: steps} if steps else {})
    assert found.name == ("high", "moderate", "low")[-steps]
    assert all(step.change for step in found.steps if step.steps)


def test_evidence_that_was_not_randomised_begins_low_and_rises_only_unlowered() -> None:
    observed = replace(BEST, randomised=False, large=True)
    assert (certainty(observed).began, certainty(observed).name) == ("low", "moderate")
    assert certainty(replace(observed, agree=False)).name == "very low"
    assert certainty(replace(BEST, large=True)).name == "high"


def test_without_a_number_nothing_is_certain() -> None:
    found = certainty(replace(BEST, estimated=False, crosses=None, people=None, events=None))
    assert found.name == "not assessed"
    assert (
        next(step for step in found.steps if step.domain == "imprecision").why
        == "Cannot be looked at: no number is coded"
    )


@given(
    st.builds(
        Body,
        randomised=st.booleans(),
        samples=st.integers(1, 20),
        people=st.none() | st.integers(1, 2000),
        events=st.none() | st.integers(0, 2000),
        estimated=st.just(True),
        crosses=st.none() | st.booleans(),
        agree=st.booleans(),
        i2=st.none() | st.floats(0, 1),
        prediction_crosses=st.none() | st.booleans(),
        risks=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["low", "some", "high", "not stated"]))).map(
            tuple
        ),
        other_disorder=st.booleans(),
        developers_only=st.none() | st.booleans(),
        asymmetry=st.none() | st.floats(0, 1),
        large=st.booleans(),
    )
)
def test_every_body_has_a_certainty_and_randomising_never_lowers_it(body: Body) -> None:
    order = ("very low", "low", "moderate", "high")
    chance, without = (certainty(replace(body, randomised=flag)) for flag in (True, False))
    assert order.index(chance.name) >= order.index(without.name)
