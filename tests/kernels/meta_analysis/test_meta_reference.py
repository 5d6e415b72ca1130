"""Meta-analysis beside metafor and clubSandwich (validation/meta_analysis/README.md says what differs and why)."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[3] / "validation" / "meta_analysis"

# One pass over what was stored, tolerance by topic; the README holds the largest differences.
TOLERANCE = {
    "effect sizes": 1e-12,
    "two levels": 1e-8,
    "Q-profile": 1e-9,
    "regression": 1e-8,
    "leave one out": 1e-7,
    "influence": 1e-7,
    "egger": 1e-8,
    "begg": 1e-12,
    "trim and fill": 1e-9,
    "selection": 3e-5,
    "three levels": 1e-6,
    "profile": 1e-8,
    "CR2": 1e-6,
}


# Ours, made by the script; the studies of all others are not in the repository.
MADE = {
    "two_level": {
        "alike", "three", "two", "made_nine", "made_spread", "made_alike", "made_small_studies", "made_events",
    },
    "three_level": {"made_nested", "made_pairs", "made_within"},
}  # fmt: skip


def _module() -> Any:
    spec = importlib.util.spec_from_file_location("meta_analysis_compare", FOLDER / "compare.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


COMPARE = _module()


@cache
def compared(folder: str | None = None) -> dict[str, list[tuple[str, float]]]:
    """Differences by topic; with the folder of the data sets of R packages those of metadat only, else the made-up sets."""
    stored = COMPARE.reference(folder)
    if folder is not None:
        for level in ("two_level", "three_level"):
            stored[level] = {name: entry for name, entry in stored[level].items() if name not in MADE[level]}
    found: dict[str, list[tuple[str, float]]] = {}
    for topic, name, part, ours, theirs in COMPARE.pairs(stored):
        found.setdefault(topic, []).append((f"{name}: {part} {ours} / {theirs}", COMPARE.difference(ours, theirs)))
    return found


@pytest.mark.parametrize("topic", TOLERANCE)
def test_every_stored_value_is_met(topic: str) -> None:
    made = compared()[topic]
    assert len(made) >= 6
    assert [name for name, apart in made if not apart <= TOLERANCE[topic]] == []


@pytest.mark.parametrize("topic", TOLERANCE)
def test_every_value_of_metadat_is_met(topic: str) -> None:
    folder = os.environ.get("FORWHOM_R_DATA", "")
    if not (Path(folder) / "meta_two_bcg.json").is_file():
        pytest.skip("no data sets of the R packages at FORWHOM_R_DATA")
    made = compared(folder)[topic]
    assert len(made) >= 6
    assert [name for name, apart in made if not apart <= TOLERANCE[topic]] == []


def test_nothing_is_compared_without_a_tolerance() -> None:
    assert set(compared()) == set(TOLERANCE)
    assert sum(map(len, compared().values())) > 2700


def test_only_made_up_sets_tell_of_single_studies() -> None:
    stored = json.loads((FOLDER / "reference.json").read_text())
    for level, names in MADE.items():
        for name, entry in stored[level].items():
            assert ("y" in entry) == (name in names)
            told = {"y", "v", "x", "cluster", "diagnostics"} & set(entry)
            weights = any("weights" in fit for fit in entry.get("fits", {}).values())
            assert name in names or not (told or weights), name


def test_a_difference_is_seen() -> None:
    assert COMPARE.difference([1.0, 2.0], [1.0, 2.1]) == pytest.approx(0.1 / 2.1)
    assert COMPARE.difference(None, 1.0) == float("inf")
    assert COMPARE.difference(None, None) == 0.0


def test_trials_of_borderline_personality_disorder(shared_data: Path) -> None:
    with (shared_data / "g_meta" / "metapsy_borderline_psychotherapy_vs_control.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["outcome_domain"] == "BPD severity"]
    rows = [row for row in rows if row[".g"] not in ("", "NA") and row[".g_se"] not in ("", "NA")]
    y, v = np.array([float(r[".g"]) for r in rows]), np.array([float(r[".g_se"]) ** 2 for r in rows])
    x = np.array([[float(r["format"] == "grp"), float(r["year"]) - 2010] for r in rows])
    stored = COMPARE.reference(None)
    assert stored["metapsy"]["k"] == y.size
    for topic, name, part, ours, theirs in COMPARE.metapsy(stored, y, v, [r["study"] for r in rows], x):
        assert COMPARE.difference(ours, theirs) < TOLERANCE[topic], (topic, name, part, ours, theirs)
