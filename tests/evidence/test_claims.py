"""Claims counted again, their directions and citations; searches that must add up."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from evidence.test_checks import FIRST, again, ids

from forwhom import evidence
from forwhom.evidence import Contradiction

Find = Callable[..., list[Contradiction]]


def claim(query: str, expect: str = "", cites: str = "", kind: str = "count", by: str = "study") -> dict[str, str]:
    text = f"""document = "Q"
[[claims]]
id = "c"
place = "Discussion, paragraph 1"
line = 7
says = "It says so."
kind = "{kind}"
by = "{by}"
query = {{ {query} }}
"""
    text += f"expect = {{ {expect} }}\n" if expect else ""
    return {"claims/Q.toml": text + (f"cites = [{cites}]\n" if cites else "")}


AMYGDALA = 'region = "amygdala", direction = "decrease"'


@pytest.mark.parametrize(
    ("expect", "by", "says"),
    [
        ("count = 1", "study", None),
        ("count = 2", "study", "It says 2 studies, and the rows give 1: trial."),
        ("count = 2", "sample", "It says 2 samples, and the rows give 1: trial."),
        ("count = 28", "person", None),
        ("count = 27", "person", "It says 27 people, and the rows give 28: trial."),
        ("at_least = 2", "study", "It says at least 2 studies, and the rows give 1: trial."),
        ("at_most = 0", "study", "It says at most 0 studies, and the rows give 1: trial."),
        ('studies = ["trial"]', "study", None),
        ('studies = ["other"]', "study", "It names other, and the rows give trial."),
    ],
)
def test_a_count_is_counted_again(found: Find, expect: str, by: str, says: str | None) -> None:
    there = found(files=claim(AMYGDALA, expect, by=by))
    assert ids(there) == ([("count-of-claim", says)] if says else [])
    if says:
        assert str(there[0].places[0]) == "c (Q, Discussion, paragraph 1, line 7): It says so."


def test_a_claim_does_not_prove_itself(found: Find) -> None:
    """A row from a discussion repeats; it is not counted."""
    row = again(region="insula", same_as="")
    there = found((FIRST, FIRST + row), files=claim('region = "insula"', "count = 1", '"trial"'))
    assert ("count-of-claim", "It says 1 study, and the rows give 0.") in ids(there)


def test_a_cited_study_that_does_not_report_it(found: Find) -> None:
    there = found(files=claim('region = "insula", direction = "decrease"', cites='"trial"', kind="direction"))
    assert ids(there) == [("citation-without-result", "It cites trial, which reports no such result.")]
    there = found(files=claim('region = "amygdala", scope = "responders"', cites='"trial"', kind="direction"))
    assert ids(there) == [
        ("citation-without-result", "It cites trial, which reports something else (of whom: Everybody in the arm).")
    ]
    assert len(there[0].places) == 2
    assert ids(found(files=claim(AMYGDALA, cites='"trial"', kind="direction"))) == []


def test_a_claim_of_the_opposite_direction(found: Find) -> None:
    there = found(files=claim('region = "amygdala"', 'direction = "increase"', '"trial"', kind="direction"))
    assert ids(there) == [("direction-of-claim", "It says increase, and trial reports decrease.")]
    there = found(files=claim('region = "amygdala", direction = "increase"', "", '"trial"', kind="direction"))
    assert ids(there) == [("direction-of-claim", "It says increase, and trial reports decrease.")]


def searched(**keys: str) -> dict[str, str]:
    text = 'id = "s"\nquestion = "q"\n' + "".join(f"{key} = {value}\n" for key, value in keys.items())
    return {"searches/s.toml": text + '[[sources]]\nname = "PubMed"\nterms = "t"\ndate = 2020-01-01\ncount = 50\n'}


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ('treatment = "dbt", region = "insula"', None),
        ('treatment = "dbt-skills", region = "insula"', None),  # a part of it
        ('disorder = "personality-disorder", region = "insula"', None),  # what it is a kind of
        ('treatment = "cbt", region = "insula"', "for Cognitive behavioural therapy; that study is of Dialectical behavior therapy."),
        (
            'treatment = "cbt", disorder = "depression", region = "insula"',
            "in Depressive disorder; that study is of Dialectical behavior therapy in Borderline personality disorder.",
        ),
        ('disorder = "depression,bpd", region = "insula"', None),
    ],
)  # fmt: skip
def test_a_claim_cites_a_study_of_something_else(found: Find, query: str, says: str | None) -> None:
    there = dict(ids(found(files=claim(query, "direction = 'decrease'", '"trial"', kind="direction"))))
    assert (says is None) == ("citation-of-another" not in there)
    if says:
        assert says in there["citation-of-another"]
        assert "citation-without-result" not in there  # told once
    else:
        assert "citation-without-result" in there


def test_social_phobia_is_cited_to_a_study_of_dbt() -> None:
    """S1, lines 566 to 569, cites 21 among studies of phobia."""
    every = [each for each in evidence.check(evidence.read()).contradictions if each.rule == "citation-of-another"]
    assert [(each.places[0].of, each.places[1].of, each.kind) for each in every] == [
        ("s1-similar", "schnell-herpertz-2007", "contradiction")
    ]


def test_a_wish_is_no_statement_that_nobody_reports(found: Find) -> None:
    there = found(files=claim('treatment = "cbt", region = "insula"', "", kind="recommendation"))
    assert [(each.rule, each.kind) for each in there] == [("nothing-behind-recommendation", "recommendation")]
    there = found(files=claim('region = "insula"', "", '"trial"', kind="recommendation"))
    assert [each.kind for each in there] == ["recommendation"]  # a study it names is an example, no proof


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"duplicates": "10", "screened": "40", "excluded": "39", "included": "1", "studies": '["trial"]'}, None),
        ({"duplicates": "10", "screened": "45"}, "50 found, less 10 duplicates, and 45 screened."),
        ({"screened": "51"}, "50 found, and 51 screened."),
        ({"screened": "50", "excluded": "40", "included": "11"}, "50 screened, less 40 excluded, and 11 included."),
        ({"included": "2", "studies": '["trial"]'}, "2 included, and 1 studies named."),
    ],
)
def test_a_search_must_add_up(found: Find, keys: dict[str, str], says: str | None) -> None:
    assert [each.says for each in found(files=searched(**keys))] == ([says] if says else [])


def test_a_search_without_day_cannot_be_repeated(found: Find) -> None:
    text = 'id = "s"\nquestion = "q"\n[[sources]]\nname = "PubMed"\nterms = "t"\n'
    there = found(files={"searches/s.toml": text})
    assert [each.says for each in there] == ["The search cannot be repeated: PubMed without date and count."]
