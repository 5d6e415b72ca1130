"""Feedback on a live course: the same numbers as for people of the study, and the study's own rows untouched."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from case_rooms import LONDON, OPENED, START, Writer

from forwhom.analysis.asking import Asking
from forwhom.analysis.one_person.expected import NAMES, Expected
from forwhom.analysis.one_person.rules import alarms
from forwhom.analysis.programme.case_asking import asked
from forwhom.analysis.programme.feedback import Given, Learned, feedback, learn, scores_of
from forwhom.analysis.programme.live_course import LiveScore, Placed, place, with_live
from forwhom.findings.kinds import OnTrackDetail
from forwhom.io.folder import read_and_score
from forwhom.problems import ProblemsFound

MONTH = dt.timedelta(days=365.25 / 12)


@pytest.fixture(scope="module")
def learned(root: Path) -> Learned:
    return learn(read_and_score(root / "examples" / "beat-the-blues"), "bdi2", "BtheB", Asking())


def scores(*pairs: tuple[float, float]) -> list[LiveScore]:
    return [LiveScore(START + month * MONTH, value) for month, value in pairs]


def given(learned: Learned, course: Sequence[LiveScore]) -> Given:
    return feedback(asked(Writer().case, START), learned, course, Asking())


def test_somebody_of_the_study_gets_what_the_study_expects_of_them(learned: Learned) -> None:
    here, made = learned.basis.here, learned.basis.expected
    assert isinstance(made, Expected)
    for d, division in enumerate(made.divisions):
        row = int(np.flatnonzero((division.fold == 0) & (here.later == 4))[0])
        placed = Placed(LiveScore(START, float(here.start[row])), here.elapsed[row, :4], here.score[row, :4])
        _, more = with_live(here, made, placed, int(here.arm[row]))
        for name in NAMES:
            one, other = (getattr(each.divisions[d].course, name) for each in (made, more))
            np.testing.assert_allclose(other[-1], one[row], rtol=1e-12)
            np.testing.assert_array_equal(other[:-1], one)


def test_the_rules_of_everybody_else_stay(learned: Learned) -> None:
    here, made = learned.basis.here, learned.basis.expected
    assert isinstance(made, Expected)
    placed = place(scores((0, 30), (2, 60), (8, 60)), START, here)
    more, expected = with_live(here, made, placed, 1)
    found = {each.rule: each for each in alarms(more, expected, None, more.start[:, None])}
    for each in learned.basis.alarms:
        if each.rule in found and each.rule != "nearest neighbours":
            np.testing.assert_array_equal(found[each.rule].alarm[:-1], each.alarm)


def test_on_track_off_track_and_back_inside(learned: Learned) -> None:
    for course, status in (
        (((0, 24), (2, 14), (3, 12)), "on track"),
        (((0, 24), (2, 14), (3, 45)), "off track"),
        (((0, 24), (2, 45), (3, 8)), "back inside"),
    ):
        made = given(learned, scores(*course))
        assert made.status == status
        assert made.finding.status == "answered"
        assert ("expected recovery, 80 % band" in made.alarms) is (status == "off track")
        detail = made.finding.detail
        assert isinstance(detail, OnTrackDetail)
        assert {rule.event for rule in detail.rules} == {
            "reliable worsening at the last score",
            "no reliable improvement at the last score",
        }
        assert {"learned-elsewhere", "alarms-are-data", "few-events"} <= {each.code for each in made.finding.cautions}


def test_what_alarms_are_worth_is_that_of_the_study(learned: Learned) -> None:
    made = given(learned, scores((0, 24), (2, 45)))
    assert isinstance(made.finding.detail, OnTrackDetail)
    for own, study in zip(made.finding.detail.rules, learned.basis.rules, strict=True):
        assert replace(own, standing=None, last_alarm=None, agreement=None) == study


def test_no_score_no_later_score_and_scores_that_cannot_be_judged(learned: Learned) -> None:
    assert given(learned, []).finding.status == "declined"
    assert given(learned, scores((0, 20))).finding.status == "declined"
    made = given(learned, scores((0, 20), (0.3, 60), (1.9, 15), (2.2, 14), (3, 64), (5, 12)))
    assert made.status == "on track"
    apart = [each.text for each in made.finding.cautions if each.code == "not-judged"]
    assert len(apart) == 3
    assert any("outside the range" in each for each in apart)
    assert any("closer to the start" in each for each in apart)


def test_the_start_is_the_last_score_of_the_first_day_and_moments_count(learned: Learned) -> None:
    here = learned.basis.here
    begins = dt.datetime(2026, 3, 3, tzinfo=LONDON)
    early = LiveScore(dt.datetime(2026, 2, 20, 9, tzinfo=LONDON), 40.0)
    start = LiveScore(dt.datetime(2026, 3, 2, 23, 30, tzinfo=LONDON), 24.0)
    later = LiveScore(dt.datetime(2026, 5, 2, 12, tzinfo=LONDON), 20.0)
    placed = place([later, start, early], begins, here)
    assert placed.start is not None
    assert placed.start.at == start.at
    assert placed.elapsed.tolist() == [2.0]
    assert place([later, start], begins, replace(here, occasions=np.empty(0))).elapsed[0] == pytest.approx(
        (later.at.astimezone(dt.UTC) - start.at.astimezone(dt.UTC)) / MONTH
    )


def test_scores_are_taken_from_the_log_by_scale_or_instrument(learned: Learned) -> None:
    writer = Writer()
    for name in ("bdi2", "bdi-ii", "other"):
        writer.say("measure.scored", scale=name, when=writer.at.isoformat(), score=10)
    writer.say("measure.scored", scale="bdi2", when=writer.at.isoformat(), items={"bdi-9": 0})
    assert len(scores_of(writer.case, learned.scale)) == 2
    assert len(scores_of(writer.case, learned.scale, "other")) == 1
    assert OPENED.start == dt.date(2026, 3, 2)


def test_a_scale_and_an_arm_that_are_not_there_are_told_together(root: Path) -> None:
    study = read_and_score(root / "examples" / "beat-the-blues")
    with pytest.raises(ProblemsFound) as found:
        learn(study, "bdi", None, Asking())
    assert {each.code for each in found.value.problems} == {"unknown-scale", "unknown-arm"}


@pytest.mark.parametrize(
    ("newest", "why", "worse"),
    [
        ((20, 63), "later than the study followed people", True),
        ((20, 30), "later than the study followed people", False),
        ((6, 64), "outside the range of the scale", False),
    ],
)
def test_a_newest_score_that_is_not_judged_leaves_no_status(
    learned: Learned, newest: tuple[float, float], why: str, worse: bool
) -> None:
    made = given(learned, scores((0, 34), (3, 20), newest))
    assert (made.finding.status, made.status) == ("declined", "not known")
    assert made.latest == scores(newest)[0].at
    assert why in made.finding.statement
    assert ("reliably worse than the start, 34" in made.finding.statement) is worse
    assert made.alarms == (("reliably worse than the start",) if worse else ())


def test_an_alarm_stands_although_a_later_score_is_not_judged(learned: Learned) -> None:
    made = given(learned, scores((0, 24), (3, 45), (20, 20)))
    assert made.status == "off track"
    assert "cannot be judged" in made.finding.statement


def test_a_first_later_score_that_is_not_judged_and_reliably_worse_is_said(learned: Learned) -> None:
    made = given(learned, scores((0, 20), (0.3, 60)))
    assert made.status == "not known"
    assert "reliably worse" in made.finding.statement
