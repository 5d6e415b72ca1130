"""`forwhom programme advise`: what the guidance says in what is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from forwhom.cli.options import AsJson
from forwhom.cli.printing import out, say, stop_with
from forwhom.cli.programme.shared import Ledgers, Name, NoShipped, ledger_or_stop, programme_or_stop

if TYPE_CHECKING:
    from forwhom.analysis.programme.guidance import Guided, Standing
    from forwhom.programme.guidance import Words
    from forwhom.programme.model import Rule

STYLES = {"weakened": "bold red", "supported": "green", "supported with conditions": "green"}


def advise(
    name: Name,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--given", metavar="FACTS", help='What is known, such as "patient.arousal=high"; may be repeated.'
        ),
    ] = None,
    words: Annotated[bool, typer.Option("--words", help="List what may be known and what may be advised.")] = False,
    open_too: Annotated[bool, typer.Option("--all", help="Also list every rule that waits for something.")] = False,
    ledgers: Ledgers = None,
    no_shipped: NoShipped = False,
    as_json: AsJson = False,
) -> None:
    """Say what the if-then guidance advises, why, on what evidence, and what would have to be known."""
    from forwhom.analysis.programme.guidance import guided, standings
    from forwhom.programme.guidance import read_facts

    made = programme_or_stop(name, as_json)
    if words:
        _words(made.words, as_json)
        return
    facts, problems = read_facts(given or (), made.words)
    if problems:
        stop_with(problems, as_json, code=2)
    found = guided(made, facts, standings(made, ledger_or_stop(ledgers, no_shipped, as_json)))
    if as_json:
        print(json.dumps(_as_dict(found, facts), ensure_ascii=False, indent=2))
        return
    _print(found, open_too)


def _as_dict(found: Guided, facts: dict[str, str]) -> dict[str, object]:
    from dataclasses import asdict

    said = [
        {
            **_rule(each.rule, each.standing),
            "because": each.fired.because,
            "advice": [str(advice) for advice in each.fired.guide.then],
        }
        for each in found.said
    ]
    waiting = [
        {
            **_rule(each.rule, each.standing),
            "needs": each.waiting.needs,
            "because": each.waiting.because,
            "asks": each.waiting.asks,
        }
        for each in found.open
    ]
    conflicts = [asdict(each) for each in found.conflicts]
    return {"given": facts, "said": said, "waiting": waiting, "silent": found.silent, "conflicts": conflicts}


def _rule(rule: Rule, standing: Standing) -> dict[str, object]:
    return {
        "id": rule.id,
        "label": rule.label,
        "rule": rule.rule,
        "why": rule.why,
        "source": str(rule.source or ""),
        "claim": rule.claim,
        "grade": rule.grade,
        "standing": standing.word,
        "standing_why": standing.why,
        "conditions": standing.conditions,
    }


def _print(found: Guided, open_too: bool) -> None:
    from rich.text import Text

    for each in found.said:
        line = Text(f"{each.rule.name}: ", style="bold")
        line.append("; ".join(str(advice) for advice in each.fired.guide.then))
        out.print(line, soft_wrap=True)
        why = f" Because {', '.join(each.fired.because)}." if each.fired.because else ""
        say(f"  {each.rule.why}{why}")
        _evidence(each.rule, each.standing)
    for conflict in found.conflicts:
        out.print(
            Text(f"Conflict of {' and '.join(conflict.rules)}: {conflict.says}.", style="bold red"), soft_wrap=True
        )
    # A rule of which nothing is known would fill the page; those that some fact already speaks to come first.
    near = [each for each in found.open if open_too or each.waiting.because]
    if near:
        say("\nWould have to be known:")
        for waiting in near:
            say(f"  {waiting.rule.name}: {'; '.join(waiting.waiting.asks)}")
    rest = len(found.open) - len(near)
    if rest:
        say(f"{rest} more rules wait for facts; --all lists them.")
    say("This is guidance for trained staff. It does not decide.")


def _evidence(rule: Rule, standing: Standing) -> None:
    from rich.text import Text

    claim = f", claim {rule.claim}" if rule.claim else ""
    line = Text(f"  [{rule.id}; {rule.source or 'own'}{claim}; {rule.grade}] ", style="dim")
    line.append(standing.word, style=STYLES.get(standing.word, "yellow"))
    line.append(f": {standing.why}", style="dim")
    out.print(line, soft_wrap=True)
    for condition in standing.conditions:
        say(f"    Only so far: {condition}")


def _words(words: Words, as_json: bool) -> None:
    from dataclasses import asdict

    from rich.table import Table
    from rich.text import Text

    if as_json:
        known = {name: asdict(each) for name, each in words.variables.items()}
        told = {name: asdict(each) for name, each in words.actions.items()}
        print(json.dumps({"variables": known, "actions": told}, ensure_ascii=False, indent=2))
        return
    for title, rows in (("What may be known", words.variables), ("What may be advised", words.actions)):
        table = Table(title, "Values", "Meaning", box=None, pad_edge=False)
        for each in rows.values():
            table.add_row(Text(each.id, style="cyan"), each.possible, Text(each.label, style="dim"))
        out.print(table)
