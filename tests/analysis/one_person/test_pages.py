"""One person's findings: what they say, and how they decline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from forwhom.analysis.asking import Asking
from forwhom.analysis.one_person.basis import Error
from forwhom.analysis.one_person.benefit import MOST_OTHERS, Advice, Benefit, advice_of, benefit, individual_benefit
from forwhom.analysis.one_person.person import person, row_of
from forwhom.analysis.one_person.rules import ended_worse, not_improved, standings
from forwhom.analysis.one_person.shared import Shared, prepare
from forwhom.findings import Caution, Finding, LeftOut, Method, Population, Provenance, Record
from forwhom.findings.kinds import (
    BenefitDetail,
    CourseDetail,
    IndividualContrast,
    IndividualDetail,
    Interval,
    OnTrackDetail,
    OwnChangeDetail,
    PersonEffect,
    ProfileDetail,
    RecommendationDetail,
    RuleCondition,
)
from forwhom.findings.record import from_json, to_json
from forwhom.kernels.risk import clopper_pearson
from forwhom.problems import ProblemsFound
from forwhom.study import Plan, Scale, Study

Make = Callable[..., Study]
ARMS = (("a", "Usual care"), ("b", "New treatment"))
SCALE = Scale(
    "y", "Score", "lower", 0, 100, 1, reliability=0.9, reliability_kind="retest", reliability_sd=10, source="invented"
)


def record_of(study: Study, row: int, shared: Shared | None = None) -> tuple[Record, dict[str, Finding]]:
    record = person(shared or prepare(study, Asking(), benefit=False), row)
    assert from_json(to_json(record)) == record
    return record, {finding.id.removeprefix("one_person."): finding for finding in record.findings}


@pytest.fixture(scope="module")
def scores() -> np.ndarray:
    rng = np.random.default_rng(21)
    start = 50 + 8 * rng.normal(size=(80, 1))
    table = np.clip(start - np.array([0, 4, 7, 9]) + 6 * rng.normal(size=(80, 4)), 0, 100).round()
    # Four people end reliably worse, one of them with an early alarm.
    table[3] = [40, 70, 75, 80]
    table[[9, 21, 33], 3] = table[[9, 21, 33], 0] + 30
    table[4] = [50, 48, np.nan, np.nan]
    table[5] = [50, np.nan, np.nan, np.nan]
    table[6] = [np.nan, 40, 41, 42]
    table[7] = np.nan
    return table


@pytest.fixture
def study(make_study: Make, scores: np.ndarray) -> Study:
    arm: list[str | None] = ["a", "b"] * 40
    arm[8] = None
    plan = Plan(covariates=("age", "drug"), moderators=("age",))
    ages = [20 + k % 40 for k in range(80)]
    ages[2] = None
    drugs = ["yes", "no", None, "yes"] * 20
    return make_study(
        scores, [0, 1, 2, 3], arm, arms=ARMS, scale=SCALE, plan=plan, persons={"age": ages, "drug": drugs}
    )


_MADE: list[Shared] = []


@pytest.fixture
def shared(study: Study) -> Shared:
    """Made once: the tests only read it."""
    if not _MADE:
        _MADE.append(prepare(study, Asking(), benefit=False))
    return _MADE[0]


def test_every_finding_of_a_person_with_all_scores(study: Study, shared: Shared) -> None:
    record, found = record_of(study, 0, shared)
    assert record.person == "1"
    assert list(found) == ["profile", "course.y", "on_track.y", "change.y"]
    assert {finding.status for finding in found.values()} == {"answered"}
    assert {finding.chapter for finding in found.values()} == {"one_person"}
    assert found["course.y"].population.entered == 80
    assert found["course.y"].population.analysed == 76
    assert {left.n for left in found["course.y"].population.left_out} == {1, 2}


def test_profile_places_a_score_in_sample_norm_and_error(study: Study, scores: np.ndarray) -> None:
    normed = replace(SCALE, norm_mean=30.0, norm_sd=10.0)
    found = record_of(replace(study, scales={"y": normed}), 0)[1]["profile"]
    assert isinstance(found.detail, ProfileDetail)
    (row,) = found.detail.rows
    score = scores[0, 0]
    known = np.delete(scores[:, 0], 8)
    known = known[np.isfinite(known)]
    assert row.sample == pytest.approx((known < score).mean() + (known == score).mean() / 2)
    assert row.sample_z == pytest.approx((score - known.mean()) / known.std(ddof=1))
    assert row.norm_z == pytest.approx((score - 30) / 10)
    # Standard error of measurement 10 √(1 − 0.9).
    assert row.score.high == pytest.approx(score + 1.959964 * 10 * np.sqrt(0.1))
    assert (
        f"T score {50 + score - 30:.0f} against the norm, whose mean is 50 and SD 10; higher is worse"
        in found.statement
    )
    assert dict(found.detail.covariates)["drug"] == "yes"
    assert dict(found.detail.covariates)["age"].startswith("20 (above ")
    absent = record_of(study, 2)[1]["profile"].detail
    assert isinstance(absent, ProfileDetail)
    assert dict(absent.covariates) == {"Arm": "Usual care", "age": "not recorded", "drug": "not recorded"}
    # A column of two values has no place in the sample worth telling.
    two = study.persons.with_columns(age=pl.Series([0, 1] * 40))
    coded = record_of(replace(study, persons=two), 1)[1]["profile"].detail
    assert isinstance(coded, ProfileDetail)
    assert dict(coded.covariates)["age"] == "1"


def test_course_has_bands_at_every_score_and_ahead(study: Study, shared: Shared) -> None:
    whole = record_of(study, 0, shared)[1]["course.y"].detail
    part = record_of(study, 4, shared)[1]["course.y"].detail
    assert isinstance(whole, CourseDetail)
    assert isinstance(part, CourseDetail)
    assert [point.time for point in whole.points] == [0, 1, 2, 3]
    assert whole.points[0].expected == Interval(None)
    for point in whole.points[1:]:
        for band in (point.expected, point.updated):
            assert band.low is not None
            assert band.value is not None
            assert band.high is not None
            assert 0 <= band.low < band.value < band.high <= 100
    # From one score after the start on, own scores narrow the band.
    assert whole.points[3].updated != whole.points[3].expected
    assert whole.ahead == ()
    assert [point.time for point in part.ahead] == [2, 3]
    assert [point.time for point in part.at_start] == [0, 1, 2, 3]
    assert whole.inside == pytest.approx(0.8, abs=0.1)
    assert whole.scores == np.isfinite(np.delete(shared.bases[0].here.score, 6, axis=0)).sum()


def test_a_course_far_on_the_bad_side_is_off_track(study: Study, shared: Shared) -> None:
    _, found = record_of(study, 3, shared)
    on_track = found["on_track.y"]
    assert on_track.statement.startswith(
        "Off track by the primary rule (expected recovery, 80 % band): the latest score, 80.0 at 3 months, lies beyond "
    )
    assert isinstance(on_track.detail, OnTrackDetail)
    primary = on_track.detail.rules[0]
    assert primary.primary
    assert (primary.standing, primary.last_alarm, primary.agreement) == ("alarm", 3.0, 1.0)
    assert "so did 2 of the 2 before, the first at 1 month" in on_track.statement
    course = found["course.y"].detail
    assert isinstance(course, CourseDetail)
    assert primary.rule in course.points[1].off_track
    assert "few-events" in {caution.code for caution in on_track.cautions}
    change = found["change.y"].detail
    assert isinstance(change, OwnChangeDetail)
    assert [kind for _, _, kind in change.points] == ["deteriorated"] * 3


def test_an_alarm_that_is_over_is_not_the_standing(study: Study, shared: Shared) -> None:
    """The pages of everybody: three standings, each told from the latest score."""
    standings: dict[str, list[int]] = {"no alarm": [], "back inside": [], "alarm": []}
    for row in range(80):
        found = {finding.id: finding for finding in person(shared, row).findings}
        detail, course = found["one_person.on_track.y"].detail, found["one_person.course.y"].detail
        if not isinstance(detail, OnTrackDetail) or detail.rules[0].standing is None:
            continue
        assert isinstance(course, CourseDetail)
        alarms = [bool("expected recovery, 80 % band" in point.off_track) for point in course.points[1:]]
        assert detail.rules[0].standing == ("alarm" if alarms[-1] else "back inside" if any(alarms) else "no alarm")
        times = [point.time for point, hit in zip(course.points[1:], alarms, strict=True) if hit]
        assert detail.rules[0].last_alarm == (times[-1] if times else None)
        standings[detail.rules[0].standing].append(row)
        starts = {"alarm": "Off track by", "back inside": "Back inside by", "no alarm": "On track by"}
        assert found["one_person.on_track.y"].statement.startswith(starts[detail.rules[0].standing])
    assert all(standings.values())


def test_what_chance_decided_is_said(shared: Shared) -> None:
    basis = shared.bases[0]
    primary = basis.alarms[0]
    half = replace(primary, agreement=np.full(primary.agreement.size, 0.4))
    unsure = replace(shared, bases=(replace(basis, alarms=(half, *basis.alarms[1:])),))
    found = {finding.id: finding for finding in person(unsure, 3).findings}["one_person.on_track.y"]
    assert "This is at the limit: taken alone, 2 of the 5 random divisions" in found.statement
    assert isinstance(found.detail, OnTrackDetail)
    assert found.detail.rules[0].agreement == 0.4
    sure = {finding.id: finding for finding in person(shared, 3).findings}["one_person.on_track.y"]
    assert "at the limit" not in sure.statement


def test_standings_by_hand() -> None:
    alarm = np.array([[False, True, False], [True, False, False], [False, False, False], [False, True, False]])
    assert standings(alarm, np.array([3, 1, 3, 2])).tolist() == [1, 2, 0, 2]
    assert standings(np.zeros((2, 0), dtype=bool), np.zeros(2, dtype=int)).tolist() == [0, 0]


def test_neighbours_are_never_the_person(shared: Shared, study: Study) -> None:
    """A person's own later scores move the boundary of others alone."""
    moved = study.measures.with_columns(
        value=pl.when((pl.col("id") == "12") & (pl.col("time") > 0)).then(pl.col("value") + 40).otherwise("value")
    )
    one, two = (
        next(each.boundary for each in made.bases[0].alarms if each.rule == "nearest neighbours")
        for made in (shared, prepare(replace(study, measures=moved), Asking(), benefit=False))
    )
    assert one is not None
    assert two is not None
    np.testing.assert_array_equal(one[11], two[11])
    assert not np.allclose(one, two, equal_nan=True)


