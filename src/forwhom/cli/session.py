"""`forwhom session`: a therapy session coded by rule, held against what the manual asks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forwhom.cli.options import AsJson
from forwhom.cli.printing import err, out, print_problems, say, stop_with

if TYPE_CHECKING:
    from forwhom.io.transcripts import Options, Read
    from forwhom.programme.session import Checked, Coding, Transcript
    from forwhom.programme.session.turns import Turn

session = typer.Typer(
    help="A therapy session: code it by rule, hold it against the manual, compare two codings, correct a code.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help="Transcript: WebVTT, SRT, CSV, TSV, plain text; or a coding of your own (TOML, JSON, CSV)."
    ),
]
Therapist = Annotated[
    list[str] | None,
    typer.Option("--therapist", metavar="NAME", help="Who is the therapist, as the file names them; may be repeated."),
]
Patient = Annotated[
    list[str] | None,
    typer.Option("--patient", metavar="NAME", help="Who is the patient, as the file names them; may be repeated."),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="ROLE=NAME",
        help="Column of a table: speaker, text, start, end or session; may be repeated.",
    ),
]


@session.callback()
def a_session() -> None:
    """A therapy session: code it by rule, hold it against the manual, compare two codings, correct a code."""


@session.command()
def code(
    file: File,
    therapist: Therapist = None,
    patient: Patient = None,
    column: Columns = None,
    as_json: AsJson = False,
) -> None:
    """Code every turn: level, techniques, signs, arousal, mode, each with the words that led to it and its rule."""
    read = read_or_stop(file, therapist, patient, column, as_json)
    for each in read:
        from forwhom.programme.session import code as code_session

        coding = code_session(each.transcript)
        if as_json:
            from forwhom.io.codings import as_dict

            print(json.dumps(as_dict(coding, each.transcript), ensure_ascii=False, indent=1))
        else:
            print_coding(coding, each.transcript)


@session.command()
def check(
    file: File,
    therapist: Therapist = None,
    patient: Patient = None,
    column: Columns = None,
    as_json: AsJson = False,
) -> None:
    """Hold a session against the gate: levels while aroused and not mentalizing, the six steps, balance, moments to look at."""
    from forwhom.programme.session import check as check_session
    from forwhom.programme.session import code as code_session

    for each in read_or_stop(file, therapist, patient, column, as_json):
        coding = code_session(each.transcript)
        print_checked(check_session(coding, each.transcript), coding, each.transcript)


def options_of(therapist: list[str] | None, patient: list[str] | None, column: list[str] | None) -> Options:
    """How to read, from the options given. Wrong usage stops with exit code 2."""
    from forwhom.io.transcripts import Options
    from forwhom.io.transcripts.tables import KNOWN
    from forwhom.problems import Problem, listed

    columns = {}
    for each in column or ():
        role, _, name = each.partition("=")
        if role not in KNOWN or not name:
            do = "Write --column ROLE=NAME."
            stop_with(
                [
                    Problem(
                        "wrong-usage",
                        do,
                        column="--column",
                        found=f"'{each}' names no column of a role",
                        possible=listed(KNOWN),
                    )
                ],
                code=2,
            )
        columns[role] = name
    return Options(tuple(therapist or ()), tuple(patient or ()), columns)


def read_or_stop(
    file: Path, therapist: list[str] | None, patient: list[str] | None, column: list[str] | None, as_json: bool
) -> tuple[Read, ...]:
    """Every session of the file, or every problem and exit code 1; notices go to the error stream."""
    from forwhom.io.transcripts import read_transcripts
    from forwhom.problems import ProblemsFound

    options = options_of(therapist, patient, column)
    try:
        read = read_transcripts(file, options)
    except ProblemsFound as found:
        stop_with(found.problems, as_json)
    if not as_json:
        print_problems(list(dict.fromkeys(problem for each in read for problem in each.notices)))
    return read


def print_coding(coding: Coding, transcript: Transcript) -> None:
    """A row per turn: who, level or state, codes with the words they come from."""
    from rich.table import Table
    from rich.text import Text

    table = Table("Turn", "Who", "Level, state", "Codes, with the words that led to them", box=None, pad_edge=False)
    for turn, coded in zip(transcript.turns, coding.turns, strict=True):
        cell = Text()
        for mark in coded.marks:
            cell.append(
                f"{mark.code} {mark.confidence:.2f} ",
                style="dim" if mark.withdrawn or mark.confidence < 0.5 else "bold",
            )
            cell.append(", ".join(f"“{words}”" for words in quoted(turn, mark.evidence)) + "\n", style="dim")
        table.add_row(str(turn.number), coded.role, Text(state_in_words(coded)), cell)
    out.print(table)
    for words in transcript.assumed:
        say(f"Assumed: {words}")


def quoted(turn: Turn, evidence: Any, most: int = 40) -> list[str]:
    """The words of each piece of evidence, shortened."""
    words = [turn.text[each.start : each.end].strip() for each in evidence]
    return [each if len(each) <= most else each[: most - 1] + "…" for each in dict.fromkeys(words) if each]


def state_in_words(coded: Any) -> str:
    """Level of a therapist's turn, state of a patient's."""
    if coded.level is not None:
        return f"level {coded.level}"
    if coded.mentalizing is not None:
        mode = f", {coded.mode.replace('-', ' ')}" if coded.mode else ""
        return f"mentalizing {coded.mentalizing}, arousal {coded.arousal}{mode}"
    return ""


def print_checked(checked: Checked, coding: Coding, transcript: Transcript) -> None:
    """Deviations first, then moments to look at, then counts."""
    from forwhom.programme.session.gate import gate_rules

    rules = {rule.id: rule for rule in gate_rules()}
    for grade, title in (("deviation", "Departures from the manual"), ("look", "Moments to look at")):
        found = [moment for moment in checked.moments if moment.grade == grade]
        if found:
            out.print(f"\n[bold]{title}[/] ({len(found)})")
        for moment in found:
            rule = rules[moment.rule]
            where = f"turn {moment.turn}" if moment.turn is not None else "session"
            say(f"  {where}: {rule.title}. {moment.why} [{rule.id}, {rule.source}]")
    if not checked.moments:
        say("Nothing departs from the rules, as far as words show it.")
    b = checked.balance
    levels = ", ".join(f"level {level}: {n}" for level, n in b.levels.items())
    say(
        f"\n{coding.session}: {b.therapist_turns} turns of the therapist ({levels}; without a level: {b.no_level}), {b.patient_turns} of the patient."
    )
    err.print("Codes are made from words by rule. They help to look; they do not measure mentalizing.", style="dim")
