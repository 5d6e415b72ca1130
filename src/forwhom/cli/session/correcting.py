"""`forwhom session correct`: change a code, and keep what the rules said."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated, Any

import typer

from forwhom.cli.options import AsJson
from forwhom.cli.printing import say, stop_with
from forwhom.cli.session.reading import Columns, File, Patient, Therapist, options_of, rules_of, sessions_of


def correct(
    file: File,
    turn: Annotated[int, typer.Option("--turn", help="Number of the turn.")],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who corrects.")],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason; it is kept.")],
    add: Annotated[
        list[str] | None, typer.Option("--add", metavar="CODE", help="A code that holds; may be repeated.")
    ] = None,
    withdraw: Annotated[
        list[str] | None, typer.Option("--withdraw", metavar="CODE", help="A code that does not hold; may be repeated.")
    ] = None,
    level: Annotated[str | None, typer.Option("--level", metavar="1-4|none", help="The level that holds.")] = None,
    mentalizing: Annotated[
        str | None, typer.Option("--mentalizing", metavar="STATE", help="kept, doubtful or lost.")
    ] = None,
    arousal: Annotated[str | None, typer.Option("--arousal", metavar="STATE", help="low, raised or high.")] = None,
    mode: Annotated[
        str | None, typer.Option("--mode", metavar="MODE", help="psychic-equivalence, pretend, teleological or none.")
    ] = None,
    therapist: Therapist = None,
    patient: Patient = None,
    column: Columns = None,
    as_json: AsJson = False,
) -> None:
    """Correct a turn. The correction goes to a file beside the transcript that is only ever added to: who, when, why."""
    from forwhom.io.codings import append_correction
    from forwhom.problems import Problem, ProblemsFound
    from forwhom.programme.session.corrections import Correction, wrong

    singles = (("level", level), ("mentalizing", mentalizing), ("arousal", arousal), ("mode", mode))
    wanted: list[tuple[Any, str]] = [("add", each) for each in add or ()] + [
        ("withdraw", each) for each in withdraw or ()
    ]
    wanted += [(what, value) for what, value in singles if value is not None]
    if not wanted:
        do = "Give --add, --withdraw, --level, --mentalizing, --arousal or --mode."
        stop_with([Problem("wrong-usage", do, found="nothing is corrected")], as_json, 2)
    try:
        session = sessions_of(file, options_of(therapist, patient, column), rules_of(None))[0]
        now = dt.datetime.now().astimezone()
        made = [Correction(turn, what, value, by, now, why, session.coding.of) for what, value in wanted]
        problems = [problem for each in made for problem in wrong(each, session.coding)]
        if problems:
            stop_with(problems, as_json)
        paths = [append_correction(file, each) for each in made]
    except ProblemsFound as found:
        stop_with(found.problems, as_json)
    if as_json:
        print(json.dumps({"written": str(paths[0]), "corrections": len(made)}, ensure_ascii=False))
    else:
        say(f"{len(made)} {'correction' if len(made) == 1 else 'corrections'} kept in ", paths[0])
