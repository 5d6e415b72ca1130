"""Rows that a reader of the papers corrected: each is held to what the lines say, and to what they leave open."""

from __future__ import annotations

import pytest

from forwhom import evidence
from forwhom.evidence import Ledger, rows


@pytest.fixture(scope="module")
def shipped() -> Ledger:
    return evidence.read()


def test_significance_is_of_the_improvements_together(shipped: Ledger) -> None:
    """S2, line 264: one sentence on all improvements; no outcome by itself is called significant."""
    told = {row.result.outcome: row.result.significant for row in rows(shipped, "study=bateman-fonagy-1999 versus=tau")}
    assert told == {"suicidality": None, "self-harm": None, "depression": None, "": True}


def test_left_and_repeated_are_told_apart(shipped: Ledger) -> None:
    """S1, lines 168-170: most of all on the left, and most of all with repeated pictures; not both in one."""
    found = {row.result.id: row.result for row in rows(shipped, "study=goodman-2014 versus=hc")}
    assert (found["amygdala-left"].hemisphere, found["amygdala-left"].condition) == ("left", "")
    assert found["amygdala-repeated"].hemisphere == ""
    assert found["amygdala-repeated"].condition


def test_people_with_bpd_who_harm_themselves_have_no_second_disorder(shipped: Ledger) -> None:
    """S1, lines 269-273 and 423: patients with BPD; S0, line 67: adults at risk, no diagnosis."""
    assert {shipped.studies[name].population.disorder for name in ("rodrigo-2015", "ruocco-2016")} == {("bpd",)}
    assert shipped.studies["simon-2022"].population.disorder == ("self-harm-risk",)


def test_named_as_effective_is_no_result(shipped: Ledger) -> None:
    """S2, line 72, names them together: no outcome, no comparison, hence no direction."""
    found = [row for row in rows(shipped, "document=S2") if row.result.id == "effective"]
    assert {row.study.id for row in found} == {
        "linehan-2006", "giesen-bloo-2006", "mcmain-2009", "davidson-2006", "clarkin-2007",
    }  # fmt: skip
    assert {row.result.direction for row in found} == {""}


def test_treatment_input_of_the_cassel_groups(shipped: Ledger) -> None:
    """S2, line 270: more for inpatients; alike in the two others."""
    found = {row.result.id: row.result for row in rows(shipped, "study=chiesa-fonagy-2007")}
    assert (found["input-inpatient"].arm, found["input-inpatient"].versus) == ("inpatient", "community")
    assert (found["input-community"].arm, found["input-community"].versus) == ("community", "mau")
