"""The page of a programme: what is ours is marked, and a weakened rule stands first."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from forwhom import evidence, programme
from forwhom.analysis.programme.programme_page import programme_record
from forwhom.findings import Record
from forwhom.findings.kinds import GuidanceDetail, ProgrammeTimelineDetail
from forwhom.findings.record import from_json, to_json
from forwhom.report.render import render


@pytest.fixture(scope="module")
def record() -> Record:
    return programme_record(programme.shipped("mbt"), evidence.read())


def test_the_time_line_in_weeks(record: Record) -> None:
    detail = record.findings[0].detail
    assert isinstance(detail, ProgrammeTimelineDetail)
    spans = {(each.part, each.label): each for each in detail.spans}
    group = spans["Phases", "Psycho-education group"]
    assert (group.begins, group.ends, group.ours) == (3, 15, False)
    assert spans["Phases", "Assessment"].ours
    assert spans["Phases", "Individual and group therapy"].ends == detail.weeks == pytest.approx(78, abs=0.3)
    individual = spans["Sessions", "Individual session"]
    assert len(individual.marks) == 62
    assert not individual.ours
    assert spans["Assessments", "Review of medication, by protocol"].ours
    assert all(each.source for each in detail.spans)


def test_the_record_is_read_back_and_drawn(record: Record) -> None:
    text = to_json(record)
    assert to_json(from_json(text)) == text
    page = render(record, text)
    assert page.count("tickmark") > 8
    assert "Psycho-education group" in page
    assert "S2 line 140" in page
    assert "nan" not in re.sub(r"[a-z]nan|nan[a-z]", "", page.casefold())


@pytest.mark.parametrize("name", programme.names())
def test_every_shipped_programme_has_a_page(name: str) -> None:
    made = programme_record(programme.shipped(name), evidence.read())
    statuses = {each.id: each.status for each in made.findings}
    assert statuses["programme.guidance"] == ("answered" if programme.shipped(name).guidance else "declined")
    assert render(made)


def test_a_weakened_rule_stands_first_with_its_reason() -> None:
    ledger = evidence.read()
    studies = {
        name: replace(each, results=()) if each.sample == "cassel-cohort" else each
        for name, each in ledger.studies.items()
    }
    finding = programme_record(programme.shipped("mbt"), replace(ledger, studies=studies)).findings[2]
    detail = finding.detail
    assert isinstance(detail, GuidanceDetail)
    assert [(row.id, row.standing) for row in detail.rows[:2]] == [
        ("setting", "weakened"),
        ("setting-cohort", "weakened"),
    ]
    assert "Its claim is not supported" in detail.rows[0].reason
    assert "2 weakened" in finding.statement
