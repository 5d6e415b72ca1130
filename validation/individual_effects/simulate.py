"""Trials with known individual effects: coverage and width of the intervals, and the advantage index.

    python simulate.py run <folder> <people> <replications>   one row per trial into <folder>/trials_<people>.csv
    python simulate.py draws <folder> <people> <replications> the same trials as CSV files for grf.R
    python simulate.py table <folder>                         coverage.csv here, from all trials_*.csv and grf_*.csv

Everything follows from the number of people, the cell and the number of the replication, so parts can run apart.
"""

from __future__ import annotations

import csv
import platform
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np

from forwhom.kernels.advantage import advantage
from forwhom.kernels.crossfit import Features, cross_fit
from forwhom.kernels.individual_effects import individual_effects

HERE = Path(__file__).parent
REPEATS = 1
LEVEL = 0.95


@dataclass(frozen=True)
class Cell:
    """size : standard deviation of effects over people, about in standard deviations of the outcome"""

    name: str
    covariates: int
    shape: str
    size: float
    average: float = 0.4


CELLS = (
    Cell("no effect at all", 5, "none", 0.0, 0.0),
    Cell("no heterogeneity, 5", 5, "none", 0.0),
    Cell("no heterogeneity, 20", 20, "none", 0.0),
    Cell("linear, 1 of 5, small", 5, "linear", 0.25),
    Cell("linear, 1 of 5", 5, "linear", 0.5),
    Cell("linear, 3 of 20", 20, "linear 3", 0.5),
    Cell("step, 1 of 5", 5, "step", 0.5),
    Cell("step, 1 of 20", 20, "step", 0.5),
    Cell("U shape, 1 of 5", 5, "square", 0.3),
    Cell("pure interaction of 2, 5", 5, "interaction", 0.3),
    Cell("rare corner of 2, 20", 20, "corner", 0.3),
)


def shape(x: np.ndarray, name: str) -> np.ndarray:
    """Mean 0 and standard deviation 1 over people."""
    one, two, three = x[:, 0], x[:, 1], x[:, 2]
    if name == "linear":
        return one
    if name == "linear 3":
        return (one + two - three) / np.sqrt(3)
    if name == "step":
        return np.where(one > 0, 1.0, -1.0)
    if name == "square":
        return (one**2 - 1) / np.sqrt(2)
    if name == "interaction":
        return one * two
    if name == "corner":
        inside = (one > 0.5) & (two > 0)
        return (inside - 0.15427) / np.sqrt(0.15427 * (1 - 0.15427))
    return np.zeros(len(x))


def trial(
    cell: Cell, n: int, replication: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.random.Generator]:
    """Covariates, arm, outcome, effects and the generator for what follows."""
    rng = np.random.default_rng([20261122, CELLS.index(cell), n, replication])
    x = rng.standard_normal((n, cell.covariates))
    x[:, -1] = np.where(x[:, -1] > 0, 1.0, 0.0)
    effect = cell.average + 1.2 * cell.size * shape(x, cell.shape)
    arm = rng.permutation(np.arange(n) % 2)
    y = 0.6 * x[:, 0] + 0.3 * x[:, 1] + arm * effect + rng.standard_normal(n)
    return x, arm, y, effect, rng


