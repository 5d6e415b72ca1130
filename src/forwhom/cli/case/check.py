"""`forwhom case check`: everything that is wrong with a case, at once."""

from __future__ import annotations

import json

import typer

from forwhom.cli.case.shared import CaseFolder, load
from forwhom.cli.options import AsJson
from forwhom.cli.printing import out, print_problems, say


def check(folder: CaseFolder, as_json: AsJson = False) -> None:
    """List every problem of case.toml and of the log: lines kept aside, broken chains, alerts without anybody who answers."""
    from forwhom.problems import errors

    loaded = load(folder, as_json)
    wrong = errors(loaded.problems)
    if as_json:
        print(json.dumps([problem.as_dict() for problem in loaded.problems], ensure_ascii=False, indent=2))
    elif loaded.problems:
        print_problems(loaded.problems, out)
    if wrong:
        raise typer.Exit(1)
    if not as_json:
        n = len(loaded.problems)
        noted = f", {n} thing{'' if n == 1 else 's'} to look at" if n else ""
        say(f"No problems in {folder}: {len(loaded.files.log.entries)} entries{noted}.")
