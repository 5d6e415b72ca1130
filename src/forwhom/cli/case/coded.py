"""`forwhom case coded`: a transcript or a hand-coded session, kept in a case as numbers only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forwhom.cli.case.record import At, By, write
from forwhom.cli.case.shared import CaseFolder, load, moment
from forwhom.cli.options import AsJson
from forwhom.cli.printing import stop_with
from forwhom.cli.session import Columns, Patient, Therapist, read_or_stop


def coded(
    folder: CaseFolder,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A transcript of one session.")],
    session: Annotated[str, typer.Option("--session", metavar="ID", help="The session in the case.")],
    by: By = "",
    at: At = None,
    therapist: Therapist = None,
    patient: Patient = None,
    column: Columns = None,
    as_json: AsJson = False,
) -> None:
    """Code a session by rule and record its counts: turns at each level, lost mentalizing, deviations. No text is kept."""
    from forwhom.problems import Problem
    from forwhom.programme.case.coded_session import counts
    from forwhom.programme.case.recording import Draft
    from forwhom.programme.session import check
    from forwhom.programme.session import code as code_session

    loaded = load(folder, as_json)
    read = read_or_stop(file, therapist, patient, column, as_json)
    if len(read) != 1:
        do = "Give a file with one session."
        stop_with([Problem("several-sessions", do, file.name, found=f"the file holds {len(read)} sessions")], as_json)
    coding = code_session(read[0].transcript)
    data = counts(session, coding, check(coding, read[0].transcript))
    when = moment(at, "--at", loaded.state, as_json)
    write(loaded, Draft("session.coded", by, when, data), as_json)
