"""What is fitted by forwhom and by lavaan: writes cases.json for reference.R; the tests read the same.

python validation/sem/cases.py
`peer` is a text of its own for lavaan, where the recipe's is to be checked; `call` is lavaan's function for it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from forwhom.models.structural import recipes

WAVES = [f"y{t}" for t in range(1, 6)]
FACETS = {"one": ["i1", "i2", "i3"], "two": ["i4", "i5", "i6"], "three": ["i7", "i8", "i9"]}
PANEL = {"x": [f"x{t}" for t in range(1, 5)], "z": [f"z{t}" for t in range(1, 5)]}
THREE = "\n".join(f"{name} =~ {' + '.join(items)}" for name, items in FACETS.items())
PATH = "slope5 := a*b\nend ~ b*y5 + c*x\ny5 ~ a*x\nlog_c := log(exp(c)) + a^2/2"
BFI = "\n".join(f"{trait} =~ " + " + ".join(f"{trait}{i}" for i in range(1, 6)) for trait in "ACENO")
CLPM_PEER = "\n".join(
    [
        *(f"{name}_between =~ " + " + ".join(f"1*{column}" for column in own) for name, own in PANEL.items()),
        *(f"{name}_within{t} =~ 1*{name}{t}" for name in PANEL for t in range(1, 5)),
        *(f"{name}_within{t} ~ x_within{t - 1} + z_within{t - 1}" for t in range(2, 5) for name in PANEL),
        *(f"x_within{t} ~~ z_within{t}" for t in range(1, 5)),
        *(f"{name}_within{t} ~~ {name}_within{t}" for name in PANEL for t in range(1, 5)),
        "x_between ~~ x_between + z_between\nz_between ~~ z_between",
    ]
)
GROWTH_PEER = (
    "level =~ "
    + " + ".join(f"1*{y}" for y in WAVES)
    + "\nslope =~ "
    + " + ".join(f"{t}*{y}" for t, y in enumerate(WAVES))
)

CASES: dict[str, dict[str, Any]] = {
    "growth": {"data": "growth", "syntax": recipes.latent_growth(WAVES), "peer": GROWTH_PEER, "call": "growth"},
    "growth quadratic, covariate, robust": {
        "data": "growth",
        "syntax": recipes.latent_growth(WAVES, quadratic=True, covariates=["x"], equal_residuals=True),
        "robust": True,
    },
    "growth by group": {
        "data": "growth",
        "syntax": recipes.latent_growth(WAVES, covariates=["x"]),
        "group": "group",
        "group_equal": ["residuals"],
    },
    "growth by group, robust": {
        "data": "growth",
        "syntax": recipes.latent_growth(WAVES, covariates=["x"]) + "\nend ~ c(b1, b2)*slope + x\nb := b2 - b1",
        "group": "group",
        "robust": True,
    },
    "growth to a distal outcome": {
        "data": "growth",
        "syntax": recipes.latent_growth(WAVES) + "\nend ~ b*slope + level + x\nslope ~ a*x\nlevel ~ x\nindirect := a*b",
        "robust": True,
    },
    "paths": {"data": "growth", "syntax": PATH},
    "paths, predictors modelled": {"data": "growth", "syntax": PATH, "fixed_x": False},
    "paths, listwise": {"data": "growth", "syntax": PATH, "missing": "listwise"},
    "paths, listwise, robust": {"data": "growth", "syntax": PATH, "missing": "listwise", "robust": True},
    "ri-clpm": {"data": "panel", "syntax": recipes.ri_clpm(PANEL), "peer": CLPM_PEER, "call": "lavaan"},
    "ri-clpm equal over time, covariate, robust": {
        "data": "panel",
        "syntax": recipes.ri_clpm(PANEL, covariates=["age"], equal_lags=True, equal_residuals=True),
        "robust": True,
    },
    "latent change": {"data": "growth", "syntax": recipes.latent_change(WAVES)},
    "latent change of two": {"data": "panel", "syntax": recipes.latent_change(PANEL["x"], PANEL["z"])},
    "three factors": {"data": "facets", "syntax": THREE, "missing": "listwise"},
    "three factors, robust": {"data": "facets", "syntax": THREE, "missing": "listwise", "robust": True},
    "three factors, std_lv": {"data": "facets", "syntax": THREE, "std_lv": True},
    "bifactor": {
        "data": "facets",
        "syntax": recipes.bifactor(FACETS),
        "missing": "listwise",
        "peer": "general =~ " + " + ".join(item for own in FACETS.values() for item in own) + "\n" + THREE,
        "call": "cfa orthogonal std.lv",
    },
    "three factors, linear equations": {
        "data": "facets",
        "syntax": "one =~ i1 + a*i2 + b*i3\ntwo =~ i4 + c*i5 + d*i6\nthree =~ i7 + e*i8 + f*i9\n"
        "one ~~ v*one\ntwo ~~ w*two\na == b + 0.1\nc == 2*d - e\nv + w == 1.5\nf == 0.9\nratio := v/w",
        "missing": "listwise",
        "robust": True,
    },
    "items with gaps": {"data": "ordinal_missing", "syntax": "f =~ a1 + a2 + a3 + a4\ng =~ b1 + b2 + b3 + b4"},
    "items with gaps, linear equations, robust": {
        "data": "ordinal_missing",
        "syntax": "f =~ a1 + p*a2 + q*a3 + r*a4\ng =~ b1 + b2 + b3 + b4\np + q == 2*r\nf ~~ c*g\nc == 0.4",
        "robust": True,
    },
    "second order": {"data": "facets", "syntax": recipes.second_order(FACETS), "missing": "listwise"},
    "bfi": {"data": "bfi", "syntax": BFI},
    "bfi listwise": {"data": "bfi", "syntax": BFI, "missing": "listwise"},
    "bfi agreeableness by sex": {
        "data": "bfi",
        "syntax": BFI.splitlines()[0] + "\n" + BFI.splitlines()[3],
        "group": "gender",
        "missing": "listwise",
    },
}
LADDER = {
    "data": "bfi",
    "syntax": BFI.splitlines()[0] + "\n" + BFI.splitlines()[3],
    "group": "gender",
    "missing": "listwise",
}


def main() -> None:
    where = Path(__file__).parent / "cases.json"
    where.write_text(json.dumps({"cases": CASES, "ladder": LADDER}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
