"""`forwhom evidence add`: drafts of new studies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from forwhom.cli.evidence.shared import read_or_stop
from forwhom.cli.options import AsJson
from forwhom.cli.printing import out, print_problems, say, stop_with


def add(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="Id of the new study: first author and year, such as somebody-2031."),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="FILE", help="Records: RIS, BibTeX, PubMed XML or NBIB; a draft for each new one."
        ),
    ] = None,
    to: Annotated[
        Path, typer.Option("--ledger", metavar="DIR", help="Your ledger; made where it is not there.")
    ] = Path("evidence"),
    as_json: AsJson = False,
) -> None:
    """Write draft files of new studies: an empty one by its id, or one for each record that is not in the ledger yet."""
    from forwhom.evidence.drafts import id_for, new_ones, scaffold
    from forwhom.evidence.model import Citation
    from forwhom.io.citations import read_citations
    from forwhom.problems import Problem, ProblemsFound, short

    if (name is None) == (source is None):
        do = "Give the id of a study, or --from a file of records."
        stop_with([Problem("wrong-usage", do, found="one of the two is needed")], as_json, code=2)
    read = read_or_stop([to] if to.is_dir() else None, False, as_json)
    notices: tuple[Problem, ...] = ()
    drafts: dict[str, Citation | None] = {}
    again: list[Any] = []
    if source is not None:
        try:
            citations, notices = read_citations(source)
        except ProblemsFound as found:
            stop_with(found.problems, as_json)
        new, again = new_ones(citations, read)
        for citation in new:
            drafts[id_for(citation, (*read.studies, *drafts))] = citation
    elif name is not None:
        if name in read.studies and not (to / "studies" / f"{name}.toml").exists():
            do = f"forwhom evidence show {name} shows it. Give a publication that is not there another id."
            stop_with(
                [Problem("duplicate-id", do, column="ID", found=f"the ledger has {short(name)} already")], as_json
            )
        drafts[name] = None
    written = _write(to / "studies", {each: scaffold(each, citation) for each, citation in drafts.items()}, as_json)
    if as_json:
        there = [{"title": each.citation.title, "of": each.of, "by": each.why} for each in again]
        incomplete = [problem.as_dict() for problem in notices]
        print(json.dumps({"written": written, "there_already": there, "problems": incomplete}, ensure_ascii=False))
        return
    for path in written:
        say(f"Written: {path}")
    for each in again:
        say(f"There already, by {each.why}: {each.citation.title} ({each.of})")
    if notices:
        print_problems(notices, out)


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
