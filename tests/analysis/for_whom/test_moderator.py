"""Moderators one by one: R's numbers on three real trials, and what is said when data cannot carry an answer."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests_support import named

from forwhom.analysis.asking import Asking
from forwhom.analysis.courses import courses
from forwhom.analysis.for_whom.candidates import moderators_of
from forwhom.analysis.for_whom.moderator import moderator
from forwhom.analysis.for_whom.moderator_fit import Contrasted, Moderation, Untested, moderation
from forwhom.analysis.for_whom.moderator_model import interaction_design, only
from forwhom.findings import Finding
from forwhom.findings.kinds import ModeratorDetail
from forwhom.io.folder import read_and_score
from forwhom.kernels.holm import holm
from forwhom.study import Plan, Primary, Scale, Study

ASKING = Asking()
ARMS = (("TAU", "Usual care"), ("CBT", "CBT"))


@pytest.fixture(scope="session")
def reference(root: Path) -> dict[str, Any]:
    with (root / "validation/moderators/reference.json").open(encoding="utf-8") as file:
        return json.load(file)


def folder(path: Path) -> Study:
    study = read_and_score(path)
    return study[0] if isinstance(study, tuple) else study


@pytest.fixture(scope="session")
def shipped(root: Path) -> dict[str, Study]:
    return {"btheb": folder(root / "examples/beat-the-blues"), "jobs2": folder(root / "examples/jobs-ii")}


@pytest.fixture
def bcrp(root: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.setenv("FORWHOM_SHARED_DATA", str(shared_data))
    return folder(root / "validation/studies/bcrp")


def fitted(study: Study, name: str) -> Moderation:
    scale = study.scales[study.plan.primary.scale]
    one = next(each for each in moderators_of(study, scale) if each.name == name)
    found = moderation(study, ASKING, courses(study, scale), one)
    assert isinstance(found, Moderation)
    return found


def same(made: Contrasted, theirs: dict[str, float]) -> None:
    for value, name in ((made.value, "estimate"), (made.se, "se"), (made.df, "df"), (made.p, "p")):
        assert value == pytest.approx(theirs[name], rel=2e-6, abs=1e-9), name


def check(study: Study, name: str, theirs: dict[str, Any]) -> None:
    made = fitted(study, name)
    for k, rows in made.interactions.items():
        arm = made.here.arms[k][0]
        slopes = theirs["slopes"][arm]
        for mine, row in zip(rows, slopes if isinstance(slopes, list) else [slopes], strict=True):
            same(mine, row)
        if "effects" in theirs:
            for mine, row in zip(made.effects[k], theirs["effects"][arm], strict=True):
                same(mine, row)
    if theirs.get("together"):
        assert made.any_arm.f == pytest.approx(theirs["together"]["f"], rel=2e-6)
        assert made.any_arm.df_denominator == pytest.approx(theirs["together"]["df2"], rel=2e-6)


@pytest.mark.parametrize("name", ["drug", "length", "bdi2"])
def test_beat_the_blues_as_mmrm(shipped: dict[str, Study], reference: dict[str, Any], name: str) -> None:
    check(shipped["btheb"], name, reference["btheb"][name])


@pytest.mark.parametrize("name", ["econ_hard", "age", "sex", "educ", "depression"])
def test_jobs_ii_as_mmrm_and_lm(shipped: dict[str, Study], reference: dict[str, Any], name: str) -> None:
    check(shipped["jobs2"], name, reference["jobs2"][name])


@pytest.mark.parametrize(
    "name", ["disopt1", "negsoct1", "uncomt1", "comorbid", "trext", "age", "wcht1", "marital", "cesd"]
)
def test_three_arms_as_mmrm_and_lm(bcrp: Study, reference: dict[str, Any], name: str) -> None:
    check(bcrp, name, reference["bcrp"][name])


def test_point_estimate_as_gls(shipped: dict[str, Study], reference: dict[str, Any]) -> None:
    """nlme's standard errors are not adjusted for small samples; its estimate is the same."""
    theirs = reference["btheb"]["drug_gls"]["slopes"]["BtheB"]
    mine = fitted(shipped["btheb"], "drug").interactions[1][0]
    assert mine.value == pytest.approx(theirs["estimate"], rel=1e-4)
    assert mine.se > theirs["se"]


