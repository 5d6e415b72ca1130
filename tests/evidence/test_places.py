"""The places that a contradiction quotes: those that decide first, the others spread over the studies, the cut told."""

from __future__ import annotations

from collections.abc import Callable

from evidence.conftest import TRIAL
from evidence.test_claims import claim

from forwhom import evidence
from forwhom.evidence import Contradiction, Ledger, check
from forwhom.evidence.checks.places import MOST, of_rows
from forwhom.evidence.filters import rows

Read = Callable[..., Ledger]


def of_claim(ledger: Ledger, claim_id: str, rule: str = "count-of-claim") -> Contradiction:
    return next(each for each in check(ledger).contradictions if each.rule == rule and each.places[0].of == claim_id)


def test_what_breaks_a_count_is_quoted_first_with_why() -> None:
    """S1, lines 21-22: of nine, two were measured at 6 of 12 months and one does not tell when."""
    places = of_claim(evidence.read(), "s1-abstract-completed").places[1:]
    first = [(place.of, place.said.partition("(counted, and reports instead: ")[2]) for place in places[:5]]
    assert dict(first) == {
        "schnell-herpertz-2007": "not told when it was measured)",
        "rodrigo-2015": "measured before the treatment ended)",
        "ruocco-2016": "measured before the treatment ended)",
    }
    assert len({place.of for place in places}) == 9


def test_a_study_that_is_not_counted_is_quoted_first(ledger: Read) -> None:
    second = TRIAL.replace('id = "trial"\nsample = "trial"', 'id = "a-first"\nsample = "a-first"', 1)
    second = second.replace("A trial", "Another").replace('["Family A", "Second B"]', '["Third C"]')
    files = claim('region = "amygdala", direction = "decrease"', "count = 1", '"trial"')
    places = of_claim(ledger(files=files | {"studies/a-first.toml": second}), "c").places
    assert [(place.of, place.said) for place in places[1:]] == [
        ("a-first", "amygdala decrease bold (reports it, and is not counted)"),
        ("trial", "amygdala decrease bold"),
    ]


def test_rows_are_spread_and_the_cut_is_told() -> None:
    ledger = evidence.read()
    found = rows(ledger, "kind=brain document=S1")
    shown = list(of_rows(found))
    assert len(shown) == MOST < len(found)
    studies = {row.study.id for row in found}
    assert len({place.of for place in shown}) == min(MOST, len(studies))
    told = sum(int(place.said.split("; ")[1].split(" ")[0]) for place in shown if "more row" in place.said)
    unseen = studies - {place.of for place in shown}
    assert told == len(found) - MOST - sum(row.study.id in unseen for row in found)
    assert all(name in shown[-1].said for name in unseen)


def test_few_rows_are_all_quoted_in_turn() -> None:
    found = rows(evidence.read(), "region=amygdala kind=brain direction=decrease part=results treatment=dbt")
    assert len(found) < MOST
    shown = list(of_rows(found))
    assert sorted(place.key for place in shown) == sorted(f"results.{row.result.id}" for row in found)
    assert not any("more row" in place.said for place in shown)
    first = [place.of for place in shown][: len({row.study.id for row in found})]
    assert len(set(first)) == len(first)
