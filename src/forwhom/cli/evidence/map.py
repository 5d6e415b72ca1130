"""`forwhom evidence map`: what was found where, counted by independent sample, and what nobody looked at."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forwhom.cli.evidence.shared import Folders, NoShipped, read_or_stop, typed
from forwhom.cli.options import AsJson
from forwhom.cli.printing import out, say, stop_with

if TYPE_CHECKING:
    from forwhom.evidence import Ledger
    from forwhom.evidence.maps import Gaps, Map
    from forwhom.findings import Finding


class Of(StrEnum):
    """What is mapped."""

    brain = "brain"
    biomarkers = "biomarkers"
    predictors = "predictors"
    correlates = "correlates"
    gaps = "gaps"


class By(StrEnum):
    """What is counted."""

    sample = "sample"
    study = "study"


def map_(
    query: Annotated[
        list[str] | None,
        typer.Argument(metavar="[QUERY]", help="Filters such as treatment=dbt (see `words`), and words."),
    ] = None,
    of: Annotated[Of, typer.Option("--of", help="What to map.")] = Of.brain,
    by: Annotated[By, typer.Option("--by", help="Count independent samples, or studies.")] = By.sample,
    parents: Annotated[
        bool, typer.Option("--parents", help="Count each result also at everything its region is part of.")
    ] = False,
    page: Annotated[Path | None, typer.Option("--page", metavar="FILE", help="Write it as a page, drawn.")] = None,
    folders: Folders = None,
    no_shipped: NoShipped = False,
    as_json: AsJson = False,
) -> None:
    """Count what was found where by independent sample: brain regions, biomarkers, predictors; or show what is missing."""
    from forwhom.evidence.maps import WHOLES, counted, gaps
    from forwhom.problems import ProblemsFound

    read = read_or_stop(folders, no_shipped, as_json)
    asked = typed(query or [])
    try:
        found = (
            gaps(read, asked)
            if of is Of.gaps
            else counted(read, asked, of=of.value, by=by.value, parents=parents or WHOLES)
        )
        findings = _findings(read, asked, of, by, parents=parents)
    except ProblemsFound as problems:
        stop_with(problems.problems, as_json, code=2)
    if page is not None:
        _write(read, findings, page, as_json)
    if as_json:
        print(json.dumps(_plain(found, read), ensure_ascii=False, indent=2))
        return
    _print(found, read)
    for finding in findings:
        say(f"\n{finding.statement}")
    if page is not None:
        say(f"\nPage: {page}")


def _findings(read: Ledger, asked: str, of: Of, by: By, *, parents: bool) -> tuple[Finding, ...]:
    from forwhom.analysis.asking import Asking
    from forwhom.analysis.evidence.gaps import gaps_of_query
    from forwhom.analysis.evidence.maps import brain_of, markers_of

    if of is Of.gaps:
        return (gaps_of_query(read, Asking(), asked),)
    if of is Of.brain:
        return brain_of(read, Asking(), asked, by=by.value, parents=parents)
    return (markers_of(read, Asking(), of.value, asked, by=by.value, parents=parents),)


def _write(read: Ledger, findings: tuple[Finding, ...], page: Path, as_json: bool) -> None:
    from forwhom.analysis.asking import Asking
    from forwhom.analysis.evidence.maps import record_of
    from forwhom.findings.record import to_json
    from forwhom.io.record import check_writable, write_together
    from forwhom.problems import ProblemsFound
    from forwhom.report.render import render

    record = record_of(read, Asking(), findings)
    try:
        check_writable([page])
        write_together({page: render(record, to_json(record))})
    except ProblemsFound as found:
        stop_with(found.problems, as_json)


def _plain(found: Map | Gaps, read: Ledger) -> dict[str, Any]:
    from forwhom.evidence.maps import Gaps
    from forwhom.evidence.maps.plain import plain_gaps, plain_map

    return plain_gaps(found) if isinstance(found, Gaps) else plain_map(found, read)


def _print(found: Map | Gaps, read: Ledger) -> None:
    from forwhom.evidence.maps import Gaps
    from forwhom.evidence.maps.plain import gap_lines, map_lines

    lines = gap_lines(found, read) if isinstance(found, Gaps) else map_lines(found, read)
    for line in lines:
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    for each in found.left_out:
        say(f"Not counted: {len(each.rows)} {'result' if len(each.rows) == 1 else 'results'} {each.why}.")
