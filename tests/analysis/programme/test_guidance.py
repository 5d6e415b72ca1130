"""Guidance beside the ledger: a rule whose claim loses its support says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forwhom import evidence, programme
from forwhom.analysis.programme.features import features
from forwhom.analysis.programme.guidance import guided, standings
from forwhom.evidence import Ledger
from forwhom.evidence.audit import audit

MBT = programme.shipped("mbt")


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return evidence.read()


def without(ledger: Ledger, *studies: str) -> Ledger:
    """A copy in which these studies have no results any more."""
    kept = {name: replace(study, results=()) if name in studies else study for name, study in ledger.studies.items()}
    return replace(ledger, studies=kept)


def test_a_rule_stands_as_its_claim_does(ledger: Ledger) -> None:
    verdicts = {each.claim.id: each.verdict for each in audit(ledger)}
    found = standings(MBT, ledger)
    assert set(found) == {rule.id for rule in MBT.guidance}
    for rule in MBT.guidance:
        word = found[rule.id].word
        if rule.claim and verdicts[rule.claim].startswith("supported"):
            assert word == verdicts[rule.claim]
        elif rule.claim:
            assert word in ("weakened", "untested")
        else:
            assert word == "no claim"
    assert found["setting-cohort"].word == "supported with conditions"
    assert found["safe-levels"].word == "untested"


def test_rows_that_come_near_a_claim_leave_its_rule_untested(ledger: Ledger) -> None:
    """One cohort bears on the setting; whether the setting stirs attachment was neither varied nor measured there."""
    found = standings(MBT, ledger)["setting"]
    assert found.word == "untested"
    assert "neither varied nor measured" in found.why
    assert [row.split("/")[0] for row in found.rows] == ["near chiesa-fonagy-2007"]


def test_support_that_is_withdrawn_weakens_the_rule(ledger: Ledger) -> None:
    cohorts = [study.id for study in ledger.studies.values() if study.sample == "cassel-cohort"]
    assert cohorts
    rules = tuple(replace(rule, grade="observed") if rule.id == "setting" else rule for rule in MBT.guidance)
    found = standings(replace(MBT, guidance=rules), without(ledger, *cohorts))
    assert found["setting"].word == "weakened"
    assert "holds no support for its claim any more" in found["setting"].why
    assert found["setting-cohort"].word == "weakened"
    # What rests on other claims stands as before.
    before = standings(MBT, ledger)
    assert {name for name in found if found[name].word != before[name].word} == {"setting", "setting-cohort"}


def test_a_claim_that_left_the_ledger_weakens_the_rule(ledger: Ledger) -> None:
    claims = {name: claim for name, claim in ledger.claims.items() if name != "s2-safe-levels"}
    found = standings(MBT, replace(ledger, claims=claims))
    assert found["safe-levels"].word == "weakened"
    assert "not in the ledger" in found["safe-levels"].why


def test_a_claim_that_is_contradicted_weakens_the_rule(ledger: Ledger) -> None:
    claim = replace(
        ledger.claims["s2-safe-levels"],
        kind="count",
        query={"treatment": "mbt", "domain": "self-harm"},
        expect={"count": 99},
    )
    found = standings(MBT, replace(ledger, claims={**ledger.claims, claim.id: claim}))
    assert found["safe-levels"].word == "weakened"
    assert found["safe-levels"].why.startswith("The ledger contradicts its claim.")


def test_a_weakened_rule_is_still_said_with_its_weakness(ledger: Ledger) -> None:
    stands = standings(MBT, without(ledger, "chiesa-fonagy-2007", "chiesa-2011"))
    found = guided(MBT, {"patient.attachment": "hyperactivating"}, stands)
    said = {each.rule.id: each for each in found.said}
    assert said["setting"].standing.word == "weakened"
    assert said["setting"].fired.because == ("patient.attachment = hyperactivating",)
    assert str(said["setting"].rule.source) == "S2 line 40"
    assert {"intensity", "ask-what", "present"} <= set(said)


def test_what_the_ledger_tells_of_a_treatment_does_not_change_the_status(ledger: Ledger) -> None:
    scm = {each.judged.feature.id: each for each in features(programme.shipped("scm"), ledger)}
    assert all(each.told == () for each in scm.values()), "a comparison arm is no treatment found effective"
    dbt = {each.judged.feature.id: each for each in features(programme.shipped("dbt-inpatient"), ledger)}
    assert "linehan-2006" in dbt["integrated-with-services"].told[0]
    assert dbt["integrated-with-services"].judged.status == "not stated"
