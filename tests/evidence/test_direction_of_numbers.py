"""Claims of "better" and "worse" on printed means and events: the direction that their numbers give."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from evidence.test_audit import AMYGDALA, codes, judged
from evidence.test_claims import claim

from forwhom.evidence import Ledger, audit, check

Read = Callable[..., Ledger]
BEFORE = '\n[[results]]\nid = "attempts"'
MEAN = """
[[results]]
id = "means-tau"
kind = "means"
outcome = "severity"
arm = "tau"
time = 12
mean = {0}
sd = 5.00
n = 27
source = {{ document = "P", place = "Table 2", line = 21 }}
"""
EFFECT = (
    'id = "difference"\nkind = "effect"\noutcome = "severity"',
    'id = "difference"\nkind = "effect"\noutcome = "depression"',
)


def tau(mean: str) -> tuple[str, str]:
    return (BEFORE, MEAN.format(mean) + BEFORE)


@pytest.mark.parametrize(
    ("mean", "better", "direction", "verdict"),
    [
        ("18.00", "lower", "better", "supported with conditions"),
        ("18.00", "lower", "worse", "contradicted"),
        ("18.00", "higher", "better", "contradicted"),
        ("18.00", "higher", "worse", "supported with conditions"),
        ("9.00", "lower", "better", "contradicted"),
        ("9.00", "lower", "worse", "supported with conditions"),
        ("12.50", "lower", "better", "not checkable"),
        ("18.00", "neither", "better", "not checkable"),
    ],
)
@pytest.mark.parametrize("how", ["query", "expect", "cites"])
def test_by_the_declared_scale(ledger: Read, mean: str, better: str, direction: str, verdict: str, how: str) -> None:
    """Whether the direction is asked for in the query or expected, and with or without a citation."""
    scale = ('domain = "bpd-severity"\nbetter = "lower"', f'domain = "bpd-severity"\nbetter = "{better}"')
    query = 'outcome = "severity"' + (f', direction = "{direction}"' if how != "expect" else "")
    expect = f'direction = "{direction}"' if how == "expect" else ""
    cites = '"trial"' if how == "cites" else ""
    each = judged(ledger, query, tau(mean), scale, EFFECT, kind="comparison", expect=expect, cites=cites)
    assert each.verdict == verdict
    assert ("from-numbers" in codes(each)) == (verdict == "supported with conditions")
    if verdict != "not checkable":
        assert f"mean 12.50 (SD 4.10) [against Usual care, mean {mean}; {better} is better" in str(each.rows[0])


def test_a_word_of_the_source_says_more_than_a_difference(ledger: Read) -> None:
    """Where the study tells the direction of that outcome at that time, its numbers are not read beside it."""
    said = ("significant = false", 'significant = false\ndirection = "none"')
    each = judged(
        ledger, 'outcome = "severity", direction = "better"', tau("18.00"), said, kind="comparison", cites='"trial"'
    )
    assert (each.verdict, each.why) == ("contradicted", "trial reports none.")


def test_a_count_of_studies_by_their_numbers(ledger: Read) -> None:
    asked = 'outcome = "severity", direction = "better"'
    each = judged(ledger, asked, tau("18.00"), EFFECT, expect="count = 1")
    assert (each.verdict, each.found, each.reproduced) == ("supported with conditions", 1, True)
    assert judged(ledger, asked, tau("9.00"), EFFECT, expect="count = 1").verdict == "contradicted"


def test_a_claim_of_a_cause_on_randomised_arms(ledger: Read) -> None:
    each = judged(ledger, 'outcome = "severity", direction = "better"', tau("18.00"), EFFECT, kind="causal")
    assert (each.verdict, each.downgraded) == ("supported with conditions", ())


def test_no_difference_is_not_read_from_numbers(ledger: Read) -> None:
    each = judged(ledger, 'outcome = "severity", direction = "none"', tau("12.60"), EFFECT, kind="comparison")
    assert each.verdict == "not checkable"


def test_rows_without_a_direction_are_not_for_the_one_expected(ledger: Read) -> None:
    """A single arm's mean tells no direction: it supports none."""
    each = judged(ledger, 'result = "means"', kind="direction", expect='direction = "better"', cites='"trial"')
    assert each.verdict == "not checkable"


def test_every_study_that_speaks_goes_the_other_way(ledger: Read) -> None:
    """Without a citation too; check and audit say the same, and a finding of no difference is not the other way."""
    files = claim('region = "amygdala", direction = "increase"', kind="direction")
    read = ledger(files=files)
    assert (audit(read)[0].verdict, audit(read)[0].why) == ("contradicted", "trial reports decrease.")
    assert [each.says for each in check(read).contradictions if each.rule == "direction-of-claim"] == [
        "It says increase, and every study of it reports decrease."
    ]
    none = ('direction = "decrease"', 'direction = "none"')
    assert audit(ledger(none, files=files))[0].verdict == "not checkable"


def test_a_study_that_reports_both_ways(ledger: Read) -> None:
    """Better at 12 weeks and worse at 24 is told as both; of another outcome it is another matter."""
    later = (
        MEAN.replace("means-tau", "later-{1}").replace("time = 12", "time = 24").replace('arm = "tau"', 'arm = "{1}"')
    )
    more = (BEFORE, MEAN.format("18.00") + later.format("20.00", "dbt") + later.format("15.00", "tau") + BEFORE)
    each = judged(
        ledger,
        'outcome = "severity", direction = "better"',
        more,
        EFFECT,
        ("[0, 12]", "[0, 12, 24]"),
        kind="comparison",
    )
    said = {condition.code: condition.says for condition in each.conditions}
    assert said["both-ways"].startswith(
        "trial reports worse too: Severity, DBT: mean 20.00 (SD 5.00) [against Usual care, mean 15.00"
    )
    assert "both-ways" not in codes(judged(ledger, AMYGDALA, kind="direction"))
