"""The query language, full-text search, and people counted once per sample."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from forwhom import evidence
from forwhom.evidence import Ledger, parse, rows
from forwhom.evidence.index import Index, said, search
from forwhom.evidence.samples import of_rows, of_treatment, people
from forwhom.problems import ProblemsFound

Read = Callable[..., Ledger]


def names(ledger: Ledger, query: str) -> list[str]:
    return [row.result.id for row in rows(ledger, query)]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("region=amygdala", ["amygdala"]),
        ("region=limbic-system", ["amygdala"]),
        ("region=Amygdala modality=activation", ["amygdala"]),
        ("modality=fMRI", ["amygdala"]),
        ("modality=volume", []),
        ("hemisphere=right", []),
        ("task=emotion-regulation", ["amygdala"]),
        ("direction=increase,decrease", ["amygdala"]),
        ("direction!=increase", ["amygdala"]),
        ("kind=means,effect", ["means", "difference"]),
        ("treatment=cbt-family outcome=severity", ["means", "difference"]),
        ("domain=bpd-severity", ["means", "difference"]),
        ("outcome=suicidality", ["attempts"]),
        ("control=TAU", ["difference"]),
        ("n>=28 kind=events", ["attempts"]),
        ("n>28", []),
        ("year<2020", []),
        ("author=family part=table", ["means"]),
        ("scope=all region=amygdala", ["amygdala"]),
        ("design=experimental disorder=personality-disorder time=12", ["means", "difference"]),
        ("document=P part=results kind!=effect", ["attempts", "amygdala"]),
        ("sample=trial computed=true", []),
    ],
)
def test_a_query_finds(ledger: Read, query: str, wanted: list[str]) -> None:
    assert names(ledger(), query) == wanted


def test_a_row_that_does_not_state_a_key_fulfils_no_condition_on_it(ledger: Read) -> None:
    assert "means" not in names(ledger(), "region!=insula")


def test_scope_all_leaves_responders_out_and_no_scope_finds_them(ledger: Read) -> None:
    read = ledger(('region = "amygdala"', 'region = "amygdala"\nscope = "responders-vs-non-responders"'))
    assert names(read, "region=amygdala scope=all") == []
    assert names(read, "region=amygdala scope=responders") == names(read, "region=amygdala") == ["amygdala"]


def test_both_sides_are_on_each_side(ledger: Read) -> None:
    read = ledger(('hemisphere = "left"', 'hemisphere = "bilateral"'))
    assert names(read, "hemisphere=left") == names(read, "hemisphere=bilateral") == ["amygdala"]


def test_drafts_are_counted_nowhere(ledger: Read) -> None:
    read = ledger(('sample = "trial"', 'sample = "trial"\ndraft = true'))
    assert names(read, "") == []
    assert of_treatment(read, "dbt").samples == ()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("regio=amygdala", "regio: 'regio' is no filter.\n  Possible: study, sample"),
        (
            "region=amigdala",
            "region: 'amigdala' is not known.\n  Nearest by spelling: amygdala (Amygdala). All regions: forwhom evidence words regions.",
        ),
        ("n>=many", "n: 'many' is no number.\n  Compare with a number."),
        ('"open', "an open quote.\n  Close the quotes."),
    ],
)
def test_a_wrong_query_is_told(ledger: Read, query: str, said: str) -> None:
    with pytest.raises(ProblemsFound) as raised:
        parse(query, ledger())
    assert said in str(raised.value)


def test_free_words_stay_words(ledger: Read) -> None:
    assert parse("region=amygdala reappraisal -x", ledger()).words == ("reappraisal", "-x")


# ── full text ────────────────────────────────────────────────────────────────────────────────────


def test_search_finds_by_word_synonym_accent_and_beginning(ledger: Read) -> None:
    index = Index(ledger(("Second B", "Domínguez-Clavé E"), ('region = "amygdala"', 'region = "caudal-acc"')))
    assert {hit.id for hit in index.search("ACC")} == {"trial/amygdala"}
    assert [hit.id for hit in index.search("dominguez")] == ["trial"]
    assert [hit.id for hit in index.search("cingul reapprais")] == ["trial/amygdala"]
    assert index.search("kind=effect cingulate") == ()
    assert len(index) == 5


@pytest.mark.parametrize("query", ["AND", "NEAR(", "*", "a:b", '"severity score"', "col^2", "-x"])
def test_no_sign_is_an_operator(ledger: Read, query: str) -> None:
    assert isinstance(search(ledger(), query), tuple)


def test_what_a_row_says(ledger: Read) -> None:
    read = ledger()
    assert [said(row, read) for row in rows(read)] == [
        "Severity, DBT: mean 12.50 (SD 4.10) [12 weeks]",
        "Suicide attempt, DBT: 7 of 28 (25.0 %)",
        "Severity, DBT: g -0.45 (-0.97 to 0.08) [against Usual care; 12 weeks]",
        "Left, Amygdala, Activation, fMRI, DBT: decrease [cognitive reappraisal of pictures]",
    ]


def test_rows_of_one_region_are_told_apart_by_task_contrast_time_and_part() -> None:
    """S1, lines 161-170 and 346-352: what the list must say for each row."""
    shipped = evidence.read()
    told = {row.id: said(row, shipped) for row in rows(shipped, "region=amygdala treatment=dbt")}
    assert len({text for name, text in told.items() if name.startswith("goodman-2014/")}) == len(
        [name for name in told if name.startswith("goodman-2014/")]
    )
    assert told["niedtfeld-2017/amygdala-pain-before"].endswith("before treatment: a state, no change]")
    assert "loss of a deactivation (concluded, not tested)" in told["niedtfeld-2017/amygdala-pain-change"]
    assert told["goodman-2014/amygdala-discussion"].endswith("[told again in the discussion]")
    assert "direction not stated [cognitive reappraisal" in told["schmitgen-2019/amygdala-reappraisal"]
    assert "change against change of healthy controls" in told["goodman-2014/amygdala-versus-healthy"]
    assert "12 months" in told["goodman-2014/amygdala-overall"]


# ── people ───────────────────────────────────────────────────────────────────────────────────────


def test_people_are_counted_once_per_sample() -> None:
    shipped = evidence.read()
    a, b, c = (shipped.studies[name] for name in ("schmitt-2016", "goodman-2014", "bateman-fonagy-2009"))
    from dataclasses import replace

    twin = replace(a, id="twin")
    counted = people([(a, 32), (twin, 31), (b, 11), (c, None)])
    assert (counted.distinct, counted.summed, counted.unknown) == (43, 74, ("mbt-outpatient-trial",))
    assert counted.samples[0].studies == ("schmitt-2016", "twin")


def test_people_behind_rows_are_those_of_the_row_else_of_the_arm(ledger: Read) -> None:
    read = ledger()
    assert of_rows(rows(read, "kind=brain")).distinct == 28
    assert of_rows(rows(read, "kind=brain,events,means")).distinct == 28
    assert of_treatment(read, "dbt").distinct == 31


# ── the shipped ledger ───────────────────────────────────────────────────────────────────────────


def test_the_shipped_ledger_has_no_problem() -> None:
    ledger = evidence.read()
    assert {"schmitt-2016", "goodman-2014", "bateman-fonagy-2009"} <= set(ledger.studies)


def test_a_claimed_insula_correlate_differs_between_the_papers() -> None:
    """The review correlates insula change with severity of BPD, the agenda with affect dysregulation."""
    found = [each for each in evidence.check(evidence.read()).contradictions if each.rule == "paper-against-paper"]
    assert any({place.source.document for place in each.places if place.source} == {"S0", "S1"} for each in found)


def test_a_folder_of_ones_own_is_read_beside_and_alone(folder: Callable[..., Path]) -> None:
    place = folder(files={"vocabulary/regions.toml": '[claustrum]\nlabel = "Claustrum"'})
    both, alone = evidence.read(place), evidence.read(place, shipped=False)
    assert list(alone.studies) == ["trial"]
    assert {"trial", "schmitt-2016"} <= set(both.studies)
    assert both.vocabulary.find("regions", "Claustrum") == "claustrum"
    assert alone.vocabulary.find("regions", "amygdala") == "amygdala"


def test_the_digest_changes_with_any_file_and_nothing_else(folder: Callable[..., Path]) -> None:
    first = evidence.read(folder(), shipped=False).digest
    assert evidence.read(folder(), shipped=False).digest == first
    assert evidence.read(folder(("n = 31\n", "n = 31 \n")), shipped=False).digest != first
    more = folder(files={"searches/s.toml": 'id = "s"\nquestion = "q"\nsources = []'})
    assert evidence.read(more, shipped=False).digest != first
