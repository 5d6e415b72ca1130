"""What can be checked once all measures are read: scales, ranges, and one order for the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from forwhom.problems import Problem, did_you_mean
from forwhom.study.collect import Collector
from forwhom.study.measures import item_names
from forwhom.study.model import SELF, Scale
from forwhom.study.parse_scales import unused_direction
from forwhom.study.spec import StudySpec

SLACK = 1e-6
"""Means and float32 values may miss a limit by rounding."""


def checked_scales(spec: StudySpec, cells: pl.DataFrame, found: Collector) -> dict[str, Scale]:
    """The declared scales with their items filled in; scales that measures use and nothing declares are Problems."""
    scales = dict(spec.scales)
    for block in spec.measures:
        for name in block.scales():
            if name not in scales:
                problem = unused_direction(name, spec.file)
                hint = did_you_mean(name, scales)
                found.add(replace(problem, do=f"{hint}{problem.do}"))
            elif (block.items or block.items_at) and not scales[name].items:
                scales[name] = replace(scales[name], items=item_names(block))
        if block.instrument is not None and block.scale is None:
            scales = _of_instrument(block.instrument, scales, item_names(block), spec, block.source.where, found)
        if (block.items or block.items_at) and not block.from_moments and block.scale in scales:
            _scored_somehow(scales[block.scale], cells, spec, block.source.where, found)
    return scales


def _of_instrument(
    instrument: str, scales: dict[str, Scale], items: tuple[str, ...], spec: StudySpec, where: str, found: Collector
) -> dict[str, Scale]:
    """Items of an instrument with several scales: each declared scale of that instrument may use them."""
    users = [name for name, scale in scales.items() if scale.instrument == instrument]
    if not users:
        do = f'Add a scale of it, e.g. [scales.total] with instrument = "{instrument}".'
        what = f"no scale is of the instrument '{instrument}'"
        found.add(Problem("scale-not-declared", do, spec.file, column=f"{where} instrument", found=what))
    return {
        name: replace(scale, items=items) if name in users and not scale.items else scale
        for name, scale in scales.items()
    }


def _scored_somehow(scale: Scale, cells: pl.DataFrame, spec: StudySpec, where: str, found: Collector) -> None:
    if scale.instrument is None and scale.name not in set(cells["scale"]):
        do = (
            f'Name the instrument in [scales.{scale.name}] (instrument = "…"; put an own one into instruments/ beside '
            f"{spec.file}), or add a measures block with the scores."
        )
        what = f"{where} has items of '{scale.name}', and nothing says how they become a score"
        found.add(Problem("no-scoring", do, spec.file, column=f"[scales.{scale.name}] instrument", found=what))


@dataclass(frozen=True, slots=True)
class Limits:
    """(low, high) that instruments set: of each scale's score, and of the answers to a scale's or instrument's items."""

    scores: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    answers: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def check_ranges(
    cells: pl.DataFrame, items: pl.DataFrame, scales: Mapping[str, Scale], limits: Limits, found: Collector
) -> None:
    """Values no scale and answers no item can have."""
    for name, scale in scales.items():
        ends = (scale.low, scale.high) if scale.low is not None else limits.scores.get(name)
        if ends is not None:
            _outside(cells.filter(pl.col("scale") == name), name, "value-out-of-range", ends, found)
    for name, ends in limits.answers.items():
        _outside(items.filter(pl.col("instrument") == name), name, "item-out-of-range", ends, found)


def check_blank(cells: pl.DataFrame, found: Collector) -> None:
    """Columns of scores or answers without a single value: more likely a slip than a result."""
    read = cells.filter(pl.col("#row").is_not_null())
    for (file, column), group in read.group_by("#file", "#column", maintain_order=True):
        if group["value"].null_count() == group.height:
            do = "Nothing, if nobody has answered yet; else correct the file or name another column."
            what = "the column has no value at all"
            found.add(Problem("no-values", do, str(file), column=str(column), found=what, severity="notice"))


def _outside(
    cells: pl.DataFrame, name: str, code: str, ends: tuple[float | None, float | None], found: Collector
) -> None:
    low, high = ends
    if low is None or high is None:
        return
    what = "the range" if code.startswith("value") else "the possible answers"
    outside = cells.filter((pl.col("value") < low - SLACK) | (pl.col("value") > high + SLACK))
    for (file, column), group in outside.group_by("#file", "#column", maintain_order=True):
        found.rows(
            code,
            "Correct the value, declare it in [missing] codes, or correct the range.",
            file=str(file),
            column=str(column),
            rows=group["#row"].to_list(),
            found=[f"{value:g} is outside {what} of {name}" for value in group["value"].head(21)],
            possible=f"{low:g} to {high:g}",
        )


def in_order(
    cells: pl.DataFrame, persons: pl.DataFrame, scales: Mapping[str, Scale], columns: list[str]
) -> pl.DataFrame:
    """Persons in the order of their file, scales in the order declared, then time; so that input order is no matter."""
    if cells.is_empty():
        return cells.select(columns)
    people = persons.select("id", pl.int_range(pl.len()).alias("#p"))
    named = {name: place for place, name in enumerate(scales)}
    ordered = cells.join(people, on="id", how="left", maintain_order="left")
    keys: list[pl.Expr | str] = ["#p"]
    if "scale" in columns:
        keys.append(pl.col("scale").replace_strict(named, default=len(named), return_dtype=pl.Int64))
    else:
        keys.append("instrument")
    keys += ["time", pl.col("informant") != SELF, "informant"]
    return ordered.sort(keys, maintain_order=True).select(columns)
