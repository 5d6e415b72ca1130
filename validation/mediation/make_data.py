"""Simulated repeated measures (80 people, 6 to 13 rows; 100 people, 8 rows): python make_data.py"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl


def repeated(rng: np.random.Generator, rows: np.ndarray) -> pl.DataFrame:
    """Latent means in the order x, m, y; slopes within persons that vary together."""
    people = rows.size
    person = np.repeat(np.arange(people), rows)
    n = person.size
    slopes = rng.multivariate_normal([0.5, 0.4], [[0.15, 0.08], [0.08, 0.15]], people)[person]
    of_x = rng.normal(size=people)
    of_m = 0.4 * of_x + 0.7 * rng.normal(size=people)
    of_y = 0.5 * of_m + 0.2 * of_x + 0.5 * rng.normal(size=people)
    xw = rng.normal(size=n)
    mw = slopes[:, 0] * xw + 1.3 * rng.normal(size=n)
    yw = slopes[:, 1] * mw + 0.1 * xw + rng.normal(size=n)
    return pl.DataFrame(
        {"id": person, "x": of_x[person] + xw, "m": of_m[person] + mw, "y": of_y[person] + yw}
    ).with_columns(pl.col("x", "m", "y").round(4))


def main() -> None:
    here = Path(__file__).parent
    rng = np.random.default_rng(20261122)
    repeated(rng, rng.integers(6, 14, 80)).write_csv(here / "repeated.csv")
    repeated(rng, np.full(100, 8)).write_csv(here / "balanced.csv")


if __name__ == "__main__":
    main()
