"""The finding on claims and its picture."""

from __future__ import annotations

import pytest

from forwhom import evidence
from forwhom.analysis.asking import Asking
from forwhom.analysis.evidence.claims import claims
from forwhom.evidence import Ledger
from forwhom.findings import Finding
from forwhom.findings.kinds import ClaimsDetail
from forwhom.report.picture import Names, Picture
from forwhom.report.pictures import drawn


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return evidence.read()


@pytest.fixture(scope="module")
def found(ledger: Ledger) -> dict[str, Finding]:
    return {finding.id: finding for finding in claims(ledger, Asking())}


def detail(finding: Finding) -> ClaimsDetail:
    assert isinstance(finding.detail, ClaimsDetail)
    return finding.detail


def test_a_finding_per_document(ledger: Ledger, found: dict[str, Finding]) -> None:
    assert list(found) == ["evidence.claims.s0", "evidence.claims.s1", "evidence.claims.s2"]
    rows = [row.id for finding in found.values() for row in detail(finding).rows]
    assert sorted(rows) == sorted(ledger.claims)


def test_numbers_of_the_sentence_are_those_of_the_rows(found: dict[str, Finding]) -> None:
    for finding in found.values():
        told = detail(finding)
        for i, verdict in enumerate(told.verdicts):
            n = sum(row.verdict == verdict for row in told.rows)
            assert sum(section.counts[i] for section in told.sections) == n
            assert next(each.value for each in finding.estimates if each.name == f"claims {verdict}") == n
            assert (f" {verdict}" in finding.statement) == bool(n) or verdict in ("supported", "contradicted")
        assert f"Of {len(told.rows)} claims" in finding.statement
    assert "Of 51 counts, 43 agree with the rows and 8 do not." in found["evidence.claims.s1"].statement


def test_what_is_contradicted_is_named(found: dict[str, Finding]) -> None:
    for finding in found.values():
        for row in detail(finding).rows:
            assert (f"“{row.says.rstrip('.')}”" in finding.statement) == (row.verdict == "contradicted")
    assert "None is contradicted." in found["evidence.claims.s2"].statement


def test_what_rests_on_the_paper_alone_is_said(found: dict[str, Finding]) -> None:
    assert "All 82 supported rest on the claiming paper alone" in found["evidence.claims.s1"].statement
    assert "Of the 18 supported, 12 rest on the claiming paper alone" in found["evidence.claims.s0"].statement
    for finding in found.values():
        alone = sum(row.alone for row in detail(finding).rows)
        estimate = next(each for each in finding.estimates if each.name.endswith("the document alone"))
        assert (estimate.value, estimate.n) == (
            alone,
            sum(row.verdict.startswith("supp") for row in detail(finding).rows),
        )
        picture = drawn(detail(finding), Names())
        assert isinstance(picture, Picture)
        assert f"{alone} of those supported rest on the document alone" in picture.caption
        assert sum("on the paper's own word alone" in row[2] for row in picture.tables[0].rows) == alone


def test_own_account_is_said(found: dict[str, Finding]) -> None:
    cautions = {name: [each.code for each in finding.cautions] for name, finding in found.items()}
    # The agenda is tested by what the review tells too, and by a publication.
    assert cautions == {
        "evidence.claims.s0": [],
        "evidence.claims.s1": ["own-account"],
        "evidence.claims.s2": ["own-account"],
    }


def test_rows_are_a_line_per_study(found: dict[str, Finding]) -> None:
    nine = next(row for row in detail(found["evidence.claims.s1"]).rows if row.id == "s1-nine")
    assert len(nine.rows) == nine.studies == 9
    assert all(" more" in row for row in nine.rows if not row.startswith(("ruocco-2016", "niedtfeld-2017")))


def test_the_picture_and_its_tables(found: dict[str, Finding]) -> None:
    told = detail(found["evidence.claims.s1"])
    picture = drawn(told, Names())
    assert isinstance(picture, Picture)
    assert "Abstract: 4 supported with conditions, 3 contradicted, 4 not checkable" in picture.describe
    for drawing in (picture.wide, picture.narrow):
        assert drawing.count("k-deteriorated") == 1 + sum(section.counts[2] > 0 for section in told.sections)
    claims_table, rows_table = picture.tables
    assert len(claims_table.rows) == len(told.rows)
    by_claim = {row[0]: row for row in claims_table.rows}
    row = by_claim["Its activity in inhibitory control rises."]
    assert row[1:4] == (
        "Discussion, paragraph 4, line 526",
        "contradicted (gives no number)",
        "rodrigo-2015 reports decrease.",
    )
    assert "not as a cause" in by_claim["DBT can change the brain of people with BPD."][2]
    assert len(rows_table.rows) == sum(len(each.rows) for each in told.rows)
