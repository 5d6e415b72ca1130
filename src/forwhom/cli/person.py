"""One person's page, or everybody's."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forwhom.cli.hands import hands, unstopped
from forwhom.cli.opening import open_page
from forwhom.cli.options import AsJson, OfCluster, OpenIt, Seed, StudyFolder, Workers
from forwhom.cli.printing import err, print_findings, print_problems, progress_bar, say, stop_with

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forwhom.analysis.one_person.shared import Shared
    from forwhom.parallel import Cluster
    from forwhom.problems import Problem
    from forwhom.report.people import Entry
    from forwhom.study import Study

AT_ONCE = 20
"""People whose pages are made and written together."""
HELD = 1000
"""People handed out before all of them are written, so that what waits to be written stays small."""


def person(
    study: StudyFolder,
    who: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Id of the person, as in the study's table.")
    ] = None,
    everybody: Annotated[
        bool, typer.Option("--all", help="Every person's page in one pass, and a list of them.")
    ] = False,
    to: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where to write; default STUDY/report/persons.")
    ] = None,
    workers: Workers = 1,
    cluster: OfCluster = None,
    seed: Seed = 20260101,
    open_it: OpenIt = False,
    as_json: AsJson = False,
) -> None:
    """One person's page: profile, course against what was expected, on track or not, change so far, expected benefit."""
    from forwhom.io.folder import read_and_score
    from forwhom.problems import Problem, ProblemsFound

    if (who is None) != everybody:
        found = "neither an ID nor --all was given" if who is None else "both an ID and --all were given"
        stop_with([Problem("whom", "Give the id of one person, or --all.", found=found)], as_json, code=2)
    folder = to or study / "report" / "persons"
    unused = (("--workers", workers > 1), ("--cluster", cluster is not None))
    try:
        read = read_and_score(study)
        if who is None:
            _everybody(read, folder, workers, cluster, seed, open_it, as_json)
        else:
            print_problems([_unused(name) for name, given in unused if given])
            _one(read, who, folder, seed, open_it, as_json)
    except ProblemsFound as problems:
        stop_with(problems.problems, as_json)


def _one(study: Study, who: str, folder: Path, seed: int, open_it: bool, as_json: bool) -> None:
    from forwhom.analysis.one_person.person import person as page_of
    from forwhom.analysis.one_person.person import row_of
    from forwhom.findings.record import to_json
    from forwhom.io.person_names import file_names
    from forwhom.io.record import check_writable, write_together
    from forwhom.report.render import render

    row = row_of(study, who)
    name = file_names(_ids(study))[row]
    page, data = folder / f"{name}.html", folder / f"{name}.json"
    check_writable([data, page])
    record = page_of(_prepared(study, seed), row)
    text = to_json(record)
    write_together({data: text, page: render(record)})
    if as_json:
        sys.stdout.write(text)
    else:
        print_findings(record)
        say("Page:     ", page)
        say("Findings: ", data)
    if open_it:
        open_page(page)


def _unused(option: str) -> Problem:
    from forwhom.problems import Problem

    return Problem(
        "one-person",
        "Leave it out, or give --all instead of an ID.",
        column=option,
        found="one page is made in this process; there is nothing to share out",
        severity="notice",
    )


def _everybody(
    study: Study, folder: Path, workers: int, cluster: str | None, seed: int, open_it: bool, as_json: bool
) -> None:
    from forwhom.io.person_names import file_names
    from forwhom.io.record import check_writable, write_together
    from forwhom.report.people import render_people

    names = file_names(_ids(study))
    index = folder / "index.html"
    check_writable([index])
    check_writable(folder / f"{name}.{kind}" for name in names for kind in ("json", "html"))
    entries: list[Entry | None] = [None] * len(names)
    with hands(workers, cluster, as_json, lambda: _stopped(entries)) as given:
        shared = _prepared(study, seed)
        with progress_bar() as bar:
            job = bar.add_task("Writing pages", total=len(names))
            for rows, made in _made_pages(shared, names, given):
                with unstopped():
                    write_together({folder / name: text for page in made for name, text in page.files})
                    entries[rows.start : rows.stop] = [page.entry for page in made]
                bar.advance(job, len(rows))
    everybody = tuple(each for each in entries if each is not None)
    write_together({index: render_people(shared.card, everybody)})
    if as_json:
        paths = [
            {"id": each.id, "page": str(folder / f"{name}.html"), "findings": str(folder / f"{name}.json")}
            for each, name in zip(everybody, names, strict=True)
        ]
        print(json.dumps(paths, ensure_ascii=False, indent=2))
    else:
        say(f"{len(names):,} people. List: ", index)
    if open_it:
        open_page(index)


def _stopped(entries: list[Entry | None]) -> str:
    written = sum(each is not None for each in entries)
    more = "; each is whole. The list of them was not written." if written else "."
    return f"Stopped. {written:,} of {len(entries):,} people's pages were written{more}"


@dataclass(frozen=True, slots=True)
class _Made:
    """One person's page and record, (name, text), and the line in the list."""

    files: tuple[tuple[str, str], ...]
    entry: Entry


def _made_pages(shared: Shared, names: tuple[str, ...], workers: int | Cluster) -> Iterator[tuple[range, list[_Made]]]:
    """Everybody's pages as they are finished, with the rows they are of. This process writes them: a cluster's cannot."""
    from forwhom.parallel import arriving

    for first in range(0, len(names), HELD):
        last = min(first + HELD, len(names))
        parts = [range(k, min(k + AT_ONCE, last)) for k in range(first, last, AT_ONCE)]
        work = arriving(partial(_made, shared, names), parts, workers=workers, together=lambda part: part.start)
        with closing(work) as finished:
            for index, made in finished:
                yield parts[index], made


def _made(shared: Shared, names: tuple[str, ...], rows: range) -> list[_Made]:
    """Answer for some people and draw their pages."""
    from forwhom.analysis.one_person.person import person as page_of
    from forwhom.findings.record import to_json
    from forwhom.report.people import entry
    from forwhom.report.render import render

    made = []
    for row in rows:
        record, page = page_of(shared, row), f"{names[row]}.html"
        files = ((f"{names[row]}.json", to_json(record)), (page, render(record)))
        made.append(_Made(files, entry(record, page)))
    return made


def _prepared(study: Study, seed: int) -> Shared:
    """The work that all pages share, with a word on the error stream while it lasts."""
    from forwhom.analysis.asking import Asking
    from forwhom.analysis.one_person.shared import prepare

    with err.status("Learning what is to be expected …"):
        return prepare(study, Asking(seed=seed))


def _ids(study: Study) -> list[str]:
    return [str(name) for name in study.persons["id"].to_list()]
