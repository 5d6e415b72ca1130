"""A record as JSON text and back, without loss.

The text is made to be compared: keys stand in the order in which the types declare them, and lists of numbers stay on
one line, so that two reports of one study differ only in the lines whose numbers differ.
"""

from __future__ import annotations

import json
import math
import operator
import sys
import types
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from forwhom.findings.consistent import inconsistencies
from forwhom.findings.model import Record
from forwhom.problems import Problem, ProblemsFound

VERSION = "1.3"
"""Of the record's format: 1.1 added `Record.person`, `Finding.reason`, and kinds of details for whom and for one person; 1.2
`StudyCard.simulated`, and kinds of details of how it works and of structure;
1.3 `StudyCard.about` and `facts`, for records that are not of a study.

A new major number means that an older reader would misunderstand the file.
"""

_KIND = "kind"
_LINE = 118


# ── to JSON ──────────────────────────────────────────────────────────────────────────────────────


def to_json(record: Record) -> str:
    """The record as JSON text, ending in a line break.

    Payloads whose type is one of several (a finding's detail) carry the name of their class under ``"kind"``.

    Raises ValueError, naming the place, for a number that is not finite (JSON has none; absent is None) and for a
    value that is not plain.
    """
    plain = _plain(record, "record")
    text = _layout(plain, "", ascii_only=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = _layout(plain, "", ascii_only=True)
    return text + "\n"


def _plain(value: object, where: str) -> object:
    """Dicts, lists and scalars only; every refusal names the place."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{where} is {value}: a record keeps finite numbers only. Use None and say why.")
        return float(value)
    if is_dataclass(value) and not isinstance(value, type):
        members = {f.name: _plain(getattr(value, f.name), f"{where}.{f.name}") for f in fields(value)}
        return {_KIND: type(value).__name__, **members} if type(value) in _tagged() else members
    if isinstance(value, tuple):
        return [_plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise ValueError(f"{where} has the key {key!r}: keys of a record are texts.")
        return {key: _plain(item, f"{where}[{key!r}]") for key, item in value.items()}
    try:
        return operator.index(cast("Any", value))
    except TypeError:
        raise ValueError(
            f"{where} is a {type(value).__name__}: a record keeps plain numbers, texts and tuples. Convert it first."
        ) from None


def _layout(value: object, indent: str, *, ascii_only: bool) -> str:
    """One line for what is short or a list of scalars, one line per member otherwise."""
    if isinstance(value, dict):
        inner = [
            f"{_ENCODE[ascii_only](key)}: {_layout(item, indent + ' ', ascii_only=ascii_only)}"
            for key, item in value.items()
        ]
        return _braces("{", "}", inner, indent)
    if isinstance(value, list):
        if not any(isinstance(item, dict | list) for item in value):
            return _ENCODE[ascii_only](value)
        return _braces("[", "]", [_layout(item, indent + " ", ascii_only=ascii_only) for item in value], indent)
    return _ENCODE[ascii_only](value)


_ENCODE = {only: json.JSONEncoder(ensure_ascii=only).encode for only in (False, True)}


def _braces(opening: str, closing: str, inner: list[str], indent: str) -> str:
    if len(indent) + sum(map(len, inner)) + 2 * len(inner) <= _LINE and not any("\n" in item for item in inner):
        return f"{opening}{', '.join(inner)}{closing}"
    lines = f",\n{indent} ".join(inner)
    return f"{opening}\n{indent} {lines}\n{indent}{closing}"


# ── from JSON ────────────────────────────────────────────────────────────────────────────────────


def from_json(text: str) -> Record:
    """The record that `to_json` wrote: ``from_json(to_json(record)) == record``.

    Raises ProblemsFound with everything that is wrong: text that is not JSON, a newer format, fields that are missing
    or of the wrong kind, and what does not fit together (see `consistent.inconsistencies`). A newer minor version may
    have added fields: these are passed over.
    """
    record = parsed(text)
    wrong = inconsistencies(record)
    if wrong:
        raise ProblemsFound(wrong)
    return record


def parsed(text: str) -> Record:
    """As `from_json`, but whether lists fit together is not looked at."""
    try:
        plain = json.loads(text, parse_constant=_refuse_constant)
    except ValueError as error:
        raise ProblemsFound([_not_json(error)]) from error
    except RecursionError as error:
        raise ProblemsFound([_not_json(ValueError("nested too deeply"))]) from error
    newer_minor = _check_version(plain)
    reader = _Reader(pass_over_unknown=newer_minor)
    record = reader.read(Record, plain, "record")
    if reader.problems:
        raise ProblemsFound(reader.problems)
    return cast("Record", record)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number in JSON")


def _not_json(error: ValueError) -> Problem:
    do = "Give the findings.json that forwhom wrote, or make it anew with forwhom report."
    if isinstance(error, json.JSONDecodeError):
        place = f"character {error.colno}"
        return Problem("not-json", do, row=error.lineno, column=place, found=f"not JSON: {error.msg}")
    return Problem("not-json", do, found=f"not JSON: {error}")


def _check_version(plain: object) -> bool:
    """True when the file's minor version is newer than ours; raises for a file that cannot be understood."""
    version = plain.get("version") if isinstance(plain, dict) else None
    major, minor = map(int, VERSION.split("."))
    parts = version.split(".") if isinstance(version, str) else []
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) < 9 for part in parts):
        raise ProblemsFound(
            [
                Problem(
                    "not-a-record",
                    "Give the findings.json that forwhom wrote.",
                    column="version",
                    found=f"{_shortened(version)} is not the version of a findings record",
                    possible=f"{major}.0 to {VERSION}",
                )
            ]
        )
    if int(parts[0]) != major:
        newer = int(parts[0]) > major
        raise ProblemsFound(
            [
                Problem(
                    "record-version",
                    "Install a newer forwhom to read it." if newer else "Make the record anew with forwhom report.",
                    column="version",
                    found=f"the record has format {version}",
                    possible=f"{major}.0 to {VERSION}",
                )
            ]
        )
    return int(parts[1]) > minor


