"""An emergency: what can be written is written, and the numbers are said, whatever else is wrong.

Nothing here needs case.toml, a log that can be replayed, a time that can be read, or data that are right.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from forwhom.cli.case.shared import NOBODY_TOLD, clock, emergency_lines
from forwhom.cli.case.telling import say_emergency
from forwhom.cli.printing import err, print_problems, say

if TYPE_CHECKING:
    from forwhom.problems import Problem
    from forwhom.programme.case.log import Entry, LogRead

KIND = "crisis.emergency-contacted"
_LINE = re.compile(r"^\s*emergency\s*=\s*\[(.*?)\]", re.MULTILINE | re.DOTALL)


def numbers(folder: Path) -> tuple[str, ...]:
    """How help is reached: of the newest plan in the log, of case.toml, else what everybody has. Never empty, never fails.

    Neither file has to be whole: of a broken case.toml the line `emergency` is read alone, of the log the plans alone.
    """
    from forwhom.programme.case.crisis import EVERYBODY

    own = (*_of_log(folder / "log.jsonl"), *_of_toml(folder / "case.toml"))
    return tuple(dict.fromkeys(each for each in own if each.strip())) or EVERYBODY


def _of_toml(path: Path) -> tuple[str, ...]:
    import tomli

    try:
        text = path.read_bytes().decode(errors="replace")
    except OSError:
        return ()
    try:
        table = tomli.loads(text)
    except (tomli.TOMLDecodeError, RecursionError):
        found = _LINE.search(text)
        return tuple(re.findall(r'"([^"]*)"', found[1])) if found else ()
    return emergency_lines(table) if table.get("emergency") else ()


def _of_log(path: Path) -> tuple[str, ...]:
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError:
        return ()
    for line in reversed(lines):
        if b"crisis.plan-written" not in line:
            continue
        try:
            table = json.loads(line)
            said = table["data"]["emergency"] if table["kind"] == "crisis.plan-written" else []
        except (ValueError, RecursionError, KeyError, TypeError):
            continue
        if isinstance(said, str):
            return (said,)
        if isinstance(said, list):
            return tuple(each for each in said if isinstance(each, str))
    return ()


def record_emergency(
    folder: Path, by: str, at: str | None, data: dict[str, Any], more: dict[str, Any], wrong: list[str], as_json: bool
) -> None:
    """Say the numbers, and write the entry if anything can be written there; exit code 3 where no alert tells anybody of it.

    more : role, why, id and what it corrects, as they were given
    wrong : what of the words could not be read; kept with the entry
    """
    lines = numbers(folder)
    if not as_json:
        say_emergency(lines)
    when, unread = _time(at)
    data, odd = _readable(data)
    wrong += [*unread, *odd]
    entry, problems = _append(folder, by, when, data, more, wrong)
    raised, told = _what_follows(folder, entry) if entry is not None else ([], [])
    problems = [*problems, *told]
    nobody = not any(each["to"] for each in raised)
    if as_json:
        from forwhom.programme.case.log import line

        values = {
            "written": json.loads(line(entry)) if entry is not None else None,
            "emergency": list(lines),
            "alerts": raised,
            "nobody": nobody,
            "problems": [each.as_dict() for each in problems],
        }
        print(json.dumps(values, ensure_ascii=False, indent=2))
    else:
        if entry is not None:
            instead = f" in the place of {entry.corrects}" if entry.corrects else ""
            say(f"Recorded: {entry.id} {entry.kind}{instead}")
            if instead:
                say("It is no second call. Where help was called once more, record that without --corrects.")
        for each in raised:
            before = "; answered before, nobody is told anew" if each["answered"] else ""
            say(f"Alert {each['id']}: {each['about']}; to {', '.join(each['to']) or 'NOBODY'}{before}")
        for text in wrong:
            err.print(f"Not read, kept with the entry as it was given: {text}", style="yellow", markup=False)
        print_problems(problems)
        if nobody:
            say("NOBODY IS TOLD of it by an alert. Tell somebody yourself.")
    if entry is None:
        raise typer.Exit(1)
    if nobody:
        raise typer.Exit(NOBODY_TOLD)


def _readable(data: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The keys that can be read, and the others as they were given: one wrong key must not keep the alert from being raised."""
    from forwhom.keyed import Found
    from forwhom.programme.case import KINDS

    made: dict[str, Any] = {}
    odd: list[str] = []
    for key, value in data.items():
        found = Found("")
        KINDS[KIND].keys.build({key: value}, "", found)
        if found.problems:
            odd.append(f"{key}={value}")
        else:
            made[key] = value
    return made, odd


