"""`forwhom evidence show`: results by filters, cells of grids, or one study, grid or search."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typer

from forwhom.cli.evidence.grids import of_grids
from forwhom.cli.evidence.search_log import of_searches
from forwhom.cli.evidence.shared import Folders, NoShipped, Words, count, read_or_stop, typed
from forwhom.cli.options import AsJson
from forwhom.cli.printing import out, say, stop_with

if TYPE_CHECKING:
    from collections.abc import Collection

    from forwhom.evidence import Ledger, Row


def show(query: Words, folders: Folders = None, no_shipped: NoShipped = False, as_json: AsJson = False) -> None:
    """List results by filters, with the people behind them counted once per sample; or one study, grid or search whole."""
    from forwhom.evidence import parse, rows
    from forwhom.evidence.index import Index
    from forwhom.evidence.samples import treatments_asked
    from forwhom.problems import ProblemsFound

    read = read_or_stop(folders, no_shipped, as_json)
    if len(query) == 1 and query[0] in read.studies:
        _show_study(read, query[0], as_json)
        return
    if of_grids(read, query, as_json) or of_searches(read, query, as_json):
        return
    try:
        asked = parse(typed(query), read)
    except ProblemsFound as found:
        stop_with(found.problems, as_json, code=2)
    chosen = rows(read, asked)
    if asked.words:
        hits = {hit.id for hit in Index(read).search(asked, most=100_000)}
        chosen = tuple(row for row in chosen if row.id in hits)
    _show_rows(read, chosen, treatments_asked(asked, read), as_json)


def _show_rows(read: Ledger, chosen: tuple[Row, ...], treatments: Collection[str] | None, as_json: bool) -> None:
    from dataclasses import asdict

    from rich.table import Table
    from rich.text import Text

    from forwhom.evidence.index import said
    from forwhom.evidence.overlap import independent, overlaps
    from forwhom.evidence.samples import of_rows

    people = of_rows(chosen, treatments)
    if as_json:
        listed = [
            {
                "id": row.id,
                "study": row.study.id,
                "sample": row.study.sample,
                "said": said(row, read),
                **_stated(asdict(row.result)),
            }
            for row in chosen
        ]
        print(
            json.dumps(
                {"rows": listed, "people": {**asdict(people), "had": people.had}},
                ensure_ascii=False,
                indent=2,
                default=str,
            )
        )
        raise typer.Exit(0 if chosen else 1)
    table = Table("Study", "Result", "Place", box=None, pad_edge=False)
    for row in chosen:
        table.add_row(
            Text(row.study.id, style="cyan"), Text(said(row, read)), Text(str(row.result.source), style="dim")
        )
    if not chosen:
        say("No result holds all of it. Fewer words, or a broader one? All words: forwhom evidence words.")
        raise typer.Exit(1)
    out.print(table)
    studies = len({row.study.id for row in chosen})
    low, high = independent((each.id for each in people.samples), overlaps(read))
    more = f"; {count(len(people.unknown), 'sample')} without a number" if people.unknown and people.distinct else ""
    say(
        f"{count(len(chosen), 'result')} of {count(studies, 'study', 'studies')} in "
        f"{count(high, 'independent sample') if low == high else f'{low} to {high} independent samples'}, {people.told}{more}."
    )


def _stated(values: dict[str, Any]) -> dict[str, Any]:
    """Without what the source does not state. The result's own id gives way to the row's."""
    return {key: value for key, value in values.items() if value not in (None, "", ()) and key != "id"}


def _show_study(read: Ledger, name: str, as_json: bool) -> None:
    from dataclasses import asdict

    study = read.studies[name]
    if as_json:
        print(json.dumps(asdict(study), ensure_ascii=False, indent=2, default=str))
        return
    from forwhom.evidence.filters import of_study
    from forwhom.evidence.index import said

    word = read.vocabulary.label
    citation = study.citation
    say(f"{', '.join(citation.authors)} ({citation.year}). {citation.title}.")
    say(
        f"{word('designs', study.design.kind)}, {', '.join(word('disorders', each) for each in study.population.disorder)}"
    )
    for arm in study.arms:
        say(f"  {arm.label}: " + (f"n = {arm.n}" if arm.n is not None else "number not stated"))
    for row in of_study(study):
        say(f"  • {said(row, read)} ({row.result.source})")
    for gap in study.extraction.gaps if study.extraction else ():
        say(f"  Not stated: {gap}")
