"""Sheet: one table as it was read, and its columns as text, numbers and days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from forwhom.problems import Problem, did_you_mean, listed, short
from forwhom.study.collect import Collector
from forwhom.study.spec import NO_VALUE

LONGEST = 1e6
"""Units of time from the start beyond which a number is no time: nobody is followed for a million minutes."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as it was read: nothing interpreted yet.

    name : of the file or frame, as the user knows it
    frame : columns as text (from CSV and Excel) or typed (from Parquet, SPSS, data frames)
    rows : (n,) the spreadsheet row of each row; the header is row 1
    labels : column → value → label, in the order of the levels
    reasons : column → value → why it stands for an absent value (SPSS user-missing)
    missing : codes that stand for an absent value in every column
    decimal : the decimal sign of numbers written as text
    whole : False when rows were left out because they could not be read
    """

    name: str
    frame: pl.DataFrame
    rows: pl.Series
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    reasons: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    decimal: str = "."
    whole: bool = True

    @property
    def height(self) -> int:
        """How many rows."""
        return len(self.rows)

    def has(self, column: str, where: str, key: str, file: str, found: Collector) -> bool:
        """Whether the column is there; if not, a Problem of `key` in the block `where` of study.toml."""
        if column in self.frame.columns:
            return True
        found.add(
            Problem(
                "missing-column",
                f"{did_you_mean(column, self.frame.columns)}Correct {key} in {where} of {file}, or the table's header.",
                self.name,
                column=column,
                found=f"there is no column {short(column)}",
                possible=listed(self.frame.columns, 30),
            )
        )
        return False


@dataclass(frozen=True, slots=True)
class Cells:
    """A column, read.

    values : (n,) null where absent
    absent : (n,) the reason where absent, null where there is a value
    """

    values: pl.Series
    absent: pl.Series


def text(series: pl.Series) -> pl.Series:
    """A column as trimmed text; blank is null. Whole numbers lose their ".0", so that ids and codes match.

    >>> text(pl.Series([1.0, 2.5, None])).to_list()
    ['1', '2.5', None]
    >>> text(pl.Series([" a ", "", "007"])).to_list()
    ['a', None, '007']
    """
    dtype = series.dtype
    if dtype.is_float():
        whole = series.is_finite() & (series.round() == series) & (series.abs() < 1e15)
        shown = pl.select(
            pl.when(pl.lit(series).is_nan())
            .then(None)
            .when(pl.lit(whole))
            .then(pl.lit(series).cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(pl.lit(series).cast(pl.String))
        )
        return shown.to_series().alias(series.name)
    if isinstance(dtype, pl.Datetime):
        plain = series.dt.to_string("%Y-%m-%dT%H:%M:%S%.f%:z" if dtype.time_zone else "%Y-%m-%dT%H:%M:%S%.f")
        return plain.str.strip_suffix("T00:00:00")
    if dtype == pl.Date:
        return series.dt.to_string("%Y-%m-%d")
    if dtype == pl.Object or dtype.is_nested():
        return pl.Series(series.name, [None if each is None else str(each) for each in series], pl.String)
    trimmed = series.cast(pl.String).str.strip_chars()
    return trimmed.set(trimmed == "", None)


def texts(sheet: Sheet, column: str) -> Cells:
    """A column as text, missing codes taken out."""
    shown = text(sheet.frame[column])
    codes = _codes(sheet, column)
    if not codes:
        return Cells(shown, _reasons(shown.is_null(), shown, {}))
    coded = shown.is_in(list(codes)).fill_null(False)
    return Cells(shown.set(coded, None), _reasons(shown.is_null() | coded, shown, codes))


def numbers(sheet: Sheet, column: str, found: Collector) -> Cells:
    """A column as numbers, missing codes taken out. What is not a finite number becomes a Problem."""
    series = sheet.frame[column]
    shown = text(series) if not series.dtype.is_numeric() else None
    values = series.cast(pl.Float64) if shown is None else as_numbers(shown, sheet.decimal)
    if shown is None:
        values = values.fill_nan(None)
        if not (codes := _codes(sheet, column)) and not values.is_infinite().any():
            return Cells(values.alias(column), _reasons(values.is_null(), None, {}))
        shown = text(series)
    codes = _codes(sheet, column)
    coded = shown.is_in(list(codes)).fill_null(False) if codes else pl.Series([False]).new_from_index(0, len(shown))
    absent = shown.is_null() | coded
    bad = ~absent & ~values.is_finite().fill_null(False)
    if bad.any():
        _not_numbers(sheet, column, shown, values, bad, found)
    values = values.set(absent | bad, None)
    return Cells(values.alias(column), _reasons(absent | bad, shown, codes))


def times(sheet: Sheet, column: str, found: Collector) -> Cells:
    """A column as times in the study's unit; what lies beyond `LONGEST` is no time and becomes a Problem."""
    cells = numbers(sheet, column, found)
    far = (cells.values.abs() > LONGEST).fill_null(False)
    if not far.any():
        return cells
    found.rows(
        "time-out-of-range",
        "Correct it; if the column holds dates, name it as date instead of time.",
        file=sheet.name,
        column=column,
        rows=sheet.rows.filter(far).to_list(),
        found=[f"{value:g} is too far off to be a time" for value in cells.values.filter(far).head(21)],
        possible=f"from {-LONGEST:,.0f} to {LONGEST:,.0f} of the study's time unit",
    )
    return Cells(cells.values.set(far, None), cells.absent)


