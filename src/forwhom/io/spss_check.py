"""Whether the dictionary of an SPSS file holds together. ReadStat, which reads it, can crash the process if it does not."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

HEADER = 176
"""Bytes before the first record of the dictionary."""


def is_sound(path: Path) -> bool:
    """Walk the records of the dictionary up to its end, checking that every length fits.

    Layout: GNU PSPP developers' guide, "System File Format".
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        header = file.read(HEADER)
        if len(header) < HEADER or header[:4] not in (b"$FL2", b"$FL3"):
            return False
        order = "<" if struct.unpack("<i", header[64:68])[0] in (2, 3) else ">"
        if struct.unpack(f"{order}i", header[64:68])[0] not in (2, 3):
            return False
        try:
            return _walk(file, order, size)
        except struct.error:
            return False


def _walk(file: BinaryIO, order: str, size: int) -> bool:
    variables = before = awaited = 0
    while True:
        (kind,) = _ints(file, order, 1)
        if (before == 3 and kind != 4) or (awaited and kind != 2):
            return False
        if kind == 999:
            return variables > 0
        if kind == 2:
            variables += 1
            (width,) = _ints(file, order, 1)
            # A text of more than 8 bytes is followed by one record of width -1 for each further 8.
            if not -1 <= width <= 255 or (width == -1) != (awaited > 0):
                return False
            awaited = awaited - 1 if width == -1 else max(0, -(-width // 8) - 1)
        step = {2: _variable, 3: _labels, 4: _labelled, 6: _document, 7: _extension}.get(kind)
        if step is None or not step(file, order, variables) or file.tell() > size:
            return False
        before = kind


def _ints(file: BinaryIO, order: str, n: int) -> tuple[int, ...]:
    return struct.unpack(f"{order}{n}i", file.read(4 * n))


def _skip(file: BinaryIO, n: int) -> bool:
    if n >= 0:
        file.seek(n, 1)
    return n >= 0


def _variable(file: BinaryIO, order: str, variables: int) -> bool:
    labelled, missing, _, _ = _ints(file, order, 4)
    name = file.read(8)
    if labelled not in (0, 1) or missing not in (-3, -2, 0, 1, 2, 3) or len(name) < 8:
        return False
    if labelled:
        (length,) = _ints(file, order, 1)
        if not 0 <= length <= 65535 or not _skip(file, -(-length // 4) * 4):
            return False
    return _skip(file, 8 * abs(missing))


def _labels(file: BinaryIO, order: str, variables: int) -> bool:
    (count,) = _ints(file, order, 1)
    for _ in range(count):
        head = file.read(9)
        if len(head) < 9:
            return False
        _skip(file, -(-(head[8] + 1) // 8) * 8 - 1)
    return count >= 0


def _labelled(file: BinaryIO, order: str, variables: int) -> bool:
    (count,) = _ints(file, order, 1)
    return 0 < count <= variables and all(1 <= index <= variables for index in _ints(file, order, count))


def _document(file: BinaryIO, order: str, variables: int) -> bool:
    (lines,) = _ints(file, order, 1)
    return _skip(file, 80 * lines)


def _extension(file: BinaryIO, order: str, variables: int) -> bool:
    _, size, count = _ints(file, order, 3)
    return size >= 0 and count >= 0 and _skip(file, size * count)
