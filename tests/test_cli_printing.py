"""What a terminal is asked to hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from forwhom import answer, read_study
from forwhom.cli import printing
from forwhom.cli.printing import MOST_PRINTED, print_findings


def test_of_very_many_findings_the_planned_ones_are_printed(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    record = answer(read_study(root / "examples/beat-the-blues"), questions=["outcome.flow"])
    flow = record.findings[0]
    many = [
        replace(flow, id=f"outcome.flow.{i}", registered="planned" if i < 3 else "exploratory")
        for i in range(MOST_PRINTED + 1)
    ]
    monkeypatch.setattr(printing, "out", printing.Console(width=100))
    print_findings(replace(record, findings=tuple(many)))
    text = capsys.readouterr().out
    assert "outcome.flow.2 " in text
    assert "outcome.flow.3 " not in text
    assert "Shown are the planned ones. The report has 58 more answers" in text


def test_a_simulated_study_says_so_at_the_end(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    record = answer(read_study(root / "examples/beat-the-blues"), questions=["outcome.flow"])
    monkeypatch.setattr(printing, "out", printing.Console(width=100))
    print_findings(replace(record, study=replace(record.study, simulated=True)))
    assert capsys.readouterr().out.rstrip().endswith("This study is simulated: no such people exist.")
