"""Agreement of two codings against psych, irr, irrCAC, Krippendorff's worked example, and what must hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from forwhom.kernels.coder_agreement import krippendorff_alpha, two_coders

REFERENCE: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "validation/agreement/reference.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", REFERENCE["cases"])
def test_kappas_and_their_errors_are_those_of_psych_and_irr(name: str) -> None:
    case = REFERENCE["cases"][name]
    for weights, value, irr in (
        ("none", "kappa", "irr_kappa"),
        ("linear", "linear", "irr_linear"),
        ("quadratic", "quadratic", "irr_quadratic"),
    ):
        found = two_coders(case["a"], case["b"], weights=weights)
        assert found.kappa.value == pytest.approx(case[value], abs=1e-12)
        assert found.kappa.value == pytest.approx(case[irr], abs=1e-12)
        if weights == "none":
            assert found.se == pytest.approx(case["kappa_var"] ** 0.5, abs=1e-12)
        assert found.se == pytest.approx(case[f"se_{weights}"], abs=1e-12)
        assert found.kappa.low is not None
        assert found.kappa.high is not None
        assert found.kappa.high == pytest.approx(min(1, case[value] + ndtri(0.975) * found.se), abs=1e-12)


@pytest.mark.parametrize("name", REFERENCE["cases"])
def test_ac1_is_that_of_irrcac(name: str) -> None:
    case = REFERENCE["cases"][name]
    found = two_coders(case["a"], case["b"]).ac1
    assert found.value == pytest.approx(case["ac1"], abs=6e-6)  # irrCAC rounds to five places
    low, high = (float(part) for part in case["ac1_ci"].strip("()").split(","))
    assert found.low == pytest.approx(max(-1, low), abs=6e-4)
    assert found.high == pytest.approx(min(1, high), abs=6e-4)


@pytest.mark.parametrize("name", REFERENCE["cases"])
@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval"])
def test_alpha_is_that_of_irr(name: str, metric: Any) -> None:
    case = REFERENCE["cases"][name]
    found = krippendorff_alpha(np.column_stack([case["a"], case["b"]]), metric=metric)
    assert found.alpha.value == pytest.approx(case[f"alpha_{metric}"], abs=1e-12)


def test_alpha_of_krippendorffs_worked_example() -> None:
    codes = np.array([[np.nan if v is None else v for v in row] for row in REFERENCE["krippendorff"]["codes"]])
    for metric, printed in (("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)):
        found = krippendorff_alpha(codes, metric=metric)
        assert found.alpha.value == pytest.approx(printed, abs=5e-4)
        assert (found.units, found.left_out) == (11, 1)


def test_the_example_of_fleiss_cohen_and_everitt() -> None:
    # Published table of two coders on three categories (n = 200) with kappa 0.429 and variance 0.002885.
    shares = np.array([[0.53, 0.05, 0.02], [0.11, 0.14, 0.05], [0.01, 0.06, 0.03]])
    first, second = np.repeat(
        [(i, j) for i in range(3) for j in range(3)], np.rint(shares.ravel() * 200).astype(int), axis=0
    ).T
    found = two_coders(first, second)
    assert found.kappa.value == pytest.approx(0.429, abs=5e-4)
    assert found.se is not None
    assert found.se**2 == pytest.approx(0.002885, abs=5e-7)


def test_what_cannot_be_told_is_said_in_words() -> None:
    both = two_coders([1, 1, 1], [1, 1, 1], categories=[0, 1])
    one = two_coders([1, 1, 1, 1], [1, 0, 1, 1])
    for found in (both, one):
        assert found.kappa.value is None
        assert "one category" in (found.kappa.why_absent or "")
    assert both.adjusted.value == 1.0
    assert both.ac1.value == 1.0
    assert krippendorff_alpha([[1, 1], [1, 1]]).alpha.value is None
    assert two_coders([1, np.nan], [np.nan, 1]).kappa.value is None
    perfect = two_coders([0, 1, 0, 1], [0, 1, 0, 1]).kappa
    assert (perfect.value, perfect.low) == (1.0, None)
    assert perfect.why_absent


def test_quadratic_kappa_of_equal_margins_is_the_intraclass_correlation() -> None:
    # Fleiss & Cohen (1973): the same but for a term of order 1/n.
    rng = np.random.default_rng(3)
    one = rng.integers(1, 5, 4000)
    two = np.where(rng.random(4000) < 0.6, one, rng.integers(1, 5, 4000))
    from forwhom.kernels.agreement import intraclass_correlations

    icc = intraclass_correlations(np.column_stack([one, two])).agreement.value
    assert two_coders(one, two, weights="quadratic").kappa.value == pytest.approx(icc, abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=3, max_size=40))
def test_order_and_roles_do_not_matter_and_limits_enclose(pairs: list[tuple[int, int]]) -> None:
    one, two = np.array(pairs, dtype=float).T
    first = two_coders(one, two, categories=[0, 1, 2, 3], weights="linear")
    second = two_coders(two[::-1], one[::-1], categories=[0, 1, 2, 3], weights="linear")
    assert (first.kappa.value is None) == (second.kappa.value is None)
    if first.kappa.value is not None:
        assert first.kappa.value == pytest.approx(second.kappa.value, abs=1e-12)
        if first.kappa.low is not None and first.kappa.high is not None:
            assert -1 <= first.kappa.low <= first.kappa.value <= first.kappa.high <= 1
    assert first.ac1.value == pytest.approx(second.ac1.value, abs=1e-12)


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        two_coders([1, 2], [1])
    with pytest.raises(ValueError, match="none of the categories"):
        two_coders([1, 2], [1, 3], categories=[1, 2])
    with pytest.raises(ValueError, match="level"):
        two_coders([1, 2], [1, 2], level=1.5)
    with pytest.raises(ValueError, match="at least 2 coders"):
        krippendorff_alpha([1, 2, 3])
