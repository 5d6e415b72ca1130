"""The nine imaging studies of change after DBT: counts, people and tallies come out by query, and the review's slips by rule."""

from __future__ import annotations

from collections import defaultdict

import pytest

from forwhom import evidence
from forwhom.evidence import Ledger, rows
from forwhom.evidence.samples import of_rows, of_treatment, people

DBT = "treatment=dbt document=S1 part=results"
CHANGE = f"{DBT} kind=brain baseline=false"


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return evidence.read()


def tally(ledger: Ledger, query: str) -> dict[str, set[str]]:
    """Directions by study."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows(ledger, query):
        found[row.study.id].add(row.result.direction)
    return dict(found)


def nine(ledger: Ledger) -> set[str]:
    return {row.study.id for row in rows(ledger, f"{DBT} modality=activation,volume,connectivity")}


def test_nine_studies_are_five_samples(ledger: Ledger) -> None:
    studies = nine(ledger)
    samples: dict[str, set[str]] = defaultdict(set)
    for name in studies:
        samples[ledger.studies[name].sample].add(name)
    assert (len(studies), len(samples)) == (9, 5)
    assert samples["dbt-inpatient-fmri"] == {"schmitt-2016", "winter-2016", "niedtfeld-2017", "mancke-2018"}
    assert samples["dbt-outpatient-fnirs"] == {"rodrigo-2015", "ruocco-2016"}
    assert set(ledger.searches["s1"].studies) == studies


def test_devices(ledger: Ledger) -> None:
    """Seven studies are called fMRI; six report activation by it, the seventh volume only."""
    told = [ledger.studies[name].measure("imaging") for name in nine(ledger)]
    assert sorted(measure.instrument for measure in told if measure) == ["fMRI"] * 7 + ["fNIRS"] * 2
    assert len(tally(ledger, f"{DBT} modality=bold")) == 6
    assert set(tally(ledger, f"{DBT} modality=volume")) == {"mancke-2018"}


def test_people_are_91_analysed_and_not_199(ledger: Ledger) -> None:
    """Those analysed; with the 29 who began in one sample, of whom 18 were scanned again, 102 and 210."""
    studies = [ledger.studies[name] for name in nine(ledger)]

    def analysed(study: evidence.Study) -> int:
        return sum(arm.analysed or arm.n or 0 for arm in study.arms if arm.treatment)

    counted = people((study, analysed(study)) for study in studies)
    assert (counted.distinct, counted.summed, counted.unknown) == (91, 199, ())
    behind = of_rows(rows(ledger, f"{DBT} modality=activation,volume,connectivity"))
    # S1, Table 1: beside them 17 patients without DBT in the volume study and 15 in the one of Winter, all of one sample.
    assert (behind.distinct, behind.at_least, behind.summed) == (91 + 17, True, 199 + 17 + 15)
    assert behind.told == "at least 108 people, of whom 91 had one of the treatments"
    began = of_treatment(ledger, "dbt", nine(ledger))
    assert (began.distinct, began.summed) == (102, 210)
    assert {sample.most for sample in counted.samples} == {6, 11, 32, 24, 18}


def test_tally_of_the_amygdala(ledger: Ledger) -> None:
    everybody = tally(ledger, f"{CHANGE} region=amygdala modality=activation scope=all")
    assert everybody == {"goodman-2014": {"decrease"}, "niedtfeld-2017": {"increase"}}
    responders = tally(ledger, f"{CHANGE} region=amygdala modality=activation scope=responders")
    assert responders == {"schnell-herpertz-2007": {"decrease"}, "schmitt-2016": {"decrease"}}


def test_tally_of_the_anterior_cingulate_by_modality(ledger: Ledger) -> None:
    acc = f"{CHANGE} region=acc"
    down = {"decrease"}
    assert tally(ledger, f"{acc} modality=activation scope=all") == {
        "schmitt-2016": down,
        "schnell-herpertz-2007": down,
    }
    assert tally(ledger, f"{acc} modality=activation scope=responders") == {"schmitt-2016": down, "winter-2016": down}
    assert tally(ledger, f"{acc} modality=volume") == {"mancke-2018": {"increase"}}
    # The connectivity of the amygdala with it is told in the discussion alone.
    connectivity = "treatment=dbt document=S1 modality=connectivity seed=amygdala"
    assert [row.result.source.part for row in rows(ledger, connectivity)] == ["discussion"]


def test_tally_of_the_anterior_insula_by_task(ledger: Ledger) -> None:
    insula = f"{CHANGE} region=anterior-insula"
    assert set(tally(ledger, f"{insula} direction=decrease")) == {"schmitt-2016", "schnell-herpertz-2007"}
    assert tally(ledger, f"{insula} task=cognitive-task") == {"farres-2019": {"increase"}}


def test_tally_of_the_inferior_frontal_gyrus(ledger: Ledger) -> None:
    """The review counts three studies; a fourth cluster reaches the operculum, which is part of the gyrus."""
    assert tally(ledger, f"{CHANGE} region=inferior-frontal") == {
        "mancke-2018": {"increase"},
        "schnell-herpertz-2007": {"decrease"},
        "rodrigo-2015": {"decrease"},
        "farres-2019": {"increase"},
    }
    operculum = rows(ledger, f"{CHANGE} study=farres-2019 region=inferior-frontal")
    assert {row.result.region for row in operculum} == {"frontal-operculum"}


def test_domains_by_improvement(ledger: Ledger) -> None:
    cells: dict[tuple[str, str], set[tuple[str, str, str]]] = defaultdict(set)
    for row in rows(ledger, "study=rodrigo-2015 kind=brain scope=more-improved,less-improved"):
        result = row.result
        cells[(result.outcome, result.scope)].add((result.hemisphere, result.region, result.direction))
    assert len(cells) == 8
    assert cells[("impulsivity", "less-improved")] == {
        ("left", "medial-pfc", "increase"),
        ("right", "medial-pfc", "increase"),
    }
    assert cells[("impulsivity", "more-improved")] == {
        ("left", "medial-pfc", "increase"),
        ("right", "medial-pfc", "decrease"),
    }
    assert cells[("cognitive-symptoms", "more-improved")] == {
        ("", "lateral-pfc", "increase"),
        ("right", "prefrontal-cortex", "increase"),
    }


@pytest.mark.parametrize(
    "region",
    [
        "pcc",
        "middle-temporal",
        "hippocampus",
        "orbitofrontal",
        "dlpfc",
        "medial-pfc",
        "inferior-parietal",
        "supramarginal",
        "angular",
        "superior-temporal",
        "thalamus",
        "occipital-lobe",
    ],
)
def test_every_other_region_is_found(ledger: Ledger, region: str) -> None:
    assert rows(ledger, f"{DBT} region={region}")


def test_methylation_reverses_between_responders_and_all(ledger: Ledger) -> None:
    found = {row.result.scope: row.result.direction for row in rows(ledger, "marker=bdnf-methylation")}
    assert found == {
        "all": "increase",
        "non-responders": "increase",
        "responders": "decrease",
        "best-responders": "none",
    }


def test_slips_of_the_review_are_found_by_rule(ledger: Ledger) -> None:
    found = {(each.rule, each.places[0].of) for each in evidence.check(ledger).contradictions}
    assert {
        ("direction-of-claim", "s1-ifg-inhibition"),
        ("citation-without-result", "s1-distancing-acc"),
        ("citation-without-result", "s1-amygdala-responders"),
        ("citation-without-result", "s1-intro-left-amygdala"),
        ("count-of-claim", "s1-amygdala-two"),
        ("count-of-claim", "s1-acc-other-two"),
        ("never-reported", "niedtfeld-2017"),
        ("never-reported", "farres-2019"),
        ("within-paper", "rodrigo-2015"),
        ("text-against-table", "schnell-herpertz-2007"),
        ("search", "s1"),
    } <= found
    proven = {"s1-nine", "s1-fnirs", "s1-shared-fmri", "s1-acc-two", "s1-insula-down", "s1-insula-up", "s1-bdnf-all"}
    assert not proven & {name for _, name in found}
