"""Bytes to text, saying what was assumed; nothing is thrown away."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from forwhom.problems import Problem

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_C1 = frozenset(range(0x80, 0xA0))


@dataclass(frozen=True, slots=True)
class Text:
    """What the bytes say. assumed : how they were read where that was a guess, in a sentence; "" otherwise"""

    text: str
    assumed: str
    problems: tuple[Problem, ...]


def decoded(data: bytes, file: str) -> Text:
    """Text of a file in UTF-8, UTF-16, UTF-32, Windows-1252 or Latin-1.

    A mark at the beginning decides; without one, bytes that are UTF-8 are UTF-8, zeros at every other place mean UTF-16,
    and anything else is taken for Windows-1252, which is said. Half a letter at the end is a file cut off.

    >>> decoded("Müde.".encode("latin-1"), "s.txt").assumed
    'The file is not UTF-8; it was read as Windows-1252 (Western European).'
    """
    for mark, encoding, name in _MARKS:
        if data.startswith(mark):
            return _marked(data, encoding, name, file)
    wide = _wide(data)
    if wide is not None:
        text, problems = _lenient(data, wide, file)
        return Text(text, f"The file has no mark of its encoding; it was read as {wide.upper()}.", problems)
    try:
        return _without_zeros(data.decode("utf-8"), "", (), file)
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 3 and error.reason == "unexpected end of data":
            return _without_zeros(data[: error.start].decode("utf-8"), "", (_cut(file),), file)
    return _western(data, file)


def _marked(data: bytes, encoding: str, name: str, file: str) -> Text:
    text, problems = _lenient(data, encoding, file)
    assumed = "" if name == "UTF-8" else f"The file is {name}."
    return _without_zeros(text.lstrip("\ufeff"), assumed, problems, file)


def _lenient(data: bytes, encoding: str, file: str) -> tuple[str, tuple[Problem, ...]]:
    try:
        return data.decode(encoding), ()
    except UnicodeDecodeError as error:
        problem = (
            _cut(file)
            if error.start >= len(data) - 4
            else Problem(
                "wrong-encoding",
                "Save the file as UTF-8 and read it again; the letters that could not be read are shown as \ufffd.",
                file,
                found=f"the byte at offset {error.start} is not {encoding.removesuffix('-sig').upper()}",
                severity="notice",
            )
        )
        return data.decode(encoding, "replace").rstrip("\ufffd"), (problem,)


def _cut(file: str) -> Problem:
    found = "the file ends in the middle of a letter: it was cut off"
    return Problem("cut-off", "Check whether the end of the session is missing.", file, found=found, severity="notice")


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark: nearly every letter of Western text has a zero for its other byte."""
    sample = data[:4000]
    if len(sample) < 8:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > 0.6 * half and even < 0.1 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.6 * half and odd < 0.1 * half else None


def _western(data: bytes, file: str) -> Text:
    """Windows-1252 has no letters at five places; a file that uses them is Latin-1."""
    try:
        text, name = data.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        text, name = data.decode("latin-1"), "Latin-1"
    strange = sum(byte in _C1 for byte in data)
    problems: tuple[Problem, ...] = ()
    if strange > 0.05 * max(len(data), 1):
        do = "Check the text; if it is not readable, save the file as UTF-8 from the program that made it."
        problems = (
            Problem(
                "encoding-unclear", do, file, found="many bytes are letters in no common encoding", severity="notice"
            ),
        )
    return _without_zeros(text, f"The file is not UTF-8; it was read as {name} (Western European).", problems, file)


def _without_zeros(text: str, assumed: str, problems: tuple[Problem, ...], file: str) -> Text:
    if "\0" not in text:
        return Text(text, assumed, problems)
    n = text.count("\0")
    do = "The file may be damaged; export it again."
    zero = Problem("nul-bytes", do, file, found="bytes of zero, which were passed over", severity="notice", count=n)
    return Text(text.replace("\0", ""), assumed, (*problems, zero))
