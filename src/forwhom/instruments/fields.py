"""Values taken from a TOML table, or `Wrong` with what would have been possible."""

from __future__ import annotations

import math
from typing import Any, TypeVar

Table = dict[str, Any]
Word = TypeVar("Word", bound=str)


class Wrong(Exception):
    """A value that cannot be used."""

    def __init__(self, key: str, found: str, possible: str) -> None:
        super().__init__(f"{key}: {found}; possible: {possible}")
        self.key, self.found, self.possible = key, found, possible


def _at(where: str, key: str) -> str:
    return f"{where}.{key}".lstrip(".")


def text(table: Table, key: str, longest: int = 80, default: str | None = None, where: str = "") -> str:
    """A text no longer than a label, unless the key is for explanations."""
    value = table.get(key, default)
    if not isinstance(value, str) or (not value and default is None):
        raise Wrong(_at(where, key), repr(value)[:40], "a text")
    if len(value) > longest:
        raise Wrong(_at(where, key), f"{len(value)} characters", f"at most {longest}; item wording has no place here")
    return value


def texts(table: Table, key: str, longest: int = 80, where: str = "") -> tuple[str, ...]:
    """A list of texts, empty when absent; one text stands for a list of one."""
    value = table.get(key, [])
    value = [value] if isinstance(value, str) else value
    if not isinstance(value, list):
        raise Wrong(_at(where, key), repr(value)[:40], "a list of texts")
    return tuple(text({key: entry}, key, longest, where=where) for entry in value)


def choice(table: Table, key: str, words: tuple[Word, ...], where: str = "") -> Word:
    """One of the given words."""
    value = table.get(key)
    for word in words:
        if value == word:
            return word
    raise Wrong(_at(where, key), repr(value)[:40], ", ".join(words))


def optional_number(table: Table, key: str, where: str = "") -> float | None:
    """A finite number, or None when absent."""
    value = table.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Wrong(_at(where, key), repr(value)[:40], "a number")
    return float(value)


def number(
    table: Table,
    key: str,
    *,
    default: float | None = None,
    low: float = -math.inf,
    high: float = math.inf,
    where: str = "",
) -> float:
    """A finite number within limits."""
    value = optional_number(table, key, where)
    value = default if value is None else value
    if value is None or not low <= value <= high:
        raise Wrong(_at(where, key), "absent" if value is None else f"{value:g}", f"a number from {low:g} to {high:g}")
    return value


def numbers(table: Table, key: str, where: str = "") -> tuple[float, ...]:
    """A list of numbers, empty when absent."""
    value = table.get(key, [])
    if not isinstance(value, list):
        raise Wrong(_at(where, key), repr(value)[:40], "a list of numbers")
    return tuple(number({key: entry}, key, where=where) for entry in value)


def flag(table: Table, key: str) -> bool:
    """True or false; false when absent."""
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise Wrong(key, repr(value)[:40], "true or false")
    return value


def positions(table: Table, key: str, k: int, where: str = "") -> tuple[int, ...]:
    """Item positions: a list of whole numbers, or a text such as "1-6, 9"; each once, within 1 to k."""
    value = table.get(key, [])
    found = _spelled(value, _at(where, key)) if isinstance(value, str) else value
    if not isinstance(found, list) or any(isinstance(i, bool) or not isinstance(i, int) for i in found):
        raise Wrong(_at(where, key), repr(value)[:40], 'positions such as [1, 2, 9] or "1-6, 9"')
    if any(not 1 <= i <= k for i in found):
        raise Wrong(_at(where, key), repr(value)[:40], f"positions from 1 to {k}")
    if len(set(found)) < len(found):
        raise Wrong(_at(where, key), "a position twice", "each position once")
    return tuple(found)


def _spelled(value: str, key: str) -> list[int]:
    found: list[int] = []
    for part in value.replace(",", " ").split():
        first, _, last = part.partition("-")
        if not first.isdigit() or not (last or first).isdigit():
            raise Wrong(key, repr(value)[:40], 'positions such as "1-6, 9"')
        found.extend(range(int(first), int(last or first) + 1))
    return found
