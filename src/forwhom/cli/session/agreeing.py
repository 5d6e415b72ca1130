"""`forwhom session agree`: two codings of the same session."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forwhom.cli.options import AsJson
from forwhom.cli.printing import out, print_problems, say, stop_with
from forwhom.cli.session.reading import Columns, Patient, Therapist, options_of, rules_of, sessions_of

if TYPE_CHECKING:
    from forwhom.analysis.programme.session_agreement import Agreement
    from forwhom.io.transcripts import Options
    from forwhom.kernels.agreement import Coefficient
    from forwhom.programme.session import Coding


def agree(
    first: Annotated[Path, typer.Argument(metavar="FIRST", help="A coding or a transcript, or a folder of them.")],
    second: Annotated[
        Path,
        typer.Argument(
            metavar="SECOND", help="The other; files of two folders are matched by name, without the ending."
        ),
    ],
    therapist: Therapist = None,
    patient: Patient = None,
    column: Columns = None,
    as_json: AsJson = False,
) -> None:
    """Agreement of two codings: kappa plain and weighted, AC1, alpha, intraclass correlation, per code and per session."""
    from dataclasses import asdict

    from forwhom.analysis.programme.session_agreement import agree as compare
    from forwhom.problems import Problem, ProblemsFound

    options = options_of(therapist, patient, column)
    try:
        one, two = (_codings(path, options) for path in (first, second))
    except ProblemsFound as found:
        stop_with(found.problems, as_json)
    names = [next(iter(one)), next(iter(two))] if len(one) == len(two) == 1 else []
    pairs = [(one[names[0]], two[names[1]])] if names else [(one[name], two[name]) for name in one if name in two]
    if not pairs:
        do = "Give two codings of one session, or two folders whose files have the same names."
        stop_with([Problem("nothing-to-compare", do, found="no session is in both")], as_json)
    made = compare(pairs)
    alone = (len(one) + len(two) - 2 * len(pairs)) if not names else 0
    if as_json:
        print(json.dumps(asdict(made) | {"sessions_in_one_only": alone}, ensure_ascii=False, indent=1))
        return
    notices = []
    if made.one_only:
        do = "Check that both code the same transcript."
        notices.append(
            Problem(
                "turns-differ",
                do,
                found="turns are in one coding only and are not compared",
                severity="notice",
                count=made.one_only,
            )
        )
    elsewhere = sum(bool(a.of and b.of) and a.of != b.of for a, b in pairs)
    if elsewhere:
        do = "Check that both code the same session: agreement on two different ones says nothing. One session in two formats is fine."
        notices.append(
            Problem(
                "transcripts-differ",
                do,
                found="sessions were coded from two different transcripts",
                severity="notice",
                count=elsewhere,
            )
        )
    if alone:
        do = "Give the same names to files that belong together."
        notices.append(
            Problem(
                "sessions-differ",
                do,
                found="sessions are in one folder only and are not compared",
                severity="notice",
                count=alone,
            )
        )
    print_problems(notices)
    _print(made)


def _codings(path: Path, options: Options) -> dict[str, Coding]:
    from forwhom.cli.session.many import files_of

    paths = files_of(path) if path.is_dir() else [path]
    found: dict[str, Coding] = {}
    for each in paths:
        for session in sessions_of(each, options, rules_of(None)):
            name = each.name.partition(".")[0] if path.is_dir() else session.coding.session
            found[name] = session.coding
    return found


def _print(made: Agreement) -> None:
    from rich.table import Table

    sessions = f"{len(made.sessions)} session{'' if len(made.sessions) == 1 else 's'}"
    say(f"{made.first} and {made.second}: {made.turns} turns of {sessions}.")
    table = Table("", "n", "Given", "Same", "Kappa (95 %)", "Weighted", "AC1", "ICC", box=None, pad_edge=False)
    absent = []
    for row in made.rows:
        same = "–" if row.observed is None else f"{100 * row.observed:.0f} %"
        cells = [_number(each) for each in (row.quadratic, row.ac1, row.icc)]
        table.add_row(row.label, str(row.n), f"{row.first}, {row.second}", same, _with_limits(row.kappa), *cells)
        if row.kappa.value is None and row.kappa.why_absent:
            absent.append(f"{row.label}: {row.kappa.why_absent}")
    out.print(table)
    for words in absent:
        say(f"  {words}")
    for each in made.per_session:
        say(f"  Per session, {each.label}: ICC {_with_limits(each.icc)}")
    say(
        "Given: by the first, by the second. Weighted: quadratic. --json has linear weights, adjusted kappa, alpha and every limit."
    )
    if len(made.sessions) < 3:
        say(
            "Turns of one session belong together, so these limits are too narrow; from three sessions on they take that in."
        )


def _number(found: Coefficient | None) -> str:
    return "" if found is None else "–" if found.value is None else f"{found.value:.2f}"


def _with_limits(found: Coefficient) -> str:
    if found.value is None or found.low is None or found.high is None:
        return _number(found)
    return f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})"
