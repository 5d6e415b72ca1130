"""How often a rule is recommended when there is none, and how often when there is; the code the report runs.

    python simulate.py null  --trials 1000 --workers 2
    python simulate.py power --trials 100 --workers 2

Only the doubly robust scores enter the recommendation, so the learners of individual effects, which come after them and
draw from the generator after them, are left out; the scores are the same. In the null cells a trial ends as soon as
two repeats show no gain: with ten repeats, nine must. That is exact, and saves most of the time.
Results are kept per cell in null.csv and power.csv; a cell that is there is not made again.
"""

from __future__ import annotations

import argparse
import csv
import platform
import time
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
from draws import NULLS, Draw, covariates, draw, rng_of, true_effect

import forwhom.kernels.crossfit as engine
from forwhom.kernels.policy_gain import POSITIVE_REPEATS, cross_fitted_rules, recommend, settings
from forwhom.kernels.policy_tree import indicated
from forwhom.parallel import run

HERE = Path(__file__).parent
REPEATS = 10
SIZES = (100, 200, 400)


def scores_only() -> None:
    """Leave out what is learned after the scores."""

    def none(trial: engine.Prepared, *_: object) -> tuple[np.ndarray, np.ndarray]:
        nothing = np.zeros((len(engine.LEARNERS), *trial.probability.shape))
        return nothing, nothing

    engine._effects = none


def crossfit(made: Draw, rng: np.random.Generator, *, stop: bool) -> engine.CrossFit | None:
    """The engine's ten repeats; None when two of them show no gain and that ends the matter."""
    arms = made.effect.shape[1]
    ready = engine.prepare(
        made.y, made.arm, made.features, arms=arms, cluster=made.cluster, binary=made.binary, folds=5
    )
    parts, without = [], 0
    for seed in rng.integers(2**63 - 1, size=REPEATS):
        part = engine.one_repeat((ready, int(seed)))
        parts.append(part)
        if stop:
            depth, leaf = settings(part)
            told = cross_fitted_rules(part.scores, part.fold, made.features, depth=depth, min_leaf=leaf)
            by_rule = np.take_along_axis(part.scores[0], told[0][:, None], axis=1)
            without += bool((by_rule - part.scores[0]).mean(axis=0).min() <= 0)
            if without > REPEATS * (1 - POSITIVE_REPEATS) + 1e-9:
                return None
    return engine.join(parts)


def null_trial(kind: str, n: int, index: int) -> dict[str, float]:
    """One trial in which no rule is better than the better arm."""
    scores_only()
    made = draw(kind, n, 0.0, index)
    fit = crossfit(made, rng_of(kind + " fit", n, 0.0, index), stop=True)
    if fit is None:
        return {"recommended": 0, "lower_limit_above_zero": 0, "to_the_end": 0}
    groupings = []
    if made.cluster is not None:
        groupings.append(np.where(np.bincount(made.cluster)[made.cluster] > 1, made.cluster, -1))
    found = recommend(fit, made.features, sign=1, groupings=groupings)
    return {"recommended": found.recommended, "lower_limit_above_zero": found.gains, "to_the_end": 1}


def power_trial(kind: str, n: int, d: float, index: int) -> dict[str, float]:
    """One trial in which the rule asking the right question is better than either arm."""
    scores_only()
    made = draw(kind, n, d, index)
    fit = crossfit(made, rng_of(kind + " fit", n, d, index), stop=False)
    assert fit is not None
    found = recommend(fit, made.features, sign=1)
    new = covariates(20_000, np.random.default_rng(5))
    effect = true_effect(kind, d, new, 2)
    best = max(0.0, float(effect[:, 1].mean()))
    told = indicated(found.rule, new)
    true = float((effect[:, 1] * told).mean()) - best
    optimum = float(np.maximum(effect[:, 1], 0).mean()) - best
    return {
        "recommended": found.recommended,
        "gain_estimated": found.gain.value,
        "gain_true": true,
        "gain_possible": optimum,
        "covered": found.gain.low <= true <= found.gain.high,
        "width": found.gain.high - found.gain.low,
        "lower_limit": found.gains,
        "stable": found.stable,
        "differs": found.differs,
        "regret_of_decision": optimum - (true if found.recommended else 0.0),
        "gain_true_when_recommended": true if found.recommended else np.nan,
        "gain_estimated_when_recommended": found.gain.value if found.recommended else np.nan,
    }


def kept(path: Path) -> list[dict[str, str]]:
    """Cells already made."""
    return list(csv.DictReader(path.open())) if path.exists() else []


def cell(path: Path, name: dict[str, object], task: object, trials: int, workers: int) -> None:
    """Run one cell and add its row."""
    rows = kept(path)
    if any(all(row[key] == str(value) for key, value in name.items()) for row in rows):
        return
    began = time.perf_counter()
    found = run(task, list(range(trials)), workers=workers)
    row: dict[str, object] = {**name, "trials": trials}
    with np.errstate(all="ignore"):
        for key in found[0]:
            values = np.array([float(one[key]) for one in found])
            row[key] = f"{np.nanmean(values):.4f}" if np.isfinite(values).any() else ""
    row |= {
        "seconds": f"{time.perf_counter() - began:.0f}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scikit_learn": version("scikit-learn"),
        "forwhom": version("forwhom"),
    }
    rows = kept(path)
    with path.open("w", newline="") as out:
        writer = csv.DictWriter(out, list(row))
        writer.writeheader()
        writer.writerows([*rows, row])
    print(row, flush=True)


def main() -> None:
    """Null or power."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("what", choices=("null", "power"))
    asked.add_argument("--trials", type=int, default=1000)
    asked.add_argument("--workers", type=int, default=2)
    asked.add_argument("--kinds", nargs="*")
    asked.add_argument("--sizes", nargs="*", type=int)
    asked.add_argument("--out", type=Path, default=HERE)
    given = asked.parse_args()
    for kind in given.kinds or (NULLS if given.what == "null" else ("crossing", "two_questions", "slope")):
        for n in given.sizes or SIZES:
            if given.what == "null":
                task = partial(null_trial, kind, n)
                cell(given.out / "null.csv", {"kind": kind, "n": n}, task, given.trials, given.workers)
                continue
            for d in (0.3, 0.6, 1.0):
                name = {"kind": kind, "n": n, "d": d}
                cell(given.out / "power.csv", name, partial(power_trial, kind, n, d), given.trials, given.workers)


if __name__ == "__main__":
    main()
