"""Simulated data of the comparisons with R, and the CSV files the R script reads.

python simulate.py FOLDER        writes one CSV per simulated case
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

Table = dict[str, np.ndarray]


def growth(seed: int, persons: int, *, occasions: int = 10, therapists: int = 0, effect: float = -0.4) -> Table:
    """Two arms, `occasions` equally spaced rows per person, random intercept and slope, therapists when > 0."""
    rng = np.random.default_rng(seed)
    treat = rng.integers(0, 2, persons)
    root = np.linalg.cholesky([[25.0, -0.2 * 5.0 * 0.5], [-0.2 * 5.0 * 0.5, 0.25]])
    u = rng.standard_normal((persons, 2)) @ root.T
    therapist = np.arange(persons) % therapists if therapists else np.zeros(persons, dtype=int)
    between = 2.0 * rng.standard_normal(therapists) if therapists else np.zeros(1)
    time = np.arange(occasions)
    y = (20.0 + 0.3 * treat + u[:, 0] + between[therapist])[:, None]
    y = y + (-0.8 + effect * treat + u[:, 1])[:, None] * time
    y = y + 3.0 * rng.standard_normal((persons, occasions))
    table = {
        "patient": np.repeat(np.arange(1, persons + 1), occasions),
        "time": np.tile(time, persons).astype(float),
        "treat": np.repeat(treat, occasions).astype(float),
        "y": rounded(y.ravel()),
    }
    if therapists:
        table["therapist"] = np.repeat(therapist + 1, occasions)
    return table


def rounded(values: np.ndarray) -> np.ndarray:
    """To the ten significant digits that are written to the files."""
    return np.array([float(f"{value:.10g}") for value in values])


def ragged(seed: int, *, persons: int = 90, outside: bool = False) -> Table:
    """Irregular times, two to six rows per person, 11 therapists in 4 sites; with `outside`, one arm has no therapist."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(2, 7, persons)
    patient = np.repeat(np.arange(persons), rows)
    treat = rng.integers(0, 2, persons)
    therapist = rng.integers(0, 11, persons)
    site = therapist % 4
    time = np.concatenate([np.sort(rng.uniform(0, 12, k)) for k in rows]).round(2)
    y = 15 - 0.5 * time - 0.3 * treat[patient] * time + rng.normal(size=len(time)) * 2
    y += (2.5 * rng.normal(size=persons))[patient] + (0.3 * rng.normal(size=persons))[patient] * time
    led = treat[patient] == 1 if outside else np.ones(len(time), dtype=bool)
    y += np.where(led, (1.5 * rng.normal(size=11))[therapist[patient]], 0.0)
    y += 0.0 if outside else rng.normal(size=4)[site[patient]]
    return {
        "patient": patient + 1,
        "time": time,
        "treat": treat[patient].astype(float),
        "y": rounded(y),
        "therapist": np.where(led, therapist[patient] + 1, -1),
        "site": site[patient] + 1,
    }


def flat(seed: int, *, persons: int = 24, occasions: int = 4) -> Table:
    """No differences between persons beyond chance: estimates lie on the boundary."""
    rng = np.random.default_rng(seed)
    time = np.tile(np.arange(occasions, dtype=float), persons)
    patient = np.repeat(np.arange(1, persons + 1), occasions)
    y = 10 - time + rng.normal(size=len(time))
    return {"patient": patient, "time": time, "treat": (patient % 2).astype(float), "y": rounded(y)}


def cases(*, large: bool = True) -> dict[str, Table]:
    """All simulated cases by name; without the two of 200,000 rows when not `large`."""
    found = {
        "growth_60": growth(1, 60),
        "growth_1k": growth(20260101, 1000),
        "growth3_1k": growth(20260103, 1000, therapists=50),
        "growth3_66": growth(2, 66, occasions=5, therapists=11),
        "ragged": ragged(3),
        "outside": ragged(4, outside=True),
        "flat_9": flat(9),
        "flat_11": flat(11),
    }
    if large:
        found["growth_20k"] = growth(20260102, 20000)
        found["growth3_20k"] = growth(20260104, 20000, therapists=800)
    return found


def write(table: Table, path: Path) -> None:
    """One CSV; every number as repr writes it."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table)
        writer.writerows(zip(*(column.tolist() for column in table.values()), strict=True))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in cases().items():
        write(table, folder / f"{name}.csv")
