"""`forwhom fit recipe`: the text of a usual design, to be read, changed and fitted."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from forwhom.cli.printing import out, stop_with


class Recipe(StrEnum):
    """The designs there are texts for."""

    LATENT_GROWTH = "latent-growth"
    LATENT_CHANGE = "latent-change"
    RI_CLPM = "ri-clpm"
    BIFACTOR = "bifactor"
    SECOND_ORDER = "second-order"


def recipe(
    name: Annotated[Recipe, typer.Argument(metavar="NAME", help="Which design.")],
    parts: Annotated[
        list[str],
        typer.Argument(metavar="PART...", help="NAME=COLUMN,COLUMN…: a score over time, or a facet and its items."),
    ],
    times: Annotated[
        str | None, typer.Option(metavar="NUMBERS", help="Times of the occasions (latent-growth).")
    ] = None,
    covariates: Annotated[
        str | None, typer.Option(metavar="COLUMNS", help="Predictors (latent-growth, ri-clpm).")
    ] = None,
    equal_lags: Annotated[bool, typer.Option("--equal-lags", help="The same paths at every wave (ri-clpm).")] = False,
    equal_residuals: Annotated[
        bool, typer.Option("--equal-residuals", help="The same residuals at every occasion.")
    ] = False,
    indirect: Annotated[
        str | None, typer.Option(metavar="A,B,C", help="Cause, mediator and outcome (ri-clpm).")
    ] = None,
    quadratic: Annotated[bool, typer.Option("--quadratic", help="A curve beside the slope (latent-growth).")] = False,
) -> None:
    """Print the text of a usual design, to be read, changed and fitted with `forwhom fit sem`."""
    from forwhom.models import recipes
    from forwhom.problems import Problem

    read = {key: _list(columns) for key, _, columns in (part.partition("=") for part in parts)}
    try:
        if not all(read.values()):
            raise ValueError("a part is written NAME=COLUMN,COLUMN, such as mood=mood1,mood2,mood3.")
        series = list(read.values())
        options: dict[str, Any] = {}
        if name in (Recipe.LATENT_GROWTH, Recipe.RI_CLPM):
            options = {"covariates": _list(covariates), "equal_residuals": equal_residuals}
        if name is Recipe.LATENT_GROWTH:
            at = [float(time) for time in _list(times)] if times else None
            text = recipes.latent_growth(series[0], at, quadratic=quadratic, **options)
        elif name is Recipe.LATENT_CHANGE:
            names = (*read, "other")[:2]
            text = recipes.latent_change(series[0], series[1] if len(series) > 1 else (), names=(names[0], names[1]))
        elif name is Recipe.RI_CLPM:
            through = _list(indirect)
            if through and len(through) != 3:
                raise ValueError("--indirect takes a cause, a mediator and an outcome, such as a,b,c.")
            chain = (through[0], through[1], through[2]) if through else None
            text = recipes.ri_clpm(read, equal_lags=equal_lags, indirect=chain, **options)
        else:
            text = (recipes.bifactor if name is Recipe.BIFACTOR else recipes.second_order)(read)
    except ValueError as why:
        stop_with([Problem("recipe", "See forwhom fit recipe --help.", found=str(why))])
    out.print(text, markup=False, highlight=False, soft_wrap=True)


def _list(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]
