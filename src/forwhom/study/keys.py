"""Keys: one TOML table (or dict) read key by key, every wrong or unknown key becoming a Problem."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any

from forwhom.problems import Problem, did_you_mean, listed, short
from forwhom.study.collect import Collector


class Keys:
    """Reads the keys of one table. What was not asked for at the end is unknown and is reported.

    where : how the user finds the table, e.g. ``"[[tables.measures]] 2"``
    file : ``"study.toml"``, or the name of the argument
    """

    def __init__(self, table: object, where: str, file: str, found: Collector) -> None:
        self.where, self.file, self.found = where, file, found
        self._asked: dict[str, None] = {}
        self._table: Mapping[str, Any] = {}
        if isinstance(table, Mapping):
            self._table = table
        else:
            found.add(
                Problem(
                    "wrong-type",
                    f"Write {where} as a table with keys below it.",
                    file,
                    column=where,
                    found=f"{short(table)} is not a table",
                )
            )

    def __contains__(self, key: str) -> bool:
        return key in self._table

    def problem(self, code: str, key: str | None, found: str, do: str, possible: str = "") -> None:
        """Report something about a key."""
        column = f"{self.where} {key}" if key else self.where
        self.found.add(Problem(code, do, self.file, column=column, found=found, possible=possible))

    def raw(self, key: str) -> Any:
        """The value as it stands, or None."""
        self._asked[key] = None
        return self._table.get(key)

    def text(self, key: str, *, required: str = "", among: Sequence[str] = ()) -> str | None:
        """Text. `required` is the advice given when it is missing; `among` the only values there are."""
        value = self.raw(key)
        if value is None:
            if required:
                self.problem("missing-key", key, f"{key} is not given", required)
            return None
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            self.problem("wrong-type", key, f"{short(value)} is not text", f'Write it in quotes: {key} = "…".')
            return None
        value = str(value)
        if among and value not in among:
            hint = did_you_mean(value, among)
            self.problem("wrong-value", key, f"{short(value)} is not known", f"{hint}Choose one.", listed(among))
            return None
        return value

    def number(self, key: str) -> float | None:
        """A finite number."""
        value = self.raw(key)
        return None if value is None else self.as_number(key, value)

    def flag(self, key: str, default: bool = False) -> bool:
        """True or false."""
        value = self.raw(key)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self.problem("wrong-type", key, f"{short(value)} is not true or false", f"Write {key} = true.")
        return default

    def date(self, key: str) -> dt.date | None:
        """A calendar day."""
        value = self.raw(key)
        if isinstance(value, dt.datetime):
            return value.date()
        if value is None or isinstance(value, dt.date):
            return value
        try:
            return dt.date.fromisoformat(str(value))
        except ValueError:
            self.problem("wrong-type", key, f"{short(value)} is not a day", f"Write {key} = 2024-05-31, no quotes.")
            return None

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; a single text counts as a list of one."""
        value = self.raw(key)
        if value is None:
            return ()
        if isinstance(value, str):
            return (value,)
        if isinstance(value, Sequence) and all(isinstance(each, str) for each in value):
            return tuple(value)
        self.problem("wrong-type", key, f"{short(value)} is not a list of names", f'Write {key} = ["a", "b"].')
        return ()

    def numbers(self, key: str) -> tuple[float, ...]:
        """A list of numbers."""
        value = self.raw(key)
        if value is None:
            return ()
        if not isinstance(value, Sequence) or isinstance(value, str):
            self.problem("wrong-type", key, f"{short(value)} is not a list of numbers", f"Write {key} = [0, 2, 8].")
            return ()
        numbers = [self.as_number(key, each) for each in value]
        return tuple(number for number in numbers if number is not None)

    def mapping(self, key: str) -> dict[str, Any]:
        """A table below this one, its keys as text."""
        value = self.raw(key)
        if value is None:
            return {}
        if isinstance(value, Mapping):
            return {str(name): each for name, each in value.items()}
        self.problem("wrong-type", key, f"{short(value)} is not a table", f'Write {key} = {{ "name" = … }}.')
        return {}

    def text_by_text(self, key: str) -> dict[str, str]:
        """A table of texts, e.g. codes and their meaning."""
        return {
            name: str(each)
            for name, each in self.mapping(key).items()
            if not self._nested(key, name, each) and self._plain(key, name, each)
        }

    def number_by_text(self, key: str) -> dict[str, float]:
        """A table of numbers, e.g. columns and their times."""
        numbers = {
            name: self.as_number(key, each)
            for name, each in self.mapping(key).items()
            if not self._nested(key, name, each)
        }
        return {name: number for name, number in numbers.items() if number is not None}

    def texts_by_number(self, key: str) -> dict[float, tuple[str, ...]]:
        """A table of lists whose keys are numbers in quotes, e.g. times and their item columns."""
        lists: dict[float, tuple[str, ...]] = {}
        for name, each in self.mapping(key).items():
            time = self.as_number(key, name)
            if not isinstance(each, Sequence) or isinstance(each, str) or not all(isinstance(i, str) for i in each):
                self.problem(
                    "wrong-type", key, f"{short(each)} is not a list of columns", f'Write "{name}" = ["a", "b"].'
                )
            elif time is not None:
                lists[time] = tuple(each)
        return lists

    def as_number(self, key: str, value: object) -> float | None:
        """A number, also from a key in quotes; anything else is a problem of `key`."""
        try:
            if isinstance(value, bool):
                raise ValueError
            number = float(value)  # type: ignore[arg-type]  # refused below if no number
        except (TypeError, ValueError):
            number = math.nan
        if math.isfinite(number):
            return number
        self.problem("wrong-type", key, f"{short(value)} is not a number", "Write a plain number, such as 8 or 0.5.")
        return None

    def finish(self) -> None:
        """Report every key nobody asked for."""
        for key in self._table:
            if key not in self._asked:
                hint = did_you_mean(str(key), self._asked)
                self.problem(
                    "unknown-key", str(key), "unknown key", f"{hint}Correct or remove it.", listed(self._asked)
                )

    def _nested(self, key: str, name: str, value: object) -> bool:
        if isinstance(value, Mapping):
            inner = f"{name}.{next(iter(value), '…')}"
            self.problem(
                "wrong-type",
                key,
                f"{name} is a table of its own",
                f'A column name with a dot needs quotes: "{inner}" = …',
            )
            return True
        return False

    def _plain(self, key: str, name: str, value: object) -> bool:
        if isinstance(value, (list, dict)):
            self.problem("wrong-type", key, f"{name} = {short(value)}", "Write text in quotes.")
            return False
        return True
