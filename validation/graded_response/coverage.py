"""Coverage and type I error of the graded response model, from simulated answers: coverage.csv

python validation/graded_response/coverage.py [--draws 500] [--dif-draws 200]

Nine items of four answers. Slopes 0.8 to 2.4 and locations from -1 to 2, fixed; normal trait.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import polars as pl
from make_data import answers

from forwhom import models
from forwhom.kernels.graded_item_fit import summed_score_fit
from forwhom.kernels.graded_overall_fit import overall_fit
from forwhom.kernels.graded_response import graded_response
from forwhom.kernels.graded_scores import person_scores

HERE = Path(__file__).parent
SLOPE = np.linspace(0.8, 2.4, 9)
LOCATION = np.array([-0.8, 0.2, 1.3]) + np.linspace(-0.3, 0.7, 9)[[4, 0, 7, 2, 8, 1, 5, 3, 6], None]
NAMES = [f"q{j + 1}" for j in range(9)]
Z = 1.959964


def one_group(n: int, absent: float, draws: int) -> list[tuple[str, float, int]]:
    """Shares over the draws of one cell."""
    hits: dict[str, list[np.ndarray]] = {}
    lost = 0
    for draw in range(draws):
        rng = np.random.default_rng([20261202, n, int(100 * absent), draw])
        trait = rng.standard_normal(n)
        y = answers(rng, trait, SLOPE, LOCATION).astype(float)
        y[rng.random(y.shape) < absent] = np.nan
        fit = graded_response(y)
        whole = bool((fit.answers.categories == 4).all())
        if not fit.converged or not np.isfinite(np.diagonal(fit.covariance)).all() or not whole:
            lost += 1
            continue
        covariance = fit.covariance.reshape(9, 4, 9, 4)[np.arange(9), :, np.arange(9), :]
        se = np.sqrt(covariance[:, 0, 0])
        _add(hits, "slope interval holds the truth", np.abs(fit.slope - SLOPE) < Z * se)
        _add(hits, "slope, mean of estimates over truth", fit.slope / SLOPE)
        b = fit.location
        error = np.empty_like(b)
        for s in range(3):
            turn = np.column_stack([-b[:, s] / fit.slope, -1 / fit.slope])
            part = covariance[:, [0, 1 + s]][:, :, [0, 1 + s]]
            error[:, s] = np.sqrt(np.einsum("jp,jpr,jr->j", turn, part, turn))
        _add(hits, "location interval holds the truth", np.abs(b - LOCATION) < Z * error)
        _add(
            hits, "person interval holds the truth, expected a posteriori", np.abs(fit.trait - trait) < Z * fit.trait_se
        )
        score, wle_se = person_scores(y, fit.slope, fit.step, "wle")
        _add(hits, "person interval holds the truth, weighted likelihood", np.abs(score - trait) < Z * wle_se)
        complete = y[np.isfinite(y).all(axis=1)]
        if complete.shape[0] < 40:
            continue
        # As `models.graded_response` has it, tests of fit are of the model fitted to complete answers.
        whole_fit = graded_response(complete) if absent else fit
        tested = [
            each.p
            for each in summed_score_fit(recoded(complete), whole_fit.slope, whole_fit.step)
            if each.p is not None
        ]
        _add(hits, "S-X2 rejects a true item at 5 %", np.array(tested) < 0.05)
        overall = overall_fit(recoded(complete), whole_fit.slope, whole_fit.step)
        if overall.p is not None:
            _add(hits, "C2 rejects a true model at 5 %", np.array([overall.p < 0.05]))
    made = [(name, float(np.mean(np.concatenate(values))), draws - lost) for name, values in hits.items()]
    return [*made, ("no estimate, or an answer nobody gave", lost / draws, draws)]


def recoded(y: np.ndarray) -> np.ndarray:
    """Answers as places among those in use."""
    return np.column_stack([np.searchsorted(np.unique(column), column) for column in y.T])


def _add(hits: dict[str, list[np.ndarray]], name: str, value: np.ndarray) -> None:
    hits.setdefault(name, []).append(np.ravel(np.asarray(value, dtype=float)))


def two_groups(n: int, moved: float, draws: int) -> list[tuple[str, float, int]]:
    """Tests of items between two groups of n, half a standard deviation apart; the third item's locations move by `moved`."""
    hits: dict[str, list[np.ndarray]] = {}
    for draw in range(draws):
        rng = np.random.default_rng([20261203, n, int(100 * moved), draw])
        other = LOCATION.copy()
        other[2] += moved
        y = np.vstack(
            [
                answers(rng, rng.standard_normal(n), SLOPE, LOCATION),
                answers(rng, 0.5 + rng.standard_normal(n), SLOPE, other),
            ]
        )
        frame = pl.DataFrame(y, schema=NAMES).with_columns(arm=pl.Series(["a"] * n + ["b"] * n))
        found = models.differential_functioning(frame, NAMES, "arm")
        same = [each for k, each in enumerate(found.items) if (k != 2 or not moved) and each.p is not None]
        _add(
            hits,
            "DIF: an item that is the same is tested significant at 5 %, alone",
            np.array([e.p < 0.05 for e in same]),
        )
        _add(hits, "DIF: any item that is the same is named, after Holm", np.array([any(e.differs for e in same)]))
        sizes = [each.sizes[0].shift for each in same if each.sizes and each.sizes[0].shift.low is not None]
        _add(hits, "DIF: interval of the shift holds 0", np.array([s.low < 0 < s.high for s in sizes]))
        mean = found.populations[1].mean
        if mean.low is not None:
            _add(hits, "DIF: interval of the mean difference holds 0.5", np.array([mean.low < 0.5 < mean.high]))
        if moved:
            _add(hits, "DIF: the moved item is named", np.array([found.items[2].differs]))
    return [(name, float(np.mean(np.concatenate(values))), len(values)) for name, values in hits.items()]


def main() -> None:
    """Write coverage.csv."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--dif-draws", type=int, default=200)
    parser.add_argument("--out", type=Path, default=HERE / "coverage.csv")
    options = parser.parse_args()
    rows = []
    for n in (40, 60, 100, 200, 400):
        for absent in (0.0, 0.1):
            rows += [
                (f"one group, n {n}, {100 * absent:g} % absent", *row) for row in one_group(n, absent, options.draws)
            ]
    for n in (40, 100, 200):
        for moved in (0.0, 0.7):
            rows += [
                (f"two groups of {n}, third item moved by {moved:g} SD", *row)
                for row in two_groups(n, moved, options.dif_draws)
            ]
    frame = pl.DataFrame(rows, schema=["cell", "what", "value", "draws"], orient="row")
    frame.with_columns(pl.col("value").round(4)).write_csv(options.out)
    with pl.Config(tbl_rows=-1, fmt_str_lengths=90, tbl_width_chars=200):
        print(frame)


if __name__ == "__main__":
    main()