@dataclass(slots=True)
class _Reader:
    """Reads plain values into types, and keeps every problem it meets."""

    pass_over_unknown: bool
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, where: str, value: object, expected: str) -> None:
        self.problems.append(
            Problem(
                "record-field",
                "Make the record anew with forwhom report; it is not meant to be edited by hand.",
                column=where,
                found=f"{_shortened(value)} is not {expected}",
                possible=expected,
            )
        )

    def read(self, hint: Any, value: object, where: str) -> object:
        return _how_to_read(hint)(self, value, where)

    def read_dataclass(self, kind: type, value: object, where: str) -> object:
        if not isinstance(value, dict):
            self.wrong(where, value, f"an object ({kind.__name__})")
            return None
        hints = _hints(kind)
        known: dict[str, object] = {}
        before = len(self.problems)
        for f in fields(kind):
            if f.name in value:
                known[f.name] = self.read(hints[f.name], value[f.name], f"{where}.{f.name}")
            elif f.default is MISSING and f.default_factory is MISSING:
                self.wrong(f"{where}.{f.name}", None, f"there; {kind.__name__} needs it")
        if not self.pass_over_unknown:
            for name in value.keys() - hints.keys() - {_KIND}:
                self.wrong(f"{where}.{name}", name, f"a field of {kind.__name__}")
        return kind(**known) if len(self.problems) == before else None

    def read_one_of(self, kinds: tuple[type, ...], value: object, where: str) -> object:
        names = {kind.__name__: kind for kind in kinds}
        name = value.get(_KIND) if isinstance(value, dict) else None
        if not isinstance(name, str) or name not in names:
            self.wrong(f"{where}.{_KIND}", name, "one of " + ", ".join(names))
            return None
        return self.read(names[name], value, where)


_How = Callable[[_Reader, object, str], object]


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


