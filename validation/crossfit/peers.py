"""EconML's CausalForestDML on the trials written by draws.py: python peers.py FOLDER OUT.csv

Run with a Python that has econml. Discrete treatment, 2,000 trees, everything else as it comes, one thread.
`effect` predicts the people the forest was grown on (each tree estimates on people it was not split on).
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from pathlib import Path

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np
from econml import __version__
from econml.dml import CausalForestDML


def main() -> None:
    warnings.simplefilter("ignore")
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    names = [path.stem.split("-") for path in folder.glob("*.csv")]
    with out.open("w", encoding="utf-8") as file:
        file.write("engine,kind,n,draw,rmse,lost,correlation,ate_error,ate_se,seconds,version\n")
        for kind, n, number in sorted(names, key=lambda name: (int(name[2]), int(name[1]), name[0])):
            table = np.loadtxt(folder / f"{kind}-{n}-{number}.csv", delimiter=",", skiprows=1)
            x, arm, y, tau = table[:, :-3], table[:, -3].astype(int), table[:, -2], table[:, -1]
            start = time.perf_counter()
            model = CausalForestDML(n_estimators=2000, discrete_treatment=True, random_state=42, n_jobs=1)
            model.fit(y, arm, X=x)
            seconds = time.perf_counter() - start
            effect = model.effect(x).ravel()
            lost = float(np.mean(np.abs(tau) * ((effect > 0) != (tau > 0))))
            r = np.corrcoef(effect, tau)[0, 1] if tau.std() > 0 else np.nan
            file.write(
                f"econml,{kind},{n},{int(number)},{np.sqrt(np.mean((effect - tau) ** 2)):.6f},{lost:.6f},{r:.6f},"
                f"{float(np.ravel(model.ate_)[0]) - tau.mean():.6f},{float(np.ravel(model.ate_stderr_)[0]):.6f},"
                f"{seconds:.3f},{__version__}\n"
            )
            file.flush()


if __name__ == "__main__":
    main()
