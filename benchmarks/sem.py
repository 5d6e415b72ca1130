"""Structural equation models with full information maximum likelihood, forwhom against lavaan in one run.

python benchmarks/sem.py [--no-peers]

RI-CLPM of two scores over 5 waves, n 1,000, a fifth missing; latent growth over 5 waves, n 1,000, a fifth missing; five factors
of 25 items, n 2,800 (bfi, read from FORWHOM_SHARED_DATA, by default ../shared/data; skipped when absent); the same items as ordered
answers by diagonally weighted least squares (WLSMV), persons without missing values.
Both sides start from the table in memory and end with estimates, standard errors, the test and the indices of fit. Times are of
the processor, which other work on the machine does not change: the first call, and the median of further ones; the ratio
compares medians, and is also given for
lavaan's `sem()` alone, without standardised estimates and indices, which ours has. BLAS uses one thread on both sides.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np
import polars as pl

from forwhom import models
from forwhom.models.structural.result import Sem

AIMS = {"ri-clpm": 10, "growth": 5, "cfa": 5, "ordered": 5}


def panel(n: int = 1000, waves: int = 5) -> pl.DataFrame:
    """Two scores: stable differences between persons, and deviations that carry over."""
    rng = np.random.default_rng(20260201)
    stable = rng.standard_normal((n, 2)) @ np.linalg.cholesky([[1.0, 0.4], [0.4, 0.8]]).T
    w = rng.standard_normal((n, 2)) @ np.linalg.cholesky([[1.0, 0.3], [0.3, 1.0]]).T
    made = []
    for t in range(waves):
        if t:
            noise = rng.standard_normal((n, 2)) @ np.linalg.cholesky([[0.7, 0.15], [0.15, 0.7]]).T
            w = w @ np.array([[0.35, 0.12], [0.2, 0.3]]).T + noise
        made.append(np.array([3 + 0.1 * t, 2 - 0.1 * t]) + stable + w)
    y = np.concatenate(made, axis=1)
    y[rng.random(y.shape) < 0.2] = np.nan
    return pl.DataFrame(y, schema=[f"{name}{t + 1}" for t in range(waves) for name in "xz"])


def growth(n: int = 1000) -> pl.DataFrame:
    """Five waves of a growing score."""
    rng = np.random.default_rng(20260301)
    u = rng.standard_normal((n, 2)) @ np.linalg.cholesky([[4.0, -0.3], [-0.3, 0.25]]).T
    y = 10 + u[:, [0]] + (-0.6 + u[:, [1]]) * np.arange(5) + np.sqrt(1.5) * rng.standard_normal((n, 5))
    y[rng.random(y.shape) < 0.2] = np.nan
    return pl.DataFrame(y, schema=[f"y{t}" for t in range(1, 6)])


def jobs() -> dict[str, tuple[str, pl.DataFrame]]:
    """Name, text and table of each job."""
    made = {
        "ri-clpm": (models.recipes.ri_clpm({v: [f"{v}{t}" for t in range(1, 6)] for v in "xz"}), panel()),
        "growth": (models.recipes.latent_growth([f"y{t}" for t in range(1, 6)]), growth()),
    }
    shared = Path(os.environ.get("FORWHOM_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    items = shared / "b_questionnaires" / "bfi_items.csv"
    if items.is_file():
        text = "\n".join(f"{trait} =~ " + " + ".join(f"{trait}{i}" for i in range(1, 6)) for trait in "ACENO")
        made["cfa"] = (text, pl.read_csv(items, infer_schema_length=None, null_values=["NA"]))
        made["ordered"] = made["cfa"]
    else:
        print("skipped cfa: bfi_items.csv is not there; set FORWHOM_SHARED_DATA")
    return made


def peer(text: str, table: pl.DataFrame, *, ordered: bool) -> dict[str, float] | None:
    """What sem.R says of the same text and table; None without R."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        data, model = Path(folder) / "table.csv", Path(folder) / "model.txt"
        table.fill_nan(None).write_csv(data)
        model.write_text(text, encoding="utf-8")
        script = Path(__file__).with_suffix(".R")
        done = subprocess.run(
            ["Rscript", str(script), str(model), str(data), *(["ordered"] if ordered else [])],
            capture_output=True,
            text=True,
            check=False,
        )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        print(f"skipped lavaan: {done.stderr.strip().splitlines()[-1] if done.stderr else 'it printed nothing'}")
        return None
    found: dict[str, float] = json.loads(lines[0])
    return found


def timed(text: str, table: pl.DataFrame, *, ordered: bool) -> tuple[float, Sem]:
    """Seconds of the processor for one fit."""
    start = time.process_time()
    fit = models.sem(text, table, ordered=True, missing="listwise") if ordered else models.sem(text, table)
    return time.process_time() - start, fit


def main() -> None:
    """Print times and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-peers", action="store_true")
    options = parser.parse_args()
    for name, (text, table) in jobs().items():
        ordered = name == "ordered"
        first, fit = timed(text, table, ordered=ordered)
        again = statistics.median(timed(text, table, ordered=ordered)[0] for _ in range(7))
        what, value = ("chi-square", fit.fit.chisq) if fit.loglik is None else ("log likelihood", fit.loglik)
        print(f"{name:8s} forwhom first {first:7.4f} s  again {again:7.4f} s   {what} {value:.6f}")
        other = None if options.no_peers else peer(text, table, ordered=ordered)
        if other:
            print(
                f"{'':8s} lavaan  first {other['first']:7.4f} s  again {other['again']:7.4f} s   "
                f"{what} {other['loglik']:.6f}"
                f"  -> forwhom is {other['again'] / again:.1f} times as fast as all of it, "
                f"{other['alone'] / again:.1f} times as sem() alone (aim {AIMS[name]})"
            )


if __name__ == "__main__":
    main()
