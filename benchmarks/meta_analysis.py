"""One pooled analysis, whole: pool, prediction, leave one out, influence, small-study tests, three levels, CR2.

python benchmarks/meta_analysis.py [--no-peers]

k effects of k / 3 studies, 30, 100 and 300. Peers: metafor and clubSandwich (the same whole), PyMARE where it is installed (only
the two-level fit with limits, which is what it has). Processor times, median of five after a first call; one thread on both sides.
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

from forwhom.kernels import meta_analysis as ma


def effects(k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Effects of three outcomes a study, in studies of unequal size."""
    rng = np.random.default_rng(20260601)
    study = np.repeat(np.arange(k // 3), 3)
    v = np.repeat(rng.uniform(0.02, 0.25, k // 3), 3) * rng.uniform(0.8, 1.2, k)
    y = -0.4 + 0.25 * rng.normal(size=k // 3)[study] + 0.15 * rng.normal(size=k) + np.sqrt(v) * rng.normal(size=k)
    return y, v, study


def pool(y: np.ndarray, v: np.ndarray, study: np.ndarray) -> None:
    ma.random_effects(y, v)


def whole(y: np.ndarray, v: np.ndarray, study: np.ndarray) -> None:
    ma.random_effects(y, v)
    ma.leave_one_out(y, v)
    ma.influence(y, v)
    ma.egger(y, v)
    ma.begg(y, v)
    ma.trim_and_fill(y, v)
    ma.pet_peese(y, v)
    ma.selection_model(y, v, alternative="less")
    fit = ma.three_level(y, ma.block_covariance(v, study, 0.5), study)
    ma.cluster_robust(y, fit.marginal, study)


def clock(job: Callable[[], None]) -> tuple[float, float]:
    """Seconds of the first call, median of five more."""
    times = []
    for _ in range(6):
        start = time.process_time()
        job()
        times.append(time.process_time() - start)
    return times[0], statistics.median(times[1:])


def pymare(y: np.ndarray, v: np.ndarray) -> float | None:
    try:
        from pymare import Dataset
        from pymare.estimators import VarianceBasedLikelihoodEstimator
    except ImportError:
        return None

    def fit() -> None:
        estimator = VarianceBasedLikelihoodEstimator(method="REML")
        estimator.fit_dataset(Dataset(y=y[:, None], v=v[:, None]))
        result = estimator.summary()
        result.get_fe_stats()
        result.get_re_stats()

    return clock(fit)[1]


def metafor(y: np.ndarray, v: np.ndarray, study: np.ndarray) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "effects.csv"
        np.savetxt(path, np.column_stack([y, v, study]), delimiter=",", header="yi,vi,study", comments="", fmt="%.17g")
        script = Path(__file__).with_suffix(".R")
        done = subprocess.run(["Rscript", str(script), str(path)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--no-peers", action="store_true")
    peers = not asked.parse_args().no_peers
    for k in (30, 99, 300):
        data = effects(k)
        first, again = clock(lambda data=data: whole(*data))
        alone = clock(lambda data=data: pool(*data))[1]
        line = f"k {k:4d}  pool {1000 * alone:6.1f} ms   whole {1000 * again:7.1f} ms (first {1000 * first:.0f})"
        other = pymare(*data[:2]) if peers else None
        if other is not None:
            line += f"   PyMARE pool {1000 * other:.1f} ms, ratio {other / alone:.1f}"
        if peers and shutil.which("Rscript"):
            found = metafor(*data)
            line += f"   metafor pool {1000 * found['pool']:.0f} ms, whole {1000 * found['whole']:.0f} ms"
            line += f", ratio {found['whole'] / again:.0f}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
