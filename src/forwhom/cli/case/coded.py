"""`forwhom case coded`: a transcript or a hand-coded session, kept in a case as numbers only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forwhom.cli.case.record import At, By, write
from forwhom.cli.case.shared import CaseFolder, load, moment
from forwhom.cli.options import AsJson
from forwhom.cli.printing import stop_with

if TYPE_CHECKING:
    from forwhom.cli.session.reading import Session


def coded(
    folder: CaseFolder,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A transcript of one session, or a coding of your own.")],
    session: Annotated[str, typer.Option("--session", metavar="ID", help="The session in the case.")],
    by: By = "",
    at: At = None,
    therapist: Annotated[
        list[str] | None, typer.Option("--therapist", metavar="NAME", help="Who is the therapist, as the file says it.")
    ] = None,
    patient: Annotated[
        list[str] | None, typer.Option("--patient", metavar="NAME", help="Who is the patient, as the file says it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Code a session by rule and record its counts: turns at each level, lost mentalizing, deviations. No text is kept."""
    from forwhom.programme.case.coded_session import counts
    from forwhom.programme.case.recording import Draft
    from forwhom.programme.session import check

    loaded = load(folder, as_json)
    read = _one(file, therapist, patient, as_json)
    data = counts(session, read.coding, check(read.coding, read.transcript))
    when = moment(at, "--at", loaded.state, as_json)
    write(loaded, Draft("session.coded", by, when, data), as_json)


def _one(file: Path, therapist: list[str] | None, patient: list[str] | None, as_json: bool) -> Session:
    """The only session of a file, or what is wrong and exit code 1."""
    from forwhom.cli.session.reading import options_of, rules_of, sessions_of
    from forwhom.problems import Problem, ProblemsFound

    try:
        read = sessions_of(file, options_of(therapist, patient, None), rules_of(None))
    except ProblemsFound as found:
        stop_with(found.problems, as_json)
    if len(read) != 1:
        found_it = f"the file holds {len(read)} sessions"
        stop_with([Problem("several-sessions", "Give a file with one session.", file.name, found=found_it)], as_json)
    return read[0]
