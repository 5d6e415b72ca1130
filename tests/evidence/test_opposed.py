"""Rows that point away from each other, found by rule on made-up ledgers and on the shipped one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from forwhom import evidence
from forwhom.evidence import Contradiction, check
from forwhom.evidence.facts import facts

Find = Callable[..., list[Contradiction]]
LAST = 'source = { document = "P", place = "Results, paragraph 3", line = 50 }'


def row(name: str, kind: str = "brain", **keys: str) -> str:
    given = {"arm": "dbt", "modality": "bold", "direction": "decrease"} | keys
    lines = "".join(
        f"{key} = {value if value.startswith('[') or value.isdigit() else repr(value)}\n"
        for key, value in given.items()
    )
    head = f'\n[[results]]\nid = "{name}"\nkind = "{kind}"\n'
    return head + lines + 'source = { document = "P", place = "Results, paragraph 4", line = 60 }\n'


def rules(found: Find, *rows: str, files: dict[str, str] | None = None) -> list[str]:
    return [each.rule for each in found((LAST, LAST + "".join(rows)), files=files)]


def parts(more: str, less: str, region: str = "lateral-pfc") -> tuple[str, str]:
    return tuple(
        row(scope, region=region, scope=scope, outcome="impulsivity", direction=way)
        for scope, way in (("more-improved", more), ("less-improved", less))
    )


def test_a_whole_against_both_its_parts(found: Find) -> None:
    whole = row("whole", region="middle-frontal")
    assert rules(found, whole, *parts("increase", "increase")) == ["whole-against-parts"]
    assert rules(found, whole, *parts("increase", "decrease")) == []
    assert rules(found, whole, *parts("increase", "increase", "hippocampus")) == []


def test_what_goes_with_improvement_against_its_parts(found: Find) -> None:
    with_severity = row("severity", "association", region="dlpfc", outcome="bpd-severity", direction="negative")
    assert rules(found, with_severity, *parts("increase", "decrease", "dlpfc")) == []
    assert rules(found, with_severity, *parts("decrease", "decrease", "dlpfc")) == ["improvement-against-parts"]
    assert rules(found, with_severity, *parts("increase", "increase", "dlpfc")) == ["improvement-against-parts"]


def test_a_level_that_is_lower_with_and_without_the_outcome(found: Find) -> None:
    completed = row("a", "prediction", region="dlpfc", outcome="completion", direction="lower")
    left = row("b", "prediction", region="dlpfc", outcome="dropout", direction="lower")
    assert rules(found, completed, left) == ["lower-in-both"]
    assert rules(found, completed, left.replace("lower", "higher")) == []
    assert (
        rules(
            found,
            completed.replace("arm =", "hemisphere = 'left'\narm ="),
            left.replace("arm =", "hemisphere = 'right'\narm ="),
        )
        == []
    )


PATIENTS = """
id = "patients"
sample = "patients"
[citation]
authors = ["Third C"]
year = 2011
title = "Patients and healthy people"
[design]
kind = "cross-sectional"
[population]
disorder = ["bpd"]
[[arms]]
id = "bpd"
label = "Patients"
role = "patients"
[[results]]
id = "level"
kind = "brain"
arm = "bpd"
region = "amygdala"
modality = "activation"
task = "emotional-stimuli"
direction = "decrease"
source = { document = "Q", place = "Introduction, paragraph 1", line = 2 }
"""


@pytest.mark.parametrize(("way", "expected"), [("decrease", ["away-from-healthy"]), ("increase", [])])
def test_a_change_further_from_the_level_of_healthy_people(found: Find, way: str, expected: list[str]) -> None:
    text = PATIENTS.replace('direction = "decrease"', f'direction = "{way}"')
    assert rules(found, files={"studies/patients.toml": text}) == expected


def test_two_papers_of_one_sample(found: Find) -> None:
    other = PATIENTS.replace('sample = "patients"', 'sample = "trial"').replace(
        'role = "patients"', 'role = "treatment"\ntreatment = "dbt"'
    )
    other = other.replace('direction = "decrease"', 'direction = "increase"').replace("Introduction", "Results")
    assert rules(found, files={"studies/patients.toml": other}) == ["one-sample-two-ways"]
    same = other.replace('direction = "increase"', 'direction = "decrease"')
    assert rules(found, files={"studies/patients.toml": same}) == []


def test_the_shipped_ledger_holds_them() -> None:
    there = list(check(evidence.read()).contradictions)
    told = {each.rule: each for each in there}
    assert {place.of for place in told["whole-against-parts"].places} == {"rodrigo-2015"}
    assert {place.of for place in told["one-sample-two-ways"].places} == {"rodrigo-2015", "ruocco-2016"}
    assert "left middle frontal gyrus is lower in those with completion" in told["lower-in-both"].says
    assert sum(each.rule == "improvement-against-parts" for each in there) == 2
    away = [each for each in there if each.rule == "away-from-healthy"]
    assert [each.says.split(" is ")[0] for each in away] == [
        "Left orbitofrontal cortex",
        "Dorsolateral prefrontal cortex",
    ]
    assert any("non-responders and untreated patients" in each.says for each in there)


def test_one_fact_is_told_once_with_one_state() -> None:
    ledger = evidence.read()
    found = check(ledger).contradictions
    told = facts(found, ledger)
    assert sorted(member.id for fact in told for member in fact.members) == sorted(each.id for each in found)
    [people] = [fact for fact in told if "29" in fact.says and "18" in fact.says]
    assert (people.status, people.rules) == ("settled", ("text-against-table", "within-paper", "value-of-claim"))
    [direction] = [fact for fact in told if fact.says.startswith("Inferior frontal gyrus: decrease in one place")]
    assert "direction-of-claim" in direction.rules
    assert (
        len(
            [
                fact
                for fact in told
                if any(place.source and place.source.document == "S0" for place in fact.places)
                and fact.rules == ("paper-against-paper",)
            ]
        )
        == 1
    )


def test_only_contradictions_are_called_so() -> None:
    ledger = evidence.read()
    told = facts(check(ledger).contradictions, ledger)
    kinds = {rule: fact.kind for fact in told for rule in fact.rules if len(fact.rules) == 1}
    assert kinds["design-of-claim"] == "over-claim"
    assert kinds["search"] == "not repeatable"
    assert kinds["nothing-behind-claim"] == "not reported"
    assert kinds["nothing-behind-recommendation"] == "recommendation"
    assert kinds["may-be-one-sample"] == "may be one"
    assert kinds["whole-against-parts"] == "contradiction"
    # A wish is counted as one, and not as a statement that nobody reports.
    wishes = {fact.places[0].of for fact in told if fact.kind == "recommendation"}
    assert wishes
    assert all(ledger.claims[name].kind == "recommendation" for name in wishes)
    assert not [
        f
        for f in told
        if f.kind == "not reported" and f.rules == ("nothing-behind-claim",) and f.places[0].of in wishes
    ]
    assert not [fact for fact in told if "Patients not in DBT" in fact.says]
    # What a section of its own tells in the discussion is a report.
    assert not [fact for fact in told if "biomarkers" in str(fact.places[0].source) and "never-reported" in fact.rules]
