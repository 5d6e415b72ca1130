"""models.mediation: roles, coding, rows left out, refusals in words, and fits that are those of the kernels."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from forwhom import models
from forwhom.kernels.mediation.linear import mediate
from forwhom.models.mediating.result import MediationFit
from forwhom.problems import ProblemsFound

N = 160


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    rng = np.random.default_rng(7)
    arm = np.array(["control", "skills", "therapy"])[rng.integers(0, 3, N)]
    step = np.select([arm == "skills", arm == "therapy"], [0.4, 0.9])
    age = rng.normal(40, 8, N)
    hope = step + rng.normal(size=N)
    fear = -0.5 * step - 0.3 * hope + rng.normal(size=N)
    score = 20 - 2 * hope + fear + 0.02 * age + rng.normal(size=N)
    return pl.DataFrame(
        {
            "arm": arm, "treated": (arm != "control").astype(int), "age": age, "sex": rng.choice(["f", "m"], N),
            "hope": hope, "fear": fear, "score": score, "well": np.where(score < 18.5, "yes", "no"),
            "therapist": rng.integers(0, 12, N),
        }
    )  # fmt: skip


def fit(data: Any, **options: Any) -> MediationFit:
    given = {
        "treatment": "treated",
        "mediator": "hope",
        "outcome": "score",
        "draws": 200,
        "rng": np.random.default_rng(1),
    }
    return models.mediation(data, **{**given, **options})


def problems(data: Any, **options: Any) -> str:
    with pytest.raises(ProblemsFound) as found:
        fit(data, **options)
    return str(found.value)


def test_it_is_the_kernels_fit(table: pl.DataFrame) -> None:
    found = fit(table, covariates=["age", "sex"], interaction=True)
    male = (table["sex"] == "m").to_numpy().astype(float)
    kernel = mediate(
        table["treated"], table["hope"], table["score"], np.column_stack([table["age"], male]),
        interaction=True, draws=200, rng=np.random.default_rng(1),
    )  # fmt: skip
    for name in ("total", "direct_pure", "indirect_total", "controlled_direct"):
        each = found[name]
        assert (each.estimate, each.se, each.low, each.high, each.p) == pytest.approx(kernel.of(name))
    assert {"hope~treated", "score~hope", "score~hope:treated", "score~sex=m"} <= {each.name for each in found.paths}


def test_frames_of_any_library_and_mappings_are_alike(table: pl.DataFrame) -> None:
    one = fit(table).as_dict()
    assert fit(pd.DataFrame(table.to_dict(as_series=False))).as_dict() == one
    assert fit(table.to_dict(as_series=False)).as_dict() == one


def test_three_arms_are_each_compared_with_the_first_or_the_one_named(table: pl.DataFrame) -> None:
    found = fit(table, treatment="arm")
    assert found.compared == ("skills against control", "therapy against control")
    other = fit(table, treatment="arm", control="therapy")
    assert other["total[control against therapy]"].estimate == pytest.approx(
        -found["total[therapy against control]"].estimate
    )
    assert "no row has 'placebo'" in problems(table, treatment="arm", control="placebo")
    coded = table.with_columns(code=pl.col("arm").replace_strict({"control": 1, "skills": 2, "therapy": 3}))
    assert "taken as a number" in " ".join(fit(coded, treatment="code").messages)
    armed = fit(coded, treatment="code", arms=True)
    assert armed["total[3 against 1]"].estimate == pytest.approx(found["total[therapy against control]"].estimate)


def test_two_values_are_compared_whatever_their_numbers(table: pl.DataFrame) -> None:
    found = fit(table)
    coded = table.with_columns(treated=2 - pl.col("treated"))
    assert fit(coded)["indirect"].estimate == pytest.approx(-found["indirect"].estimate)
    assert fit(coded, control=2)["indirect"].estimate == pytest.approx(found["indirect"].estimate)


def test_several_mediators_have_names_contrasts_and_joint_significance(table: pl.DataFrame) -> None:
    found = fit(table, mediator=["hope", "fear"])
    both = found["indirect:hope"].estimate + found["indirect:fear"].estimate
    assert both == pytest.approx(found["indirect"].estimate)
    assert found["indirect:hope-fear"].label == "indirect effect through hope less that through fear"
    paths = {each.name: each for each in found.paths}
    assert found["indirect:hope"].joint_p == max(paths["hope~treated"].p, paths["score~hope"].p)
    assert [each.mediator for each in found.sensitivity] == ["hope", "fear"]
    assert any("interventional" in each for each in found.assumptions)
    chained = fit(table, mediator=["hope", "fear"], serial=True)
    assert chained["through:hope>fear"].label == "through hope, then fear"
    assert any("order" in each for each in chained.assumptions)


def test_a_binary_outcome_given_as_words(table: pl.DataFrame) -> None:
    found = fit(table, outcome="well", binary_outcome="probit")
    assert "well: 1 stands for yes, 0 for no." in found.messages
    assert 0 < found["indirect"].estimate < 1
    assert found.sensitivity == ()


def test_rows_left_out_are_counted_by_reason(table: pl.DataFrame) -> None:
    rng = np.random.default_rng(3)
    holes = table.with_columns(
        hope=pl.Series(
            [None if gone else value for gone, value in zip(rng.random(N) < 0.4, table["hope"], strict=True)]
        ),
        score=pl.Series([np.nan if i < 10 else value for i, value in enumerate(table["score"])]),
    )
    found = fit(holes)
    left = dict(found.left_out)
    assert left["hope is missing"] == holes["hope"].null_count()
    assert found.n + sum(left.values()) == N
    assert "Left out: " in found.summary()
    assert str(left["hope is missing"]) in found.summary()


def test_fiml_takes_them_in(table: pl.DataFrame) -> None:
    holes = table.with_columns(hope=pl.when(pl.col("age") > 45).then(None).otherwise(pl.col("hope")))
    found = fit(holes, missing="fiml", covariates="age", draws=4000)
    assert (found.n, found.left_out) == (N, ())
    complete, plain = fit(table, missing="fiml", draws=4000), fit(table, interval="monte carlo", draws=4000)
    for name in ("total", "direct", "indirect"):
        assert complete[name].estimate == pytest.approx(plain[name].estimate, abs=1e-6)
        assert complete[name].low == pytest.approx(plain[name].low, abs=0.05)


def test_groups_and_persons_are_drawn_whole(table: pl.DataFrame) -> None:
    found = fit(table, cluster="therapist")
    assert found.clusters == 12
    assert all(each.se is None for each in found.paths)
    assert any("12 groups are too narrow" in each for each in found.messages)
    assert fit(table, person="therapist")["indirect"] == found["indirect"]


def test_parts_within_and_between_persons() -> None:
    rng = np.random.default_rng(1)
    person = np.repeat(np.arange(50), 8)
    level = rng.normal(size=50)[person]
    x = level + rng.normal(size=400)
    m = 0.5 * x + rng.normal(size=50)[person] + rng.normal(size=400)
    data = {
        "id": person,
        "x": x,
        "m": m,
        "y": 0.4 * m + rng.normal(size=50)[person] + rng.normal(size=400),
        "arm": person % 2,
    }
    options: dict[str, Any] = {"treatment": "x", "mediator": "m", "outcome": "y", "person": "id", "within": True}
    found = fit(data, **options)
    assert found.people == 50
    assert found["within:indirect"].estimate == pytest.approx(0.2, abs=0.06)
    assert {each.part for each in found.effects} == {"within", "between", "observed between"}
    random = fit(data, **options, slopes="random-ab")
    assert random["within:direct"].interval == "Monte Carlo"
    assert random["between:indirect"] == found["between:indirect"]
    arms = fit(data, **{**options, "treatment": "arm"})
    assert any("arm does not vary within persons" in each for each in arms.messages)
    with pytest.raises(KeyError, match="between:indirect"):
        arms["within:indirect"]


def test_everything_wrong_is_told_at_once(table: pl.DataFrame) -> None:
    bad = table.with_columns(flat=pl.lit(3.0))
    told = problems(bad, mediator=["flat", "hopes"], covariates=["score"], binary_outcome="logit", draws=0)
    for words in (
        "flat: every value is 3",
        "hopes: there is no such column",
        "score: it is outcome and covariate at once",
        "score: it has 160 values, where a logit model takes two",
        "There must be at least one draw",
    ):
        assert words in told.replace("At least", "at least"), told


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"slopes": "random"}, "Random slopes belong to parts within persons"),
        ({"within": True}, "take the column of persons"),
        ({"serial": True}, "An order takes two mediators"),
        ({"missing": "fiml", "interaction": True}, "FIML is for linear models without interaction"),
        ({"interval": "exact"}, "An interval is one of"),
        ({"outcome": "well"}, "well: it holds no numbers"),
        ({"mediator": ["hope", "twice"]}, "twice is determined by the columns before it"),
    ],
)
def test_what_does_not_go_together_is_refused(table: pl.DataFrame, options: dict[str, Any], words: str) -> None:
    assert words in problems(table.with_columns(twice=2 * pl.col("hope")), **options)


def test_twelve_people_are_fitted_with_a_warning_and_four_refused(table: pl.DataFrame) -> None:
    found = fit(table.sort("age")[:12])
    assert found["indirect"].low is not None
    assert any("12 rows" in each for each in found.messages)
    assert "too few" in problems(table[:4].with_columns(treated=pl.Series([0, 1, 0, 1])))


def test_a_total_near_zero_is_said(table: pl.DataFrame) -> None:
    noise = np.random.default_rng(5).normal(size=N) + 0.0 * table["hope"].to_numpy()
    found = fit(table.with_columns(score=pl.Series(noise)))
    assert found["total"].low < 0 < found["total"].high
    assert any("proportion mediated divides by it" in each for each in found.messages)
    assert not any("proportion" in each for each in fit(table).messages)


def test_what_is_written_is_what_is_printed(table: pl.DataFrame) -> None:
    found = fit(table)
    plain = json.loads(json.dumps(found.as_dict()))
    assert [each["name"] for each in plain["effects"]] == ["total", "direct", "indirect", "proportion"]
    assert plain["effects"][3]["se"] is None
    assert plain["sensitivity"][0]["words"] in str(found)
    assert "curve" not in plain["sensitivity"][0]
    with pytest.raises(KeyError, match="There are: total"):
        found["nothing"]
