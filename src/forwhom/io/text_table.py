"""CSV and TSV: sniffed, checked byte by byte, then read as text."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from forwhom.io.csv_scan import BLOCK, Scan, decoded, scan_records, sniff_decimal, sniff_separator
from forwhom.io.why import why
from forwhom.problems import Problem
from forwhom.study.collect import Collector
from forwhom.study.sheet import Sheet
from forwhom.study.spec import Source

SAMPLE = 64 * 1024
PLAIN = ("utf-8", "ascii", "utf-8-sig")
BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def read_text_table(path: Path, source: Source, found: Collector) -> Sheet | None:
    """A text table as a sheet of text columns; None, with Problems, where the text is not a table."""
    encoding = _encoding(path, source)
    sample = _sample(path, encoding)
    separator = source.separator or sniff_separator(sample, tab=path.suffix.lower() in (".tsv", ".tab"))
    scan = Scan()
    scan_records(decoded(_blocks(path), encoding, scan), separator, scan)
    data: Path | bytes = path
    if scan.undecodable and encoding in PLAIN:
        data, scan = _windows_instead(path, encoding, separator, scan)
    elif encoding not in PLAIN and not scan.undecodable:
        data = path.read_bytes().decode(encoding).encode()
    _report_bytes(scan, source, encoding, found)
    if scan.nul or scan.unclosed or (scan.undecodable and isinstance(data, Path)):
        return None
    header = _header(data, separator)
    if not _report_shape(scan, header, source, separator, found):
        return None
    frame = _frame(data, separator, header, source, found)
    if frame is None:
        return None
    decimal = source.decimal or sniff_decimal(sample, separator)
    rows = pl.int_range(2, frame.height + 2, eager=True).alias("row")
    whole = ~rows.is_in([row for row, _ in scan.ragged])
    return Sheet(source.name, frame.filter(whole), rows.filter(whole), decimal=decimal, whole=not scan.ragged)


def _windows_instead(path: Path, encoding: str, separator: str, scan: Scan) -> tuple[bytes, Scan]:
    """The file with every wrong byte read as Windows-1252, so that one does not hide what else is wrong."""
    data = path.read_bytes().decode(encoding, errors="forwhom-windows").encode()
    again = Scan()
    scan_records((data[at : at + BLOCK] for at in range(0, len(data), BLOCK)), separator, again)
    again.undecodable = scan.undecodable
    return data, again


def _windows(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


codecs.register_error("forwhom-windows", _windows)


def _encoding(path: Path, source: Source) -> str:
    with path.open("rb") as file:
        start = file.read(4)
    for mark, encoding in BOMS:
        if start.startswith(mark) and (source.encoding is None or source.encoding in ("utf-8", encoding)):
            return encoding
    return source.encoding or "utf-8"


def _sample(path: Path, encoding: str) -> str:
    with path.open("rb") as file:
        start = file.read(SAMPLE)
    text = start.decode(encoding, errors="replace")
    return text if len(start) < SAMPLE else text.rpartition("\n")[0] or text


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def _header(data: Path | bytes, separator: str) -> list[str]:
    raw = data.open("rb") if isinstance(data, Path) else io.BytesIO(data)
    with io.TextIOWrapper(raw, "utf-8-sig", newline="") as lines:
        names = next(csv.reader(lines, delimiter=separator), [])
    return [name.strip() or f"column_{place}" for place, name in enumerate(names, start=1)]


def _frame(
    data: Path | bytes, separator: str, header: list[str], source: Source, found: Collector
) -> pl.DataFrame | None:
    try:
        return pl.read_csv(
            data,
            separator=separator,
            infer_schema=False,
            glob=False,
            new_columns=header,
            quote_char='"',
            truncate_ragged_lines=True,
        )
    except pl.exceptions.NoDataError:
        return pl.DataFrame(schema=dict.fromkeys(header, pl.String))
    except (pl.exceptions.PolarsError, OSError) as error:
        do = "Open it in a spreadsheet, save it as CSV in UTF-8, and try again."
        found.add(Problem("unreadable-table", do, source.name, found=f"cannot be read as a table: {why(error)}"))
        return None


def _report_bytes(scan: Scan, source: Source, encoding: str, found: Collector) -> None:
    if scan.undecodable:
        offset, line = scan.undecodable
        found.add(
            Problem(
                "wrong-encoding",
                f'Save the file as UTF-8, or declare its encoding in {source.where}: encoding = "windows-1252".',
                source.name,
                line,
                found=f"the byte at offset {offset} is not {encoding}",
                possible="utf-8, windows-1252 (Excel in Western Europe), latin-1",
            )
        )
    if scan.nul:
        offset, count = scan.nul
        found.add(
            Problem(
                "nul-bytes",
                "The file is damaged or no text table; export it again as CSV in UTF-8.",
                source.name,
                found=f"NUL bytes, the first at offset {offset}",
                count=count,
            )
        )
    if scan.unclosed and not scan.undecodable and not scan.nul:
        do = "Close the quote at the end of the cell, or double quotes that belong to the text."
        found.add(Problem("unclosed-quote", do, source.name, scan.unclosed, found="a quote opens here and never ends"))
    elif scan.stray and not scan.nul:
        found.rows(
            "stray-quote",
            "Put the whole cell in quotes and double the quotes inside it, or take them out.",
            file=source.name,
            column=None,
            rows=scan.stray,
            found="a quote in the middle of a cell",
        )


def _report_shape(scan: Scan, header: list[str], source: Source, separator: str, found: Collector) -> bool:
    if scan.records == 0:
        do = "Check that it is the right file; a table needs a header and rows."
        found.add(Problem("empty-table", do, source.name, found="the file is empty"))
        return False
    whole = not scan.stray
    shown = {"\t": "tab"}.get(separator, separator)
    found.rows(
        "ragged-row",
        f"Correct the row; a cell that contains '{shown}' must be in quotes. "
        f"If '{shown}' is not the separator, declare it in {source.where}.",
        file=source.name,
        column=None,
        rows=[row for row, _ in scan.ragged],
        found=[f"{fields} fields" for _, fields in scan.ragged[:21]],
        possible=f"{scan.fields} fields, as in the header",
    )
    return report_header(header, source, found) and whole


def report_header(header: list[str], source: Source, found: Collector) -> bool:
    """Columns named twice; the table cannot be read until they are told apart."""
    twice = [name for name in dict.fromkeys(header) if header.count(name) > 1]
    for name in twice:
        places = [str(place) for place, each in enumerate(header, start=1) if each == name]
        found.add(
            Problem(
                "column-named-twice",
                "Give each column its own name.",
                source.name,
                1,
                name,
                f"columns {' and '.join(places)} have the same name",
            )
        )
    return not twice
