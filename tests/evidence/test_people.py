"""Who is behind rows, which samples may be one, what a row may stand for: read from the papers' own lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from forwhom import evidence
from forwhom.evidence import Ledger, rows
from forwhom.evidence.checks.same_people import samples_that_may_be_one
from forwhom.evidence.overlap import Overlap, groups, independent, overlaps
from forwhom.evidence.samples import of_rows
from forwhom.evidence.standing import baseline, concluded, concluded_words, only_discussed

Read = Callable[..., Ledger]


@pytest.fixture(scope="module")
def shipped() -> Ledger:
    return evidence.read()


# ── people ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("query", "people"),
    [
        ("treatment=mbt design=randomised", "178 people"),  # S2, line 264: 44 and 134 randomised
        ("study=bateman-fonagy-2009 outcome=symptoms", "134 people"),  # both arms: 71 and 63
        ("study=bateman-fonagy-2009 result=episode-mbt", "71 people"),  # one arm, and nothing compared
        ("study=bateman-fonagy-1999 outcome=self-harm", "44 people"),  # only the total is told
        ("study=bateman-fonagy-1999 result=gains-mbt", "number of people not stated"),  # 44 is of both arms
        ("study=chiesa-fonagy-2007 result=inpatient-against-community", "233 people"),  # 120 and 113
        ("study=chiesa-fonagy-2007 result=mau-less", "at least 64 people"),  # worse than whom is not told
        ("study=rodrigo-2015 outcome=completion", "at least 29 people"),  # S1, line 640: began; others never began
        ("study=rodrigo-2015 outcome=dropout", "at least 29 people"),
        ("study=ruocco-2016 outcome=self-harm", "18 people"),
        ("study=goodman-2014 result=amygdala-versus-healthy", "11 people"),  # healthy people are not counted
    ],
)
def test_people_behind_rows(shipped: Ledger, query: str, people: str) -> None:
    assert str(of_rows(rows(shipped, query))) == people


def test_a_group_without_a_number_makes_the_count_a_least(shipped: Ledger) -> None:
    study = shipped.studies["mancke-2018"]
    arms = tuple(replace(arm, n=None, analysed=None) if arm.id == "tau" else arm for arm in study.arms)
    unknown = replace(shipped, studies={**shipped.studies, study.id: replace(study, arms=arms)})
    query = "study=mancke-2018 kind=brain part=results"
    assert str(of_rows(rows(shipped, query))) == "48 people"  # S1, Table 1: 31 with DBT, 17 without
    assert str(of_rows(rows(unknown, query))) == "at least 31 people"


def test_a_number_of_both_arms_in_one_row_is_not_added_to(shipped: Ledger) -> None:
    study = shipped.studies["mancke-2018"]
    results = tuple(replace(each, n=46) if each.versus == "tau" else each for each in study.results)
    told = replace(shipped, studies={**shipped.studies, study.id: replace(study, results=results)})
    assert of_rows(rows(told, "study=mancke-2018 kind=brain part=results")).distinct == 46


# ── samples that may be one ──────────────────────────────────────────────────────────────────────


def test_samples_that_may_be_one(shipped: Ledger) -> None:
    """Two authors, disorder and treatment in common, and nothing that tells them apart."""
    assert {each.samples for each in overlaps(shipped)} == {
        ("clarkin-three-treatments", "tfp-three-treatments"),
        ("dbt-inpatient-fmri", "schmitgen-2019-sample"),
        ("paret-2016-sample", "zaehringer-2019-sample"),
    }


def test_the_check_lists_them_with_authors_and_what_would_settle_it(shipped: Ledger) -> None:
    found = [each for each in samples_that_may_be_one(shipped) if "clarkin" in each.says]
    assert [each.rule for each in found] == ["may-be-one-sample"]
    assert "Clarkin, Levy among the authors" in found[0].says
    assert {place.of for place in found[0].places} == {"clarkin-2007", "levy-2006"}


def test_the_two_trials_of_mbt_are_two(shipped: Ledger) -> None:
    """The same two authors and treatment; another setting and another number keep them apart."""
    study = shipped.studies["bateman-fonagy-2009"]
    same = replace(
        study,
        population=replace(study.population, setting="day hospital"),
        design=replace(study.design, randomised=44),
    )
    pair = ("mbt-day-hospital-trial", "mbt-outpatient-trial")
    assert pair not in {each.samples for each in overlaps(shipped)}
    changed = replace(shipped, studies={**shipped.studies, study.id: same})
    assert pair in {each.samples for each in overlaps(changed)}  # one year after the follow-up of 2008
    late = replace(same, citation=replace(same.citation, year=2015))
    changed = replace(shipped, studies={**shipped.studies, study.id: late})
    assert pair not in {each.samples for each in overlaps(changed)}


@pytest.mark.parametrize(
    "change",
    [
        {"separate": ("tfp-three-treatments",)},
        {"draft": True},
    ],
)
def test_a_file_may_tell_two_samples_apart(shipped: Ledger, change: dict[str, object]) -> None:
    study = replace(shipped.studies["clarkin-2007"], **change)
    changed = replace(shipped, studies={**shipped.studies, study.id: study})
    assert ("clarkin-three-treatments", "tfp-three-treatments") not in {each.samples for each in overlaps(changed)}


def test_one_author_in_common_is_not_enough(shipped: Ledger) -> None:
    assert not any("schnell-dbt-inpatient" in each.samples for each in overlaps(shipped))


def test_independent_samples_are_told_as_a_range() -> None:
    chain = [Overlap(("a", "b"), (), ()), Overlap(("b", "c"), (), ())]
    assert independent(["a", "b", "c", "d"], chain) == (2, 4)
    assert independent(["a", "c"], chain) == (2, 2)  # what ties them is not among these
    assert groups(["c", "b", "a"], chain) == {"c": "c", "b": "c", "a": "c"}


# ── what a row may stand for ─────────────────────────────────────────────────────────────────────


def test_told_in_the_discussion_only(shipped: Ledger) -> None:
    """S1 reports neither in its results; its predictors have a heading of their own in the discussion, and are reported there."""
    assert {row.id for row in only_discussed(shipped)} == {
        "niedtfeld-2017/amygdala-acc-connectivity",  # lines 492-495
        "farres-2019/insula-severity-discussion-mindfulness",  # lines 514-516, of both groups
        "farres-2019/insula-severity-discussion-interpersonal",
    }


def test_predictors_count_where_results_report_none(shipped: Ledger) -> None:
    """One predictor among the results would make the discussion's own ones second-hand."""
    study = shipped.studies["ruocco-2016"]
    results = tuple(
        replace(each, source=replace(each.source, place="Results, fNIRS")) if each.outcome == "self-harm" else each
        for each in study.results
    )
    changed = replace(shipped, studies={**shipped.studies, study.id: replace(study, results=results)})
    assert "rodrigo-2015/completers-left-inferior-frontal" in {row.id for row in only_discussed(changed)}


