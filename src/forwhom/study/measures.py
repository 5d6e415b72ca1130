"""Blocks of measures, wide or long, scores or items, to one long frame of cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from forwhom.problems import Problem, did_you_mean, listed, short
from forwhom.study.collect import Collector
from forwhom.study.dates import days
from forwhom.study.model import SELF
from forwhom.study.occasions import all_expected, to_occasions
from forwhom.study.parse import UNITS
from forwhom.study.persons import Persons, match_persons, since_start, text_ids
from forwhom.study.repeats import once
from forwhom.study.sheet import Cells, Sheet, named_times, numbers, texts
from forwhom.study.sheet import times as times_of
from forwhom.study.spec import ROW_NUMBER, MeasuresSpec, StudySpec

CELL = {
    "id": pl.String,
    "scale": pl.String,
    "time": pl.Float64,
    "informant": pl.String,
    "value": pl.Float64,
    "absent": pl.String,
}
"""Columns of `Study.measures`."""

ITEM = {
    "id": pl.String,
    "instrument": pl.String,
    "time": pl.Float64,
    "informant": pl.String,
    "item": pl.String,
    "value": pl.Float64,
    "absent": pl.String,
}
"""Columns of `Study.items`."""

TRACE = {"#file": pl.String, "#row": pl.Int64, "#column": pl.String}
"""Where a cell was read, until the checks are done."""


@dataclass(frozen=True, slots=True)
class Block:
    """What the rows of one block have in common, one entry per row that can be used."""

    sheet: Sheet
    ids: pl.Series
    times: pl.Series | None
    informants: pl.Series


def read_block(
    spec: StudySpec, block: MeasuresSpec, sheet: Sheet, persons: Persons | None, found: Collector
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(cells of scores, cells of items) of one block; rows that cannot be used are set aside and counted."""
    none = pl.DataFrame(schema=CELL | TRACE), pl.DataFrame(schema=ITEM | TRACE)
    if not _columns_there(spec, block, sheet, found):
        return none
    rows = _rows(spec, block, sheet, persons, found)
    if rows is None:
        return none
    known = persons.known if persons is not None else None
    if block.items or block.items_at:
        cells = _items(block, rows, found)
        key = ["id", "instrument", "time", "informant", "item"]
        return none[0], _finish(cells, block, key, rows.sheet, known, found)
    cells = pl.concat(_scores(spec, block, rows, found) or [none[0]])
    return _finish(cells, block, ["id", "scale", "time", "informant"], rows.sheet, known, found), none[1]


def _finish(
    cells: pl.DataFrame, block: MeasuresSpec, key: list[str], sheet: Sheet, known: pl.Series | None, found: Collector
) -> pl.DataFrame:
    cells = to_occasions(cells, block, key, found)
    cells = once(cells, key, "measures", found, sheet, block.repeats)
    return all_expected(cells, block, key, known, sheet)


def _columns_there(spec: StudySpec, block: MeasuresSpec, sheet: Sheet, found: Collector) -> bool:
    where = block.source.where
    wanted: list[tuple[str, str]] = [] if block.id == ROW_NUMBER else [("id", block.id)]
    single = ((key, getattr(block, key)) for key in ("time", "date", "value", "informant", "scale_column"))
    wanted += [(key, column) for key, column in single if column is not None]
    wanted += [("wide", column) for column in block.wide]
    wanted += [("values", column) for column in block.values]
    wanted += [("items", column) for column in block.items]
    wanted += [("items", column) for columns in block.items_at.values() for column in columns]
    absent = [key for key, column in dict.fromkeys(wanted) if not sheet.has(column, where, key, spec.file, found)]
    return not absent


