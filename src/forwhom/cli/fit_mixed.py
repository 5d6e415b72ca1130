"""`forwhom fit mixed`: a mixed model from a formula."""

from __future__ import annotations

import json
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from forwhom.cli.fit import Table
from forwhom.cli.fit_table import read_table
from forwhom.cli.options import AsJson
from forwhom.cli.printing import out, stop_with

if TYPE_CHECKING:
    from forwhom.problems import Problem


class DegreesOfFreedom(StrEnum):
    """How tests of fixed effects account for estimated variances."""

    SATTERTHWAITE = "satterthwaite"
    KENWARD_ROGER = "kenward-roger"
    NORMAL = "normal"


def mixed(
    formula: Annotated[
        str, typer.Argument(metavar="FORMULA", help='In the syntax of lme4: "bdi ~ month * arm + (month | id)".')
    ],
    data: Table,
    ml: Annotated[bool, typer.Option("--ml", help="Maximum likelihood instead of restricted (REML).")] = False,
    df: Annotated[
        DegreesOfFreedom, typer.Option(help="Degrees of freedom of tests and intervals.")
    ] = DegreesOfFreedom.SATTERTHWAITE,
    weights: Annotated[str | None, typer.Option(metavar="COLUMN", help="Precision weights.")] = None,
    ar1: Annotated[
        str | None,
        typer.Option("--ar1", metavar="COLUMN", help="Whole-numbered times: residuals of a person are autoregressive."),
    ] = None,
    car1: Annotated[
        str | None, typer.Option("--car1", metavar="COLUMN", help="The same for times of any distance.")
    ] = None,
    reference: Annotated[
        list[str] | None,
        typer.Option(metavar="FACTOR=LEVEL", help="What other levels are compared with; may be repeated."),
    ] = None,
    profile: Annotated[bool, typer.Option("--profile", help="Profile likelihood intervals.")] = False,
    as_json: AsJson = False,
) -> None:
    """Mixed model from a formula: fixed effects with small-sample tests, random effects, what is singular in words."""
    from forwhom.models import mixed as fit_mixed
    from forwhom.problems import ProblemsFound

    first = _references(reference or [], as_json)
    try:
        made = fit_mixed(
            formula,
            read_table(data),
            reml=not ml,
            df=df.value,
            weights=weights,
            ar1=ar1 or False,
            car1=car1,
            reference=first,
            profile=profile,
        )
    except ProblemsFound as found:
        stop_with([_placed(problem, data.name) for problem in found.problems], as_json)
    if as_json:
        print(json.dumps(made.as_dict(), ensure_ascii=False, indent=2))
    else:
        out.print(made.summary(), markup=False, highlight=False, soft_wrap=True)


def _references(given: list[str], as_json: bool) -> dict[str, str]:
    from forwhom.problems import Problem

    wrong = [
        Problem("model-option", "Write --reference arm=TAU.", found=f"{each!r} names no level")
        for each in given
        if "=" not in each
    ]
    if wrong:
        stop_with(wrong, as_json, code=2)
    return {name: level for name, _, level in (each.partition("=") for each in given)}


def _placed(problem: Problem, data: str) -> Problem:
    """A problem with the file it is in, when it is a column's."""
    return replace(problem, file=data if problem.column and not problem.file else problem.file)
