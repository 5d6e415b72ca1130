"""Maps as findings: sentences a reviewer would sign, numbers that are those of the counts, cautions where they belong."""

from __future__ import annotations

import pytest

from forwhom import evidence
from forwhom.analysis.asking import Asking
from forwhom.analysis.evidence.answer import answer
from forwhom.analysis.evidence.gaps import gaps_of_query
from forwhom.analysis.evidence.maps import brain_of, markers_of, record_of
from forwhom.evidence import Ledger
from forwhom.evidence.maps import counted
from forwhom.evidence.maps.plain import map_lines
from forwhom.findings import Finding
from forwhom.findings.kinds import BrainMapDetail, EvidenceGapsDetail, MarkersDetail
from forwhom.findings.record import from_json, to_json
from forwhom.report.glance import sentences

NAMES = ("map", "biomarkers", "predictors", "correlates", "gaps")


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return evidence.read()


@pytest.fixture(scope="module")
def found(ledger: Ledger) -> dict[str, Finding]:
    record = answer(ledger, questions=NAMES)
    assert from_json(to_json(record)) == record
    return {finding.id: finding for finding in record.findings}


def test_a_finding_for_each_modality(found: dict[str, Finding]) -> None:
    assert list(found) == [
        "evidence.map.activation", "evidence.map.volume", "evidence.map.connectivity", "evidence.map.transmission",
        "evidence.biomarkers", "evidence.predictors", "evidence.correlates", "evidence.gaps",
    ]  # fmt: skip
    for finding in found.values():
        assert finding.status == "answered"
        if isinstance(finding.detail, BrainMapDetail):
            assert len({row.modality for row in finding.detail.map.rows}) == 1


def test_the_first_sentence_is_the_answer_and_short(found: dict[str, Finding]) -> None:
    firsts = {name: sentences(finding.statement)[0] for name, finding in found.items()}
    assert firsts["evidence.map.activation"] == (
        "After dialectical behavior therapy, activation: nothing was found alike in two of 5 samples (same place, group of people "
        "and comparison)."
    )
    assert firsts["evidence.map.volume"].endswith("1 sample only, nothing is replicated.")
    assert firsts["evidence.predictors"].endswith(
        "nothing was found alike in two of 3 samples (same place and outcome)."
    )
    assert all(len(first) <= 180 for first in firsts.values()), {k: len(v) for k, v in firsts.items()}


def test_the_sentence_counts_samples_in_whom_with_what_compared_and_with_which_task(found: dict[str, Finding]) -> None:
    """S1, lines 138-148, 161-169, 191-206, 346-352, 387-389: what is told of the amygdala and the anterior insula."""
    says = found["evidence.map.activation"].statement
    assert (
        "Amygdala (3 of 5): all patients over time less in 1 (fMRI, passive viewing) and loss of a deactivation (concluded, not tested) "
        "in 1 (fMRI, pictures with painful heat), beside healthy people less in 1 (fMRI, passive viewing); responders over time less in 1 "
        "(fMRI, passive viewing), against the others less in 1 (fMRI, cognitive reappraisal)."
    ) in says
    assert (
        "Anterior insula (3 of 5): all patients over time more in 1 (fMRI, n-back) and less in 1 (fMRI, passive viewing), beside healthy "
        "people less in 1 (fMRI, cognitive reappraisal)."
    ) in says
    assert "less improved (impulsivity) over time more in 1" in says
    assert "No result compares randomised groups" in says


def test_results_that_differ_say_under_which_task(found: dict[str, Finding]) -> None:
    """S1, lines 196-199: severity went with the insula under reappraisal, not under passive viewing."""
    assert (
        "more activity with more borderline symptom severity under cognitive reappraisal but unrelated to borderline symptom severity "
        "under passive viewing"
    ) in found["evidence.correlates"].statement.casefold()


def test_samples_that_may_be_one_are_a_range_in_the_answer(ledger: Ledger) -> None:
    """S1, lines 594-612: two studies of neurofeedback with authors in common; whether the people are others is not told."""
    (brain,) = brain_of(ledger, Asking(), "treatment=neurofeedback")
    assert sentences(brain.statement)[0] == (
        "After amygdala neurofeedback, activation: 1 to 2 samples only, nothing is replicated."
    )
    assert "In all: 1 to 2 independent samples" in brain.statement


def test_correlates_are_told_in_words(found: dict[str, Finding]) -> None:
    """S1, lines 461-463: more right dlPFC activity with less self-harm."""
    assert "More activity with less self-harm (all patients): dorsolateral prefrontal cortex" in (
        found["evidence.correlates"].statement
    )


def test_list_sentence_and_picture_are_one_map(found: dict[str, Finding], ledger: Ledger) -> None:
    finding = found["evidence.map.activation"]
    listed = map_lines(counted(ledger, parents="wholes"), ledger)
    at = listed.index("  Dorsal anterior cingulate cortex with its parts")
    assert all("[reported by 2 of 5 samples]" in line for line in listed[at + 1 : at + 3])
    assert "Dorsal anterior cingulate cortex with its parts (2 of 5)" in finding.statement
    assert isinstance(finding.detail, BrainMapDetail)
    rows = [
        row for row in finding.detail.map.rows if row.place.startswith("Dorsal anterior cing") and row.short == "DBT"
    ]
    assert {(row.reported, row.measured) for row in rows} == {(2, 5)}
    assert sum(line == "  Anterior cingulate cortex with its parts" for line in listed) == 2  # activation, volume


