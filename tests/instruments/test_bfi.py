"""Five IPIP scales described by a user, against psych::scoreItems (validation/instruments/bfi_scores.R)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forwhom.instruments import instrument, score

TRAITS = ("agreeableness", "conscientiousness", "extraversion", "neuroticism", "openness")
FORM = """
name = "ipip-25"
label = "IPIP-25"
title = "25 items of the International Personality Item Pool"
items = 25
reverse = [1, 9, 10, 11, 12, 22, 25]
key_sources = ["psych"]

[coding]
low = 1
high = 6

[missing]
most_missing = 4
words = "The mean of the answered items, at least one."
sources = ["psych"]

[scoring]
kind = "mean"
better = "higher"
""" + "".join(f'\n[score.{trait}]\nitems = "{5 * i + 1}-{5 * i + 5}"\n' for i, trait in enumerate(TRAITS)) + """
[[sources]]
id = "psych"
what = "keys A1 C4 C5 E1 E2 O2 O5 reversed"
where = "R package psychTools, data set bfi"
tag = "V"
"""  # fmt: skip


@pytest.fixture
def answers(shared_data: Path) -> np.ndarray:
    frame = pl.read_csv(shared_data / "b_questionnaires" / "bfi_items.csv", null_values="NA")
    return frame[:, :25].cast(pl.Float64).fill_null(np.nan).to_numpy()


@pytest.fixture
def scored(tmp_path: Path, answers: np.ndarray) -> dict[str, np.ndarray]:
    (tmp_path / "instruments").mkdir()
    (tmp_path / "instruments" / "ipip-25.toml").write_text(FORM, encoding="utf-8")
    scores = score(instrument("ipip-25", tmp_path), answers)
    return {trait: scores[trait].values for trait in TRAITS}


@pytest.fixture
def psych(root: Path) -> dict:
    return json.loads((root / "validation" / "instruments" / "bfi_scores.json").read_text(encoding="utf-8"))


def test_scores_of_forty_people(scored: dict[str, np.ndarray], psych: dict) -> None:
    rows = [row - 1 for row in psych["rows"]]
    ours = np.column_stack([scored[trait][rows] for trait in TRAITS])
    np.testing.assert_allclose(ours, np.array(psych["scores"], dtype=float), atol=1e-9)


@pytest.mark.parametrize("which", ["available", "complete"])
def test_means_and_spreads(scored: dict[str, np.ndarray], psych: dict, answers: np.ndarray, which: str) -> None:
    people = np.ones(len(answers), dtype=bool) if which == "available" else ~np.isnan(answers).any(axis=1)
    for trait in TRAITS:
        values = scored[trait][people]
        expected = psych[which][trait]
        assert np.sum(~np.isnan(values)) == expected["n"]
        assert np.nanmean(values) == pytest.approx(expected["mean"], abs=1e-9)
        assert np.nanstd(values, ddof=1) == pytest.approx(expected["sd"], abs=1e-9)
