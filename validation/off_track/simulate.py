"""Made-up courses for the comparison with R: 60 people in two arms, seen at times of their own. Writes simulated.csv."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def main() -> None:
    rng = np.random.default_rng(31)
    lines = ["id,arm,time,score"]
    for i in range(60):
        arm = i % 2
        times = np.r_[0.0, np.sort(rng.uniform(1, 120, rng.integers(2, 9)))].round(1)
        start, slope = rng.multivariate_normal([30, -0.8 - 0.4 * arm], [[30, -1], [-1, 0.4]])
        scores = (start + slope * np.sqrt(times) - 0.01 * times + rng.normal(0, 4, times.size)).round(1)
        lines += [f"{i},{arm},{t},{y}" for t, y in zip(times, scores, strict=True)]
    Path(__file__).with_name("simulated.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
