"""Individual effects: 2,000 people x 20 covariates, 5 folds x 10 repeats, against one grf::causal_forest of 2,000 trees.

python benchmarks/individual_effects.py [--persons 2000] [--no-peers]

Effects are 0.5 + max(x1, 0); allocation is 1:1 and told to grf, which then grows one forest less. Both sides start from the
same table in memory; reading the file, starting R and importing scikit-learn are not counted (the import is shown). Ours uses
one thread; grf one and two. RMSE is that of the predicted effects (out of fold, out of bag) from the true ones. Seconds of processor
are shown because they hardly depend on what else the machine does.
FORWHOM_BENCH_RLIB may name an R library that holds grf; FORWHOM_BENCH_ECONML a Python that has econml. Absent peers
are skipped and named.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np

from forwhom.kernels.crossfit import Features, cross_fit

Table = dict[str, np.ndarray]

ECONML = """
import json, sys, time, warnings
import numpy as np
import econml
from econml.dml import CausalForestDML
warnings.simplefilter("ignore")
d = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1)
start = time.perf_counter()
model = CausalForestDML(n_estimators=2000, discrete_treatment=True, random_state=42, n_jobs=1)
model.fit(d[:, -2], d[:, -3].astype(int), X=d[:, :-3])
seconds = time.perf_counter() - start
rmse = float(np.sqrt(np.mean((model.effect(d[:, :-3]).ravel() - d[:, -1]) ** 2)))
name = f"econml {econml.__version__} CausalForestDML, 1 thread"
print(json.dumps({"name": name, "seconds": seconds, "rmse": rmse}))
"""


def simulate(n: int, q: int = 20, seed: int = 20260801) -> Table:
    """A trial with 1:1 allocation; columns x (n, q), arm, y, tau."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, q))
    arm = rng.permutation(n) % 2
    tau = 0.5 + np.maximum(x[:, 0], 0)
    y = x[:, 1] + 0.5 * x[:, 2] + 0.5 * x[:, 0] + tau * arm + rng.standard_normal(n)
    return {"x": x, "arm": arm, "y": y, "tau": tau}


def ours(table: Table) -> tuple[float, float, float]:
    """Seconds, seconds of processor and RMSE of one cross-fit."""
    n, q = table["x"].shape
    features = Features(table["x"], np.zeros((n, 0), dtype=np.intp), tuple(f"x{j + 1}" for j in range(q)))
    start, busy = time.perf_counter(), time.process_time()
    fit = cross_fit(table["y"], table["arm"], features, arms=2, rng=np.random.default_rng(1))
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    effect = fit.effects.mean(axis=0)[:, 1]
    return seconds, busy, float(np.sqrt(np.mean((effect - table["tau"]) ** 2)))


def peers(table: Table) -> list[dict[str, object]]:
    """What grf and EconML print for the same table."""
    econml = os.environ.get("FORWHOM_BENCH_ECONML", "")
    found: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trial.csv"
        names = [*(f"x{j + 1}" for j in range(table["x"].shape[1])), "arm", "y", "tau"]
        rows = np.column_stack([table[key] for key in ("x", "arm", "y", "tau")])
        np.savetxt(path, rows, delimiter=",", header=",".join(names), comments="", fmt="%.10g")
        script = str(Path(__file__).with_suffix(".R"))
        if shutil.which("Rscript") is None:
            found.append({"name": "grf", "absent": "Rscript is not on the path"})
        else:
            found += [printed(["Rscript", script, str(path), threads], "grf") for threads in ("1", "2")]
        if econml:
            found.append(printed([econml, "-c", ECONML, str(path)], "econml"))
        else:
            found.append({"name": "econml", "absent": "FORWHOM_BENCH_ECONML names no Python"})
    return found


def printed(command: list[str], name: str) -> dict[str, object]:
    """The line of JSON a peer prints, or why there is none."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            return dict(json.loads(line))
    reason = done.stderr.strip().splitlines()
    return {"name": name, "absent": reason[-1] if reason else "it printed nothing"}


def main() -> None:
    """Print times and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=2000)
    parser.add_argument("--no-peers", action="store_true")
    options = parser.parse_args()
    start = time.perf_counter()
    import sklearn.tree  # noqa: F401 (its loading is timed)

    imported = time.perf_counter() - start
    table = simulate(options.persons)
    first, busy, rmse = ours(table)
    again = min(ours(table)[0] for _ in range(2))
    print(f"{options.persons} persons, 20 covariates, 5 folds x 10 repeats (import of scikit-learn {imported:.2f} s)")
    print(f"forwhom, 1 thread: first {first:.2f} s (processor {busy:.2f})  again {again:.2f} s   RMSE {rmse:.3f}")
    small = ours(simulate(100, q=4))
    print(f"forwhom, 100 persons, 4 covariates: {small[0]:.2f} s (processor {small[1]:.2f})")
    if options.no_peers:
        return
    for peer in peers(table):
        if "absent" in peer:
            print(f"skipped {peer['name']}: {peer['absent']}")
            continue
        seconds, error = float(str(peer["seconds"])), float(str(peer["rmse"]))
        worked = "" if "cpu" not in peer else f" (processor {float(str(peer['cpu'])):.2f})"
        print(
            f"{peer['name']}: {seconds:.2f} s{worked}   RMSE {error:.3f}  -> forwhom takes {first / seconds:.2f} of its time"
        )


if __name__ == "__main__":
    main()
