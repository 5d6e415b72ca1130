"""Reliable and clinically significant change: the published example, definitions at the edges, properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.kernels.change import classify, clinically_significant_cutoffs, reliable_change


def test_jacobson_and_truax_as_published():
    change = reliable_change([32.5], [47.5], sd=7.5, reliability=0.80)
    assert round(change.index[0], 2) == 3.16
    assert round(change.sem, 2) == 3.35
    assert round(change.standard_error, 2) == 4.74
    cutoffs = clinically_significant_cutoffs(60, 7.5, 40, 7.5)
    assert (cutoffs.a, cutoffs.b, cutoffs.c) == (55, 45, 50)
    assert (cutoffs.better, cutoffs.preferred, cutoffs.value) == ("higher", "c", 50)
    found = classify([32.5], [47.5], better="higher", threshold=change.threshold, cutoff=cutoffs.c)
    # The client improved reliably but stays below 50: improved, not recovered.
    assert list(found.category) == ["improved"]


def test_unequal_spreads_weigh_the_cutoff():
    cutoffs = clinically_significant_cutoffs(norm_mean=7, norm_sd=6, clinical_mean=28, clinical_sd=10)
    assert cutoffs.better == "lower"
    assert cutoffs.c == pytest.approx((10 * 7 + 6 * 28) / 16)
    # Equally many sds from both means.
    assert (cutoffs.c - 7) / 6 == pytest.approx((28 - cutoffs.c) / 10)
    assert (cutoffs.a, cutoffs.b) == (8, 19)
    assert cutoffs.overlap


def test_cutoff_b_takes_the_functional_sd():
    assert clinically_significant_cutoffs(norm_mean=10, norm_sd=4, better="lower").b == 18
    assert clinically_significant_cutoffs(norm_mean=10, norm_sd=4, better="higher").b == 2


def test_which_cutoff_is_preferred():
    apart = clinically_significant_cutoffs(5, 1, 30, 5)
    assert (apart.preferred, apart.overlap) == ("b", False)
    only_norm = clinically_significant_cutoffs(5, 1, better="lower")
    assert (only_norm.preferred, only_norm.value, only_norm.a, only_norm.c, only_norm.overlap) == (
        "b",
        7,
        None,
        None,
        None,
    )
    only_clinical = clinically_significant_cutoffs(clinical_mean=30, clinical_sd=5, better="lower")
    assert (only_clinical.preferred, only_clinical.value, only_clinical.b) == ("a", 20, None)


def test_the_regression_variants_are_their_formulas():
    before, after = np.array([30.0, 12.0]), np.array([18.0, 14.0])
    speer = reliable_change(before, after, sd=8, reliability=0.75, method="edwards-nunnally", mean=20)
    assert speer.expected == pytest.approx([27.5, 14.0])
    assert speer.index == pytest.approx((after - [27.5, 14.0]) / (8 * np.sqrt(0.25)))
    hsu = reliable_change(before, after, sd=8, reliability=0.75, method="gulliksen-lord-novick", mean=20)
    assert hsu.index == pytest.approx((after - 20 - 0.75 * (before - 20)) / (8 * np.sqrt(1 - 0.75**2)))
    found = classify(before, after, better="lower", threshold=speer.threshold, expected=speer.expected)
    assert list(found.category) == ["improved", "unchanged"]
    assert list(speer.reliable) == [-1, 0]


def test_exactly_at_the_threshold_and_at_the_cutoff():
    # 0.3 - 0.1 is a little less than 0.2 in binary, and 1.1 + 2.2 a little more than 3.3.
    assert classify([0.1, 0.3], [0.3, 0.1], better="higher", threshold=0.2).counts["unchanged"] == 2
    assert classify([3.3], [1.1 + 2.2], better="higher", threshold=0).counts["unchanged"] == 1
    at_end = classify([30, 30], [14, 13.99], better="lower", threshold=5, cutoff=14)
    assert list(at_end.category) == ["improved", "recovered"]
    at_start = classify([14, 13.99], [2, 2], better="lower", threshold=5, cutoff=14)
    assert list(at_start.category) == ["recovered", "improved"]
    assert list(at_start.functional_before) == [False, True]


def test_every_way_through_the_table():
    before = [30, 30, 30, 30, 10, 10, 16, np.nan, 20]
    after = [8, 20, 28, 40, 1, 30, 13, 5, np.nan]
    found = classify(before, after, better="lower", threshold=8, cutoff=14)
    assert list(found.category) == [
        "recovered", "improved", "unchanged", "deteriorated", "improved", "deteriorated", "unchanged", "absent", "absent",
    ]  # fmt: skip
    assert found.counts == {"recovered": 1, "improved": 2, "unchanged": 2, "deteriorated": 2, "absent": 2}
    assert found.could_recover == 5
    without = classify(before, after, better="lower", threshold=8)
    assert without.counts["recovered"] == 0
    assert without.counts["improved"] == 3
    assert without.functional_after is None


def test_absent_scores_stay_absent():
    change = reliable_change([10, np.nan], [np.nan, 12], sd=5, reliability=0.9)
    assert np.isnan(change.index).all()
    assert list(change.reliable) == [0, 0]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 0.99), st.sampled_from([0.8, 0.9, 0.95]))
def test_reversing_the_scale_keeps_everybodys_category(seed, reliability, level):
    rng = np.random.default_rng(seed)
    before, after = rng.normal(25, 8, size=(2, 40))
    change = reliable_change(before, after, sd=8, reliability=reliability, level=level)
    mirrored = reliable_change(-before, -after, sd=8, reliability=reliability, level=level)
    assert mirrored.index == pytest.approx(-change.index)
    one = classify(before, after, better="lower", threshold=change.threshold, cutoff=20)
    other = classify(-before, -after, better="higher", threshold=change.threshold, cutoff=-20)
    assert list(one.category) == list(other.category)
    order = rng.permutation(40)
    shuffled = classify(before[order], after[order], better="lower", threshold=change.threshold, cutoff=20)
    assert list(shuffled.category) == list(one.category[order])
    assert list(change.reliable) == list(np.where(np.abs(change.index) > change.critical, np.sign(change.index), 0))


def test_under_no_change_five_in_a_hundred_exceed_it():
    rng = np.random.default_rng(1)
    true = rng.normal(0, np.sqrt(0.8), 200_000)
    before, after = true + rng.normal(0, np.sqrt(0.2), (2, 200_000))
    change = reliable_change(before, after, sd=1, reliability=0.8)
    assert np.mean(change.reliable != 0) == pytest.approx(0.05, abs=0.002)


def test_bad_input_is_refused():
    for arguments, word in (
        ({"sd": 0, "reliability": 0.8}, "sd"),
        ({"sd": 5, "reliability": 1.0}, "reliability"),
        ({"sd": 5, "reliability": -0.2}, "reliability"),
        ({"sd": 5, "reliability": 0.8, "level": 95}, "level"),
        ({"sd": 5, "reliability": 0.8, "method": "edwards-nunnally"}, "mean"),
        ({"sd": 5, "reliability": 0.8, "method": "hlm", "mean": 3}, "method"),
    ):
        with pytest.raises(ValueError, match=word):
            reliable_change([1, 2], [2, 3], **arguments)
    with pytest.raises(ValueError, match="shape"):
        reliable_change([1, 2], [2], sd=5, reliability=0.8)
    with pytest.raises(ValueError, match="infinite"):
        reliable_change([np.inf], [2], sd=5, reliability=0.8)
    for norms, word in (
        ({}, "No cut-off"),
        ({"norm_mean": 5}, "belong together"),
        ({"norm_mean": 5, "norm_sd": 0}, "positive"),
        ({"norm_mean": 5, "norm_sd": 1}, "direction"),
        ({"norm_mean": 5, "norm_sd": 1, "clinical_mean": 5, "clinical_sd": 1}, "separates"),
        ({"norm_mean": 5, "norm_sd": 1, "clinical_mean": 9, "clinical_sd": 1, "better": "higher"}, "check the norms"),
    ):
        with pytest.raises(ValueError, match=word):
            clinically_significant_cutoffs(**norms)
    with pytest.raises(ValueError, match="better"):
        classify([1], [2], better="up", threshold=1)
    with pytest.raises(ValueError, match="threshold"):
        classify([1], [2], better="lower", threshold=-1)
