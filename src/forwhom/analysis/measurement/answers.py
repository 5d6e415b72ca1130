"""Answers to the items of one scale, occasion by occasion, in the scale's direction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from forwhom.analysis.courses import informants
from forwhom.analysis.words import at_time
from forwhom.study import Scale, Study

MIN_PERSONS = 20
"""People below which coefficients of internal consistency are not computed."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Items of one scale at one occasion, in the scale's direction.

    matrix : (n, k) NaN where absent; people with no answer at all are not in it
    """

    matrix: np.ndarray
    items: tuple[str, ...]
    is_reversed: tuple[bool, ...]
    low: np.ndarray
    high: np.ndarray
    occasion: str
    time: float

    @property
    def categories(self) -> int:
        """Largest number of different answers to an item that were given."""
        return max(np.unique(column[np.isfinite(column)]).size for column in self.matrix.T)


def answers(study: Study, scale: Scale, informant: str | None) -> tuple[Answers, ...]:
    """The answers to a scale's items at each occasion with enough people, in rising order of time."""
    if study.keyed is None:
        return ()
    who = informant or informants(study, scale.name)[0]
    rows = study.keyed.filter((pl.col("scale") == scale.name) & (pl.col("informant") == who))
    if rows.height == 0:
        return ()
    names = tuple(rows["item"].unique(maintain_order=True).to_list())
    facts = {row["item"]: row for row in rows.unique("item", keep="first").iter_rows(named=True)}
    found = []
    for time in sorted(rows["time"].drop_nulls().unique().to_list()):
        wide = rows.filter(pl.col("time") == time).pivot("item", index="id", values="value", aggregate_function="first")
        matrix = np.full((wide.height, len(names)), np.nan)
        for j, name in enumerate(names):
            if name in wide.columns:
                matrix[:, j] = wide[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        matrix = matrix[np.isfinite(matrix).any(axis=1)]
        if matrix.shape[0]:
            found.append(
                Answers(
                    matrix,
                    names,
                    tuple(bool(facts[name]["reversed"]) for name in names),
                    np.array([facts[name]["low"] for name in names], dtype=float),
                    np.array([facts[name]["high"] for name in names], dtype=float),
                    at_time(float(time), study.time_unit),
                    float(time),
                )
            )
    return tuple(found)
