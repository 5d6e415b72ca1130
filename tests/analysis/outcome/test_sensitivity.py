"""Findings on the missing: what the assumptions must have in common, and the words of the tipping point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from tests_support import named

from forwhom.analysis.asking import Asking
from forwhom.analysis.outcome.sensitivity import missing_sensitivity
from forwhom.analysis.questions import tasks
from forwhom.findings.kinds import SensitivityDetail
from forwhom.study import Study

ASKING = Asking()


def trial(effect: float, leave: float, seed: int = 1) -> tuple[np.ndarray, list[str | None]]:
    """80 people, three occasions; the second arm falls by `effect` more; a share leaves after the second."""
    rng = np.random.default_rng(seed)
    person = rng.normal(24, 6, 80)
    arm = np.arange(80) % 2
    scores = np.column_stack([person + rng.normal(0, 3, 80) - effect * arm * j / 2 for j in range(3)])
    scores[rng.random(80) < leave, 2] = np.nan
    return scores, ["ab"[k] for k in arm]


def test_nobody_missing_is_said(make_study: Callable[..., Study]) -> None:
    scores, arm = trial(4, 0)
    study = make_study(scores, [0.0, 3.0, 6.0], arm, arms=(("a", "A"), ("b", "B")))
    assert missing_sensitivity(study, ASKING, study.scales["y"]).status == "not_applicable"


def test_a_clear_difference_has_a_tipping_point_on_the_worse_side(make_study: Callable[..., Study]) -> None:
    scores, arm = trial(8, 0.3)
    study = make_study(scores, [0.0, 3.0, 6.0], arm, arms=(("a", "A"), ("b", "B")))
    finding = missing_sensitivity(study, ASKING, study.scales["y"])
    assert isinstance(finding.detail, SensitivityDetail)
    assert finding.detail.tipping is not None
    assert finding.detail.tipping > 0
    assert "this interval includes zero once the missing in B are" in finding.statement
    worse = [row for row in finding.detail.curve if row.delta is not None and row.delta > finding.detail.tipping + 0.5]
    assert worse
    assert all((row.difference.high or 0) > 0 for row in worse)


def test_no_difference_has_nothing_to_overturn(make_study: Callable[..., Study]) -> None:
    scores, arm = trial(0, 0.3)
    study = make_study(scores, [0.0, 3.0, 6.0], arm, arms=(("a", "A"), ("b", "B")))
    finding = missing_sensitivity(study, ASKING, study.scales["y"])
    assert "this interval includes zero: the missing in B would have to be" in finding.statement
    assert isinstance(finding.detail, SensitivityDetail)
    assert finding.detail.tipping is None


def test_jump_to_reference_shrinks_a_benefit(make_study: Callable[..., Study]) -> None:
    scores, arm = trial(8, 0.4)
    study = make_study(scores, [0.0, 3.0, 6.0], arm, arms=(("a", "A"), ("b", "B")))
    finding = missing_sensitivity(study, ASKING, study.scales["y"])
    at_random = named(finding, "difference at 6 months under “missing at random”, B − A").value
    jumped = named(finding, "difference at 6 months under “jump to reference”, B − A").value
    assert at_random is not None
    assert jumped is not None
    assert at_random < jumped < 0


def test_reversing_the_scale_turns_the_answer_round(make_study: Callable[..., Study]) -> None:
    scores, arm = trial(8, 0.3)
    arms = (("a", "A"), ("b", "B"))
    one = make_study(scores, [0.0, 3.0, 6.0], arm, arms=arms)
    two = make_study(63 - scores, [0.0, 3.0, 6.0], arm, arms=arms, scale=replace(one.scales["y"], better="higher"))
    first = missing_sensitivity(one, ASKING, one.scales["y"])
    second = missing_sensitivity(two, ASKING, two.scales["y"])
    assert isinstance(first.detail, SensitivityDetail)
    assert isinstance(second.detail, SensitivityDetail)
    assert second.detail.tipping == pytest.approx(-(first.detail.tipping or 0), abs=0.6)


def test_three_arms_are_asked_one_by_one(make_study: Callable[..., Study]) -> None:
    scores, _ = trial(4, 0.2)
    arm = ["abc"[i % 3] for i in range(80)]
    study = make_study(scores, [0.0, 3.0, 6.0], arm, arms=(("a", "A"), ("b", "B"), ("c", "C")))
    names = [task.id for task in tasks(study, ["outcome.missing_sensitivity"])]
    assert names == ["outcome.missing_sensitivity.y.b", "outcome.missing_sensitivity.y.c"]


def test_a_harmful_trend_is_not_hidden_behind_the_benefit(make_study: Callable[..., Study]) -> None:
    """The arm does worse, not quite significantly: the small shift towards harm must be in the sentence."""
    scores, arm = trial(-2, 0.35, seed=3)
    study = make_study(scores, [0.0, 3.0, 6.0], arm, arms=(("a", "A"), ("b", "B")))
    finding = missing_sensitivity(study, ASKING, study.scales["y"])
    assert (finding.estimates[0].value or 0) > 0
    if "this interval includes zero:" in finding.statement:
        assert "worse for harm to show" in finding.statement
    else:
        assert "better than that" in finding.statement


def test_when_nobody_left_the_arm_no_robustness_is_claimed(make_study: Callable[..., Study]) -> None:
    scores, arm = trial(8, 0)
    scores[np.flatnonzero(np.array(arm) == "a")[:12], 2] = np.nan
    study = make_study(scores, [0.0, 3.0, 6.0], arm, arms=(("a", "A"), ("b", "B")))
    finding = missing_sensitivity(study, ASKING, study.scales["y"])
    assert "nobody left B" in finding.statement
    assert "no shift" not in finding.statement
