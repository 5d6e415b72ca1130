"""`forwhom session check`: one session, a file of many, or a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forwhom.cli.hands import hands
from forwhom.cli.opening import open_page
from forwhom.cli.options import AsJson, OpenIt, Workers
from forwhom.cli.printing import err, out, print_problems, progress_bar, say, stop_with
from forwhom.cli.session.reading import (
    Columns,
    OwnCoder,
    OwnGate,
    OwnRules,
    Patient,
    Therapist,
    gate_of,
    options_of,
    rules_of,
    sessions_of,
)

if TYPE_CHECKING:
    from forwhom.analysis.programme.session_folder import Summary
    from forwhom.cli.session.reading import Session
    from forwhom.programme.session import Checked, Moment
    from forwhom.programme.session.gate import GateRule

    Gate = tuple[GateRule, ...] | None


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A transcript or a coding, or a folder of them.")],
    therapist: Therapist = None,
    patient: Patient = None,
    column: Columns = None,
    rules: OwnRules = None,
    gate: OwnGate = None,
    coder: OwnCoder = None,
    page: Annotated[
        Path | None, typer.Option("--page", metavar="HTML", help="Write the supervision page of one session.")
    ] = None,
    no_words: Annotated[
        bool, typer.Option("--no-words", help="Leave what was said out of the page and of JSON.")
    ] = False,
    trend: Annotated[
        bool,
        typer.Option(
            "--trend", help="The sessions are of one treatment: how the focus on the relationship moves over them."
        ),
    ] = False,
    workers: Workers = 1,
    open_it: OpenIt = False,
    as_json: AsJson = False,
) -> None:
    """Hold a session against the gate: levels while aroused and not mentalizing, the six steps, balance, moments to look at."""
    from forwhom.problems import Problem, ProblemsFound

    options = options_of(therapist, patient, column)
    try:
        used = rules_of(rules)
        held = gate_of(gate)
        if file.is_dir():
            if page is not None or coder is not None:
                do = "Give one file for --page and --coder."
                stop_with([Problem("wrong-usage", do, found="a folder has many sessions")], as_json, 2)
            _folder(file, options, rules, gate, trend, workers, as_json)
            return
        if page is not None:
            _refuse(page, file, as_json)
        sessions = sessions_of(file, options, used, coder, unknown=True)
        if page is not None and len(sessions) > 1:
            stop_with(
                [Problem("wrong-usage", "Give a file of one session.", column="--page", found="many sessions")],
                as_json,
                2,
            )
        if trend and len(sessions) == 1:
            do = "Give a folder, or a table with a column of sessions."
            stop_with([Problem("wrong-usage", do, column="--trend", found="one session has no trend")], as_json, 2)
        if len(sessions) > 1:
            whole = _many(sessions, held, trend, as_json)
        else:
            whole = _one(sessions[0], held, page, words=not no_words, as_json=as_json)
    except ProblemsFound as found:
        stop_with(found.problems, as_json)
    if open_it and page is not None:
        open_page(page)
    if not whole:
        raise typer.Exit(1)


def _refuse(page: Path, file: Path, as_json: bool) -> None:
    """Stop before any work where the page or its findings cannot go there."""
    from forwhom.io.replacing import page_in_the_way
    from forwhom.problems import Problem

    if page.suffix.casefold() not in (".html", ".htm"):
        do, found = "Give a file ending in .html.", f"'{page.suffix}' is no ending of a page"
        stop_with([Problem("wrong-usage", do, column="--page", found=found)], as_json, 2)
    problems = page_in_the_way(page, file)
    if problems:
        stop_with(problems, as_json)


def _one(session: Session, gate: Gate, page: Path | None, *, words: bool, as_json: bool) -> bool:
    """Whether turns of both are coded; where they are not, hardly anything could be asked."""
    from forwhom.problems import errors
    from forwhom.programme.session import check as held_against
    from forwhom.programme.session.coverage import aid, coded_by, judged, states_set
    from forwhom.programme.session.risk import in_words

    checked = held_against(session.coding, session.transcript, gate)
    if page is not None or as_json:
        _recorded(session, gate, page, words=words, as_json=as_json)
    if as_json:
        return judged(checked.balance)
    nobody = bool(errors(session.notices))
    if nobody:
        say(in_words(session.coding))
        _print_lines(session, words=words)
    print_problems(session.notices)
    if not nobody:
        say(in_words(session.coding))
        _print(checked, session.coding.session)
    say(f"Coded by: {coded_by(session.coding)}")
    for each in states_set(session.coding, reasons=words):
        say(f"Set by a person: {each}")
    for each in session.transcript.assumed if session.transcript else ():
        say(f"Assumed: {each}")
    if page is not None:
        say("Page:     ", page)
        say("Findings: ", page.with_suffix(".json"))
    err.print(aid(session.coding), style="dim")
    return judged(checked.balance)


def _recorded(session: Session, gate: Gate, page: Path | None, *, words: bool, as_json: bool) -> None:
    """Write the page with its findings, and print them as JSON, whichever is asked for."""
    from forwhom.analysis.programme.session_page import session_record
    from forwhom.findings.record import to_json
    from forwhom.io.record import write_together
    from forwhom.report.render import render

    record = session_record(session.coding, session.transcript, session.notices, words=words, gate=gate)
    text = to_json(record)
    if page is not None:
        write_together({page.with_suffix(".json"): text, page: render(record, text)})
    if as_json:
        print(text, end="")


def _print_lines(session: Session, *, words: bool) -> None:
    """What to read first where nobody could be coded: the lines themselves."""
    from forwhom.programme.session.risk import lines

    for each in lines(session.coding, session.transcript) if session.transcript else ():
        where = f" (line {each.row})" if each.row is not None else ""
        say(f"  turn {each.turn}{where}" + (f": {each.words}" if words else ""))


def _print(checked: Checked, name: str) -> None:
    """Words of risk first, then deviations, then moments to look at, then counts."""
    from forwhom.programme.session.coverage import covered, loose_told, not_judged, nothing_found
    from forwhom.programme.session.own_gate import differences
    from forwhom.programme.session.risk import CODES, HINT

    rules = {rule.id: rule for rule in checked.rules}
    groups: dict[str, list[Moment]] = {
        "Words of self-harm, death or danger to or from others": [],
        "Words that may hint at danger": [],
        "Departures from the manual": [],
        "Moments to look at": [],
    }
    first, hints, departures, looks = groups.values()
    for moment in checked.moments:
        check_, departs = rules[moment.rule].check, moment.grade == "deviation"
        (hints if check_ == HINT else first if check_ in CODES else departures if departs else looks).append(moment)
    for title, found in groups.items():
        if found:
            out.print(f"[bold]{title}[/] ({len(found)})")
        for moment in found:
            rule = rules[moment.rule]
            where = f"turn {moment.turn}" if moment.turn is not None else "session"
            say(f"  {where}: {rule.title}. {moment.why} [{rule.id}, {rule.source}]")
    if not checked.moments:
        say(nothing_found(checked))
    left_out = differences(checked.rules)[2]
    if left_out:
        say(f"Rules of the gate that were left out, and not asked: {', '.join(left_out)}.")
    b = checked.balance
    if covered(b):
        say(covered(b))
    levels = ", ".join(f"level {level}: {n}" for level, n in b.levels.items()) or "no level seen"
    words = f"; {100 * b.therapist_words:.0f} % of the words" if b.therapist_words is not None else ""
    turns = f"{b.therapist_turns} turn{'' if b.therapist_turns == 1 else 's'} of the therapist"
    mine = f"{turns} ({levels}; without a level: {b.no_level}{words})"
    say(f"{name}: {mine}, {b.patient_turns} of the patient.")
    if not_judged(checked):
        say(not_judged(checked))
    without = loose_told(checked.loose)
    if without:
        say(without)


def _many(sessions: tuple[Session, ...], gate: Gate, trend: bool, as_json: bool) -> bool:
    """Whether turns of both are coded in every session."""
    from forwhom.analysis.programme.session_folder import summary

    notices = dict.fromkeys(problem for each in sessions for problem in each.notices)
    if not as_json:
        print_problems(list(notices))
    made = [summary(each.coding, each.transcript, gate) for each in sessions]
    _print_summaries(made, (), trend, as_json)
    return all(each.judged for each in made)


def _folder(
    folder: Path,
    options: Any,
    rules: list[Path] | None,
    gate: list[Path] | None,
    trend: bool,
    workers: int,
    as_json: bool,
) -> None:
    """Every session of a folder, with a bar; a file that cannot be read is told and the others are checked."""
    from functools import partial

    from forwhom.cli.session.many import Outcome, checked_file, files_of, once
    from forwhom.parallel import run
    from forwhom.problems import Problem

    paths = files_of(folder)
    if not paths:
        do = "Give a folder with transcripts (.vtt, .srt, .csv, .tsv, .txt) or codings (.toml, .json)."
        stop_with([Problem("no-sessions", do, str(folder), found="there is no session in it")], as_json)
    with hands(workers, None, as_json, lambda: "Stopped.") as given, progress_bar() as bar:
        job = bar.add_task("Checking sessions", total=len(paths))

        def done(n: int, outcome: Outcome) -> None:
            bar.update(job, completed=n + 1)

        task = partial(checked_file, options, tuple(rules or ()), gate=tuple(gate or ()))
        outcomes = run(task, paths, workers=given, done=done)
    outcomes, left_out = once(outcomes)
    summaries = [each for outcome in outcomes for each in outcome.summaries]
    problems = [*left_out, *(problem for outcome in outcomes for problem in outcome.problems)]
    _print_summaries(summaries, problems, trend, as_json)
    if any(problem.severity == "error" for problem in problems) or not all(each.judged for each in summaries):
        raise typer.Exit(1)


MOST_ROWS, MOST_LINES = 40, 12
"""Sessions of a folder that are shown, and lines of one that are named."""


def _assumptions(summaries: list[Summary]) -> list[str]:
    """What was guessed, with the sessions it was guessed of; who speaks first, for with the roles exchanged everything is wrong."""
    sessions: dict[str, list[str]] = {}
    for each in summaries:
        for words in each.assumed:
            sessions.setdefault(words, []).append(each.session)
    ordered = sorted(sessions.items(), key=lambda one: "is taken for the" not in one[0])
    told = [
        f"Assumed of {names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''}: {words}"
        for words, names in ordered[:MOST_LINES]
    ]
    more = len(ordered) - MOST_LINES
    return [*told, f"{more} more assumptions: --json has all."] if more > 0 else told


def _print_summaries(summaries: list[Summary], problems: Any, trend: bool, as_json: bool) -> None:
    from dataclasses import asdict

    from rich.table import Table
    from rich.text import Text

    from forwhom.analysis.programme.session_folder import focus_trend
    from forwhom.programme.session.risk import NOT_SAFE

    course = focus_trend([(each.session, each.relationship) for each in summaries]) if trend else None
    if as_json:
        found = {
            "sessions": [asdict(each) for each in summaries],
            **({"trend": asdict(course)} if course is not None else {}),
            "problems": [problem.as_dict() for problem in problems],
        }
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return
    if problems:
        print_problems(problems)
    table = Table(
        "Session",
        "Read first",
        "Turns",
        "Not coded",
        "Departures",
        "Looks",
        "Level 3, 4",
        "At gate",
        "Level 4",
        box=None,
        pad_edge=False,
    )
    table.columns[0].overflow, table.columns[0].min_width = "fold", 14
    for each in sorted(summaries, key=lambda one: (not one.risk, one.judged, -one.departures))[:MOST_ROWS]:
        share = "–" if each.relationship is None else f"{100 * each.relationship:.0f} %"
        table.add_row(
            Text(each.session),
            str(each.risk),
            str(each.turns),
            str(each.uncoded),
            str(each.departures) if each.judged else "–",
            str(each.looks),
            str(each.high),
            str(each.gate),
            share,
        )
    out.print(table)
    if len(summaries) > MOST_ROWS:
        say(f"Shown are {MOST_ROWS}, those with turns to read first before others; --json has all {len(summaries)}.")
    for told in _assumptions(summaries):
        say(told)
    flagged = sum(bool(each.departures) for each in summaries)
    say(f"{len(summaries)} sessions; {flagged} with a departure from the manual.")
    risk = sum(bool(each.risk) for each in summaries)
    say(
        "Read first: turns with words of self-harm, death or danger to or from others, or on what was asked about them; "
        f"in {risk} sessions."
    )
    say(f"In the others the list of wordings found none. {NOT_SAFE}")
    for each in summaries:
        if each.lines:
            numbers = ", ".join(map(str, each.lines[:MOST_LINES])) + (
                " and more" if len(each.lines) > MOST_LINES else ""
            )
            say(f"  {each.session}, where not both could be coded: read line {numbers} of the file.")
    unasked = sum(not each.judged for each in summaries)
    if unasked:
        have = "session has" if unasked == 1 else "sessions have"
        say(f"{unasked} {have} no coded turn of the patient or of the therapist (–): nothing could be asked there.")
    for told in course.told if course is not None else ():
        say(told)
    err.print("The codes help to look; they do not measure mentalizing.", style="dim")
