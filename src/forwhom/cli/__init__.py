"""The command line: new, check, report, draw, person, fit, evidence, case, demo, version.

Exit codes: 0 fine, 1 problems in what the user gave, 2 wrong usage, 130 and 143 stopped.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forwhom.cli.case import case
from forwhom.cli.evidence import evidence
from forwhom.cli.fit import fit
from forwhom.cli.fit_graded_response import graded_response
from forwhom.cli.fit_mediation import mediation
from forwhom.cli.fit_mixed import mixed
from forwhom.cli.fit_recipe import recipe
from forwhom.cli.opening import open_page
from forwhom.cli.options import AsJson, OfCluster, OpenIt, Seed, StudyFolder, Workers
from forwhom.cli.person import person
from forwhom.cli.printing import err, out, print_problems, say, stop_with
from forwhom.cli.programme import programme
from forwhom.cli.reporting import write_report
from forwhom.cli.session import session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forwhom.problems import Problem

app = typer.Typer(
    name="forwhom",
    help="What works for whom, how it works, and in what company. A study folder goes in, an evidence report comes out.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_show_locals=False,
    epilog="Start with [bold]forwhom demo[/bold], or with [bold]forwhom new my-study --from data.csv[/bold].",
)


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make (or to put study.toml into).")],
    source: Annotated[
        Path, typer.Option("--from", metavar="FILE", help="CSV, TSV, Parquet, SPSS (.sav) or Excel file.")
    ],
    as_json: AsJson = False,
) -> None:
    """Write a commented study.toml from a data file, saying what was guessed and what to check."""
    from forwhom.io.new import guess_study, write_study
    from forwhom.problems import ProblemsFound

    try:
        guess = guess_study(source)
        written = write_study(folder, guess)
    except ProblemsFound as found:
        stop_with(found.problems, as_json)
    if as_json:
        print(json.dumps({"written": str(written), "guessed": guess.said, "check": guess.to_check}, ensure_ascii=False))
        return
    say("Written: ", written)
    for title, lines in (("Guessed", guess.said), ("Please check", guess.to_check)):
        if lines:
            out.print(f"\n[bold]{title}[/]")
            for line in lines:
                out.print(f"  • {line}", markup=False, highlight=False, soft_wrap=True)
    say(f"\nNext: edit it, then\n  forwhom check {folder}\n  forwhom report {folder}")


@app.command()
def check(study: StudyFolder, as_json: AsJson = False) -> None:
    """List every problem of a study folder at once: file, row, column, what was found, what was possible, what to do."""
    from forwhom.io.folder import read_and_score
    from forwhom.problems import ProblemsFound, errors

    try:
        problems: Sequence[Problem] = read_and_score(study).notices
    except ProblemsFound as found:
        problems = found.problems
    if as_json:
        print(json.dumps([problem.as_dict() for problem in problems], ensure_ascii=False, indent=2))
    elif problems:
        print_problems(problems, out)
    wrong = errors(problems)
    if wrong:
        raise typer.Exit(1)
    if not as_json:
        say(f"No problems in {study}: ready for\n  forwhom report {study}")


@app.command()
def report(
    study: StudyFolder,
    to: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where to write; default STUDY/report.")
    ] = None,
    question: Annotated[
        list[str] | None,
        typer.Option("--question", metavar="NAME", help="Only this chapter, question or finding; may be repeated."),
    ] = None,
    workers: Workers = 1,
    cluster: OfCluster = None,
    seed: Seed = 20260101,
    to_ledger: Annotated[
        Path | None,
        typer.Option("--to-ledger", metavar="DIR", help="Add the study to a ledger of evidence, as a draft file."),
    ] = None,
    open_it: OpenIt = False,
    as_json: AsJson = False,
) -> None:
    """Answer what the study can answer and write report.html and findings.json, both or neither."""
    out_dir = to or study / "report"
    write_report(study, out_dir, tuple(question or ()), workers, cluster, seed, open_it, as_json, to_ledger)


app.command()(person)
fit.command("graded-response")(graded_response)
fit.command()(mixed)
fit.command("mediation")(mediation)
fit.command()(recipe)
app.add_typer(fit, name="fit")
app.add_typer(evidence, name="evidence")
app.add_typer(programme, name="programme")
app.add_typer(session, name="session")
app.add_typer(case, name="case")


@app.command()
def draw(
    findings: Annotated[Path, typer.Argument(metavar="FINDINGS", help="A findings.json.")],
    to: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Default: report.html beside it.")] = None,
    open_it: OpenIt = False,
) -> None:
    """Draw the report again from findings.json alone, without the study."""
    from forwhom.io.record import check_writable, read_record, write_together
    from forwhom.problems import ProblemsFound
    from forwhom.report.render import render

    page = to or findings.with_name("report.html")
    try:
        check_writable([page])
        write_together({page: render(read_record(findings))})
    except ProblemsFound as found:
        stop_with(found.problems)
    say("Report: ", page)
    if open_it:
        open_page(page)


@app.command()
def demo(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Which example study.")] = "beat-the-blues",
    to: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write.")] = Path("forwhom-demo"),
    open_it: OpenIt = False,
) -> None:
    """Run the report on a trial that ships with forwhom: a real one, or the simulated mbt-twin."""
    known = {folder.name: folder for folder in sorted(examples().iterdir()) if (folder / "study.toml").is_file()}
    if name not in known:
        err.print(f"There is no example {name!r}. There are: {', '.join(known)}.", markup=False)
        raise typer.Exit(2)
    write_report(known[name], to / name, (), 1, None, 20260101, open_it, False)


def examples() -> Path:
    """The folder of example studies: inside the installed package, or beside src/ in a checkout."""
    inside = Path(__file__).parents[1] / "examples"
    return inside if inside.is_dir() else Path(__file__).parents[3] / "examples"


@app.command()
def version(as_json: AsJson = False) -> None:
    """Versions of everything that can move a number."""
    from forwhom.analysis.asking import versions

    if as_json:
        print(json.dumps(versions(), indent=2))
        return
    for name, number in versions().items():
        out.print(f"{name:<12} {number}", highlight=False)


def main() -> None:
    """Entry point of the `forwhom` command."""
    app()
