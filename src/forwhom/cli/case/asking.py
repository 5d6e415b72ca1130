"""What is asked of a case, topic by topic, and the case page: `forwhom case assess`, `formulate`, `team`, `supervise`, `page`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forwhom.cli.case.shared import CaseFolder, Now, loaded_or_stop, stood
from forwhom.cli.case.telling import say_emergency
from forwhom.cli.opening import open_page
from forwhom.cli.options import AsJson, OpenIt
from forwhom.cli.printing import err, out, say, shown_as_text, stop_with
from forwhom.cli.programme.shared import Ledgers, NoShipped, ledger_or_stop

if TYPE_CHECKING:
    from forwhom.findings import Record
    from forwhom.report.picture import Table

Evidence = tuple[list[Path] | None, bool]
"""Ledgers of one's own, and whether the shipped one is left out."""
Simulated = Annotated[bool, typer.Option("--simulated", help="Nobody of it exists, and every page says so.")]


def assess(
    folder: CaseFolder,
    now: Now = None,
    ledgers: Ledgers = None,
    no_shipped: NoShipped = False,
    as_json: AsJson = False,
) -> None:
    """Say what the assessment finds: attachment strategies, mentalizing profile, triggers, and what the programme advises."""
    _tell(folder, ("strategies", "profile", "triggers", "guidance"), now, as_json, (ledgers, no_shipped))


def formulate(folder: CaseFolder, now: Now = None, as_json: AsJson = False) -> None:
    """Show the formulation: both voices side by side, how far they agree, every earlier version."""
    _tell(folder, ("formulation",), now, as_json)


def team(folder: CaseFolder, now: Now = None, as_json: AsJson = False) -> None:
    """Say how both components are attended, and what the team must still share and may share."""
    _tell(folder, ("team",), now, as_json)


def supervise(folder: CaseFolder, now: Now = None, as_json: AsJson = False) -> None:
    """List what supervision should speak of, the stance over rated sessions, and who is trained and supervised."""
    _tell(folder, ("agenda", "stance", "training"), now, as_json)


def page(
    folder: CaseFolder,
    to: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where to write; default CASE/page. It holds names.")
    ] = None,
    question: Annotated[
        list[str] | None, typer.Option("--question", metavar="NAME", help="Only this question; may be repeated.")
    ] = None,
    simulated: Simulated = False,
    now: Now = None,
    ledgers: Ledgers = None,
    no_shipped: NoShipped = False,
    open_it: OpenIt = False,
    as_json: AsJson = False,
) -> None:
    """Write the page for the team, case.html, and its findings.json, both or neither."""
    from forwhom.findings.record import to_json
    from forwhom.io.record import check_writable, write_together
    from forwhom.problems import ProblemsFound
    from forwhom.report.render import render

    out_folder = to or folder / "page"
    html, data = out_folder / "case.html", out_folder / "findings.json"
    record = _asked(folder, tuple(question or ()), now, as_json, (ledgers, no_shipped), simulated)
    text = to_json(record)
    try:
        check_writable([data, html])
        write_together({data: text, html: render(record, text)})
    except ProblemsFound as found:
        stop_with(found.problems, as_json)
    if as_json:
        sys.stdout.write(text)
    else:
        _say_findings(record, tables=False)
        say("Page:     ", html)
        say("Findings: ", data)
        _say_emergency(record)
    if open_it:
        open_page(html)


def _tell(
    folder: Path, questions: tuple[str, ...], now: str | None, as_json: bool, evidence: Evidence = (None, False)
) -> None:
    from forwhom.findings.record import to_json

    record = _asked(folder, questions, now, as_json, evidence)
    if as_json:
        sys.stdout.write(to_json(record))
    else:
        _say_findings(record, tables=True)
        _say_emergency(record)


def _say_emergency(record: Record) -> None:
    """The last line: alerts that wait, and how help is reached, as they stand at the top of the page."""
    from rich.text import Text

    from forwhom.analysis.programme.case_page import EMERGENCY, NONE_WAIT, WAITING

    facts = dict(record.study.facts)
    waiting = facts.get(WAITING, ())
    if waiting != NONE_WAIT:
        out.print(Text(shown_as_text(f"\n{WAITING}: {'; '.join(waiting)}"), style="bold"), soft_wrap=True)
    say("")
    say_emergency(facts.get(EMERGENCY, ()))


def _asked(
    folder: Path,
    questions: tuple[str, ...],
    now: str | None,
    as_json: bool,
    evidence: Evidence,
    simulated: bool = False,
) -> Record:
    from forwhom.analysis.programme.case_page import case_record, wanted
    from forwhom.problems import ProblemsFound, errors

    loaded, state = loaded_or_stop(folder, as_json)
    try:
        names = [question.name for question in wanted(questions)]
        ledger = ledger_or_stop(*evidence, as_json) if "case.guidance" in names else None
        state, at, _ = stood(loaded, state, now, as_json)
        simulated = simulated or state.opened.simulated
        record = case_record(state, at, questions=names, simulated=simulated, ledger=ledger, name=folder.resolve().name)
    except ProblemsFound as found:
        stop_with(found.problems, as_json, code=2)
    wrong = len(errors(loaded.problems))
    if wrong and not as_json:
        err.print(
            f"{wrong} problem{'' if wrong == 1 else 's'}: forwhom case check {folder}", style="yellow", markup=False
        )
    return record


def _say_findings(record: Record, *, tables: bool) -> None:
    from rich.text import Text

    from forwhom.report.picture import Names, Picture
    from forwhom.report.pictures import drawn

    for finding in record.findings:
        out.print(Text(shown_as_text(f"\n{finding.question}"), style="bold"), soft_wrap=True)
        say(finding.statement)
        if finding.would_take:
            say(f"It would take: {finding.would_take}")
        seen = drawn(finding.detail, Names()) if tables else None
        shown = seen.tables if isinstance(seen, Picture) else (seen,) if seen is not None else ()
        for each in shown:
            _say_table(each)
        for caution in finding.cautions:
            out.print(Text(shown_as_text(f"Caution: {caution.text}"), style="dim"), soft_wrap=True)


WORDS = 3
"""Columns of words beyond which a row is told line by line: a terminal has no room for them side by side."""


def _say_table(table: Table) -> None:
    from rich.table import Table as Rich
    from rich.text import Text

    title = Text(shown_as_text(table.caption), style="dim")
    out.print()
    if sum(not numeric for numeric in table.numeric) > WORDS and len(table.head) < MOST:
        out.print(title)
        for row in table.rows:
            out.print(Text(shown_as_text(f"• {row[0]}")), soft_wrap=True)
            for head, cell in zip(table.head[1:], row[1:], strict=True):
                if cell not in ("", "–"):
                    out.print(
                        Text(f"    {head}: ", style="dim").append(shown_as_text(cell), style="default"), soft_wrap=True
                    )
        return
    rich = Rich(*table.head, title=title, title_justify="left", box=None, pad_edge=False)
    for row in table.rows:
        rich.add_row(*(Text(shown_as_text(cell)) for cell in row))
    out.print(rich)


MOST = 8
"""Columns from which on a table is a grid of short words again."""
