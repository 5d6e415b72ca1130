"""Coverage of 95 % intervals for the arm difference at the last occasion in small trials: Kenward-Roger, Satterthwaite, z.

python validation/mmrm/coverage.py [replicates]      writes coverage.csv beside it

Two arms, baseline and three later occasions, true covariance unstructured with growing variances, baseline equal by
design, a true difference of 0 at the last occasion, 20 % monotone dropout that depends on the last seen value (missing
at random). Replicates whose fit did not converge are counted and left out of the coverage, for all methods alike.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from statistics import NormalDist

import numpy as np

from forwhom.kernels.repeated import NotEstimableError, fit_repeated
from forwhom.kernels.repeated_df import kenward_roger, satterthwaite

M = 4
SD = np.array([8.0, 9.0, 10.0, 11.0])
CORRELATION = np.array([[1, 0.6, 0.5, 0.4], [0.6, 1, 0.75, 0.6], [0.5, 0.75, 1, 0.8], [0.4, 0.6, 0.8, 1]])
ROOT = np.linalg.cholesky(np.outer(SD, SD) * CORRELATION)


def trial(rng: np.random.Generator, per_arm: int, dropout: float) -> tuple[np.ndarray, ...]:
    """Long table: y, X, person, occasion."""
    n = 2 * per_arm
    arm = np.arange(n) % 2
    wide = 25 - 3.0 * np.arange(M) + rng.normal(size=(n, M)) @ ROOT.T
    seen = np.ones((n, M), dtype=bool)
    for j in range(1, M):
        # One third of the dropout at each later occasion, twice as likely for the worse half of those still there.
        worse = wide[:, j - 1] > 25 - 3.0 * (j - 1)
        leaves = rng.random(n) < dropout / (M - 1) * np.where(worse, 4 / 3, 2 / 3)
        seen[:, j] = seen[:, j - 1] & ~leaves
    person, occasion = np.nonzero(seen)
    x = [occasion == j for j in range(M)] + [(occasion == j) & (arm[person] == 1) for j in range(1, M)]
    return wide[person, occasion], np.column_stack(x).astype(float), person, occasion


def cell(seed: int, per_arm: int, dropout: float, covariance: str, replicates: int) -> dict[str, object]:
    """Coverage and mean width in one cell of the simulation."""
    rng = np.random.default_rng(seed)
    row = np.eye(2 * M - 1)[-1]
    z = NormalDist().inv_cdf(0.975)
    inside = np.zeros(4)
    width = np.zeros(4)
    failed = 0
    for _ in range(replicates):
        y, x, person, occasion = trial(rng, per_arm, dropout)
        try:
            fit = fit_repeated(y, x, person, occasion, M, covariance=covariance)
        except NotEstimableError:
            failed += 1
            continue
        if not fit.converged:
            failed += 1
            continue
        tables = (kenward_roger(fit, row), kenward_roger(fit, row, information="expected"), satterthwaite(fit, row))
        limits = [(float(t.low[0]), float(t.high[0])) for t in tables]
        half = z * float(tables[-1].se[0])
        limits.append((float(fit.beta[-1]) - half, float(fit.beta[-1]) + half))
        inside += [low <= 0 <= high for low, high in limits]
        width += [high - low for low, high in limits]
    used = replicates - failed
    result: dict[str, object] = {
        "per_arm": per_arm, "dropout": dropout, "covariance": covariance, "replicates": replicates, "not_converged": failed,
    }  # fmt: skip
    for k, name in enumerate(("kr_observed", "kr_expected", "satterthwaite", "z")):
        result[f"coverage_{name}"] = f"{inside[k] / used:.4f}"
        result[f"width_{name}"] = f"{width[k] / used:.2f}"
    return result


def main() -> None:
    """All cells; the Monte Carlo error of a coverage is sqrt(0.95 x 0.05 / replicates)."""
    replicates = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    cells = [(10, 0.2, "unstructured"), (10, 0.4, "unstructured"), (20, 0.2, "unstructured"), (50, 0.2, "unstructured"),
             (10, 0.2, "heterogeneous_ar1"), (10, 0.2, "compound_symmetry")]  # fmt: skip
    rows = [cell(20240611 + i, *setting, replicates) for i, setting in enumerate(cells)]
    with (Path(__file__).parent / "coverage.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    for result in rows:
        print(result)


if __name__ == "__main__":
    main()
