"""`forwhom evidence grade`: how well treatments and their theories are supported."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forwhom.cli.evidence.shared import Folders, NoShipped, page_or_stop, read_or_stop
from forwhom.cli.options import AsJson
from forwhom.cli.printing import out, say, stop_with

if TYPE_CHECKING:
    from forwhom.findings import Finding, Record
    from forwhom.findings.kinds import CertaintyRow, GradedTreatment


def grade(
    treatment: Annotated[
        str | None,
        typer.Argument(metavar="[TREATMENT]", help="Only this one, with every reason; a word of the ledger."),
    ] = None,
    folders: Folders = None,
    no_shipped: NoShipped = False,
    page: Annotated[Path | None, typer.Option("--page", metavar="FILE", help="Write it as a page too.")] = None,
    as_json: AsJson = False,
) -> None:
    """Place treatments in the grid of theory by package, say how certain each outcome is, and what would change it."""
    from forwhom.analysis.evidence.answer import answer
    from forwhom.findings.record import to_json
    from forwhom.io.record import write_together
    from forwhom.problems import ProblemsFound
    from forwhom.report.render import render

    page_or_stop(page, as_json)
    read = read_or_stop(folders, no_shipped, as_json)
    label = ""
    if treatment is not None:
        from forwhom.evidence.grading import package_named

        try:
            label = package_named(read, treatment)
        except ProblemsFound as found:
            stop_with(found.problems, as_json, code=2)
    record = answer(read, questions=["grade", "certainty"])
    if page is not None:
        try:
            write_together({page: render(record)})
        except ProblemsFound as found:
            stop_with(found.problems, as_json)
    if as_json:
        sys.stdout.write(to_json(record))
        return
    _print(record, label)
    if page is not None:
        say("Page: ", page)


def _print(record: Record, label: str) -> None:
    from forwhom.findings.kinds import CertaintyDetail, GradeDetail

    cautions: dict[str, None] = {}
    for finding in record.findings:
        detail = finding.detail
        cautions.update(dict.fromkeys(caution.text for caution in finding.cautions))
        if isinstance(detail, GradeDetail):
            rows = [row for row in detail.rows if not label or row.treatment == label]
            _grades(finding, rows, bool(label))
        elif isinstance(detail, CertaintyDetail):
            _certainties([row for row in detail.rows if not label or row.treatment == label], bool(label))
        else:
            say(finding.statement)
    for words in cautions:
        say(f"Caution: {words}")


def _grades(finding: Finding, rows: list[GradedTreatment], alone: bool) -> None:
    from rich.table import Table

    if not alone:
        table = Table(
            "Treatment", "Theory", "Package", "Newest study", "Coded", title="Theory by package", title_justify="left"
        )
        for row in rows:
            table.add_row(
                row.treatment, _words(row.theory), _words(row.package), str(row.newest or "–"), row.dated or "–"
            )
        out.print(table)
        say("forwhom evidence grade TREATMENT says why, and what would change it.")
        return
    for row in rows:
        say(
            f"{row.treatment}: theory {_words(row.theory)}, package {_words(row.package)}; "
            f"newest study {row.newest or '–'}, coded {row.dated or '–'}"
        )
        say(f"  Package: {row.package_why} (rule {_words(row.package_rule)}).")
        say(f"  Theory:  {row.theory_why} (rule {_words(row.theory_rule)}).")
        for name, i in (("package", 0), ("theory", 1)):
            say(f"  Would lift the {name}:  {row.rise[i]}.")
            say(f"  Would lower the {name}: {row.fall[i]}.")
        if row.told:
            say(f"  Named as evidence, with nothing to read: {', '.join(row.told)}.")
        if row.withdrawn:
            say(f"  Withdrawn, counted nowhere: {', '.join(row.withdrawn)}.")
        say(f"  Studies: {', '.join(row.studies) or 'none'}.")


def _certainties(rows: list[CertaintyRow], alone: bool) -> None:
    from rich.table import Table

    table = Table(
        "Treatment, against", "Outcome", "Effect", "Certainty", title="Certainty by outcome", title_justify="left"
    )
    for row in rows:
        table.add_row(
            f"{row.treatment}, against {row.against}",
            row.outcome,
            f"{row.effect}{', ' + row.when if row.when else ''}",
            row.name,
        )
    out.print(table)
    if not alone:
        return
    # Outcomes of one trial mostly share their steps: each set is told once.
    alike: dict[tuple[object, ...], list[CertaintyRow]] = {}
    for row in rows:
        alike.setdefault((row.against, row.began, *row.steps), []).append(row)
    for same in alike.values():
        first = same[0]
        say(f"{', '.join(row.outcome for row in same)}, against {first.against}: began {first.began}, is {first.name}.")
        for step in first.steps:
            if step.steps:
                change = f" It would take: {step.change[:1].lower()}{step.change[1:]}." if step.change else ""
                say(f"  {step.domain} {step.steps:+d}: {step.why}.{change}".replace(" -", " −"))


def _words(level: str) -> str:
    return level.replace("-", " ")
