"""`forwhom programme show`: a programme, every fact with its source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forwhom.cli.opening import open_page
from forwhom.cli.options import AsJson, OpenIt
from forwhom.cli.printing import out, say, stop_with
from forwhom.cli.programme.shared import Ledgers, Name, NoShipped, ledger_or_stop, programme_or_stop

if TYPE_CHECKING:
    from forwhom.programme import Programme

TITLES = {
    "roles": "Roles",
    "phases": "Phases",
    "sessions": "Sessions",
    "assessments": "Assessments",
    "plans": "Plans",
    "agreements": "Agreements",
    "modules": "Modules",
    "principles": "Principles",
    "adherence": "Adherence",
    "gates": "Gates",
    "duties": "Duties",
    "alerts": "Alerts",
    "guidance": "Guidance",
}


def show(
    name: Name,
    page: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page: time line, features, rules.")] = None,
    ledgers: Ledgers = None,
    no_shipped: NoShipped = False,
    open_it: OpenIt = False,
    as_json: AsJson = False,
) -> None:
    """Show a programme: every fact with its source, and what the papers do not say; as a page with its time line."""
    made = programme_or_stop(name, as_json)
    if page is not None:
        _write(made, page, ledgers, no_shipped, as_json)
    if as_json:
        from dataclasses import asdict

        values = asdict(made)
        print(json.dumps({key: value for key, value in values.items() if key != "words"}, ensure_ascii=False, indent=2))
        return
    if page is None:
        _print(made)
        return
    say("Page: ", page)
    if open_it:
        open_page(page)


def _write(made: Programme, page: Path, ledgers: list[Path] | None, no_shipped: bool, as_json: bool) -> None:
    from forwhom.analysis.programme.programme_page import programme_record
    from forwhom.findings.record import to_json
    from forwhom.io.record import check_writable, write_together
    from forwhom.problems import ProblemsFound
    from forwhom.report.render import render

    try:
        check_writable([page])
        record = programme_record(made, ledger_or_stop(ledgers, no_shipped, as_json))
        write_together({page: render(record, to_json(record))})
    except ProblemsFound as found:
        stop_with(found.problems, as_json)


def _print(made: Programme) -> None:
    from rich.table import Table
    from rich.text import Text

    from forwhom.programme.telling import told

    say(f"{made.title} ({made.disorder}): {made.length or 'length not stated'}, {made.setting or 'setting not stated'}")
    if made.about:
        say(made.about)
    for part, title in TITLES.items():
        facts = getattr(made, part)
        if not facts:
            continue
        table = Table(
            show_header=False, box=None, pad_edge=False, title=Text(title, style="bold"), title_justify="left"
        )
        for fact in facts:
            where = "; ".join(each for each in (str(fact.source or ""), fact.claim) if each)
            table.add_row(Text(fact.id, style="cyan"), Text(told(fact)), Text(where, style="dim"))
        out.print()
        out.print(table)
    out.print()
    say(f"Not said by the papers ({len(made.gaps)}):")
    for gap in made.gaps:
        say(f"  • {gap.what}. Needed for: {gap.needed_for}.")
