"""Reading a TOML table by a table of its keys: every unknown key and every wrong value becomes a Problem.

What needs words of a vocabulary is in `evidence.schema`.
Only the keys that are there cost time, so that a thousand files are read in a second.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from forwhom.problems import Problem, did_you_mean, listed, short

T = TypeVar("T")


@dataclass(slots=True)
class Found:
    """Problems of one file.

    see : the page that describes the file's keys, named in advice; "" where there is none
    """

    file: str
    problems: list[Problem] = field(default_factory=list, kw_only=True)
    see: str = field(default="", kw_only=True)

    @property
    def and_see(self) -> str:
        """The end of a sentence that names the page.

        >>> Found("case.toml", see="docs/design/case-log.md").and_see, Found("case.toml").and_see
        ('; see docs/design/case-log.md', '')
        """
        return f"; see {self.see}" if self.see else ""

    def add(self, code: str, key: str, found: str, do: str, possible: str = "") -> None:
        """Keep one problem."""
        self.problems.append(Problem(code, do, self.file, column=key, found=found, possible=possible))


class Refused(Exception):
    """A value that a reader does not accept."""

    def __init__(self, code: str, found: str, do: str, possible: str = "") -> None:
        super().__init__(found)
        self.problem = (code, found, do, possible)


Read = Callable[[Any, str, Found], Any]
"""From the value, the place of its table and the file's problems to what is kept; raises `Refused`."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one kind of table.

    make : the type that is built
    read : a reader per key
    required : advice per key that must be there
    """

    make: Callable[..., Any]
    read: Mapping[str, Read]
    required: Mapping[str, str] = field(default_factory=dict)

    def build(self, table: object, where: str, found: Found, **more: object) -> Any:
        """The built object, or None when something was wrong; all of it is told."""
        if not isinstance(table, Mapping):
            found.add(
                "wrong-type", where, f"{short(table)} is not a table", f"Write {where} as a table{found.and_see}."
            )
            return None
        values: dict[str, Any] = {}
        before = len(found.problems)
        at = f"{where} " if where else ""
        for key, value in table.items():
            read = self.read.get(key)
            if read is None:
                found.add(
                    "unknown-key",
                    f"{at}{key}",
                    "unknown key",
                    f"{did_you_mean(str(key), self.read)}Correct or remove it{found.and_see}.",
                    listed(self.read, 40),
                )
                continue
            try:
                values[key] = read(value, f"{at}{key}", found)
            except Refused as refused:
                code, what, do, possible = refused.problem
                found.add(code, f"{at}{key}", what, do, possible)
        for key, advice in self.required.items():
            if key not in table:
                found.add("missing-key", f"{at}{key}", f"{key} is not given", advice)
        if len(found.problems) > before:
            return None
        return self.make(**values, **more)


def text(value: Any, where: str, found: Found) -> str:
    """Text."""
    if isinstance(value, str):
        return value
    raise Refused("wrong-type", f"{short(value)} is not text", 'Write it in quotes: "…".')


def texts(value: Any, where: str, found: Found) -> tuple[str, ...]:
    """A list of texts; one text counts as a list of one."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    raise Refused("wrong-type", f"{short(value)} is not a list of texts", 'Write ["a", "b"].')


def number(value: Any, where: str, found: Found) -> float:
    """A finite number, kept as it was printed."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return value
    _unquoted(value)
    raise Refused("wrong-type", f"{short(value)} is not a number", "Write a plain number, such as 8 or 0.50.")


def above_zero(value: Any, where: str, found: Found) -> float:
    """A number above 0: a length, a step, how often."""
    made = number(value, where, found)
    if made > 0:
        return made
    raise Refused("wrong-value", f"{short(value)} is not above 0", "Write a number above 0, or leave it out.")


def _unquoted(value: Any) -> None:
    """Refuse a number that was written as text, with the number it means."""
    if isinstance(value, str) and re.fullmatch(r"\s*[-+]?\d+(\.\d+)?\s*", value):
        raise Refused("wrong-type", f"{short(value)} is written as text", f"Take the quotes away: {value.strip()}.")


def count(value: Any, where: str, found: Found) -> int:
    """A whole number, 0 or more."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    _unquoted(value)
    raise Refused("wrong-type", f"{short(value)} is not a count", "Write a whole number, 0 or more.")


def numbers(value: Any, where: str, found: Found) -> tuple[float, ...]:
    """A list of numbers."""
    if isinstance(value, list):
        return tuple(number(each, where, found) for each in value)
    raise Refused("wrong-type", f"{short(value)} is not a list of numbers", "Write [0, 6, 12].")


def flag(value: Any, where: str, found: Found) -> bool:
    """True or false."""
    if isinstance(value, bool):
        return value
    raise Refused("wrong-type", f"{short(value)} is not true or false", "Write true or false, without quotes.")


def date(value: Any, where: str, found: Found) -> dt.date:
    """A calendar day."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    raise Refused("wrong-type", f"{short(value)} is not a day", "Write a day without quotes: 2024-05-31.")


def scalar(value: Any, where: str, found: Found) -> Any:
    """Text, number, true or false."""
    if isinstance(value, (str, int, float)):
        return value
    raise Refused("wrong-type", f"{short(value)} is not one value", "Write text, a number, true or false.")


def mapping(read: Read) -> Read:
    """A table whose keys are free and whose values are of one kind."""

    def reader(value: Any, where: str, found: Found) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise Refused("wrong-type", f"{short(value)} is not a table", 'Write { key = "value" }.')
        return {str(key): read(each, where, found) for key, each in value.items()}

    return reader


def one_of(*allowed: str) -> Read:
    """One of a few words."""
    known = frozenset(allowed)

    def reader(value: Any, where: str, found: Found) -> str:
        if isinstance(value, str) and value in known:
            return value
        hint = did_you_mean(str(value), allowed)
        raise Refused("wrong-value", f"{short(value)} is not known", f"{hint}Choose one.", listed(allowed, 40))

    return reader


def inside(keys: Keys) -> Read:
    """A table below this one."""

    def reader(value: Any, where: str, found: Found) -> Any:
        return keys.build(value, where if " " in where else f"[{where}]", found)

    return reader


def rows(keys: Keys) -> Read:
    """A list of tables, ``[[results]]``; a problem names the row by its id where it has one."""

    def reader(value: Any, where: str, found: Found) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise Refused("wrong-type", f"{short(value)} is not a list of tables", f"Write [[{where}]] above each.")
        made = [keys.build(each, _place(where, i, each), found) for i, each in enumerate(value, 1)]
        return tuple(each for each in made if each is not None)

    return reader


def _place(where: str, i: int, table: object) -> str:
    name = table.get("id") if isinstance(table, Mapping) else None
    return f"[[{where}]] {name if isinstance(name, str) else i}"


def unique(values: Iterable[str], key: str, found: Found) -> None:
    """Tell of every id that is given twice."""
    seen: set[str] = set()
    for value in values:
        if value in seen:
            found.add("duplicate-id", f"{key} {value}", f"{short(value)} is there twice", "Give each its own id.")
        seen.add(value)


def required(keys: Sequence[str], advice: str) -> dict[str, str]:
    """The same advice for several keys."""
    return dict.fromkeys(keys, advice)
