"""From the long item rows of a study to a matrix of answers, and back to the answers as they enter a scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from forwhom.instruments.model import Instrument, Subscale
from forwhom.instruments.scorer import Floats, coding_of, out_of_range, points_of
from forwhom.problems import Problem
from forwhom.study.model import Scale

CELL = ("id", "time", "informant")
MANY = 50
"""Answers below which a missing lowest category is no sign of another coding."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Answers of one scale's item rows.

    cells : id, time, informant, and per cell the lists of item positions and of reasons for absence
    matrix : (cells, k) raw answers in the order of the form; NaN where absent or not asked
    positions : position on the form of each item name
    """

    cells: pl.DataFrame
    matrix: Floats
    positions: dict[str, int]


def answers_of(rows: pl.DataFrame, instrument: Instrument, positions: dict[str, int]) -> Answers:
    """Spread item rows into one row per person, time and informant, in the order in which they first appear."""
    cells = (
        rows.with_columns(position=pl.col("item").replace_strict(positions, return_dtype=pl.Int64))
        .group_by(CELL, maintain_order=True)
        .agg("position", "value", "absent")
        .with_row_index("cell")
    )
    long = cells.select("cell", "position", "value").explode("position", "value")
    matrix = np.full((cells.height, instrument.k), np.nan)
    at = long["cell"].to_numpy(), long["position"].to_numpy() - 1
    matrix[at] = long["value"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    return Answers(cells.select(*CELL, "position", "absent"), matrix, positions)


def twice(rows: pl.DataFrame, scale: Scale) -> list[Problem]:
    """The same item answered more than once."""
    count = int(rows.select(pl.struct(*CELL, "item").is_duplicated().sum()).item())
    if not count:
        return []
    return [
        Problem(
            "two-answers",
            "Keep one answer per person, time, informant and item.",
            column=scale.name,
            found="the same item answered twice",
            count=count,
        )
    ]


def impossible(answers: Answers, scale: Scale, instrument: Instrument) -> list[Problem]:
    """Answers outside the instrument's coding, one problem per item."""
    bad = out_of_range(instrument, answers.matrix, scale.coding)
    problems = []
    for name, position in answers.positions.items():
        wrong = bad[:, position - 1]
        if not wrong.any():
            continue
        seen = sorted(set(answers.matrix[wrong, position - 1].tolist()))
        limits = coding_of(instrument, position, scale.coding)
        others = [c.name for c in (instrument.coding, *instrument.codings) if c.name != limits.name]
        hint = f', or write coding = "…" in [scales.{scale.name}] ({", ".join(others)})' if instrument.codings else ""
        problems.append(
            Problem(
                "item-out-of-range",
                f"Correct the answers, or list their code as missing{hint}.",
                column=name,
                found=f"{', '.join(f'{value:g}' for value in seen[:5])} in item {position} of {instrument.label}",
                possible=f"{limits.low:g} to {limits.high:g}" + (f" by {limits.step:g}" if limits.step != 1 else ""),
                count=int(wrong.sum()),
            )
        )
    return problems


def suspicious(answers: Answers, scale: Scale, instrument: Instrument) -> list[Problem]:
    """A notice when no answer is the lowest one, and another coding of the form starts just there."""
    seen = answers.matrix[~np.isnan(answers.matrix)]
    if scale.coding is not None or seen.size < MANY:
        return []
    return [
        Problem(
            "coding-suspect",
            f'Write coding = "{other.name}" in [scales.{scale.name}] if that is so, else "{instrument.coding.name}".',
            column=scale.name,
            found=f"no answer to {instrument.label} is {instrument.coding.low:g}: the file may use the coding {other.name}",
            severity="notice",
        )
        for other in instrument.codings
        if seen.min() == other.low > instrument.coding.low
    ]


def keyed(answers: Answers, scale: Scale, instrument: Instrument, part: Subscale) -> pl.DataFrame:
    """The answers as they enter the scale: columns of `Study.keyed`, absent answers left out."""
    points = points_of(instrument, part, answers.matrix, coding=scale.coding)
    names = {position: name for name, position in answers.positions.items()}
    frames = [
        answers.cells.select(*CELL).with_columns(
            scale=pl.lit(scale.name),
            item=pl.lit(names[item.position]),
            value=pl.Series(item.values).fill_nan(None),
            reversed=pl.lit(item.reversed),
            low=pl.lit(item.low),
            high=pl.lit(item.high),
        )
        for item in points
        if item.position in names
    ]
    columns = ("id", "scale", "time", "informant", "item", "value", "reversed", "low", "high")
    return pl.concat(frames).select(columns).drop_nulls("value") if frames else pl.DataFrame()
