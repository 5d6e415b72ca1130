"""Missing items: exactly the rule on file, and what is said about it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from forwhom.instruments import MissingRule, instrument, names, parse, score

NAN = math.nan


def scored(name: str, answers: list[float], part: str = "total", **options: str) -> tuple[float, bool]:
    result = score(instrument(name), np.array([answers], dtype=float), **options)[part]
    return float(result.values[0]), bool(result.prorated[0])


def test_phq9_allows_two_missing_items_unrounded() -> None:
    assert scored("phq-9", [3, 2, 1, 0, 3, 2, 1, NAN, NAN]) == (pytest.approx(12 * 9 / 7), True)
    assert np.isnan(scored("phq-9", [3, 2, 1, 0, 3, 2, NAN, NAN, NAN])[0])
    assert scored("phq-9", [3, 2, 1, 0, 3, 2, 1, 1, 1]) == (14, False)


def test_prorating_can_be_refused() -> None:
    answers = [3, 2, 1, 0, 3, 2, 1, 1, NAN]
    assert not np.isnan(scored("phq-9", answers)[0])
    value, prorated = scored("phq-9", answers, prorate="never")
    assert np.isnan(value)
    assert not prorated


def test_without_a_published_rule_only_complete_answers_count() -> None:
    result = score(instrument("bdi-ii"), np.array([[1.0] * 20 + [NAN]]))["total"]
    assert np.isnan(result.values[0])
    assert result.why_absent(0) == "20 of 21 items answered; the rule needs 21"
    assert "no published rule" in result.rule


def test_reversal_comes_before_prorating() -> None:
    """CORE-10 with one positive item missing: nine items of 4, 4, 0 …, mean times ten."""
    assert scored("core-10", [4, 0, NAN, 4, 4, 4, 4, 4, 4, 4]) == (40, True)
    assert scored("core-10", [0, 0, NAN, 0, 0, 0, 0, 0, 0, 0]) == (pytest.approx(40 / 9), True)


def test_core_om_rule_differs_by_score() -> None:
    answers = [0.0] * 34
    answers[13] = answers[1] = NAN
    result = score(instrument("core-om"), np.array([answers]))
    assert not np.isnan(result["total"].values[0])
    assert np.isnan(result["wellbeing"].values[0])
    assert not np.isnan(result["problems"].values[0])
    assert not result["risk"].prorated[0]


def test_pid5_rule_rounds_the_prorated_raw_sum() -> None:
    """Anhedonia in the short form has four items: one may be missing; 2 + 1 + 2 of three answered is 6.67, so 7 of 4."""
    form = instrument("pid-5-sf")
    answers = np.zeros((2, 100))
    first, second, third, fourth = (item - 1 for item in form.scores["anhedonia"].items)
    answers[:, [first, second, third]] = 2, 1, 2
    answers[:, fourth] = NAN
    answers[1, third] = NAN
    result = score(form, answers)["anhedonia"]
    assert result.values[0] == 7 / 4
    assert np.isnan(result.values[1])


def test_rounding_goes_half_up() -> None:
    """Depressivity has 14 items: a sum of 9 over 12 answered ones is 10.5 of 14, which counts as 11."""
    form = instrument("pid-5")
    depressivity = [item - 1 for item in form.scores["depressivity"].items]
    answers = np.zeros((1, 220))
    answers[0, depressivity[:3]] = 3
    answers[0, depressivity[-2:]] = NAN
    assert score(form, answers)["depressivity"].values[0] == pytest.approx(11 / 14)


def test_domain_needs_all_its_facets_and_says_so() -> None:
    form = instrument("pid-5-sf")
    answers = np.ones((1, 100))
    answers[0, [item - 1 for item in form.scores["withdrawal"].items]] = NAN
    domain = score(form, answers)["detachment"]
    assert np.isnan(domain.values[0])
    assert domain.why_absent(0) == "2 of 3 scores available; the rule needs 3"


def test_a_domain_of_prorated_facets_is_prorated() -> None:
    form = instrument("pid-5-sf")
    answers = np.ones((1, 100))
    answers[0, form.scores["withdrawal"].items[0] - 1] = NAN
    result = score(form, answers)
    assert result["withdrawal"].prorated[0]
    assert result["detachment"].prorated[0]
    assert not result["antagonism"].prorated[0]


def test_a_weighted_score_is_never_prorated() -> None:
    """Whatever the file allows: leaving out a weight would change what is measured."""
    found, problems = parse(
        """
        name = "w"
        label = "W"
        title = "Weighted"
        items = 3
        key_sources = ["s"]
        [coding]
        low = 0
        high = 4
        [missing]
        most_missing = 1
        words = "One may be missing."
        sources = ["s"]
        [score.total]
        kind = "weighted"
        better = "lower"
        items = "1-3"
        weights = [1, 2, -1]
        [[sources]]
        id = "s"
        what = "key"
        where = "here"
        tag = "V"
        """,
        "w.toml",
    )
    assert problems == ()
    assert found is not None
    result = score(found, np.array([[1.0, 2, 3], [1, 2, NAN]]))["total"]
    assert result.values[0] == 1 + 4 - 3
    assert np.isnan(result.values[1])
    assert (found.scores["total"].low, found.scores["total"].high) == (-4, 12)


def test_weighted_scores_need_every_part() -> None:
    answers = np.full((1, 32), 2.0)
    answers[0, 0] = NAN
    assert np.isnan(score(instrument("iip-sc"), answers)["dominance"].values[0])


@pytest.mark.parametrize("name", names())
def test_nobody_answers_nothing_comes_out(name: str) -> None:
    form = instrument(name)
    if not form.k:
        return
    scores = score(form, np.full((3, form.k), NAN))
    for result in scores.scores.values():
        assert np.isnan(result.values).all()
        assert not result.prorated.any()
        assert result.why_absent(0)


@pytest.mark.parametrize(("rule", "items", "needed"), [
    (MissingRule(), 9, 9), (MissingRule(most_missing=2), 9, 7), (MissingRule(least_share=0.8), 5, 4),
    (MissingRule(least_share=0.8), 10, 8), (MissingRule(least_share=0.75), 14, 11), (MissingRule(least_share=0.75), 4, 3),
    (MissingRule(least_share=0.01), 4, 1),
])  # fmt: skip
def test_needed_items(rule: MissingRule, items: int, needed: int) -> None:
    assert rule.needed(items) == needed