def test_calibration_stands_by_where_people_began(study: Study, shared: Shared) -> None:
    held = shared.bases[0].calibration
    assert [low for low, *_ in held.by_start] == sorted(low for low, *_ in held.by_start)
    assert sum(n for *_, n in held.by_start) == held.scores
    assert sum(inside * n for _, _, inside, _, n in held.by_start) == pytest.approx(held.inside * held.scores)
    course = record_of(study, 0, shared)[1]["course.y"]
    low, high, inside, _, _ = held.by_start[0]
    name = (
        f"share of later scores of the study inside the band at the start, of people who started at {low:g} to {high:g}"
    )
    assert next(each.value for each in course.estimates if each.name == name) == inside
    assert f"where the start was {low:g} to {high:g}" in str(course.method.options["held in this study"])


def test_operating_characteristics_agree_with_a_count_from_the_pages(study: Study, shared: Shared) -> None:
    """The shares printed on every page, counted again from what the pages say of each person."""
    here = shared.bases[0].here
    error = shared.bases[0].error
    assert isinstance(error, Error)
    bad, alarmed, early, third = [], [], [], []
    for row in range(80):
        detail = person(shared, row).findings[1].detail
        later = [point for point in detail.points if point.time > 0] if isinstance(detail, CourseDetail) else []
        if not later or not np.isfinite(here.start[row]):
            continue
        hits = [k for k, point in enumerate(later) if "expected recovery, 80 % band" in point.off_track]
        last, first = later[-1].value, here.start[row]
        assert last is not None
        bad.append(last - first > error.threshold)
        alarmed.append(bool(hits))
        early.append(bool(hits) and hits[0] < len(later) - 1)
        third.append(bool(hits) and hits[0] < 3)
    worse = np.array(bad)
    rule = shared.bases[0].rules[0]
    assert (rule.n, rule.events) == (worse.size, worse.sum())
    assert rule.caught == (np.array(alarmed) & worse).sum()
    assert rule.alarms == sum(alarmed)
    assert rule.before_last.value == pytest.approx((np.array(early) & worse).sum() / worse.sum())
    assert rule.by_third.value == pytest.approx((np.array(third) & worse).sum() / worse.sum())
    exact = clopper_pearson(int((np.array(alarmed) & ~worse).sum()), int((~worse).sum()))
    assert rule.false_alarms == Interval(exact.value, exact.low, exact.high)