def test_two_moderators_at_once_as_mmrm(shipped: dict[str, Study], reference: dict[str, Any]) -> None:
    from forwhom.analysis.asking import Draft
    from forwhom.analysis.courses import covariates
    from forwhom.analysis.outcome.repeated_model import fit_design, inference

    study = shipped["btheb"]
    here = courses(study, study.scales["bdi2"])
    both = covariates(study, ("drug", "length"), here.allocated).matrix
    rows = interaction_design(here, np.empty((100, 0)), both)
    draft = Draft(study, ASKING, "x", "x")
    fit, _ = fit_design(draft, here, rows.rows)
    assert fit is not None
    test = inference(draft, fit).together(rows.slopes(1, 4))
    theirs = reference["btheb"]["both"]["together"]
    assert test.f == pytest.approx(theirs["f"], rel=2e-6)
    assert test.df_denominator == pytest.approx(theirs["df2"], rel=2e-6)


def made_study(
    make_study: Callable[..., Study], n: int = 80, gain: float = 0.0, seed: int = 0, **persons: list[Any]
) -> Study:
    """Two arms, baseline and one occasion after it; the effect grows by `gain` per unit of x."""
    rng = np.random.default_rng(seed)
    x = rng.normal(50, 10, n)
    arm = np.arange(n) % 2
    before = rng.normal(30, 6, n)
    after = before - 5 - arm * (4 + gain * (x - 50)) + rng.normal(0, 4, n)
    return make_study(
        np.column_stack([before, after]),
        [0.0, 3.0],
        [ARMS[k][0] for k in arm],
        arms=ARMS,
        scale=Scale("y", "Score", "lower", -100, 200, 1),
        plan=Plan(registered=dt.date(2020, 1, 1), primary=Primary("y", 3.0), moderators=("x",)),
        persons={"x": x.tolist(), **persons},
        covariates=("x", *persons),
    )


def ask(study: Study, column: str) -> Finding:
    return moderator(study, ASKING, study.scales["y"], None, f"y.{column}", column)


def test_planned_moderator_is_found_with_curve_and_region(make_study: Callable[..., Study]) -> None:
    found = ask(made_study(make_study, 120, gain=0.4), "x")
    assert (found.id, found.status, found.registered) == ("for_whom.moderator.y.x", "answered", "planned")
    per_unit = named(found, "moderation by x per unit at 3 months, CBT − Usual care")
    assert per_unit.low is not None
    assert per_unit.high is not None
    assert per_unit.low < -0.4 < per_unit.high < 0
    detail = found.detail
    assert isinstance(detail, ModeratorDetail)
    assert len(detail.observed) == 120
    low, high = np.quantile(detail.observed, [0.05, 0.95])
    assert [detail.curves[0].points[i].value for i in (0, -1)] == pytest.approx([low, high])
    (start, end), *_ = detail.curves[0].regions[-1:]
    assert low < start < end <= high
    assert "CBT does better than Usual care where x is above" in found.statement
    for point in detail.curves[0].points:
        inside = any(a <= point.value <= b for a, b in detail.curves[0].regions)
        excludes = point.effect.low > 0 or point.effect.high < 0
        assert inside == excludes


def test_exploratory_is_said_and_adjusted_in_its_own_family(make_study: Callable[..., Study]) -> None:
    rng = np.random.default_rng(9)
    study = made_study(make_study, 80, z=rng.normal(size=80).tolist(), w=rng.normal(size=80).tolist())
    p = {}
    for column in ("y", "z", "w"):
        found = ask(study, column)
        assert found.registered == "exploratory"
        assert found.statement.startswith("Exploratory: ")
        p[column] = (
            next(e for e in found.estimates if e.name.startswith("moderation by")).p,
            next(e for e in found.estimates if "Holm-adjusted over 3 exploratory moderators" in e.name).p,
        )
    assert [adjusted for _, adjusted in p.values()] == pytest.approx(holm([raw for raw, _ in p.values()]))
    planned = ask(study, "x")
    assert any("Holm-adjusted over 1 planned moderator" in e.name for e in planned.estimates)