def _rows(
    spec: StudySpec, block: MeasuresSpec, sheet: Sheet, persons: Persons | None, found: Collector
) -> Block | None:
    """Match persons, times and informants; keep the rows where all are there."""
    known = persons.known if persons is not None else None
    ids = text_ids(sheet, block.id, block.source.id_prefix)
    usable = match_persons(ids, sheet.rows, sheet.name, block.id, known, found)
    times: pl.Series | None = None
    if not block.wide and not block.items_at:
        read = _times(spec, block, sheet, ids, persons, found)
        if read is None:
            return None
        times = read.values
        _without_time(block, sheet, usable, read, found)
        usable = usable & times.is_not_null()
    informants = pl.Series("informant", [block.informant_is or SELF]).new_from_index(0, sheet.height)
    if block.informant is not None:
        informants = texts(sheet, block.informant).values.fill_null(block.informant_is or SELF).alias("informant")
    if usable.all():
        return Block(sheet, ids, times, informants)
    kept = Sheet(
        sheet.name,
        sheet.frame.filter(usable),
        sheet.rows.filter(usable),
        sheet.labels,
        sheet.reasons,
        sheet.missing,
        sheet.decimal,
    )
    return Block(
        kept, ids.filter(usable), times.filter(usable) if times is not None else None, informants.filter(usable)
    )


def _times(
    spec: StudySpec, block: MeasuresSpec, sheet: Sheet, ids: pl.Series, persons: Persons | None, found: Collector
) -> Cells | None:
    if block.date is not None:
        return _since_start(spec, block, sheet, ids, persons, found)
    if block.time is None:
        at = pl.Series("time", [block.at], pl.Float64).new_from_index(0, sheet.height)
        return Cells(at, pl.Series("absent", [None], pl.String).new_from_index(0, sheet.height))
    if not block.times:
        return times_of(sheet, block.time, found)
    return named_times(sheet, block.time, block.times, block.source.where, spec.file, found)


def _since_start(
    spec: StudySpec, block: MeasuresSpec, sheet: Sheet, ids: pl.Series, persons: Persons | None, found: Collector
) -> Cells | None:
    """Days to time in the study's unit, from each person's start."""
    assert block.date is not None
    read = days(sheet, block.date, block.date_format, found)
    if spec.time_unit not in UNITS:
        do = f"Give [study] time_unit one of {', '.join(UNITS)}, or name a column with the time instead of date."
        what = f"the time unit '{spec.time_unit}' has no length in days"
        found.add(Problem("no-length", do, spec.file, column=f"{block.source.where} date", found=what))
        return None
    if persons is None:
        return None
    if "start" not in persons.frame.columns:
        do = 'Name the column with each person\'s first day: start = "…" in [tables.persons].'
        found.add(
            Problem(
                "missing-key",
                do,
                spec.file,
                column="[tables.persons] start",
                found=f"{block.source.where} gives dates, and nothing says when each person started",
            )
        )
        return None
    times = since_start(ids, read.values, persons.frame, UNITS[spec.time_unit])
    no_start = ids.is_in(persons.frame["id"].implode()).fill_null(False) & read.values.is_not_null() & times.is_null()
    found.rows(
        "start-missing",
        "Fill in the day this person started.",
        file=sheet.name,
        column=block.date,
        rows=sheet.rows.filter(no_start).to_list(),
        found="the person of this row has no start day",
    )
    return Cells(times, read.absent)


def _without_time(block: MeasuresSpec, sheet: Sheet, usable: pl.Series, read: Cells, found: Collector) -> None:
    unknown = usable & read.values.is_null() & read.absent.is_not_null()
    found.aside(
        "measures",
        "no time is recorded",
        code="time-missing",
        do="Fill in the time if it is known.",
        file=sheet.name,
        rows=sheet.rows.filter(unknown).to_list(),
        column=block.time or block.date,
    )


