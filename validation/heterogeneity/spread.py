"""Coverage of three 95 % intervals of lnVR where the arms have one spread. Writes spread.csv."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

from forwhom.kernels.variance_ratio import variance_ratio

DRAWS = {
    "normal": lambda rng, n: rng.normal(size=n),
    "t5": lambda rng, n: rng.standard_t(5, n),
    "exponential": lambda rng, n: rng.exponential(size=n),
    "floor": lambda rng, n: np.maximum(0, np.round(4 + 6 * rng.normal(size=n))),
    "uniform": lambda rng, n: rng.uniform(size=n),
    "lognormal": lambda rng, n: np.exp(0.7 * rng.normal(size=n)),
}
SIZES = ((20, 20), (50, 50), (30, 90), (200, 200))


def left_out(y: np.ndarray) -> float:
    """Variance of ln(s) by leaving people out one by one."""
    n, squares = y.size, ((y - y.mean()) ** 2).sum()
    logs = 0.5 * np.log((squares - (y - y.mean()) ** 2 * n / (n - 1)) / (n - 2))
    return (n - 1) / n * ((logs - logs.mean()) ** 2).sum()


def main(trials: int, to: Path) -> None:
    from scipy.special import stdtrit

    rng = np.random.default_rng(5)
    with to.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["outcome", "n first", "n second", "trials", "Bonett", "jackknife", "normal"])
        for name, draw in DRAWS.items():
            for first, second in SIZES:
                hits = np.zeros(3)
                for _ in range(trials):
                    arms = draw(rng, first), draw(rng, second)
                    found = variance_ratio(np.concatenate(arms), np.arange(first + second) < first)
                    parts = [left_out(y) for y in arms]
                    df = sum(parts) ** 2 / sum(v**2 / (y.size - 1) for v, y in zip(parts, arms, strict=True))
                    half = stdtrit(df, 0.975) * np.sqrt(sum(parts)), 1.959964 * found.se_normal
                    hits += [found.low <= 0 <= found.high, *(abs(found.value) <= h for h in half)]
                writer.writerow([name, first, second, trials, *(hits / trials)])
                file.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000, Path(sys.argv[2] if len(sys.argv) > 2 else "spread.csv"))
