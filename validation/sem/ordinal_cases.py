"""What is fitted with ordered indicators by forwhom and by lavaan: writes ordinal_cases.json for ordinal.R; the tests read the same.

python validation/sem/ordinal_cases.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

A, B, D = ([f"{letter}{k}" for k in range(1, 5)] for letter in "abd")
TWO = f"f =~ {' + '.join(A)}\ng =~ {' + '.join(B)}"
BFI = "\n".join(f"{trait} =~ " + " + ".join(f"{trait}{i}" for i in range(1, 6)) for trait in "ACENO")

CASES: dict[str, dict[str, Any]] = {
    "two factors": {"data": "ordinal", "syntax": TWO},
    "two factors, std_lv": {"data": "ordinal", "syntax": TWO, "std_lv": True},
    "two factors, theta": {"data": "ordinal", "syntax": TWO, "parameterisation": "theta"},
    "two categories": {"data": "ordinal", "syntax": f"h =~ {' + '.join(D)}"},
    "three factors, paths": {
        "data": "ordinal",
        "syntax": f"{TWO}\nh =~ {' + '.join(D)}\nh ~ b*g + f\ng ~ a*f\nind := a*b",
    },
    "pairwise": {"data": "ordinal_missing", "syntax": TWO, "missing": "pairwise"},
    "listwise": {"data": "ordinal_missing", "syntax": TWO, "missing": "listwise"},
    "equal thresholds by label": {
        "data": "ordinal",
        "syntax": "f =~ a1 + l*a2 + l*a3 + a4\ng =~ b1 + b2 + b3\nb1 | p*t1 + q*t2\nb2 | p*t1 + q*t2",
    },
    "groups": {"data": "ordinal", "syntax": TWO, "group": "group"},
    "groups, loadings": {"data": "ordinal", "syntax": TWO, "group": "group", "group_equal": ["loadings"]},
    "groups, thresholds": {"data": "ordinal", "syntax": TWO, "group": "group", "group_equal": ["thresholds"]},
    "groups, both": {"data": "ordinal", "syntax": TWO, "group": "group", "group_equal": ["loadings", "thresholds"]},
    "groups, both, theta": {
        "data": "ordinal",
        "syntax": TWO,
        "group": "group",
        "group_equal": ["loadings", "thresholds"],
        "parameterisation": "theta",
    },
    "groups, strict": {
        "data": "ordinal",
        "syntax": TWO,
        "group": "group",
        "group_equal": ["loadings", "thresholds", "residuals"],
        "parameterisation": "theta",
    },
    "groups, pairwise": {
        "data": "ordinal_missing",
        "syntax": TWO,
        "group": "group",
        "group_equal": ["loadings", "thresholds"],
        "missing": "pairwise",
    },
    "continuous outcome": {"data": "ordinal", "syntax": f"{TWO}\ny ~ f + g", "ordered": [*A, *B]},
    "continuous indicator": {"data": "ordinal", "syntax": f"{TWO} + y\nf ~~ g", "ordered": [*A, *B]},
    "mixed, pairwise": {
        "data": "ordinal_missing",
        "syntax": f"{TWO}\ny ~ f + g",
        "ordered": [*A, *B],
        "missing": "pairwise",
    },
    "bfi": {"data": "bfi", "syntax": BFI},
    "bfi pairwise": {"data": "bfi", "syntax": BFI, "missing": "pairwise"},
}
LADDER = {"data": "ordinal", "syntax": f"f =~ {' + '.join(A)}", "group": "group", "std_lv": True}


def main() -> None:
    where = Path(__file__).parent / "ordinal_cases.json"
    where.write_text(json.dumps({"cases": CASES, "ladder": LADDER}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
