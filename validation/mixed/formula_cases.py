"""Tables of the comparisons of formulas with R.

python formula_cases.py FOLDER        writes one CSV per table
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Table = dict[str, NDArray]


def crossed(seed: int = 11, persons: int = 60, occasions: int = 6, items: int = 8, therapists: int = 7) -> Table:
    """Persons of therapists, six occasions, each on one of eight situations: persons and situations are crossed."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(persons), occasions)
    time = np.tile(np.arange(occasions), persons).astype(float)
    arm = np.array(["TAU", "MBT", "SCM"])[person % 3]
    item = rng.integers(0, items, len(person))
    therapist = person % therapists
    y = 10 + 0.4 * time * (arm == "MBT") - 0.2 * time + 2 * rng.standard_normal(persons)[person]
    y += 0.4 * rng.standard_normal(persons)[person] * time + 1.5 * rng.standard_normal(items)[item]
    y += 0.3 * rng.standard_normal(items)[item] * time + rng.standard_normal(therapists)[therapist]
    y += rng.standard_normal(len(person))
    sex = np.array(["w", "m"])[rng.integers(0, 2, persons)][person]
    weight = rng.uniform(0.5, 2.0, len(person))
    table = {"y": y, "time": time, "person": person, "arm": arm, "sex": sex, "item": item, "therapist": therapist}
    return rounded(table | {"weight": weight})


def serial(seed: int = 5, persons: int = 50, occasions: int = 7, rho: float = 0.5) -> Table:
    """Random intercepts and residuals that follow one another; a fifth of the rows is missing; `day` is irregular."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(persons), occasions)
    time = np.tile(np.arange(occasions), persons).astype(float)
    noise = rng.standard_normal((persons, occasions))
    for k in range(1, occasions):
        noise[:, k] = rho * noise[:, k - 1] + np.sqrt(1 - rho**2) * noise[:, k]
    treat = (person % 2).astype(float)
    y = 10 + 0.3 * time + treat + 1.2 * rng.standard_normal(persons)[person] + noise.ravel()
    keep = rng.random(len(person)) > 0.2
    day = (time + rng.uniform(0, 0.8, len(person)))[keep]
    weight = rng.uniform(0.5, 2.0, len(person))[keep]
    table = {
        "y": y[keep],
        "time": time[keep],
        "treat": treat[keep],
        "person": person[keep],
        "day": day,
        "weight": weight,
    }
    return rounded(table)


def coded(seed: int = 1) -> Table:
    """Factors and numbers for model matrices."""
    rng = np.random.default_rng(seed)
    return rounded(
        {
            "y": rng.standard_normal(24),
            "x": rng.uniform(1, 5, 24).round(2),
            "f": np.tile(["b", "a", "c"], 8),
            "g": np.repeat(["u", "v"], 12),
            "h": np.tile(["TRUE", "FALSE", "FALSE", "TRUE"], 6),
            "n": np.tile([1, 2, 3, 4], 6),
        }
    )


def rounded(table: Table) -> Table:
    """Numbers to the ten significant digits that are written to the files."""
    return {
        name: np.array([float(f"{value:.10g}") for value in values]) if values.dtype.kind == "f" else values
        for name, values in table.items()
    }


TABLES = {"crossed": crossed, "serial": serial, "coded": coded}

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in TABLES.items():
        table = make()
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(table)
            writer.writerows(zip(*(values.tolist() for values in table.values()), strict=True))
