"""`forwhom evidence words`: the words that filters and options take."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from forwhom.cli.evidence.shared import Folders, NoShipped, read_or_stop
from forwhom.cli.options import AsJson
from forwhom.cli.printing import say, stop_with


def words(
    kind: Annotated[
        str | None, typer.Argument(metavar="[KIND]", help="regions, outcomes, treatments, traits, directions …")
    ] = None,
    folders: Folders = None,
    no_shipped: NoShipped = False,
    as_json: AsJson = False,
) -> None:
    """List the words that queries and options take, with their labels: regions, outcomes, treatments, traits, directions."""
    from forwhom.evidence.words import words as known
    from forwhom.problems import ProblemsFound

    read = read_or_stop(folders, no_shipped, as_json)
    try:
        found = known(read, kind or "")
    except ProblemsFound as problems:
        stop_with(problems.problems, as_json, code=2)
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for name, here in found.items():
        if kind is None:
            say(f"{name:<12} {len(here)}: {', '.join(list(here)[:6])}{' …' if len(here) > 6 else ''}")
            continue
        width = max(map(len, here), default=0)
        for word, label in here.items():
            say(f"{word:<{width}}  {label}")
    if kind is None:
        say("forwhom evidence words KIND lists all of one kind, with what each means.")
