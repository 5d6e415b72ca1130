"""Intraclass correlations in findings: balanced data have a closed form."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from forwhom.analysis.asking import Asking
from forwhom.analysis.outcome.clustering import clustering
from forwhom.study import Study

ASKING = Asking()


def test_balanced_groups_give_the_analysis_of_variance(make_study: Callable[..., Study]) -> None:
    rng = np.random.default_rng(5)
    groups, size = 12, 8
    y = rng.normal(0, 2, groups).repeat(size) + rng.normal(20, 4, groups * size)
    study = make_study(
        y[:, None], [0.0], [None] * y.size, arms=(), persons={"therapist": [f"t{i // size}" for i in range(y.size)]}
    )
    finding = clustering(study, ASKING, study.scales["y"])
    table = y.reshape(groups, size)
    between = size * table.mean(axis=1).var(ddof=1)
    within = table.var(axis=1, ddof=1).mean()
    expected = (between - within) / (between + (size - 1) * within)
    assert finding.estimates[0].value == pytest.approx(expected, rel=1e-6)
    assert finding.estimates[0].low is not None
    assert 0 <= finding.estimates[0].low < expected


def test_people_without_a_therapist_are_left_out_of_the_share(make_study: Callable[..., Study]) -> None:
    rng = np.random.default_rng(6)
    scores = rng.normal(20, 5, (60, 2))
    therapist = [None if i % 2 else f"t{i % 12}" for i in range(60)]
    study = make_study(
        scores, [0.0, 6.0], ["a", "b"] * 30, arms=(("a", "A"), ("b", "B")), persons={"therapist": therapist}
    )
    finding = clustering(study, ASKING, study.scales["y"])
    assert finding.estimates[0].n == 30


def test_no_grouping_is_said(btheb: Study) -> None:
    assert clustering(btheb, ASKING, btheb.scales["bdi2"]).status == "not_applicable"


def test_an_empty_interval_is_not_printed_as_certainty(make_study: Callable[..., Study]) -> None:
    rng = np.random.default_rng(1)
    y = np.tile(rng.normal(20, 5, 20), 4)
    study = make_study(y[:, None], [0.0], [None] * 80, arms=(), persons={"site": [f"s{i // 20}" for i in range(80)]})
    finding = clustering(study, ASKING, study.scales["y"])
    assert "no interval" in finding.statement
    assert (finding.estimates[0].low, finding.estimates[0].high) == (None, None)
    assert finding.estimates[0].interval.startswith("none")