def one(cell: Cell, n: int, replication: int) -> dict[str, float | str | int]:
    x, arm, y, effect, rng = trial(cell, n, replication)
    features = Features(x, np.empty((n, 0), dtype=np.intp), tuple(f"x{j}" for j in range(x.shape[1])))
    fit = cross_fit(y, arm, features, arms=2, repeats=REPEATS, rng=rng)
    sd = float(np.sqrt((y[arm == 0].var(ddof=1) + y[arm == 1].var(ddof=1)) / 2))
    found = individual_effects(fit, features, sd=sd, level=LEVEL)
    point, low, high = found.effect[0], found.low[0], found.high[0]
    covers = (low <= effect) & (effect <= high)
    order = np.argsort(effect)
    tenth = max(1, n // 10)
    index = advantage(fit, y, sign=1, level=LEVEL)
    # What the index estimates: the mean over people of the effect of the indicated arm against the other.
    best = np.argmax(fit.effects, axis=2)
    gained = np.where(best == 1, effect, -effect).mean()
    return {
        "cell": cell.name,
        "n": n,
        "replication": replication,
        "coverage": covers.mean(),
        "coverage_lowest_tenth": covers[order[:tenth]].mean(),
        "coverage_highest_tenth": covers[order[-tenth:]].mean(),
        "bias_lowest_tenth": (point - effect)[order[:tenth]].mean() / sd,
        "bias_highest_tenth": (point - effect)[order[-tenth:]].mean() / sd,
        "width": (high - low).mean() / sd,
        "rmse": np.sqrt(((point - effect) ** 2).mean()) / sd,
        "rmse_of_average": np.sqrt(((found.average[0] - effect) ** 2).mean()) / sd,
        "excludes_zero": ((low > 0) | (high < 0)).mean(),
        "average_covers": float(found.average_low[0] <= effect.mean() <= found.average_high[0]),
        "shrunken": found.shrunken[0],
        "index": index.difference.estimate / sd,
        "index_covers": float(index.difference.low <= gained <= index.difference.high),
        "index_bias": (index.difference.estimate - gained) / sd,
        "robust_bias": (index.robust.estimate - gained) / sd,
        "robust_covers": float(index.robust.low <= gained <= index.robust.high),
        "matching": index.matching.estimate / sd,
        "matching_above_zero": float(index.matching.low > 0),
        "matching_below_zero": float(index.matching.high < 0),
    }


def run(folder: Path, n: int, replications: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"trials_{n}.csv").open("w", newline="", encoding="utf-8") as file:
        writer: csv.DictWriter[str] | None = None
        for replication in range(replications):
            for cell in CELLS:
                row = one(cell, n, replication)
                if writer is None:
                    writer = csv.DictWriter(file, list(row))
                    writer.writeheader()
                writer.writerow(row)
                file.flush()


def draws(folder: Path, n: int, replications: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, cell in enumerate(CELLS):
        for replication in range(replications):
            x, arm, y, effect, _ = trial(cell, n, replication)
            head = ",".join(["y", "arm", "effect", *(f"x{j}" for j in range(x.shape[1]))])
            name = folder / f"draw_{n}_{number}_{replication}.csv"
            np.savetxt(name, np.column_stack([y, arm, effect, x]), delimiter=",", header=head, comments="")


def table(folder: Path) -> None:
    """Means per cell; Monte Carlo standard error of coverage from the spread between trials."""
    rows: dict[tuple[int, str], list[dict[str, str]]] = defaultdict(list)
    for path in sorted(folder.glob("trials_*.csv")):
        with path.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                rows[int(row["n"]), row["cell"]].append(row)
    grf: dict[tuple[int, str], list[dict[str, str]]] = defaultdict(list)
    for path in sorted(folder.glob("grf_*.csv")):
        with path.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                grf[int(row["n"]), CELLS[int(row["cell"])].name].append(row)
    made = []
    for n, cell in sorted(rows, key=lambda key: (key[0], [c.name for c in CELLS].index(key[1]))):
        trials = rows[n, cell]
        entry: dict[str, float | str | int] = {"n": n, "cell": cell, "trials": len(trials)}
        for column in list(trials[0])[3:]:
            values = np.array([float(row[column]) for row in trials])
            entry[column] = round(float(np.nanmean(values)), 4)
            if column in ("coverage", "index_bias", "robust_bias", "matching") and len(values) > 1:
                entry[f"{column}_se"] = round(float(np.nanstd(values, ddof=1) / np.sqrt(len(values))), 4)
        theirs = grf[n, cell]
        # Ours again, on the trials that grf was given.
        shared = {r["replication"] for r in theirs} & {r["replication"] for r in trials}
        theirs = [r for r in theirs if r["replication"] in shared]
        same = [r for r in trials if r["replication"] in shared]
        entry["grf_trials"] = len(theirs)
        for column in ("coverage", "width", "rmse"):
            entry[f"grf_{column}"] = round(float(np.mean([float(r[column]) for r in theirs])), 4) if theirs else ""
            entry[f"same_{column}"] = round(float(np.mean([float(r[column]) for r in same])), 4) if same else ""
        made.append(entry)
    with (HERE / "coverage.csv").open("w", newline="", encoding="utf-8") as file:
        told = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "scikit-learn"))
        file.write(
            f"# made {date.today()}, python {platform.python_version()}, {told}; level {LEVEL}, {REPEATS} repeats\n"
        )
        writer = csv.DictWriter(file, list(made[0]))
        writer.writeheader()
        writer.writerows(made)


if __name__ == "__main__":
    what, where, *numbers = sys.argv[1:]
    if what == "table":
        table(Path(where))
    else:
        {"run": run, "draws": draws}[what](Path(where), *map(int, numbers))
