"""Coverage and type I error of intervals of an indirect effect: python coverage.py [REPLICATES] (default 200)

One mediator, treatment 0 or 1, errors normal with variance 1. Rows of coverage.csv: share of 95 % intervals that hold a b, that
leave 0 out, and mean width. Seeds come from the cell.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl

from forwhom.kernels.mediation.linear import Interval, mediate
from forwhom.kernels.mediation.within import mediate_parts

PATHS = ((0.0, 0.0), (0.3, 0.0), (0.0, 0.3), (0.14, 0.14), (0.3, 0.3), (0.6, 0.3))
SIZES = (40, 100, 200, 400)
KINDS: tuple[Interval, ...] = ("percentile", "bca", "monte carlo")
DRAWS = 1000


def single(replicates: int) -> list[dict[str, object]]:
    rows = []
    for i, (a, b) in enumerate(PATHS):
        for n in SIZES:
            held = dict.fromkeys(KINDS, 0)
            out = dict.fromkeys((*KINDS, "joint"), 0)
            width = dict.fromkeys(KINDS, 0.0)
            for r in range(replicates):
                rng = np.random.default_rng([20261122, i, n, r])
                x = np.arange(n) % 2.0
                m = a * x + rng.normal(size=n)
                y = b * m + rng.normal(size=n)
                for kind in KINDS:
                    fit = mediate(x, m, y, interval=kind, draws=DRAWS, rng=rng)
                    _, _, low, high, _ = fit.of("indirect")
                    held[kind] += low <= a * b <= high
                    out[kind] += not low <= 0 <= high
                    width[kind] += high - low
                out["joint"] += max(fit.mediators[0].p[1], fit.outcome.p[2]) < 0.05
            for kind in (*KINDS, "joint"):
                known = kind in held
                rows.append(
                    {
                        "model": "one mediator", "a": a, "b": b, "n": n, "interval": kind, "replicates": replicates,
                        "coverage": held[kind] / replicates if known else None,
                        "excludes_0": out[kind] / replicates,
                        "width": width[kind] / replicates if known else None,
                    }
                )  # fmt: skip
    return rows


def parts(replicates: int) -> list[dict[str, object]]:
    """Within a b 0.3 * 0.3, between 0.5 * 0.4; eight rows per person."""
    rows = []
    truth = {"within_indirect": 0.09, "between_indirect": 0.2, "observed_between_indirect": 0.2}
    for people in SIZES:
        found = {name: np.zeros((replicates, 3)) for name in truth}
        for r in range(replicates):
            rng = np.random.default_rng([20261123, people, r])
            person = np.repeat(np.arange(people), 8)
            of_x = rng.normal(size=people)
            of_m = 0.5 * of_x + 0.7 * rng.normal(size=people)
            of_y = 0.4 * of_m + 0.7 * rng.normal(size=people)
            xw = rng.normal(size=person.size)
            mw = 0.3 * xw + rng.normal(size=person.size)
            yw = 0.3 * mw + rng.normal(size=person.size)
            fit = mediate_parts(of_x[person] + xw, of_m[person] + mw, of_y[person] + yw, person, draws=DRAWS, rng=rng)
            for name, value in truth.items():
                estimate, _, low, high, _ = fit.of(name)
                found[name][r] = estimate, low <= value <= high, high - low
        for name, value in truth.items():
            mean = found[name].mean(axis=0)
            rows.append(
                {
                    "model": f"8 rows per person: {name}, bias {mean[0] - value:+.3f}", "a": None, "b": None, "n": people,
                    "interval": "percentile", "replicates": replicates, "coverage": float(mean[1]),
                    "excludes_0": None, "width": float(mean[2]),
                }
            )  # fmt: skip
    return rows


def main() -> None:
    replicates = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    table = pl.DataFrame([*single(replicates), *parts(replicates)], infer_schema_length=None)
    table.with_columns(pl.col("coverage", "excludes_0", "width").round(4)).write_csv(
        Path(__file__).with_name("coverage.csv")
    )
    with pl.Config(tbl_rows=-1, tbl_width_chars=160, fmt_str_lengths=80):
        print(table)


if __name__ == "__main__":
    main()
