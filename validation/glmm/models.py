"""The models of cases.json as arrays, for the tests and for comparing by hand: `python models.py` prints the differences."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

from forwhom.kernels.glmm import GlmmFit, Level, fit_glmm

HERE = Path(__file__).parent


def table(name: str) -> dict[str, np.ndarray]:
    with (HERE / f"{name}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {key: np.array([float(row[key]) for row in rows]) for key in rows[0]}


def columns(data: dict[str, np.ndarray], names: list[str]) -> np.ndarray:
    n = len(next(iter(data.values())))
    made = [np.ones(n) if name == "1" else np.prod([data[part] for part in name.split(":")], axis=0) for name in names]
    return np.column_stack(made)


def fitted(case: dict[str, Any], **more: Any) -> GlmmFit:
    data = table(case["data"])
    levels = [
        Level(columns(data, names), data[group].astype(int), correlated, group)
        for names, group, correlated in case["levels"]
    ]
    return fit_glmm(
        data[case["y"]],
        columns(data, case["fixed"]),
        levels,
        family=case["family"],
        link=case["link"],
        trials=data[case["trials"]] if case["trials"] else None,
        offset=np.log(data[case["offset"]]) if case["offset"] else None,
        quadrature_points=case["nodes"],
        **more,
    )


def lme4_order(case: dict[str, Any], fit: GlmmFit) -> list[int]:
    """Levels in the order of lme4: more groups first, ties as written."""
    return sorted(range(len(fit.n_groups)), key=lambda k: (-fit.n_groups[k], k))


def main() -> None:
    reference = json.loads((HERE / "reference.json").read_text())
    cases = json.loads((HERE / "cases.json").read_text())
    print(f"{'':28s} {'loglik':>9s} {'beta':>9s} {'theta':>9s} {'SE':>9s}   {'loglik':>9s} {'beta':>9s} {'SE':>9s}")
    for case, found in zip(cases, reference["cases"], strict=True):
        fit = fitted(case)
        se = np.sqrt(np.diagonal(fit.beta_cov))
        line = f"{case['name']:28s}"
        if one := found["lme4"]:
            d = (
                fit.loglik - one["loglik"],
                np.abs(fit.beta - one["beta"]).max(),
                np.abs(np.abs(fit.theta) - np.abs(np.atleast_1d(one["theta"]))).max(),
                np.abs(se / np.array(one["se"]) - 1).max(),
            )
            line += "".join(f" {each:9.1e}" for each in d)
        else:
            line += " " * 40
        if one := found["glmmTMB"]:
            d = (fit.loglik - one["loglik"], np.abs(fit.beta - one["beta"]).max(), np.nan)
            if "NA" not in one["se"] and "NaN" not in one["se"]:
                d = (*d[:2], np.abs(se / np.array(one["se"]) - 1).max())
            line += "  " + "".join(f" {each:9.1e}" for each in d)
        print(line, fit.message)


if __name__ == "__main__":
    main()
