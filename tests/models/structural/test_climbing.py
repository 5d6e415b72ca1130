"""Texts of invariance, and climbing with items released: simulated scales whose truth is known."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from forwhom import models
from forwhom.models.structural.climbing import climb, over_groups, over_occasions
from forwhom.models.structural.measurement_text import groups_text, occasions_text

ITEMS = [f"i{k}" for k in range(6)]
OVER = {"f": [[f"{item}_{t}" for item in ITEMS] for t in (1, 2)]}
ITEM_OF = {f"{item}_{t}": f"{item}_1" for item in ITEMS for t in (1, 2)}


def data(shift: float, cuts: list[float] | None, n: int = 300) -> pl.DataFrame:
    """Two occasions; the mean of item 2 moves by `shift` beyond what the factor's change says."""
    rng = np.random.default_rng(8)
    f = rng.standard_normal((n, 2)) @ np.linalg.cholesky([[1, 0.6], [0.6, 1]]).T - [0, 0.8]
    own = rng.standard_normal((n, 6))
    made = {}
    for t in (0, 1):
        for k, item in enumerate(ITEMS):
            y = 0.8 * f[:, t] + 0.4 * own[:, k] + 0.5 * rng.standard_normal(n) + (shift if (k, t) == (2, 1) else 0)
            made[f"{item}_{t + 1}"] = y if cuts is None else np.digitize(y, cuts).astype(float)
    return pl.DataFrame(made)


@pytest.mark.parametrize("cuts", [None, [-1.0, 0.0, 1.0]])
def test_an_item_that_changed_its_meaning_is_found_and_released(cuts: list[float] | None) -> None:
    fit, names, _ = over_occasions(OVER, data(0.9, cuts), ordered=cuts is not None, robust=cuts is None)
    found = climb("occasions", fit, names, ITEM_OF, ordered=cuts is not None)
    steps = {each.step.name: each for each in found.steps}
    assert steps["metric"].held
    assert not steps["scalar"].held
    assert steps["scalar"].released == ("i2_1",)
    assert steps["scalar"].accepted is not None
    assert not found.reached("scalar")
    assert found.reached("metric")


@pytest.mark.parametrize("cuts", [None, [-1.0, 0.0, 1.0]])
def test_a_scale_that_stays_the_same_is_let_up_the_ladder(cuts: list[float] | None) -> None:
    fit, names, _ = over_occasions(OVER, data(0.0, cuts), ordered=cuts is not None, robust=cuts is None)
    found = climb("occasions", fit, names, ITEM_OF, ordered=cuts is not None)
    assert all(each.held and not each.released for each in found.steps if each.step.name != "strict")


@pytest.mark.parametrize("ordered", [False, True])
def test_the_texts_over_groups_are_the_ladder_of_one_call(ordered: bool) -> None:
    cuts = [-1.0, 0.0, 1.0] if ordered else None
    first = data(0.0, cuts).select([f"{item}_1" for item in ITEMS]).with_columns(arm=pl.Series(["a", "b"] * 150))
    columns = [f"{item}_1" for item in ITEMS]
    fit, names, _ = over_groups({"f": columns}, first, "arm", ordered=ordered)
    ladder = models.invariance("f =~ " + " + ".join(columns), first, "arm", std_lv=True, ordered=ordered)
    for step in ladder.steps:
        own = fit(step.name, ())
        assert (own.fit.df, own.free) == (step.fit.fit.df, step.fit.free)
        assert own.fit.chisq == pytest.approx(step.fit.fit.chisq, abs=1e-6)
    assert names == tuple(step.name for step in ladder.steps[1:])


def test_degrees_of_freedom_over_occasions_by_hand() -> None:
    found = models.longitudinal_invariance(OVER, data(0.0, None))
    # 12 variables: 90 moments; 12 loadings, means and residuals, 1 covariance of factors, 6 of residuals.
    assert [step.fit.fit.df for step in found.steps] == [90 - 43, 90 - 43 + 5, 90 - 43 + 10, 90 - 43 + 16]
    ordered = models.longitudinal_invariance(OVER, data(0.0, [-1.0, 0.0, 1.0]), ordered=True)
    # 66 correlations and 36 thresholds; 12 loadings, 36 thresholds, 7 covariances; 18 equal, 12 freed again; 6 - 1; 6 - 1; 6.
    assert [step.fit.fit.df for step in ordered.steps] == [47, 53, 58, 63, 69]


def test_a_released_item_shares_nothing() -> None:
    text = groups_text({"f": ITEMS[:4]}, "strict", 2, released=["i1"])
    assert "c(NA, NA)*i1" in text
    assert "i1 ~ c(NA, NA)*1" in text
    assert "i1 ~~ c(NA, NA)*i1" in text
    assert "i0 ~~ c(left_i0, left_i0)*i0" in text


def test_occasions_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match="two or more occasions"):
        occasions_text({"f": [["a", "b", "c"]]}, "metric")
    with pytest.raises(ValueError, match="different numbers of items"):
        occasions_text({"f": [["a", "b", "c"], ["a2", "b2"]]}, "metric")
