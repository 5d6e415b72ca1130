"""`forwhom evidence audit`: every claim with its verdict."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from forwhom.cli.evidence.shared import Folders, NoShipped, count, read_or_stop, typed
from forwhom.cli.options import AsJson
from forwhom.cli.printing import out, say, stop_with

if TYPE_CHECKING:
    from forwhom.evidence import Audited


def audit(
    query: Annotated[
        list[str] | None, typer.Argument(metavar="[QUERY]", help="Filters such as kind=causal, and words.")
    ] = None,
    document: Annotated[
        list[str] | None,
        typer.Option("--document", metavar="ID", help="Only claims of this document; may be repeated."),
    ] = None,
    verdict: Annotated[
        list[str] | None,
        typer.Option(
            "--verdict",
            metavar="VERDICT",
            help="supported, supported with conditions, contradicted, not checkable or recommendation; may be repeated.",
        ),
    ] = None,
    rows: Annotated[
        bool,
        typer.Option(
            "--rows", help="Tell every condition and the rows that decided; one claim alone is told so anyway."
        ),
    ] = False,
    folders: Folders = None,
    no_shipped: NoShipped = False,
    as_json: AsJson = False,
) -> None:
    """Judge every claim by the rows: its verdict and the reason; with --rows its conditions and the rows that decided."""
    from forwhom.evidence.audit import audit as judge
    from forwhom.evidence.audit import choose
    from forwhom.problems import ProblemsFound

    read = read_or_stop(folders, no_shipped, as_json)
    asked = [*(query or ()), *_any_of("document", document), *_any_of("verdict", verdict)]
    try:
        found = choose(judge(read), typed(asked))
    except ProblemsFound as problems:
        stop_with(problems.problems, as_json, code=2)
    if as_json:
        print(json.dumps([each.as_dict() for each in found], ensure_ascii=False, indent=2, default=str))
        return
    for each in found:
        told = str(each) if rows or len(found) == 1 else each.brief()
        out.print(told, markup=False, highlight=False, soft_wrap=True)
        out.print()
    say(_summary(found))
    if len(found) > 1 and not rows:
        say("--rows tells the conditions and the rows that decided.")


def _any_of(key: str, values: list[str] | None) -> list[str]:
    return [f"{key}={','.join(values)}"] if values else []


def _named(verdict: str, n: int) -> str:
    return verdict + ("s" if verdict == "recommendation" and n > 1 else "")


def _summary(found: tuple[Audited, ...]) -> str:
    from forwhom.evidence.audit import VERDICTS, standing_alone

    verdicts = Counter(each.verdict for each in found)
    parts = [f"{verdicts[name]} {_named(name, verdicts[name])}" for name in VERDICTS if verdicts[name]]
    causes = sum(bool(each.downgraded) for each in found)
    words = sum(each.unquantified for each in found)
    text = f"{count(len(found), 'claim')}" + (f": {', '.join(parts)}." if parts else ".")
    alone = standing_alone(found)
    text += f" {alone}" if alone else ""
    if causes:
        verb = "has" if causes == 1 else "have"
        text += f" {count(causes, 'claim')} of a cause {verb} an association at most behind {'it' if causes == 1 else 'them'}."
    return text + (f" {words} give{'s' if words == 1 else ''} no number." if words else "")
