"""Diary answers: each prompt a moment in time, or a day and a beep."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from forwhom.problems import Problem, short
from forwhom.study.collect import Collector
from forwhom.study.persons import Persons, match_persons, text_ids
from forwhom.study.sheet import Sheet, numbers, texts, whole_numbers
from forwhom.study.spec import MomentsSpec, StudySpec
from forwhom.study.tables import one_each, others

ROLES = ("id", "moment", "day", "beep", "burst", "partner")

ZONED = r"(Z|[+-]\d{2}:?\d{2})$"
PATTERNS = (
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d",
    "%d.%m.%YT%H:%M:%S%.f",
    "%d.%m.%YT%H:%M",
    "%d.%m.%Y",
)
ZONED_PATTERNS = ("%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%dT%H:%M%z")


def read_moments(
    spec: StudySpec, sheets: Mapping[str, Sheet], persons: Persons | None, found: Collector
) -> pl.DataFrame | None:
    """All diary blocks below each other; None when the study has no diary."""
    frames = [
        _block(spec, block, sheets[block.source.where], persons, found)
        for block in spec.moments
        if block.source.where in sheets
    ]
    kept = [frame for frame in frames if frame is not None]
    return pl.concat(kept, how="diagonal_relaxed") if kept else None


def _block(
    spec: StudySpec, block: MomentsSpec, sheet: Sheet, persons: Persons | None, found: Collector
) -> pl.DataFrame | None:
    named = {
        role: column
        for role in ("id", "timestamp", "day", "beep", "burst", "partner")
        if (column := getattr(block, role)) is not None
    }
    checks = [sheet.has(column, block.source.where, role, spec.file, found) for role, column in named.items()]
    if not all(checks):
        return None
    ids = text_ids(sheet, block.id, block.source.id_prefix)
    usable = match_persons(ids, sheet.rows, sheet.name, block.id, persons.known if persons else None, found)
    columns: dict[str, pl.Series] = {"id": ids.alias("id")}
    if block.timestamp is not None:
        columns["moment"] = _instants(sheet, block.timestamp, block, spec, found).alias("moment")
    for role in ("day", "beep"):
        if role in named:
            columns[role] = whole_numbers(sheet, named[role], found).alias(role)
    if "day" in columns and "beep" not in columns:
        columns["beep"] = pl.Series("beep", [1], pl.Int64).new_from_index(0, sheet.height)
    for role in ("burst", "partner"):
        if role in named:
            columns[role] = texts(sheet, named[role]).values.alias(role)
    columns |= others(sheet, set(named.values()), ROLES, _items_of(spec), spec, block.source.where, found)
    frame = pl.DataFrame(list(columns.values())).with_columns(sheet.rows.cast(pl.Int64).alias("#row")).filter(usable)
    when = ["moment"] if "moment" in columns else [role for role in ("burst", "day", "beep") if role in columns]
    return one_each(frame, "moments", ["id", *when], sheet.name, found).drop("#row")


def _items_of(spec: StudySpec) -> set[str]:
    """Columns a from = "moments" block averages: these must be numbers."""
    return {item for block in spec.measures if block.from_moments for item in block.items}


def _instants(sheet: Sheet, column: str, block: MomentsSpec, spec: StudySpec, found: Collector) -> pl.Series:
    """UTC moments. A clock time without a zone needs the study's; DST gaps and repeated hours are Problems."""
    series = sheet.frame[column]
    dtype = series.dtype
    if isinstance(dtype, pl.Datetime) and dtype.time_zone:
        return series.dt.convert_time_zone("UTC").dt.cast_time_unit("us")
    if block.timestamp_format in ("unix", "unix_ms"):
        scale = 1_000_000 if block.timestamp_format == "unix" else 1_000
        seconds = numbers(sheet, column, found).values
        return (seconds * scale).cast(pl.Int64, strict=False).cast(pl.Datetime("us", "UTC"))
    if isinstance(dtype, pl.Datetime) or dtype == pl.Date:
        return _local(sheet, column, series.cast(pl.Datetime("us")), spec, block, found)
    shown = texts(sheet, column).values
    zoned, clock = _parse(shown, block.timestamp_format)
    bad = shown.is_not_null() & zoned.is_null() & clock.is_null()
    found.rows(
        "not-a-timestamp",
        'Correct it, or say how it is written: timestamp_format = "%d/%m/%Y %H:%M".',
        file=sheet.name,
        column=column,
        rows=sheet.rows.filter(bad).to_list(),
        found=[f"{short(cell)} is not a date with a time" for cell in shown.filter(bad).head(21)],
        possible="2024-05-31T18:30:00+02:00, 2024-05-31 18:30, 31.05.2024 18:30",
    )
    local = _local(sheet, column, clock, spec, block, found)
    return zoned.zip_with(zoned.is_not_null(), local)


