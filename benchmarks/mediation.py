"""A bootstrap of an indirect effect, 1,000 draws, 500 people: ours and the peers', in one run: python benchmarks/mediation.py

Peers that are not there are left out: R packages psych and mediation (an extra library may stand in R_LIBS), pingouin in
the Python that FORWHOM_PEERS_PYTHON names (default: this one). Every time is the least of three after a first call.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from forwhom.kernels.mediation.linear import mediate

DRAWS = 1000
R = """
d <- read.csv(commandArgs(TRUE)[1]); w <- commandArgs(TRUE)[2]
if (!requireNamespace(w, quietly = TRUE)) quit(status = 3)
one <- if (w == "psych") function() { r <- psych::mediate(y ~ x + (m) + c, data = d, n.iter = 1000, plot = FALSE)
    c(r$ab[1], as.vector(unlist(r$boot$ci))[1:2]) } else function() {
    r <- mediation::mediate(lm(m ~ x + c, d), lm(y ~ x + m + c, d), treat = "x", mediator = "m", boot = TRUE, sims = 1000)
    c(r$d.avg, r$d.avg.ci) }
sink("/dev/null")
suppressMessages(one())
t <- sapply(1:3, function(i) system.time(suppressMessages(one()))[["elapsed"]])
r <- suppressMessages(one())
sink()
cat(sprintf("[%.6f, %.10g, %.6g, %.6g]", min(t), r[1], r[2], r[3]))
"""
PINGOUIN = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import pandas as pd, pingouin as pg
d = pd.read_csv(sys.argv[1])
one = lambda: pg.mediation_analysis(data=d, x="x", m="m", y="y", covar="c", n_boot=1000, seed=1)
one()
times = []
for _ in range(3):
    start = time.perf_counter(); r = one(); times.append(time.perf_counter() - start)
row = r[r["path"] == "Indirect"].iloc[0]
low, high = [row[name] for name in r.columns if "2.5" in name or "97.5" in name]
print(json.dumps([min(times), float(row["coef"]), float(low), float(high)]))
"""


def table(n: int = 500) -> pl.DataFrame:
    """The standard job: a binary treatment, a mediator, an outcome, a covariate."""
    rng = np.random.default_rng(20261001)
    x, c = rng.integers(0, 2, n).astype(float), rng.normal(size=n)
    m = 0.5 * x + 0.3 * c + rng.normal(size=n)
    return pl.DataFrame({"x": x, "m": m, "y": 0.2 * x + 0.4 * m + 0.2 * c + rng.normal(size=n), "c": c})


def ours(data: pl.DataFrame) -> list[float]:
    arrays = [data[name].to_numpy() for name in ("x", "m", "y", "c")]
    times = []
    for _ in range(4):
        rng = np.random.default_rng(1)
        start = time.perf_counter()
        fit = mediate(*arrays, draws=DRAWS, rng=rng)
        times.append(time.perf_counter() - start)
    estimate, _, low, high, _ = fit.of("indirect")
    return [min(times[1:]), estimate, low, high]


def peer(command: list[str]) -> list[float] | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return json.loads(done.stdout) if done.returncode == 0 and done.stdout.strip() else None


def main() -> None:
    data = table()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        data.write_csv(path)
        found = {
            "forwhom": ours(data),
            "pingouin": peer([os.environ.get("FORWHOM_PEERS_PYTHON", sys.executable), "-c", PINGOUIN, str(path)]),
            "psych": peer(["Rscript", "-e", R, str(path), "psych"]),
            "mediation": peer(["Rscript", "-e", R, str(path), "mediation"]),
        }
    own = found["forwhom"]
    assert own is not None
    print(f"{'':<12}{'seconds':>10}{'ratio':>9}{'indirect':>14}   interval")
    for name, each in found.items():
        if each is None:
            print(f"{name:<12}  not there")
        else:
            print(
                f"{name:<12}{each[0]:>10.4f}{each[0] / own[0]:>8.1f}x{each[1]:>14.9f}   [{each[2]:.4f}, {each[3]:.4f}]"
            )


if __name__ == "__main__":
    main()
