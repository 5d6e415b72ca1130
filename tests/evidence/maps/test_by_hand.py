"""The map against the table written by hand from the review (validation/evidence_map)."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from forwhom import evidence


@pytest.fixture(scope="module")
def compare(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("evidence_map_compare", root / "validation/evidence_map/compare.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def ledger() -> evidence.Ledger:
    return evidence.read()


def test_every_line_of_the_map_is_in_the_table_and_every_line_of_the_table_in_the_map(
    compare: ModuleType, ledger: evidence.Ledger
) -> None:
    hand, found = compare.by_hand(), compare.by_map(ledger)
    assert len(hand) > 100
    assert set(found) - set(hand) == set()
    assert set(hand) - set(found) == set()
    assert {key: found[key] for key in hand if found[key] != hand[key]} == {}


def test_counts_by_paper_and_by_sample(compare: ModuleType, ledger: evidence.Ledger) -> None:
    told = {says: (papers, studies, samples) for says, _, papers, studies, samples in compare.counts(ledger)}
    assert told["less amygdala activity, most of all in responders"] == (2, 3, 3)
    assert told["less ACC activity"] == (2, 2, 2)
    assert told["less ACC activity in responders"] == (2, 2, 1)
    assert told["inferior frontal gyrus, any change"] == (3, 4, 4)
    assert told["… more activity in inhibitory control"] == (1, 0, 0)
    assert told["neurofeedback, less amygdala activity"] == (2, 1, 1)
    assert told["imaging studies of DBT"] == (9, 8, 5)


def test_the_printed_table_is_that_of_the_readme(compare: ModuleType, ledger: evidence.Ledger, root: Path) -> None:
    readme = (root / "validation/evidence_map/README.md").read_text(encoding="utf-8")
    for says, lines, papers, studies, samples in compare.counts(ledger):
        assert f"| {says} | {lines} | {'–' if papers is None else papers} | {studies} | {samples} |" in readme
