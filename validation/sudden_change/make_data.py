"""Made courses with steps, noise and absent sessions, on which both programs look for sudden changes. Nothing is real."""

from __future__ import annotations

from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


def main() -> None:
    rng = np.random.default_rng(20260101)
    n, m = 300, 14
    table = 25 + rng.normal(0, 4, (n, 1)) - 0.5 * np.arange(m) + rng.normal(0, 2.5, (n, m))
    at = rng.integers(1, m - 1, n)
    step = rng.choice([-10.0, 0.0, 9.0], n)
    table += np.where(np.arange(m) > at[:, None], step[:, None], 0.0)
    table = np.clip(np.round(table), 0, 63)
    table[rng.random(table.shape) < 0.12] = np.nan
    names = ",".join(["id", *(f"s{j + 1}" for j in range(m))])
    with (HERE / "courses.csv").open("w", encoding="utf-8") as file:
        file.write(f"{names}\n")
        for i, row in enumerate(table):
            file.write(",".join([str(i + 1), *("" if np.isnan(v) else f"{v:g}" for v in row)]) + "\n")


if __name__ == "__main__":
    main()