def test_rules_are_those_fixed_in_advance(shared: Shared) -> None:
    basis = shared.bases[0]
    assert [each.primary for each in basis.alarms] == [True] + [False] * 7
    names = [rule.rule for rule in basis.rules]
    assert names == [each.rule for each in basis.alarms] + ["expected recovery, 80 % band"]
    by_name = {each.rule: each for each in basis.alarms}
    # A wider band raises no alarm that a narrower one does not.
    wide, narrow = (by_name[f"expected recovery, {level} % band"].alarm for level in (80, 50))
    assert (narrow | ~wide).all()
    rational, half = by_name["rational, reliable worsening"], by_name["rational, half reliable worsening"]
    assert (half.alarm | ~rational.alarm).all()
    # By its definition the rational rule never misses an event, at the latest at the last score.
    assert next(rule for rule in basis.rules if rule.rule == rational.rule).sensitivity.value == 1.0
    assert not (by_name["forecast, 20 %"].alarm & ~by_name["forecast, 10 %"].alarm).any()


def test_events_are_told_from_start_and_last_score(study: Study, shared: Shared) -> None:
    here, error = shared.bases[0].here, shared.bases[0].error
    assert isinstance(error, Error)
    # Jacobson & Truax: 1.96 · 10 · √(2 · 0.1).
    assert error.threshold == pytest.approx(1.959964 * 10 * np.sqrt(0.2))
    assert set(np.flatnonzero(ended_worse(here, error.threshold))) == {3, 9, 21, 33}
    assert not_improved(here, error.threshold)[3]


