"""How often an item that kept its meaning is named, and one that moved is found. Writes power.csv beside this file.

python validation/item_drift/power.py --draws 400
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np

from forwhom.kernels.item_drift import item_drift

MOVED = 5
CUTS = np.array([-1.0, -0.2, 0.5, 1.2])


def simulated(n: int, k: int, change: float, shift: float, absent: float, rng: np.random.Generator) -> np.ndarray:
    """One factor with loadings 0.5 to 0.85, five ordered answers, items of different difficulty; the sixth moves by itself."""
    loading = np.linspace(0.5, 0.85, k)
    place = np.random.default_rng(1).permutation(np.linspace(-0.8, 0.8, k))
    factor = rng.standard_normal((n, 2)) @ np.linalg.cholesky([[1, 0.5], [0.5, 1]]).T
    factor[:, 1] -= change
    own = np.sqrt(0.3) * rng.standard_normal((n, 1, k)) + np.sqrt(0.7) * rng.standard_normal((n, 2, k))
    behind = loading * factor[:, :, None] + np.sqrt(1 - loading**2) * own
    behind[:, 1, MOVED] += shift
    answers = (behind[..., None] > CUTS + place[:, None]).sum(axis=-1).astype(float)
    answers[rng.random(answers.shape) < absent] = np.nan
    return answers


def cell(n: int, k: int, change: float, shift: float, absent: float, draws: int) -> dict[str, float]:
    """Shares over the draws, `raw` over items too."""
    rng = np.random.default_rng([n, k, round(10 * change), round(10 * shift), round(100 * absent)])
    raw = named = found = failed = 0.0
    for _ in range(draws):
        try:
            made = item_drift(simulated(n, k, change, shift, absent, rng))
        except ValueError:
            failed += 1
            continue
        kept = np.arange(k) != MOVED if shift else np.ones(k, dtype=bool)
        raw += float((made.p[kept] < 0.05).mean())
        named += float(made.flagged[kept].any())
        found += float(made.flagged[MOVED])
    done = max(draws - failed, 1)
    return {
        "n": n, "items": k, "change_sd": change, "shift_sd": shift, "absent": absent, "draws": draws,
        "kept_item_p_below_05": round(raw / done, 3), "any_kept_item_named": round(named / done, 3),
        "moved_item_named": round(found / done, 3) if shift else float("nan"), "failed": round(failed / draws, 3),
    }  # fmt: skip


def main() -> None:
    """Every cell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=400)
    draws = parser.parse_args().draws
    rows = [
        cell(n, k, change, shift, absent, draws)
        for k, absent in ((23, 0.0), (23, 0.05), (8, 0.0))
        for n in (60, 90, 120, 170)
        for change, shift in ((0.0, 0.0), (1.0, 0.0), (1.0, 0.3), (1.0, 0.5), (1.0, 0.8))
    ]
    with Path(__file__).with_name("power.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
