"""Byte checks of a text table, block by block, so that size is no matter: encoding, NUL bytes, quotes, raggedness."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

BLOCK = 4 * 1024 * 1024
"""Bytes looked at in one go; the masks made of a block take about ten times as much."""

SEPARATORS = (",", ";", "\t", "|")


@dataclass(slots=True)
class Scan:
    """What the bytes showed.

    records : how many, blank lines included; a quoted line break does not end a record
    fields : how many fields the header has
    ragged : (record, fields) of those with another number, record 1 being the header
    nul : byte offset of the first NUL, and how many there are
    undecodable : (byte offset, line) of the first byte that is not of the encoding
    stray : records with a quote in the middle of a cell; unclosed : record whose quote never ends
    """

    records: int = 0
    fields: int = 0
    ragged: list[tuple[int, int]] = field(default_factory=list)
    nul: tuple[int, int] | None = None
    undecodable: tuple[int, int] | None = None
    stray: list[int] = field(default_factory=list)
    unclosed: int | None = None


def decoded(blocks: Iterable[bytes], encoding: str, scan: Scan) -> Iterator[bytes]:
    """The blocks as UTF-8 bytes; stops at the first byte that is not of `encoding` and notes where."""
    decoder = codecs.getincrementaldecoder(encoding)()
    plain = encoding in ("utf-8", "ascii")
    offset = lines = held = 0
    for block in blocks:
        try:
            text = decoder.decode(block)
        except UnicodeDecodeError as error:
            start = max(0, offset - held) + error.start
            before = block[: max(0, start - offset)]
            scan.undecodable = (start, lines + before.count(b"\n") + 1)
            return
        yield block if plain else text.encode()
        offset += len(block)
        lines += block.count(b"\n")
        held = len(decoder.getstate()[0])
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        scan.undecodable = (offset - held, lines + 1)


def scan_records(blocks: Iterable[bytes], separator: str, scan: Scan) -> None:
    """Count the fields of every record, following quotes over line breaks.

    A quote opens at the start of a cell, closes at its end, and is doubled inside; so the parity of the quotes seen
    so far tells inside from outside.
    """
    sep, quote, newline = ord(separator), ord('"'), ord("\n")
    inside = carried = seen = 0
    blank = True
    before = newline
    for block in blocks:
        data = np.frombuffer(block, dtype=np.uint8)
        if data.size == 0:
            continue
        _nul(data, seen, scan)
        quotes = data == quote
        parity = np.zeros(data.size, dtype=bool) if not inside else np.ones(data.size, dtype=bool)
        if quotes.any():
            parity = ((np.cumsum(quotes, dtype=np.int64) + inside) & 1).astype(bool)
            _stray(data, quotes, parity, before, (sep, newline, quote), scan)
        ends = np.flatnonzero((data == newline) & ~parity)
        separators = np.flatnonzero((data == sep) & ~parity)
        content = np.flatnonzero((data != newline) & (data != ord("\r")))
        carried, blank = _records(ends, separators, content, carried, blank, scan)
        inside = int(parity[-1])
        before = int(data[-1])
        seen += data.size
    if not blank or carried:
        _record(carried + 1, scan)
    if inside:
        scan.unclosed = scan.records


def _nul(data: NDArray[np.uint8], seen: int, scan: Scan) -> None:
    zero = np.flatnonzero(data == 0)
    if zero.size:
        first, count = scan.nul or (seen + int(zero[0]), 0)
        scan.nul = (first, count + int(zero.size))


def _stray(
    data: NDArray[np.uint8],
    quotes: NDArray[np.bool_],
    parity: NDArray[np.bool_],
    before: int,
    allowed: tuple[int, int, int],
    scan: Scan,
) -> None:
    """An opening quote may only follow a separator, a line break or the quote it is doubled with."""
    opening = np.flatnonzero(quotes & parity)
    previous = np.where(opening > 0, data[opening - 1], before)
    wrong = opening[~np.isin(previous, allowed)]
    if wrong.size:
        ends = np.flatnonzero((data == allowed[1]) & ~parity)
        scan.stray += sorted(set((scan.records + np.searchsorted(ends, wrong) + 1).tolist()))


def _records(
    ends: NDArray[np.intp],
    separators: NDArray[np.intp],
    content: NDArray[np.intp],
    carried: int,
    blank: bool,
    scan: Scan,
) -> tuple[int, bool]:
    """Close every record that ends in this block; returns what is left open: (separators, still blank)."""
    if ends.size == 0:
        return carried + int(separators.size), blank and content.size == 0
    upto = np.searchsorted(separators, ends)
    counts = np.diff(upto, prepend=0)
    counts[0] += carried
    filled = np.diff(np.searchsorted(content, ends), prepend=0) > 0
    filled[0] |= not blank
    start = 0
    if scan.records == 0:
        _record(int(counts[0]) + 1, scan)
        start = 1
    first = scan.records
    scan.records += int(ends.size) - start
    for place in np.flatnonzero(filled[start:] & (counts[start:] + 1 != scan.fields)):
        scan.ragged.append((first + int(place) + 1, int(counts[start + place]) + 1))
    return int(separators.size - upto[-1]), bool(content.size == 0 or content[-1] < ends[-1])


def _record(fields: int, scan: Scan) -> None:
    scan.records += 1
    if scan.records == 1:
        scan.fields = fields
    elif fields != scan.fields:
        scan.ragged.append((scan.records, fields))


def sniff_separator(sample: str, tab: bool = False) -> str:
    r"""The separator that splits the first lines into the most equal numbers of fields.

    >>> sniff_separator("a;b;c\n1,5;2;3\n")
    ';'
    """
    lines = [line for line in _outside_quotes(sample).split("\n") if line.strip()][:50]
    best, score = ("\t" if tab else ","), 0.0
    for separator in SEPARATORS:
        counts = [line.count(separator) for line in lines]
        if not counts or counts[0] == 0:
            continue
        common, times = Counter(counts).most_common(1)[0]
        agreement = times / len(counts) * (1.0 if common == counts[0] else 0.5)
        if agreement * (1 + counts[0] / 1000) > score:
            best, score = separator, agreement * (1 + counts[0] / 1000)
    return best


def _outside_quotes(sample: str) -> str:
    """The text with quoted parts left out."""
    return "".join(part for place, part in enumerate(sample.replace("\r", "").split('"')) if place % 2 == 0)


def sniff_decimal(sample: str, separator: str) -> str:
    r"""A comma where cells such as 1,5 occur and none such as 1.5, in a table that is not separated by commas.

    >>> sniff_decimal("a;b\n1,5;x\n", ";")
    ','
    """
    import re

    if separator == ",":
        return "."
    cells = [cell.strip(' "\r') for line in sample.split("\n")[1:] for cell in line.split(separator)]
    comma = sum(1 for cell in cells if re.fullmatch(r"[+-]?\d+,\d+", cell))
    point = sum(1 for cell in cells if re.fullmatch(r"[+-]?\d+\.\d+", cell))
    return "," if comma > point else "."
