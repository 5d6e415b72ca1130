"""The composite moderator as a finding: whom it is about, what it says, and when it declines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests_support import named

from forwhom.analysis.asking import Asking
from forwhom.analysis.for_whom.composite import composite_moderator, moderator_columns
from forwhom.analysis.for_whom.trial import Target, targets
from forwhom.findings import Finding
from forwhom.findings.kinds import CompositeModeratorDetail
from forwhom.kernels.composite_moderator import moderator_effect
from forwhom.kernels.crossfit import Features
from forwhom.study import Plan, Primary, Scale, Study, Threshold

ASKING = Asking()


def made(make_study: Callable[..., Study], n: int = 200, gain: float = 0.0, arms: int = 2, **plan: Any) -> Study:
    rng = np.random.default_rng(4)
    x, z = rng.normal(size=(2, n))
    arm = np.arange(n) % arms
    before = rng.normal(30, 6, n)
    after = 0.5 * before - (arm == 1) * (2 + gain * (x + z)) + rng.normal(0, 4, n)
    names = ("TAU", "CBT", "MBT")[:arms]
    return make_study(
        np.column_stack([before, after]),
        [0.0, 3.0],
        [names[k] for k in arm],
        arms=tuple((name, name) for name in names),
        scale=Scale("y", "Score", "lower", -100, 200, 1),
        plan=Plan(
            registered=dt.date(2020, 1, 1), primary=Primary("y", 3.0), **({"moderators": ("x", "z", "kind")} | plan)
        ),
        persons={"x": x.tolist(), "z": z.tolist(), "kind": [["a", "b"][int(v > 0.3)] for v in rng.normal(size=n)]},
        covariates=("x", "z", "kind"),
    )


def ask(study: Study, target: Target | None = None, arm: int = 1, name: str = "") -> Finding:
    return composite_moderator(study, ASKING, target or targets(study)[0], arm, name)


def test_known_moderation_is_answered_with_a_crossing(make_study: Callable[..., Study]) -> None:
    found = ask(made(make_study, gain=4.0))
    assert (found.id, found.status, found.registered) == ("for_whom.composite_moderator.y", "answered", "exploratory")
    effect = named(found, "composite, cross-validated, CBT − TAU")
    assert effect.low is not None
    assert effect.low > 0
    inside = named(found, "composite in the people it was learned from, CBT − TAU").value
    optimism = named(found, "optimism of the composite, CBT − TAU").value
    assert optimism == pytest.approx(inside - effect.value)
    assert inside > effect.value
    # More of x and z means a lower score under CBT: the weights are below zero, M* high is good for TAU.
    assert named(found, "weight of x in the composite, CBT − TAU").high < 0
    assert "below it CBT" in found.statement
    detail = found.detail
    assert isinstance(detail, CompositeModeratorDetail)
    assert [weight.moderator for weight in detail.weights] == ["x", "z", "baseline Score", "kind: b"]
    assert [line.arm for line in detail.lines] == ["TAU", "CBT"]
    assert detail.effect_size.value == effect.value


def test_without_moderation_it_does_not_claim_any(make_study: Callable[..., Study]) -> None:
    found = ask(made(make_study))
    assert "does not show that the composite tells" in found.statement


def test_the_same_seed_gives_the_same_numbers(make_study: Callable[..., Study]) -> None:
    study = made(make_study, 80)
    assert ask(study) == ask(study)
    other = composite_moderator(study, Asking(seed=1), targets(study)[0])
    assert other.estimates[0].value != ask(study).estimates[0].value


def test_a_moderator_alone_is_the_kernel_on_those_with_an_outcome(make_study: Callable[..., Study]) -> None:
    study = made(make_study, 120, gain=2.0)
    lost = (pl.col("time") == 3.0) & pl.col("id").is_in([str(i) for i in range(1, 21)])
    study = replace(
        study, measures=study.measures.with_columns(pl.when(lost).then(None).otherwise(pl.col("value")).alias("value"))
    )
    found = ask(study)
    assert found.population.analysed == 100
    assert ("no outcome at 3 months", 20) in [(part.why, part.n) for part in found.population.left_out]
    y = study.measures.filter(pl.col("time") == 3.0)["value"].to_numpy()[20:].astype(float)
    alone = moderator_effect(y, (np.arange(120) % 2)[20:], study.persons["x"].to_numpy()[20:])
    assert named(found, "x alone, CBT − TAU").value == pytest.approx(alone.value)


def test_each_arm_against_the_reference(make_study: Callable[..., Study]) -> None:
    study = made(make_study, 240, gain=4.0, arms=3)
    one, other = ask(study, arm=1, name="y.CBT"), ask(study, arm=2, name="y.MBT")
    assert (one.id, other.id) == ("for_whom.composite_moderator.y.CBT", "for_whom.composite_moderator.y.MBT")
    assert one.population.analysed == other.population.analysed == 160
    assert one.estimates[0].low > 0 > other.estimates[0].low


def test_a_binary_outcome_is_a_difference_of_risks(make_study: Callable[..., Study]) -> None:
    study = made(make_study, 200, gain=4.0, thresholds=(Threshold("y", score=13.0),))
    target = next(target for target in targets(study) if target.binary)
    found = ask(study, target)
    assert found.status == "answered"
    assert found.estimates[0].low > 0
    points = [point.effect.value for line in found.detail.lines for point in line.points]
    assert -0.2 < min(points) < max(points) < 1.2


def test_absent_values_are_said_to_be_filled(make_study: Callable[..., Study]) -> None:
    study = made(make_study, 80)
    holes = study.persons.with_columns(pl.when(pl.int_range(pl.len()) < 7).then(None).otherwise(pl.col("x")).alias("x"))
    text = next(c.text for c in ask(replace(study, persons=holes)).cautions if c.code == "covariate-imputed")
    assert text.startswith("7 people lacked a baseline value")


def test_declines_for_few_people_and_says_how_many(make_study: Callable[..., Study]) -> None:
    found = ask(made(make_study, 30))
    assert found.status == "declined"
    assert "15 people" in found.statement
    assert "At least 20 people per arm" in (found.would_take or "")


def test_one_arm_or_one_variable_is_not_applicable(make_study: Callable[..., Study]) -> None:
    assert ask(made(make_study, 40, arms=1)).status == "not_applicable"
    alone = made(make_study, 60, moderators=("x",))
    without = replace(alone, measures=alone.measures.filter(pl.col("time") == 3.0))
    found = ask(without)
    assert found.status == "not_applicable"
    assert "1 baseline variable " in found.statement


def test_rare_levels_share_a_column() -> None:
    codes = np.array([[0]] * 40 + [[1]] * 20 + [[2]] * 6 + [[3]] * 5 + [[-1]] * 2)
    features = Features(np.zeros((73, 1)), codes, ("flat",), ("kind",), (("a", "b", "c", "d"),))
    columns, names, variables = moderator_columns(features, np.ones(73, dtype=bool))
    assert (names, variables) == (("kind: b", "kind: other (pooled)"), 1)
    assert np.nansum(columns, axis=0).tolist() == [20, 11]
    assert np.isnan(columns).sum() == 4
