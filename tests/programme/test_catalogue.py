"""The programmes that ship: what the papers say is there, and what they do not say is a gap."""

from __future__ import annotations

import datetime as dt

import pytest

from forwhom import evidence, programme
from forwhom.analysis.programme.known import known
from forwhom.programme import Length
from forwhom.programme.common_features import judge
from forwhom.programme.timeline import stretches

NAMES = programme.names()


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_programme_is_right(name: str) -> None:
    assert programme.check(programme.shipped(name), known(evidence.read())) == ()


def test_mbt_in_the_order_of_the_paper() -> None:
    mbt = programme.shipped("mbt")
    assert [phase.id for phase in mbt.phases] == [
        "assessment",
        "formulation",
        "psycho-education",
        "crisis-plan",
        "treatment",
    ]
    assert mbt.length == Length(18, "month")
    group = mbt.phase("psycho-education")
    assert group is not None
    assert group.length == Length(12, "week")
    doses = {each.id: (each.minutes, each.every) for each in mbt.sessions}
    assert doses["individual"] == (50, Length(1, "week"))
    assert doses["group"] == (90, Length(1, "week"))
    assert len([item for item in mbt.adherence if item.of == "stance"]) == 5
    assert {each.id for each in mbt.modules} == {
        "attachment", "emotions", "mentalizing", "personality-disorder", "self-harm", "therapy",
    }  # fmt: skip
    ends = stretches(mbt, dt.date(2026, 1, 5))[-1].ends
    assert ends == dt.date(2027, 7, 5)


def test_the_comparison_has_the_same_dose_and_other_parts() -> None:
    mbt, scm = programme.shipped("mbt"), programme.shipped("scm")
    for name in ("individual", "group"):
        one, other = mbt.thing(f"sessions.{name}"), scm.thing(f"sessions.{name}")
        assert (one.minutes, one.every) == (other.minutes, other.every)
    assert {each.id for each in scm.modules} == {"advocacy", "social-support", "work-support", "problem-solving"}


@pytest.mark.parametrize(
    ("name", "length"), [("dbt-inpatient", Length(12, "week")), ("dbt-outpatient", Length(12, "month"))]
)
def test_dbt_has_four_modules_in_both_forms(name: str, length: Length) -> None:
    made = programme.shipped(name)
    assert made.length == length
    assert [each.id for each in made.modules] == [
        "mindfulness", "interpersonal-effectiveness", "emotion-regulation", "distress-tolerance",
    ]  # fmt: skip
    assert "sessions.skills-group.every" in {gap.of for gap in made.gaps}


def test_lengths_of_dbt_agree_with_the_arms_of_the_ledger() -> None:
    studies = evidence.read().studies
    for name, study in (("dbt-inpatient", "schmitt-2016"), ("dbt-outpatient", "goodman-2014")):
        arm = next(arm for arm in studies[study].arms if arm.treatment == "dbt")
        length = programme.shipped(name).length
        assert arm.duration is not None
        assert length is not None
        assert (length.value, length.unit) == (arm.duration.value, arm.duration.unit)


@pytest.mark.parametrize("name", NAMES)
def test_every_value_of_ours_is_told(name: str) -> None:
    made = programme.shipped(name)
    gaps = {gap.of for gap in made.gaps}
    for path, fact in made.facts():
        assert {f"{path}.{key}" for key in fact.assumed} <= gaps
        assert fact.source is not None
        assert fact.source.line is not None


def test_common_features_by_rule() -> None:
    found = {name: [each.status for each in judge(programme.shipped(name))] for name in NAMES}
    assert found["mbt"] == ["met"] * 7
    assert found["scm"] == ["met", "not stated", "met", "not stated", "met", "not stated", "met"]
    assert found["dbt-inpatient"][4] == "not met"
    assert found["dbt-outpatient"][4] == "met"


def test_a_feature_loses_its_status_with_its_facts() -> None:
    from dataclasses import replace

    mbt = programme.shipped("mbt")
    without = replace(mbt, principles=tuple(each for each in mbt.principles if each.kind != "manual"), agreements=())
    found = {each.feature.id: each for each in judge(without)}
    assert found["well-structured"].status == "partly"
    assert found["well-structured"].lacks == ("a manual",)
    assert found["effort-on-compliance"].status == "partly"
