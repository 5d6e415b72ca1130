"""General or specific: R's numbers, the multivariate test it must equal, and the three readings."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forwhom.analysis.asking import Asking, Draft
from forwhom.analysis.for_whom.dimensional import dimensional
from forwhom.analysis.for_whom.dimensional_fit import Contrast, Stacked, contrast, fit_profile, stacked
from forwhom.analysis.for_whom.profiles import profiles
from forwhom.findings import Estimate, Finding
from forwhom.findings.kinds import DimensionalDetail
from forwhom.io.folder import read_and_score
from forwhom.kernels.repeated_df import Contrasts
from forwhom.study import SELF, Plan, Primary, Scale, Study

ASKING = Asking()
NAMES = ("a", "b", "c")


def made(
    make_study: Callable[..., Study], effects: tuple[float, ...], n: int = 200, baseline: bool = True, seed: int = 2
) -> Study:
    """One scale per effect (in baseline standard deviations, above is better); the second runs the other way round."""
    rng = np.random.default_rng(seed)
    arm = np.arange(n) % 2
    m = len(effects)
    common = rng.normal(size=n)
    parts = []
    for j, effect in enumerate(effects):
        before = 0.6 * common + 0.8 * rng.normal(size=n)
        after = 0.6 * before + 0.5 * common + 0.5 * rng.normal(size=n) + arm * effect
        turn = -1.0 if j == 1 else 1.0
        parts.append((f"s{j}", 20 + 5 * turn * before, 20 + 5 * turn * after, "lower" if j == 1 else "higher"))
    study = make_study(
        np.column_stack([parts[0][1], parts[0][2]]),
        [0.0, 6.0],
        [("TAU", "CBT")[k] for k in arm],
        arms=(("TAU", "TAU"), ("CBT", "CBT")),
        scale=Scale("s0", "S0", "higher"),
        plan=Plan(
            registered=dt.date(2020, 1, 1), primary=Primary("s0", 6.0), outcomes=tuple(f"s{j}" for j in range(1, m))
        ),
    )
    frames = [
        study.measures.with_columns(
            pl.lit(name).alias("scale"), pl.Series("value", np.column_stack([before, after]).ravel())
        )
        for name, before, after, _ in parts
    ]
    measures = pl.concat(frames)
    if not baseline:
        measures = measures.filter(pl.col("time") > 0)
    scales = {name: Scale(name, name.upper(), better) for name, _, _, better in parts}
    return replace(study, measures=measures, scales=scales)


def at(found: Finding, start: str) -> Estimate:
    return next(e for e in found.estimates if e.name.startswith(start))


def test_breast_cancer_recovery_as_mmrm(root: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORWHOM_SHARED_DATA", str(shared_data))
    study = read_and_score(root / "validation/studies/bcrp")
    study = study[0] if isinstance(study, tuple) else study
    reference = json.loads((root / "validation/moderators/reference.json").read_text(encoding="utf-8"))["bcrp_profile"]
    for k, arm in ((1, "1"), (2, "2")):
        mine, theirs = known_spread(study, k), reference[arm]
        same(mine.common, 0, theirs["common"])
        same(mine.equal, 0, theirs["equal"])
        for j in (0, 1):
            same(mine.effects, j, theirs["effects"][j])
        assert mine.test.p == pytest.approx(theirs["difference"]["p"], rel=2e-6)


def known_spread(study: Study, arm: int = 1) -> Contrast:
    """A contrast that takes the standardisers as known, as the peers do."""
    draft = Draft(study, ASKING, "x", "x")
    data = stacked(study, draft, profiles(study)[0])
    assert isinstance(data, Stacked)
    fit = fit_profile(study, draft, data)
    assert len(fit) == 5
    return contrast(fit[0], fit[1], fit[2], arm, 0.95, np.zeros_like(data.relative))


def same(mine: Contrasts, j: int, theirs: dict[str, float]) -> None:
    for value, name in ((mine.estimate, "estimate"), (mine.se, "se"), (mine.df, "df"), (mine.p, "p")):
        assert value[j] == pytest.approx(theirs[name], rel=2e-6), name


def test_without_covariates_the_test_is_hotellings(make_study: Callable[..., Study]) -> None:
    """Complete scores and no baseline: equality of m effects is Hotelling's T² on the m − 1 differences."""
    study = made(make_study, (0.2, 0.5, 0.9), 50, baseline=False)
    values = study.measures.pivot(on="scale", index="id", values="value", maintain_order=True)
    arm = np.array([name == "CBT" for name in study.persons["arm"].to_list()])
    y = values.select("s0", "s1", "s2").to_numpy() * [1, -1, 1]
    parts = [y[arm], y[~arm]]
    scale = np.sqrt(sum(((p - p.mean(axis=0)) ** 2).sum(axis=0) for p in parts) / 48)
    d = [p @ np.diag(1 / scale) @ np.array([[-1, -1], [1, 0], [0, 1]]) for p in parts]
    s = sum((p - p.mean(axis=0)).T @ (p - p.mean(axis=0)) for p in d) / 48
    gap = d[0].mean(axis=0) - d[1].mean(axis=0)
    t2 = 25 * 25 / 50 * gap @ np.linalg.solve(s, gap)
    test = known_spread(study).test
    assert test.f == pytest.approx(t2 * (48 - 2 + 1) / (48 * 2), rel=1e-6)
    assert test.df_denominator == pytest.approx(47, rel=1e-6)


def test_the_standardisers_are_not_taken_as_known(make_study: Callable[..., Study]) -> None:
    """One scale's effect: the variance of Cohen's d has d² / 2 df in it; the difference of two has less of it."""
    study = made(make_study, (1.5, 1.5), 200)
    found, plain = dimensional(study, ASKING, "outcomes"), known_spread(study)
    one = at(found, "effect on S0")
    assert one.se**2 == pytest.approx(plain.effects.se[0] ** 2 + one.value**2 / (2 * 198), rel=1e-8)
    assert at(found, "equal effects").value < plain.test.f


