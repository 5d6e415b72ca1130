"""`forwhom evidence check`: every rule over every file."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forwhom.cli.evidence.shared import Folders, NoShipped, count
from forwhom.cli.options import AsJson
from forwhom.cli.printing import out, print_problems, say

if TYPE_CHECKING:
    from forwhom.evidence import Ledger
    from forwhom.evidence.contradictions import Fact
    from forwhom.problems import Problem


Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 while contradictions are open.")]


def check(
    strict: Strict = False, folders: Folders = None, no_shipped: NoShipped = False, as_json: AsJson = False
) -> None:
    """Validate every file and list what does not agree: both places, and what would settle it."""
    from forwhom.evidence import check as check_ledger
    from forwhom.evidence import read_with_problems
    from forwhom.evidence.ahead import days_ahead
    from forwhom.evidence.facts import facts

    read, problems = read_with_problems(*folders or (), shipped=not no_shipped)
    own = {path.stem for folder in folders or () for path in folder.glob("*/*.toml")}
    problems = (*problems, *days_ahead(read, dt.date.today(), own))
    checked = check_ledger(read)
    told = facts(checked.contradictions, read)
    if as_json:
        found: dict[str, Any] = {
            "problems": [problem.as_dict() for problem in (*problems, *checked.notices)],
            "facts": [each.as_dict() for each in told],
            "contradictions": [each.as_dict() for each in checked.contradictions],
        }
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        _print_checked(read, problems, checked.notices, told)
    if problems or (strict and any(each.kind == "contradiction" and each.status == "open" for each in told)):
        raise typer.Exit(1)


def _print_checked(
    read: Ledger, problems: tuple[Problem, ...], notices: tuple[Problem, ...], told: tuple[Fact, ...]
) -> None:
    from forwhom.evidence.contradictions import KINDS

    if problems or notices:
        print_problems((*problems, *notices), out)
    if problems:
        say("Contradictions are listed when every file can be read.")
        return
    heading = ""
    for each in told:
        if each.kind != heading:
            heading = each.kind
            say(f"== {heading[:1].upper()}{heading[1:]}: {KINDS[each.kind]}\n")
        out.print(str(each), markup=False, highlight=False, soft_wrap=True)
        out.print()
    say(
        f"{count(len(read.studies), 'study', 'studies')} and {count(len(read.claims), 'claim')} read: "
        f"{count(len(problems), 'problem')}, {_counted(told)}"
    )


def _counted(told: tuple[Fact, ...]) -> str:
    """Contradictions, how many are open; then what is none."""
    kinds: Counter[str] = Counter(each.kind for each in told)
    n = kinds["contradiction"]
    open_ = sum(each.kind == "contradiction" and each.status == "open" for each in told)
    text = f"{count(n, 'contradiction')}, {open_} of them open."
    rest = [
        f"{count(kinds[kind], one, many)}"
        for kind, one, many in (
            ("to look at", "result to look at", "results to look at"),
            ("over-claim", "claim that goes too far", "claims that go too far"),
            ("not reported", "statement that nobody reports", "statements that nobody reports"),
            ("may be one", "group of samples that may be one", "groups of samples that may be one"),
            ("recommendation", "recommendation without a result", "recommendations without a result"),
            ("not repeatable", "search that cannot be repeated", "searches that cannot be repeated"),
            (
                "not counted",
                "finding in drafts and withdrawn publications",
                "findings in drafts and withdrawn publications",
            ),
        )
        if kinds[kind]
    ]
    return f"{text} Beside them {', '.join(rest)}." if rest else text
