"""Cells of a workbook that hold no value although they are not empty: errors, and formulas never calculated."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path
from xml.sax.saxutils import unescape

CELL = re.compile(rb'<c r="([A-Z]+)(\d+)"([^>]*)>(.*?)</c>', re.DOTALL)
MOST = 300_000_000
"""Bytes of a sheet's XML that are looked through; a larger sheet goes unchecked."""


def lost_cells(path: Path, sheet: str) -> list[tuple[str, int, str]]:
    """(column letter, row, what is there) of every such cell; empty when the file is not built as expected."""
    try:
        with zipfile.ZipFile(path) as book:
            part = _part(book, sheet)
            if part is None or book.getinfo(part).file_size > MOST:
                return []
            content = book.read(part)
    except (OSError, LookupError, ValueError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error):
        return []
    lost = []
    for match in CELL.finditer(content):
        letters, row, attributes, inner = match.groups()
        value = re.search(rb"<v>(.*?)</v>", inner)
        if b't="e"' in attributes:
            lost.append((letters.decode(), int(row), value[1].decode("utf-8", "replace") if value else "an error"))
        elif b"<f" in inner and (value is None or not value[1]) and b't="str"' not in attributes:
            lost.append((letters.decode(), int(row), "a formula without a result"))
    return lost


def _part(book: zipfile.ZipFile, sheet: str) -> str | None:
    """The part of the archive that holds a sheet, through the workbook's relations."""
    listed = book.read("xl/workbook.xml").decode()
    relations = book.read("xl/_rels/workbook.xml.rels").decode()
    identity = None
    for tag in re.findall(r"<sheet [^>]*>", listed):
        name, number = re.search(r'name="([^"]*)"', tag), re.search(r'r:id="([^"]*)"', tag)
        if name and number and unescape(name[1], {"&quot;": '"', "&apos;": "'"}) == sheet:
            identity = number[1]
    for tag in re.findall(r"<Relationship [^>]*>", relations):
        target = re.search(r'Target="([^"]*)"', tag)
        if identity is not None and f'Id="{identity}"' in tag and target:
            return target[1].lstrip("/") if target[1].startswith("/") else f"xl/{target[1]}"
    return None
