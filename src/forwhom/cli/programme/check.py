"""`forwhom programme check`: every problem of a programme's file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from forwhom.cli.options import AsJson
from forwhom.cli.printing import out, print_problems, say
from forwhom.cli.programme.shared import Ledgers, NoShipped, ledger_or_stop


def check(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="TOML file of a programme, or the name of a shipped one.")
    ],
    ledgers: Ledgers = None,
    no_shipped: NoShipped = False,
    as_json: AsJson = False,
) -> None:
    """List every problem at once: keys, phases, conditions, gates, rules of guidance, sources, claims, silent points."""
    from forwhom.analysis.programme.known import known
    from forwhom.programme import check_file, names
    from forwhom.programme.reading import CATALOGUE

    path = CATALOGUE / f"{file}.toml" if file in names() else Path(file)
    made, problems = check_file(path, known(ledger_or_stop(ledgers, no_shipped, as_json)))
    if as_json:
        print(json.dumps([problem.as_dict() for problem in problems], ensure_ascii=False, indent=2))
    elif problems:
        print_problems(problems, out)
    if problems or made is None:
        raise typer.Exit(1)
    if not as_json:
        facts = sum(1 for _ in made.facts())
        say(f"No problems: {facts} facts, {len(made.guidance)} rules, {len(made.gaps)} gaps that are told.")
