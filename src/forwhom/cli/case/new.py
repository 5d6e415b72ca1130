"""`forwhom case new`: the folder of a case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from forwhom.cli.options import AsJson
from forwhom.cli.printing import say, stop_with


def new(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder to make.")],
    programme: Annotated[str, typer.Option("--programme", metavar="NAME", help="A programme, such as mbt.")],
    start: Annotated[str, typer.Option("--start", metavar="DATE", help="First day of treatment: 2026-03-02.")],
    zone: Annotated[str, typer.Option("--zone", metavar="ZONE", help="Time zone of the service: Europe/London.")],
    as_json: AsJson = False,
) -> None:
    """Make the folder of a case, with a case.toml to fill in: who is there, who answers alerts, how help is reached."""
    from forwhom.io.new_case import new_case
    from forwhom.problems import ProblemsFound
    from forwhom.programme import named_or_read

    try:
        path = new_case(folder, named_or_read(programme), programme, start, zone)
    except ProblemsFound as found:
        stop_with(found.problems, as_json)
    if as_json:
        print(json.dumps({"written": str(path)}, ensure_ascii=False))
        return
    say("Written: ", path)
    say(f"\nNext: fill it in, then\n  forwhom case check {folder}")