def test_states_before_treatment_and_concluded_signs(shipped: Ledger) -> None:
    every = rows(shipped)
    assert "niedtfeld-2017/amygdala-pain-before" in {row.id for row in every if baseline(row)}
    assert not any(baseline(row) for row in every if row.result.kind == "prediction")
    (row,) = (row for row in every if concluded(row))
    assert concluded_words(row) == "loss of a deactivation (concluded, not tested)"


def test_a_concluded_sign_without_a_state_before_is_told_as_it_is(shipped: Ledger) -> None:
    study = shipped.studies["niedtfeld-2017"]
    results = tuple(each for each in study.results if each.time != 0)
    changed = replace(shipped, studies={**shipped.studies, study.id: replace(study, results=results)})
    (row,) = (row for row in rows(changed, "study=niedtfeld-2017") if concluded(row))
    assert concluded_words(row) == "increase (concluded, not tested)"


def test_the_page_head_says_at_least_and_names_trials_that_tell_a_total_only(shipped: Ledger) -> None:
    """S2, line 264: 44 randomised, no number per arm; S0 tells 57 of both arms of another trial."""
    from forwhom.analysis.evidence.answer import ledger_card

    facts = dict(ledger_card(shipped).facts)
    (treated,) = facts["People treated"]
    assert treated.startswith("at least ")
    assert treated.endswith("2 more tell only a total of all groups (44 and 57)")
    assert facts["Studies"] == ("47 of 35 to 38 samples: some may be one",)