def test_estimates_are_the_counts(found: dict[str, Finding], ledger: Ledger) -> None:
    numbers = {each.name: each.value for each in found["evidence.map.activation"].estimates}
    place = "Dorsal anterior cingulate cortex with its parts, Dialectical behavior therapy, all patients"
    lines = counted(ledger, "treatment=dbt modality=activation", parents="wholes").lines
    dorsal = [line for line in lines if line.place.ids == ("dorsal-acc",) and line.scope == "all"]
    assert {line.contrast: line.count("decrease") for line in dorsal} == {"time": 1, "healthy": 1}
    assert (numbers[f"{place}, over time: less"], numbers[f"{place}, beside healthy people: less"]) == (1, 1)


def test_cautions(found: dict[str, Finding]) -> None:
    codes = {caution.code: caution.text for caution in found["evidence.map.activation"].cautions}
    assert {
        "counts-not-effects", "small-samples", "change-without-comparison", "told-by-others", "stated-otherwise",
        "samples-may-be-one", "concluded-not-tested", "devices-together",
    } == set(codes)  # fmt: skip
    # S1, Table 1: 32 with DBT (Schmitt), 15 without (Winter), of one sample.
    assert "fMRI 5 to 6, device not told 3, fNIRS 1" in codes["devices-together"]
    assert codes["small-samples"] == "The largest sample has at least 47 people; 4 state no number."
    assert "niedtfeld-2017: loss of a deactivation (concluded, not tested)" in codes["concluded-not-tested"]
    assert "paret-2016-sample and zaehringer-2019-sample" in codes["samples-may-be-one"]
    assert "does not show that the treatment is the cause" in codes["change-without-comparison"]
    assert "rodrigo-2015: S1, Discussion" in codes["stated-otherwise"]
    assert "predictors-untested" in {caution.code for caution in found["evidence.predictors"].cautions}


def test_every_result_behind_a_mark_has_study_and_place(found: dict[str, Finding]) -> None:
    for finding in found.values():
        if isinstance(finding.detail, BrainMapDetail | MarkersDetail):
            results = [each for row in finding.detail.map.rows for mark in row.marks for each in mark.results]
            assert results
            assert all(each.study and each.place for each in results)


def test_single_samples_are_listed_and_levels_left_out(found: dict[str, Finding]) -> None:
    volume = found["evidence.map.volume"].statement
    assert "More (all patients against usual care or waiting): inferior frontal gyrus" in volume
    assert "1 of 1 sample has a comparison with other patients" in volume
    left = {each.why: each.n for each in found["evidence.biomarkers"].population.left_out}
    assert left == {"of levels compared with other people, which are no change": 3}
    assert (
        "Increase (all patients over time): BDNF methylation; decrease (responders over time): BDNF methylation"
        in found["evidence.biomarkers"].statement
    )


def test_gaps_say_what_is_missing(found: dict[str, Finding]) -> None:
    finding = found["evidence.gaps"]
    assert "Change of the brain or of markers has no randomised comparison under any treatment." in finding.statement
    detail = finding.detail
    assert isinstance(detail, EvidenceGapsDetail)
    pairs = len(detail.treatments) * (len(detail.outcomes) - 1)  # one column is of outcomes not named
    assert "open, not empty: 6 studies of these treatments are in the ledger without coded results" in finding.statement
    assert sum(each.value or 0 for each in finding.estimates) == pairs
    mbt = next(
        cell for cell in detail.cells if (cell.disorder, cell.treatment, cell.outcome) == ("bpd", "mbt", "self-harm")
    )
    assert (mbt.samples, mbt.people, mbt.unknown) == ((("randomised", 2),), 178, 0)  # S2, line 264: 44 and 134


def test_a_query_that_finds_nothing_is_not_applicable(ledger: Ledger) -> None:
    asking = Asking()
    (brain,) = brain_of(ledger, asking, "study=bateman-fonagy-2009")
    assert brain.status == "not_applicable"
    assert markers_of(ledger, asking, "predictors", "study=bateman-fonagy-2009").status == "not_applicable"
    assert gaps_of_query(ledger, asking, "study=koenigsberg-2010").status == "not_applicable"


def test_by_study_and_by_sample_differ_where_people_are_shared(ledger: Ledger) -> None:
    query = "treatment=dbt region=acc modality=activation scope=responders"
    (by_sample,) = brain_of(ledger, Asking(), query, parents=True)
    (by_study,) = brain_of(ledger, Asking(), query, by="study", parents=True)
    assert isinstance(by_sample.detail, BrainMapDetail)
    assert isinstance(by_study.detail, BrainMapDetail)

    def marks(detail: BrainMapDetail) -> int:
        rows = [row for row in detail.map.rows if row.place == "Anterior cingulate cortex with its parts"]
        return len({mark.sample for row in rows for mark in row.marks})

    assert (marks(by_sample.detail), marks(by_study.detail)) == (1, 2)
    assert "studies" in by_study.statement


def test_a_randomised_comparison_is_said(ledger: Ledger) -> None:
    from dataclasses import replace

    study = ledger.studies["mancke-2018"]
    trial = replace(study, design=replace(study.design, kind="randomised"))
    changed = replace(ledger, studies={**ledger.studies, "mancke-2018": trial})
    (volume,) = brain_of(changed, Asking(), "modality=volume")
    assert "1 of 1 sample has a comparison of randomised groups." in volume.statement


def test_a_withdrawn_study_leaves_the_map(ledger: Ledger) -> None:
    from dataclasses import replace

    studies = {**ledger.studies, "goodman-2014": replace(ledger.studies["goodman-2014"], draft=True)}
    (amygdala, *_) = brain_of(replace(ledger, studies=studies), Asking(), "region=amygdala treatment=dbt")
    assert "Amygdala (2 of 4)" in amygdala.statement


def test_a_record_of_its_own(ledger: Ledger) -> None:
    asking = Asking()
    record = record_of(ledger, asking, brain_of(ledger, asking, "modality=volume"))
    assert record.study.about == "evidence"
    assert from_json(to_json(record)) == record
