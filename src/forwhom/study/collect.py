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
