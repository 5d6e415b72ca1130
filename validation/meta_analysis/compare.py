"""Every stored value of metafor and clubSandwich beside ours.

python compare.py            # largest difference of each quantity
python compare.py 1e-6       # also each value that differs by more

`pairs` yields (topic, data set, quantity, ours, theirs); the tests read it too. The studies of metadat's sets are read from the folder
FORWHOM_R_DATA, where reference.R wrote them; without it the made-up sets are compared alone.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from forwhom.kernels import meta_analysis as ma

HERE = Path(__file__).resolve().parent
TESTS = {"z": "wald", "knha": "knapp-hartung", "adhoc": "knapp-hartung-adhoc"}
Pair = tuple[str, str, str, Any, Any]


def reference(folder: str | None) -> dict[str, Any]:
    """The stored results, with the studies they are of; sets whose studies are neither stored nor in `folder` are left out."""
    stored: dict[str, Any] = json.loads((HERE / "reference.json").read_text(encoding="utf-8"))
    for level in ("two", "three"):
        sets = stored[f"{level}_level"]
        for name in [name for name, entry in sets.items() if "y" not in entry]:
            path = Path(folder or ".") / f"meta_{level}_{name}.json"
            if folder and path.is_file():
                _join(sets[name], json.loads(path.read_text(encoding="utf-8")))
            else:
                del sets[name]
    return stored


def _join(entry: dict[str, Any], studies: dict[str, Any]) -> None:
    for key, weights in studies.pop("weights", {}).items():
        entry["fits"][key]["weights"] = weights
    entry.update(studies)


def difference(ours: Any, theirs: Any) -> float:
    """Largest difference, relative where numbers are above 1; infinite when only one of them is absent."""
    mine, other = (np.atleast_1d(np.array(part, dtype=np.float64)).ravel() for part in (ours, theirs))
    if mine.shape != other.shape or (np.isnan(mine) != np.isnan(other)).any():
        return float("inf")
    return float(np.nanmax(np.abs(mine - other) / np.maximum(1.0, np.abs(other)), initial=0.0))


def pairs(stored: dict[str, Any]) -> Iterator[Pair]:
    yield from _escalc(stored["escalc"])
    for name, entry in stored["two_level"].items():
        y, v = np.array(entry["y"]), np.array(entry["v"])
        yield from _fits(name, y, v, entry["fits"])
        if y.size > 2:
            fit = ma.random_effects(y, v)
            yield "Q-profile", name, "tau2 limits", [fit.tau2_low, fit.tau2_high], entry["tau2_limits"]
            yield "Q-profile", name, "I2 limits", [fit.i2_low, fit.i2_high], entry["i2_limits"]
        if "regressions" in entry:
            yield from _regressions(name, y, v, np.array(entry["x"], dtype=float), entry["regressions"])
        if "diagnostics" in entry:
            yield from _diagnostics(name, y, v, np.array(entry["x"], dtype=float)[:, 0], entry["diagnostics"])
            yield from _egger(name, y, v, entry["asymmetry"]["egger"])
            yield from _asymmetry(name, y, v, entry["asymmetry"])
    for name, entry in stored["three_level"].items():
        y, v, x = (np.array(entry[part], dtype=float) for part in ("y", "v", "x"))
        yield from three_levels(f"{name}", y, v, entry["cluster"], x, entry["independent"])
        block = ma.block_covariance(v, entry["cluster"], 0.6)
        yield from three_levels(f"{name} rho .6", y, block, entry["cluster"], x, entry["correlated"])


def metapsy(stored: dict[str, Any], y: Any, v: Any, cluster: Any, x: Any) -> Iterator[Pair]:
    """The same for a table that does not ship."""
    yield from _fits("metapsy", y, v, stored["metapsy"]["fits"])
    yield from _egger("metapsy", y, v, stored["metapsy"]["egger"])
    yield from three_levels("metapsy", y, v, cluster, x, stored["metapsy"]["three"])


def _escalc(stored: dict[str, Any]) -> Iterator[Pair]:
    cells = {key: [row[key] for row in stored["cells"]] for key in ("e1", "n1", "e2", "n2")}
    functions = {"RR": ma.log_risk_ratio, "OR": ma.log_odds_ratio, "RD": ma.risk_difference}
    made = {name: function(**cells) for name, function in functions.items()}
    groups = {key: np.array([row[key] for row in stored["groups"]], float) for key in stored["groups"][0]}
    made["SMD"] = ma.hedges_g(*(groups[key] for key in ("m1", "s1", "n1", "m2", "s2", "n2")))
    made["SMCR"] = ma.g_pre_post(groups["m1"], groups["m2"], groups["s1"], groups["n1"], groups["r"])
    some = ma.log_odds_ratio(*([column[0], column[5]] for column in cells.values()))
    made["OR2DL"] = ma.g_from_log_odds(some.value, some.variance)
    for name, effects in made.items():
        for part in ("value", "variance"):
            yield "effect sizes", name, part, getattr(effects, part), stored[name][part]


def _fits(name: str, y: Any, v: Any, stored: dict[str, Any]) -> Iterator[Pair]:
    for key, their in stored.items():
        method, test = key.split()
        fit = ma.random_effects(y, v, method=method, test=TESTS[test])
        of = f"{name} {key}"
        for part, mine in (
            ("b", fit.estimate), ("se", fit.se[0]), ("p", fit.p[0]), ("low", fit.low[0]), ("high", fit.high[0]), ("tau2", fit.tau2),
            ("q", fit.q), ("q_p", fit.q_p), ("i2", fit.i2), ("loglik", fit.log_likelihood),
        ):  # fmt: skip
            yield "two levels", of, part, mine, their[part]
        if "weights" in their:
            yield "two levels", of, "weights", fit.weights, their["weights"]
        # With fixed effects metafor gives Q / df, also below 1.
        yield "two levels", of, "h2", fit.h2, their["h2"] if method != "FE" else max(1.0, their["h2"])
        if test != "z" and method != "FE" and len(y) > 2:
            limits = [fit.prediction_low, fit.prediction_high]
            yield "two levels", of, "prediction", limits, [their["pi_low"], their["pi_high"]]


def _regressions(name: str, y: Any, v: Any, x: Any, stored: dict[str, Any]) -> Iterator[Pair]:
    for key, their in stored.items():
        method, test = key.split()
        fit = ma.random_effects(y, v, x, method=method, test=TESTS[test])
        of = f"{name} {key}"
        for part, mine in (("b", fit.coefficients), ("se", fit.se), ("p", fit.p), ("tau2", fit.tau2), ("q", fit.q), ("i2", fit.i2),
                           ("loglik", fit.log_likelihood), ("qm", fit.omnibus.statistic), ("qm_p", fit.omnibus.p)):  # fmt: skip
            yield "regression", of, part, mine, their[part]
        if their["r2"] is not None and fit.r2 is not None:
            yield "regression", of, "r2", fit.r2, their["r2"]
        yield (
            "regression",
            of,
            "predict",
            np.array(ma.predict(fit, [1.0, *np.atleast_1d(their["at"])])).ravel(),
            their["predicted"],
        )


def _diagnostics(name: str, y: Any, v: Any, x: Any, stored: dict[str, Any]) -> Iterator[Pair]:
    for test, their in stored.items():
        series = ma.leave_one_out(y, v, test=TESTS[test])
        for part, value in their["leave"].items():
            yield "leave one out", f"{name} {test}", part, getattr(series, part), value
        found = ma.influence(y, v, test=TESTS[test])
        for part, value in their["influence"].items():
            yield "influence", f"{name} {test}", part, getattr(found, part), value
        moderated = ma.influence(y, v, x, test=TESTS[test])
        for part, value in their["moderated"].items():
            yield "influence", f"{name} {test} moderated", part, getattr(moderated, part), value


def _egger(name: str, y: Any, v: Any, stored: dict[str, Any]) -> Iterator[Pair]:
    for key, their in stored.items():
        by, model, test = key.split()
        mine = ma.egger(
            y, v, predictor="se" if by == "sei" else "variance", model="mixed" if model == "rma" else "classic",
            test=TESTS.get(test, "wald"), least=3,
        )  # fmt: skip
        for part, value in (
            ("statistic", mine.statistic),
            ("p", mine.p),
            ("limit", mine.limit),
            ("low", mine.limit_low),
            ("high", mine.limit_high),
        ):
            yield "egger", f"{name} {key}", part, value, their[part]


def _asymmetry(name: str, y: Any, v: Any, stored: dict[str, Any]) -> Iterator[Pair]:
    rank = ma.begg(y, v, least=3)
    yield "begg", name, "tau", rank.tau, stored["begg"]["tau"]
    yield "begg", name, "p", rank.p, stored["begg"]["p"]
    for estimator, their in stored["trim"].items():
        mine = ma.trim_and_fill(y, v, estimator=estimator, test="wald", least=3)
        if "error" in their:
            yield "trim and fill", f"{name} {estimator}", "refused", float(mine.missing is None), 1.0
            continue
        yield "trim and fill", f"{name} {estimator}", "missing", mine.missing, their["missing"]
        yield "trim and fill", f"{name} {estimator}", "side", float(mine.side == their["side"]), 1.0
        yield "trim and fill", f"{name} {estimator}", "se", mine.missing_se, their["se"]
        yield "trim and fill", f"{name} {estimator}", "estimate", mine.adjusted.estimate, their["estimate"]
        yield "trim and fill", f"{name} {estimator}", "tau2", mine.adjusted.tau2, their["tau2"]
    for key, their in stored.get("selection", {}).items():
        alternative, steps = key.split()
        made = ma.selection_model(y, v, (0.025,) if steps == "1" else (0.025, 0.5), alternative=alternative, least=3)
        yield "selection", f"{name} {key}", "counts", made.counts, their["counts"]
        yield "selection", f"{name} {key}", "loglik below", max(0.0, their["loglik"] - made.log_likelihood), 0.0
        if made.log_likelihood > their["loglik"] + 1e-5:
            continue  # metafor stopped below the maximum; there is nothing to compare
        for part in ("estimate", "se", "tau2", "weights", "weights_se", "p"):
            yield "selection", f"{name} {key}", part, getattr(made, part), their[part]


def three_levels(name: str, y: Any, v: Any, cluster: Any, x: Any, stored: dict[str, Any]) -> Iterator[Pair]:
    for model, columns in (("plain", None), ("moderated", x)):
        their = stored[model]
        fit = ma.three_level(y, v, cluster, x=columns, limits=model == "plain")
        ml = ma.three_level(y, v, cluster, x=columns, limits=False, method="ML")
        of = f"{name} {model}"
        for part, mine in (
            ("b", fit.coefficients), ("se", fit.se), ("df", fit.df), ("low", fit.low), ("high", fit.high), ("q", fit.q),
            ("sigma2", [fit.sigma2_between, fit.sigma2_within]), ("loglik", fit.log_likelihood), ("ml_loglik", ml.log_likelihood),
            ("ml_sigma2", [ml.sigma2_between, ml.sigma2_within]),
        ):  # fmt: skip
            yield "three levels", of, part, mine, their[part]
        robust = ma.cluster_robust(y, fit.marginal, cluster, x=columns)
        for part, value in their["robust"].items():
            yield "CR2", of, part, getattr(robust, part), value
        if model == "plain":
            yield "three levels", of, "prediction", [fit.prediction_low, fit.prediction_high], their["pi"]
            limits = [
                [fit.sigma2_between_low, fit.sigma2_between_high],
                [fit.sigma2_within_low, fit.sigma2_within_high],
            ]
            yield "profile", of, "limits", limits, their["limits"]
        else:
            yield "three levels", of, "omnibus", fit.omnibus.statistic, their["qm"]
            made = [robust.joint.f, robust.joint.df_denominator, robust.joint.p]
            yield "CR2", of, "HTZ", made, [their["htz"][part] for part in ("f", "df2", "p")]
    variance = np.diag(v) if np.ndim(v) == 2 else v
    alone = ma.random_effects(y, variance, test="wald")
    robust = ma.cluster_robust(y, alone.marginal, cluster)
    for part, mine in (("b", robust.coefficients), ("se", robust.se), ("df", robust.df), ("p", robust.p)):
        yield "CR2", f"{name} two-level weights", part, mine, stored["two_level_robust"][part]


def main() -> None:
    above = float(sys.argv[1]) if len(sys.argv) > 1 else None
    worst: dict[tuple[str, str], tuple[float, str, int]] = {}
    for topic, name, part, ours, theirs in pairs(reference(os.environ.get("FORWHOM_R_DATA"))):
        apart = difference(ours, theirs)
        if above is not None and not apart <= above:
            print(f"{topic} · {name} · {part}: {ours} / {theirs}")
        before = worst.get((topic, part), (-1.0, "", 0))
        worst[topic, part] = (*((apart, name) if apart > before[0] else before[:2]), before[2] + 1)
    for (topic, part), (apart, name, count) in worst.items():
        print(f"{topic:14s} {part:12s} {apart:8.1e}  {count:4d} values, worst {name}")


if __name__ == "__main__":
    main()
