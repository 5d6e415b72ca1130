"""Mixed models of binary outcomes and counts, forwhom against lme4 (glmer) and glmmTMB in one run.

python benchmarks/glmm.py [--no-peers]

Random intercept and slope, 1,000 people x 4 occasions; quadrature with 7 points, 1,000 people; people within therapists, 4,000
people; counts with people and raters crossed, 1,000 people. Both sides start from the table in memory, take a formula and end
with estimates and standard errors. Times are of the processor, which other work on the machine does not change: the first call, and
the median of three more, of which the ratio is made. One thread on both sides.
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

JOBS = {
    "slopes": ("ill ~ month * arm + (month | id)", "binomial", 1, 1000),
    "7 points": ("ill ~ month * arm + (1 | id)", "binomial", 7, 1000),
    "therapists": ("ill ~ month * arm + (1 | id) + (1 | therapist)", "binomial", 1, 4000),
    "crossed counts": ("count ~ month * arm + (1 | id) + (1 | rater)", "poisson", 1, 1000),
}


def table(n: int) -> pl.DataFrame:
    """People with their own start and slope, within therapists, judged by raters."""
    rng = np.random.default_rng(20260501)
    person, month = np.repeat(np.arange(n), 4), np.tile([0.0, 2.0, 4.0, 6.0], n)
    therapist, rater = person // 20, rng.integers(0, 25, 4 * n)
    arm = ((person // 20) % 2).astype(float)
    eta = -0.6 + 0.15 * month - 0.12 * month * arm + 1.2 * rng.normal(size=n)[person]
    eta += (
        0.25 * rng.normal(size=n)[person] * month
        + 0.5 * rng.normal(size=n)[therapist]
        + 0.4 * rng.normal(size=25)[rater]
    )
    ill, count = rng.random(4 * n) < 1 / (1 + np.exp(-eta)), rng.poisson(np.exp(0.5 + 0.5 * eta))
    columns = {"id": person, "therapist": therapist, "rater": rater, "month": month, "arm": arm}
    return pl.DataFrame({**columns, "ill": ill.astype(int), "count": count})


def ours(formula: str, data: pl.DataFrame, family: str, points: int) -> dict[str, float]:
    def clock() -> tuple[float, float]:
        start = time.process_time()
        fit = models.mixed(formula, data, family=family, quadrature_points=points)
        return time.process_time() - start, fit.loglik

    first, loglik = clock()
    return {"first": first, "again": statistics.median(clock()[0] for _ in range(3)), "loglik": loglik}


def peer(formula: str, data: pl.DataFrame, family: str, points: int, program: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        data.write_csv(path)
        script = Path(__file__).with_suffix(".R")
        done = subprocess.run(
            ["Rscript", str(script), formula, str(path), family, str(points), program],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--no-peers", action="store_true")
    peers = not asked.parse_args().no_peers and shutil.which("Rscript") is not None
    for name, (formula, family, points, n) in JOBS.items():
        data = table(n)
        mine = ours(formula, data, family, points)
        line = f"{name:16s} forwhom {mine['again']:7.3f} s (first {mine['first']:.3f})"
        for program in ("lme4", "glmmTMB") if peers else ():
            if program == "glmmTMB" and points > 1:
                continue
            found = peer(formula, data, family, points, program)
            higher = mine["loglik"] - found["loglik"]
            line += f"   {program} {found['again']:7.3f} s, ratio {found['again'] / mine['again']:6.1f}, loglik {higher:+.1e}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
