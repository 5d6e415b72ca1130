"""Simulated answers that both programs read: python validation/graded_response/make_data.py"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

HERE = Path(__file__).parent


def answers(rng: np.random.Generator, trait: np.ndarray, slope: np.ndarray, location: np.ndarray) -> np.ndarray:
    """Answers from 0 by the graded response model: (n, J)."""
    above = 1 / (1 + np.exp(-slope[None, :, None] * (trait[:, None, None] - location[None])))
    made: np.ndarray = (rng.random(above.shape[:2])[:, :, None] < above).sum(axis=2)
    return made


def main() -> None:
    """One group complete, the same with a tenth absent, and two groups of which the second differs in two items."""
    rng = np.random.default_rng(20261201)
    slope = np.array([0.8, 1.1, 1.4, 1.7, 2.0, 2.3, 1.2, 1.6])
    location = np.array([-1.0, 0.0, 1.2]) + np.linspace(-0.6, 0.6, 8)[:, None]
    names = [f"q{j + 1}" for j in range(8)]
    one = answers(rng, rng.standard_normal(500), slope, location)
    pl.DataFrame(one, schema=names).write_csv(HERE / "one.csv")
    holes = one.astype(float)
    holes[rng.random(one.shape) < 0.1] = np.nan
    pl.DataFrame(holes, schema=names).fill_nan(None).cast(pl.Int64).write_csv(HERE / "holes.csv")
    moved = location.copy()
    moved[1] += 0.5
    steeper = slope.copy()
    steeper[4] *= 0.55
    two = np.vstack(
        [
            answers(rng, rng.standard_normal(400), slope, location),
            answers(rng, 0.6 + 1.3 * rng.standard_normal(300), steeper, moved),
        ]
    )
    group = pl.Series("group", ["a"] * 400 + ["b"] * 300)
    pl.DataFrame(two, schema=names).with_columns(group).write_csv(HERE / "two.csv")


if __name__ == "__main__":
    main()
