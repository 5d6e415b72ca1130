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
from forwhom.findings import Finding
from forwhom.findings.kinds import BrainMapDetail, EvidenceGapsDetail, MarkersDetail
from forwhom.findings.record import from_json, to_json

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


def test_the_sentence_counts_samples_in_whom_and_with_which_task(found: dict[str, Finding]) -> None:
    says = found["evidence.map.activation"].statement
    assert (
        "Amygdala (3 of 5): all patients more in 1 (pictures with painful heat) and less in 1 (passive viewing); responders less in 2 "
        "(cognitive reappraisal, passive viewing)."
    ) in says
    assert "Anterior insula (3 of 5): all patients more in 1 (n-back) and less in 2" in says
    assert "After dialectical behavior therapy, 5 samples." in says
    assert "No result compares groups that chance allocated" in says


def test_estimates_are_the_counts(found: dict[str, Finding], ledger: Ledger) -> None:
    numbers = {each.name: each.value for each in found["evidence.map.activation"].estimates}
    assert numbers["Amygdala, Dialectical behavior therapy, responders: less"] == 2
    rolled = counted(ledger, "treatment=dbt modality=activation", parents=True, apart=("treatment", "scope"))
    line = next(each for each in rolled.lines if each.place.ids == ("dorsal-acc",) and each.scope == "all")
    assert (
        numbers["Dorsal anterior cingulate cortex, Dialectical behavior therapy, all patients: less"]
        == line.count("decrease")
        == 2
    )


def test_cautions(found: dict[str, Finding]) -> None:
    codes = {caution.code: caution.text for caution in found["evidence.map.activation"].cautions}
    assert {
        "counts-not-effects", "small-samples", "change-without-comparison", "told-by-others", "stated-otherwise",
    } == set(codes)  # fmt: skip
    assert codes["small-samples"] == "The largest sample has 32 people; 4 state no number."
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
    assert "nothing reported by more than one. More (all patients): inferior frontal gyrus" in volume
    assert "1 of 1 sample has a comparison with other patients" in volume
    left = {each.why: each.n for each in found["evidence.biomarkers"].population.left_out}
    assert left == {"of levels compared with other people, which are no change": 3}
    assert (
        "Increase (all patients): BDNF methylation; decrease (responders): BDNF methylation"
        in found["evidence.biomarkers"].statement
    )


def test_gaps_say_what_is_missing(found: dict[str, Finding]) -> None:
    finding = found["evidence.gaps"]
    assert "Change of the brain or of markers has no randomised comparison under any treatment." in finding.statement
    detail = finding.detail
    assert isinstance(detail, EvidenceGapsDetail)
    pairs = len(detail.treatments) * (len(detail.outcomes) - 1)  # one column is of outcomes not named
    assert sum(each.value or 0 for each in finding.estimates) == pairs
    mbt = next(
        cell for cell in detail.cells if (cell.disorder, cell.treatment, cell.outcome) == ("bpd", "mbt", "self-harm")
    )
    assert (mbt.samples, mbt.people, mbt.unknown) == ((("randomised", 2),), 71, 1)


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
        return next(len(row.marks) for row in detail.map.rows if row.place == "Anterior cingulate cortex")

    assert (marks(by_sample.detail), marks(by_study.detail)) == (1, 2)
    assert "studies" in by_study.statement


def test_a_randomised_comparison_is_said(ledger: Ledger) -> None:
    from dataclasses import replace

    study = ledger.studies["mancke-2018"]
    trial = replace(study, design=replace(study.design, kind="randomised"))
    changed = replace(ledger, studies={**ledger.studies, "mancke-2018": trial})
    (volume,) = brain_of(changed, Asking(), "modality=volume")
    assert "1 of 1 sample has a comparison of groups that chance allocated." in volume.statement


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
