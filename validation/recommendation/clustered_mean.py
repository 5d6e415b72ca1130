"""How often the 95 % interval of a clustered mean holds the true mean, and how often two others would.

    python clustered_mean.py [draws, 5000]

`nested`: 200 people of K therapists. `partly nested`: 100 people of K therapists, 100 of none, as where only one arm has
therapists. alike: correlation within a therapist. Compared are
  ours            CR2, Satterthwaite's degrees of freedom with the correlation estimated (Imbens & Kolesar, 2016)
  independence    CR2, Satterthwaite's degrees of freedom for independent people (Bell & McCaffrey, 2002)
  clusters_less_1 CR1, clusters less one (people of none count as clusters), error not below that of independent people
"""

from __future__ import annotations

import csv
import platform
import sys
from pathlib import Path

import numpy as np
from scipy import stats

from forwhom.kernels.cluster_robust import cluster_codes, fit_robust, robust_mean, robust_t

HERE = Path(__file__).parent
PEOPLE = 200


def draw(kind: str, therapists: int, alike: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Values with mean 0, and codes of therapists (−1 for none)."""
    cluster = rng.integers(0, therapists, PEOPLE)
    if kind == "partly nested":
        cluster[PEOPLE // 2 :] = -1
    own = rng.normal(size=therapists)
    noise = rng.normal(size=PEOPLE)
    values = np.where(cluster >= 0, np.sqrt(alike) * own[cluster] + np.sqrt(1 - alike) * noise, noise)
    return values, cluster


def limits(values: np.ndarray, cluster: np.ndarray) -> dict[str, tuple[float, float]]:
    """The three intervals."""
    ours = robust_mean(values, cluster)
    simple = robust_t(fit_robust(values, np.ones((values.size, 1)), cluster), [1.0])
    group = cluster_codes(cluster, values.size)
    sums = np.bincount(group, weights=values - values.mean())
    error = np.sqrt((sums**2).sum() * sums.size / (sums.size - 1)) / values.size
    half = stats.t.ppf(0.975, sums.size - 1) * max(error, stats.sem(values))
    return {
        "ours": (ours.low, ours.high),
        "independence": (simple.low, simple.high),
        "clusters_less_1": (values.mean() - half, values.mean() + half),
    }


def main() -> None:
    """Every cell."""
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    rows = []
    for kind in ("partly nested", "nested"):
        for therapists in (5, 10, 20):
            for alike in (0.0, 0.05, 0.2):
                rng = np.random.default_rng([11, len(kind), therapists, int(100 * alike)])
                found = [limits(*draw(kind, therapists, alike, rng)) for _ in range(draws)]
                row: dict[str, object] = {"kind": kind, "therapists": therapists, "alike": alike, "draws": draws}
                for name in found[0]:
                    ends = np.array([one[name] for one in found])
                    row[name] = f"{((ends[:, 0] <= 0) & (ends[:, 1] >= 0)).mean():.4f}"
                    row[f"{name}_width"] = f"{(ends[:, 1] - ends[:, 0]).mean():.4f}"
                rows.append(row | {"python": platform.python_version(), "numpy": np.__version__})
    with (HERE / "clustered_mean.csv").open("w", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
