"""Problem: where something is wrong, what was found, what was possible, what to do.

Every reader and every check collects all the problems it can find and raises them once. The same
`Problem` becomes a line in the terminal, a row in the report and an object in JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "notice"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with what the user gave.

    code : stable kebab-case name of the kind of problem, e.g. ``"value-out-of-range"``
    do : what to do about it, an imperative sentence
    file : name of the file (or data frame) as the user knows it; None when no file is to blame
    row : line as a spreadsheet shows it (the header is line 1); None when the whole file is meant
    column : column or TOML key
    found : what is there, shortened; never a person's free text
    possible : what would have been accepted
    severity : "error" stops the report; "notice" goes with the report (rows set aside, counted)
    count : how many rows this problem stands for, when many are alike
    """

    code: str
    do: str
    file: str | None = None
    row: int | None = None
    column: str | None = None
    found: str = ""
    possible: str = ""
    severity: Severity = "error"
    count: int = 1

    def __str__(self) -> str:
        """The terminal form: where, what was found, then what was possible and what to do.

        >>> print(Problem("unknown-arm", "Add it to [arms], or correct it here.", "btheb.csv", 4, "treatment",
        ...               "'TAX' is not an arm", "TAU, BtheB"))
        btheb.csv, row 4, treatment: 'TAX' is not an arm.
          Possible: TAU, BtheB. Add it to [arms], or correct it here.
        """
        where = ", ".join(
            part for part in (self.file, f"row {self.row}" if self.row is not None else None, self.column) if part
        )
        found = _sentence(self.found or self.code.replace("-", " "))
        first = f"{where}: {found}" if where else found
        # Some sentences carry their number already.
        if self.count > 1 and str(self.count) not in re.findall(r"\d+", found):
            first = f"{first} ({self.count} rows)"
        possible = f"Possible: {_sentence(self.possible)} " if self.possible else ""
        return f"{first}\n  {possible}{self.do}"

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return asdict(self)


def _sentence(text: str) -> str:
    """Text with a full stop, unless it ends in a mark of its own."""
    text = text.rstrip().rstrip(".")
    return text if text.endswith(("?", "!", "…")) else f"{text}."


class ProblemsFound(Exception):
    """Everything that is wrong with the input, all at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def errors(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Those that stop the work."""
    return tuple(problem for problem in problems if problem.severity == "error")


def raise_if_errors(problems: Iterable[Problem]) -> None:
    """Raise `ProblemsFound` with every problem, notices included, if at least one is an error."""
    problems = tuple(problems)
    if errors(problems):
        raise ProblemsFound(problems)


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
