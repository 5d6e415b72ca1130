"""models.mixed: what it refuses, what it says, what must coincide."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

from forwhom import models
from forwhom.kernels.mixed import Level, fit_mixed
from forwhom.models.mixed_effects.design import design
from forwhom.problems import ProblemsFound


def growth(persons: int = 40, occasions: int = 5, seed: int = 1, slope: float = 0.5) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(persons), occasions)
    month = np.tile(np.arange(occasions), persons)
    arm = np.where(person % 2 == 0, "TAU", "MBT")
    y = 20 - month * (1 + (arm == "MBT")) + 3 * rng.standard_normal(persons)[person]
    y = y + slope * month * rng.standard_normal(persons)[person] + rng.standard_normal(len(person))
    table = {"bdi": y, "month": month, "arm": arm, "id": person, "therapist": person % 6}
    return pl.DataFrame(table)


TABLE = growth()
FORMULA = "bdi ~ month * arm + (month | id)"


def test_any_frame_and_any_order_of_rows_give_the_same_fit() -> None:
    fit = models.mixed(FORMULA, TABLE)
    mixed_up = TABLE.sample(fraction=1.0, shuffle=True, seed=3)
    for other in (TABLE.to_pandas(), TABLE.to_dict(as_series=False), mixed_up, TABLE.with_columns(pl.col("id") + 100)):
        again = models.mixed(FORMULA, other)
        assert again.loglik == pytest.approx(fit.loglik, abs=1e-9)
        assert [each.estimate for each in again.fixed] == pytest.approx([each.estimate for each in fit.fixed], abs=1e-9)


def test_the_reference_is_the_first_in_sorted_order_unless_chosen() -> None:
    assert [each.term for each in models.mixed(FORMULA, TABLE).fixed][2:] == ["armTAU", "month:armTAU"]
    chosen = models.mixed(FORMULA, TABLE, reference={"arm": "TAU"})
    assert [each.term for each in chosen.fixed][2:] == ["armMBT", "month:armMBT"]
    assert chosen["armMBT"].estimate == pytest.approx(-models.mixed(FORMULA, TABLE)["armTAU"].estimate, abs=1e-9)
    declared = TABLE.with_columns(pl.col("arm").cast(pl.Enum(["TAU", "MBT"])))
    assert [each.term for each in models.mixed(FORMULA, declared).fixed][2] == "armMBT"


def test_type_iii_does_not_depend_on_the_reference() -> None:
    one = models.mixed(FORMULA, TABLE).anova()
    other = models.mixed(FORMULA, TABLE, reference={"arm": "TAU"}).anova()
    for a, b in zip(one, other, strict=True):
        assert (a.f, a.df2) == pytest.approx((b.f, b.df2), rel=1e-7)


def test_two_bars_are_independent_effects_and_a_factor_expands_within() -> None:
    made = design("bdi ~ month + (month + arm || id)", TABLE)
    assert {(one.columns, one.correlated) for one in made.random} == {
        (("(Intercept)", "month"), False),
        (("armMBT", "armTAU"), True),
    }
    written_out = models.mixed("bdi ~ month + (1 | id) + (0 + month | id)", TABLE)
    assert models.mixed("bdi ~ month + (month || id)", TABLE).loglik == pytest.approx(written_out.loglik, abs=1e-9)


def test_nesting_written_in_two_ways_is_one_model_and_crossing_is_seen() -> None:
    slash = models.mixed("bdi ~ month + (1 | therapist/id)", TABLE)
    apart = models.mixed("bdi ~ month + (1 | therapist:id) + (1 | therapist)", TABLE)
    assert slash.loglik == pytest.approx(apart.loglik, abs=1e-9)
    assert slash.groups == (("id:therapist", 40), ("therapist", 6))
    assert design("bdi ~ month + (1 | id) + (1 | therapist)", TABLE).nested
    assert not design("bdi ~ 1 + (1 | id) + (1 | month)", TABLE).nested


def test_absent_values_are_left_out_counted_and_said() -> None:
    holes = TABLE.with_columns(
        bdi=pl.when(pl.col("month") == 4).then(None).otherwise(pl.col("bdi")),
        month=pl.when(pl.col("id") == 3).then(None).otherwise(pl.col("month")),
    )
    fit = models.mixed("bdi ~ month + (1 | id)", holes)
    assert fit.left_out == (("no month", 5), ("no bdi", 39))
    assert fit.n == 200 - 44
    assert fit.messages[0].startswith("44 of 200 rows were left out")
    kept = holes.drop_nulls()
    assert models.mixed("bdi ~ month + (1 | id)", kept).loglik == pytest.approx(fit.loglik, abs=1e-10)


def test_dependent_and_constant_columns_are_left_out_by_name() -> None:
    table = TABLE.with_columns(twice=2 * pl.col("month"), one=pl.lit(1.0))
    fit = models.mixed("bdi ~ month + twice + one + (1 | id)", table)
    assert fit.dropped == ("twice", "one")
    assert any("twice, one" in message for message in fit.messages)
    assert fit.loglik == pytest.approx(models.mixed("bdi ~ month + (1 | id)", TABLE).loglik, abs=1e-9)


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(ProblemsFound) as caught:
        models.mixed("bdi ~ months + age + (1 | person)", TABLE, weights="w")
    assert [problem.column for problem in caught.value.problems] == ["months", "age", "person", "w"]


@pytest.mark.parametrize(
    ("formula", "change", "said"),
    [
        ("bdi ~ month", {}, "no random effect"),
        ("bdi ~ month + (1 | id", {}, "missing at the end"),
        ("bdi ~ month + 1 | id", {}, "brackets of their own"),
        ("bdi ~ log(month) + (1 | id)", {}, "no finite value in 40 rows"),
        ("bdi ~ exec(month) + (1 | id)", {}, "exec() is not known"),
        ("bdi ~ month + (1 | site)", {"site": pl.lit("A")}, "1 group only"),
        ("bdi ~ month + site + (1 | id)", {"site": pl.lit("A")}, "one level only (A)"),
        ("bdi ~ month + (1 | row)", {"row": pl.int_range(200)}, "cannot be told apart from the residual"),
        ("flat ~ month + (1 | id)", {"flat": pl.lit(3.0)}, "every value is 3"),
        ("arm ~ month + (1 | id)", {}, "holds words"),
        ("bdi ~ month + (1 | id) + (1 | id)", {}, None),
        ("bdi ~ month + (month + twice | id)", {"twice": 2 * pl.col("month")}, "combinations of each other"),
        ("bdi ~ 0 + none + (1 | id)", {"none": pl.lit(0.0)}, "no fixed effect"),
        ("bdi ~ month + (1 | id) + (month | id)", {}, "varies twice"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_words(formula: str, change: dict, said: str | None) -> None:
    table = TABLE.with_columns(**change)
    if said is None:
        assert models.mixed(formula, table).groups == (("id", 40),)
        return
    with pytest.raises(ProblemsFound) as caught:
        models.mixed(formula, table)
    assert said in str(caught.value)


def test_options_that_do_not_go_together_are_refused() -> None:
    for given in ({"df": "kenward-roger", "reml": False}, {"df": "kenward-roger", "ar1": "month"}, {"df": "wald"}):
        with pytest.raises(ProblemsFound):
            models.mixed(FORMULA, TABLE, **given)
    with pytest.raises(ProblemsFound, match="time of another row"):
        models.mixed("bdi ~ month + (1 | therapist)", TABLE, ar1="month")
    with pytest.raises(ProblemsFound, match="changes within a person"):
        models.mixed("bdi ~ 1 + (1 | id) + (1 | month)", TABLE, ar1="month")
    with pytest.raises(ProblemsFound, match="between 0 and 1"):
        models.mixed(FORMULA, TABLE, level=95)


def test_singular_fits_say_which_variance_or_correlation() -> None:
    rng = np.random.default_rng(2)
    noise = TABLE.with_columns(bdi=pl.Series(rng.standard_normal(200)), same=pl.col("id") % 7)
    found = [
        models.mixed("bdi ~ month + (1 | same)", noise.with_columns(bdi=pl.Series(rng.permutation(noise["bdi"]))))
        for _ in range(6)
    ]
    flat = next(fit for fit in found if fit.singular)
    assert any("between groups of same the variance of (Intercept) is estimated as 0" in each for each in flat.messages)
    assert flat.random[0].sd == 0.0
    line = TABLE.with_columns(bdi=pl.col("id") % 5 * (1 + pl.col("month")) + pl.Series(rng.standard_normal(200)))
    fit = models.mixed("bdi ~ month + (month | id)", line)
    assert fit.singular == any("Singular fit" in each for each in fit.messages)


def test_twelve_people_are_enough_for_a_fit_with_honest_degrees_of_freedom() -> None:
    fit = models.mixed(FORMULA, growth(12, 3), df="kenward-roger")
    assert fit.converged
    assert all(each.df < 12 for each in fit.fixed)


def test_predictions_are_fitted_values_and_new_groups_are_average() -> None:
    fit = models.mixed(FORMULA, TABLE)
    assert fit.predict(TABLE) == pytest.approx(fit.predict(), abs=1e-10)
    new = pl.DataFrame({"month": [2, 2, None], "arm": ["TAU", "TAU", "MBT"], "id": [9999, 0, 0]})
    stranger, known, absent = fit.predict(new)
    assert stranger == pytest.approx(fit.predict(new, random=False)[0])
    assert known != pytest.approx(stranger, abs=1e-6)
    assert np.isnan(absent)
    with pytest.raises(ProblemsFound, match="not seen"):
        fit.predict(new.with_columns(arm=pl.lit("DBT")))
    poly = models.mixed("bdi ~ poly(month, 2) + scale(month):arm + (1 | id)", TABLE)
    assert poly.predict(TABLE[7:9]) == pytest.approx(poly.predict()[7:9], abs=1e-9)


def test_offsets_and_equal_weights_change_what_they_must() -> None:
    table = TABLE.with_columns(start=pl.lit(5.0), w=pl.lit(4.0))
    plain = models.mixed(FORMULA, table)
    moved = models.mixed("bdi ~ month * arm + offset(start) + (month | id)", table)
    assert moved["(Intercept)"].estimate == pytest.approx(plain["(Intercept)"].estimate - 5.0)
    weighted = models.mixed(FORMULA, table, weights="w")
    assert weighted.loglik == pytest.approx(plain.loglik, abs=1e-7)
    assert weighted.random[-1].variance == pytest.approx(4.0 * plain.random[-1].variance, rel=1e-6)


def test_no_serial_correlation_gives_the_plain_fit() -> None:
    table = growth(60, 6, seed=4)
    serial, plain = (models.mixed("bdi ~ month * arm + (month | id)", table, ar1=ar1) for ar1 in ("month", False))
    assert plain.loglik <= serial.loglik + 1e-9 <= plain.loglik + 3.0
    found = models.compare(plain, serial)
    assert (found.df, found.p_boundary) == (1, None)


def test_contrasts_and_joint_tests_agree_with_terms() -> None:
    fit = models.mixed(FORMULA, TABLE, reference={"arm": "TAU"})
    slope = fit.contrast({"month": 1, "month:armMBT": 1})[0]
    other = models.mixed(FORMULA, TABLE)["month"]
    assert (slope.estimate, slope.se, slope.df) == pytest.approx((other.estimate, other.se, other.df), rel=1e-6)
    assert fit.joint_test([{"month:armMBT": 1}]).f == pytest.approx(fit.anova()[2].f)
    with pytest.raises(ProblemsFound, match="no fixed effect"):
        fit.contrast({"monht": 1})
    with pytest.raises(KeyError, match="There are"):
        fit["monht"]


def test_comparisons_are_refused_or_say_what_they_did() -> None:
    small, large = models.mixed("bdi ~ month + (1 | id)", TABLE), models.mixed("bdi ~ month + (month | id)", TABLE)
    found = models.compare(small, large)
    assert found.method == "REML"
    assert found.p_boundary is not None
    assert found.p_boundary < found.p
    with pytest.raises(ProblemsFound, match="same number"):
        models.compare(small, small)
    with pytest.raises(ProblemsFound, match="different rows"):
        models.compare(small, models.mixed("bdi ~ month + (month | id)", TABLE[:-1]))
    with pytest.raises(ProblemsFound, match="no part of"):
        models.compare(models.mixed("bdi ~ arm + (1 | id)", TABLE), models.mixed("bdi ~ month + (month | id)", TABLE))


def test_profile_ends_lie_where_the_deviance_has_risen_by_the_quantile() -> None:
    fit = models.mixed("bdi ~ month + (month | id)", TABLE, reml=False, profile=True)
    limits = fit.profiled[1]
    x = np.ones((200, 1))
    month = TABLE["month"].to_numpy().astype(float)
    level = Level(np.column_stack([x, month]), TABLE["id"].to_numpy())
    for end in (limits.low, limits.high):
        held = fit_mixed(TABLE["bdi"].to_numpy() - end * month, x, [level], method="ML")
        assert held.deviance - fit.deviance == pytest.approx(3.841458820694124, abs=1e-5)
    assert all(each.low < (each.sd if each.other is None else each.correlation) < each.high for each in fit.random)


def test_replicates_are_the_fits_of_each_part() -> None:
    parts = [growth(20, 4, seed=seed, slope=0.3 * (seed % 3)).with_columns(rep=pl.lit(seed)) for seed in range(12)]
    together = models.mixed_replicates(FORMULA, pl.concat(parts), "rep")
    for seed, part in enumerate(parts):
        fit = models.mixed(FORMULA, part)
        rows = together.filter(pl.col("rep") == seed)
        assert rows["term"].to_list() == [each.term for each in fit.fixed]
        assert rows["estimate"].to_numpy() == pytest.approx([each.estimate for each in fit.fixed], rel=1e-6, abs=1e-7)
        assert rows["se"].to_numpy() == pytest.approx([each.se for each in fit.fixed], rel=1e-6)
        assert rows["df"].to_numpy() == pytest.approx([each.df for each in fit.fixed], rel=1e-5)
        assert rows["loglik"].to_numpy() == pytest.approx(fit.loglik, abs=1e-7)
        assert rows["singular"].to_list() == [fit.singular] * 4


def test_json_holds_everything_and_no_number_that_is_none() -> None:
    fit = models.mixed(FORMULA, pd.DataFrame(TABLE.to_dict(as_series=False)), df="normal")
    read = json.loads(json.dumps(fit.as_dict(), allow_nan=False))
    assert {"term", "estimate", "se", "low", "high"} <= set(read["fixed"][0])
    assert read["fixed"][0]["df"] is None
    assert [each["term"] for each in read["terms"]] == ["month", "arm", "month:arm"]
    assert str(fit).startswith("Linear mixed model by restricted maximum likelihood")
