"""Logs of searches as a finding."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from forwhom import evidence
from forwhom.analysis.asking import Asking
from forwhom.analysis.evidence.search_logs import searches
from forwhom.cli import app
from forwhom.findings.kinds import SearchesDetail


def test_what_a_paper_does_not_tell_of_its_search_is_not_told() -> None:
    finding = searches(evidence.read(), Asking())
    assert finding.status == "answered"
    assert "1 search, 0 of which can be repeated. s1: identified not told, duplicates not told, included 9." in str(
        finding.statement
    )
    assert [caution.code for caution in finding.cautions] == ["search-not-repeatable"]


def test_an_import_is_on_the_page_with_its_flow(tmp_path: Path) -> None:
    file = tmp_path / "a.ris"
    file.write_text("TY  - JOUR\nAU  - New, Ann\nPY  - 2020\nTI  - A new trial\nER  -\n" * 2, encoding="utf-8")
    words = (
        "--search",
        "mine",
        "--database",
        "PubMed",
        "--terms",
        "x",
        "--date",
        "2026-01-31",
        "--ledger",
        str(tmp_path),
    )
    assert CliRunner().invoke(app, ["evidence", "add", "--from", str(file), *words]).exit_code == 0
    finding = searches(evidence.read(tmp_path, shipped=False), Asking())
    assert isinstance(finding.detail, SearchesDetail)
    (row,) = finding.detail.rows
    assert row.steps == (("Identified", 2), ("Duplicates", 1), ("Incomplete records", 0), ("Added as drafts", 1))
    assert (row.coded, row.drafts, row.gone, row.lacks) == (0, 1, 0, ())
    assert [caution.code for caution in finding.cautions] == ["drafts-wait"]


def test_no_search_is_no_answer() -> None:
    assert searches(evidence.read(shipped=False), Asking()).status == "not_applicable"