def _time(at: str | None) -> tuple[dt.datetime, list[str]]:
    from forwhom.programme.case.log import fixed
    from forwhom.programme.case.log import moment as read

    now = fixed(clock())
    if at is None:
        return now, []
    made = read(at)
    return (now, [f"--at {at}"]) if isinstance(made, tuple) else (made, [])


def _append(
    folder: Path, by: str, at: dt.datetime, data: dict[str, Any], more: dict[str, Any], wrong: list[str]
) -> tuple[Entry | None, list[Problem]]:
    from forwhom.io.case import append
    from forwhom.problems import Problem, ProblemsFound
    from forwhom.programme.case.recording import Draft, entry_of

    name, told = more.get("name", ""), []

    def make(log: LogRead) -> Entry:
        corrects = more.get("corrects")
        if corrects is not None and not _is_call(log, corrects):
            # Under the name of something else it would not count as a call.
            do = "It was recorded as a call of its own. Take it back with entry.withdrawn where there was none."
            found = f"{corrects!r} is no entry of a call for emergency help"
            told.append(Problem("unknown-entry", do, column="--corrects", found=found, severity="notice"))
            wrong.append(f"--corrects {corrects}")
            corrects = None
        why = "; ".join(filter(None, (more.get("why", ""), *(f"not read: {each}" for each in wrong))))
        taken = {each.id for each in log.entries}
        if name in taken:
            do = "It was recorded under the id that is said. Withdraw it where the same call was recorded twice."
            found = f"there is an entry {name!r} already"
            told.append(Problem("duplicate-id", do, column="--id", found=found, severity="notice"))
        id_ = "" if name in taken else name
        draft = Draft(KIND, by, at, data, more.get("role", ""), why, corrects=corrects, id=id_, clock=clock())
        entry = entry_of(draft, log.tip)
        return entry if entry.id not in taken else entry_of(replace(draft, id=f"emergency-{entry.seq}"), log.tip)

    try:
        return append(folder, make), told
    except ProblemsFound as found:
        return None, list(found.problems)
    except (OSError, ValueError, RecursionError) as error:
        do = "Get help first. Write it down where you can, and record it later."
        return None, [Problem("cannot-write", do, "log.jsonl", found=str(error))]


def _is_call(log: LogRead, name: str) -> bool:
    """Whether an id is that of a call for emergency help, or of a correction of one."""
    by_id: dict[str, Entry] = {}
    for each in log.entries:
        by_id.setdefault(each.id, each)
    entry = by_id.get(name)
    while entry is not None and entry.kind == KIND:
        before = by_id.get(entry.corrects) if entry.corrects is not None else None
        if before is None or before.row >= entry.row:
            return True
        entry = before
    return False


def _what_follows(folder: Path, entry: Entry) -> tuple[list[dict[str, Any]], list[Problem]]:
    """The alerts that the entry raised, and what is wrong with it: told where it can be found out, never a hindrance."""
    from forwhom.cli.case.shared import loaded
    from forwhom.problems import ProblemsFound

    try:
        made = loaded(folder)
    except (ProblemsFound, OSError, ValueError, ArithmeticError, LookupError, TypeError, RecursionError):
        return [], []
    if made.state is None:
        return [], []
    # A correction has the alerts of what it takes the place of.
    roots = [root for root, by in made.state.corrected.items() if by == entry.id]
    mine = [each for each in made.state.alerts.all() if each.entry in (entry.id, *roots)]
    raised = [
        {"id": each.id, "about": each.about, "to": list(each.to), "answered": each.acknowledged is not None}
        for each in mine
    ]
    return raised, [replace(each, severity="notice") for each in made.state.problems if each.row == entry.row]