def _scores(spec: StudySpec, block: MeasuresSpec, rows: Block, found: Collector) -> list[pl.DataFrame]:
    if block.wide:
        return [
            _cells(rows, column, numbers(rows.sheet, column, found), scale=block.scale or "", time=time)
            for column, time in block.wide.items()
        ]
    if block.values:
        return [
            _cells(rows, column, numbers(rows.sheet, column, found), scale=scale)
            for column, scale in block.values.items()
        ]
    if block.value is None:
        return []
    cells = numbers(rows.sheet, block.value, found)
    if block.scale_column is None:
        return [_cells(rows, block.value, cells, scale=block.scale or "")]
    scales = _scale_names(spec, block, rows.sheet, found)
    return [_cells(rows, block.value, cells, scale=scales).filter(pl.col("scale").is_not_null())]


def _scale_names(spec: StudySpec, block: MeasuresSpec, sheet: Sheet, found: Collector) -> pl.Series:
    assert block.scale_column is not None
    names = texts(sheet, block.scale_column).values
    wrong = names.is_null() | ~names.is_in(list(spec.scales)).fill_null(False)
    found.rows(
        "unknown-scale",
        f"Declare it in [scales] of {spec.file}, or correct it here.",
        file=sheet.name,
        column=block.scale_column,
        rows=sheet.rows.filter(wrong).to_list(),
        found=[
            f"{short(name)} is not a declared scale. {did_you_mean(str(name), spec.scales)}".rstrip()
            for name in names.filter(wrong).head(21)
        ],
        possible=listed(spec.scales),
    )
    return names.set(wrong, None) if wrong.any() else names


def _cells(
    rows: Block, column: str, cells: Cells, *, scale: str | pl.Series, time: float | None = None
) -> pl.DataFrame:
    return pl.DataFrame({"id": rows.ids, "value": cells.values, "absent": cells.absent}).select(
        pl.col("id"),
        pl.lit(scale).alias("scale"),
        (pl.lit(rows.times) if time is None else pl.lit(time, pl.Float64)).cast(pl.Float64).alias("time"),
        pl.lit(rows.informants).alias("informant"),
        pl.col("value"),
        pl.col("absent"),
        *_trace(rows.sheet, column),
    )


def _trace(sheet: Sheet, column: str) -> Sequence[pl.Expr]:
    return (
        pl.lit(sheet.name).alias("#file"),
        pl.lit(sheet.rows).cast(pl.Int64).alias("#row"),
        pl.lit(column).alias("#column"),
    )


def _items(block: MeasuresSpec, rows: Block, found: Collector) -> pl.DataFrame:
    """Raw answers. Items of a wide block get one name per position, the same at every occasion."""
    of = block.instrument or block.scale or ""
    columns: list[tuple[str, str, float | None]] = [(column, column, None) for column in block.items]
    for time, group in block.items_at.items():
        columns += [(column, item_name(block, position), time) for position, column in enumerate(group, start=1)]
    frames = [
        pl.DataFrame({"id": rows.ids, "value": cells.values, "absent": cells.absent}).select(
            pl.col("id"),
            pl.lit(of).alias("instrument"),
            (pl.lit(rows.times) if time is None else pl.lit(time, pl.Float64)).cast(pl.Float64).alias("time"),
            pl.lit(rows.informants).alias("informant"),
            pl.lit(item).alias("item"),
            pl.col("value"),
            pl.col("absent"),
            *_trace(rows.sheet, column),
        )
        for column, item, time in columns
        for cells in [numbers(rows.sheet, column, found)]
    ]
    return pl.concat(frames) if frames else pl.DataFrame(schema=ITEM | TRACE)


def item_name(block: MeasuresSpec, position: int) -> str:
    """The name of an item of a wide block: its scale or instrument and its place in the questionnaire."""
    return f"{block.scale or block.instrument}_{position}"


def item_names(block: MeasuresSpec) -> tuple[str, ...]:
    """The items of a block, in the order of the questionnaire."""
    if block.items:
        return block.items
    longest = max((len(columns) for columns in block.items_at.values()), default=0)
    return tuple(item_name(block, position) for position in range(1, longest + 1))
