"""The trial as the engine sees it: outcomes, who has none, directions, clusters, and when there is too little."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from forwhom.analysis.asking import Asking
from forwhom.analysis.for_whom.trial import Trial, fitted, targets, too_little, trial
from forwhom.study import Plan, Scale, Study, Threshold

ARMS = (("A", "Usual"), ("B", "New"))


def with_events(
    make: Any, when: np.ndarray, left: np.ndarray, arm: list[str | None], *, plan: Plan, x: np.ndarray | None = None
) -> Study:
    """People with one event each at `when` (NaN for none), watched until `left` (NaN: to the end)."""
    n = when.size
    persons: dict[str, list[Any]] = {"left": [None if np.isnan(v) else float(v) for v in left]}
    if x is not None:
        persons["x"] = x.tolist()
    ids = [str(i + 1) for i in range(n) if np.isfinite(when[i])]
    events = pl.DataFrame({"id": ids, "time": when[np.isfinite(when)], "kind": ["relapse"] * len(ids)})
    scores = np.column_stack([np.full(n, 20.0), np.full(n, 15.0)])
    study: Study = make(scores, [0.0, 12.0], arm, arms=ARMS, persons=persons, plan=plan, events=events)
    return study


def only(study: Study, name: str) -> Trial:
    made = trial(study, next(target for target in targets(study) if target.name == name))
    assert isinstance(made, Trial)
    return made


def test_equal_hazards_give_no_difference_when_one_arm_is_lost_early(make_study: Any) -> None:
    """Without regard to loss, the arm that is watched for less seems to have fewer events."""
    rng = np.random.default_rng(4)
    n = 2000
    arm = rng.permutation(n) % 2
    time = rng.exponential(10.0, n)
    until = np.where(arm == 1, rng.uniform(0.5, 8.0, n), 12.0)
    when = np.where(time <= until, time, np.nan)
    left = np.where(arm == 1, until, np.nan)
    study = with_events(make_study, when, left, ["AB"[k] for k in arm], plan=Plan(events=("relapse",)))
    made = only(study, "events.relapse")
    means = [made.outcome[made.arm == k].mean() for k in (0, 1)]
    assert np.isfinite(when[arm == 0]).mean() - np.isfinite(when[arm == 1]).mean() > 0.25
    assert abs(means[0] - means[1]) < 0.06
    assert made.observed.all()
    assert not made.counted


def test_nobody_lost_leaves_plain_events(make_study: Any) -> None:
    when = np.array([3.0, np.nan, 5.0, np.nan, np.nan, 2.0])
    study = with_events(make_study, when, np.full(6, np.nan), list("ABABAB"), plan=Plan(events=("relapse",)))
    made = only(study, "events.relapse")
    np.testing.assert_array_equal(made.outcome, np.isfinite(when))
    assert made.counted


@pytest.mark.parametrize(("good", "better"), [((), "lower"), (("relapse",), "higher")])
def test_the_plan_says_whether_an_event_is_good(make_study: Any, good: tuple[str, ...], better: str) -> None:
    plan = Plan(events=("relapse",), good_events=good)
    study = with_events(make_study, np.array([3.0, np.nan]), np.full(2, np.nan), ["A", "B"], plan=plan)
    made = only(study, "events.relapse")
    assert made.better == better
    assert made.sign == (1 if good else -1)


def test_hardly_any_events_are_too_little(make_study: Any) -> None:
    rng = np.random.default_rng(1)
    when = np.full(120, np.nan)
    when[:3] = 4.0
    arm: list[str | None] = ["AB"[i % 2] for i in range(120)]
    study = with_events(
        make_study, when, np.full(120, np.nan), arm, plan=Plan(events=("relapse",)), x=rng.normal(size=120)
    )
    made = only(study, "events.relapse")
    refused = too_little(made)
    assert refused is not None
    assert "only 2 of 60 people in Usual had it" in refused[0]
    with pytest.raises(ValueError, match="only 2 of 60"):
        fitted(Asking(), made)


def test_an_outcome_everybody_shares_is_too_little(make_study: Any) -> None:
    scores = np.column_stack([np.arange(20.0), np.full(20, 7.0)])
    study = make_study(scores, [0.0, 8.0], ["AB"[i % 2] for i in range(20)], arms=ARMS)
    refused = too_little(only(study, "y"))
    assert refused is not None
    assert "same outcome" in refused[0]


def test_thresholds_are_good_to_reach_and_absent_with_the_score(make_study: Any) -> None:
    scores = np.array([[20.0, 9.0], [20.0, 11.0], [20.0, np.nan], [20.0, 3.0]])
    plan = Plan(thresholds=(Threshold("y", score=10.0),))
    made = only(make_study(scores, [0.0, 8.0], list("ABAB"), arms=ARMS, plan=plan), "y.threshold_1")
    np.testing.assert_array_equal(made.outcome, [1, 0, np.nan, 1])
    assert made.better == "higher"
    assert made.sd is None


def test_scores_in_between_and_later_ones_are_kept_apart(make_study: Any) -> None:
    scores = np.arange(24.0).reshape(4, 6)
    plan = Plan(primary=None)
    study = make_study(scores, [0.0, 2.0, 4.0, 6.0, 8.0, 12.0], list("ABAB"), arms=ARMS, plan=plan)
    made = only(study, "y")
    assert made.between is not None
    np.testing.assert_array_equal(made.between, scores[:, 1:5])
    assert made.later == ()


def test_a_therapist_column_groups_and_those_without_stand_alone(make_study: Any) -> None:
    n = 40
    therapist = [f"T{i % 10}" if i % 2 else None for i in range(n)]
    scores = np.random.default_rng(1).normal(20, 5, (n, 2)).clip(0, 63)
    study = make_study(
        scores, [0.0, 8.0], ["AB"[i // 2 % 2] for i in range(n)], arms=ARMS, persons={"therapist": therapist}
    )
    made = only(study, "y")
    assert made.cluster is not None
    sizes = np.bincount(made.cluster)[made.cluster]
    alone = np.array([name is None for name in therapist])
    assert (sizes[alone] == 1).all()
    assert (sizes[~alone] == 4).all()


def test_directions_follow_the_scale(make_study: Any) -> None:
    scores = np.random.default_rng(2).normal(20, 5, (10, 2)).clip(0, 63)
    scale = Scale("y", "Score", "higher", 0.0, 63.0, 1.0)
    made = only(make_study(scores, [0.0, 8.0], ["AB"[i % 2] for i in range(10)], arms=ARMS, scale=scale), "y")
    assert made.sign == 1
