"""Events and leaving, on a trial small enough to count by hand and on a published table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from tests_support import named

from forwhom.analysis.asking import Asking
from forwhom.analysis.outcome.events import events, history_of
from forwhom.analysis.outcome.flow import flow, missing
from forwhom.analysis.outcome.leaving import leaving
from forwhom.analysis.questions import tasks
from forwhom.findings.kinds import FlowDetail, MissingDetail, RiskDetail
from forwhom.study import Plan, Study

ASKING = Asking()


def table(rows: list[tuple[str, float | None, str]]) -> pl.DataFrame:
    return pl.DataFrame(
        {"id": [r[0] for r in rows], "time": [r[1] for r in rows], "kind": [r[2] for r in rows]},
        schema={"id": pl.String, "time": pl.Float64, "kind": pl.String},
    )


@pytest.fixture
def mbt(make_study: Callable[..., Study]) -> Study:
    """The published counts of the second MBT trial: 16 of 71 against 36 of 63 with an episode."""
    n = 71 + 63
    arm = ["MBT"] * 71 + ["SCM"] * 63
    rows = [(str(i + 1), 18.0, "admission") for i in range(16)] + [(str(72 + i), 18.0, "self_harm") for i in range(36)]
    return make_study(
        np.full((n, 1), 5.0),
        [0.0],
        arm,
        arms=(("SCM", "Structured clinical management"), ("MBT", "Mentalization-based treatment")),
        events=table(rows),
        plan=Plan(events=("admission", "self_harm", "suicide_attempt")),
    )


def test_the_published_mbt_composite_is_reproduced(mbt: Study) -> None:
    finding = events(mbt, ASKING, "composite")
    ratio = next(e for e in finding.estimates if e.name.startswith("risk ratio"))
    assert ratio.value == pytest.approx(0.39, abs=0.005)
    assert ratio.low == pytest.approx(0.24, abs=0.005)
    # 0.64 is the limit on the log scale; the score interval used here ends at 0.628.
    assert ratio.high == pytest.approx(0.64, abs=0.015)
    difference = next(e for e in finding.estimates if e.name.startswith("risk difference"))
    assert difference.value == pytest.approx(-0.346, abs=0.0005)
    needed = next(e for e in finding.estimates if e.name.startswith("number needed"))
    assert needed.value == pytest.approx(2.9, abs=0.05)
    assert needed.low is not None
    assert needed.high is not None


def test_composite_and_kinds_are_asked_in_turn(mbt: Study) -> None:
    names = [task.id for task in tasks(mbt, ["outcome.events"])]
    assert names == ["outcome.events.composite", "outcome.events.admission", "outcome.events.self_harm"]


def test_histories_counted_by_hand(make_study: Callable[..., Study]) -> None:
    study = make_study(np.full((4, 2), 5.0), [0.0, 10.0], ["a", "a", "b", "b"], arms=(("a", "A"), ("b", "B")),
                       persons={"left": [None, 6.0, None, None]},
                       events=table([("1", 3.0, "x"), ("1", 1.0, "x"), ("1", -2.0, "x"), ("3", None, "x"), ("4", 5.0, "y")]))  # fmt: skip
    history = history_of(study, ("x",))
    assert history.count.tolist() == [2, 0, 1, 0]
    np.testing.assert_array_equal(history.first, [1.0, np.nan, np.nan, np.nan])
    assert history.exposure.tolist() == [10.0, 6.0, 10.0, 10.0]
    assert (history.before, history.untimed) == (1, 1)
    finding = events(study, ASKING, "x")
    assert [(part.n, part.of) for part in finding.population.left_out] == [(1, "events")]
    assert named(finding, "rate of x, A").value == pytest.approx(2 / 16)


def test_events_after_leaving_keep_their_time(make_study: Callable[..., Study]) -> None:
    study = make_study(np.full((4, 2), 5.0), [0.0, 10.0], ["a", "a", "b", "b"], arms=(("a", "A"), ("b", "B")),
                       persons={"left": [1.0, None, None, None]}, events=table([("1", 5.0, "x"), ("1", 6.0, "x")]))  # fmt: skip
    history = history_of(study, ("x",))
    assert history.exposure.tolist() == [10.0, 10.0, 10.0, 10.0]
    assert "after people left" in history.follow_up


def test_an_interval_through_infinity_has_no_false_ends(make_study: Callable[..., Study]) -> None:
    rows = [(str(i + 1), 1.0, "x") for i in range(5)] + [(str(i + 21), 1.0, "x") for i in range(6)]
    study = make_study(
        np.full((40, 1), 5.0), [0.0], ["a"] * 20 + ["b"] * 20, arms=(("a", "A"), ("b", "B")), events=table(rows)
    )
    needed = next(e for e in events(study, ASKING, "x").estimates if e.name.startswith("number needed"))
    assert needed.value == pytest.approx(20.0)
    assert (needed.low, needed.high) == (None, None)
    assert "through infinity" in needed.direction


def test_no_events_is_said(btheb: Study) -> None:
    assert events(btheb, ASKING, "").status == "not_applicable"


def test_leaving_inferred_from_scores(btheb: Study) -> None:
    finding = leaving(btheb, ASKING)
    assert named(finding, "share with leaving, Treatment as usual").value == pytest.approx(23 / 48)
    assert named(finding, "share with leaving, Beat the Blues").value == pytest.approx(25 / 52)
    assert isinstance(finding.detail, RiskDetail)
    curve = finding.detail.curves[0]
    # 48 in TAU; 45, 36, 29 and 25 were seen at 2, 3, 5 and 8 months.
    assert curve.times == (0.0, 2.0, 3.0, 5.0, 8.0)
    assert curve.survival == pytest.approx((1.0, 45 / 48, 36 / 48, 29 / 48, 25 / 48), rel=1e-9)
    assert "leaving-from-scores" in [caution.code for caution in finding.cautions]


def test_leaving_on_record_keeps_its_reasons(btheb: Study) -> None:
    left = [3.0 if i % 5 == 0 else None for i in range(100)]
    reason = ["moved away" if i % 10 == 0 else None for i in range(100)]
    persons = btheb.persons.with_columns(
        pl.Series("left", left, dtype=pl.Float64), pl.Series("left_reason", reason, dtype=pl.String)
    )
    study = replace(btheb, persons=persons)
    assert sum(row.events for row in leaving(study, ASKING).detail.rows) == 20
    detail = flow(study, ASKING).detail
    assert isinstance(detail, FlowDetail)
    reasons = {why: n for arm in detail.arms for why, n in arm.left}
    assert set(reasons) == {"moved away", "left, reason not recorded"}


def test_flow_and_missing_of_beat_the_blues(btheb: Study) -> None:
    detail = flow(btheb, ASKING).detail
    assert isinstance(detail, FlowDetail)
    assert [arm.allocated for arm in detail.arms] == [48, 52]
    assert [sum(arm.seen[j] for arm in detail.arms) for j in range(5)] == [100, 97, 73, 58, 52]
    finding = missing(btheb, ASKING, btheb.scales["bdi2"])
    difference = named(finding, "difference in the share missing at 8 months, Beat the Blues − Treatment as usual")
    assert difference.value == pytest.approx(25 / 52 - 23 / 48)
    gaps = finding.detail
    assert isinstance(gaps, MissingDetail)
    assert gaps.monotone
    assert sum(sum(pattern.counts) for pattern in gaps.patterns) == 100
    assert sum(n for _, n in gaps.reasons) == 500 - 100 - 97 - 73 - 58 - 52


def test_people_without_an_arm_are_counted_not_lost(btheb: Study) -> None:
    arm = btheb.persons["arm"].to_list()
    arm[0] = None
    study = replace(btheb, persons=btheb.persons.with_columns(pl.Series("arm", arm)))
    finding = flow(study, ASKING)
    assert finding.population.entered == 100
    assert [(part.n, part.why) for part in finding.population.left_out] == [(1, "not allocated to an arm")]
    assert "1 without an arm" in finding.statement


def test_a_reason_that_says_completed_is_no_leaving(btheb: Study) -> None:
    left = [3.0 if i < 10 else None for i in range(100)]
    reason = ["moved" if i < 10 else "Completed" for i in range(100)]
    persons = btheb.persons.with_columns(pl.Series("left", left, dtype=pl.Float64), pl.Series("left_reason", reason))
    detail = leaving(replace(btheb, persons=persons), ASKING).detail
    assert isinstance(detail, RiskDetail)
    assert sum(row.events for row in detail.rows) == 10


def test_crude_and_modelled_rates_that_disagree_are_said(make_study: Callable[..., Study]) -> None:
    """One person watched briefly with many events weighs differently in the two."""
    rows = [("1", 0.5, "x")] * 5 + [(str(i), 5.0, "x") for i in range(21, 26)]
    left = [1.0] + [None] * 39
    study = make_study(np.full((40, 2), 5.0), [0.0, 10.0], ["a"] * 20 + ["b"] * 20, arms=(("a", "A"), ("b", "B")),
                       persons={"left": left}, events=table(rows))  # fmt: skip
    assert "rates-disagree" in [caution.code for caution in events(study, ASKING, "x").cautions]
