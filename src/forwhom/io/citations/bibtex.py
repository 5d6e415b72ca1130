r"""BibTeX: entries with values in braces or quotes, accents in LaTeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from forwhom.io.citations.fields import Fields, whole

NAMES = {
    "author": "authors", "year": "year", "date": "year", "title": "title", "journal": "journal",
    "journaltitle": "journal", "booktitle": "journal", "volume": "volume", "pages": "pages", "doi": "doi",
    "pmid": "pmid", "url": "url",
}  # fmt: skip
_ACCENTS = {
    '"': "\u0308", "'": "\u0301", "`": "\u0300", "^": "\u0302", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    "c": "\u0327", "v": "\u030c", "u": "\u0306", "H": "\u030b", "k": "\u0328", "r": "\u030a",
}  # fmt: skip
_LETTERS = {"ss": "ß", "o": "ø", "O": "Ø", "ae": "æ", "AE": "Æ", "oe": "œ", "aa": "å", "AA": "Å", "l": "ł", "i": "ı"}


def bibtex(text: str) -> list[Fields]:
    """Entries of a BibTeX file; a brace that never closes is a ValueError."""
    strings: dict[str, str] = {}
    records: list[Fields] = []
    for kind, body in _entries(text):
        if kind in ("comment", "preamble"):
            continue
        values = dict(_values(body if kind == "string" else body.partition(",")[2], strings))
        if kind == "string":
            strings.update(values)
            continue
        fields: Fields = {"kind": [kind]}
        for key, value in values.items():
            plain = unlatex(value)
            if key == "author":
                fields["authors"] = [_author(each) for each in _authors(value) if each.strip() != "others"]
            elif key in NAMES:
                fields.setdefault(NAMES[key], []).append(plain)
        records.append(fields)
    return records


def _authors(value: str) -> Iterator[str]:
    """Authors are parted by "and" outside braces."""
    value = value.strip()
    if _wrapped(value) and "," in value and re.search(r"\sand\s", value):
        value = value[1:-1]  # Braces about the whole list keep no name together.
    start = depth = 0
    for found in re.finditer(r"[{}]|\s+and\s+", value):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth == 0 and found[0] not in "{}":
            yield value[start : found.start()]
            start = found.end()
    yield value[start:]


def _author(value: str) -> str:
    """A name in braces of its own is that of a group, unless a comma parts it into family and given names."""
    plain = unlatex(value)
    return whole(plain) if _wrapped(value.strip()) and "," not in plain and " " in plain else plain


def _wrapped(value: str) -> bool:
    return value.startswith("{") and _closing(value + "}", 1) == len(value) - 1


def _entries(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while found := re.compile(r"@\s*(\w+)\s*[{(]").search(text, at):
        end = _closing(text, found.end())
        yield found[1].lower(), text[found.end() : end]
        at = end + 1


def _closing(text: str, start: int) -> int:
    depth = 1
    for i in range(start, len(text)):
        if text[i - 1] == "\\":
            continue
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if depth == 0 or (depth == 1 and text[i] == ")" and text[start - 1] == "("):
            return i
    line = text.count("\n", 0, start) + 1
    raise ValueError(f"the entry that begins in line {line} is never closed")


def _values(body: str, strings: dict[str, str]) -> Iterator[tuple[str, str]]:
    at = 0
    while found := re.compile(r"\s*,?\s*([\w-]+)\s*=\s*").match(body, at):
        at, parts = found.end(), []
        while True:
            value, at = _value(body, at, strings)
            parts.append(value)
            joined = re.compile(r"\s*#\s*").match(body, at)
            if not joined:
                break
            at = joined.end()
        yield found[1].lower(), "".join(parts)


def _value(body: str, at: int, strings: dict[str, str]) -> tuple[str, int]:
    if at < len(body) and body[at] == "{":
        end = _closing(body, at + 1)
        return body[at + 1 : end], end + 1
    if at < len(body) and body[at] == '"':
        depth, i = 0, at + 1
        while i < len(body) and (body[i] != '"' or depth):
            depth += {"{": 1, "}": -1}.get(body[i], 0)
            i += 1
        return body[at + 1 : i], i + 1
    found = re.compile(r"[^,\s#]*").match(body, at)
    word = found[0] if found else ""
    return strings.get(word.lower(), word), at + len(word)


def unlatex(text: str) -> str:
    r"""LaTeX's accents as letters, without braces and kinds of type.

    >>> unlatex(r'D{\'{o}}mez, {\"O}hman \& {DBT} -- \o'), unlatex(r"A \emph{BPD} {\it trial}")
    ('Dómez, Öhman & DBT – ø', 'A BPD trial')
    """
    text = re.sub(r"\\([\"'`^~=.]|[cvuHkr](?=[\s{]))\s*\{?\s*\\?([A-Za-z])\s*\}?", _accent, text)
    text = re.sub(r"\\(ss|ae|AE|oe|aa|AA|o|O|l|i)(?![A-Za-z])\s*", lambda found: _LETTERS[found[1]], text)
    text = re.sub(
        r"\\(?:emph|text[a-z]{2,}|math[a-z]{2,}|(?:it|bf|em|sc|sl|rm|tt)(?:shape|series|family)?)(?=[\s{])", "", text
    )
    text = re.sub(r"\\([&%$#_])", r"\1", text).replace("---", "—").replace("--", "–").replace("~", " ")
    return " ".join(re.sub(r"[{}]", "", text).split())


def _accent(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", found[2] + _ACCENTS[found[1]])
