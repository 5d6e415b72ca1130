"""`forwhom evidence check`: every rule over every file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forwhom.cli.evidence.shared import Folders, NoShipped, count
from forwhom.cli.options import AsJson
from forwhom.cli.printing import out, print_problems, say

if TYPE_CHECKING:
    from forwhom.evidence import Checked, Ledger
    from forwhom.problems import Problem


Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 while contradictions are open.")]


def check(
    strict: Strict = False, folders: Folders = None, no_shipped: NoShipped = False, as_json: AsJson = False
) -> None:
    """Validate every file and list what does not agree: both places, and what would settle it."""
    from forwhom.evidence import check as check_ledger
    from forwhom.evidence import read_with_problems

    read, problems = read_with_problems(*folders or (), shipped=not no_shipped)
    checked = check_ledger(read)
    if as_json:
        found: dict[str, Any] = {
            "problems": [problem.as_dict() for problem in (*problems, *checked.notices)],
            "contradictions": [each.as_dict() for each in checked.contradictions],
        }
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        _print_checked(read, problems, checked)
    if problems or (strict and checked.open):
        raise typer.Exit(1)


def _print_checked(read: Ledger, problems: tuple[Problem, ...], checked: Checked) -> None:
    if problems or checked.notices:
        print_problems((*problems, *checked.notices), out)
    if problems:
        say("Contradictions are listed when every file can be read.")
        return
    for each in checked.contradictions:
        out.print(str(each), markup=False, highlight=False, soft_wrap=True)
        out.print()
    n = len(checked.contradictions)
    say(
        f"{count(len(read.studies), 'study', 'studies')} and {count(len(read.claims), 'claim')} read: "
        f"{count(len(problems), 'problem')}, {count(n, 'contradiction')}, {len(checked.open)} of them open."
    )
