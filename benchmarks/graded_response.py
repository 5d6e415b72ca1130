"""Graded response model of 14 items with five answers, n 2,000: forwhom against mirt, ltm and girth in one run.

python benchmarks/graded_response.py [--no-peers]

R peers are taken where R finds them (R_LIBS); girth from the Python named by GIRTH_PYTHON, by default this one. Each side starts
from the table in memory. Ours ends with estimates, standard errors, person scores and reliability; so does mirt with SE = TRUE, and at
TOL = 1e-6 its log likelihood agrees to 1e-4. mirt's default ends earlier and without standard errors; girth has none at all,
and ends 1e-2 of a slope away. Times are of the processor, which other work on the machine does not change: the first call, and the
median of further ones. BLAS uses one thread on every side.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np
import polars as pl

from forwhom import models
from forwhom.models.latent_traits.result import GradedFit

AIMS = {"mirt": 3, "girth": 2}
GIRTH = """
import json, statistics, sys, time, warnings
import numpy as np
try:
    import girth
except ImportError:
    sys.exit("girth is not there")
warnings.simplefilter("ignore")
y = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1).astype(int).T + 1
for name in ("grm_mml", "grm_mml_eap"):
    spent = []
    for _ in range(4):
        start = time.process_time()
        made = getattr(girth, name)(y)
        spent.append(time.process_time() - start)
    told = {"name": "girth " + name, "first": spent[0], "again": statistics.median(spent[1:]), "slope": made["Discrimination"].tolist()}
    print(json.dumps(told))
"""


def table() -> pl.DataFrame:
    """The standard job."""
    rng = np.random.default_rng(20261101)
    n, items, answers = 2000, 14, 5
    trait = rng.standard_normal(n)
    slope = rng.uniform(0.8, 2.4, items)
    location = np.sort(rng.uniform(-2.0, 2.0, (items, answers - 1)), 1) + np.arange(answers - 1) * 0.15
    above = 1 / (1 + np.exp(-slope[None, :, None] * (trait[:, None, None] - location[None])))
    y = (rng.random((n, items))[:, :, None] < above).sum(axis=2)
    return pl.DataFrame(y, schema=[f"i{j + 1}" for j in range(items)])


def timed(data: pl.DataFrame, *, checks: bool) -> tuple[float, GradedFit]:
    """Seconds of the processor for one fit."""
    start = time.process_time()
    fit = models.graded_response(data, data.columns, checks=checks)
    return time.process_time() - start, fit


def peers(data: pl.DataFrame) -> list[dict[str, Any]]:
    """What each peer says of the same table."""
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        data.write_csv(path)
        commands = [[os.environ.get("GIRTH_PYTHON", sys.executable), "-c", GIRTH, str(path)]]
        if shutil.which("Rscript"):
            commands.append(["Rscript", str(Path(__file__).with_suffix(".R")), str(path)])
        for command in commands:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
            if not lines:
                print(f"skipped {command[0]}: {(done.stderr.strip().splitlines() or ['it printed nothing'])[-1]}")
            found += [json.loads(line) for line in lines]
    return found


def main() -> None:
    """Print times and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-peers", action="store_true")
    options = parser.parse_args()
    data = table()
    first, fit = timed(data, checks=False)
    again = statistics.median(timed(data, checks=False)[0] for _ in range(7))
    checked = statistics.median(timed(data, checks=True)[0] for _ in range(5))
    print(
        f"forwhom, standard errors and scores    first {first:7.4f} s  again {again:7.4f} s   log likelihood {fit.loglik:.6f}"
    )
    print(f"forwhom, tests of fit as well          {'':16s}again {checked:7.4f} s")
    slope = np.array([each.slope.estimate for each in fit.items])
    for each in [] if options.no_peers else peers(data):
        mine = checked if "tests" in each["name"] else again
        where = f"log likelihood {each['loglik']:.6f}" if "loglik" in each else ""
        if "slope" in each:
            where = f"slopes up to {np.abs(np.array(each['slope']) - slope).max():.4f} away"
        aim = next((f" (aim {aim})" for name, aim in AIMS.items() if each["name"].startswith(name)), "")
        print(
            f"{each['name']:38s} first {each['first']:7.4f} s  again {each['again']:7.4f} s   {where}"
            f"  -> forwhom is {each['again'] / mine:.1f} times as fast{aim}"
        )


if __name__ == "__main__":
    main()
