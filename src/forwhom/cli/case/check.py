"""`forwhom case check`: everything that is wrong with a case, at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from forwhom.cli.case.shared import CaseFolder, Loaded, Now, load, moment
from forwhom.cli.case.telling import say_emergency
from forwhom.cli.options import AsJson
from forwhom.cli.printing import out, print_problems, say

if TYPE_CHECKING:
    from forwhom.problems import Problem


def check(folder: CaseFolder, now: Now = None, as_json: AsJson = False) -> None:
    """List every problem of case.toml and of the log: lines kept aside, broken chains, alerts that reach nobody.

    Exit code 1 where there is one, also where an alert waits that nobody gets, or everybody whom one goes to has left.
    """
    from forwhom.problems import errors

    loaded = load(folder, as_json)
    problems = (*loaded.problems, *_told(loaded, now, as_json))
    if as_json:
        print(json.dumps([problem.as_dict() for problem in problems], ensure_ascii=False, indent=2))
    else:
        _say(folder, loaded, problems)
    if errors(problems):
        raise typer.Exit(1)


def _told(loaded: Loaded, now: str | None, as_json: bool) -> tuple[Problem, ...]:
    from forwhom.analysis.programme.score_ranges import scores_out_of_range
    from forwhom.programme.case.untold import untold

    at = moment(now, "--now", loaded.state, as_json)
    return (*untold(loaded.state, at), *scores_out_of_range(loaded.state)) if loaded.state is not None else ()


def _say(folder: Path, loaded: Loaded, problems: tuple[Problem, ...]) -> None:
    from forwhom.cli.case.emergency import numbers
    from forwhom.problems import errors
    from forwhom.programme.case.crisis import emergency

    if problems:
        print_problems(problems, out)
    if not errors(problems):
        n = len(problems)
        noted = f", {n} thing{'' if n == 1 else 's'} to look at" if n else ""
        say(f"No problems in {folder}: {len(loaded.files.log.entries)} entries{noted}.")
    lines = emergency(loaded.state) if loaded.state is not None else numbers(folder)
    say_emergency(lines)