def test_the_same_study_gives_the_same_bytes_and_another_seed_may_not(study: Study, shared: Shared) -> None:
    one = to_json(person(shared, 11))
    assert to_json(record_of(study, 11)[0]) == one
    other = person(prepare(study, Asking(seed=7), benefit=False), 11)
    assert to_json(other) != one


def test_declines_in_words(study: Study, shared: Shared, scores: np.ndarray) -> None:
    only_start = record_of(study, 5, shared)[1]
    assert only_start["course.y"].status == "answered"
    assert "no later score is known yet" in only_start["course.y"].statement
    assert only_start["on_track.y"].status == only_start["change.y"].status == "declined"
    assert "only the score at the start is known so far" in only_start["on_track.y"].statement
    assert "the primary rule (expected recovery, 80 % band) caught " in only_start["on_track.y"].statement
    no_start = record_of(study, 6, shared)[1]
    assert "no Score score at the start" in no_start["course.y"].statement
    nothing = record_of(study, 7, shared)[1]
    assert {finding.status for finding in nothing.values()} == {"declined"}
    assert "no Score score at all" in nothing["course.y"].statement
    assert isinstance(nothing["profile"].detail, ProfileDetail)
    nowhere = record_of(study, 8, shared)[1]
    assert {finding.status for finding in nowhere.values()} == {"declined"}
    for finding in nowhere.values():
        assert "not allocated to an arm" in finding.statement
    # Own scores are shown all the same.
    for found, row, first in ((no_start, 6, 1), (nowhere, 8, 0)):
        detail = found["course.y"].detail
        assert isinstance(detail, CourseDetail)
        assert [(point.time, point.value) for point in detail.points] == [(k, scores[row, k]) for k in range(first, 4)]
        assert detail.at_start == detail.ahead == ()
        assert detail.reliable is None
        assert "the own scores are shown without a band" in found["course.y"].statement
    assert nothing["course.y"].detail is None


