"""SPSS files: value labels and user-missing values kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from forwhom.problems import Problem
from forwhom.study.collect import Collector
from forwhom.study.sheet import Sheet, text
from forwhom.study.spec import Source


def read_spss(path: Path, source: Source, found: Collector) -> Sheet | None:
    """A .sav or .zsav file. A user-missing value's label is the reason of its absence."""
    import pyreadstat

    from forwhom.io.spss_check import is_sound

    if not is_sound(path):
        found.add(_unreadable(source))
        return None
    try:
        columns, meta = pyreadstat.read_sav(str(path), user_missing=True, output_format="dict")
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError):
        found.add(_unreadable(source))
        return None
    series = [_series(name, values) for name, values in columns.items()]
    frame = pl.DataFrame(series)
    labels = {
        name: {_code(code): str(label).strip() for code, label in named.items()}
        for name, named in meta.variable_value_labels.items()
    }
    reasons = {
        name: _reasons(frame[name], ranges, labels.get(name, {}))
        for name, ranges in meta.missing_ranges.items()
        if name in frame.columns
    }
    for name, gone in reasons.items():
        if name in labels:
            labels[name] = {code: label for code, label in labels[name].items() if code not in gone}
    rows = pl.int_range(2, frame.height + 2, eager=True).alias("row")
    return Sheet(source.name, frame, rows, {k: v for k, v in labels.items() if v}, reasons)


def _unreadable(source: Source) -> Problem:
    do = "Open it in SPSS and save it again, or export it as CSV."
    return Problem("unreadable-table", do, source.name, found="cannot be read as an SPSS file")


def _series(name: str, values: Any) -> pl.Series:
    made = pl.Series(name, list(values), strict=False)
    if made.dtype == pl.Null:
        return made.cast(pl.String)
    return text(made) if made.dtype == pl.String else made


def _code(code: object) -> str:
    return text(pl.Series([code])).item() or ""


def _reasons(series: pl.Series, ranges: Iterable[Any], labels: Mapping[str, str]) -> dict[str, str]:
    """Every value in the column that SPSS holds for missing, with its label or its code as the reason."""
    shown = text(series)
    reasons: dict[str, str] = {}
    for each in ranges:
        low, high = each["lo"], each["hi"]
        if isinstance(low, str) or series.dtype == pl.String:
            codes = [str(low).strip()]
        else:
            codes = shown.filter(series.is_between(low, high).fill_null(False)).unique().to_list()
            codes += [code for code in labels if _within(code, low, high)]
        for code in dict.fromkeys(codes):
            reasons[code] = labels.get(code, f"coded {code}")
    return reasons


def _within(code: str, low: float, high: float) -> bool:
    try:
        return low <= float(code) <= high
    except ValueError:
        return False
