"""Coverage of 95 % intervals and rejection of true models, where truth is known: writes coverage.csv.

python validation/sem/coverage.py [--draws 300]

Growth: level and slope over four waves. Two factors: three items each, correlated 0.5, one explaining an outcome through the
other, so that an indirect effect (delta method) is defined. n 40, 100, 400; no or a fifth of the values missing; plain and MLR.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np

from forwhom import models
from forwhom.problems import ProblemsFound

WAVES = ["y1", "y2", "y3", "y4"]
GROWTH = models.recipes.latent_growth(WAVES)
FACTORS = "f =~ a1 + a2 + a3\ng =~ b1 + b2 + b3\ng ~ a*f\ny ~ b*g + f\nindirect := a*b"
TRUTH = {
    "growth": {"slope~1": -0.6, "slope~~slope": 0.3, "level~~slope": -0.3},
    "factors": {"f=~a2": 0.8, "g~f": 0.5, "indirect": 0.2, "f~~f": 1.0},
}


def growth(n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    u = rng.standard_normal((n, 2)) @ np.linalg.cholesky([[3.0, -0.3], [-0.3, 0.3]]).T
    y = 10 + u[:, [0]] + (-0.6 + u[:, [1]]) * np.arange(4) + 1.2 * rng.standard_normal((n, 4))
    return dict(zip(WAVES, y.T, strict=True))


def factors(n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    f = rng.standard_normal(n)
    g = 0.5 * f + np.sqrt(0.75) * rng.standard_normal(n)
    y = 0.4 * g + 0.2 * f + rng.standard_normal(n)
    loadings = (1.0, 0.8, 0.8)
    made = {f"a{i + 1}": loading * f + 0.7 * rng.standard_normal(n) for i, loading in enumerate(loadings)}
    made |= {f"b{i + 1}": loading * g + 0.7 * rng.standard_normal(n) for i, loading in enumerate(loadings)}
    return made | {"y": y}


def cell(design: str, n: int, missing: float, robust: bool, draws: int) -> list[dict[str, object]]:
    """One row per parameter, and one for the test of fit."""
    rng = np.random.default_rng([n, round(100 * missing), draws])
    make, text = (growth, GROWTH) if design == "growth" else (factors, FACTORS)
    inside: dict[str, list[bool]] = {name: [] for name in TRUTH[design]}
    rejected, settled = [], 0
    for _ in range(draws):
        table = {name: np.where(rng.random(n) < missing, np.nan, y) for name, y in make(n, rng).items()}
        try:
            fit = models.sem(text, table, robust=robust)
        except ProblemsFound:
            continue
        if not fit.converged:
            continue
        settled += 1
        used = fit.scaled if fit.scaled else fit.fit
        rejected.append(used.p is not None and used.p < 0.05)
        for name, true in TRUTH[design].items():
            low, high = fit[name].low, fit[name].high
            inside[name].append(low is not None and high is not None and low <= true <= high)
    shared = {"design": design, "n": n, "missing": missing, "robust": robust, "draws": draws, "settled": settled}
    rows = [
        {**shared, "what": f"coverage {name}", "share": round(float(np.mean(hits)), 3)} for name, hits in inside.items()
    ]
    return [*rows, {**shared, "what": "true model rejected", "share": round(float(np.mean(rejected)), 3)}]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=300)
    draws = parser.parse_args().draws
    cells = [(d, n, m, r) for d in TRUTH for n in (40, 100, 400) for m in (0.0, 0.2) for r in (False, True)]
    rows = [row for design, n, missing, robust in cells for row in cell(design, n, missing, robust, draws)]
    with (Path(__file__).parent / "coverage.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
