"""Coverage of the intervals of the intraclass correlation: how often they hold the true share.

python icc_coverage.py > icc_coverage.json        (some minutes)
"""

from __future__ import annotations

import json
import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np

from forwhom.kernels.mixed import Level, fit_mixed
from forwhom.kernels.mixed_icc import intraclass_correlation

REPLICATES = 500


def one_level(rng: np.random.Generator, share: float, therapists: int) -> tuple[float, float]:
    """Unbalanced therapists of 3 to 15 patients, one outcome each, two arms."""
    size = rng.integers(3, 16, therapists)
    therapist = np.repeat(np.arange(therapists), size)
    arm = rng.integers(0, 2, len(therapist)).astype(float)
    between = np.sqrt(share) * rng.normal(size=therapists)
    y = between[therapist] + np.sqrt(1 - share) * rng.normal(size=len(arm))
    one = np.ones(len(y))
    found = intraclass_correlation(fit_mixed(y, np.column_stack([one, arm]), [Level(one, therapist)]))
    return found.low, found.high


def two_levels(rng: np.random.Generator, share: float, therapists: int) -> tuple[float, float]:
    """Therapists of 3 to 15 patients, four rows each; half of the rest lies between patients."""
    size = rng.integers(3, 16, therapists)
    therapist = np.repeat(np.arange(therapists), size)
    patient = np.repeat(np.arange(len(therapist)), 4)
    arm = rng.integers(0, 2, len(therapist)).astype(float)
    rest = np.sqrt((1 - share) / 2)
    y = (np.sqrt(share) * rng.normal(size=therapists))[therapist] + rest * rng.normal(size=len(therapist))
    y = y[patient] + rest * rng.normal(size=len(patient))
    one = np.ones(len(y))
    x = np.column_stack([one, np.tile(np.arange(4.0), len(therapist)), arm[patient]])
    fit = fit_mixed(y, x, [Level(one, patient), Level(one, therapist[patient])])
    found = intraclass_correlation(fit, 1)
    return found.low, found.high


if __name__ == "__main__":
    cells = []
    for kind in (one_level, two_levels):
        for therapists in (5, 11, 30):
            for share in (0.0, 0.05, 0.2):
                rng = np.random.default_rng([7, therapists, int(100 * share)])
                ends = np.array([kind(rng, share, therapists) for _ in range(REPLICATES)])
                held = (ends[:, 0] <= share) & (share <= ends[:, 1])
                cells.append(
                    {
                        "design": kind.__name__,
                        "therapists": therapists,
                        "share": share,
                        "replicates": REPLICATES,
                        "coverage": float(held.mean()),
                        "below": float((ends[:, 1] < share).mean()),
                        "above": float((ends[:, 0] > share).mean()),
                        "mean_width": round(float((ends[:, 1] - ends[:, 0]).mean()), 4),
                    }
                )
    print(json.dumps({"versions": {"numpy": np.__version__}, "nominal": 0.95, "cells": cells}, indent=1))
