"""Growth models with random intercept and slope, REML: ours, PyPI's mixedlm and R's lme4 on the same rows in one run.

python benchmarks/mixed.py [--repeats 5] [--no-peers]

Cases: 20,000 patients x 10 occasions; the same with 800 therapists; 500 fits of 100 patients; 1,000,000 rows (ours only);
300 persons crossed with 60 items.
Every side starts from the data frame in memory and a formula and ends with the fit; ours ends with standard errors,
Satterthwaite degrees of freedom and p values too. First calls are printed apart from warm medians. BLAS uses one thread on
all sides. Absent peers are named and skipped.
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
from typing import Any

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np
import polars as pl

from forwhom import models
from forwhom.kernels.mixed import Level, MixedFit, fit_mixed
from forwhom.kernels.mixed_df import kenward_roger, satterthwaite

Table = dict[str, np.ndarray]
FORMULA = "y ~ time*treat + (time|patient)"
NESTED = "y ~ time*treat + (time|patient) + (1|therapist)"
CROSSED = "y ~ time + (1|patient) + (1|item)"


def formula_of(table: Table) -> str:
    """The model that belongs to a table."""
    return CROSSED if "item" in table else NESTED if "therapist" in table else FORMULA


def simulate(seed: int, patients: int, therapists: int = 0, effect: float = -0.4) -> Table:
    """Two arms, ten occasions, random intercept (sd 5) and slope (sd 0.5), residual sd 3, therapists sd 2."""
    rng = np.random.default_rng(seed)
    treat = rng.integers(0, 2, patients)
    root = np.linalg.cholesky([[25.0, -0.5], [-0.5, 0.25]])
    u = rng.standard_normal((patients, 2)) @ root.T
    therapist = np.arange(patients) % max(therapists, 1)
    between = 2.0 * rng.standard_normal(therapists) if therapists else np.zeros(1)
    time_ = np.arange(10)
    y = (20.0 + 0.3 * treat + u[:, 0] + between[therapist])[:, None] + (-0.8 + effect * treat + u[:, 1])[
        :, None
    ] * time_
    y = y + 3.0 * rng.standard_normal((patients, 10))
    table = {"patient": np.repeat(np.arange(patients) + 1, 10), "time": np.tile(time_, patients).astype(float)}
    table |= {"treat": np.repeat(treat, 10).astype(float), "y": y.ravel()}
    if therapists:
        table["therapist"] = np.repeat(therapist + 1, 10)
    return table


def ours(table: Table) -> MixedFit:
    """One fit from the columns of the table."""
    one = np.ones(len(table["y"]))
    x = np.column_stack([one, table["time"], table["treat"], table["time"] * table["treat"]])
    levels = [Level(x[:, :2], table["patient"])]
    if "therapist" in table:
        levels.append(Level(one, table["therapist"]))
    return fit_mixed(table["y"], x, levels)


def measure(run: Callable[[], Any], repeats: int) -> tuple[float, float, Any]:
    """Seconds of the first call, median seconds of the next, and the last result."""
    start = time.perf_counter()
    result = run()
    first = time.perf_counter() - start
    warm = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = run()
        warm.append(time.perf_counter() - start)
    return first, statistics.median(warm) if warm else first, result


def by_mixedlm(table: Table, repeats: int) -> tuple[float, float, float] | None:
    """First call, warm median and criterion of the PyPI package; None when it is not installed."""
    try:
        import mixedlm
        import pandas as pd
    except ImportError:
        print("  mixedlm is not installed: skipped")
        return None
    frame = pd.DataFrame(table)
    formula = formula_of(table)
    first, warm, fit = measure(lambda: mixedlm.lmer(formula, frame, REML=True), repeats)
    loglik = fit.logLik()
    return first, warm, -2.0 * float(getattr(loglik, "value", loglik))


R_SCRIPT = """
suppressPackageStartupMessages({library(lme4); library(jsonlite)}); a <- commandArgs(TRUE)
d <- read.csv(a[1]); d$patient <- factor(d$patient)
if ("item" %in% names(d)) d$item <- factor(d$item)
if ("therapist" %in% names(d)) d$therapist <- factor(d$therapist)
f <- as.formula(a[2]); s <- c(); for (i in seq_len(1 + as.integer(a[3]))) {
  t <- proc.time()[3]; m <- suppressWarnings(suppressMessages(lmer(f, d))); s <- c(s, proc.time()[3] - t) }
