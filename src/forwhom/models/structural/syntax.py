"""Model syntax (that of the R package lavaan) as rows: what stands left, the operator, what stands right, and how it is marked.

visual =~ x1 + x2 + x3        # measured by
y ~ a*x + z                   # regressed on; a is a label
y ~~ 0*z                      # (co)variance, here fixed
y ~ 1                         # intercept
indirect := a*b               # defined
a == b                        # equal; also b == 2*a, a == b + c, a == 0.5
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from forwhom.problems import Problem, ProblemsFound

Operator = Literal["=~", "~", "~~", "~1", ":=", "==", "~*~", "|"]
NAME = r"[A-Za-z_.\u00c0-\uffff][\w.\u00c0-\uffff]*"
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$")
_CALL = re.compile(r"(start|equal|label)\((.*)\)$", re.DOTALL)
_OPERATORS = ("=~", "~~", ":=", "==", "~*~", "~", "|")
_UNKNOWN = {"<~": "formative (composite) variables", "<": "inequalities", ">": "inequalities", "%": "blocks"}


@dataclass(frozen=True, slots=True)
class Row:
    """One statement about one pair of variables.

    fixed, start, label : one entry per group, or one for all; None where not given; `free` marks NA*x
    line : in the text, from 1
    """

    left: str
    operator: Operator
    right: str
    line: int
    fixed: tuple[float | None, ...] = ()
    start: tuple[float | None, ...] = ()
    label: tuple[str | None, ...] = ()
    free: bool = False


def parse(text: str) -> tuple[Row, ...]:
    """Rows of a model text, in order.

    Raises ProblemsFound with every line that cannot be read.

    >>> [(row.left, row.operator, row.right, row.label) for row in parse("y ~ a*x + z")]
    [('y', '~', 'x', ('a',)), ('y', '~', 'z', ())]
    """
    rows, wrong = parse_all(text)
    if wrong:
        raise ProblemsFound(wrong)
    return tuple(rows)


def parse_all(text: str) -> tuple[list[Row], list[Problem]]:
    """Rows of the lines that can be read, and a problem for each that cannot."""
    rows: list[Row] = []
    wrong: list[Problem] = []
    for line, statement in _statements(text):
        try:
            rows += _merged(_statement(statement, line))
        except ValueError as why:
            wrong.append(
                Problem(
                    "model-syntax",
                    "Correct the line. Operators are =~ ~ ~~ ~1 := and ==.",
                    row=line,
                    found=f"{why}: {statement}",
                )
            )
    if not rows and not wrong:
        wrong.append(
            Problem("model-syntax", "Write at least one line, such as f =~ x1 + x2 + x3.", found="the model is empty")
        )
    return rows, wrong


def _statements(text: str) -> list[tuple[int, str]]:
    """Statements with the line each begins on: a line that ends or begins with an operator goes on."""
    made: list[tuple[int, str]] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        for part in re.split(r"[#!]", raw)[0].split(";"):
            part = part.strip()
            if not part:
                continue
            goes_on = made and (re.search(r"[+*~=]$", made[-1][1]) or part[0] in "+*")
            if goes_on:
                made[-1] = (made[-1][0], f"{made[-1][1]} {part}")
            else:
                made.append((number, part))
    return made


def _statement(text: str, line: int) -> list[Row]:
    for sign, what in _UNKNOWN.items():
        if sign == "<~" and sign in text:
            raise ValueError(f"{what} ({sign}) are not known here")
        if sign in text and not any(op in text for op in ("=~", "~", ":=", "==")):
            raise ValueError(f"{what} ({sign}) are not known here")
    operator = next((op for op in _OPERATORS if op in text), None)
    if operator is None:
        raise ValueError("no operator")
    left, right = (side.strip() for side in text.split(operator, 1))
    if not left or not right:
        raise ValueError(f"nothing stands {'before' if not left else 'after'} {operator}")
    if operator in (":=", "=="):
        return [Row(left, operator, right, line)]  # type: ignore[arg-type] # one of the two
    rows = []
    for name in (each.strip() for each in left.split("+")):
        if not re.fullmatch(NAME, name):
            raise ValueError(f"'{name}' is no name of a variable")
        rows += [_term(name, operator, term.strip(), line) for term in _split(right, "+")]
    return rows


def _term(left: str, operator: str, term: str, line: int) -> Row:
    *marks, variable = (part.strip() for part in _split(term, "*"))
    if operator == "~" and variable in ("1", "0"):
        row = Row(left, "~1", "", line, fixed=(0.0,) if variable == "0" else ())
    elif re.fullmatch(NAME, variable):
        row = Row(left, operator, variable, line)  # type: ignore[arg-type] # one of _OPERATORS
    else:
        raise ValueError(f"'{variable}' is no name of a variable")
    for mark in marks:
        row = _marked(row, mark)
    return row


def _marked(row: Row, mark: str) -> Row:
    """A row with one modifier: number, NA, label, start(), equal(), or c() of these per group."""
    call = _CALL.match(mark)
    if call and call.group(1) == "start":
        return replace(row, start=tuple(_number(part) for part in _several(call.group(2))))
    if call:
        return replace(row, label=tuple(part.strip("\"' ") for part in _several(call.group(2))))
    parts = _several(mark)
    numbers = [_number(part) if part != "NA" else None for part in parts if _NUMBER.match(part) or part == "NA"]
    if len(numbers) == len(parts):
        return replace(row, fixed=tuple(numbers), free=row.free or all(part == "NA" for part in parts))
    labels = [part.strip("\"'") for part in parts]
    for label in labels:
        if not re.fullmatch(NAME, label):
            raise ValueError(f"'{label}' is neither a number nor a label")
    return replace(row, label=tuple(None if label == "NA" else label for label in labels))


def _several(text: str) -> list[str]:
    text = text.strip()
    if text.startswith("c(") and text.endswith(")"):
        return [part.strip() for part in text[2:-1].split(",")]
    return [text]


def _number(text: str) -> float:
    if not _NUMBER.match(text.strip()):
        raise ValueError(f"'{text}' is no number")
    return float(text)


def _split(text: str, sign: str) -> list[str]:
    """Split at a sign that stands outside brackets."""
    parts, depth, part = [], 0, ""
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == sign and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += letter
    return [*parts, part]


def _merged(rows: list[Row]) -> list[Row]:
    """One row per pair: `start(1)*x + a*x` says two things about the same one."""
    made: dict[tuple[str, str, str], Row] = {}
    for row in rows:
        key = (row.left, row.operator, row.right)
        if key in made:
            old = made[key]
            made[key] = replace(
                old,
                fixed=row.fixed or old.fixed,
                start=row.start or old.start,
                label=row.label or old.label,
                free=row.free or old.free,
            )
        else:
            made[key] = row
    return list(made.values())