@cache
def _how_to_read(hint: Any) -> _How:
    """The reading function of a type, made once per type."""
    if hint in _SCALARS:
        return _scalar(hint)
    if is_dataclass(hint):
        kind = cast("type", hint)
        return lambda reader, value, where: reader.read_dataclass(kind, value, where)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return _literal(arguments)
    if origin in (Union, types.UnionType):
        return _union(arguments)
    if origin is tuple:
        return _same_items(arguments[0]) if arguments[1:] == (...,) else _each_item(arguments)
    if origin is dict and arguments[0] is str:
        return _mapping(arguments[1])
    raise TypeError(f"a record cannot keep values of type {hint}")


_SCALARS: dict[Any, tuple[tuple[type, ...], str]] = {
    str: ((str,), "a text"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a finite number"),
    bool: ((bool,), "true or false"),
    type(None): ((type(None),), "null"),
}


def _scalar(hint: Any) -> _How:
    allowed, expected = _SCALARS[hint]

    def read(reader: _Reader, value: object, where: str) -> object:
        fits = type(value) in allowed and not (isinstance(value, float) and not math.isfinite(value))
        fits = fits and not (hint is float and isinstance(value, int) and abs(value) > sys.float_info.max)
        if not fits:
            reader.wrong(where, value, expected)
        return value

    return read


def _literal(allowed: tuple[object, ...]) -> _How:
    def read(reader: _Reader, value: object, where: str) -> object:
        if not any(type(value) is type(item) and value == item for item in allowed):
            reader.wrong(where, value, "one of " + ", ".join(map(str, allowed)))
        return value

    return read


def _union(members: tuple[Any, ...]) -> _How:
    rest = tuple(member for member in members if member is not type(None))
    optional = len(rest) < len(members)
    if len(rest) > 1 and not all(is_dataclass(member) for member in rest):
        raise TypeError(f"a record cannot tell {members} apart")
    one = _how_to_read(rest[0]) if len(rest) == 1 else None

    def read(reader: _Reader, value: object, where: str) -> object:
        if value is None and optional:
            return None
        return one(reader, value, where) if one else reader.read_one_of(rest, value, where)

    return read


def _same_items(item: Any) -> _How:
    how = _how_to_read(item)

    def read(reader: _Reader, value: object, where: str) -> object:
        if not isinstance(value, list):
            reader.wrong(where, value, "a list")
            return ()
        return tuple(how(reader, member, f"{where}[{index}]") for index, member in enumerate(value))

    return read


def _each_item(items: tuple[Any, ...]) -> _How:
    hows = tuple(_how_to_read(item) for item in items)

    def read(reader: _Reader, value: object, where: str) -> object:
        if not isinstance(value, list) or len(value) != len(hows):
            reader.wrong(where, value, f"a list of {len(hows)}")
            return ()
        pairs = zip(hows, value, strict=True)
        return tuple(how(reader, member, f"{where}[{index}]") for index, (how, member) in enumerate(pairs))

    return read


def _mapping(item: Any) -> _How:
    how = _how_to_read(item)

    def read(reader: _Reader, value: object, where: str) -> object:
        if not isinstance(value, dict):
            reader.wrong(where, value, "an object")
            return {}
        return {key: how(reader, member, f"{where}[{key!r}]") for key, member in value.items()}

    return read


@cache
def _tagged() -> frozenset[type]:
    """Classes that stand where several are possible, and therefore carry their name."""
    tagged: set[type] = set()
    seen: set[Any] = set()

    def visit(hint: Any) -> None:
        if hint in seen:
            return
        seen.add(hint)
        if is_dataclass(hint):
            for inner in _hints(cast("type", hint)).values():
                visit(inner)
        if get_origin(hint) in (Union, types.UnionType):
            several = [member for member in get_args(hint) if is_dataclass(member)]
            tagged.update(cast("list[type]", several) if len(several) > 1 else ())
        for inner in get_args(hint):
            if isinstance(inner, type) or get_origin(inner) is not None:
                visit(inner)

    visit(Record)
    return frozenset(tagged)


def _shortened(value: object) -> str:
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}…"
