"""Coverage of the intervals of standardised differences.

Run: python coverage.py (about two minutes on one core); writes coverage.csv beside itself.
"model": two arms of n measured before and after, correlation 0.6; the difference after treatment is
adjusted for the score before (ANCOVA) and standardised on the pooled sd before, as a trial report does.
"two groups": Hedges' g with its noncentral t interval. "prepost": change of one group of n.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

from forwhom.kernels.effect_size import hedges_g, prepost_effect, standardised_difference


def scores(n: int, delta: float, correlation: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    before = rng.normal(size=n)
    return before, delta + correlation * before + np.sqrt(1.0 - correlation**2) * rng.normal(size=n)


def model(n: int, delta: float, rng: np.random.Generator):
    pre_0, post_0 = scores(n, 0.0, 0.6, rng)
    pre_1, post_1 = scores(n, delta, 0.6, rng)
    design = np.column_stack([np.ones(2 * n), np.repeat([0.0, 1.0], n), np.concatenate([pre_0, pre_1])])
    after, df = np.concatenate([post_0, post_1]), 2 * n - 3
    inverse = np.linalg.inv(design.T @ design)
    fitted = inverse @ design.T @ after
    residual = after - design @ fitted
    se = np.sqrt(residual @ residual / df * inverse[1, 1])
    sd = np.sqrt((pre_0.var(ddof=1) + pre_1.var(ddof=1)) / 2.0)
    return {"model": (standardised_difference(fitted[1], se, sd=sd, df_sd=2 * n - 2, df=df), delta)}


def two_groups(n: int, delta: float, rng: np.random.Generator):
    one, two = rng.normal(delta, 1.0, n), rng.normal(size=n)
    g = hedges_g(one.mean(), one.std(ddof=1), n, two.mean(), two.std(ddof=1), n)
    return {"two groups": (g, delta)}


def prepost(n: int, delta: float, rng: np.random.Generator):
    effect = prepost_effect(*scores(n, delta, 0.6, rng))
    of_change = delta / np.sqrt(2.0 * 0.4)
    return {
        "prepost baseline": (effect.baseline, delta),
        "prepost average": (effect.average, delta),
        "prepost repeated": (effect.repeated, delta),
        "prepost paired": (effect.paired, of_change),
    }


def summary(low: np.ndarray, high: np.ndarray, true: float) -> list[str]:
    parts = ((low <= true) & (true <= high), true < low, true > high, high - low)
    return [f"{np.mean(part):.4f}" for part in parts]


def main(replications: int = 4000) -> None:
    rng = np.random.default_rng(20240502)
    with Path(__file__).with_name("coverage.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["effect", "n", "delta", "replications", "mean_value", "target", "coverage", "below", "above", "mean_width"]
        )
        for design in (model, two_groups, prepost):
            for n in (10, 25, 100):
                for delta in (0.0, 0.5, 1.5):
                    found = [design(n, delta, rng) for _ in range(replications)]
                    for name in found[0]:
                        low, high, value = (
                            np.array([getattr(one[name][0], part) for one in found])
                            for part in ("low", "high", "value")
                        )
                        true = found[0][name][1]
                        writer.writerow(
                            [
                                name,
                                n,
                                delta,
                                replications,
                                f"{value.mean():.4f}",
                                f"{true:.4f}",
                                *summary(low, high, true),
                            ]
                        )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
