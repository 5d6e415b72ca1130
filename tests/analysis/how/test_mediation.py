"""Mediation with its order guard: a simulated trial with known truth, and what is refused."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from forwhom import read_study
from forwhom.analysis.answer import answer
from forwhom.analysis.asking import Asking
from forwhom.analysis.how.order import Ordered, Refused, ordered
from forwhom.findings import Finding
from forwhom.findings.kinds import CarriedContrast, Interval, LaggedPath, MechanismsDetail, MediationDetail, WindowSpan
from forwhom.findings.record import from_json, to_json
from forwhom.report.picture import Names
from forwhom.report.pictures.how.mediation import picture
from forwhom.report.render import render
from forwhom.study import Study
from forwhom.study.plan import Mechanism, Window

ID = "how.mediation.coping.distress"


@pytest.fixture(scope="module")
def twin(root: Path) -> Iterator[Any]:
    """The simulated trial of the validation."""
    sys.path.insert(0, str(root / "validation/how_mediation"))
    import twin as module

    yield module
    sys.path.pop(0)


def _made(twin: Any, windows: dict[str, Any] | None, n: int = 57, seed: int = 11, **more: Any) -> Study:
    return twin.study(twin.scores(np.random.default_rng(seed), n, **more), windows)


def _asked(study: Study, question: str = ID) -> Finding:
    return answer(study, questions=[question]).findings[0]


def test_sessions_one_to_five_carry_five_to_ten(twin: Any) -> None:
    """The design of a published trial of 57 people; here large enough that truth must be found."""
    finding = _asked(_made(twin, twin.WINDOWS, 600, a=-0.8, b=0.5))
    assert finding.status == "answered"
    assert finding.registered == "planned"
    detail = finding.detail
    assert isinstance(detail, MediationDetail)
    one = detail.contrasts[0]
    for seen, truth in ((one.moved, -0.8), (detail.path, 0.5), (one.carried, -0.4), (one.direct, 0.2)):
        assert seen.low is not None
        assert seen.high is not None
        assert seen.low - 0.05 < truth < seen.high + 0.05
    assert one.carried.high is not None
    assert one.carried.high < 0
    assert "compatible with its carrying" in finding.statement
    assert "no proof" in finding.statement
    assert "mechanism-not-randomised" in {each.code for each in finding.cautions}
    assert any("correlation" in each.name for each in finding.estimates)


def test_simultaneous_windows_are_refused_without_a_number(twin: Any) -> None:
    finding = _asked(_made(twin, twin.SIMULTANEOUS))
    assert finding.status == "declined"
    assert finding.estimates == ()
    assert finding.detail is None
    assert "at the same time as" in finding.statement
    assert "outcome_window" in (finding.would_take or "")


def test_overlapping_and_reversed_windows_are_refused(twin: Any) -> None:
    for window, after in (((1, 6), (5, 10)), ((5, 10), (1, 5))):
        finding = _asked(_made(twin, {"window": {"sessions": window}, "outcome_window": {"sessions": after}}))
        assert finding.status == "declined"
        assert finding.estimates == ()


def test_windows_forwhom_chose_are_said_and_exploratory(twin: Any) -> None:
    finding = _asked(_made(twin, None))
    assert finding.status == "answered"
    assert finding.registered == "exploratory"
    assert "windows-derived" in {each.code for each in finding.cautions}


def test_the_order_is_checked_on_each_persons_own_times(twin: Any) -> None:
    study = _made(twin, twin.WINDOWS)
    assert study.sessions is not None
    # For nine people the mechanism of session 5 was rated only after the questionnaire.
    late = [f"p{i:03d}" for i in range(9)]
    moved = (pl.col("id").is_in(late) & (pl.col("number") == 5)).alias("moved")
    sessions = study.sessions.drop("distress").with_columns(
        pl.when(moved).then(pl.col("time") + 1.5).otherwise(pl.col("time")).alias("time")
    )
    plan = replace(
        study.plan,
        mechanisms=(replace(study.plan.mechanisms[0], outcome_window=Window(4, 9, "time")),),
    )
    here = ordered(replace(study, sessions=sessions, plan=plan), plan.mechanisms[0], "distress")
    assert isinstance(here, Ordered)
    assert int(here.out_of_order.sum()) == 9
    finding = _asked(replace(study, sessions=sessions, plan=plan))
    assert [(each.n, each.why) for each in finding.population.left_out] == [(9, "coping was measured after Distress")]
    assert finding.population.analysed == 48


def test_sessions_without_times_cannot_be_put_in_order(twin: Any) -> None:
    study = _made(twin, twin.WINDOWS)
    assert study.sessions is not None
    plan = replace(study.plan, mechanisms=(replace(study.plan.mechanisms[0], outcome_window=Window(4, 9, "time")),))
    finding = _asked(replace(study, sessions=study.sessions.drop("distress", "time"), plan=plan))
    assert finding.status == "declined"
    assert "the sessions have no time" in finding.statement
    assert "[tables.sessions]" in (finding.would_take or "")


def test_leaving_that_depends_on_earlier_scores_does_not_bias(twin: Any) -> None:
    finding = _asked(_made(twin, twin.WINDOWS, 900, lost=0.3, a=-0.8))
    detail = finding.detail
    assert isinstance(detail, MediationDetail)
    assert detail.path.value == pytest.approx(0.5, abs=0.1)
    assert "mechanism-absent" in {each.code for each in finding.cautions}
    assert "missing at random" in finding.method.options["missing scores"]


def test_a_mechanism_that_does_nothing_carries_nothing(twin: Any) -> None:
    finding = _asked(_made(twin, twin.WINDOWS, 300, a=0.0, b=0.0))
    assert "Neither step is shown" in finding.statement
    detail = finding.detail
    assert isinstance(detail, MediationDetail)
    assert detail.contrasts[0].carried.low is not None
    assert detail.contrasts[0].carried.low < 0 < (detail.contrasts[0].carried.high or 0)


def test_too_few_people_are_told_how_many_it_takes(twin: Any) -> None:
    finding = _asked(_made(twin, twin.WINDOWS, 14))
    assert finding.status == "declined"
    assert "Some 116 people" in (finding.would_take or "")


def test_one_arm_is_an_association_in_time(twin: Any) -> None:
    study = _made(twin, twin.WINDOWS, 120)
    one = replace(
        study, arms=study.arms[:1], persons=study.persons.with_columns(pl.lit(study.arms[0].name).alias("arm"))
    )
    finding = _asked(one)
    assert finding.status == "answered"
    detail = finding.detail
    assert isinstance(detail, MediationDetail)
    assert detail.contrasts == ()
    assert "carrying" not in finding.statement
    assert "no-comparison" in {each.code for each in finding.cautions}


def test_jobs_two_measured_its_mechanism_with_the_outcome(root: Path) -> None:
    finding = _asked(read_study(root / "examples/jobs-ii"), "how.mediation.job_seek.depression")
    assert finding.status == "declined"
    assert finding.estimates == ()
    assert "the same occasion as the outcome" in finding.statement


def test_a_window_that_begins_before_the_outcome_was_measured_overlaps(root: Path) -> None:
    study = read_study(root / "examples/jobs-ii")
    extra = pl.concat(
        [
            study.measures,
            study.measures.filter(pl.col("scale") == "job_seek").with_columns(pl.lit(0.0).alias("time")),
            study.measures.filter(pl.col("scale") == "job_seek").with_columns(pl.lit(0.5).alias("time")),
        ]
    )
    here = ordered(replace(study, measures=extra), Mechanism("job_seek"), "depression")
    assert isinstance(here, Refused)
    assert "the windows overlap" in here.why


def test_the_therapists_are_drawn_whole(twin: Any) -> None:
    finding = _asked(_made(twin, twin.WINDOWS, 120, therapists=10))
    assert finding.method.options["clustering"] == "by therapist (10)"
    assert "9 degrees of freedom" in finding.method.options["intervals"]


def test_few_therapists_in_an_ordinary_trial_are_no_reason_to_refuse(twin: Any) -> None:
    """Four in either arm: draws across arms would now and then hold one arm only."""
    finding = _asked(_made(twin, twin.WINDOWS, 80, therapists=8, nested=True))
    assert finding.status == "answered"
    assert "draws-lost" not in {each.code for each in finding.cautions}
    assert "6 degrees of freedom" in finding.method.options["intervals"]


def test_lost_draws_are_said_and_no_message_of_a_library_is_shown(twin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from forwhom.analysis.how import carrying

    real = carrying.carried_change
    monkeypatch.setattr(carrying, "carried_change", lambda *a, **k: replace(real(*a, **k), lost=37))
    told = {each.code: each.text for each in _asked(_made(twin, twin.WINDOWS, 60, seed=91)).cautions}
    assert told["draws-lost"].startswith("37 of 1,000 draws had no solution")

    def singular(*_: Any, **__: Any) -> None:
        raise np.linalg.LinAlgError("Singular matrix")

    monkeypatch.setattr(carrying, "carried_change", singular)
    finding = _asked(_made(twin, twin.WINDOWS, 60, seed=92))
    assert finding.status == "declined"
    assert "Singular" not in finding.statement
    assert "no solution" in finding.statement


def test_dates_that_run_backwards_are_the_reason_that_is_given(twin: Any) -> None:
    """A whole arm whose sessions are dated against their numbers is not an arm without scores."""
    study = _made(twin, twin.WINDOWS, 60)
    assert study.sessions is not None
    wrong = study.persons.filter(pl.col("arm") == "GPM")["id"].to_list()
    late = pl.when(pl.col("id").is_in(wrong)).then(20 - pl.col("time")).otherwise(pl.col("time")).alias("time")
    finding = _asked(replace(study, sessions=study.sessions.with_columns(late)))
    assert [(each.n, each.why) for each in finding.population.left_out] == [
        (30, "the dates of their sessions run against the numbers, so what came first is not known")
    ]
    told = {each.code: each.text for each in finding.cautions}["arm-without-mechanism"]
    assert "for 30 of them the order of the times is wrong" in told
    backwards = (20 - pl.col("time")).alias("time")
    none = _asked(replace(study, sessions=study.sessions.with_columns(backwards)))
    assert none.status == "declined"
    assert "dates run against their numbers" in none.statement


def test_a_score_that_never_varies_and_one_that_is_the_other_are_named_before_fitting(twin: Any) -> None:
    study = _made(twin, twin.WINDOWS)
    assert study.sessions is not None
    for column, says in (
        (pl.lit(5.0), "coping never varies: it is 5 for everybody"),
        (pl.col("distress") / 10, "coping and Distress are the same scores"),
    ):
        finding = _asked(replace(study, sessions=study.sessions.with_columns(column.alias("coping"))))
        assert finding.status == "declined"
        assert says in finding.statement
        assert "variable" not in finding.statement


def test_a_mechanism_that_is_its_own_outcome_is_refused_with_that_cause(twin: Any) -> None:
    study = _made(twin, twin.WINDOWS)
    own = replace(study.plan, mechanisms=(replace(study.plan.mechanisms[0], name="distress"),))
    finding = _asked(replace(study, plan=own), "how.mediation")
    assert finding.status == "declined"
    assert "a variable cannot carry a change in itself" in finding.statement


def test_the_total_is_told_with_its_interval_and_is_no_whole_when_it_includes_none(twin: Any) -> None:
    # What is carried is undone by the direct difference.
    finding = _asked(_made(twin, twin.WINDOWS, 600, a=-0.8, b=0.5, direct=0.3))
    total = next(each for each in finding.estimates if each.name.startswith("total"))
    assert total.low is not None
    assert total.high is not None
    assert total.low < 0 < total.high
    assert "compatible with its carrying" in finding.statement
    assert "of the" not in finding.statement.split("carrying")[1].split(",")[0]
    assert "In all the arms differ by" in finding.statement
    assert "this includes none" in finding.statement
    clear = _asked(_made(twin, twin.WINDOWS, 600, a=-0.8, b=0.5, direct=-0.5))
    assert "In all" not in clear.statement
    assert re.search(r"of the −\S+ points \(\S+ to \S+\) between the arms", clear.statement)


def test_roles_of_the_model_are_said(twin: Any) -> None:
    study = _made(twin, twin.WINDOWS)
    plan = replace(study.plan, moderators=("coping",))
    told = {each.code: each.text for each in _asked(replace(study, plan=plan)).cautions}
    assert "also names coping as moderator" in told["other-role"]


def test_a_plan_that_names_all_of_it_is_planned(twin: Any) -> None:
    """Also on an outcome that only the mechanism names; not without a day of registration, or a window."""
    study = _made(twin, twin.WINDOWS)
    one = replace(study.plan.mechanisms[0], outcomes=("distress",))
    elsewhere = replace(study.plan, primary=None, outcomes=(), mechanisms=(one,))
    assert _asked(replace(study, plan=elsewhere)).registered == "planned"
    assert _asked(replace(study, plan=replace(elsewhere, registered=None))).registered == "exploratory"
    half = replace(elsewhere, mechanisms=(replace(one, outcome_window=None),))
    assert _asked(replace(study, plan=half)).registered == "exploratory"


def test_within_persons_nothing_stronger_is_said_than_by_the_order_in_time(twin: Any) -> None:
    from forwhom.analysis.how import mediation
    from forwhom.analysis.how.lagged import Lagged
    from forwhom.analysis.how.mediation_words import statement

    study = _made(twin, twin.WINDOWS, 60)
    here = ordered(study, study.plan.mechanisms[0], "distress")
    assert isinstance(here, Ordered)
    rows = mediation.rows_of(study, here)
    assert not isinstance(rows, Refused)
    fit = mediation.fit_rows(Asking(seed=1), rows, ID)
    assert not isinstance(fit, Refused)

    def path(cause: str, effect: str, low: float, high: float) -> LaggedPath:
        width = Interval((low + high) / 2, low, high)
        return LaggedPath(cause, effect, "model", width, width, 0.01)

    def told(back: float, difference: Interval) -> str:
        paths = (path("coping", "Distress", 0.1, 0.3), path("Distress", "coping", back, 0.2))
        within = Lagged(paths, "model", 60, 0.0, (), (), difference, {})
        return statement(rows, fit, within, 0.95)

    assert "the stronger one" in told(-0.1, Interval(0.1, 0.02, 0.2))
    assert "that the reverse holds too is not ruled out" in told(-0.1, Interval(0.1, -0.02, 0.2))
    assert "they move in a circle" in told(0.05, Interval(0.1, 0.02, 0.2))


def test_mechanisms_side_by_side(twin: Any) -> None:
    rng = np.random.default_rng(3)
    made = twin.scores(rng, 260, a=-0.9, b=0.6)
    study = twin.study(made, twin.WINDOWS)
    assert study.sessions is not None
    bond = made["m"] * 0.0 + rng.normal(size=made["m"].shape)
    sessions = study.sessions.with_columns(pl.Series("bond", bond.ravel()))
    second = replace(study.plan.mechanisms[0], name="bond", family="alliance", kind="common")
    study = replace(study, sessions=sessions, plan=replace(study.plan, mechanisms=(*study.plan.mechanisms, second)))
    finding = _asked(study, "how.mechanisms")
    assert finding.status == "answered"
    detail = finding.detail
    assert isinstance(detail, MechanismsDetail)
    coping, other = detail.rows
    assert coping.seen in ("specific", "both")
    assert other.seen == "not told"
    assert coping.p_holm is not None
    assert other.p_holm is not None
    assert coping.p_holm < 0.05 < other.p_holm
    assert coping.p_holm == pytest.approx(2 * (coping.p or 0.0))
    alone = _asked(study).detail
    assert isinstance(alone, MediationDetail)
    assert alone.contrasts[0].carried == coping.carried
    assert "both steps are shown for coping" in finding.statement
    assert finding.registered == "planned"
    assert (
        "in With motive-oriented relationship than in Good psychiatric management: coping (lower)" in finding.statement
    )
    assert "this includes none" not in finding.statement


def test_the_record_and_the_report_hold_it(twin: Any) -> None:
    record = answer(_made(twin, twin.WINDOWS, 80), questions=["how"])
    assert from_json(to_json(record)) == record
    page = render(record)
    assert "When each was looked at" in page
    assert "How it works" in page


def test_the_answer_does_not_depend_on_the_order_of_people_asked(twin: Any) -> None:
    study = _made(twin, twin.WINDOWS, 60)
    alone = _asked(study)
    among = next(f for f in answer(study, questions=["how"]).findings if f.id == ID)
    assert alone == among


def test_names_and_intervals_are_whole_in_the_narrow_picture() -> None:
    of = Interval(-0.18, -0.39, -0.05)
    one = CarriedContrast("MBT", "SCM", of, of, of, of, of, 0.01)
    spans = tuple(
        WindowSpan(role, label, start, start + 6.0, "month", f"from {start:g} months to {start + 6:g} months")
        for role, label, start in (
            ("mechanism", "Working alliance, rated by the patient", 0.0),
            ("outcome", "BSL-23", 6.0),
        )
    )
    detail = MediationDetail(
        spans[0].label, "BSL-23", "lower", "points", "points", spans, (one,), of, 0.01, (), 0.4, 0.1, ()
    )
    names = Names({"MBT": "Mentalization-based treatment", "SCM": "Structured clinical management"})
    drawn = picture(detail, names)
    for svg in (str(drawn.wide), str(drawn.narrow)):
        assert "…" not in svg
        written = [re.sub("<.*?>", "", each).replace("\xa0", " ") for each in re.findall(r"<text.*?</text>", svg)]
        assert any(each.startswith("Carried") and each.endswith("(−0.39 to −0.05)") for each in written)
        box = str(drawn.narrow).split('class="box"')[1]
        assert "Mentalization-based treatment</text>" in box
