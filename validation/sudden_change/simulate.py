"""Sudden gains where there are none, and where there are: how often the criteria and their chance level find them.

python simulate.py [--runs 200]   writes simulated.json
"""

from __future__ import annotations

import argparse
import json
import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np

from forwhom.kernels.session_courses import simulated, straight_lines
from forwhom.kernels.sudden_change import sudden_changes

HERE = Path(__file__).parent
NULLS = 100
POINTS, NOISE = 7.0, 3.0


def courses(rng: np.random.Generator, n: int, m: int, phi: float, real: float, shape: str) -> np.ndarray:
    noise = rng.standard_normal((n, m))
    for t in range(1, m):
        noise[:, t] = phi * noise[:, t - 1] + np.sqrt(1 - phi**2) * noise[:, t]
    time = np.arange(m) / (m - 1)
    fall = time if shape == "line" else (1 - np.exp(-4 * time)) / (1 - np.exp(-4))
    table = 28 + rng.normal(0, 5, (n, 1)) - rng.normal(8, 4, (n, 1)) * fall + NOISE * noise
    jump = np.where(rng.random(n) < real, rng.integers(2, m - 2, n), m)
    return np.clip(np.round(table - 10.0 * (np.arange(m) > jump[:, None])), 0, 63)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=200)
    runs = parser.parse_args().runs
    rng = np.random.default_rng(20260101)
    rows = []
    for n in (40, 134):
        for m in (8, 16, 40):
            for phi in (0.0, 0.5):
                for shape, real in (("line", 0.0), ("levels off", 0.0), ("line", 0.3)):
                    kept = []
                    for _ in range(runs):
                        table = courses(rng, n, m, phi, real, shape)
                        has = sudden_changes(table, POINTS).per_person > 0
                        null = simulated(straight_lines(table), NULLS, rng, low=0, high=63, step=1)
                        chance = (sudden_changes(null, POINTS).per_person.reshape(NULLS, n) > 0).sum(axis=1)
                        p = (1 + (chance >= has.sum()).sum()) / (1 + NULLS)
                        better = table[:, 0] - table[:, -1]
                        gap = better[has].mean() - better[~has].mean() if 0 < has.sum() < n else np.nan
                        kept.append((has.mean(), chance.mean() / n, float(p <= 0.05), gap))
                    share, expected, rejected, gap = np.nanmean(kept, axis=0)
                    rows.append({
                        "n": n, "sessions": m, "correlation": phi, "course": shape, "people_with_a_real_step": real, "share_found": share,
                        "by_chance": expected, "more_than_chance": rejected, "improvement_with_minus_without": gap,
                    })  # fmt: skip
    made = {
        "runs": runs,
        "versions": {name: version(name) for name in ("forwhom", "numpy", "scipy")}
        | {"python": platform.python_version()},
        "cells": rows,
    }
    rounded = json.loads(json.dumps(made, default=float), parse_float=lambda text: round(float(text), 4))
    (HERE / "simulated.json").write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