def test_without_a_reliability_alarms_are_given_and_their_worth_is_not(study: Study) -> None:
    bare = replace(study, scales={"y": Scale("y", "Score", "lower")})
    _, found = record_of(bare, 3)
    on_track = found["on_track.y"]
    assert on_track.status == "answered"
    assert on_track.statement.startswith("Off track")
    assert isinstance(on_track.detail, OnTrackDetail)
    assert {rule.event for rule in on_track.detail.rules} == {""}
    assert "no-event" in {caution.code for caution in on_track.cautions}
    assert found["change.y"].status == "declined"
    assert "reliability" in (found["change.y"].would_take or "")
    assert "no-error" in {caution.code for caution in found["profile"].cautions}


def test_few_people_still_see_their_own_scores(make_study: Make, scores: np.ndarray) -> None:
    small = make_study(scores[10:20], [0, 1, 2, 3], ["a"] * 10, arms=ARMS[:1], scale=SCALE)
    _, found = record_of(small, 0)
    assert found["course.y"].status == found["on_track.y"].status == "declined"
    assert isinstance(found["course.y"].detail, CourseDetail)
    assert len(found["course.y"].detail.points) == 4
    assert found["change.y"].status == "answered"


def test_one_arm_and_a_scale_where_higher_is_better(make_study: Make, scores: np.ndarray) -> None:
    mirrored = make_study(
        100 - scores,
        [0, 1, 2, 3],
        [None] * 80,
        arms=(),
        scale=replace(SCALE, better="higher"),
        plan=Plan(registered=dt.date(2020, 1, 1)),
    )
    plain = make_study(scores, [0, 1, 2, 3], [None] * 80, arms=(), scale=SCALE)
    one, two = record_of(mirrored, 3)[1]["on_track.y"], record_of(plain, 3)[1]["on_track.y"]
    assert isinstance(one.detail, OnTrackDetail)
    assert isinstance(two.detail, OnTrackDetail)
    assert one.detail.rules[0].standing == two.detail.rules[0].standing == "alarm"
    assert one.detail.rules[0].events == two.detail.rules[0].events == 4
    assert one.detail.rules[0].alarms == two.detail.rules[0].alarms


def test_a_scale_first_measured_after_treatment_is_no_baseline(study: Study, shared: Shared) -> None:
    later = study.measures.filter(pl.col("time") == 2).with_columns(scale=pl.lit("z"))
    both = replace(
        study, scales={**study.scales, "z": replace(SCALE, name="z")}, measures=pl.concat([study.measures, later])
    )
    _, found = record_of(both, 0)
    assert isinstance(found["profile"].detail, ProfileDetail)
    assert [row.scale for row in found["profile"].detail.rows] == ["y"]
    assert "nobody has a score at the start and a later one" in found["course.z"].statement
    # Nor does it choose neighbours.
    assert found["on_track.y"].detail == record_of(study, 0, shared)[1]["on_track.y"].detail


