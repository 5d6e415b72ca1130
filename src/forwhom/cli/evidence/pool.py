"""`forwhom evidence pool`: effects of many studies as one."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forwhom.cli.evidence.shared import Folders, NoShipped, read_or_stop
from forwhom.cli.options import AsJson
from forwhom.cli.printing import out, print_problems, say, stop_with

if TYPE_CHECKING:
    from forwhom.findings import Finding, Record
    from forwhom.findings.kinds import PoolDetail


class Measure(StrEnum):
    """What effects are told as."""

    g = "g"
    rr = "rr"
    odds = "or"
    rd = "rd"


def pool(
    outcome: Annotated[
        str, typer.Option(metavar="WORD", help="Only this outcome; a broader word takes its parts.")
    ] = "",
    treatment: Annotated[str, typer.Option(metavar="WORD", help="Only this treatment, or family of treatments.")] = "",
    control: Annotated[str, typer.Option(metavar="WORD", help="Only against this kind of comparison.")] = "",
    disorder: Annotated[str, typer.Option(metavar="WORD", help="Only people with this disorder.")] = "",
    time: Annotated[str, typer.Option(metavar="WORD", help="Only at this time: during, post or follow-up.")] = "",
    measure: Annotated[
        Measure | None,
        typer.Option(
            help="Standardised difference, risk ratio, odds ratio or risk difference; else what suits the numbers."
        ),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="A table of trials in Metapsy format instead of the ledger."),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TRAIT", help="Pool the levels of a trait beside each other: control, format …; may be repeated."
        ),
    ] = None,
    moderator: Annotated[
        list[str] | None,
        typer.Option(metavar="TRAIT", help="Regress effects on a trait: dose, severity, year …; may be repeated."),
    ] = None,
    rho: Annotated[
        float, typer.Option(min=0.0, max=0.95, help="Assumed correlation of effects on the same people.")
    ] = 0.5,
    page: Annotated[Path | None, typer.Option("--page", metavar="FILE", help="Write it as a page, drawn.")] = None,
    folders: Folders = None,
    no_shipped: NoShipped = False,
    as_json: AsJson = False,
) -> None:
    """Pool effects: how large, how sure, what a new study may find, what it hangs on, why studies differ."""
    from forwhom.analysis.evidence.choosing import Choice
    from forwhom.analysis.evidence.pool_record import pool_record
    from forwhom.analysis.evidence.pooling import Wish
    from forwhom.findings.record import to_json
    from forwhom.problems import ProblemsFound

    read = read_or_stop(folders, no_shipped, as_json)
    given: dict[str, Any] = {}
    if source is not None:
        from forwhom.io.metapsy import read_metapsy

        try:
            trials = read_metapsy(source, read.vocabulary)
        except ProblemsFound as found:
            stop_with(found.problems, as_json)
        given = {
            "table": trials, "name": trials.name, "comparisons": trials.comparisons, "notices": trials.notices,
        }  # fmt: skip
    choice = Choice(outcome, treatment, control, disorder, time)
    wish = Wish(measure.value if measure else None, tuple(by or ()), tuple(moderator or ()), rho)
    try:
        record = pool_record(read, choice, wish, **given)
    except ProblemsFound as found:
        stop_with(found.problems, as_json, code=2)
    if page is not None:
        _write(record, page, as_json)
    if as_json:
        sys.stdout.write(to_json(record))
        return
    if given.get("notices"):
        print_problems(given["notices"], out)
    _print(record.findings[0])
    if page is not None:
        say("Page: ", page)


def _write(record: Record, page: Path, as_json: bool) -> None:
    from forwhom.io.record import check_writable, write_together
    from forwhom.problems import ProblemsFound
    from forwhom.report.render import render

    try:
        check_writable([page])
        write_together({page: render(record)})
    except ProblemsFound as found:
        stop_with(found.problems, as_json)


def _print(finding: Finding) -> None:
    from forwhom.findings.kinds import PoolDetail

    say(finding.statement)
    if finding.would_take:
        say(f"It would take: {finding.would_take}")
    if isinstance(finding.detail, PoolDetail):
        _effects(finding.detail)
        _parts(finding.detail)
        _looks(finding.detail)
    for left in finding.population.left_out:
        say(f"Left out: {left.n} {left.of if left.n > 1 else left.of.removesuffix('s')}: {left.why}")
    for caution in finding.cautions:
        say(f"Caution: {caution.text}")


def _effects(detail: PoolDetail) -> None:
    from rich.table import Table
    from rich.text import Text

    from forwhom.report.pictures.evidence.pool_forest import said

    table = Table("Study", "Compared", f"{detail.measure.capitalize()} (interval)", "Weight", box=None, pad_edge=False)
    for row in detail.rows:
        table.add_row(
            Text(row.study, style="cyan"),
            Text(row.arms),
            Text(said(row.effect, detail)),
            f"{abs(round(100 * row.weight, 1)):.1f} %" if row.weight > -0.0005 else f"{100 * row.weight:.1f} %",
        )
    out.print(table)
    say(f"Below no difference: {detail.sides[0]}. Above: {detail.sides[1]}.")


def _parts(detail: PoolDetail) -> None:
    from forwhom.report.pictures.evidence.pool_forest import said

    for split in detail.splits:
        say(f"By {split.trait}{f' ({split.note})' if split.note else ''}:")
        for level in split.levels:
            say(
                f"  {level.level}: {said(level.effect, detail)}, {level.samples} {'sample' if level.samples == 1 else 'samples'}"
            )
        if split.unknown:
            say(f"  Not told: {split.unknown} {'sample' if split.unknown == 1 else 'samples'}, in none of these.")
        say(
            "  "
            + (
                f"Not tested: {split.declined}."
                if split.declined
                else f"Difference between {', '.join(split.tested)}: p = {split.p:.2f}."
            )
        )
    for slope in detail.slopes:
        note = f" ({slope.note})" if slope.note else ""
        if slope.declined:
            say(f"By {slope.trait}{note}: no regression, {slope.declined}.")
        else:
            kind = "factor" if detail.log else "change"
            r2 = (
                ""
                if slope.explained is None
                else f", {100 * slope.explained:.0f} % of the variance between effects explained"
            )
            say(
                f"By {slope.trait}{note}: {kind} {said(slope.per, detail)} for {slope.step:g} more, p = {slope.p:.2f}, "
                f"{slope.samples} samples{r2}."
            )


def _p(p: float) -> str:
    return "p below 0.01" if p < 0.005 else f"p = {p:.2f}"


def _looks(detail: PoolDetail) -> None:
    from forwhom.report.pictures.evidence.pool_forest import said

    if detail.without:
        values = sorted(detail.without, key=lambda each: each.effect.value or 0.0)
        say(
            f"One sample left out: from {said(values[0].effect, detail)} without {values[0].study} "
            f"to {said(values[-1].effect, detail)} without {values[-1].study}."
        )
    if detail.tests and all(test.declined for test in detail.tests):
        say(f"Small-study tests: none, {detail.tests[0].declined}.")
        return
    for test in detail.tests:
        p = "" if test.p is None else f", {_p(test.p)}"
        after = "" if test.adjusted.value is None else f"; effect it would leave: {said(test.adjusted, detail)}"
        say(f"{test.name}: {test.declined or test.says + p + after}.")
