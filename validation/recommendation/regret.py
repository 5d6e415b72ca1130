"""Regret of our decision and of peers' rules on the same draws, against the best rule there is.

python regret.py write <folder>            # draws, as the peers need them
R_LIBS=<library> Rscript regret.R <folder>  # grf::causal_forest and policytree
python regret.py read <folder>             # regret.json
"""

from __future__ import annotations

import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
from draws import covariates, draw, rng_of, true_effect
from simulate import crossfit, scores_only

from forwhom.kernels.crossfit import Features
from forwhom.kernels.policy_gain import recommend
from forwhom.kernels.policy_tree import indicated

HERE = Path(__file__).parent
CELLS = (("crossing", 200, 0.6, 30), ("crossing", 200, 0.0, 20), ("crossing", 400, 0.6, 12), ("crossing", 400, 1.0, 12))
"""Kind, n, d, draws: few, because the exhaustive search of depth 2 in R takes most of the time."""
NEW = 4000


def columns(features: Features, fill: np.ndarray) -> np.ndarray:
    """Numbers without gaps, and an indicator per level."""
    numeric = np.where(np.isfinite(features.numeric), features.numeric, fill)
    return np.column_stack([numeric, features.categories == np.arange(5)])


def cells() -> list[tuple[str, str, int, float, int]]:
    """Name, kind, n, d, index."""
    return [(f"{kind}_{n}_{d:g}_{i}", kind, n, d, i) for kind, n, d, draws in CELLS for i in range(draws)]


def write(folder: Path) -> None:
    """One file of people per draw, and one of new people."""
    folder.mkdir(parents=True, exist_ok=True)
    new = covariates(NEW, np.random.default_rng(7))
    for name, kind, n, d, i in cells():
        made = draw(kind, n, d, i)
        fill = np.nanmean(made.features.numeric, axis=0)
        table = np.column_stack([made.y, made.arm, columns(made.features, fill)])
        np.savetxt(folder / f"{name}.csv", table, "%.8g", ",")
        np.savetxt(folder / f"{name}.new", columns(new, fill), "%.8g", ",")


def read(folder: Path) -> None:
    """Gain over the better arm for everybody, of every rule, among the new people."""
    scores_only()
    new = covariates(NEW, np.random.default_rng(7))
    rows: dict[str, dict[str, list[float]]] = {}
    for name, kind, n, d, i in cells():
        effect = true_effect(kind, d, new, 2)[:, 1]
        base = max(0.0, float(effect.mean()))
        if not (folder / f"{name}.told").exists():
            continue
        made = draw(kind, n, d, i)
        fit = crossfit(made, rng_of(kind + " fit", n, d, i), stop=False)
        assert fit is not None
        found = recommend(fit, made.features, sign=1)
        ours = float((effect * indicated(found.rule, new)).mean()) - base
        peers = np.genfromtxt(folder / f"{name}.told", delimiter=",", names=True)
        gains = {"ours, as decided": ours if found.recommended else 0.0, "ours, the rule always": ours}
        gains |= {p: float((effect * peers[p]).mean()) - base for p in peers.dtype.names or ()}
        here = rows.setdefault(f"{kind}, n {n}, d {d:g}", {})
        here.setdefault("best rule there is", []).append(float(np.maximum(effect, 0).mean()) - base)
        here.setdefault("recommended", []).append(float(found.recommended))
        for key, value in gains.items():
            here.setdefault(key, []).append(value)
    told = {
        cell: {
            key: {"mean": float(np.mean(v)), "worst": float(np.min(v)), "draws": len(v)} for key, v in values.items()
        }
        for cell, values in rows.items()
    }
    made_with = {"python": platform.python_version(), "numpy": np.__version__, "scikit-learn": version("scikit-learn")}
    peers = json.loads((folder / "versions.json").read_text())
    result = {"versions": made_with | peers, "gain": told}
    (HERE / "regret.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]](Path(sys.argv[2]))
