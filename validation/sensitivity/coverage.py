"""Coverage of the 95 % interval in small trials with loss that depends on the last score seen.

Run from the repository: python validation/sensitivity/coverage.py. It writes coverage.json beside it.
Two arms of 50, four occasions, unequal covariances, about 30 % lost by the last, more often those who score high and
those of the target arm. The truth of each assumption is its value in one trial of 200,000 people per arm.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from forwhom.kernels.imputation import draw_missing_model
from forwhom.kernels.sensitivity import Assumption, compare_arms

OCCASIONS = 4
CASES: tuple[tuple[str, Assumption, bool, float], ...] = (
    ("missing at random", "missing at random", False, 0.0),
    ("missing at random, pooled covariance", "missing at random", True, 0.0),
    ("missing at random, with gaps", "missing at random", False, 0.05),
    ("jump to reference", "jump to reference", False, 0.0),
    ("copy reference", "copy reference", False, 0.0),
)


def trial(rng: np.random.Generator, per_arm: int, gaps: float) -> tuple[np.ndarray, np.ndarray]:
    arm = np.repeat([0, 1], per_arm)
    person = rng.normal(0.0, 5.0, (arm.size, 1))
    steps = rng.normal(0.0, 1.0, (arm.size, OCCASIONS)) * np.where(arm, 4.0, 2.5)[:, None]
    decline = np.outer(np.where(arm, 3.5, 2.0), np.arange(OCCASIONS))
    y = 28.0 + person + np.cumsum(steps, axis=1) - decline
    there = np.ones(arm.size, dtype=bool)
    for t in range(1, OCCASIONS):
        risk = 1.0 / (1.0 + np.exp(-(-2.4 + 0.08 * (y[:, t - 1] - 25.0) + 0.3 * arm)))
        there &= rng.random(arm.size) >= risk
        y[~there, t] = np.nan
    if gaps:
        holes = rng.random(y.shape) < gaps
        holes[:, 0] = False
        y[holes] = np.nan
    return y, arm


def run(replicates: int = 2000, n_imputations: int = 100) -> dict[str, object]:
    cells = []
    for index, (name, assumption, pooled, gaps) in enumerate(CASES):
        big, arms = trial(np.random.default_rng(1), 200_000, 0.0)
        options = {"reference": 0, "target": 1}
        large = draw_missing_model(big, arms, rng=np.random.default_rng(2), n_imputations=2, **options)
        # Missing at random holds, so its truth is known; the others are what the assumption makes of this trial.
        truth = (
            -1.5 * (OCCASIONS - 1) if assumption == "missing at random" else compare_arms(large, assumption).difference
        )
        found = np.empty((replicates, 4))
        for k in range(replicates):
            rng = np.random.default_rng([index, k])
            y, arm = trial(rng, 50, gaps)
            model = draw_missing_model(
                y, arm, rng=rng, n_imputations=n_imputations, pooled_covariance=pooled, **options
            )
            fit = compare_arms(model, assumption)
            found[k] = fit.difference, fit.se, fit.low <= truth <= fit.high, fit.imputed_target + fit.imputed_reference
        cells.append(
            {
                "case": name,
                "truth": truth,
                "coverage": float(found[:, 2].mean()),
                "bias": float(found[:, 0].mean() - truth),
                "sampling_sd": float(found[:, 0].std(ddof=1)),
                "mean_se": float(found[:, 1].mean()),
                "lost": float(found[:, 3].mean() / 100),
            }
        )
        print(cells[-1], file=sys.stderr)
    return {"replicates": replicates, "n_imputations": n_imputations, "numpy": np.__version__, "cells": cells}


if __name__ == "__main__":
    Path(__file__).with_name("coverage.json").write_text(json.dumps(run(), indent=1) + "\n", encoding="utf-8")
