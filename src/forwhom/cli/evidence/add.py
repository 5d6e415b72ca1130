"""`forwhom evidence add`: drafts of new studies, and logs of searches."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forwhom.cli.evidence.search_log import Log, day_of, flow_line, log_with, save
from forwhom.cli.evidence.shared import read_or_stop
from forwhom.cli.options import AsJson
from forwhom.cli.printing import out, print_problems, say, stop_with

if TYPE_CHECKING:
    from forwhom.evidence import Ledger
    from forwhom.evidence.drafts import Duplicate
    from forwhom.evidence.model import Citation
    from forwhom.problems import Problem


def add(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="Id of the new study: first author and year, such as somebody-2024."),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="FILE", help="Records: RIS, BibTeX, PubMed XML or NBIB; a draft for each new one."
        ),
    ] = None,
    search: Annotated[
        str | None,
        typer.Option("--search", metavar="ID", help="The log of a search: begun by itself, gone on with --from."),
    ] = None,
    question: Annotated[str, typer.Option("--question", metavar="TEXT", help="What the search looks for.")] = "",
    database: Annotated[str, typer.Option("--database", metavar="NAME", help="Where was searched.")] = "",
    terms: Annotated[str, typer.Option("--terms", metavar="TEXT", help="With which words, as typed there.")] = "",
    date: Annotated[str | None, typer.Option("--date", metavar="DAY", help="When, such as 2026-01-31.")] = None,
    found: Annotated[
        int | None, typer.Option("--count", min=0, help="How many records it found; of a file they are counted.")
    ] = None,
    to: Annotated[
        Path, typer.Option("--ledger", metavar="DIR", help="Your ledger; made where it is not there.")
    ] = Path("evidence"),
    as_json: AsJson = False,
) -> None:
    """Write drafts of new studies: an empty one by its id, or one for each new record of a file; and keep the log of a search."""
    _sensible(name, source, search, (question, database, terms, date, found), as_json)
    day = day_of(date, as_json)
    read = read_or_stop([to] if to.is_dir() else None, False, as_json)
    if source is not None:
        _import(source, (search, question, database, terms, day), to, read, as_json)
    elif search is not None:
        _begin(search, question, (database, terms, day, found), to, read, as_json)
    else:
        _empty(str(name), to, read, as_json)


def _sensible(
    name: str | None, source: Path | None, search: str | None, details: tuple[object, ...], as_json: bool
) -> None:
    """One thing at a time, and details only of what is written."""
    from forwhom.problems import Problem

    do = "Give the id of a study, --from a file of records, or --search with the id of a log."
    if (name is None) == (source is None and search is None):
        stop_with([Problem("wrong-usage", do, found="one of them is needed, and only one")], as_json, code=2)
    given = [each for each in details if each not in ("", None)]
    if name is not None and given:
        stop_with([Problem("wrong-usage", do, found="a study has no search details")], as_json, code=2)
    if source is not None and details[-1] is not None:
        do = "Leave --count out."
        stop_with([Problem("wrong-usage", do, found="records of a file are counted")], as_json, code=2)
    if source is None and search is not None and not details[1] and any(each not in ("", None) for each in details[2:]):
        do = "Name where was searched with --database."
        stop_with([Problem("wrong-usage", do, found="terms, day or count of no source")], as_json, code=2)


def _empty(name: str, to: Path, read: Ledger, as_json: bool) -> None:
    """One empty draft."""
    from forwhom.evidence.drafts import scaffold
    from forwhom.problems import Problem, short

    if name in read.studies and not (to / "studies" / f"{name}.toml").exists():
        do = f"forwhom evidence show {name} shows it. Give a publication that is not there another id."
        stop_with([Problem("duplicate-id", do, column="ID", found=f"the ledger has {short(name)} already")], as_json)
    written = _write(to / "studies", {name: scaffold(name)}, as_json)
    if as_json:
        print(json.dumps({"written": written, "there_already": [], "problems": []}, ensure_ascii=False))
        return
    say(f"Written: {written[0]}")


def _begin(
    search: str, question: str, details: tuple[str, str, Any, int | None], to: Path, read: Ledger, as_json: bool
) -> None:
    """A log by hand: begun, or gone on with one source."""
    from forwhom.evidence.model import Looked

    database, terms, day, found = details
    looked = Looked(database, terms, day, found) if database else None
    log = log_with(looked, search, question, to, read, as_json)
    save(log)
    if as_json:
        print(json.dumps({"log": str(log.path), "written": log.changed}, ensure_ascii=False))
        return
    say(f"Written: {log.path}" if log.changed else f"There already: {log.path}")


@dataclass(frozen=True, slots=True)
class _Import:
    """What a file of records brought."""

    drafts: dict[str, Citation]
    again: list[Duplicate]
    notices: tuple[Problem, ...]
    records: int


def _import(source: Path, details: tuple[Any, ...], to: Path, read: Ledger, as_json: bool) -> None:
    """A draft for each new record, and the import in the log."""
    from forwhom.evidence.drafts import scaffold
    from forwhom.evidence.searches import LOG

    search, question, database, terms, day = details
    made = _read_records(source, read, as_json)
    looked = _looked(source, made, database, terms, day)
    log = log_with(looked, search or LOG, question, to, read, as_json)
    written = _write(to / "studies", {each: scaffold(each, made.drafts[each]) for each in made.drafts}, as_json)
    save(log)
    if as_json:
        there = [{"title": each.citation.title, "of": each.of, "by": each.why} for each in made.again]
        told = {
            "written": written,
            "there_already": there,
            "withdrawn": [name for name, each in made.drafts.items() if each.retracted],
            "problems": [each.as_dict() for each in made.notices],
        }
        print(json.dumps({**told, "log": str(log.path), "logged": log.changed}, ensure_ascii=False))
        return
    for path in written:
        say(f"Written: {path}")
    for name in (name for name, each in made.drafts.items() if each.retracted):
        say(f"Retracted, says its record; marked as withdrawn and counted nowhere: {name}")
    for each in made.again:
        say(f"There already, by {each.why}: {each.citation.title} ({each.of})")
    if made.notices:
        print_problems(made.notices, out)
    _tell(log, search or LOG, to)


def _tell(log: Log, name: str, to: Path) -> None:
    """What the log says now."""
    if not log.changed:
        say(f"{log.path} has this file already: nothing is logged a second time.")
        return
    read = read_or_stop([to], False, False)
    say(f"Logged: {log.path}")
    say(flow_line(read.searches[name], read))


def _read_records(source: Path, read: Ledger, as_json: bool) -> _Import:
    from forwhom.evidence.drafts import id_for, new_ones
    from forwhom.io.citations import read_citations
    from forwhom.problems import ProblemsFound

    try:
        citations, notices = read_citations(source)
    except ProblemsFound as found:
        stop_with(found.problems, as_json)
    new, again = new_ones(citations, read)
    drafts: dict[str, Citation] = {}
    for citation in new:
        drafts[id_for(citation, (*read.studies, *drafts))] = citation
    return _Import(drafts, again, notices, len(citations) + len(notices))


def _looked(source: Path, made: _Import, database: str, terms: str, day: Any) -> Any:
    """The import as a source of a log: the same file gives the same lines, whenever it is read."""
    import hashlib

    from forwhom.evidence.drafts import identities
    from forwhom.evidence.model import Looked
    from forwhom.io.citations import FORMATS

    ids: dict[str, str] = {}
    for name, citation in made.drafts.items():
        for identity in identities(citation):
            ids.setdefault(identity, name)
    return Looked(
        database or source.name,
        terms,
        day,
        made.records,
        file=source.name,
        digest=hashlib.sha256(source.read_bytes()).hexdigest(),
        format=FORMATS[source.suffix.lower()],
        incomplete=len(made.notices),
        duplicates=len(made.again),
        duplicate_of=tuple(
            next((ids[name] for name in identities(each.citation) if name in ids), each.of) for each in made.again
        ),
        added=tuple(made.drafts),
    )


def _write(folder: Path, files: dict[str, str], as_json: bool) -> list[str]:
    """New files only: one that is there is never written over."""
    import re

    from forwhom.problems import Problem

    problems = [
        Problem("wrong-id", "Use small letters, digits and hyphens.", found=f"'{name}' cannot name a file")
        for name in files
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    ]
    problems += [
        Problem("file-exists", "Give another id, or edit the file.", f"{name}.toml", found="it is there already")
        for name in files
        if (folder / f"{name}.toml").exists()
    ]
    if problems:
        stop_with(problems, as_json)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return [str(folder / f"{name}.toml") for name in files]
