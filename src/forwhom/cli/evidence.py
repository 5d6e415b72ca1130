"""`forwhom evidence`: published studies as data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forwhom.cli.options import AsJson
from forwhom.cli.printing import out, print_problems, say, stop_with

if TYPE_CHECKING:
    from forwhom.evidence import Checked, Ledger, Row
    from forwhom.problems import Problem

evidence = typer.Typer(
    help="Published evidence as data: check it, look things up, add studies.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

Folders = Annotated[
    list[Path] | None,
    typer.Option("--ledger", metavar="DIR", help="A ledger of your own, read beside the shipped one; may be repeated."),
]
NoShipped = Annotated[
    bool, typer.Option("--no-shipped", help="Leave the studies and claims that ship with forwhom out.")
]
Words = Annotated[list[str], typer.Argument(metavar="QUERY", help="Filters such as region=amygdala, and words.")]


@evidence.callback()
def ledger() -> None:
    """Published evidence as data: check it, look things up, add studies."""


@evidence.command()
def check(folders: Folders = None, no_shipped: NoShipped = False, as_json: AsJson = False) -> None:
    """Validate every file and list what does not agree: both places, and what would settle it."""
    from forwhom.evidence import check as check_ledger
    from forwhom.evidence import read_with_problems

    read, problems = read_with_problems(*folders or (), shipped=not no_shipped)
    checked = check_ledger(read)
    if as_json:
        found: dict[str, Any] = {
            "problems": [problem.as_dict() for problem in (*problems, *checked.notices)],
            "contradictions": [each.as_dict() for each in checked.contradictions],
        }
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        _print_checked(read, problems, checked)
    if problems:
        raise typer.Exit(1)


def _print_checked(read: Ledger, problems: tuple[Problem, ...], checked: Checked) -> None:
    if problems or checked.notices:
        print_problems((*problems, *checked.notices), out)
    for each in checked.contradictions:
        out.print(str(each), markup=False, highlight=False, soft_wrap=True)
        out.print()
    n = len(checked.contradictions)
    say(
        f"{_count(len(read.studies), 'study', 'studies')} and {_count(len(read.claims), 'claim')} read: "
        f"{_count(len(problems), 'problem')}, {_count(n, 'contradiction')}, {len(checked.open)} of them open."
    )


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n} {one if n == 1 else many or one + 's'}"


@evidence.command()
def show(query: Words, folders: Folders = None, no_shipped: NoShipped = False, as_json: AsJson = False) -> None:
    """List results by filters, with the people behind them counted once per sample; or one study whole, by its id."""
    from forwhom.evidence import parse, rows
    from forwhom.evidence.index import Index
    from forwhom.problems import ProblemsFound

    read = read_or_stop(folders, no_shipped, as_json)
    if len(query) == 1 and query[0] in read.studies:
        _show_study(read, query[0], as_json)
        return
    try:
        asked = parse(" ".join(_quoted(each) for each in query), read)
    except ProblemsFound as found:
        stop_with(found.problems, as_json, code=2)
    chosen = rows(read, asked)
    if asked.words:
        hits = {hit.id for hit in Index(read).search(asked, most=100_000)}
        chosen = tuple(row for row in chosen if row.id in hits)
    _show_rows(read, chosen, as_json)


def _quoted(part: str) -> str:
    """A part of a query as it was typed: the shell took its quotes away."""
    import shlex

    return shlex.quote(part)


def _show_rows(read: Ledger, chosen: tuple[Row, ...], as_json: bool) -> None:
    from dataclasses import asdict

    from rich.table import Table
    from rich.text import Text

    from forwhom.evidence.index import said
    from forwhom.evidence.samples import of_rows

    people = of_rows(chosen)
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
        print(json.dumps({"rows": listed, "people": asdict(people)}, ensure_ascii=False, indent=2, default=str))
        return
    table = Table("Study", "Result", "Place", box=None, pad_edge=False)
    for row in chosen:
        table.add_row(
            Text(row.study.id, style="cyan"), Text(said(row, read)), Text(str(row.result.source), style="dim")
        )
    if chosen:
        out.print(table)
    studies = len({row.study.id for row in chosen})
    more = f"; {_count(len(people.unknown), 'sample')} without a number" if people.unknown else ""
    say(
        f"{_count(len(chosen), 'result')} of {_count(studies, 'study', 'studies')} in "
        f"{_count(len(people.samples), 'independent sample')}, {people.distinct} people{more}."
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
        say(f"  • {said(row, read)} [{row.result.source}]")
    for gap in study.extraction.gaps if study.extraction else ():
        say(f"  Not stated: {gap}")


@evidence.command()
def search(
    query: Words,
    most: Annotated[int, typer.Option(min=1, help="How many to list.")] = 20,
    folders: Folders = None,
    no_shipped: NoShipped = False,
    as_json: AsJson = False,
) -> None:
    """Search every text of the ledger: studies, results, claims, grids and searches."""
    from dataclasses import asdict

    from forwhom.evidence.index import Index
    from forwhom.problems import ProblemsFound

    read = read_or_stop(folders, no_shipped, as_json)
    try:
        hits = Index(read).search(" ".join(_quoted(each) for each in query), most)
    except ProblemsFound as found:
        stop_with(found.problems, as_json, code=2)
    if as_json:
        print(json.dumps([asdict(hit) for hit in hits], ensure_ascii=False, indent=2))
        return
    for hit in hits:
        say(f"{hit.kind:<7} {hit.id}\n        {hit.title}")
    if not hits:
        say("Nothing holds all of it. Fewer words, or a broader one?")


@evidence.command()
def add(
    name: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Id of the new study, such as linehan-2006.")
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
    from forwhom.problems import Problem, ProblemsFound

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


def read_or_stop(folders: list[Path] | None, no_shipped: bool, as_json: bool) -> Ledger:
    """The ledger, or every problem and exit code 1."""
    from forwhom.evidence import read
    from forwhom.problems import ProblemsFound

    try:
        return read(*folders or (), shipped=not no_shipped)
    except ProblemsFound as found:
        stop_with(found.problems, as_json)
