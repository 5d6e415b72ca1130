"""A scale as it was guessed, with the known questionnaire its name and values point to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from forwhom.instruments import Instrument, find
from forwhom.study.sheet import Sheet, as_numbers, texts


@dataclass(frozen=True, slots=True)
class ScaleGuess:
    """A scale and where its values are: columns by time (wide), one column (long), or items by time.

    almost : why it was not taken for the instrument its name points to
    """

    name: str
    stem: str
    wide: dict[str, float] = field(default_factory=dict)
    value: str | None = None
    items: dict[float, list[str]] = field(default_factory=dict)
    instrument: str | None = None
    low: float | None = None
    high: float | None = None
    almost: str = ""


def columns_of(scale: ScaleGuess) -> list[str]:
    """The columns a guessed scale uses."""
    return [*scale.wide, *([scale.value] if scale.value else []), *(c for group in scale.items.values() for c in group)]


def strays(sheet: Sheet, name: str) -> list[tuple[int, str]]:
    """(row, cell) of what is no number in a column that is mostly numbers; empty where all or few are numbers."""
    if sheet.frame[name].dtype != pl.String:
        return []
    shown = texts(sheet, name).values
    wrong = shown.is_not_null() & as_numbers(shown, sheet.decimal).is_null()
    if 2 * wrong.sum() >= len(shown) - shown.null_count():
        return []
    return list(zip(sheet.rows.filter(wrong).to_list(), shown.filter(wrong).to_list(), strict=True))


def scale_guess(sheet: Sheet, stem: str, **where: Any) -> ScaleGuess:
    """A scale with the known instrument its name points to, if the values fit it."""
    name = re.sub(r"[^0-9a-z]+", "_", stem.casefold()).strip("_") or "score"
    made = ScaleGuess(name if name[0].isalpha() else f"scale_{name}", stem, **where)
    cells = pl.concat(
        [
            pl.DataFrame(
                {"value": as_numbers(texts(sheet, column).values, sheet.decimal), "row": sheet.rows.cast(pl.Int64)}
            ).with_columns(pl.lit(column).alias("column"))
            for column in columns_of(made)
        ]
    ).filter(pl.col("value").is_finite())
    return of_instrument(made, cells)


def of_instrument(made: ScaleGuess, cells: pl.DataFrame) -> ScaleGuess:
    """The scale with its observed range and, where name and values (or the number of items) fit, its instrument.

    cells : value, row and column of every number there is
    """
    values = cells["value"]
    low, high = (float(values.min()), float(values.max())) if len(values) else (None, None)  # type: ignore[arg-type]  # a number, for polars any value
    made = replace(made, low=low, high=high)
    questions = max((len(group) for group in made.items.values()), default=None)
    for spelling in (made.stem, *((f"{made.stem}{questions}", f"{made.stem}-{questions}") if questions else ())):
        found, _ = find(spelling)
        if found is None or (found.default_score is None and len(found.scores) != 1):
            continue
        if questions is None:
            outside = _outside(found, cells)
            if outside.is_empty():
                return replace(made, instrument=found.name)
            return replace(made, almost=_almost(made, found, outside))
        if questions == found.k:
            return replace(made, instrument=found.name)
    return made


def _limits(found: Instrument) -> tuple[float, float]:
    score = found.scores[found.default_score] if found.default_score else next(iter(found.scores.values()))
    return (
        float("-inf") if score.low is None else score.low,
        float("inf") if score.high is None else score.high,
    )


def _outside(found: Instrument, cells: pl.DataFrame) -> pl.DataFrame:
    low, high = _limits(found)
    return cells.filter((pl.col("value") < low) | (pl.col("value") > high))


def _almost(made: ScaleGuess, found: Instrument, outside: pl.DataFrame) -> str:
    low, high = _limits(found)
    first = outside.row(0, named=True)
    more = f" and {outside.height - 1} more like it" if outside.height > 1 else ""
    return (
        f"{made.stem} is called like {found.name}, whose scores are {low:g} to {high:g}, but row {first['row']} of "
        f"{first['column']} has {first['value']:g}{more}. Correct it, or write the code in [missing]; then write "
        f'instrument = "{found.name}" in [scales.{made.name}]. Or it is another questionnaire.'
    )
