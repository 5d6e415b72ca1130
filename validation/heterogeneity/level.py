"""Level and power of the tests of whether effects differ, by simulation. Writes level.csv (see README.md).

OMP_NUM_THREADS=1 python level.py [trials] [level.csv] [first cell] [last cell + 1]
"""

from __future__ import annotations

import csv
import sys
import time
from pathlib import Path

import numpy as np
from stand_in import cross_fit

from forwhom.kernels.calibration import best_linear_predictor, forward_calibration
from forwhom.kernels.rank_average import forward_rank_average

TESTS = ("calibration", "calibration, one repeat", "AUTOC", "Qini", "calibration, all other folds pooled")
REPEATS, FOLDS = 5, 5


def outcomes(n: int, p: int, kind: str, slope: float, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Half get the treatment; its effect is 0.3 + slope x first covariate; errors have SD 1 on average."""
    x = rng.normal(size=(n, p))
    arm = rng.permutation(np.arange(n) % 2)
    error = rng.normal(size=n)
    if kind == "skewed, unequal variances":
        error = (rng.exponential(size=n) - 1.0) * np.exp(0.4 * x[:, 0] - 0.16)
    return x, 0.5 * x[:, 0] + arm * (0.3 + slope * x[:, 0]) + error, arm


def p_values(n: int, p: int, kind: str, slope: float, rng: np.random.Generator) -> list[float]:
    x, y, arm = outcomes(n, p, kind, slope, rng)
    scores, everything, forward, fold = cross_fit(x, y, arm, 0.5, folds=FOLDS, repeats=REPEATS, rng=rng)
    return [
        forward_calibration(scores, forward, fold).p_above,
        forward_calibration(scores[:1], forward[:1], fold[:1]).p_above,
        forward_rank_average(scores, forward, fold, weighting="AUTOC").p_above,
        forward_rank_average(scores, forward, fold, weighting="QINI").p_above,
        best_linear_predictor(scores[0], everything[0]).slope.p_above,
    ]


def main(trials: int, to: Path, start: int = 0, end: int = 99) -> None:
    cells = [(n, 5, "normal", slope) for slope in (0.3, 0.6) for n in (100, 200, 400)]
    cells += [(n, p, "normal", 0.0) for n in (100, 200, 400) for p in (2, 5, 20)]
    cells += [(n, p, "skewed, unequal variances", 0.0) for n in (100, 400) for p in (2, 20)]
    with to.open("a" if start else "w", newline="") as file:
        writer = csv.writer(file)
        if not start:
            writer.writerow(["n", "covariates", "errors", "slope", "trials", "test", "below .025", "below .05"])
        for number, (n, p, kind, slope) in list(enumerate(cells))[start:end]:
            rng, started = np.random.default_rng([number, 2026]), time.time()
            count = trials if slope == 0.0 else max(trials // 4, 1)
            found = np.array([p_values(n, p, kind, slope, rng) for _ in range(count)])
            for t, test in enumerate(TESTS):
                writer.writerow(
                    [n, p, kind, slope, count, test, (found[:, t] < 0.025).mean(), (found[:, t] < 0.05).mean()]
                )
            file.flush()
            print(
                n, p, kind, slope, (found < 0.025).mean(axis=0).round(3), round(time.time() - started), "s", flush=True
            )


if __name__ == "__main__":
    given = [*sys.argv[1:], *("1000", "level.csv", "0", "99")[len(sys.argv) - 1 :]]
    main(int(given[0]), Path(given[1]), int(given[2]), int(given[3]))
