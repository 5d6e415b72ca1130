"""How often intervals of small-sample correlations hold, and how often tests of regions find something where nothing is.

    python validation/brain/simulate.py 2000

Writes simulated.csv beside itself: one row per kind and cell, with the share and its Monte Carlo standard error.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import polars as pl

from forwhom.analysis.asking import Asking
from forwhom.analysis.how.brain_numbers import brain_numbers
from forwhom.kernels.nested_ridge import foretell
from forwhom.kernels.within_group_correlation import within_group_correlation
from forwhom.study import Study

HERE = Path(__file__).parent
Row = tuple[str, str, int, float, int]


def correlations(draws: int, rng: np.random.Generator) -> list[Row]:
    """Coverage of 95 % limits and level of the test, two arms with different means."""
    rows: list[Row] = []
    for n in (8, 12, 20, 40, 80):
        for rho in (0.0, 0.5):
            for shape in ("normal", "skewed"):
                covered = ranked = rejected = 0
                for _ in range(draws):
                    z = rng.standard_normal((n, 2))
                    z[:, 1] = rho * z[:, 0] + np.sqrt(1 - rho**2) * z[:, 1]
                    # Exponentials that share a part: skewness 2, correlation rho, dependence that is no normal one's.
                    if shape == "skewed":
                        shared, own = rng.exponential(size=n), rng.exponential(size=(n, 2))
                        mixed = rng.random((n, 1)) < rho
                        z = np.where(mixed, shared[:, None], own)
                    arm = np.arange(n) % 2
                    found = within_group_correlation(z[:, 0] + arm, z[:, 1] - arm, arm)
                    covered += found.low <= rho <= found.high
                    ranked += found.rank_low <= 6 / np.pi * np.arcsin(rho / 2) <= found.rank_high
                    rejected += found.p < 0.05
                cell = f"n {n}, rho {rho}, {shape}"
                rows.append(("coverage of r", cell, draws, covered / draws, n))
                if shape == "normal":
                    rows.append(("coverage of ranks", cell, draws, ranked / draws, n))
                if rho == 0:
                    rows.append(("level of the test of r", cell, draws, rejected / draws, n))
    return rows


def predictions(draws: int, rng: np.random.Generator) -> list[Row]:
    """Level of the permutation test where regions tell nothing beyond the baseline score, and its power where one does."""
    rows: list[Row] = []
    for n in (20, 40, 80):
        for q in (5, 25, 60):
            for strength in (0.0, 0.7):
                found = 0
                for _ in range(draws):
                    x, before = rng.standard_normal((n, q)), rng.standard_normal(n)
                    arm = np.arange(n) % 2
                    y = 0.6 * before - 0.5 * arm + strength * x[:, 0] + rng.standard_t(5, n)
                    made = foretell(y, x, np.column_stack([before, arm]), arm, permutations=99, repeats=2, rng=rng)
                    found += made.p <= 0.05
                kind = "level of prediction" if strength == 0 else "power of prediction"
                rows.append((kind, f"n {n}, {q} regions, strength {strength}", draws, found / draws, n))
    return rows


def regions(draws: int, rng: np.random.Generator) -> list[Row]:
    """Studies of eight null cells in which any is found after Holm, and coverage of each difference."""
    rows: list[Row] = []
    for n in (8, 12, 24, 48):
        any_found = covered = made = 0
        for _ in range(draws):
            numbers = brain_numbers(_study(n, rng), Asking())
            changes = [c for each in numbers.cells for c in each.changes if c.reference is not None]
            any_found += any(c.holm is not None and c.holm < 0.05 for c in changes)
            for c in changes:
                made += 1
                covered += c.effect.low is not None and c.effect.high is not None and c.effect.low <= 0 <= c.effect.high
        rows.append(("any of 8 null cells found", f"n {n}, 20 % without second scan", draws, any_found / draws, n))
        rows.append(("coverage of difference in change", f"n {n}", made, covered / max(made, 1), n))
    return rows


def _study(n: int, rng: np.random.Generator) -> Study:
    ids = [f"p{i}" for i in range(n)]
    frames = []
    for region in "abcdefgh":
        trait, arm_seen = rng.standard_normal(n), rng.random(n) > 0.2
        first, second = trait + rng.standard_normal(n), trait + rng.standard_normal(n)
        for time, value in ((0.0, first), (6.0, np.where(arm_seen, second, np.nan))):
            frames.append(
                pl.DataFrame(
                    {"id": ids, "time": time, "modality": "activation", "region": region, "value": value}
                ).with_columns(pl.col("value").fill_nan(None))
            )
    people = pl.DataFrame({"id": ids, "arm": [("a", "b")[i % 2] for i in range(n)]})
    return Study.from_frames("null", people, arms={"a": "A", "b": "B"}, scans=pl.concat(frames))


def main() -> None:
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    rng = np.random.default_rng(20260101)
    rows = correlations(draws, rng) + predictions(max(draws // 4, 50), rng) + regions(max(draws // 10, 20), rng)
    with (HERE / "simulated.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["kind", "cell", "draws", "share", "mc_se"])
        for kind, cell, made, share, _ in rows:
            writer.writerow([kind, cell, made, f"{share:.4f}", f"{np.sqrt(share * (1 - share) / made):.4f}"])


if __name__ == "__main__":
    main()
