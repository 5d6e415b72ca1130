"""Do effects differ: against R on real trials, made-up trials with and without differing effects, declines in words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests_support import named

from forwhom.analysis.asking import Asking, Draft
from forwhom.analysis.for_whom.heterogeneity import heterogeneity
from forwhom.analysis.for_whom.heterogeneity_words import Row, answer_words
from forwhom.analysis.for_whom.moderator import moderator
from forwhom.analysis.for_whom.omnibus import Omnibus, omnibus
from forwhom.analysis.for_whom.trial import Trial, targets, trial
from forwhom.findings import Estimate, Finding
from forwhom.findings.kinds import HeterogeneityDetail, HeterogeneityTest, Interval
from forwhom.io.folder import read_and_score
from forwhom.study import Study, Threshold


@pytest.fixture(scope="module")
def reference(root: Path) -> dict:
    return json.loads((root / "validation" / "heterogeneity" / "reference.json").read_text())


def ready(study: Study, number: int = 0) -> Trial:
    made = trial(study, targets(study)[number])
    assert isinstance(made, Trial)
    return made


def asked(study: Study, number: int = 0) -> Finding:
    return heterogeneity(study, Asking(), targets(study)[number])


def invented(
    n: int, slope: float, *, arms: int = 2, seed: int = 1, better: str = "lower", clusters: int = 0, **plan: object
) -> Study:
    """A trial whose effect grows with `motivation`, which the plan names unless told otherwise."""
    rng = np.random.default_rng(seed)
    x, other, arm = rng.normal(size=n), rng.normal(size=n), rng.permutation(np.arange(n) % arms)
    before = 20 + 5 * rng.normal(size=n)
    sign = -1 if better == "lower" else 1
    after = before + sign * (arm > 0) * (3 + slope * x) + 3 * rng.normal(size=n)
    columns = {"id": np.arange(n), "arm": [f"a{k}" for k in arm], "motivation": x, "shoe": other}
    if clusters:
        which = rng.integers(0, clusters, n)
        after = after + 2 * rng.normal(size=clusters)[which]
        columns["therapist"] = [f"t{c}" for c in which]
    people = pl.DataFrame(columns | {"pre": before, "post": after})
    return Study.from_frames(
        "invented",
        {"frame": people.drop("pre", "post"), "id": "id", "arm": "arm"}
        | ({"therapist": "therapist"} if clusters else {}),
        {"frame": people, "id": "id", "scale": "s", "wide": {"pre": 0, "post": 3}},
        arms={f"a{k}": f"Arm {k}" for k in range(arms)},
        scales={"s": {"better": better}},
        plan={"primary": {"scale": "s", "at": 3}, "moderators": ["motivation"]} | plan,
    )


def agrees(found: object, theirs: dict, rel: float) -> None:
    got = (found.f, found.df1, found.df2, found.p)
    assert got == pytest.approx((theirs["f"], theirs["df1"], theirs["df2"], theirs["p"]), rel=rel)


def test_beat_the_blues_against_mmrm(root: Path, reference: dict) -> None:
    study = read_and_score(root / "examples" / "beat-the-blues")
    found = omnibus(study, Asking(), ready(study))
    assert isinstance(found, Omnibus)
    assert found.planned
    agrees(found.tests[1], reference["btheb"], 1e-5)


def test_jobs_against_lm(root: Path, reference: dict) -> None:
    study = read_and_score(root / "examples" / "jobs-ii")
    found = omnibus(study, Asking(), ready(study))
    assert isinstance(found, Omnibus)
    agrees(found.tests[1], reference["jobs2"]["depression"]["per_arm"][0], 1e-7)


def test_three_arms_against_lm(root: Path, shared_data: Path, reference: dict) -> None:
    study = read_and_score(root / "validation" / "studies" / "bcrp")
    found = omnibus(study, Asking(), ready(study))
    assert isinstance(found, Omnibus)
    for k, theirs in enumerate(reference["bcrp"]["cesd"]["per_arm"], start=1):
        agrees(found.tests[k], theirs, 1e-7)
    agrees(found.any_arm, reference["bcrp"]["cesd"]["all"], 1e-7)


def test_differing_effects_are_found_whichever_way_the_scale_runs() -> None:
    found = asked(invented(300, 3.0))
    turned = asked(invented(300, 3.0, better="higher"))
    for finding in (found, turned):
        assert finding.status == "answered"
        assert finding.statement.startswith("Evidence that the effect of Arm 1 against Arm 0 on s at occasion 3")
        # The one planned moderator is the joint test.
        assert "Tested alone" not in finding.statement
        detail = finding.detail
        assert isinstance(detail, HeterogeneityDetail)
        gains = {test.test.split(":")[0]: test for test in detail.tests}
        assert gains["AUTOC"].estimate.low is not None
        assert gains["AUTOC"].estimate.low > 0
        assert detail.targeting[0].gain.value is not None
        assert detail.targeting[0].gain.value > 0
        assert detail.targeting[-1].gain.value == 0.0
        observed = [group.observed.value for group in detail.calibration]
        assert observed == sorted(observed, key=float)
        assert {test.arm for test in detail.tests} == {"a1"}
        assert len(detail.tests) == 5
    slope = next(estimate for estimate in found.estimates if estimate.name.startswith("calibration slope"))
    assert slope.low is not None
    assert slope.low > 0
    assert "several-tests" in {caution.code for caution in found.cautions}


def shuffled(study: Study, seed: int = 5) -> Study:
    """Scores dealt out anew over the people, so that neither arm nor baseline says anything."""
    rng = np.random.default_rng(seed)
    order = dict(zip(study.persons["id"], rng.permutation(study.persons["id"].to_numpy()), strict=True))
    return replace(study, measures=study.measures.with_columns(pl.col("id").replace_strict(order)))


def test_permuted_outcomes_give_no_evidence() -> None:
    found = asked(shuffled(invented(200, 3.0)))
    assert found.statement.startswith("No evidence by these tests that the effect of Arm 1")
    assert "Tested alone" not in found.statement
    assert len(found.statement) < 450
    assert "80 % power; smaller differences may well exist" in found.statement
    least = named(
        found, "smallest standard deviation of effects, carried by the moderators, found with 80 % power, Arm 1 − Arm 0"
    )
    assert least.value is not None
    assert 1.0 < least.value < 4.0


def test_smallest_detectable_spread_is_found_with_its_power() -> None:
    """Effects whose SD is what the finding calls detectable are found in about four of five trials."""
    hits, said = [], []
    for seed in range(60):
        study = invented(60, 2.3, seed=seed)
        found = omnibus(study, Asking(), ready(study))
        assert isinstance(found, Omnibus)
        hits.append(found.tests[1].p < 0.05)
        said.append(found.tests[1].detectable)
    assert np.mean(said) == pytest.approx(2.3, rel=0.15)
    assert 0.6 < np.mean(hits) < 0.95


def test_clusters_reach_every_test() -> None:
    found = asked(invented(160, 0.0, clusters=16))
    assert found.status == "answered"
    assert "therapist" in found.method.options["clustering of the interaction test"]
    assert "therapist (16)" in found.method.options["clustering of the other tests"]
    assert any("jackknife over clusters" in estimate.interval for estimate in found.estimates)


def test_several_arms_and_a_binary_outcome() -> None:
    study = invented(180, 2.0, arms=3)
    study = replace(study, plan=replace(study.plan, thresholds=(Threshold("s", score=18.0),)))
    found = asked(study, 1)
    assert found.id == "for_whom.heterogeneity.s.threshold_1"
    assert "HTZ" in found.method.options["interaction"]
    assert isinstance(found.detail, HeterogeneityDetail)
    # No spread of a yes or no: its variance is its mean's.
    assert len(found.detail.tests) == 11
    pairs = [(test.arm, test.reference) for test in found.detail.tests]
    assert set(pairs) == {("", ""), ("a1", "a0"), ("a2", "a0"), ("a2", "a1")}
    assert pairs.count(("a2", "a1")) == 2
    whole = [estimate for estimate in found.estimates if estimate.name.startswith("all 3 arms by 1 planned moderator")]
    assert [(estimate.arm, estimate.reference) for estimate in whole] == [(None, None)]
    # Colours belong to arms, so pictures keep to the comparisons with the reference.
    assert {group.reference for group in found.detail.calibration} == {"a0"}
    assert "all arms by 1 planned moderator together F(2," in found.statement


def opposed(n: int = 240) -> Study:
    """Arms 1 and 2 help opposite people, half as much each as they differ from one another."""
    study = invented(n, 0.0, arms=3)
    side = pl.col("arm").replace_strict({"a0": 0.0, "a1": 1.0, "a2": -1.0})
    shift = study.persons.select("id", (1.1 * side * pl.col("motivation")).alias("shift"))
    later = study.measures.join(shift, on="id", how="left")
    value = pl.when(pl.col("time") > 0).then(pl.col("value") + pl.col("shift")).otherwise(pl.col("value"))
    return replace(study, measures=later.with_columns(value.alias("value")).drop("shift"))


def test_a_difference_between_two_arms_neither_of_which_is_the_reference_is_seen() -> None:
    found = asked(opposed())
    assert found.statement.startswith("Evidence that differences of Arm 0, Arm 1 and Arm 2 on s")
    assert "interaction over all arms" in found.statement
    slope = named(found, "calibration slope of predicted effects, Arm 2 − Arm 1")
    assert slope.low is not None
    assert slope.low > 0
    assert "calibration and AUTOC of every pair" in found.method.options["pairs of arms"]
    nothing = asked(shuffled(opposed()))
    assert nothing.statement.startswith("No evidence by these tests that differences of Arm 0, Arm 1 and Arm 2 on s")


def test_one_moderator_that_passes_alone_is_pointed_to(root: Path) -> None:
    """The planned moderators together show nothing in JOBS II; education, exploratory, does after its adjustment."""
    study = read_and_score(root / "examples" / "jobs-ii")
    found = asked(study)
    assert found.statement.startswith("No evidence by these tests that the effect of Workshop")
    assert "Tested alone, educ (exploratory, Holm-adjusted p = 0.004) changes it by more than chance" in found.statement
    said = next(caution.text for caution in found.cautions if caution.code == "single-moderator")
    assert said.startswith("for_whom.moderator.depression.educ:")
    pointed = moderator(study, Asking(), study.scales["depression"], None, "depression.educ", "educ")
    assert "after the adjustment too" in pointed.statement


def test_the_end_of_the_scale_is_the_one_people_get_well_towards() -> None:
    for better, end in (("lower", "floor"), ("higher", "ceiling")):
        study = invented(60, 0.0, better=better)
        made = ready(study)
        draft = Draft(study, Asking(), "", "")
        p = HeterogeneityTest("", "a1", "a0", Interval(1.0), 1e-6, "")
        row = Row("spread", 1, p, Estimate("", 1.0, interval="none", unit="", p=1e-6), "")
        assert f"which a {end} of the scale can do too" in answer_words(draft, made, "no moderators", [row], ())
        spread = next(test for test in asked(study).detail.tests if "standard deviations" in test.test)
        assert f"a {end} of the scale changes spread" in spread.says


def test_a_threshold_nobody_reached_is_declined() -> None:
    study = invented(60, 0.0)
    study = replace(study, plan=replace(study.plan, thresholds=(Threshold("s", score=-100.0),)))
    found = asked(study, 1)
    assert found.status == "declined"
    assert "only 0 of 30 people in Arm 0 had it" in found.statement


def test_without_planned_moderators_it_is_exploratory() -> None:
    study = invented(90, 0.0, moderators=[])
    found = omnibus(study, Asking(), ready(study))
    assert isinstance(found, Omnibus)
    assert not found.planned
    assert found.moderators == ("baseline s", "motivation", "shoe")
    small = invented(28, 0.0, moderators=[])
    why = omnibus(small, Asking(), ready(small))
    assert isinstance(why, str)
    assert "30 people with an outcome are the least" in why
    finding = asked(small)
    assert finding.status == "answered"
    assert finding.registered == "exploratory"
    codes = [caution.code for caution in finding.cautions]
    assert codes.count("test-not-made") == 4
    assert not [e for e in finding.estimates if e.value is None and not e.why_absent]


def test_declines_in_words() -> None:
    few = asked(invented(14, 0.0))
    assert few.status == "declined"
    assert "7 people with an outcome at occasion 3" in few.statement
    assert few.would_take
    one = asked(invented(40, 0.0, arms=1))
    assert one.status == "not_applicable"


def test_planned_only_with_a_day_of_registration_and_named_moderators() -> None:
    assert asked(invented(40, 0.0, registered="2020-01-01")).registered == "planned"
    assert asked(invented(40, 0.0)).registered == "exploratory"
