"""What every command prints: lines, problems, findings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn
from unicodedata import category

import typer
from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.progress import Progress

    from forwhom.findings import Finding, Record
    from forwhom.problems import Problem

# Names between colons are names: "coder:boom:" is no picture.
out = Console(emoji=False)
err = Console(stderr=True, emoji=False)


def shown_as_text(text: str) -> str:
    """What files and logs hold, with nothing that moves, colours, hides or turns round what a terminal shows.

    >>> shown_as_text("a\\x1b[31mb\\n")
    'a�[31mb\\n'
    """
    return "".join(
        "\ufffd" if each in TURNING or (category(each) == "Cc" and each not in "\n\t") else each for each in text
    )


TURNING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
"""Marks that turn the direction of what follows."""


def say(text: str, path: Path | None = None) -> None:
    """One line as it is: names of the user's may hold square brackets, and a command must stay whole to be copied."""
    from rich.text import Text

    line = Text(shown_as_text(text))
    if path is not None:
        line.append(str(path), style="bold")
    out.print(line, soft_wrap=True, highlight=False)


def stop_with(problems: Sequence[Problem], as_json: bool = False, code: int = 1) -> NoReturn:
    """Print every problem and leave, with exit code 1 for what the user gave and 2 for wrong usage."""
    if as_json:
        print(json.dumps([problem.as_dict() for problem in problems], ensure_ascii=False, indent=2))
    else:
        print_problems(problems)
    raise typer.Exit(code)


def print_problems(problems: Sequence[Problem], to: Console = err) -> None:
    """What is wrong first, then what is only to be known."""
    wrong = [problem for problem in problems if problem.severity == "error"]
    notices = [problem for problem in problems if problem.severity != "error"]
    for kind, style, group in (("problem", "bold red", wrong), ("notice", "bold yellow", notices)):
        if group:
            to.print(f"[{style}]{len(group)} {kind}{'' if len(group) == 1 else 's'}[/]")
            for problem in group:
                to.print(shown_as_text(str(problem)), markup=False, highlight=False, soft_wrap=True)
            to.print()


MOST_PRINTED = 60
"""Findings a terminal can be asked to hold; of more, the planned ones are printed."""


def print_findings(record: Record) -> None:
    """The findings as a table of plain sentences; of very many the planned ones, with a word about the rest."""
    from rich.table import Table
    from rich.text import Text

    mark = "SIMULATED: " if record.study.simulated else ""
    table = Table(
        title=Text(f"{mark}{record.study.title}"), title_justify="left", show_header=False, show_lines=True, expand=True
    )
    arising = [finding for finding in record.findings if finding.status != "not_applicable"]
    shown = _printed(arising)
    for finding in shown:
        cell = Text(finding.id, style="cyan")
        cell.append(f"  {finding.registered}\n" if record.study.about == "study" else "\n", style="dim")
        cell.append(finding.statement, style="default" if finding.status == "answered" else "dim")
        if finding.would_take:
            cell.append(f" It would take: {finding.would_take}", style="dim")
        table.add_row(cell)
    out.print(table)
    quiet = len(record.findings) - len(arising)
    if quiet:
        out.print(f"{quiet} further questions do not arise in this study; the report says why.", style="dim")
    if len(shown) < len(arising):
        rest = len(arising) - len(shown)
        which = "the planned ones" if all(finding.registered == "planned" for finding in shown) else "the first"
        out.print(
            f"Shown are {which}. The report has {rest} more answers; --question NAME prints those of one kind.",
            style="dim",
        )
    if mark:
        out.print("This study is simulated: no such people exist.", style="bold")


def _printed(findings: list[Finding]) -> list[Finding]:
    if len(findings) <= MOST_PRINTED:
        return findings
    planned = [finding for finding in findings if finding.registered == "planned"]
    return (planned or findings)[:MOST_PRINTED]


def progress_bar() -> Progress:
    """What is being done, how far, how many of how many, how long: on the error stream, gone when done."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=err, transient=err.is_terminal)
