"""`forwhom evidence search`: every text of the ledger."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from forwhom.cli.evidence.shared import Folders, NoShipped, Words, read_or_stop, typed
from forwhom.cli.options import AsJson
from forwhom.cli.printing import say, stop_with


def search(
    query: Words,
    most: Annotated[int, typer.Option(min=1, help="How many to list.")] = 20,
    folders: Folders = None,
    no_shipped: NoShipped = False,
    as_json: AsJson = False,
) -> None:
    """Search every text of the ledger: studies, results, claims, grids with their cells, and searches."""
    from dataclasses import asdict

    from forwhom.evidence.index import Index
    from forwhom.problems import ProblemsFound

    read = read_or_stop(folders, no_shipped, as_json)
    try:
        hits = Index(read).search(typed(query), most)
    except ProblemsFound as found:
        stop_with(found.problems, as_json, code=2)
    if as_json:
        print(json.dumps([asdict(hit) for hit in hits], ensure_ascii=False, indent=2))
        raise typer.Exit(0 if hits else 1)
    for hit in hits:
        say(f"{hit.kind:<7} {hit.id}\n        {hit.title}")
    if not hits:
        say("Nothing holds all of it. Fewer words, or a broader one? All words: forwhom evidence words.")
        raise typer.Exit(1)
