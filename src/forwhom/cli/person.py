"""One person's page, or everybody's."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forwhom.cli.hands import hands
from forwhom.cli.options import AsJson, OpenIt, Seed, StudyFolder, Workers
from forwhom.cli.printing import err, print_findings, progress_bar, say, stop_with

if TYPE_CHECKING:
    from forwhom.analysis.one_person.shared import Shared
    from forwhom.report.people import Entry
    from forwhom.study import Study

AT_ONCE = 20
"""People written together: a folder is looked through once per writing."""


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
    try:
        read = read_and_score(study)
        if who is None:
            _everybody(read, folder, workers, seed, open_it, as_json)
        else:
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
        typer.launch(page.resolve().as_uri())


def _everybody(study: Study, folder: Path, workers: int, seed: int, open_it: bool, as_json: bool) -> None:
    from forwhom.io.person_names import file_names
    from forwhom.io.record import check_writable, write_together
    from forwhom.parallel import run
    from forwhom.report.people import render_people

    names = file_names(_ids(study))
    index = folder / "index.html"
    check_writable([index])
    shared = _prepared(study, seed)
    parts = [tuple(range(k, min(k + AT_ONCE, len(names)))) for k in range(0, len(names), AT_ONCE)]
    with progress_bar() as bar, hands(workers, None, as_json) as given:
        job = bar.add_task("Writing pages", total=len(names))
        made = run(
            partial(_write, shared, folder, names),
            parts,
            workers=given,
            done=lambda _, written: bar.advance(job, len(written)),
        )
    entries = tuple(entry for part in made for entry in part)
    write_together({index: render_people(shared.card, entries)})
    if as_json:
        paths = [
            {"id": each.id, "page": str(folder / f"{name}.html"), "findings": str(folder / f"{name}.json")}
            for each, name in zip(entries, names, strict=True)
        ]
        print(json.dumps(paths, ensure_ascii=False, indent=2))
    else:
        say(f"{len(names):,} people. List: ", index)
    if open_it:
        typer.launch(index.resolve().as_uri())


def _write(shared: Shared, folder: Path, names: tuple[str, ...], rows: tuple[int, ...]) -> tuple[Entry, ...]:
    """Answer for some people and write their pages and records, all of them or none."""
    from forwhom.analysis.one_person.person import person as page_of
    from forwhom.findings.record import to_json
    from forwhom.io.record import write_together
    from forwhom.report.people import entry
    from forwhom.report.render import render

    texts: dict[Path, str] = {}
    entries = []
    for row in rows:
        record = page_of(shared, row)
        texts[folder / f"{names[row]}.json"] = to_json(record)
        texts[folder / f"{names[row]}.html"] = render(record)
        entries.append(entry(record, f"{names[row]}.html"))
    write_together(texts)
    return tuple(entries)


def _prepared(study: Study, seed: int) -> Shared:
    """The work that all pages share, with a word on the error stream while it lasts."""
    from forwhom.analysis.asking import Asking
    from forwhom.analysis.one_person.shared import prepare

    with err.status("Learning what is to be expected …"):
        return prepare(study, Asking(seed=seed))


def _ids(study: Study) -> list[str]:
    return [str(name) for name in study.persons["id"].to_list()]
