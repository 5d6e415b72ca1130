"""MMRM, unstructured, REML: 5,000 persons x 6 occasions, two arms, 20 % monotone dropout; ours against R in one run.

python benchmarks/mmrm.py [--persons 5000] [--no-peers]

Both sides start from the same table in memory and end with the fit and, where said, the degrees of freedom of the last
arm difference; reading the file and starting R are not counted. Each is run once in a fresh process, except that ours
is also shown as the median of further runs; ratios take our first, cold run. BLAS uses one thread on both sides.
nlme::gls needs minutes at 5,000 persons.
FORWHOM_BENCH_RLIB may name an R library that holds the package mmrm. Absent peers are skipped and named.
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
from collections.abc import Callable
from pathlib import Path

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np

from forwhom.kernels.repeated import RepeatedFit, fit_repeated
from forwhom.kernels.repeated_df import Contrasts, kenward_roger, satterthwaite

Table = dict[str, np.ndarray]


def simulate(n: int, m: int = 6, dropout: float = 0.2, seed: int = 1) -> Table:
    """Long table of a two-arm trial; baseline mean shared by the arms."""
    rng = np.random.default_rng(seed)
    arm = np.arange(n) % 2
    lag = np.abs(np.subtract.outer(np.arange(m), np.arange(m)))
    sd = np.linspace(8, 12, m)
    root = np.linalg.cholesky(np.outer(sd, sd) * (0.3 + 0.7 * 0.7**lag))
    wide = 25 - np.outer(1 + 0.5 * arm, np.arange(m)) + rng.normal(size=(n, m)) @ root.T
    last = np.where(rng.random(n) < dropout, rng.integers(1, m, n), m)
    person, occasion = np.nonzero(np.arange(m) < last[:, None])
    x = [occasion == j for j in range(m)] + [(occasion == j) & (arm[person] == 1) for j in range(1, m)]
    return {
        "y": wide[person, occasion].round(3),
        "x": np.column_stack(x).astype(float),
        "person": person,
        "occasion": occasion,
    }


def ours(table: Table, df: Callable[[RepeatedFit, np.ndarray], Contrasts] | None) -> tuple[RepeatedFit, float | None]:
    """One fit from the long table, with the degrees of freedom of the last column when `df` is given."""
    fit = fit_repeated(table["y"], table["x"], table["person"], table["occasion"], int(table["occasion"].max()) + 1)
    return fit, None if df is None else float(df(fit, np.eye(fit.beta.size)[-1]).df[0])


def timed(run: Callable[[], tuple[RepeatedFit, float | None]]) -> tuple[float, RepeatedFit, float | None]:
    """Seconds of one run, with what it returned."""
    start = time.perf_counter()
    fit, df = run()
    return time.perf_counter() - start, fit, df


def peers(table: Table) -> list[dict[str, object]]:
    """What mmrm.R prints for the same table."""
    if shutil.which("Rscript") is None:
        return [{"name": "R", "absent": "Rscript is not on the path"}]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trial.csv"
        names = ["person", "occasion", "y", *[f"x{j}" for j in range(table["x"].shape[1])]]
        rows = np.column_stack([table["person"], table["occasion"], table["y"], table["x"]])
        np.savetxt(path, rows, delimiter=",", header=",".join(names), comments="", fmt="%.10g")
        script = Path(__file__).with_suffix(".R")
        done = subprocess.run(["Rscript", str(script), str(path)], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def main() -> None:
    """Print times and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=5000)
    parser.add_argument("--no-peers", action="store_true")
    options = parser.parse_args()
    table = simulate(options.persons)
    print(
        f"{options.persons} persons, {table['y'].size} rows, {table['x'].shape[1]} columns of X, 21 covariance parameters"
    )
    kinds = {"without df": None, "with Satterthwaite": satterthwaite, "with Kenward-Roger": kenward_roger}
    times: dict[str, float] = {}
    cold = 0.0
    for words, df_of in kinds.items():
        first, fit, df = timed(lambda df_of=df_of: ours(table, df_of))
        again = statistics.median(timed(lambda df_of=df_of: ours(table, df_of))[0] for _ in range(7))
        # Only the very first run is cold; the other kinds are charged what was cold about it.
        cold = cold if times else first - again
        times[words] = again + max(cold, 0.0)
        shown = "" if df is None else f"  df {df:.4f}"
        print(
            f"forwhom {words:24s} first {times[words]:7.4f} s  again {again:7.4f} s   beta {fit.beta[-1]:.8f}"
            f"  log likelihood {fit.loglik:.6f}{shown}"
        )
    if options.no_peers:
        return
    for peer in peers(table):
        if "absent" in peer:
            print(f"skipped {peer['name']}: {peer['absent']}")
            continue
        name, seconds = str(peer["name"]), float(str(peer["seconds"]))
        like = next(words for words in times if name.endswith(words))
        shown = "" if peer["df"] is None else f"  df {peer['df']:.4f}"
        print(
            f"{name:32s} first {seconds:8.4f} s   beta {peer['beta']:.8f}  log likelihood {peer['loglik']:.6f}{shown}"
            f"  -> forwhom {like} is {seconds / times[like]:.0f} times as fast"
        )


if __name__ == "__main__":
    main()