cat(toJSON(list(first = s[1], warm = median(s[-1]), deviance = as.numeric(-2 * logLik(m))), auto_unbox = TRUE, digits = 15))
"""


def by_lme4(table: Table, repeats: int) -> tuple[float, float, float] | None:
    """First call, warm median and criterion of lme4; None without R or lme4."""
    if shutil.which("Rscript") is None:
        print("  R is not installed: lme4 skipped")
        return None
    with tempfile.TemporaryDirectory() as folder:
        path, script = Path(folder) / "rows.csv", Path(folder) / "lme4.R"
        np.savetxt(path, np.column_stack(list(table.values())), delimiter=",", header=",".join(table), comments="")
        script.write_text(R_SCRIPT)
        formula = formula_of(table)
        done = subprocess.run(
            ["Rscript", str(script), str(path), formula, str(repeats)], capture_output=True, text=True, check=False
        )
    if done.returncode:
        print("  lme4 failed or is not installed: skipped")
        return None
    found = json.loads(done.stdout)
    return found["first"], found["warm"], found["deviance"]


def report(name: str, table: Table, repeats: int, peers: bool) -> None:
    """One case: seconds of every side, ratios, and how far each criterion lies above the lowest."""
    frame = pl.DataFrame(table)
    first, warm, fit = measure(lambda: models.mixed(formula_of(table), frame), max(repeats, 5))
    print(f"{name}: {frame.height:,} rows, {fit.kernel.iterations} iterations, deviance {fit.deviance:.6f}")
    print(f"  ours      first {first:8.3f} s   warm {warm:8.4f} s   formula, labels, Satterthwaite")
    if "item" not in table:
        print(f"    kernel alone {measure(lambda: ours(table), max(repeats, 5))[1]:.4f} s")
    contrast = np.eye(len(fit.fixed))[-1]
    for label, df in (("Satterthwaite", satterthwaite), ("Kenward-Roger", kenward_roger)):
        print(f"    {label} alone {measure(lambda df=df: df(fit.kernel, contrast), 3)[1]:.4f} s")
    if not peers:
        return
    for peer, run, times in (("mixedlm", by_mixedlm, repeats), ("lme4", by_lme4, min(repeats, 3))):
        found = run(table, times)
        if found:
            print(
                f"  {peer:9s} first {found[0]:8.3f} s   warm {found[1]:8.4f} s   {found[1] / warm:6.1f} times ours"
                f"   deviance above ours {found[2] - fit.deviance:+.1e}"
            )


def crossed(seed: int, persons: int, items: int) -> Table:
    """Every person answers a third of the items."""
    rng = np.random.default_rng(seed)
    chosen = rng.random((persons, items)) < 1 / 3
    patient, item = np.nonzero(chosen)
    time_ = rng.integers(0, 5, len(patient)).astype(float)
    y = 20.0 - time_ + 3.0 * rng.standard_normal(persons)[patient] + 2.0 * rng.standard_normal(items)[item]
    return {"patient": patient + 1, "item": item + 1, "time": time_, "y": y + 2.0 * rng.standard_normal(len(patient))}


LOOP = """
suppressPackageStartupMessages({library(lme4); library(jsonlite)}); d <- read.csv(commandArgs(TRUE)[1])
d$patient <- factor(d$patient); D <- split(d, d$rep); t <- proc.time()[3]
b <- sapply(D, function(x) { m <- suppressMessages(suppressWarnings(lmer(y ~ time*treat + (time|patient), x)));
  c(fixef(m)[["time:treat"]], sqrt(vcov(m)["time:treat", "time:treat"])) })
cat(toJSON(list(seconds = (proc.time()[3] - t) / length(D), beta = b[1, ], se = b[2, ]), digits = 12))
"""


def loop_of_lme4(table: Table) -> dict[str, list[float]] | None:
    """Seconds per fit, effects and standard errors of an lme4 loop; None without R or lme4."""
    if shutil.which("Rscript") is None:
        print("  R is not installed: lme4 skipped")
        return None
    with tempfile.TemporaryDirectory() as folder:
        path, script = Path(folder) / "rows.csv", Path(folder) / "lme4.R"
        np.savetxt(path, np.column_stack(list(table.values())), delimiter=",", header=",".join(table), comments="")
        script.write_text(LOOP)
        done = subprocess.run(["Rscript", str(script), str(path)], capture_output=True, text=True, check=False)
    if done.returncode:
        print("  lme4 failed or is not installed: skipped")
        return None
    return json.loads(done.stdout)


def many_small(repeats: int, peers: bool) -> None:
    """500 replicates of a trial of 100 patients, as in a simulation of power; the peers fit the first 100."""
    tables = [simulate(1000 + seed, 100, effect=-0.25) for seed in range(500)]
    whole = {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
    whole["rep"] = np.repeat(np.arange(500), 1000)
    frame = pl.DataFrame(whole)
    first, warm, fits = measure(lambda: models.mixed_replicates(FORMULA, frame, "rep"), max(repeats, 5))
    effect = fits.filter(pl.col("term") == "time:treat")
    beta, se = effect["estimate"].to_numpy(), effect["se"].to_numpy()
    print(f"500 trials of 100 patients\n  ours      first {first:.3f} s   warm {warm:.3f} s   with Satterthwaite's df")
    print(f"    kernel, one by one {measure(lambda: [ours(table) for table in tables], 1)[1]:.3f} s")
    if not peers:
        return
    found = loop_of_lme4({name: values[:100_000] for name, values in whole.items()})
    if found:
        apart = np.abs(np.array(found["beta"]) - beta[:100]).max(), np.abs(np.array(found["se"]) - se[:100]).max()
        seconds = 500 * found["seconds"][0]
        print(
            f"  lme4      {seconds:.2f} s   {seconds / warm:.0f} times ours   effect, se apart {apart[0]:.0e}, {apart[1]:.0e}"
        )
    try:
        import mixedlm
        import pandas as pd
    except ImportError:
        print("  mixedlm is not installed: skipped")
        return
    frames = [pd.DataFrame(table) for table in tables[:100]]
    seconds, _, others = measure(lambda: [mixedlm.lmer(FORMULA, frame) for frame in frames], 0)
    apart = max(abs(list(other.fixef().values())[-1] - one) for other, one in zip(others, beta[:100], strict=True))
    print(f"  mixedlm   {5 * seconds:.2f} s   {5 * seconds / warm:.0f} times ours   effect apart {apart:.0e}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--no-peers", action="store_true")
    chosen = parser.parse_args()
    report("Patients", simulate(20260102, 20_000), chosen.repeats, not chosen.no_peers)
    report("Patients in therapists", simulate(20260104, 20_000, 800), chosen.repeats, not chosen.no_peers)
    report("Persons crossed with items", crossed(5, 300, 60), chosen.repeats, not chosen.no_peers)
    report("Large", simulate(3, 100_000), 3, False)
    many_small(chosen.repeats, not chosen.no_peers)
