"""Gains that last and gains that do not: how many are called reversed, beside what noise alone would call so.

    python validation/sudden_change/lasting.py

Half of 60 people fall by 8 points after session 8 of 20, for 12 sessions (to the end) or for 4; noise of 2 points is alike from session to
session (0.3). Smallest step 7. Writes lasting.json; under a minute.
"""

from __future__ import annotations

import csv
import json
import tempfile
from pathlib import Path

import numpy as np

import forwhom
from forwhom.analysis.asking import Asking
from forwhom.analysis.how.sudden_change import sudden_change
from forwhom.io.folder import read_and_score

HERE = Path(__file__).parent
RUNS = 100
STUDY = """
[study]
name = "lasting"
time_unit = "week"
[arms]
A = "Everyone"
[tables.persons]
file = "persons.csv"
id = "id"
arm = "arm"
[tables.sessions]
file = "sessions.csv"
number = "number"
[scales.mood]
better = "lower"
range = [0, 60]
[plan]
sudden_change = { name = "mood", points = 7 }
"""


def one(lasting: int, seed: int) -> tuple[float, float, float] | None:
    """Share reversed, share by noise, p of one made study; None without a gain."""
    rng = np.random.default_rng([lasting, seed])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "study.toml").write_text(STUDY, encoding="utf-8")
        with (folder / "persons.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["id", "arm"], *[[f"p{i}", "A"] for i in range(60)]])
        rows: list[list[object]] = [["id", "number", "mood"]]
        for i in range(60):
            noise = 0.0
            for t in range(20):
                noise = 0.3 * noise + rng.normal(0, 2.0)
                low = 8.0 if i % 2 and 8 <= t < 8 + lasting else 0.0
                rows.append([f"p{i}", t + 1, round(float(np.clip(30 + noise - low, 0, 60)), 3)])
        with (folder / "sessions.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
        finding = sudden_change(read_and_score(folder), Asking(), "mood")
    found = {each.name: each for each in finding.estimates if each.name.startswith("sudden gains")}
    seen = next((each for name, each in found.items() if "reversed later" in name), None)
    noise_ = next((each for name, each in found.items() if "where all of them last" in name), None)
    if seen is None or noise_ is None or seen.value is None or noise_.value is None or noise_.p is None:
        return None
    return seen.value, noise_.value, noise_.p


def main() -> None:
    """Both cases."""
    made = []
    for lasting in (12, 4):
        runs = [each for seed in range(RUNS) if (each := one(lasting, seed)) is not None]
        values = np.array(runs)
        made.append(
            {
                "sessions": lasting,
                "studies": len(runs),
                "reversed": round(float(values[:, 0].mean()), 3),
                "by_noise": round(float(values[:, 1].mean()), 3),
                "p_below_05": round(float((values[:, 2] < 0.05).mean()), 3),
            }
        )
    stored = {"forwhom": forwhom.__version__, "numpy": np.__version__, "cases": made}
    (HERE / "lasting.json").write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
