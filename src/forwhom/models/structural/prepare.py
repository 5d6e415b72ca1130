"""Model text and data together: everything that is wrong with either, at once; else the table of parameters."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from forwhom.models.structural.data import check_columns, group_labels
from forwhom.models.structural.expression import used
from forwhom.models.structural.ordered_columns import ordered_equal, ordered_names, ordered_problems, ordered_sizes
from forwhom.models.structural.syntax import Row, parse_all
from forwhom.models.structural.table import Equal, Kind, Model, names, table
from forwhom.problems import Problem, ProblemsFound

EQUAL: dict[str, Equal] = {
    "loadings": "loadings",
    "intercepts": "intercepts",
    "residuals": "residuals",
    "means": "means",
    "lv.variances": "lv_variances",
    "lv_variances": "lv_variances",
    "regressions": "regressions",
    "thresholds": "thresholds",
}


def prepare(
    syntax: str,
    frame: pl.DataFrame,
    *,
    group: str | None = None,
    kind: Kind = "sem",
    std_lv: bool = False,
    fixed_x: bool = True,
    equal: Sequence[str] = (),
    ordered: Sequence[str] | bool = (),
    theta: bool = False,
    more: Sequence[Problem] = (),
) -> Model:
    """The model of a text for a table.

    ordered : columns that hold ordered answers, or True for everything that is explained; theta : their parameterisation
    more : problems found elsewhere, to be said with these

    Raises ProblemsFound with every line that cannot be read, every unknown name and every column that cannot be used.
    """
    rows, wrong = parse_all(syntax)
    wrong += more
    broken = " ".join(problem.found for problem in wrong)
    sizes: dict[str, int] = {}
    if rows:
        observed, _ = names(rows)
        for name in observed:
            # A factor whose =~ line could not be read is not an unknown column.
            if name not in frame.columns and not re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", broken):
                wrong.append(_unknown(name, rows, frame.columns))
        wrong += check_columns(frame, observed, group)
        wrong += _twice(rows)
        chosen = ordered_names(rows, observed, ordered)
        wrong += _impossible(rows)
        known = group is not None and group in frame.columns
        sizes, more = ordered_sizes(frame, chosen, observed, group if known else None)
        wrong += more + ordered_problems(rows, sizes, chosen, theta, fixed_x)
        wrong += _undefined(rows)
        for what in equal:
            if what not in EQUAL:
                do = f"Use {', '.join(key for key in EQUAL if '.' not in key)}."
                wrong.append(Problem("model-equal", do, found=f"'{what}' cannot be made equal across groups"))
        wrong += ordered_equal(equal, chosen, theta)
        count = len(group_labels(frame, group)) if known else 1
        wrong += _per_group(rows, count)
    if wrong:
        raise ProblemsFound(sorted(wrong, key=lambda each: each.row or len(syntax)))
    return table(
        rows,
        kind=kind,
        groups=max(1, count),
        std_lv=std_lv,
        fixed_x=fixed_x,
        equal=[EQUAL[what] for what in equal],
        sizes=sizes,
        theta=theta,
    )


def _unknown(name: str, rows: Sequence[Row], columns: Sequence[str]) -> Problem:
    line = next(row.line for row in rows if name in (row.left, row.right))
    return Problem(
        "model-unknown",
        "Correct the name, or make a column of that name.",
        row=line,
        found=f"'{name}' is neither a column of the data nor measured by =~",
        possible=", ".join(columns[:30]) + (" …" if len(columns) > 30 else ""),
    )


def _twice(rows: Sequence[Row]) -> list[Problem]:
    """Pairs about which two lines speak."""
    seen: dict[tuple[str, ...], int] = {}
    wrong = []
    for row in rows:
        if row.operator in (":=", "=="):
            continue
        pair = sorted((row.left, row.right)) if row.operator == "~~" else [row.left, row.right]
        key = (row.operator, *pair)
        if key in seen:
            wrong.append(
                Problem(
                    "model-twice",
                    "Keep one of the two.",
                    row=row.line,
                    found=f"{row.left} {row.operator} {row.right} stands already in line {seen[key]}",
                )
            )
        seen.setdefault(key, row.line)
    return wrong


def _impossible(rows: Sequence[Row]) -> list[Problem]:
    """Variables that explain themselves."""
    wrong = []
    for row in rows:
        if row.operator in ("=~", "~") and row.left == row.right:
            do = "Correct one of the two names."
            wrong.append(Problem("model-itself", do, row=row.line, found=f"{row.left} {row.operator} itself"))
    return wrong


def _undefined(rows: Sequence[Row]) -> list[Problem]:
    """Defined parameters and equations that are no arithmetic, or of labels nobody gave."""
    labels = {label for row in rows for label in row.label if label}
    every = labels | {row.left for row in rows if row.operator == ":="}
    wrong = []
    sides: tuple[str, ...]
    for row in rows:
        if row.operator == ":=":
            do, code, sides, known = (
                "Write arithmetic of labels, such as indirect := a*b.",
                "model-defined",
                (row.right,),
                labels,
            )
        elif row.operator == "==":
            do = "Write an equation of labels, such as a == b, b == 2*a or a == 0.5."
            code, sides, known = "model-equality", (row.left, row.right), every
        else:
            continue
        try:
            absent = list(dict.fromkeys(name for side in sides for name in used(side) if name not in known))
            quoted = ", ".join(f"'{name}'" for name in absent)
            found = f"{quoted} {'is no label' if len(absent) == 1 else 'are no labels'} of the model" if absent else ""
        except ValueError as why:
            found = str(why)
        if found:
            wrong.append(Problem(code, do, row=row.line, found=found, possible=", ".join(sorted(known))))
        if row.operator == ":=":
            labels.add(row.left)
    return wrong


def _per_group(rows: Sequence[Row], groups: int) -> list[Problem]:
    """Lists c(…) of another length than there are groups."""
    return [
        Problem(
            "model-groups",
            f"Give one entry, or {groups}.",
            row=row.line,
            found=f"c(…) of {row.left} {row.operator} {row.right} has {len(values)} entries for {groups} group"
            + "s" * (groups != 1),
        )
        for row in rows
        for values in (row.fixed, row.start, row.label)
        if len(values) not in (0, 1, groups)
    ]