def test_the_common_effect_is_the_most_precise_weighting(make_study: Callable[..., Study]) -> None:
    found = dimensional(made(make_study, (0.5, 0.5, 0.5)), ASKING, "outcomes")
    common, equal = at(found, "common effect"), at(found, "mean effect")
    assert common.se < equal.se
    single = [at(found, f"effect on S{j}").se for j in range(3)]
    assert common.se < min(single)
    assert abs(common.value - 0.5) < 3 * common.se


def test_general_specific_and_cannot_tell(make_study: Callable[..., Study]) -> None:
    general = dimensional(made(make_study, (0.9, 0.9, 0.9), 400), ASKING, "outcomes")
    assert "one general effect describes them" in general.statement
    specific = dimensional(made(make_study, (0.0, 0.9, 0.0), 200), ASKING, "outcomes")
    assert "specific to some of them" in specific.statement
    assert "S1" in specific.statement.split("specific")[1]
    open_ = dimensional(made(make_study, (0.2, 0.2, 0.2), 40), ASKING, "outcomes")
    assert "cannot tell" in open_.statement


def test_above_zero_is_better_whichever_way_a_scale_runs(make_study: Callable[..., Study]) -> None:
    found = dimensional(made(make_study, (0.8, 0.8)), ASKING, "outcomes")
    assert at(found, "effect on S0").low > 0
    assert at(found, "effect on S1").low > 0
    assert found.registered == "planned"
    detail = found.detail
    assert isinstance(detail, DimensionalDetail)
    assert [scale.scale for scale in detail.contrasts[0].scales] == ["s0", "s1"]
    assert "Holm" not in "".join(e.name for e in found.estimates)


def test_deviations_are_effects_less_the_common_one(make_study: Callable[..., Study]) -> None:
    found = dimensional(made(make_study, (0.2, 0.5, 0.9)), ASKING, "outcomes")
    common = at(found, "common effect").value
    for j in range(3):
        left = at(found, f"S{j} less the common effect")
        assert left.value == pytest.approx(at(found, f"effect on S{j}").value - common)
        assert "Holm-adjusted" in left.name


def test_units_do_not_matter(make_study: Callable[..., Study]) -> None:
    study = made(make_study, (0.2, 0.6))
    longer = pl.when(pl.col("scale") == "s1").then(pl.col("value") * 40 + 3).otherwise(pl.col("value")).alias("value")
    one = dimensional(study, ASKING, "outcomes")
    other = dimensional(replace(study, measures=study.measures.with_columns(longer)), ASKING, "outcomes")
    assert [e.value for e in other.estimates] == pytest.approx([e.value for e in one.estimates], rel=1e-6)


def test_people_without_a_score_and_few_people(make_study: Callable[..., Study]) -> None:
    study = made(make_study, (0.5, 0.5), 60)
    lost = (pl.col("time") == 6.0) & pl.col("id").is_in(["1", "2", "3"])
    fewer = replace(
        study, measures=study.measures.with_columns(pl.when(lost).then(None).otherwise(pl.col("value")).alias("value"))
    )
    found = dimensional(fewer, ASKING, "outcomes")
    assert found.population.analysed == 57
    assert found.population.left_out[0].n == 3
    small = dimensional(made(make_study, (0.5, 0.5), 16), ASKING, "outcomes")
    assert small.status == "declined"
    assert "8 people" in small.statement


def test_without_a_profile(make_study: Callable[..., Study]) -> None:
    study = made(make_study, (0.5,))
    assert profiles(study) == ()
    found = dimensional(study, ASKING)
    assert (found.id, found.status) == ("for_whom.dimensional", "not_applicable")


@pytest.mark.parametrize(
    ("instrument", "scores", "total"),
    [
        ("dass-21", ("depression", "anxiety", "stress"), None),
        ("lpfs-bf-2", ("self", "interpersonal", "total"), "total"),
        # No key on file says which items the subscales of this one have.
        ("oq-45", ("total", "symptom_distress", "social_role"), "total"),
        ("core-om", ("wellbeing", "problems", "non_risk", "risk"), "non_risk"),
    ],
)
def test_subscales_form_a_profile_and_their_total_does_not_join(
    make_study: Callable[..., Study], instrument: str, scores: tuple[str, ...], total: str | None
) -> None:
    study = made(make_study, (0.5, 0.5, 0.5))
    one = study.measures.filter(pl.col("scale") == "s0")
    scales = {name: Scale(name, name, "lower", instrument=instrument, subscale=name) for name in scores}
    frames = [one.with_columns(pl.lit(name).alias("scale"), pl.lit(SELF).alias("informant")) for name in scales]
    study = replace(study, measures=pl.concat([study.measures, *frames]), scales={**study.scales, **scales})
    found = {each.name: each for each in profiles(study)}
    assert list(found) == ["outcomes", instrument]
    assert [scale.name for scale, _ in found[instrument].scales] == [name for name in scores if name != total]
    assert found[instrument].totals == ((total,) if total else ())


def test_scales_that_are_functions_of_each_other_do_not_break_it(make_study: Callable[..., Study]) -> None:
    study = made(make_study, (0.5, 0.5))
    twin = study.measures.filter(pl.col("scale") == "s0").with_columns(pl.lit("s1").alias("scale"))
    study = replace(study, measures=pl.concat([study.measures.filter(pl.col("scale") == "s0"), twin]))
    found = dimensional(study, ASKING, "outcomes")
    assert found.status == "declined"
    assert "functions of each other" in (found.would_take or "")
