"""`forwhom fit mixed`: a mixed model from a formula."""

from __future__ import annotations

import json
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from forwhom.cli.fit import Table
from forwhom.cli.fit_table import read_table
from forwhom.cli.options import AsJson
from forwhom.cli.printing import out, stop_with

if TYPE_CHECKING:
    import polars as pl

    from forwhom.problems import Problem


class DegreesOfFreedom(StrEnum):
    """How tests of fixed effects account for estimated variances."""

    SATTERTHWAITE = "satterthwaite"
    KENWARD_ROGER = "kenward-roger"
    NORMAL = "normal"


class Family(StrEnum):
    """Distribution of the outcome."""

    GAUSSIAN = "gaussian"
    BINOMIAL = "binomial"
    POISSON = "poisson"
    NEGATIVE_BINOMIAL = "negative_binomial"


class Link(StrEnum):
    """What the predictors add up to, of a binomial outcome."""

    LOGIT = "logit"
    PROBIT = "probit"
    CLOGLOG = "cloglog"


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
    family: Annotated[
        Family, typer.Option(help="Distribution of the outcome: binomial for 0 and 1, the last two for counts.")
    ] = Family.GAUSSIAN,
    link: Annotated[Link | None, typer.Option(help="Link of a binomial outcome, by default logit.")] = None,
    points: Annotated[
        int, typer.Option(min=1, max=100, help="Quadrature points; 1 for the approximation of Laplace.")
    ] = 1,
    population: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Shares or counts of the population by this column.")
    ] = None,
    profile: Annotated[bool, typer.Option("--profile", help="Profile likelihood intervals.")] = False,
    level: Annotated[float, typer.Option(metavar="P", help="Level of all intervals.")] = 0.95,
    as_json: AsJson = False,
) -> None:
    """Mixed model from a formula: fixed effects with small-sample tests, random effects, what is singular in words."""
    from forwhom.problems import ProblemsFound

    first = _references(reference or [], as_json)
    try:
        table = read_table(data)
        if family is Family.GAUSSIAN:
            if link or points != 1 or population:
                stop_with([_counts_only()], as_json, code=2)
            from forwhom.models import mixed as fit_mixed

            made = fit_mixed(
                formula,
                table,
                reml=not ml,
                df=df.value,
                weights=weights,
                ar1=ar1 or False,
                car1=car1,
                reference=first,
                profile=profile,
                level=level,
            )
            said, text = made.as_dict(), made.summary()
        else:
            if ar1 or car1 or df is DegreesOfFreedom.KENWARD_ROGER:
                stop_with([_gaussian_only()], as_json, code=2)
            said, text = _generalised(formula, table, family, link, points, weights, first, profile, level, population)
    except ProblemsFound as found:
        stop_with([_placed(problem, data.name) for problem in found.problems], as_json)
    if as_json:
        print(json.dumps(said, ensure_ascii=False, indent=2))
    else:
        out.print(text, markup=False, highlight=False, soft_wrap=True)


def _generalised(
    formula: str,
    table: pl.DataFrame,
    family: Family,
    link: Link | None,
    points: int,
    weights: str | None,
    reference: dict[str, str],
    profile: bool,
    level: float,
    population: str | None,
) -> tuple[dict[str, Any], str]:
    """A binary outcome or a count: what is written as JSON, and what is printed."""
    from forwhom.models.mixed_effects.generalised import generalised
    from forwhom.models.mixed_effects.generalised_words import population_lines
    from forwhom.models.mixed_effects.result import plain

    made = generalised(
        formula,
        table,
        family=cast('Literal["binomial", "poisson", "negative_binomial"]', family.value),
        link=link.value if link else None,
        quadrature_points=points,
        weights=weights,
        reference=reference,
        profile=profile,
        level=level,
    )
    said, text = made.as_dict(), made.summary()
    if population:
        means = made.population_means(population)
        said["population"] = [plain(each) for each in means]
        text = "\n".join([text, "", *population_lines(made, population, means)])
    return said, text


def _counts_only() -> Problem:
    from forwhom.problems import Problem

    found = "--link, --points and --population belong to binary outcomes and counts"
    return Problem("model-option", "Add --family binomial or another.", found=found)


def _gaussian_only() -> Problem:
    from forwhom.problems import Problem

    found = "--ar1, --car1 and --df kenward-roger are for linear mixed models"
    return Problem("model-option", "Leave them out.", found=found)


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
