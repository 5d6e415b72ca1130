"""Simulated randomised trials with known individual effects: python draws.py FOLDER [--draws 50]

Eight standard normal covariates; the outcome without treatment is 0.6 x1 + 0.4 x2 + 0.2 x3² + N(0, 1).
Effects (column tau): none 0.3 for everyone; linear 0.1 + 0.5 x1; step 0.7 where x1 > 0 and x2 < 0.5, else −0.3.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

SIZES = (100, 200, 500, 1000)
KINDS = ("none", "linear", "step")
COVARIATES = 8


def draw(kind: str, n: int, number: int) -> dict[str, np.ndarray]:
    """One trial: x (n, 8), arm (n,), y (n,), tau (n,)."""
    rng = np.random.default_rng([20261122, KINDS.index(kind), n, number])
    x = rng.standard_normal((n, COVARIATES))
    tau = {
        "none": np.full(n, 0.3),
        "linear": 0.1 + 0.5 * x[:, 0],
        "step": np.where((x[:, 0] > 0) & (x[:, 1] < 0.5), 0.7, -0.3),
    }[kind]
    arm = rng.permutation(n) % 2
    y = 0.6 * x[:, 0] + 0.4 * x[:, 1] + 0.2 * x[:, 2] ** 2 + tau * arm + rng.standard_normal(n)
    return {"x": x, "arm": arm, "y": y, "tau": tau}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--draws", type=int, default=50)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    names = [*(f"x{j + 1}" for j in range(COVARIATES)), "arm", "y", "tau"]
    for n in SIZES:
        for kind in KINDS:
            for number in range(options.draws):
                one = draw(kind, n, number)
                rows = np.column_stack([one["x"], one["arm"], one["y"], one["tau"]])
                path = options.folder / f"{kind}-{n}-{number:03d}.csv"
                np.savetxt(path, rows, delimiter=",", header=",".join(names), comments="", fmt="%.10g")


if __name__ == "__main__":
    main()