def _parse(shown: pl.Series, pattern: str | None) -> tuple[pl.Series, pl.Series]:
    """(moments with a zone of their own, clock times without one)."""
    has_zone = shown.str.contains(ZONED) & shown.str.contains(":", literal=True)
    if pattern is not None and "%z" not in pattern:
        nothing = pl.Series([None], dtype=pl.Datetime("us", "UTC")).new_from_index(0, len(shown))
        return nothing, shown.str.to_datetime(pattern, strict=False, time_unit="us")
    one = shown.str.replace(r"^(\S+) +(\d)", "${1}T${2}")
    with_zone = one.set(~has_zone.fill_null(False), None).str.replace(r"Z$", "+00:00")
    with_zone = with_zone.str.replace(r" ([+-])", "${1}")
    patterns = (pattern,) if pattern is not None else ZONED_PATTERNS
    zoned = _first(with_zone if pattern is None else shown, patterns, pl.Datetime("us", "UTC"))
    clock = _first(one.set(has_zone.fill_null(False), None), PATTERNS if pattern is None else (), pl.Datetime("us"))
    return zoned, clock


def _first(shown: pl.Series, patterns: tuple[str, ...], dtype: pl.Datetime) -> pl.Series:
    """The reading of the first pattern that fits, cell by cell."""
    read = pl.Series([None], dtype=dtype).new_from_index(0, len(shown))
    for pattern in patterns:
        if (read.is_null() & shown.is_not_null()).any():
            parsed = shown.str.to_datetime(pattern, strict=False, time_unit="us", time_zone=dtype.time_zone)
            read = read.zip_with(read.is_not_null(), parsed)
    return read


def _local(
    sheet: Sheet, column: str, clock: pl.Series, spec: StudySpec, block: MomentsSpec, found: Collector
) -> pl.Series:
    """Clock times of the study's zone to UTC."""
    there = clock.is_not_null()
    utc = pl.Datetime("us", "UTC")
    if not there.any():
        return clock.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    if spec.time_zone is None:
        rows = sheet.rows.filter(there).to_list()
        found.add(
            Problem(
                "timestamp-without-zone",
                'Say where the clock was: [study] time_zone = "Europe/Berlin". Or write the offset in every cell.',
                sheet.name,
                rows[0],
                column,
                "no zone in the cell, and none declared for the study",
                "2024-05-31T18:30:00+02:00",
                count=len(rows),
            )
        )
        return pl.Series([None], dtype=utc).new_from_index(0, len(clock))
    zone = spec.time_zone
    some = clock.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    sure = clock.dt.replace_time_zone(zone, ambiguous="null", non_existent="null")
    gap, twice = there & some.is_null(), some.is_not_null() & sure.is_null()
    for which, code, what in (
        (gap, "time-does-not-exist", "falls into the hour the clocks skipped"),
        (twice, "time-is-ambiguous", "falls into the hour the clocks showed twice"),
    ):
        found.rows(
            code,
            "Write the offset in the cell, e.g. 2024-10-27T02:30:00+02:00.",
            file=sheet.name,
            column=column,
            rows=sheet.rows.filter(which).to_list(),
            found=[f"{moment:%Y-%m-%d %H:%M} {what} in {zone}" for moment in clock.filter(which).head(21)],
        )
    return sure.dt.convert_time_zone("UTC").alias(column)
