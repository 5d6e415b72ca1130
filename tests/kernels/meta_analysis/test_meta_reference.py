"""Meta-analysis beside metafor and clubSandwich (validation/meta_analysis/README.md says what differs and why)."""

from __future__ import annotations

import csv
import importlib.util
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


def _module() -> Any:
    spec = importlib.util.spec_from_file_location("meta_analysis_compare", FOLDER / "compare.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


COMPARE = _module()


@cache
def compared() -> dict[str, list[tuple[str, float]]]:
    found: dict[str, list[tuple[str, float]]] = {}
    for topic, name, part, ours, theirs in COMPARE.pairs(COMPARE.reference()):
        found.setdefault(topic, []).append((f"{name}: {part} {ours} / {theirs}", COMPARE.difference(ours, theirs)))
    return found


@pytest.mark.parametrize("topic", TOLERANCE)
def test_every_stored_value_is_met(topic: str) -> None:
    made = compared()[topic]
    assert len(made) >= 8
    assert [name for name, apart in made if not apart <= TOLERANCE[topic]] == []


def test_nothing_is_compared_without_a_tolerance() -> None:
    assert set(compared()) == set(TOLERANCE)
    assert sum(map(len, compared().values())) > 4500


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
    stored = COMPARE.reference()
    assert stored["metapsy"]["k"] == y.size
    for topic, name, part, ours, theirs in COMPARE.metapsy(stored, y, v, [r["study"] for r in rows], x):
        assert COMPARE.difference(ours, theirs) < TOLERANCE[topic], (topic, name, part, ours, theirs)
