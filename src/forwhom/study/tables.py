"""Sessions, ratings, events and scans: rows with named roles, and everything else by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from forwhom.problems import Problem, listed, short
from forwhom.study.collect import Collector
from forwhom.study.dates import days
from forwhom.study.free_columns import free_column, planned_columns
from forwhom.study.parse import UNITS
from forwhom.study.persons import Persons, match_persons, renamed, since_start, text_ids
from forwhom.study.session_order import notice_order
from forwhom.study.sheet import Sheet, named_times, numbers, texts, times, whole_numbers
from forwhom.study.spec import RowsSpec, StudySpec

NUMBERS = {"number", "time", "value"}
ORDER: dict[str, tuple[str, ...]] = {
    "sessions": ("id", "number", "date", "time", "therapist", "format"),
    "ratings": ("group", "perceiver", "target", "trait", "value", "time"),
    "events": ("id", "time", "kind", "severity"),
    "scans": ("id", "time", "modality", "region", "hemisphere", "condition", "value"),
}
ALWAYS: dict[str, tuple[str, ...]] = {
    "sessions": ("id",),
    "ratings": ("group", "perceiver", "target", "trait", "value"),
    "events": ORDER["events"],
    "scans": ORDER["scans"],
}
KEYS: dict[str, tuple[str, ...]] = {
    "sessions": ("id", "number", "date", "time", "format"),
    "ratings": ("group", "perceiver", "target", "trait", "time"),
    "events": (),
    "scans": ("id", "time", "date", "modality", "region", "hemisphere", "condition"),
}
TOLD: dict[str, tuple[tuple[str, ...], ...]] = {
    "sessions": (("number", "date", "time"),),
    "moments": (("moment", "day"), ("moment", "beep")),
    "ratings": (("target",), ("trait",)),
    "events": (("time", "date"),),
    "scans": (),
}
"""Of each group one must be known, or nobody can tell whether two rows are the same."""
ONE = {"sessions": "session", "moments": "prompt", "ratings": "rating", "events": "event", "scans": "scan"}


def read_rows(
    kind: str, spec: StudySpec, sheets: Mapping[str, Sheet], persons: Persons | None, found: Collector
) -> Any:
    """All blocks of one kind below each other; None when the study has none."""
    blocks: tuple[RowsSpec, ...] = getattr(spec, kind)
    frames = [
        _block(kind, spec, block, sheets[block.source.where], persons, found)
        for block in blocks
        if block.source.where in sheets
    ]
    kept = [frame for frame in frames if frame is not None]
    return pl.concat(kept, how="diagonal_relaxed") if kept else None


def _block(
    kind: str, spec: StudySpec, block: RowsSpec, sheet: Sheet, persons: Persons | None, found: Collector
) -> pl.DataFrame | None:
    named = [*block.columns.items(), *(("values", column) for column in block.values)]
    absent = [role for role, column in named if not sheet.has(column, block.source.where, role, spec.file, found)]
    if absent:
        return None
    known = persons.known if persons is not None else None
    columns = {
        role: _column(role, column, sheet, block, spec.file, found) for role, column in block.columns.items()
    } | {role: pl.Series(role, [text]).new_from_index(0, sheet.height) for role, text in block.constants.items()}
    if "date" in columns and "time" not in columns:
        columns["time"] = _time_since_start(columns, persons, spec)
    who = "perceiver" if kind == "ratings" else "id"
    if who not in columns:
        return None
    usable = match_persons(columns[who], sheet.rows, sheet.name, block.columns[who], known, found)
    for role in ALWAYS[kind]:
        if role not in columns and role != "value" and role != "trait":
            columns[role] = _blank(role, sheet.height)
    if kind in ("sessions", "events", "scans"):
        taken = {*block.columns.values(), *block.values}
        columns |= others(sheet, taken, ORDER[kind], set(), spec, block.source.where, found)
    frame = pl.DataFrame([column.alias(role) for role, column in columns.items()])
    frame = frame.with_columns(sheet.rows.cast(pl.Int64).alias("#row"))
    if block.values:
        frame = _long(frame, sheet, block, found)
        usable = pl.concat([usable] * len(block.values))
    frame = frame.filter(usable)
    frame = _named(kind, frame, sheet, known, block, found)
    if kind == "sessions":
        notice_order(frame, sheet.name, block.columns.get("number"), found)
    order = [role for role in ORDER[kind] if role in frame.columns]
    extra = [name for name in frame.columns if name not in order and name != "#row"]
    frame = one_each(frame, kind, [role for role in KEYS[kind] if role in frame.columns], sheet.name, found)
    return frame.select(*order, *extra)


def _column(role: str, column: str, sheet: Sheet, block: RowsSpec, file: str, found: Collector) -> pl.Series:
    if role in ("id", "perceiver", "target"):
        return text_ids(sheet, column, block.source.id_prefix).alias(role)
    if role == "date":
        return days(sheet, column, block.date_format, found).values.alias(role)
    if role == "number":
        return whole_numbers(sheet, column, found, least=0).alias(role)
    if role == "time" and block.times:
        return named_times(sheet, column, block.times, block.source.where, file, found).values.alias(role)
    if role == "time":
        return times(sheet, column, found).values.alias(role)
    if role in NUMBERS:
        return numbers(sheet, column, found).values.alias(role)
    return texts(sheet, column).values.alias(role)


def _blank(role: str, height: int) -> pl.Series:
    if role == "group":
        return pl.Series(role, ["all"]).new_from_index(0, height)
    dtype = pl.Float64 if role in NUMBERS else pl.String
    return pl.Series(role, [None], dtype).new_from_index(0, height)


def _time_since_start(columns: Mapping[str, pl.Series], persons: Persons | None, spec: StudySpec) -> pl.Series:
    """Days since the person's start in the study's unit; null where either is unknown."""
    none = _blank("time", len(columns["date"]))
    if persons is None or "start" not in persons.frame.columns or spec.time_unit not in UNITS or "id" not in columns:
        return none
    return since_start(columns["id"], columns["date"], persons.frame, UNITS[spec.time_unit])


def _long(frame: pl.DataFrame, sheet: Sheet, block: RowsSpec, found: Collector) -> pl.DataFrame:
    """A column per trait or region to a row per trait or region."""
    return pl.concat(
        [
            frame.with_columns(
                numbers(sheet, column, found).values.alias("value"),
                *(pl.lit(text).alias(role) for role, text in of.items()),
            )
            for column, of in block.values.items()
        ],
        how="diagonal_relaxed",
    )


def _named(
    kind: str, frame: pl.DataFrame, sheet: Sheet, known: pl.Series | None, block: RowsSpec, found: Collector
) -> pl.DataFrame:
    """What must be named in every row: the kind of an event, its time, the target of a rating."""
    if kind == "events":
        blank = frame.filter(pl.col("kind").is_null())["#row"].to_list()
        found.aside(
            kind,
            "the kind of the event is not recorded",
            code="kind-missing",
            do="Fill it in if known.",
            file=sheet.name,
            rows=blank,
            column=block.columns.get("kind"),
        )
        frame = frame.filter(pl.col("kind").is_not_null())
    if kind == "ratings" and known is not None:
        strangers = frame.filter(pl.col("target").is_not_null() & ~pl.col("target").is_in(known.implode()))
        if strangers.height:
            who = strangers["target"].unique(maintain_order=True).to_list()
            found.add(
                Problem(
                    "target-not-a-person",
                    "Nothing, if these were rated without taking part.",
                    sheet.name,
                    strangers["#row"][0],
                    block.columns.get("target"),
                    f"rated, but not in persons: {listed(who)}",
                    severity="notice",
                    count=strangers.height,
                )
            )
    return frame


def others(
    sheet: Sheet,
    taken: set[str],
    roles: Sequence[str],
    must: set[str],
    spec: StudySpec,
    where: str,
    found: Collector,
) -> dict[str, pl.Series]:
    """Every column nobody named, by its own name: numbers where all values are, else text.

    taken : columns of the sheet that play a role
    roles : names the table's own columns have; another column called so is kept with an underscore
    must : columns that must be numbers
    """
    columns: dict[str, pl.Series] = {}
    planned = planned_columns(spec.plan)
    for name in sheet.frame.columns:
        if name in taken:
            continue
        public = name if name not in roles else f"{name}_"
        if public != name:
            renamed(sheet, name, public, where, name != "moment", found)
        if name in must:
            columns[public] = numbers(sheet, name, found).values.alias(public)
        else:
            columns[public] = free_column(sheet, name, public, planned, found).alias(public)
    return columns


def one_each(frame: pl.DataFrame, kind: str, key: Sequence[str], file: str, found: Collector) -> pl.DataFrame:
    """One row per key: exact repetitions are set aside, rows that differ are Problems.

    Absent parts of the key count as equal; rows of which nothing says when (or about whom) are left alone. Without a key
    only exact repetitions are found.
    """
    content = [name for name in frame.columns if name != "#row"]
    if not frame.select(key or content).is_duplicated().any():
        return frame
    groups = [[role for role in group if role in frame.columns] for group in TOLD[kind]]
    told = pl.all_horizontal([pl.lit(True), *(pl.any_horizontal(pl.col(g).is_not_null()) for g in groups if g)])
    marked = frame.with_columns(pl.col("#row").first().over(content).alias("#same"), told.alias("#told"))
    exact = (pl.col("#row") != pl.col("#same")) & pl.col("#told")
    found.aside(
        kind,
        "repeats an earlier row exactly",
        code="repeated-row",
        do="Nothing, if the file was meant to hold each once.",
        file=file,
        rows=marked.filter(exact)["#row"].unique().to_list(),
    )
    marked = marked.filter(~exact)
    if key:
        _different(marked.with_columns(pl.col("#row").first().over(key).alias("#first")), kind, key, file, found)
    return marked.drop("#same", "#told")


def _different(marked: pl.DataFrame, kind: str, key: Sequence[str], file: str, found: Collector) -> None:
    different = marked.filter(pl.col("#told") & (pl.col("#row") != pl.col("#first")))
    found.rows(
        f"two-{ONE[kind]}s",
        "Keep the right one, or add the column that tells them apart.",
        file=file,
        column=None,
        rows=different["#row"].to_list(),
        found=[
            f"{_named_row(kind, row)} is already in row {row['#first']}, with other "
            f"{'answers' if kind == 'moments' else 'values'}"
            for row in different.head(21).iter_rows(named=True)
        ],
        possible=f"one {ONE[kind]} per {', '.join(key)}",
    )


def _named_row(kind: str, row: Mapping[str, Any]) -> str:
    """What a row is about, as people say it."""
    if kind == "ratings":
        return f"the rating of {short(row['target'])} by {short(row['perceiver'])} ({row['trait']})"
    return f"the {ONE[kind]} of {short(row['id'])}"
