"""Coverage and type I error of a treatment effect on a binary outcome: people x 4 occasions, one random intercept.

    python coverage.py DRAWS [WORKERS] > coverage.csv

Each cell draws from its own seed, so that more draws continue the same sequence and cells can run anywhere.
"""

from __future__ import annotations

import csv
import sys
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from forwhom.kernels.glmm import GlmmFit, Level, fit_glmm
from forwhom.kernels.glmm_compare import glmm_likelihood_ratio
from forwhom.kernels.glmm_marginal import marginal_means
from forwhom.kernels.glmm_profile import profile_fixed, profile_sd

SETTINGS = {"usual": (1.0, -0.5), "rare": (1.0, -2.8), "persons differ greatly": (3.0, -0.5)}
"""Standard deviation of persons, log odds of the outcome at the start."""
EFFECTS = (0.0, 1.0)
CHI_SQUARE = 3.841459


def truth(sd: float, start: float, effect: float) -> float:
    """Difference in the share with the outcome, over occasions."""
    node, weight = np.polynomial.hermite_e.hermegauss(99)
    shares = [
        np.mean([(weight / (1 + np.exp(-(start + 0.2 * t + e + sd * node)))).sum() / weight.sum() for t in range(4)])
        for e in (0.0, effect)
    ]
    return float(shares[1] - shares[0])


def one(y: np.ndarray, X: np.ndarray, person: np.ndarray, points: int) -> tuple[GlmmFit, GlmmFit]:
    levels = [Level(X[:, :1], person)]
    larger = fit_glmm(y, X, levels, quadrature_points=points)
    return larger, fit_glmm(y, X[:, :2], levels, quadrature_points=points)


def cell(given: tuple[str, int, float, int]) -> list[dict[str, object]]:
    name, n, effect, draws = given
    sd, start = SETTINGS[name]
    person, time = np.repeat(np.arange(n), 4), np.tile(np.arange(4.0), n)
    arm = (person % 2).astype(float)
    X = np.column_stack([np.ones(4 * n), time, arm])
    rng = np.random.default_rng([n, round(10 * sd), round(-10 * start), round(10 * effect)])
    real, kinds = truth(sd, start, effect), ("Laplace", "15 points")
    kept: dict[str, list[list[float]]] = {kind: [] for kind in kinds}
    refused = dict.fromkeys(kinds, 0)
    for _ in range(draws):
        eta = start + 0.2 * time + effect * arm + sd * rng.normal(size=n)[person]
        y = (rng.random(4 * n) < 1 / (1 + np.exp(-eta))).astype(float)
        for kind, points in zip(kinds, (1, 15), strict=True):
            try:
                fit, smaller = one(y, X, person, points)
            except ValueError:
                refused[kind] += 1
                continue
            if not fit.converged:
                refused[kind] += 1
                continue
            estimate, se = fit.beta[2], float(np.sqrt(fit.beta_cov[2, 2]))
            profile = profile_fixed(fit, np.array([0.0, 0.0, 1.0]))
            low = -np.inf if profile.low is None else profile.low
            high = np.inf if profile.high is None else profile.high
            spread = profile_sd(fit, 0)
            treated, control = X.copy(), X.copy()
            treated[:, 2], control[:, 2] = 1.0, 0.0
            means = marginal_means(fit, [control, treated], [[X[:, :1]]] * 2)
            difference = means.mean[1] - means.mean[0]
            width = 1.96 * float(np.sqrt(np.array([-1, 1]) @ means.covariance @ np.array([-1, 1])))
            test = glmm_likelihood_ratio(smaller, fit)
            kept[kind].append(
                [
                    estimate - effect,
                    abs(estimate - effect) <= 1.96 * se,
                    low <= effect <= high,
                    test.statistic > CHI_SQUARE,
                    abs(estimate) > 1.96 * se,
                    abs(difference - real) <= width,
                    (0.0 if spread.low is None else spread.low)
                    <= sd
                    <= (np.inf if spread.high is None else spread.high),
                    fit.theta[0] - sd,
                    fit.singular,
                ]
            )
    rows = []
    for kind in kinds:
        found = np.array(kept[kind], dtype=float)
        mean = found.mean(axis=0).round(3)
        rows.append(
            {
                "setting": name, "people": n, "effect": effect, "likelihood": kind, "draws": draws, "refused": refused[kind],
                "bias": mean[0], "median_bias": np.median(found[:, 0]).round(3), "wald": mean[1], "profile": mean[2],
                "rejected_ratio": mean[3], "rejected_wald": mean[4], "risk_difference": mean[5], "sd_profile": mean[6],
                "sd_bias": mean[7], "sd_zero": mean[8],
            }
        )  # fmt: skip
    return rows


def main() -> None:
    draws, workers = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    cells = [(name, n, effect, draws) for name in SETTINGS for n in (40, 100, 400) for effect in EFFECTS]
    with ProcessPoolExecutor(workers) as pool:
        rows = [row for found in pool.map(cell, cells) for row in found]
    writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


if __name__ == "__main__":
    main()
