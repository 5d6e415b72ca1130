"""Real trial, outcomes dealt anew: no rule may be recommended. Breast Cancer Recovery Project, three arms.

python permute.py <bcrp_breast_cancer_recovery.csv> [permutations, 300]
"""

from __future__ import annotations

import csv
import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
from draws import Draw
from simulate import crossfit, scores_only

from forwhom.kernels.crossfit import Features
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
FEW = ("age", "negsoct1", "uncomt1", "disopt1", "comorbid", "cesdt1")


def bcrp(file: Path, outcome: str, moderators: tuple[str, ...] = MODERATORS) -> tuple[np.ndarray, np.ndarray, Features]:
    """Outcome, arm (standard care first), and everything known before treatment."""
    with file.open(encoding="utf-8") as table_of:
        rows = list(csv.DictReader(table_of))

    def column(name: str) -> np.ndarray:
        return np.array([float(row[name]) if row[name] not in ("", "NA") else np.nan for row in rows])

    arm = np.array([{"3": 0, "1": 1, "2": 2}[row["cond"]] for row in rows], dtype=np.intp)
    names = tuple(name for name in moderators if name in rows[0])
    table = np.column_stack([column(name) for name in names])
    return column(outcome), arm, Features(table, np.empty((len(rows), 0), dtype=np.intp), names)


def asked(y: np.ndarray, arm: np.ndarray, features: Features, seed: int, *, stop: bool) -> Recommendation | None:
    """The engine as the report runs it; None when two repeats without a gain end it early."""
    made = Draw(-y, arm, features, np.zeros((y.size, 3)), None, binary=False)
    fit = crossfit(made, np.random.default_rng(seed), stop=stop)
    return None if fit is None else recommend(fit, features, sign=1)


def dealt(file: Path, moderators: tuple[str, ...], seed: int, times: int) -> dict[str, object]:
    """How many of so many permutations are given a rule, and which."""
    y, arm, features = bcrp(file, "cesdt3", moderators)
    found = [asked(np.random.default_rng([seed, k]).permutation(y), arm, features, k, stop=True) for k in range(times)]
    return {
        "permutations": times,
        "to the last repeat": sum(one is not None for one in found),
        "recommended": sum(one is not None and one.recommended for one in found),
        "which": [k for k, one in enumerate(found) if one is not None and one.recommended],
    }


def main() -> None:
    """As the outcomes are, and permuted."""
    scores_only()
    file, times = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 300
    y, arm, features = bcrp(file, "cesdt3")
    found = asked(y, arm, features, 1, stop=False)
    assert found is not None
    told = {
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scikit-learn": version("scikit-learn"),
        },
        "cesdt3": {
            "recommended": found.recommended,
            "gain": [round(v, 3) for v in (found.gain.value, found.gain.low, found.gain.high)],
            "agreement": round(found.agreement, 3),
            "rule_asks": [
                (features.numeric_names[node.split.column], node.split.cut) for node in found.rule.nodes if node.split
            ],
        },
        "cesdt3, permuted": dealt(file, MODERATORS, 3, times),
        "cesdt3, permuted, six covariates": dealt(file, FEW, 4, times),
    }
    (HERE / "permuted.json").write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
