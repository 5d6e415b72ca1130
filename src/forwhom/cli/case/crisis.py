"""`forwhom case crisis`: the crisis plan, its steps, what is missing in it."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from forwhom.cli.case.emergency import numbers, record_emergency
from forwhom.cli.case.record import At, By, Overrule, Role, Why, write
from forwhom.cli.case.shared import CaseFolder, Loaded, Now, load, loaded_or_stop, moment, say_untold
from forwhom.cli.case.shared import loaded as loaded_case
from forwhom.cli.case.telling import say_emergency
from forwhom.cli.opening import open_page
from forwhom.cli.options import AsJson, OpenIt
from forwhom.cli.printing import say, stop_with

if TYPE_CHECKING:
    from forwhom.problems import Problem
    from forwhom.programme.case import Case

crisis = typer.Typer(
    help="The crisis plan: show it, record a step, check what is missing.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


@crisis.command()
def show(
    folder: CaseFolder,
    now: Now = None,
    version: Annotated[int | None, typer.Option(min=1, help="An earlier version.")] = None,
    page: Annotated[Path | None, typer.Option("--page", metavar="FILE", help="Write a page to print, too.")] = None,
    open_it: OpenIt = False,
    as_json: AsJson = False,
) -> None:
    """Show the plan: emergency help first, then the steps in order, and who answers now."""
    from forwhom.programme.case.crisis import emergency
    from forwhom.programme.case.plan_view import view
    from forwhom.programme.case.showing import plain

    loaded = _read_or_only_emergency(folder, as_json)
    if loaded.state is None:
        _only_emergency(numbers(folder), loaded.problems, as_json)
    state = loaded.state
    at = moment(now, "--now", state, as_json)
    _version_there(state, version, as_json)
    shown = view(state, at, version)
    if page is not None:
        _page(state, at, version, page, open_it, as_json)
    if as_json:
        values = {"emergency": list(emergency(state)), "plan": plain(shown)}
        print(json.dumps(values, ensure_ascii=False, indent=2))
        return
    say_emergency(emergency(state))
    if shown is None:
        say("There is no crisis plan yet.")
        return
    for line in shown.lines():
        say(line)
    if page is not None:
        say("\nPage: ", page)


def _is_emergency(name: str, folder: Path) -> bool:
    """Whether a step is a call for emergency help, however it is written: *Emergency*, *emergency/999*, or a number alone."""
    from forwhom.programme.case.crisis import EVERYBODY

    said = name.strip().casefold()
    known = re.findall(r"\d{3,}", " ".join((*numbers(folder), *EVERYBODY)))
    return said.partition("/")[0] == "emergency" or said in known


@crisis.command()
def step(
    folder: CaseFolder,
    name: Annotated[str, typer.Argument(metavar="STEP", help="A step of the plan, such as own/walk; or emergency.")],
    by: By = "",
    role: Role = "",
    helped: Annotated[str, typer.Option(help="yes, partly or no.")] = "",
    when: Annotated[
        str | None, typer.Option(metavar="TIME", help="When it was taken, with its zone; default: now.")
    ] = None,
    at: At = None,
    why: Why = "",
    overrule: Overrule = None,
    as_json: AsJson = False,
) -> None:
    """Record a step that was taken. Other means come before contact with staff; emergency is never refused."""
    from forwhom.programme.case.recording import Draft

    if _is_emergency(name, folder):
        given = {"when": when} if when else {}
        record_emergency(folder, by, at, given, {"role": role, "why": why}, [], as_json)
        return
    loaded = load(folder, as_json)
    say_untold(loaded)
    recorded = moment(at, "--at", loaded.state, as_json)
    data: dict[str, str] = {"when": moment(when, "--when", loaded.state, as_json).isoformat()} if when else {}
    data |= {"step": name} | ({"helped": helped} if helped else {})
    write(loaded, Draft("crisis.step-taken", by, recorded, data, role, why, tuple(overrule or ())), as_json)


@crisis.command()
def check(folder: CaseFolder, now: Now = None, as_json: AsJson = False) -> None:
    """Say which part of the plan is missing, who of it has left, and who has not signed; exit code 1 where anything is."""
    from forwhom.programme.case.crisis import emergency
    from forwhom.programme.case.crisis_plan import missing
    from forwhom.programme.case.plan_view import unsigned
    from forwhom.programme.case.showing import plain

    _, state = loaded_or_stop(folder, as_json)
    current = state.crisis.current
    today = state.opened.day(moment(now, "--now", state, as_json))
    lacks = missing(current.plan, state.opened, today) if current is not None else ()
    who = unsigned(state, current) if current is not None else ("the patient", "a therapist")
    if as_json:
        number = current.number if current is not None else None
        values = {
            "emergency": list(emergency(state)),
            "version": number,
            "missing": plain(lacks),
            "unsigned": list(who),
        }
        print(json.dumps(values, ensure_ascii=False, indent=2))
    elif current is None:
        say("There is no crisis plan yet.")
    else:
        for each in lacks:
            say(f"{each.says} {each.why} [{each.source}]")
        for each_ in who:
            say(f"Version {current.number} is not signed by {each_}.")
    if current is not None and not (lacks or who) and not as_json:
        say(f"Version {current.number} is complete and signed by both.")
    if not as_json:
        say_emergency(emergency(state))
    if current is None or lacks or who:
        raise typer.Exit(1)


def _read_or_only_emergency(folder: Path, as_json: bool) -> Loaded:
    from forwhom.problems import ProblemsFound

    try:
        return loaded_case(folder)
    except ProblemsFound as found:
        _only_emergency(numbers(folder), found.problems, as_json)


def _only_emergency(lines: tuple[str, ...], problems: tuple[Problem, ...], as_json: bool) -> NoReturn:
    """What can be said when case.toml cannot be used: how emergency help is reached."""
    if as_json:
        told = [each.as_dict() for each in problems]
        print(json.dumps({"emergency": list(lines), "plan": None, "problems": told}, ensure_ascii=False, indent=2))
        raise typer.Exit(1)
    say_emergency(lines)
    stop_with(problems)


def _version_there(state: Case, version: int | None, as_json: bool) -> None:
    from forwhom.problems import Problem

    n = len(state.crisis.versions)
    if version is not None and version > n:
        possible = f"1 to {n}" if n else "none yet"
        wrong = Problem("no-version", "Name a version.", None, None, "--version", f"no version {version}", possible)
        stop_with([wrong], as_json, code=2)


def _page(state: Case, at: dt.datetime, version: int | None, page: Path, open_it: bool, as_json: bool) -> None:
    from forwhom.analysis.programme.crisis import crisis_record
    from forwhom.io.record import check_writable, write_together
    from forwhom.problems import Problem, ProblemsFound
    from forwhom.report.crisis_plan import render_plan

    if state.crisis.current is None:
        stop_with([Problem("no-plan", "Write the plan first.", found="there is no crisis plan yet")], as_json)
    try:
        check_writable([page])
        write_together({page: render_plan(crisis_record(state, at, version, simulated=state.opened.simulated))})
    except ProblemsFound as found:
        stop_with(found.problems, as_json)
    if open_it:
        open_page(page)
