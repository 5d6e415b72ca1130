"""`forwhom session correct`: change a code, and keep what the rules said."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated, Any

import typer

from forwhom.cli.options import AsJson
from forwhom.cli.printing import say, stop_with
from forwhom.cli.session.reading import (
    Columns,
    File,
    OwnCoder,
    OwnRules,
    Patient,
    Session,
    Therapist,
    options_of,
    rules_of,
    sessions_of,
)


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
    session: Annotated[
        str | None,
        typer.Option("--session", metavar="NAME", help="Which session of a file of several, as its column says it."),
    ] = None,
    therapist: Therapist = None,
    patient: Patient = None,
    column: Columns = None,
    rules: OwnRules = None,
    coder: OwnCoder = None,
    as_json: AsJson = False,
) -> None:
    """Correct a turn. The correction goes to a file beside the transcript that is only ever added to: who, when, why."""
    from forwhom.io.codings import append_correction
    from forwhom.problems import Problem, ProblemsFound
    from forwhom.programme.session.corrections import Correction, digest_of, wrong

    singles = (("level", level), ("mentalizing", mentalizing), ("arousal", arousal), ("mode", mode))
    wanted: list[tuple[Any, str]] = [("add", each) for each in add or ()] + [
        ("withdraw", each) for each in withdraw or ()
    ]
    wanted += [(what, value) for what, value in singles if value is not None]
    if not wanted:
        do = "Give --add, --withdraw, --level, --mentalizing, --arousal or --mode."
        stop_with([Problem("wrong-usage", do, found="nothing is corrected")], as_json, 2)
    try:
        used = rules_of(rules)
        of = _which(sessions_of(file, options_of(therapist, patient, column), used, coder), session, file.name, as_json)
        said = {each.number: each.text for each in of.transcript.turns} if of.transcript else {}
        words = digest_of(said[turn]) if turn in said else ""
        now = dt.datetime.now().astimezone()
        tied: dict[str, Any] = {"of": of.coding.of, "session": of.part, "words": words}
        made = [Correction(turn, what, value, by, now, why, **tied) for what, value in wanted]
        problems = list(dict.fromkeys(problem for each in made for problem in wrong(each, of.coding, used)))
        if problems:
            stop_with(problems, as_json)
        paths = [append_correction(file, each) for each in made]
    except ProblemsFound as found:
        stop_with(found.problems, as_json)
    if as_json:
        print(json.dumps({"written": str(paths[0]), "corrections": len(made)}, ensure_ascii=False))
    else:
        say(f"{len(made)} {'correction' if len(made) == 1 else 'corrections'} kept in ", paths[0])


def _which(sessions: tuple[Session, ...], name: str | None, file: str, as_json: bool) -> Session:
    """The session that is meant: the only one, or the one that is named. Stops where that is not told."""
    from forwhom.problems import Problem, did_you_mean, listed

    parts = [each.part for each in sessions]
    if name is None and len(sessions) > 1:
        found = f"the file has {len(sessions)} sessions, and each has a turn of that number"
        do = "Say which is meant with --session NAME."
        stop_with(
            [Problem("which-session", do, file, column="--session", found=found, possible=listed(parts))], as_json, 2
        )
    meant = next((each for each in sessions if name is None or name in (each.part, each.coding.session)), None)
    if meant is None:
        do = f"{did_you_mean(name or '', parts)}Name a session of the file, with --column session=NAME where a table has several."
        found = f"there is no session '{name}'"
        stop_with(
            [Problem("unknown-session", do, file, column="--session", found=found, possible=listed(parts))], as_json
        )
    return meant
