"""Real trial, outcomes dealt anew: no rule may be recommended. Breast Cancer Recovery Project, three arms.

python permute.py <bcrp_breast_cancer_recovery.csv> [permutations]
"""

from __future__ import annotations

import csv
import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
from simulate import scores_only

from forwhom.kernels.crossfit import Features, cross_fit
from forwhom.kernels.policy_gain import Recommendation, recommend

HERE = Path(__file__).parent
MODERATORS = (
    "physt1",
    "cesdt1",
    "negsoct1",
    "uncomt1",
    "disopt1",
    "comorbid",
    "age",
    "wcht1",
    "nationality",
    "marital",
    "trext",
)


def bcrp(file: Path, outcome: str) -> tuple[np.ndarray, np.ndarray, Features]:
    """Outcome, arm (standard care first), and everything known before treatment."""
    rows = list(csv.DictReader(file.open()))

    def column(name: str) -> np.ndarray:
        return np.array([float(row[name]) if row[name] not in ("", "NA") else np.nan for row in rows])

    arm = np.array([{"3": 0, "1": 1, "2": 2}[row["cond"]] for row in rows], dtype=np.intp)
    names = tuple(name for name in MODERATORS if name in rows[0])
    table = np.column_stack([column(name) for name in names])
    return column(outcome), arm, Features(table, np.empty((len(rows), 0), dtype=np.intp), names)


def asked(y: np.ndarray, arm: np.ndarray, features: Features, seed: int) -> Recommendation:
    """The engine as the report runs it."""
    fit = cross_fit(y, arm, features, arms=3, folds=5, repeats=10, rng=np.random.default_rng(seed))
    return recommend(fit, features, sign=-1)


def main() -> None:
    """As they are, and permuted."""
    scores_only()
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    told: dict[str, object] = {
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scikit-learn": version("scikit-learn"),
        }
    }
    for outcome in ("cesdt3",):
        y, arm, features = bcrp(Path(sys.argv[1]), outcome)
        found = asked(y, arm, features, 1)
        told[outcome] = {
            "recommended": found.recommended,
            "gain": [round(v, 3) for v in (found.gain.value, found.gain.low, found.gain.high)],
            "agreement": round(found.agreement, 3),
            "rule_asks": [
                (features.numeric_names[node.split.column], node.split.cut) for node in found.rule.nodes if node.split
            ],
        }
        dealt = [asked(np.random.default_rng([3, k]).permutation(y), arm, features, k) for k in range(times)]
        told[f"{outcome}, permuted"] = {
            "permutations": times,
            "recommended": sum(one.recommended for one in dealt),
            "lower limit above zero": sum(one.gains for one in dealt),
            "largest lower limit": round(max(one.gain.low for one in dealt), 3),
        }
    (HERE / "permuted.json").write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
