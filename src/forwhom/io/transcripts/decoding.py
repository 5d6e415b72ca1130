"""Bytes to text, saying what was assumed; nothing is thrown away."""

from __future__ import annotations

import codecs
import re
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
_NOT_WESTERN = frozenset((0x81, 0x8D, 0x8F, 0x90, 0x9D))
_WESTERN = [bytes([byte]).decode("latin-1" if byte in _NOT_WESTERN else "cp1252") for byte in range(256)]
_BYTE_BY_BYTE = "forwhom-western"
"""How a byte that is not UTF-8 is read, by the name under which `codecs` knows it."""
_MAC = re.compile(rb"[a-z]\xd5[a-z]")
"""What an apostrophe inside a word is in Mac Roman, and what no word has in Windows-1252."""
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
"""Signs inside words that nobody sees, as copied from web pages; a word with one of them is found by no wording."""
_TWICE = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]{1,3}"
)
"""UTF-8 that was read as Windows-1252 and written as UTF-8 again."""
_APOSTROPHES = re.compile("\u00e2[\u20ac\x80][\u2122\u0153\u02dc\u201c\u201d\u00a6\x80-\xa6]|\u00c3[\u0080-\u00bf]")
_ENTITY = re.compile("&(?:#39|#x27|apos|rsquo|#8217);", re.IGNORECASE)
_CUT = re.compile(r"(?<=\w) (n't|'(?:s|m|re|ve|ll|d))\b")
"""Words cut in two, as programs that count words write them: *do n't*."""
_ASKED = re.compile(r"\?(?<=[A-Za-z]\?)(?=(?:t|s|m|re|ve|ll|d)\b)")
_JOINED = {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl"}
_LOST = re.compile("(?<=\\w)\ufffd|\ufffd(?=\\w)")


@dataclass(frozen=True, slots=True)
class Text:
    """What the bytes say. assumed : how they were read where that was a guess, in a sentence; "" otherwise"""

    text: str
    assumed: str
    problems: tuple[Problem, ...]


def decoded(data: bytes, file: str) -> Text:
    """Text of a file in UTF-8, UTF-16, UTF-32, Windows-1252, Latin-1 or Mac Roman.

    A mark at the beginning decides; without one, bytes that are UTF-8 are UTF-8, zeros at every other place mean UTF-16,
    and anything else is taken for Windows-1252, which is said: the whole file, or single bytes of one that is UTF-8 elsewhere.
    Half a letter at the end is a file cut off. Signs that were turned into UTF-8 twice are read as they were meant, which is said.

    >>> decoded("Müde.".encode("latin-1"), "s.txt").assumed
    'The file is not UTF-8; it was read as Windows-1252 (Western European).'
    >>> decoded("I don’t.".encode().decode("cp1252").encode(), "s.txt").text
    'I don’t.'
    """
    return _readable(_decoded(data, file), file)


def line_breaks(text: str) -> str:
    """The text with one sign for every break of a line, those of word processors among them.

    >>> line_breaks("a\\r\\nb\\x0bc\\u2028d")
    'a\\nb\\nc\\nd'
    """
    for sign in ("\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"):
        if sign in text:
            text = text.replace(sign, "\n")
    return text


def _decoded(data: bytes, file: str) -> Text:
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


def _readable(read: Text, file: str) -> Text:
    """Without signs that nobody sees, and with those that were encoded twice as they were meant."""
    text, problems = read.text, list(read.problems)
    if "&" in text:
        text = _ENTITY.sub("'", text)
    if " n't" in text:
        text = _CUT.sub(r"\1", text)
    if "?" in text:
        text, n = _ASKED.subn("'", text)
        if n:
            problems.append(_lost(file, n, "an apostrophe (shown as ?), read as one"))
    if text.isascii():
        return Text(text, read.assumed, tuple(problems))
    text = _INVISIBLE.sub("", text)
    for sign, letters in _JOINED.items():
        text = text.replace(sign, letters)
    if ("\u00e2" in text or "\u00c3" in text) and _APOSTROPHES.search(text):
        places = [found for found in _TWICE.finditer(text) if _once(found) != found[0]]
        text, n = _TWICE.sub(_once, text), len(places)
        do = "Check some of these places; save the file anew as UTF-8 from the program that made it."
        found = "signs that were turned into UTF-8 twice, such as \u00e2\u20ac\u2122 for an apostrophe; read as they were meant"
        problems.append(Problem("encoded-twice", do, file, found=found, severity="notice", count=n))
    if "\ufffd" in text and (lost := len(_LOST.findall(text))):
        problems.append(_lost(file, lost, "letters (shown as \ufffd); between letters they are taken for apostrophes"))
    return Text(text, read.assumed, tuple(problems))


def _lost(file: str, n: int, what: str) -> Problem:
    do = "Export the file again as UTF-8: a word that lost a letter may be found by no wording."
    return Problem("lost-letters", do, file, found=f"words have lost {what}", severity="notice", count=n)


def _once(found: re.Match[str]) -> str:
    """The signs as they were before they were encoded a second time; as they are where that is not so."""
    data = b"".join(_byte(sign) for sign in found[0])
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        # Of three signs the first two may belong together.
        return data[: error.start].decode("utf-8") + found[0][error.start :] if error.start else found[0]


def _byte(sign: str) -> bytes:
    try:
        return sign.encode("cp1252")
    except UnicodeEncodeError:
        return sign.encode("latin-1", "replace")


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
    """Letter by letter: what is UTF-8 is read so, every other byte as Windows-1252, or as Latin-1 where that has no letter for it."""
    text = data.decode("utf-8", _BYTE_BY_BYTE)
    n = sum(0xDC80 <= ord(sign) <= 0xDCFF for sign in data.decode("utf-8", "surrogateescape"))
    if n < sum(sign >= "\x80" for sign in text):
        found = "bytes are not UTF-8, as the rest of the file is; they were read as Windows-1252"
        do = "Check these letters; save the file as UTF-8 from the program that made it."
        mixed = Problem("wrong-encoding", do, file, found=found, severity="notice", count=n)
        return _without_zeros(text, "", (mixed,), file)
    if _MAC.search(data):
        return _without_zeros(data.decode("mac-roman"), "The file is not UTF-8; it was read as Mac Roman.", (), file)
    name = "Latin-1" if any(byte in _NOT_WESTERN for byte in data) else "Windows-1252"
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


def _as_western(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    data = error.object[error.start : error.end]
    return "".join(_WESTERN[byte] for byte in data), error.end


codecs.register_error(_BYTE_BY_BYTE, _as_western)


def _without_zeros(text: str, assumed: str, problems: tuple[Problem, ...], file: str) -> Text:
    if "\0" not in text:
        return Text(text, assumed, problems)
    n = text.count("\0")
    do = "The file may be damaged; export it again."
    zero = Problem("nul-bytes", do, file, found="bytes of zero, which were passed over", severity="notice", count=n)
    return Text(text.replace("\0", ""), assumed, (*problems, zero))
