"""An event, a score or a crisis while case.toml cannot be used: it is written, and that nobody is told of it is said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

import typer

from forwhom.cli.case.shared import NOBODY_TOLD, Loaded
from forwhom.cli.case.telling import say_emergency
from forwhom.cli.case.unlisted import MAY_ALERT
from forwhom.cli.printing import print_problems, say, stop_with

if TYPE_CHECKING:
    from forwhom.problems import Problem
    from forwhom.programme.case import Entry
    from forwhom.programme.case.recording import Draft, Verdict


def write_without_file(loaded: Loaded, draft: Draft, scored: tuple[Problem, ...], as_json: bool) -> Verdict:
    """Write the entry and leave with exit code 3, or 0 where no alert comes of its kind; gives back what refuses it.

    scored : what a score's instrument says of it
    """
    from forwhom.io.case import append
    from forwhom.problems import ProblemsFound
    from forwhom.programme.case.log import LogRead
    from forwhom.programme.case.recording import entry_of, proposed_without_file

    verdicts: list[Verdict] = []

    def make(log: LogRead) -> Entry | None:
        entry = entry_of(draft, log.tip)
        verdicts.append(proposed_without_file(loaded.programme, log.entries, entry))
        return entry if verdicts[0].written else None

    try:
        written = append(loaded.files.folder, make)
    except ProblemsFound as found:
        stop_with(found.problems, as_json)
    if written is not None:
        _written(loaded, written, verdicts[0], scored, as_json)
    return verdicts[0]


def _written(loaded: Loaded, entry: Entry, verdict: Verdict, scored: tuple[Problem, ...], as_json: bool) -> NoReturn:
    from forwhom.cli.case.emergency import numbers
    from forwhom.programme.case.log import line

    alerting = entry.kind in MAY_ALERT
    mine = [each for each in verdict.case.alerts.open.values() if each.entry in (entry.id, entry.corrects)]
    people = list(dict.fromkeys(name for each in mine for name in each.to))
    problems = (*loaded.problems, *verdict.problems, *scored)
    lines = numbers(loaded.files.folder)
    if as_json:
        values = {
            "written": json.loads(line(entry)),
            "emergency": list(lines),
            "alerts": None,
            "nobody": [entry.id] if alerting else [],
            "tell": people,
            "problems": [each.as_dict() for each in problems],
        }
        print(json.dumps(values, ensure_ascii=False, indent=2))
    else:
        say_emergency(lines)
        say(f"Recorded: {entry.id} {entry.kind}")
        if alerting:
            say(
                "NOBODY IS TOLD of it: case.toml cannot be used. Tell somebody yourself, and mend it; what is to be told is told then."
            )
        if people:
            say(f"  By what the log was told last it goes to {', '.join(people)}.")
        print_problems(problems)
    raise typer.Exit(NOBODY_TOLD if alerting else 0)
