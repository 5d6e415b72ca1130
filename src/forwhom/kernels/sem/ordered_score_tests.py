"""Score tests of fixed or shared cells in a model of ordered answers, one cell at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from forwhom.kernels.sem.dwls import DwlsFit, weights
from forwhom.kernels.sem.optimise import inverted
from forwhom.kernels.sem.ordered import Ordered, predicted
from forwhom.kernels.sem.ram import gathered
from forwhom.kernels.sem.score_tests import UNKNOWN, Cell, ScoreTests, with_cells


def ordered_score_tests(fit: DwlsFit, cells: Sequence[Cell]) -> ScoreTests:
    """What freeing each cell would gain in the weighted sum of squares, times n; not adjusted for the weights being
    diagonal, so that only their order is to be read (the index exceeds a chi-square by the scaling of the test)."""
    q, c = fit.theta.size, len(cells)
    gradient, info = np.zeros(q + c), np.zeros((q + c, q + c))
    for number, (model, data, here) in enumerate(zip(fit.models, fit.data, fit.predictions, strict=True)):
        own = [(q + k, cell) for k, cell in enumerate(cells) if cell.group == number]
        kinds = ("paths", "covariances", "means", "thresholds")
        added = {
            kind: [
                (max(one.row, one.column), min(one.row, one.column), k)
                if kind == "covariances"
                else (one.row, one.column, k)
                for k, one in own
                if one.matrix == kind
            ]
            for kind in kinds
        }
        ram = replace(
            model.ram,
            free_paths=with_cells(model.ram.free_paths, added["paths"]),
            free_covariances=with_cells(model.ram.free_covariances, added["covariances"]),
            free_means=with_cells(model.ram.free_means, added["means"]),
        )
        wider = replace(model, ram=ram, free_thresholds=with_cells(model.free_thresholds, added["thresholds"]))
        # Derivatives are wanted at the estimates; a cell that stands twice, as share and as departure, keeps its share's value.
        values = np.concatenate([fit.theta, np.zeros(c)])
        for k, one in own:
            values[k] = _value(model, fit, one)
        at = predicted(wider, values)
        slopes = gathered(wider.cells, q + c, at.slopes)
        weight = weights(data)
        gradient += (data.n - 1) * slopes.T @ (weight * (data.statistics - here.values))
        info += (data.n - 1) * (slopes.T * weight) @ slopes
    score = gradient[q:]
    known, across, own_part = info[:q, :q], info[:q, q:], np.diagonal(info)[q:]
    left = own_part - np.einsum("qc,qc->c", across, inverted(known) @ across)
    tested = left > UNKNOWN * np.abs(own_part)
    with np.errstate(divide="ignore", invalid="ignore"):
        return ScoreTests(np.where(tested, score**2 / left, np.nan), np.where(tested, score / left, np.nan))


def _value(model: Ordered, fit: DwlsFit, cell: Cell) -> float:
    """What a cell holds now: later cells overwrite earlier ones where the matrices are filled, or add where they have weights."""
    ram = model.ram
    places = {
        "paths": (ram.paths, ram.free_paths),
        "covariances": (ram.covariances, ram.free_covariances),
        "means": (ram.means[:, None], ram.free_means),
        "thresholds": (model.thresholds[:, None], model.free_thresholds),
    }
    fixed, free = places[cell.matrix]
    if free.weight is not None:
        return 0.0
    row, column = cell.row, cell.column
    if cell.matrix == "covariances":
        row, column = max(row, column), min(row, column)
    found = np.flatnonzero((free.row == row) & (free.column == column))
    return float(fit.theta[free.parameter[found[0]]]) if found.size else float(fixed[row, column])


__all__ = ["ordered_score_tests"]
