"""`forwhom fit`: one model, one table, no study."""

from __future__ import annotations

import json
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forwhom.cli.fit_table import read_table, read_text
from forwhom.cli.options import AsJson, Seed
from forwhom.cli.printing import out, stop_with

if TYPE_CHECKING:
    from forwhom.problems import Problem

fit = typer.Typer(
    help="Fit one model to one table: text in, every parameter out.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

Table = Annotated[Path, typer.Argument(metavar="DATA", help="CSV, TSV, Parquet, SPSS (.sav) or Excel file.")]


class MissingValues(StrEnum):
    """What is done about missing values."""

    FIML = "fiml"
    LISTWISE = "listwise"


@fit.callback()
def models() -> None:
    """Fit one model to one table: text in, every parameter out."""


@fit.command()
def sem(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Text file in the syntax of lavaan.")],
    data: Table,
    group: Annotated[str | None, typer.Option(metavar="COLUMN", help="Fit by group.")] = None,
    equal: Annotated[
        list[str] | None,
        typer.Option(metavar="WHAT", help="Equal across groups: loadings, intercepts, residuals …; may be repeated."),
    ] = None,
    missing: Annotated[
        MissingValues, typer.Option(help="Every observed value (fiml), or persons without missing values.")
    ] = MissingValues.FIML,
    robust: Annotated[bool, typer.Option("--robust", help="Robust standard errors and tests (MLR).")] = False,
    std_lv: Annotated[bool, typer.Option("--std-lv", help="Latent variances 1 instead of first loadings 1.")] = False,
    growth: Annotated[bool, typer.Option("--growth", help="Intercepts of indicators 0 and latent means free.")] = False,
    bootstrap: Annotated[int, typer.Option(min=0, help="Draws for percentile intervals; 0 for none.")] = 0,
    seed: Seed = 20260101,
    as_json: AsJson = False,
) -> None:
    """Structural equation model by maximum likelihood: estimates, standard errors, intervals, tests and indices of fit."""
    import numpy as np

    from forwhom.models import sem as fit_sem
    from forwhom.problems import ProblemsFound

    wrong: list[Problem] = []
    text, table = "", None
    try:
        text = read_text(model)
    except ProblemsFound as found:
        wrong += found.problems
    try:
        table = read_table(data)
    except ProblemsFound as found:
        wrong += found.problems
    if wrong:
        stop_with(wrong, as_json)
    try:
        made = fit_sem(
            text,
            table,
            group=group,
            missing=missing.value,
            robust=robust,
            kind="growth" if growth else "sem",
            std_lv=std_lv,
            group_equal=tuple(equal or ()),
            bootstrap=bootstrap,
            rng=np.random.default_rng(seed),
        )
    except ProblemsFound as found:
        stop_with([_placed(problem, model.name, data.name) for problem in found.problems], as_json)
    if as_json:
        print(json.dumps(made.as_dict(), ensure_ascii=False, indent=2))
    else:
        out.print(made.summary(), markup=False, highlight=False, soft_wrap=True)


def _placed(problem: Problem, model: str, data: str) -> Problem:
    """A problem with the file it is in: lines are the model's, columns the table's."""
    return replace(problem, file=model if problem.row is not None else data if problem.column else None)
