"""Every number of people that is printed, against a second count from the files alone, which shares no code with the first."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import forwhom.evidence
from forwhom import evidence
from forwhom.evidence import Ledger, rows
from forwhom.evidence.audit import audit
from forwhom.evidence.maps import counted, gaps
from forwhom.evidence.samples import having, of_rows

STUDIES = Path(forwhom.evidence.__file__).parent / "ledger" / "studies"
Raw = dict[str, Any]


@pytest.fixture(scope="module")
def shipped() -> Ledger:
    return evidence.read()


@pytest.fixture(scope="module")
def files() -> dict[str, Raw]:
    found = (tomllib.loads(path.read_text("utf-8")) for path in sorted(STUDIES.glob("*.toml")))
    return {each["id"]: each for each in found}


def oracle(files: dict[str, Raw], ids: Iterable[str], had: frozenset[str] | None = None) -> tuple[int, int]:
    """People behind rows ``study/result``, and those of them in arms of treatment, by the written rules.

    Patients only. An arm has its row's n, else those analysed, else those who began. Of those who stayed against those who left,
    everybody who began. A comparison of all arms counts at least the trial's total. Of a sample each arm's largest number, added.
    """
    arms: dict[str, dict[str, int]] = defaultdict(dict)
    totals: dict[str, int] = defaultdict(int)
    treated: dict[str, set[str]] = defaultdict(set)
    for name in ids:
        study, _, result = name.partition("/")
        raw = files[study]
        row = next(each for each in raw["results"] if each["id"] == result)
        of = {each["id"]: each for each in raw.get("arms", ()) if each["role"] != "healthy"}
        measure = {each["id"]: each for each in raw.get("measures", ())}.get(row.get("outcome", ""), {})
        left = {row.get("outcome"), row.get("domain"), measure.get("domain")} & {"completion", "dropout"}
        here = [each for each in (row.get("arm"), row.get("versus")) if each in of]
        for at, arm in enumerate(here):
            told = of[arm]
            key = told.get("treatment") or told.get("control") or arm
            n = row.get("n") if at == 0 and row.get("arm") == arm else None
            if n is None:
                n = told.get("n") if left else told.get("analysed", told.get("n"))
            if left and "n" in row:
                n = row["n"] + row.get("n_versus", 0)
            if n is not None:
                arms[raw["sample"]][key] = max(arms[raw["sample"]].get(key, 0), n)
            if told["role"] == "treatment" if had is None else told.get("treatment") in had:
                treated[raw["sample"]].add(key)
        if not here:
            totals[raw["sample"]] = max(totals[raw["sample"]], row.get("n", 0))
        if len(here) == len(of) == 2:
            design = raw["design"]
            totals[raw["sample"]] = max(totals[raw["sample"]], design.get("analysed") or design.get("randomised") or 0)
    every = arms.keys() | totals.keys()
    people = sum(max(sum(arms[sample].values()), totals[sample]) for sample in every)
    return people, sum(arms[sample].get(key, 0) for sample in treated for key in treated[sample])


@pytest.mark.parametrize(
    "query",
    [
        "treatment=dbt kind=brain", "treatment=mbt", "treatment=tfp", "kind=brain", "kind=effect", "kind=events", "kind=statement",
        "disorder=bpd", "outcome=dropout", "outcome=completion", "kind=prediction", "kind=biomarker", "design=randomised",
    ],
)  # fmt: skip
def test_of_queries(shipped: Ledger, files: dict[str, Raw], query: str) -> None:
    chosen = rows(shipped, query)
    asked = having(shipped, [query.split()[0][10:]]) if query.startswith("treatment") else None
    made = of_rows(chosen, asked)
    assert (made.distinct, made.had) == oracle(files, (row.id for row in chosen), asked)


def test_of_every_study_and_result(shipped: Ledger, files: dict[str, Raw]) -> None:
    every = rows(shipped)
    wrong = [row.id for row in every if of_rows([row]).distinct != oracle(files, [row.id])[0]]
    assert wrong == []
    for study in shipped.studies:
        here = [row for row in every if row.study.id == study]
        made = of_rows(here)
        assert (study, made.distinct, made.had) == (study, *oracle(files, (row.id for row in here)))


def test_of_maps(shipped: Ledger, files: dict[str, Raw]) -> None:
    marks = 0
    for of in ("brain", "biomarkers", "predictors", "correlates"):
        for line in counted(shipped, of=of).lines:
            for mark in line.marks:
                marks += 1
                assert mark.people.distinct == oracle(files, (row.id for row in mark.rows))[0]
    assert marks > 100
    cells = [cell for cell in gaps(shipped).cells.values() if cell.people is not None]
    assert len(cells) > 20
    for cell in cells:
        assert cell.people is not None
        assert cell.people.distinct == oracle(files, (row.id for row in cell.rows))[0]


def test_of_the_audit(shipped: Ledger, files: dict[str, Raw]) -> None:
    looked = 0
    for made in audit(shipped):
        for_it = [f"{row.study}/{row.result}" for row in made.rows if row.side == "for"]
        if for_it and made.people is not None and not (made.claim.parts or made.claim.each):
            looked += 1
            assert (made.claim.id, made.people) == (made.claim.id, oracle(files, for_it)[0])
    assert looked > 50


def test_of_the_review(shipped: Ledger, files: dict[str, Raw]) -> None:
    """S1, Table 1: 6, 11, 24 and 18 with DBT, and 32 with and 17 without it in one sample of four studies."""
    chosen = rows(shipped, "treatment=dbt kind=brain")
    made = of_rows(chosen, having(shipped, ["dbt"]))
    assert (made.distinct, made.had) == (6 + 11 + 24 + 18 + 32 + 17, 6 + 11 + 24 + 18 + 32)
    assert made.told == "at least 108 people, of whom 91 had the treatment"


def test_arms_of_one_sample_with_other_words_may_be_the_same_people(shipped: Ledger) -> None:
    """Winter's 31 under a narrower word: no more people than before, and "at least"."""
    study = shipped.studies["winter-2016"]
    arms = tuple(replace(arm, treatment="dbt-skills") if arm.id == "dbt" else arm for arm in study.arms)
    changed = replace(shipped, studies={**shipped.studies, study.id: replace(study, arms=arms)})
    made = of_rows(rows(changed, "sample=dbt-inpatient-fmri kind=brain"), having(changed, ["dbt"]))
    assert made.told == "at least 49 people, of whom at least 32 had the treatment"
