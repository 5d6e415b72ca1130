"""`forwhom case export`: cases as a study folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from forwhom.cli.case.asking import Simulated
from forwhom.cli.case.shared import loaded_or_stop
from forwhom.cli.options import AsJson
from forwhom.cli.printing import out, print_problems, progress_bar, say, stop_with

if TYPE_CHECKING:
    from forwhom.analysis.programme.exported_scales import Better
    from forwhom.programme.case import Case


def export(
    folders: Annotated[list[Path], typer.Argument(metavar="CASE", help="Folders with case.toml and log.jsonl.")],
    to: Annotated[Path, typer.Option("--out", metavar="STUDY", help="The study folder to write.")],
    better: Annotated[
        list[str] | None,
        typer.Option(
            "--better",
            metavar="SCALE=DIRECTION",
            help="lower or higher, of a scale that has no instrument on file; may be repeated.",
        ),
    ] = None,
    event: Annotated[
        list[str] | None,
        typer.Option("--event", metavar="KIND", help="A kind of event that may leave under its name; may be repeated."),
    ] = None,
    simulated: Simulated = False,
    as_json: AsJson = False,
) -> None:
    """Write cases as a study folder: persons, sessions, events, measures, under pseudonyms whose keys stay in the case folders."""
    from forwhom.analysis.programme.export import export as export_cases
    from forwhom.io.case_export import pseudonyms, write_study
    from forwhom.problems import ProblemsFound

    directions = _directions(better or [], as_json)
    states = _states(folders, as_json)
    try:
        keys = pseudonyms(folders)
        cases = list(zip(states, keys.names, strict=True))
        made = export_cases(cases, better=directions, event_kinds=event or (), simulated=simulated)
        written = write_study(to, made.files, keys)
    except ProblemsFound as found:
        stop_with(found.problems, as_json)
    if as_json:
        rows = {name: getattr(made, name) for name in ("persons", "sessions", "events", "measures")}
        notices = [notice.as_dict() for notice in made.notices]
        print(json.dumps({"written": list(map(str, written)), "rows": rows, "problems": notices}, ensure_ascii=False))
        return
    if made.notices:
        print_problems(made.notices, out)
    say(
        f"Persons: {made.persons}; sessions: {made.sessions}; events: {made.events}; scores: {made.measures}. No name, text or date of "
        "a case is in them."
    )
    say("Written: ", to)
    say(f"\nNext:\n  forwhom check {to}\n  forwhom report {to}")


def _states(folders: list[Path], as_json: bool) -> list[Case]:
    """Every case as its log says it; with a bar on the error stream, for a service may have thousands."""
    states = []
    with progress_bar() as bar:
        job = bar.add_task("Reading cases", total=len(folders))
        for folder in folders:
            states.append(loaded_or_stop(folder, as_json)[1])
            bar.advance(job)
    return states


def _directions(given: list[str], as_json: bool) -> dict[str, Better]:
    from forwhom.problems import Problem

    made: dict[str, Better] = {}
    for each in given:
        scale, _, way = each.rpartition("=")
        if scale and way in ("lower", "higher"):
            made[scale] = cast("Better", way)
        else:
            do = "Write --better SCALE=lower or SCALE=higher."
            stop_with(
                [Problem("wrong-usage", do, column="--better", found=f"'{each}' is no direction")], as_json, code=2
            )
    return made
