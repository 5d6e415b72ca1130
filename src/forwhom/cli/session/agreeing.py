"""`forwhom session agree`: two codings of the same session."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forwhom.cli.options import AsJson
from forwhom.cli.printing import out, print_problems, say, stop_with
from forwhom.cli.session.reading import Columns, OwnRules, Patient, Therapist, options_of, rules_of

if TYPE_CHECKING:
    from forwhom.analysis.programme.session_agreement import Agreement
    from forwhom.kernels.agreement import Coefficient


MOST_ASSUMED = 12
"""Assumptions that are shown."""


def agree(
    first: Annotated[Path, typer.Argument(metavar="FIRST", help="A coding or a transcript, or a folder of them.")],
    second: Annotated[
        Path,
        typer.Argument(
            metavar="SECOND",
            help="The other; files of two folders are matched by their path in the folder without the last ending, sessions of two tables "
            "by what the column of sessions says.",
        ),
    ],
    therapist: Therapist = None,
    patient: Patient = None,
    column: Columns = None,
    rules: OwnRules = None,
    as_json: AsJson = False,
) -> None:
    """Agreement of two codings: kappa plain and weighted, AC1, alpha, intraclass correlation, per code and per session."""
    from dataclasses import asdict

    from forwhom.analysis.programme.session_agreement import agree as compare
    from forwhom.cli.session.pairs import pairs_of, told
    from forwhom.problems import Problem, ProblemsFound

    options = options_of(therapist, patient, column)
    try:
        used = rules_of(rules)
        found = pairs_of(first, second, options, used)
    except ProblemsFound as wrong:
        stop_with(wrong.problems, as_json)
    if not found.both:
        do = "Give two codings of one session, two tables with --column session=NAME, or two folders whose files have the same names."
        stop_with([Problem("nothing-to-compare", do, found="no session is in both"), *told(found)], as_json)
    made = compare(found.both, rules=used)
    if as_json:
        alone = {
            "sessions_in_one_only": len(found.first_only) + len(found.second_only),
            "in_first_only": found.first_only,
            "in_second_only": found.second_only,
            "named_twice": found.twice,
            "assumed": found.assumed,
        }
        print(json.dumps(asdict(made) | alone, ensure_ascii=False, indent=1))
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
    elsewhere = sum(bool(a.of and b.of) and a.of != b.of for a, b in found.both)
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
    notices += told(found)
    print_problems(notices)
    for words in found.assumed[:MOST_ASSUMED]:
        say(f"Assumed of {words}")
    if len(found.assumed) > MOST_ASSUMED:
        say(f"{len(found.assumed) - MOST_ASSUMED} more assumptions: --json has all.")
    _print(made)


def _print(made: Agreement) -> None:
    from rich.table import Table

    from forwhom.analysis.programme.session_agreement import LEAST
    from forwhom.problems import listed

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
    level = next((row for row in made.rows if row.what == "level"), None)
    if level is not None and (alone := level.first + level.second - 2 * level.n):
        say(
            f"  {level.label}: {alone} turns have a level in one coding only. They are in no coefficient, and no agreement."
        )
    if made.uncoded:
        say(f"  Codes: {made.uncoded} turns are left out: one of the two gave no codes at all, or had not come so far.")
    for words in absent:
        say(f"  {words}")
    for each in made.per_session:
        say(f"  Per session, {each.label}: ICC {_with_limits(each.icc)}")
    say(
        "Given: by the first, by the second. Weighted: quadratic. --json has linear weights, adjusted kappa, alpha and every limit."
    )
    narrow = [row.label for row in made.rows if 0 < row.sessions < LEAST]
    if narrow:
        which = "" if len(made.sessions) < LEAST else f" of {listed(narrow)}"
        say(
            f"Turns of one session belong together, so the limits{which} are too narrow; from three sessions on they take that in."
        )


def _number(found: Coefficient | None) -> str:
    return "" if found is None else "–" if found.value is None else f"{found.value:.2f}"


def _with_limits(found: Coefficient) -> str:
    if found.value is None or found.low is None or found.high is None:
        return _number(found)
    return f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})"