def test_one_occasion_after_the_baseline_is_least_squares(make_study: Callable[..., Study]) -> None:
    """The baseline as its own moderator: ordinary analysis of covariance."""
    study = made_study(make_study, 60)
    scores = courses(study, study.scales["y"]).scores
    arm = np.arange(60) % 2
    base = scores[:, 0] - scores[:, 0].mean()
    x = np.column_stack([np.ones(60), arm, base, arm * base])
    found = next(e for e in ask(study, "y").estimates if "per unit" in e.name)
    assert found.value == pytest.approx(np.linalg.lstsq(x, scores[:, 1], rcond=None)[0][3], rel=1e-8)
    assert found.df == pytest.approx(56, rel=1e-6)
    assert "Analysis of covariance" in ask(study, "y").method.name


def test_absent_values_are_counted_and_not_filled(make_study: Callable[..., Study]) -> None:
    study = made_study(make_study, 80, gain=0.3)
    holes = study.persons.with_columns(
        pl.when(pl.int_range(pl.len()) < 12).then(None).otherwise(pl.col("x")).alias("x")
    )
    found = ask(replace(study, persons=holes), "x")
    assert found.population.analysed == 68
    assert ("no value of x", 12) in [(part.why, part.n) for part in found.population.left_out]
    assert "moderator-absent" in [c.code for c in found.cautions]
    kept = set(holes.filter(pl.col("x").is_not_null())["id"])
    less = replace(
        study,
        persons=holes.filter(pl.col("id").is_in(kept)),
        measures=study.measures.filter(pl.col("id").is_in(kept)),
    )
    assert ask(less, "x").estimates[0].value == pytest.approx(found.estimates[0].value, rel=1e-8)


def test_levels_have_simple_effects_that_add_up(make_study: Callable[..., Study]) -> None:
    study = made_study(make_study, 90, kind=[["a", "b", "b"][i % 3] for i in range(90)])
    found = ask(study, "kind")
    detail = found.detail
    assert isinstance(detail, ModeratorDetail)
    assert [(level.level, level.n) for level in detail.levels] == [("b", 60), ("a", 30)]
    b, a = (level.effect.value for level in detail.levels)
    interaction = named(found, "moderation by kind, a against b, at 3 months, CBT − Usual care")
    assert interaction.value == pytest.approx(a - b)


def test_a_level_with_too_few_people_has_no_answer_and_is_counted(make_study: Callable[..., Study]) -> None:
    study = made_study(make_study, 80, kind=["rare" if i < 6 else ["a", "b"][i % 4 > 1] for i in range(80)])
    found = ask(study, "kind")
    assert found.status == "answered"
    assert found.population.analysed == 74
    assert ("a level of kind with too few people in an arm", 6) in [(p.why, p.n) for p in found.population.left_out]
    assert named(found, "effect with kind: rare at 3 months").why_absent == "too few people of this level in an arm"


def test_many_levels_are_pooled_and_said(make_study: Callable[..., Study]) -> None:
    kinds = ["a"] * 40 + ["b"] * 40 + [f"k{i // 5}" for i in range(40)]
    rng = np.random.default_rng(1)
    study = made_study(make_study, 120, kind=rng.permutation(kinds).tolist())
    found = ask(study, "kind")
    assert "levels-pooled" in [c.code for c in found.cautions]
    assert {level.level for level in found.detail.levels} == {"a", "b", "other (pooled)"}
    assert "F on 2 and" in found.statement


def test_declines_where_only_one_level_is_left(make_study: Callable[..., Study]) -> None:
    found = ask(made_study(make_study, 60, kind=["a"] * 57 + ["b"] * 3), "kind")
    assert found.status == "declined"
    assert "two levels of kind with at least 5 people" in found.statement
    assert found.would_take


