"""`forwhom fit mediation`: through what a treatment acts."""

from __future__ import annotations

import json
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Literal

import typer

from forwhom.cli.fit import Table
from forwhom.cli.fit_table import read_table
from forwhom.cli.options import AsJson, Seed
from forwhom.cli.printing import out, stop_with


class Binary(StrEnum):
    """Link of a binary variable."""

    LOGIT = "logit"
    PROBIT = "probit"


class Interval(StrEnum):
    """Kind of interval."""

    PERCENTILE = "percentile"
    BCA = "bca"
    MONTE_CARLO = "monte-carlo"


INTERVALS: dict[Interval, Literal["percentile", "bca", "monte carlo"]] = {
    Interval.PERCENTILE: "percentile",
    Interval.BCA: "bca",
    Interval.MONTE_CARLO: "monte carlo",
}


class Slopes(StrEnum):
    """Slopes within persons."""

    FIXED = "fixed"
    RANDOM = "random"
    RANDOM_AB = "random-ab"


class Absent(StrEnum):
    """What is done about missing values."""

    LISTWISE = "listwise"
    FIML = "fiml"


def mediation(
    data: Table,
    treatment: Annotated[str, typer.Option(metavar="COLUMN", help="Two values, several arms, or a number.")],
    mediator: Annotated[list[str], typer.Option(metavar="COLUMN", help="A mediator; may be repeated.")],
    outcome: Annotated[str, typer.Option(metavar="COLUMN", help="The outcome.")],
    covariate: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="In every model; may be repeated.")
    ] = None,
    interaction: Annotated[bool, typer.Option("--interaction", help="Treatment by mediator interaction.")] = False,
    serial: Annotated[bool, typer.Option("--serial", help="Mediators act in the order given.")] = False,
    binary_outcome: Annotated[Binary | None, typer.Option(help="Model of a binary outcome.")] = None,
    binary_mediator: Annotated[Binary | None, typer.Option(help="Model of a binary mediator.")] = None,
    control: Annotated[str | None, typer.Option(metavar="VALUE", help="Arm the others are compared with.")] = None,
    arms: Annotated[bool, typer.Option("--arms", help="Numbers of the treatment are labels of arms.")] = False,
    cluster: Annotated[str | None, typer.Option(metavar="COLUMN", help="Groups that are drawn whole.")] = None,
    person: Annotated[str | None, typer.Option(metavar="COLUMN", help="Persons with several rows.")] = None,
    within: Annotated[bool, typer.Option("--within", help="Separate parts within and between persons.")] = False,
    slopes: Annotated[Slopes, typer.Option(help="Slopes within persons.")] = Slopes.FIXED,
    missing: Annotated[
        Absent, typer.Option(help="Rows without missing values, or every observed value (fiml).")
    ] = Absent.LISTWISE,
    interval: Annotated[Interval | None, typer.Option(help="Kind of interval.")] = None,
    draws: Annotated[int, typer.Option(min=1, help="Draws for the intervals.")] = 2000,
    level: Annotated[float, typer.Option(help="Level of the intervals.")] = 0.95,
    seed: Seed = 20260101,
    as_json: AsJson = False,
) -> None:
    """Mediation: direct and indirect effects, their intervals, and how strong an unmeasured common cause would have to be."""
    import numpy as np

    from forwhom import models
    from forwhom.problems import ProblemsFound

    try:
        made = models.mediation(
            read_table(data),
            treatment=treatment,
            mediator=mediator,
            outcome=outcome,
            covariates=tuple(covariate or ()),
            interaction=interaction,
            serial=serial,
            binary_outcome=binary_outcome.value if binary_outcome else None,
            binary_mediator=binary_mediator.value if binary_mediator else None,
            control=control,
            arms=arms,
            cluster=cluster,
            person=person,
            within=within,
            slopes=slopes.value,
            missing=missing.value,
            interval=INTERVALS[interval] if interval is not None else None,
            draws=draws,
            level=level,
            rng=np.random.default_rng(seed),
        )
    except ProblemsFound as found:
        stop_with([replace(each, file=data.name if each.column else each.file) for each in found.problems], as_json)
    if as_json:
        print(json.dumps(made.as_dict(), ensure_ascii=False, indent=2))
    else:
        out.print(made.summary(), markup=False, highlight=False, soft_wrap=True)