def named_times(
    sheet: Sheet, column: str, times: Mapping[str, float], where: str, file: str, found: Collector
) -> Cells:
    """A column of words, such as "baseline" or "ses-02", as times; a word without a time becomes a Problem.

    times : word → time; where, file : the block and the file that declare them
    """
    cells = texts(sheet, column)
    read = cells.values.replace_strict(dict(times), default=None, return_dtype=pl.Float64)
    wrong = cells.values.is_not_null() & read.is_null()
    found.rows(
        "unknown-time",
        f"Add it to times in {where} of {file}, or correct it here.",
        file=sheet.name,
        column=column,
        rows=sheet.rows.filter(wrong).to_list(),
        found=[f"{short(cell)} has no time" for cell in cells.values.filter(wrong).head(21)],
        possible=listed(times),
    )
    return Cells(read, cells.absent)


def whole_numbers(sheet: Sheet, column: str, found: Collector, least: int | None = None) -> pl.Series:
    """A column that counts: whole numbers, not below `least`; others become Problems and null."""
    values = numbers(sheet, column, found).values
    broken = (values != values.round()).fill_null(False)
    low = (values < least).fill_null(False) & ~broken if least is not None else broken & False
    for which, code, what in (
        (broken, "not-a-whole-number", "is not a whole number"),
        (low, "number-too-low", f"is below {least}"),
    ):
        found.rows(
            code,
            "Number them 1, 2, 3 …",
            file=sheet.name,
            column=column,
            rows=sheet.rows.filter(which).to_list(),
            found=[f"{value:g} {what}" for value in values.filter(which).head(21)],
        )
    return values.set(broken | low, None).cast(pl.Int64, strict=False)


def as_numbers(shown: pl.Series, decimal: str = ".") -> pl.Series:
    """Text to numbers; null where it is none.

    >>> as_numbers(pl.Series(["1,5", "2", "x", "1.5"]), ",").to_list()
    [1.5, 2.0, None, None]
    """
    if decimal == ",":
        shown = shown.set(shown.str.contains(".", literal=True), "?").str.replace(",", ".", literal=True)
    return shown.cast(pl.Float64, strict=False)


def is_numeric(sheet: Sheet, column: str) -> bool:
    """Whether every value that is there is a finite number."""
    dtype = sheet.frame[column].dtype
    if dtype.is_numeric():
        return True
    if dtype != pl.String:
        return False
    shown = texts(sheet, column).values.drop_nulls()
    return len(shown) > 0 and bool(as_numbers(shown, sheet.decimal).is_finite().fill_null(False).all())


def _codes(sheet: Sheet, column: str) -> dict[str, str]:
    """Texts that stand for an absent value in this column; "-99" also covers "-99.0" and "-99,0"."""
    codes = {**sheet.missing, **sheet.reasons.get(column, {})}
    spelled: dict[str, str] = {}
    for code, reason in codes.items():
        spelled[code] = reason
        if code.lstrip("-").isdigit():
            spelled.update(dict.fromkeys((f"{code}.0", f"{code}.00", f"{code},0", f"{code},00"), reason))
    return spelled


def _reasons(absent: pl.Series, shown: pl.Series | None, codes: Mapping[str, str]) -> pl.Series:
    blank = pl.Series("absent", [None], pl.String).new_from_index(0, len(absent))
    if not absent.any():
        return blank
    reason = pl.select(pl.when(pl.lit(absent)).then(pl.lit(NO_VALUE))).to_series().alias("absent")
    if shown is not None and codes:
        meanings = {code: why or NO_VALUE for code, why in codes.items()}
        told = shown.replace_strict(meanings, default=None, return_dtype=pl.String)
        reason = pl.select(pl.when(pl.lit(absent)).then(pl.lit(told).fill_null(pl.lit(reason)))).to_series()
    return reason.alias("absent")


def _not_numbers(
    sheet: Sheet, column: str, shown: pl.Series, values: pl.Series, bad: pl.Series, found: Collector
) -> None:
    infinite = bad & ~values.is_null()
    comma = bad & ~infinite & shown.str.contains(r"^[+-]?\d*,\d+$").fill_null(False)
    other = bad & ~infinite & ~comma
    for which, code, what, do in (
        (other, "not-a-number", "is not a number", "Correct it, or declare what it stands for in [missing] codes."),
        (
            comma,
            "not-a-number",
            "has a decimal comma",
            'Declare decimal = "," for this table, or write it with a point.',
        ),
        (
            infinite,
            "not-finite",
            "is not a finite number",
            "Correct it, or declare what it stands for in [missing] codes.",
        ),
    ):
        if which.any():
            found.rows(
                code,
                do,
                file=sheet.name,
                column=column,
                rows=sheet.rows.filter(which).to_list(),
                found=[f"{short(cell)} {what}" for cell in shown.filter(which).head(21)],
                possible=f"a number such as 12 or 1{sheet.decimal}5",
            )


def typed_sheet(name: str, frame: pl.DataFrame) -> Sheet:
    """A frame with types as a sheet; the levels of categories become its labels."""
    labels: dict[str, dict[str, str]] = {}
    for column, dtype in frame.schema.items():
        if isinstance(dtype, pl.Enum):
            labels[column] = {level: level for level in dtype.categories}
        elif dtype == pl.Categorical:
            seen = frame[column].drop_nulls().unique(maintain_order=True).cast(pl.String)
            labels[column] = {level: level for level in seen}
    if labels:
        frame = frame.with_columns(text(frame[column]) for column in labels)
    return Sheet(name, frame, pl.int_range(2, frame.height + 2, eager=True).alias("row"), labels)
