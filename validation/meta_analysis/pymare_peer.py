"""PyMARE beside metafor on the stored data sets: what it is good for, what a fit costs, what its import costs.

python -m venv peer && peer/bin/pip install PyMARE==0.0.13 && peer/bin/python pymare_peer.py
"""

from __future__ import annotations

import json
import statistics
import sys
import time
import warnings
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent


def main() -> None:
    start = time.perf_counter()
    from pymare import Dataset, __version__
    from pymare.estimators import DerSimonianLaird, VarianceBasedLikelihoodEstimator

    modules = {name.split(".")[0] for name in sys.modules}
    print(
        f"PyMARE {__version__}: import {time.perf_counter() - start:.2f} s, brings {sorted(modules & {'pandas', 'sympy', 'mpmath'})}"
    )
    warnings.simplefilter("ignore")
    stored = json.loads((HERE / "reference.json").read_text(encoding="utf-8"))
    for method in ("REML", "ML", "DL"):
        worst: dict[str, float] = {}
        seconds = []
        for entry in stored["two_level"].values():
            estimator = DerSimonianLaird() if method == "DL" else VarianceBasedLikelihoodEstimator(method=method)
            data = Dataset(y=np.array(entry["y"])[:, None], v=np.array(entry["v"])[:, None])
            start = time.process_time()
            estimator.fit_dataset(data)
            result = estimator.summary()
            fixed, random = result.get_fe_stats(), result.get_re_stats()
            seconds.append(time.process_time() - start)
            their = entry["fits"][f"{method} knha"]
            pairs = [
                (fixed[key], their[name])
                for key, name in (("est", "b"), ("se", "se"), ("ci_l", "low"), ("ci_u", "high"))
            ]
            worst["fit"] = max(
                [worst.get("fit", 0.0), *(abs(float(np.ravel(a)[0]) - b) / max(1, abs(b)) for a, b in pairs)]
            )
            worst["tau2"] = max(worst.get("tau2", 0.0), abs(float(np.ravel(result.tau2)[0]) - their["tau2"]))
            if len(entry["y"]) > 2:
                limits = [float(np.ravel(random[key])[0]) for key in ("ci_l", "ci_u")]
                worst["Q-profile"] = max(
                    worst.get("Q-profile", 0.0), *np.abs(np.subtract(limits, entry["tau2_limits"]))
                )
        print(
            method,
            {name: f"{value:.0e}" for name, value in worst.items()},
            f"{1000 * statistics.median(seconds):.1f} ms a fit",
        )


if __name__ == "__main__":
    main()
