"""Coverage of 95 % intervals and rejection of true models with ordered answers: writes coverage_ordered.csv.

python validation/sem/coverage_ordered.py [--draws 300]

Two correlated factors (0.5) of four items each, loadings .8, .7, .6 and .5; 2, 3 or 5 categories, symmetric or crowded at one end;
n 100, 200, 400; complete, or a fifth of the answers missing completely at random (pairwise).
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np

from forwhom import models
from forwhom.problems import ProblemsFound

LOADINGS = np.array([0.8, 0.7, 0.6, 0.5])
TEXT = "f =~ " + " + ".join(f"x{k}" for k in range(4)) + "\ng =~ " + " + ".join(f"x{k}" for k in range(4, 8))
CUTS = {
    (2, "even"): [0.0],
    (2, "crowded"): [1.0],
    (3, "even"): [-0.6, 0.6],
    (3, "crowded"): [0.6, 1.3],
    (5, "even"): [-1.2, -0.4, 0.4, 1.2],
    (5, "crowded"): [0.2, 0.7, 1.2, 1.7],
}
TRUTH = {"f=~x0": 0.8, "f=~x3": 0.5, "f~~g": 0.5, "x0|t1": None}


def answers(n: int, cuts: list[float], missing: float, rng: np.random.Generator) -> dict[str, np.ndarray]:
    factors = rng.standard_normal((n, 2)) @ np.linalg.cholesky([[1, 0.5], [0.5, 1]]).T
    made = {}
    for k in range(8):
        loading = LOADINGS[k % 4]
        y = loading * factors[:, k // 4] + np.sqrt(1 - loading**2) * rng.standard_normal(n)
        made[f"x{k}"] = np.where(rng.random(n) < missing, np.nan, np.digitize(y, cuts))
    return made


def cell(categories: int, shape: str, n: int, missing: float, draws: int) -> list[dict[str, object]]:
    """One row per parameter, and one for each test of fit."""
    cuts = CUTS[categories, shape]
    rng = np.random.default_rng([categories, len(shape), n, round(100 * missing)])
    inside: dict[str, list[bool]] = {name: [] for name in TRUTH}
    adjusted, robust, settled, refused = [], [], 0, 0
    for _ in range(draws):
        try:
            fit = models.sem(TEXT, answers(n, cuts, missing, rng), ordered=True, std_lv=True)
        except ProblemsFound:
            refused += 1
            continue
        if not fit.converged or fit.scaled is None:
            continue
        settled += 1
        adjusted.append(fit.scaled.p is not None and fit.scaled.p < 0.05)
        robust.append(fit.robust_fit is not None and (fit.robust_fit.rmsea or 0.0) > 0.08)
        for name, true in TRUTH.items():
            found = fit[name]
            value = cuts[0] if true is None else true
            inside[name].append(found.low is not None and found.high is not None and found.low <= value <= found.high)
    shared = {"categories": categories, "shape": shape, "n": n, "missing": missing, "draws": draws}
    shared |= {"settled": settled, "refused": refused}
    rows = [
        {**shared, "what": f"coverage {k}", "share": round(float(np.mean(v)), 3) if v else ""}
        for k, v in inside.items()
    ]
    rows.append(
        {**shared, "what": "true model rejected", "share": round(float(np.mean(adjusted)), 3) if adjusted else ""}
    )
    rows.append(
        {**shared, "what": "robust RMSEA above .08", "share": round(float(np.mean(robust)), 3) if robust else ""}
    )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=300)
    draws = parser.parse_args().draws
    cells = [(c, s, n, m) for c, s in CUTS for n in (100, 200, 400) for m in (0.0, 0.2)]
    rows = [row for categories, shape, n, missing in cells for row in cell(categories, shape, n, missing, draws)]
    with (Path(__file__).parent / "coverage_ordered.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