def test_a_fault_stops_one_answer_only(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forwhom.analysis.one_person.course._bands", lambda *_: 1 / 0)
    found = {finding.id: finding for finding in person(shared, 0).findings}
    assert "a fault of forwhom" in found["one_person.course.y"].statement
    assert found["one_person.on_track.y"].status == "answered"


def test_unknown_ids_name_the_nearest(study: Study) -> None:
    assert row_of(study, "17") == 16
    with pytest.raises(ProblemsFound) as found:
        row_of(study, "177")
    (problem,) = found.value.problems
    assert "17" in problem.possible
    assert "'177' is no id" in problem.found


# ── expected benefit ─────────────────────────────────────────────────────────────────────────────


NO_RULE = Advice("The study can recommend no rule: see there.", "Why no rule is recommended: the gain is open.")


def effects(status: str = "answered", people: int = 300) -> Finding:
    rows = tuple(PersonEffect(str(k + 1), "a", Interval(k / 100 - 2, k / 100 - 4, k / 100)) for k in range(people))
    contrast = IndividualContrast("b", "a", Interval(-1.0, -2.0, 0.0), 0.5, rows, ())
    return Finding(
        id="for_whom.individual.y",
        status=status,
        question="",
        statement="No answer: effects do not differ beyond chance.",
        population=Population(300, 300, (LeftOut(3, "not allocated"),)),
        method=Method("learner"),
        registered="exploratory",
        provenance=Provenance("0", {}),
        cautions=(Caution("c", "text"),),
        detail=IndividualDetail("Score", "lower", "points", (contrast,)),
        would_take="More people." if status == "declined" else None,
        reason="effects, as Dr. Smith's arm shows. do not differ beyond chance" if status == "declined" else None,
    )


def made_of(found: Finding, advice: Advice = NO_RULE) -> Benefit:
    return individual_benefit("y", "Score", found, advice)


def test_benefit_is_the_studys_own_answer_for_this_person(shared: Shared) -> None:
    basis = made_of(effects())
    found = benefit(shared, basis, 16)
    assert isinstance(found.detail, BenefitDetail)
    (arm,) = found.detail.arms
    assert arm.effect.value == pytest.approx(16 / 100 - 2)
    assert arm.average.value == -1.0
    assert len(arm.others) == MOST_OTHERS
    assert arm.others[0] == pytest.approx(-2.0)
    assert arm.others[-1] == pytest.approx(0.99)
    assert found.statement == (
        "Expected for this person in Score: New treatment against Usual care −1.8 (95 % interval −3.8 to 0.2, which "
        "includes no difference); on average −1.0 (−2.0 to 0.0). Below 0 is better. The study can recommend no rule: see there."
    )
    assert found.detail.recommended == NO_RULE.more
    assert found.population.left_out == (LeftOut(3, "not allocated"),)
    assert {caution.code for caution in found.cautions} == {"c"}


def test_benefit_declines_with_the_studys_reason(shared: Shared) -> None:
    found = benefit(shared, made_of(effects("declined")), 16)
    assert found.status == "declined"
    assert found.statement == (
        "No answer: effects, as Dr. Smith's arm shows. do not differ beyond chance. "
        "The study can recommend no rule: see there."
    )
    assert found.would_take == "More people."
    absent = benefit(shared, made_of(effects(people=10)), 16)
    assert absent.status == "declined"
    assert "not allocated" in absent.statement


def test_a_recommendation_is_told_from_its_data_and_not_from_its_prose() -> None:
    gain, sites = (
        RuleCondition("Gain above zero", False, "over Dr. Smith's usual care. It is 0.5 (−1 to 2)"),
        RuleCondition("Not carried by one site", None, "no sites"),
    )
    none = Interval(None)
    detail = RecommendationDetail("Score", "lower", "points", (), (gain, sites), (), (none,), (), ())
    declined = replace(
        effects("declined"), id="for_whom.recommendation.y", detail=detail, would_take="900 people for 80 % power."
    )
    assert advice_of(declined) == Advice(
        "The study can recommend no rule: see for_whom.recommendation.y in the study's report.",
        "Why no rule is recommended: not met are Gain above zero: over Dr. Smith's usual care. It is 0.5 (−1 to 2). "
        "It would take: 900 people for 80 % power.",
    )
    early = advice_of(replace(declined, detail=None))
    assert early.more.startswith("Why no rule is recommended: effects, as Dr. Smith's arm shows. do not differ")
    answered = advice_of(replace(declined, status="answered", statement="Older people: New treatment."))
    assert answered.more == "Older people: New treatment."
    assert "was not asked" in advice_of(None).verdict


def test_benefit_of_a_real_trial_is_that_of_its_own_chapter(btheb: Study) -> None:
    """Small on purpose: two dozen people per arm are the least the engine takes."""
    whole = prepare(btheb, Asking())
    (basis,) = whole.benefits
    assert basis.individual.id == "for_whom.individual.bdi2"
    assert basis.advice.verdict == (
        "The study can recommend no rule: see for_whom.recommendation.bdi2 in the study's report."
    )
    assert "It would take: " in basis.advice.more
    found = person(whole, 16).findings[-1]
    assert found.id == "one_person.benefit.bdi2"
    assert found.status == basis.individual.status
    assert isinstance(found.detail, BenefitDetail)
    (row,) = (each for each in basis.contrasts[0].people if each.id == "17")
    assert found.detail.arms[0].effect == row.effect
    assert basis.advice.verdict in found.statement
    assert len(found.statement.split()) < 60
    assert found.detail.recommended == basis.advice.more


def test_columns_of_the_study_are_not_sent_with_every_page(shared: Shared) -> None:
    assert shared.study.persons.columns == ["id"]
    assert shared.study.measures.equals(pl.DataFrame())