def test_declines_for_a_handful(make_study: Callable[..., Study]) -> None:
    found = ask(made_study(make_study, 8), "x")
    assert found.status == "declined"
    assert "4 people" in found.statement


def test_one_arm_is_not_applicable(make_study: Callable[..., Study]) -> None:
    rng = np.random.default_rng(1)
    study = make_study(
        rng.normal(size=(20, 2)),
        [0.0, 3.0],
        ["A"] * 20,
        arms=(("A", "A"),),
        persons={"x": rng.normal(size=20).tolist()},
        covariates=("x",),
    )
    assert ask(study, "x").status == "not_applicable"


def test_a_cut_moderator_says_what_was_lost(shipped: dict[str, Study]) -> None:
    study = shipped["btheb"]
    found = moderator(study, ASKING, study.scales["bdi2"], None, "bdi2.length", "length")
    text = next(c.text for c in found.cautions if c.code == "dichotomised")
    assert "keeps 64 % of its information" in text
    assert "1.57 times the people" in text
    drug = moderator(study, ASKING, study.scales["bdi2"], None, "bdi2.drug", "drug")
    assert "dichotomised" not in [c.code for c in drug.cautions]


def test_a_column_that_is_a_cut_of_another_is_recognised(make_study: Callable[..., Study]) -> None:
    study = made_study(make_study, 80)
    cut = pl.when(pl.col("x") > 55).then(pl.lit("B")).otherwise(pl.lit("A")).alias("group_of_x")
    study = replace(study, persons=study.persons.with_columns(cut), covariates=("x", "group_of_x"))
    text = next(c.text for c in ask(study, "group_of_x").cautions if c.code == "dichotomised")
    assert "x cut in two" in text


def test_a_bent_effect_is_a_caution(make_study: Callable[..., Study]) -> None:
    study = made_study(make_study, 160)
    scores = study.measures["value"].to_numpy().copy()
    x = study.persons["x"].to_numpy()
    scores[1::2] -= (np.arange(160) % 2) * 0.05 * (x - 50) ** 2
    found = ask(replace(study, measures=study.measures.with_columns(pl.Series("value", scores))), "x")
    assert "bends" in [c.code for c in found.cautions]
    assert "bends" not in [c.code for c in ask(study, "x").cautions]


def test_reversing_the_scale_turns_the_sign_and_keeps_who_is_better(make_study: Callable[..., Study]) -> None:
    study = made_study(make_study, 120, gain=0.4)
    turned = replace(
        study,
        measures=study.measures.with_columns(-pl.col("value")),
        scales={"y": replace(study.scales["y"], better="higher", low=-200, high=100)},
    )
    one, other = ask(study, "x"), ask(turned, "x")
    assert other.estimates[0].value == pytest.approx(-one.estimates[0].value, rel=1e-7)
    for found in (one, other):
        assert "CBT does better than Usual care where x is above" in found.statement


def test_a_moderator_absent_from_the_model_is_refused(shipped: dict[str, Study]) -> None:
    study = shipped["btheb"]
    here = courses(study, study.scales["bdi2"])
    moderators = np.zeros((100, 1))
    moderators[3] = np.nan
    with pytest.raises(ValueError, match="moderator is absent"):
        interaction_design(here, np.empty((100, 0)), moderators)
    rows = interaction_design(only(here, np.arange(100) != 3), np.empty((100, 0)), moderators + np.arange(100)[:, None])
    assert 3 not in rows.rows.person


def test_a_moderator_that_is_constant_in_one_arm_is_not_estimable(make_study: Callable[..., Study]) -> None:
    study = made_study(make_study, 60)
    x = [50.0 if i % 2 else float(i) for i in range(60)]
    study = replace(study, persons=study.persons.with_columns(pl.Series("x", x)))
    found = moderation(study, ASKING, courses(study, study.scales["y"]), moderators_of(study, study.scales["y"])[0])
    assert isinstance(found, Untested)
    assert "one value only in an arm" in found.why
