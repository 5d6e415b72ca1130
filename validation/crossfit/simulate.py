"""The cross-fitting engine on the trials of draws.py, and the coverage of its average effects.

python simulate.py effects [--draws 50]     -> ours.csv: individual effects, on the draws the peers got
python simulate.py average [--draws 400]    -> average.csv: average effect, outcomes complete or missing by x1 (appended)
python simulate.py summary PEER.csv …       -> effects.csv: per engine and cell, from ours.csv and the peers' files
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from pathlib import Path

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np
from draws import COVARIATES, KINDS, SIZES, draw

from forwhom import __version__
from forwhom.kernels.crossfit import CrossFit, Features, cross_fit

HERE = Path(__file__).parent
NAMES = ("engine", "kind", "n", "draw", "rmse", "lost", "correlation", "ate_error", "ate_se", "seconds", "version")


def fit(one: dict[str, np.ndarray], seed: int, repeats: int = 10) -> CrossFit:
    n = one["y"].size
    features = Features(one["x"], np.zeros((n, 0), dtype=np.intp), tuple(f"x{j + 1}" for j in range(COVARIATES)))
    return cross_fit(
        one["y"],
        one["arm"],
        features,
        arms=2,
        probability=np.full((n, 2), 0.5),
        repeats=repeats,
        rng=np.random.default_rng(seed),
    )


def average(result: CrossFit) -> tuple[float, float]:
    """Average effect and its standard error, scores averaged over repeats."""
    score = (result.scores[:, :, 1] - result.scores[:, :, 0]).mean(axis=0)
    return float(score.mean()), float(score.std(ddof=1) / np.sqrt(score.size))


def effects(first: int, draws: int) -> None:
    with (HERE / "ours.csv").open("a" if first else "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        if not first:
            out.writerow(NAMES)
        for number in range(first, draws):
            for n in SIZES:
                for kind in KINDS:
                    one = draw(kind, n, number)
                    start = time.process_time()
                    result = fit(one, number)
                    seconds = time.process_time() - start
                    tau, (ate, se) = one["tau"], average(result)
                    mean = {"forwhom": result.effects} | {
                        f"forwhom, {name} alone": result.by_learner[index] for index, name in enumerate(result.learners)
                    }
                    for engine, predicted in mean.items():
                        effect = predicted.mean(axis=0)[:, 1]
                        lost = np.mean(np.abs(tau) * ((effect > 0) != (tau > 0)))
                        spread = tau.std() > 0 and effect.std() > 0
                        r = np.corrcoef(effect, tau)[0, 1] if spread else np.nan
                        values = (np.sqrt(np.mean((effect - tau) ** 2)), lost, r, ate - tau.mean(), se)
                        out.writerow(
                            [engine, kind, n, number, *(f"{v:.6f}" for v in values), f"{seconds:.3f}", __version__]
                        )
            file.flush()


def averages(sizes: list[int], kinds: list[str], draws: int) -> None:
    path = HERE / "average.csv"
    new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        if new:
            out.writerow(
                ("outcomes", "kind", "n", "draws", "bias", "bias_se", "sd", "mean_se", "coverage", "plain_bias")
            )
        for n in sizes:
            for missing in ("complete", "missing by x1"):
                for kind in kinds:
                    rows = []
                    for number in range(draws):
                        one = draw(kind, n, 10_000 + number)
                        truth = {"none": 0.3, "linear": 0.1}[kind]
                        if missing != "complete":
                            rng = np.random.default_rng([7, n, number])
                            risk = 1 / (1 + np.exp(-(-1.2 + 1.2 * one["x"][:, 0] * np.where(one["arm"] == 1, 1, -1))))
                            one["y"] = np.where(rng.random(n) < risk, np.nan, one["y"])
                        ate, se = average(fit(one, number, repeats=2))
                        plain = np.nanmean(one["y"][one["arm"] == 1]) - np.nanmean(one["y"][one["arm"] == 0])
                        rows.append((ate - truth, se, plain - truth))
                    error, se, plain = np.array(rows).T
                    values = (
                        error.mean(),
                        error.std(ddof=1) / np.sqrt(draws),
                        error.std(ddof=1),
                        se.mean(),
                        np.mean(np.abs(error) < 1.959964 * se),
                        plain.mean(),
                    )
                    out.writerow((missing, kind, n, draws, *(f"{v:.4f}" for v in values)))
                    file.flush()


def summary(peers: list[Path]) -> None:
    cells: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for path in (HERE / "ours.csv", *peers):
        with path.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                cells.setdefault((row["kind"], row["n"], row["engine"]), []).append(row)
    order = sorted(cells, key=lambda cell: (KINDS.index(cell[0]), int(cell[1])))
    with (HERE / "effects.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(("kind", "n", "engine", "version", "draws", "rmse", "rmse_se", "lost_share"))
        for cell in order:
            kind, n, engine = cell
            # The same draws for all: those every engine of the cell has.
            common = set.intersection(
                *({int(row["draw"]) for row in cells[other]} for other in cells if other[:2] == cell[:2])
            )
            rows = [row for row in cells[cell] if int(row["draw"]) in common]
            rmse = np.array([float(row["rmse"]) for row in rows])
            lost = np.array([float(row["lost"]) for row in rows])
            whole = np.mean([np.abs(draw(kind, int(n), number)["tau"]).mean() for number in sorted(common)])
            out.writerow(
                (
                    kind,
                    n,
                    engine,
                    rows[0]["version"],
                    len(rows),
                    f"{rmse.mean():.3f}",
                    f"{rmse.std(ddof=1) / np.sqrt(rmse.size):.3f}",
                    f"{lost.mean() / whole:.3f}",
                )
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("effects", "average", "summary"))
    parser.add_argument("peers", nargs="*", type=Path)
    parser.add_argument("--draws", type=int)
    parser.add_argument("--first", type=int, default=0, help="number of the first draw; above 0 the file is continued")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 200, 500])
    parser.add_argument("--kinds", nargs="+", choices=("none", "linear"), default=["none", "linear"])
    options = parser.parse_args()
    if options.what == "effects":
        effects(options.first, options.draws or 50)
    elif options.what == "average":
        averages(options.sizes, options.kinds, options.draws or 400)
    else:
        summary(options.peers)


if __name__ == "__main__":
    main()
