"""What the commands of `forwhom case` share: the group, its options, reading a case."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forwhom.cli.case.telling import CaseGroup, say_emergency
from forwhom.cli.printing import err, stop_with

if TYPE_CHECKING:
    from forwhom.io.case import CaseFiles
    from forwhom.problems import Problem
    from forwhom.programme.case import Case, Entry
    from forwhom.programme.model import Programme

case = typer.Typer(
    cls=CaseGroup,
    help="The course of one treatment: a log that is only added to, and what follows from it.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

CaseFolder = Annotated[Path, typer.Argument(metavar="CASE", help="Folder with case.toml and log.jsonl.")]
Now = Annotated[
    str | None,
    typer.Option("--now", metavar="TIME", help="The time to ask for, with its zone; default: the computer's clock."),
]


NOBODY_TOLD = 3
"""Exit code where an entry was written and what it says reaches nobody: a script must not take it for told, nor write it again."""


@case.callback()
def _case() -> None:
    """The course of one treatment: a log that is only added to, and what follows from it."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A case with its state; `state` is None when case.toml cannot be used."""

    files: CaseFiles
    programme: Programme | None
    state: Case | None
    problems: tuple[Problem, ...]


def load(folder: Path, as_json: bool) -> Loaded:
    """Read and replay a case; stops only where there is none, after how emergency help is reached."""
    from forwhom.cli.case.emergency import numbers
    from forwhom.problems import ProblemsFound

    try:
        return loaded(folder)
    except ProblemsFound as found:
        if not as_json:
            say_emergency(numbers(folder))
        stop_with(found.problems, as_json)


def loaded(folder: Path) -> Loaded:
    """A case, read and replayed; raises ProblemsFound where there is none or its log cannot be read."""
    from forwhom.cli.case.unlisted import waits
    from forwhom.io.case import read_case
    from forwhom.programme.case import replay
    from forwhom.programme.case.noted import edited
    from forwhom.programme.case.opening import opened_problems

    files = read_case(folder)
    programme, wrong = programme_of(files)
    if files.opened is None:
        return Loaded(files, programme, None, (*files.problems, *wrong, *waits(files.log.entries)))
    state = replay(programme, files.opened, files.log.entries)
    problems = (
        *files.problems,
        *wrong,
        *opened_problems(files.opened, programme),
        *state.problems,
        *edited(state, files.digest),
    )
    return Loaded(files, programme, state, problems)


def loaded_or_stop(folder: Path, as_json: bool) -> tuple[Loaded, Case]:
    """A case whose case.toml can be used; else every problem, after how emergency help is reached, and exit code 1."""
    from forwhom.cli.case.emergency import numbers

    made = load(folder, as_json)
    if made.state is None:
        if not as_json:
            say_emergency(numbers(folder))
        stop_with(made.problems, as_json)
    return made, made.state


def say_untold(made: Loaded) -> None:
    """Say where no alert would tell anybody: a case that is silent must not look like one that is quiet."""
    for each in made.problems:
        if each.code == "no-alert":
            err.print(f"NO ALERTS: {each.found}. {each.do}", style="yellow", markup=False)


def programme_of(files: CaseFiles) -> tuple[Programme | None, tuple[Problem, ...]]:
    """The programme that case.toml names: one that ships, or a file beside it."""
    from forwhom.problems import ProblemsFound
    from forwhom.programme import named_or_read, names

    name = files.table.get("programme")
    if not isinstance(name, str):
        return None, ()
    try:
        return named_or_read(name if name in names() else files.folder / name), ()
    except ProblemsFound as found:
        return None, found.problems


def emergency_lines(table: dict[str, Any]) -> tuple[str, ...]:
    """How help is reached, from case.toml as it is, whatever else is wrong with it. Never empty."""
    from forwhom.programme.case.crisis import EVERYBODY
    from forwhom.programme.case.crisis_plan import not_blank

    said = table.get("emergency")
    lines = [said] if isinstance(said, str) else said if isinstance(said, list) else []
    return not_blank(each for each in lines if isinstance(each, str)) or EVERYBODY


def clock() -> dt.datetime:
    """What the computer's clock says."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def moment(text: str | None, option: str, state: Case | None, as_json: bool) -> dt.datetime:
    """The time an option gives, or now; a time without a zone is refused with what it could mean."""
    from forwhom.problems import Problem
    from forwhom.programme.case.log import fixed
    from forwhom.programme.case.log import moment as read

    if text is None:
        zone = state.opened.zone if state is not None else dt.UTC
        return fixed(clock().astimezone(zone))
    made = read(text)
    if not isinstance(made, tuple):
        return made
    code, found, do = made
    meant = could_mean(text, state) if code == "no-zone" else ""
    return stop_with([Problem(code, do, None, None, option, found, meant)], as_json, code=2)


def stood(made: Loaded, state: Case, now: str | None, as_json: bool) -> tuple[Case, dt.datetime, tuple[Entry, ...]]:
    """The case as it stood at --now, that time, and the entries recorded later: they do not count, and that is said.

    Without --now every entry counts, also one whose time lies after the computer's clock: a wrong year must hide no alert.
    """
    from forwhom.programme.case.state import as_of

    at = moment(now, "--now", state, as_json)
    if now is None:
        return state, at, ()
    then, later = as_of(state, made.files.log.entries, at)
    if later and not as_json:
        n = len(later)
        says = f"As it stood {local(at, state)}: {n} {'entry' if n == 1 else 'entries'} recorded later"
        err.print(f"{says} {'does' if n == 1 else 'do'} not count.", style="yellow", markup=False)
    return then, at, later


def could_mean(text: str, state: Case | None) -> str:
    """The moments that a time without a zone could mean where the patient is treated; "" where none can be said."""
    from forwhom.programme.case.clocks import local_time

    if state is None:
        return ""
    zone = state.opened.zone.key
    try:
        times = local_time(text, state.opened)
    except (ValueError, OverflowError):
        return ""
    if not times:
        return f"no moment: in {zone} the clocks skipped this time"
    said = " or ".join(each.isoformat() for each in times)
    return f"in {zone} {said}" + ("; the clocks showed this time twice" if len(times) > 1 else "")


def local(at: dt.datetime, state: Case) -> str:
    """A moment as the clock on the wall of the service shows it."""
    return f"{at.astimezone(state.opened.zone):%a %Y-%m-%d %H:%M %Z}"
