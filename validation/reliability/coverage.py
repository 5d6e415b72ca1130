"""Coverage of the intervals of alpha and omega: how often a 95 % interval holds the population value.

Run: python coverage.py (about ten minutes on one core); writes coverage.csv beside itself.
Populations: one factor; "equal" loadings 0.7, "unequal" 0.3 to 0.9, "two factors" that correlate 0.5 (the
one-factor model is wrong; omega's target is the value its fit converges to). Shapes: normal; "skewed" by
cutting at 0.3, 1, 1.6, 2.2 sd into five categories. Population values come from a million persons or,
for normal items, from the covariance matrix itself.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

from forwhom.kernels.items import alpha_of
from forwhom.kernels.omega import mcdonald_omega
from forwhom.kernels.one_factor import maximum_likelihood
from forwhom.kernels.reliability import cronbach_alpha

ITEMS = 8
CUTS = [0.3, 1.0, 1.6, 2.2]
METHODS = ["alpha feldt", "alpha bonett", "alpha distribution-free", "omega robust", "omega normal", "ordinal robust"]


def loadings(population: str) -> np.ndarray:
    if population == "equal":
        return np.full((ITEMS, 1), 0.7)
    if population == "unequal":
        return np.linspace(0.3, 0.9, ITEMS)[:, None]
    half = np.zeros((ITEMS, 2))
    half[: ITEMS // 2, 0] = half[ITEMS // 2 :, 1] = 0.75
    return half @ np.linalg.cholesky(np.array([[1.0, 0.5], [0.5, 1.0]]))


def draw(population: str, shape: str, n: int, rng: np.random.Generator) -> np.ndarray:
    pattern = loadings(population)
    unique = np.sqrt(1.0 - (pattern**2).sum(axis=1))
    latent = rng.normal(size=(n, pattern.shape[1])) @ pattern.T + unique * rng.normal(size=(n, ITEMS))
    return latent if shape == "normal" else np.digitize(latent, CUTS).astype(float)


def targets(population: str, shape: str, rng: np.random.Generator) -> dict[str, float]:
    if shape == "normal":
        pattern = loadings(population)
        covariance = pattern @ pattern.T
        np.fill_diagonal(covariance, 1.0)
        omega = omega_of(covariance)
        ordinal = float("nan")
    else:
        answers = draw(population, shape, 1_000_000, rng)
        covariance = np.cov(answers.T)
        omega = omega_of(covariance)
        ordinal = mcdonald_omega(answers, ordinal=True, interval="none").value
    alpha = alpha_of(covariance)
    return {"alpha": alpha, "omega": omega, "ordinal": ordinal}


def omega_of(covariance: np.ndarray) -> float:
    sd = np.sqrt(np.diag(covariance))
    factor = maximum_likelihood(covariance / np.outer(sd, sd))
    common = float(sd @ factor.loadings) ** 2
    return common / (common + float(sd**2 @ factor.unique))


def limits(method: str, answers: np.ndarray):
    what, how = method.split(" ")
    if what == "alpha":
        return cronbach_alpha(answers, interval=how)
    return mcdonald_omega(answers, interval=how, ordinal=what == "ordinal")


def summary(low: np.ndarray, high: np.ndarray, true: float) -> list[str]:
    parts = ((low <= true) & (true <= high), true < low, true > high, high - low)
    return [f"{np.mean(part):.4f}" for part in parts]


def main(replications: int = 1000) -> None:
    rng = np.random.default_rng(20240501)
    with Path(__file__).with_name("coverage.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            [
                "population",
                "shape",
                "n",
                "method",
                "target",
                "replications",
                "declined",
                "coverage",
                "below",
                "above",
                "mean_width",
            ]
        )
        for population in ("equal", "unequal", "two factors"):
            for shape in ("normal", "skewed"):
                target = targets(population, shape, rng)
                for n in (40, 100, 400):
                    samples = [draw(population, shape, n, rng) for _ in range(replications)]
                    for method in METHODS:
                        if method.startswith("ordinal") and shape == "normal":
                            continue
                        few = samples[: replications // 2] if method.startswith("ordinal") else samples
                        true = target[method.split(" ")[0]]
                        found = [limits(method, sample) for sample in few]
                        given = [one for one in found if one.low is not None]
                        low, high = (np.array([getattr(one, end) for one in given]) for end in ("low", "high"))
                        writer.writerow(
                            [
                                population,
                                shape,
                                n,
                                method,
                                f"{true:.5f}",
                                len(found),
                                len(found) - len(given),
                                *summary(low, high, true),
                            ]
                        )
                        file.flush()


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
