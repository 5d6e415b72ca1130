"""Studies that are withdrawn, or drafts, neither support nor contradict a claim."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from evidence.conftest import TRIAL
from evidence.test_audit import AMYGDALA, BRAIN, judged
from evidence.test_claims import claim

from forwhom import evidence
from forwhom.evidence import Audited, Ledger, audit
from forwhom.evidence.checks import Checked
from forwhom.evidence.checks.causes import causes_from_weak_designs
from forwhom.evidence.checks.citations import citations_without_result, directions_of_claims, rows_for
from forwhom.evidence.checks.counts import cited_or_named, claims_of_nothing, counts_of_claims
from forwhom.evidence.checks.values import values_of_claims
from forwhom.evidence.model import Claim, Study, Withdrawn

Read = Callable[..., Ledger]
ORDER = ("contradicted", "not checkable", "supported with conditions", "supported")
WITHDRAWN = Withdrawn(date=dt.date(2026, 1, 1), why="Retracted.")


@pytest.fixture(scope="module")
def shipped() -> Ledger:
    return evidence.read()


@pytest.fixture(scope="module")
def before(shipped: Ledger) -> dict[str, Audited]:
    return {each.claim.id: each for each in audit(shipped)}


CLAIM_RULES = (
    counts_of_claims, directions_of_claims, values_of_claims, citations_without_result, claims_of_nothing, causes_from_weak_designs,
)  # fmt: skip


def out(study: Study, *, draft: bool = False) -> Study:
    return replace(study, draft=True) if draft else replace(study, withdrawn=WITHDRAWN)


@pytest.fixture(scope="module")
def touched(shipped: Ledger, before: Mapping[str, Audited]) -> dict[str, dict[str, Claim]]:
    """By study, the claims that name it, whose rows it has, or would have if they went another way: no other can change."""
    found: dict[str, dict[str, Claim]] = {name: {} for name in shipped.studies}
    for key, claim_ in shipped.claims.items():
        rows = {row.study.id for row in rows_for(claim_, shipped, without=("direction",))}
        for name in {*cited_or_named(claim_), *rows, *(row.study for row in before[key].rows)}:
            found[name][key] = claim_
    return found


def without(ledger: Ledger, name: str, claims: dict[str, Claim], *, draft: bool = False) -> tuple[Audited, ...]:
    """The claims, judged without a study."""
    studies = {**ledger.studies, name: out(ledger.studies[name], draft=draft)}
    left = replace(ledger, studies=studies, claims=claims)
    return audit(left, Checked(tuple(each for rule in CLAIM_RULES for each in rule(left))))


def may_rise(was: Audited, now: Audited, name: str) -> bool:
    """Whether the study left out was the evidence against the claim: the only case in which a claim may stand better without it.

    The claim was contradicted, and the study is among the rows that decided so. With it gone the claim is not checkable where no
    other study decided. It is supported only where the study is none that the claim itself counts or cites: what a claim rests on
    cannot make it better by being gone.
    """
    decided = {row.study for row in was.rows}
    if was.verdict != "contradicted" or name not in decided:
        return False
    return decided == {name} if now.verdict == "not checkable" else name not in cited_or_named(was.claim)


@pytest.mark.parametrize("draft", [False, True])
def test_leaving_out_one_study_never_makes_a_claim_stand_better(
    shipped: Ledger, before: Mapping[str, Audited], touched: dict[str, dict[str, Claim]], draft: bool
) -> None:
    """Nor does it contradict a claim that was not contradicted; and what was not told of is left as it was."""
    names = [name for name, study in shipped.studies.items() if study.counts]
    for name in names[:: 5 if draft else 1]:
        for now in without(shipped, name, touched[name], draft=draft):
            claim_id = now.claim.id
            was = before[claim_id]
            if was.verdict == "recommendation":
                continue
            rose = ORDER.index(now.verdict) - ORDER.index(was.verdict)
            assert rose <= 0 or may_rise(was, now, name), (name, claim_id, was.why, now.why)
            assert now.verdict != "contradicted" or was.verdict == "contradicted", (name, claim_id, now.why)
            assert name not in {row.study for row in now.rows}, (name, claim_id)
            assert ": ." not in now.why
            assert now.why


def test_with_every_study_left_out_nothing_is_judged(shipped: Ledger) -> None:
    studies = {name: out(study) for name, study in shipped.studies.items()}
    found = audit(replace(shipped, studies=studies))
    assert {each.verdict for each in found} == {"not checkable", "recommendation"}
    assert not [row for each in found for row in each.rows]


COUNT = 'region = "amygdala", direction = "decrease"'


def second(new: str) -> str:
    """The trial as another study, of other people."""
    text = TRIAL.replace('id = "trial"\nsample = "trial"', f'id = "{new}"\nsample = "{new}"', 1)
    return (
        text.replace('["Family A", "Second B"]', f'["{new.title()} A"]')
        .replace("A trial", f"The trial {new}")
        .replace("2020", "2010", 1)
    )


OUT = '[withdrawn]\ndate = 2026-01-01\nwhy = "Retracted."\n'


def with_out(ledger: Read, query: str, out_: str, *, replaced: tuple[str, str] = ("", ""), **given: str) -> Audited:
    """The claim on the trial (`trial`) and a second study (`gone`) that is left out."""
    files = claim(query, **given)
    text = second("gone").replace(*replaced) if replaced[0] else second("gone")
    files["studies/gone.toml"] = text.replace("[citation]", f"{out_}[citation]", 1)
    return audit(ledger(files=files))[0]


@pytest.mark.parametrize("how", [OUT, "draft = true\n"])
@pytest.mark.parametrize(
    ("cites", "expect", "verdict", "why"),
    [
        ('"gone"', "", "not checkable", "The study it cites counts nowhere: gone ("),
        ('"trial", "gone"', "", "supported with conditions", "1 study of 1 independent sample, 28 people"),
        ('"trial", "gone"', "count = 2", "not checkable", "The ledger gives it only with gone ("),
        ('"gone"', "count = 1", "not checkable", "The study it cites counts nowhere: gone ("),
        ("", "count = 2", "not checkable", "The ledger gives it only with gone ("),
        ("", "count = 1", "supported with conditions", "1 study of 1 independent sample"),
        ("", "count = 4", "contradicted", "It says 4 studies, and the rows give 1: trial."),
        ("", "at_least = 2", "not checkable", "The ledger gives it only with gone ("),
        ("", "at_most = 1", "supported with conditions", "1 study of 1 independent sample"),
        ("", 'studies = ["trial", "gone"]', "not checkable", "The ledger gives it only with gone ("),
    ],
)
def test_a_claim_that_rests_on_what_counts_nowhere(
    ledger: Read, how: str, cites: str, expect: str, verdict: str, why: str
) -> None:
    kind = "count" if expect else "direction"
    each = with_out(ledger, COUNT, how, cites=cites, expect=expect, kind=kind)
    assert (each.verdict, each.why[: len(why)]) == (verdict, why)
    assert "gone" not in {row.study for row in each.rows}
    assert (each.verdict == "not checkable") == bool(each.would_take)


def test_a_second_study_that_is_not_counted_contradicts_still(ledger: Read) -> None:
    """One of the two that are counted is gone, and another reports it: the number of studies agrees, and not the studies."""
    files = claim(COUNT, "count = 2", '"trial", "gone"')
    files["studies/gone.toml"] = second("gone").replace("[citation]", f"{OUT}[citation]", 1)
    files["studies/third.toml"] = second("third")
    each = audit(ledger(files=files))[0]
    assert each.verdict == "contradicted"
    assert each.why == "The rows hold 1 of the 2 that Q counts, and 1 more: third; gone (withdrawn) counts nowhere."


def test_a_number_of_a_study_that_counts_nowhere(ledger: Read) -> None:
    asked = {"expect": 'value = 60, of = "design.randomised"', "kind": "prevalence", "cites": '"gone"'}
    each = with_out(ledger, "", OUT, **asked)
    assert (each.verdict, each.why) == (
        "not checkable",
        "Nothing is left that tests it: gone (withdrawn) counts nowhere.",
    )
    # Another study gives another number: what was withdrawn is not put in the wrong by it.
    asked = {"expect": "value = 25", "kind": "prevalence"}
    assert with_out(ledger, 'result = "attempts"', OUT, **asked).verdict.startswith("supported")
    other = ("events = 7\nn = 28\npercent = 25.0", "events = 14\nn = 28\npercent = 50.0")
    each = with_out(ledger, 'result = "attempts"', OUT, replaced=other, expect="value = 50", kind="prevalence")
    assert (each.verdict, each.why) == (
        "not checkable",
        "The ledger gives it only with gone (withdrawn), which counts nowhere.",
    )


def test_that_nothing_reports_it_counts_nothing(ledger: Read) -> None:
    """No row in any direction, no study cited, no search: that the ledger holds none contradicts no count."""
    each = judged(ledger, 'region = "insula"', expect="count = 2")
    assert (each.verdict, each.reproduced) == ("not checkable", None)
    assert each.why.startswith("The ledger holds none")
    other_way = judged(ledger, 'region = "amygdala", direction = "increase"', expect="count = 2")
    assert other_way.verdict == "contradicted"


def test_a_state_before_treatment_is_no_support(ledger: Read) -> None:
    """A row that fails no condition and is none of the claim's rows: nothing was found, and no empty reason is given."""
    before_ = (BRAIN, f"{BRAIN}\ntime = 0")
    each = judged(ledger, AMYGDALA, before_, kind="direction", cites='"trial"')
    assert (each.verdict, each.why) == (
        "not checkable",
        "No result of trial in the ledger says it. What is reported instead: measured before treatment.",
    )


@pytest.mark.parametrize("asked", ['hemisphere = "right"', 'task = "n-back"', 'scope = "responders"', 'versus = "tau"'])
def test_another_side_task_or_group_is_another_result(ledger: Read, asked: str) -> None:
    each = judged(ledger, f"{AMYGDALA}, {asked}", kind="direction", cites='"trial"')
    assert each.verdict == "not checkable"
