"""Collector: everything found while a study is read, kept until the end and given all at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from forwhom.problems import Problem, Severity
from forwhom.study.model import SetAside

SHOWN = 20
"""Problems of one kind in one column that are listed one by one; the rest becomes one line with its count."""


class Collector:
    """Collects problems and rows set aside; never raises.

    >>> found = Collector()
    >>> found.rows("not-a-number", "Correct it.", file="a.csv", column="bdi", rows=range(2, 32), found=["'x'"] * 30)
    >>> [(p.row, p.count) for p in found.problems][-2:]
    [(21, 1), (22, 10)]
    """

    def __init__(self) -> None:
        self._problems: list[Problem] = []
        self._set_aside: list[SetAside] = []

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All of them, in the order found; the same one is kept once."""
        return tuple(dict.fromkeys(self._problems))

    @property
    def set_aside(self) -> tuple[SetAside, ...]:
        """Rows that were read and cannot be used."""
        return tuple(self._set_aside)

    @property
    def failed(self) -> bool:
        """Whether anything found so far stops the work."""
        return any(problem.severity == "error" for problem in self._problems)

    def add(self, problem: Problem) -> None:
        """Keep one problem."""
        self._problems.append(problem)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Keep several."""
        self._problems.extend(problems)

    def rows(
        self,
        code: str,
        do: str,
        *,
        file: str,
        column: str | None,
        rows: Sequence[int],
        found: Sequence[str] | str,
        possible: str = "",
        severity: Severity = "error",
    ) -> None:
        """Keep one problem per row; beyond the first `SHOWN` one problem stands for the rest, counted exactly."""
        if not rows:
            return
        texts = [found] * min(len(rows), SHOWN + 1) if isinstance(found, str) else found
        each = [
            Problem(code, do, file, int(row), column, text, possible, severity)
            for row, text in zip(rows[: SHOWN + 1], texts, strict=False)
        ]
        if len(rows) > SHOWN + 1:
            rest = len(rows) - SHOWN
            each[SHOWN] = replace(each[SHOWN], count=rest, found=f"{each[SHOWN].found}, and {rest - 1} more like it")
        self._problems.extend(each)

    def aside(
        self, table: str, why: str, *, code: str, do: str, file: str, rows: Sequence[int], column: str | None = None
    ) -> None:
        """Set rows aside: they are listed with the study, and one notice carries their number."""
        if not rows:
            return
        ordered = tuple(sorted(int(row) for row in rows))
        self._set_aside.append(SetAside(table=table, file=file, rows=ordered, why=why))
        what = "1 row set aside" if len(ordered) == 1 else f"{len(ordered)} rows set aside"
        self._problems.append(
            Problem(code, do, file, ordered[0], column, f"{what}: {why}", severity="notice", count=len(ordered))
        )


def listed(names: Iterable[str], most: int = 12) -> str:
    """Names for a sentence, the first dozen of them.

    >>> listed(["a", "b"])
    'a, b'
    """
    names = list(names)
    tail = f" … ({len(names) - most} more)" if len(names) > most else ""
    return ", ".join(names[:most]) + tail


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant.

    >>> nearest("tretment", ["id", "treatment"])
    'treatment'
    """
    import difflib

    known = list(known)
    folded = {each.casefold(): each for each in reversed(known)}
    close = difflib.get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def file_meant(name: str, known: Iterable[str]) -> str:
    """A question about a file, from its name alone: that two files end alike says nothing.

    >>> file_meant("score.csv", ["persons.csv", "scores.csv"]), file_meant("m.csv", ["p.csv"])
    ("Did you mean 'scores.csv'? ", '')
    """
    stems = {each.rpartition(".")[0] or each: each for each in known}
    near = nearest(name.rpartition(".")[0] or name, stems)
    return f"Did you mean '{stems[near]}'? " if near else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question to put before the advice, or nothing.

    >>> did_you_mean("tretment", ["id", "treatment"])
    "Did you mean 'treatment'? "
    """
    near = nearest(name, known)
    return f"Did you mean '{near}'? " if near else ""


def short(value: object, most: int = 30) -> str:
    """A cell in quotes, cut so that no free text of a person is shown at length."""
    text = str(value)
    return f"'{text}'" if len(text) <= most else f"'{text[: most - 1]}…'"
