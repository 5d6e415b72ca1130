"""Level of the tests with forwhom's own cross-fit (ridge and forest), effects the same for all. Writes level_engine.csv.

OMP_NUM_THREADS=1 python level_engine.py [trials] [level_engine.csv]
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

from forwhom.kernels.calibration import best_linear_predictor, forward_calibration
from forwhom.kernels.crossfit import Features, cross_fit
from forwhom.kernels.rank_average import forward_rank_average

TESTS = ("calibration", "AUTOC", "Qini", "calibration, all other folds pooled")


def p_values(n: int, p: int, slope: float, rng: np.random.Generator) -> list[float]:
    x = rng.normal(size=(n, p))
    arm = rng.permutation(np.arange(n) % 2)
    y = 0.5 * x[:, 0] + arm * (0.3 + slope * x[:, 0]) + rng.normal(size=n)
    features = Features(x, np.empty((n, 0), dtype=np.intp), tuple(f"x{j}" for j in range(p)))
    fit = cross_fit(y, arm, features, arms=2, repeats=3, rng=rng)
    scores, forward = fit.scores[:, :, 1] - fit.scores[:, :, 0], fit.forward[:, :, 1]
    return [
        forward_calibration(scores, forward, fit.fold).p_above,
        forward_rank_average(scores, forward, fit.fold, weighting="AUTOC").p_above,
        forward_rank_average(scores, forward, fit.fold, weighting="QINI").p_above,
        best_linear_predictor(scores[0], fit.effects[0, :, 1]).slope.p_above,
    ]


def main(trials: int, to: Path) -> None:
    with to.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["n", "covariates", "slope", "trials", "test", "below .025", "below .05"])
        for number, (n, p, slope) in enumerate([(100, 5, 0.0), (100, 20, 0.0), (200, 20, 0.0), (200, 5, 0.6)]):
            rng = np.random.default_rng([number, 7])
            count = trials if slope == 0.0 else trials // 4
            found = np.array([p_values(n, p, slope, rng) for _ in range(count)])
            for t, test in enumerate(TESTS):
                writer.writerow([n, p, slope, count, test, (found[:, t] < 0.025).mean(), (found[:, t] < 0.05).mean()])
            file.flush()
            print(n, p, slope, (found < 0.025).mean(axis=0).round(3), (found < 0.05).mean(axis=0).round(3), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400, Path(sys.argv[2] if len(sys.argv) > 2 else "level_engine.csv"))
