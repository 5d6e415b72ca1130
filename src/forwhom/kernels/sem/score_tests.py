"""What freeing a fixed or shared cell would gain: score (Lagrange multiplier) tests, one cell at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.sem.fit import SemFit
from forwhom.kernels.sem.likelihood import information, moments
from forwhom.kernels.sem.optimise import inverted
from forwhom.kernels.sem.ram import Cells, cell_curvature, cell_gradient, directions, gathered, gathered_square

Array = NDArray[np.float64]
UNKNOWN = 1e-6
"""Share of a cell's information left beside the other parameters, below which freeing it is not identified."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell to try: its group, matrix, row and column (0 for means, and for thresholds, of ordered variables only)."""

    group: int
    matrix: Literal["paths", "covariances", "means", "thresholds"]
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class ScoreTests:
    """Per cell: index, the expected fall of chi-square (1 df), and change, the expected value of the cell's own departure;
    NaN where the model would not be identified with it (Sörbom, 1989; Saris, Satorra & Sörbom, 1987)."""

    index: Array
    change: Array


def score_tests(fit: SemFit, cells: Sequence[Cell], *, expected: bool = True) -> ScoreTests:
    """Score tests at the estimates; cells that hold a shared parameter are tested against the share.

    expected : information expected under the model, given the patterns of missing values; False for the observed one, which
        far from a true model overstates the gain
    """
    q, c = fit.theta.size, len(cells)
    gradient, info = np.zeros(q + c), np.zeros((q + c, q + c))
    for number, (group, at) in enumerate(zip(fit.groups, fit.implied, strict=True)):
        own = [(q + k, cell) for k, cell in enumerate(cells) if cell.group == number]
        added = {
            matrix: [(max(one.row, one.column), min(one.row, one.column), k) if matrix == "covariances" else
                     (one.row, one.column, k) for k, one in own if one.matrix == matrix]
            for matrix in ("paths", "covariances", "means")
        }  # fmt: skip
        # Cells may stand twice here, as share and as departure: the moments are never made from this model.
        model = replace(
            group.model,
            free_paths=with_cells(group.model.free_paths, added["paths"]),
            free_covariances=with_cells(group.model.free_covariances, added["covariances"]),
            free_means=with_cells(group.model.free_means, added["means"]),
        )
        found = moments(group.data, at.sigma, at.mu)
        if found is None:
            raise ValueError("the model's covariance matrix is not positive definite: no cell can be tested.")
        gradient += gathered(model.cells, q + c, cell_gradient(model, at, found.q, found.r))
        part = information(group.data, found, directions(model, at), observed=not expected)
        if not expected:
            part = part + cell_curvature(model, at, found.q, found.r) / 2
        info += gathered_square(model.cells, q + c, part)
    score = -gradient[q:] / 2
    known, across, own_part = info[:q, :q], info[:q, q:], np.diagonal(info)[q:]
    left = own_part - np.einsum("qc,qc->c", across, inverted(known) @ across)
    tested = left > UNKNOWN * np.abs(own_part)
    with np.errstate(divide="ignore", invalid="ignore"):
        return ScoreTests(np.where(tested, score**2 / left, np.nan), np.where(tested, score / left, np.nan))


def with_cells(cells: Cells, added: list[tuple[int, int, int]]) -> Cells:
    """Free cells with more of them, each (row, column, parameter)."""
    row, column, parameter = (np.asarray([each[k] for each in added], dtype=np.intp) for k in range(3))
    weight = None if cells.weight is None else np.append(cells.weight, np.ones(row.size))
    return Cells(
        np.concatenate([cells.row, row]),
        np.concatenate([cells.column, column]),
        np.concatenate([cells.parameter, parameter]),
        weight,
    )
