"""A simulated study says so on every page that is made from it, and no other study does."""

from __future__ import annotations

import re
from dataclasses import replace
from types import ModuleType

import polars as pl
import pytest

from forwhom.analysis.answer import answer
from forwhom.findings.record import from_json, to_json
from forwhom.problems import ProblemsFound
from forwhom.report.people import entry, render_people
from forwhom.report.render import render
from forwhom.study import Study

SAYS = "These people do not exist"


@pytest.mark.parametrize("which", ["record", "person"])
def test_pages_say_it_at_the_top_in_the_title_and_in_print(which: str, samples: ModuleType) -> None:
    record = getattr(samples, which)()
    plain = render(record)
    made_up = replace(record, study=replace(record.study, simulated=True))
    page = render(made_up)
    assert 'class="simulated"' not in plain
    assert "made-up" not in plain.split("<body")[1].split(">")[0]
    head, _, body = page.partition("<body")
    assert "<title>SIMULATED: " in head
    assert "made-up" in body.split(">")[0]
    assert body.index(SAYS) < body.index("<h1")
    assert "simulated data ·" in page
    assert "@top-center" in page


def test_the_list_of_people_says_it(samples: ModuleType) -> None:
    record = samples.person()
    card = replace(record.study, simulated=True)
    assert SAYS in render_people(card, (entry(record, "p.html"),))
    assert SAYS not in render_people(record.study, (entry(record, "p.html"),))


def test_the_key_goes_from_the_study_to_the_record_and_back() -> None:
    people = pl.DataFrame({"id": ["1", "2"], "arm": ["a", "b"]})
    study = Study.from_frames("s", people, arms=["a", "b"], simulated=True)
    assert study.simulated
    record = answer(study, questions=["outcome.flow"])
    assert record.study.simulated
    assert from_json(to_json(record)) == record


def test_records_of_format_1_1_are_not_simulated(samples: ModuleType) -> None:
    text = re.sub(r',\s*"simulated": false', "", to_json(replace(samples.record(), version="1.1")))
    assert '"simulated"' not in text
    assert from_json(text).study.simulated is False


def test_the_key_is_true_or_false() -> None:
    people = pl.DataFrame({"id": ["1", "2"]})
    with pytest.raises(ProblemsFound, match="not true or false"):
        Study.from_frames("s", people, simulated="yes")


def test_a_study_of_many_scales_names_the_first(samples: ModuleType) -> None:
    record = samples.record()
    many = tuple({"name": f"s{k}", "label": f"Scale number {k}", "better": "lower", "range": ""} for k in range(12))
    page = render(replace(record, study=replace(record.study, scales=many)))
    assert "Scale number 6 (lower is better)</dd>" in page
    assert "<dd>and 5 more</dd>" in page
    assert "Scale number 7 (lower is better)" not in page
