"""`forwhom fit graded-response`: the trait behind graded answers."""

from __future__ import annotations

import json
from dataclasses import replace
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated

import typer

from forwhom.cli.fit import Table
from forwhom.cli.fit_table import read_table
from forwhom.cli.options import AsJson, Seed
from forwhom.cli.printing import out, stop_with

if TYPE_CHECKING:
    from collections.abc import Sequence


class PersonScore(StrEnum):
    """How persons are scored."""

    EAP = "eap"
    MAP = "map"
    ML = "ml"
    WLE = "wle"


def graded_response(
    data: Table,
    item: Annotated[
        list[str], typer.Option(metavar="COLUMN", help="An item; may be repeated. q* stands for all that begin with q.")
    ],
    group: Annotated[str | None, typer.Option(metavar="COLUMN", help="Common scale by group.")] = None,
    free: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="Item free to act differently by group; may be repeated.")
    ] = None,
    dif: Annotated[bool, typer.Option("--dif", help="Which items act differently between the groups.")] = False,
    anchor: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="With --dif, an item known to act alike; may be repeated."),
    ] = None,
    person: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="With --dif, who stands in several rows; one row each is drawn."),
    ] = None,
    scores: Annotated[
        PersonScore,
        typer.Option(help="Person scores: expected a posteriori, its mode, maximum or weighted likelihood."),
    ] = PersonScore.EAP,
    seed: Seed = 20260101,
    as_json: AsJson = False,
) -> None:
    """Graded response model by marginal maximum likelihood: items, person scores, reliability, item fit, overall fit, differing items."""
    import numpy as np

    from forwhom import models
    from forwhom.problems import Problem, ProblemsFound

    if (dif and group is None) or ((anchor or person) and not dif):
        what = "--dif needs --group" if dif else "--anchor and --person go with --dif"
        stop_with([Problem("option", "Name the groups, or leave the option out.", found=what)], as_json)
    try:
        table = read_table(data)
        items = _expanded(item, table.columns)
        if dif and group is not None:
            found = models.differential_functioning(
                table, items, group, anchors=anchor or (), person=person, rng=np.random.default_rng(seed)
            )
            made, text = found.as_dict(), found.summary
        else:
            fitted = models.graded_response(table, items, group=group, free=free or (), scores=scores.value)
            made, text = fitted.as_dict(), fitted.summary
    except ProblemsFound as found_wrong:
        stop_with([replace(problem, file=problem.file or data.name) for problem in found_wrong.problems], as_json)
    if as_json:
        print(json.dumps(made, ensure_ascii=False, indent=2))
    else:
        out.print(text(), markup=False, highlight=False, soft_wrap=True)


def _expanded(given: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Patterns with * as the columns they stand for, in the order of the table; names as they are."""
    made: list[str] = []
    for name in given:
        found = [column for column in columns if fnmatchcase(column, name)] if "*" in name else []
        made += [each for each in found if each not in made] or [name]
    return made
