"""`forwhom evidence report`: everything asked of the ledger, as one page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forwhom.cli.evidence.shared import Folders, NoShipped, read_or_stop
from forwhom.cli.opening import open_page
from forwhom.cli.options import AsJson, OpenIt
from forwhom.cli.printing import print_findings, progress_bar, say, stop_with

if TYPE_CHECKING:
    from forwhom.evidence import Ledger
    from forwhom.findings import Record


def report(
    folders: Folders = None,
    no_shipped: NoShipped = False,
    to: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write.")] = Path("forwhom-evidence"),
    question: Annotated[
        list[str] | None, typer.Option("--question", metavar="NAME", help="Only this question; may be repeated.")
    ] = None,
    open_it: OpenIt = False,
    as_json: AsJson = False,
) -> None:
    """Ask the ledger everything and write evidence.html and findings.json, both or neither."""
    from forwhom.findings.record import to_json
    from forwhom.io.record import check_writable, write_together
    from forwhom.problems import ProblemsFound
    from forwhom.report.render import render

    page, data = to / "evidence.html", to / "findings.json"
    read = read_or_stop(folders, no_shipped, as_json)
    try:
        check_writable([data, page])
    except ProblemsFound as found:
        stop_with(found.problems, as_json)
    record = _answered(read, tuple(question or ()), as_json)
    text = to_json(record)
    try:
        write_together({data: text, page: render(record, text)})
    except ProblemsFound as found:
        stop_with(found.problems, as_json)
    if as_json:
        sys.stdout.write(text)
    else:
        print_findings(record)
        say("Report:   ", page)
        say("Findings: ", data)
    if open_it:
        open_page(page)


def _answered(read: Ledger, questions: tuple[str, ...], as_json: bool) -> Record:
    """Ask, with a bar on the error stream."""
    from forwhom.analysis.evidence.answer import answer
    from forwhom.problems import ProblemsFound

    with progress_bar() as bar:
        job = bar.add_task("Asking the ledger", total=None)

        def progress(done: int, total: int, name: str) -> None:
            bar.update(job, completed=done, total=total, description=f"{name:<30}")

        try:
            return answer(read, questions=questions, progress=progress)
        except ProblemsFound as found:
            stop_with(found.problems, as_json, code=2)
