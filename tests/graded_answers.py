"""Simulated graded answers for the tests of latent traits."""

from __future__ import annotations

import numpy as np
import polars as pl

ITEMS = [f"q{j + 1}" for j in range(6)]


def simulated(seed: int = 1, n: int = 400, items: int = 6, shift: float = 0.0, **by_item: float) -> pl.DataFrame:
    """Answers 1 to 4; `shift` moves the second half's trait, by_item the named items' answers in the second half."""
    rng = np.random.default_rng(seed)
    arm = np.repeat(["a", "b"], n // 2)
    trait = rng.standard_normal(n) + np.where(arm == "b", shift, 0.0)
    latent = 1.5 * trait[:, None] + rng.logistic(size=(n, items))
    for name, by in by_item.items():
        latent[arm == "b", int(name[1:]) - 1] += by
    y = 1 + (latent[:, :, None] > np.array([-1.5, 0.0, 1.5])).sum(axis=2)
    return pl.DataFrame({"arm": arm} | {f"q{j + 1}": y[:, j] for j in range(items)})
