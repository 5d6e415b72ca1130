"""`forwhom fit`: one model, one table, no study."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forwhom.cli.fit_table import read_table, read_text
from forwhom.cli.options import AsJson, Seed
from forwhom.cli.printing import out, stop_with

if TYPE_CHECKING:
    from forwhom.models.structural.modification import Modification
    from forwhom.models.structural.result import Missing, Sem
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
    PAIRWISE = "pairwise"


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
    ladder: Annotated[bool, typer.Option("--ladder", help="Every step of invariance across the groups.")] = False,
    ordered: Annotated[
        str | None, typer.Option(metavar="COLUMNS", help="Ordered answers, separated by commas; all for every one.")
    ] = None,
    theta: Annotated[
        bool, typer.Option("--theta", help="Fix residual variances of ordered answers instead of scales.")
    ] = False,
    missing: Annotated[
        MissingValues | None,
        typer.Option(
            help="Every observed value (fiml), persons without missing values, or pairs (ordered answers).",
            show_default=False,
        ),
    ] = None,
    robust: Annotated[bool, typer.Option("--robust", help="Robust standard errors and tests (MLR).")] = False,
    std_lv: Annotated[bool, typer.Option("--std-lv", help="Latent variances 1 instead of first loadings 1.")] = False,
    growth: Annotated[bool, typer.Option("--growth", help="Intercepts of indicators 0 and latent means free.")] = False,
    modification: Annotated[
        bool, typer.Option("--modification", help="Also what the model leaves out: modification indices.")
    ] = False,
    bootstrap: Annotated[int, typer.Option(min=0, help="Draws for percentile intervals; 0 for none.")] = 0,
    seed: Seed = 20260101,
    as_json: AsJson = False,
) -> None:
    """Structural equation model: estimates, standard errors, intervals, tests and indices of fit."""
    import numpy as np

    from forwhom.models import invariance
    from forwhom.models import sem as fit_sem
    from forwhom.problems import Problem, ProblemsFound

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
    if ladder and (group is None or equal or growth or bootstrap or modification):
        do = "Give --group, and none of --equal, --growth, --bootstrap and --modification."
        wrong.append(Problem("ladder", do, found="--ladder fits every step across groups itself"))
    if wrong:
        stop_with(wrong, as_json)
    chosen = ordered == "all" or tuple(part.strip() for part in (ordered or "").split(",") if part.strip())
    handling: Missing | None = missing.value if missing is not None else None
    try:
        if ladder and group is not None:
            steps = invariance(text, table, group, missing=handling, robust=robust, std_lv=std_lv, ordered=chosen)
            _printed(steps.as_dict() if as_json else str(steps))
            return
        made = fit_sem(
            text,
            table,
            group=group,
            missing=handling,
            robust=robust,
            ordered=chosen,
            parameterisation="theta" if theta else "delta",
            kind="growth" if growth else "sem",
            std_lv=std_lv,
            group_equal=tuple(equal or ()),
            bootstrap=bootstrap,
            rng=np.random.default_rng(seed),
        )
    except ProblemsFound as found:
        stop_with([_placed(problem, model.name, data.name) for problem in found.problems], as_json)
    indices = _modification(made) if modification else None
    if as_json:
        _printed(made.as_dict() | ({} if indices is None else {"modification": [asdict(each) for each in indices]}))
    else:
        _printed(made.summary())
        if indices is not None:
            _printed(_modification_text(indices))


def _printed(what: str | dict[str, Any]) -> None:
    """A text as it is, or plain values as JSON."""
    if isinstance(what, str):
        out.print(what, markup=False, highlight=False, soft_wrap=True)
    else:
        print(json.dumps(what, ensure_ascii=False, indent=2))


def _modification(made: Sem) -> tuple[Modification, ...]:
    from forwhom.models import modification

    return modification(made) if made.converged else ()


def _modification_text(indices: tuple[Modification, ...]) -> str:
    """What the model leaves out, largest first."""
    if not indices:
        return "\nModification indices: none of 3.84 or more."
    width = max(46, *(len(each.name) + 2 for each in indices))
    lines = [
        "",
        f"{'Modification indices (explore, do not trust)':<{width}}{'group':>10}{'index':>10}{'change':>10}{'std':>9}",
    ]
    for each in indices:
        std = "" if each.standardised is None else f"{each.standardised:.3f}"
        what = f"{each.name}{' (released)' if each.what == 'release' else ''}"
        lines.append(f"{what:<{width}}{each.group or '':>10}{each.index:>10.3f}{each.change:>10.3f}{std:>9}")
    return "\n".join(lines)


def _placed(problem: Problem, model: str, data: str) -> Problem:
    """A problem with the file it is in: lines are the model's, columns the table's."""
    return replace(problem, file=model if problem.row is not None else data if problem.column else None)
