"""`forwhom programme audit`: common features of effective treatments, side by side."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from forwhom.cli.options import AsJson
from forwhom.cli.printing import out, say
from forwhom.cli.programme.shared import Ledgers, NoShipped, ledger_or_stop, programme_or_stop

if TYPE_CHECKING:
    from forwhom.analysis.programme.features import FeatureFound

STYLES = {"met": "bold green", "partly": "yellow", "not met": "bold red", "not stated": "dim"}


def audit(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Programmes or TOML files; default: all that ship.")
    ] = None,
    ledgers: Ledgers = None,
    no_shipped: NoShipped = False,
    as_json: AsJson = False,
) -> None:
    """Look for the seven features that effective treatments share; several programmes are set side by side."""
    from forwhom.analysis.programme.features import features
    from forwhom.programme import names as shipped_names

    ledger = ledger_or_stop(ledgers, no_shipped, as_json)
    made = [programme_or_stop(name, as_json) for name in names or shipped_names()]
    found = {each.id: features(each, ledger) for each in made}
    if as_json:
        print(json.dumps({name: [_as_dict(each) for each in rows] for name, rows in found.items()}, indent=2))
        return
    _compare(found)
    if len(found) == 1:
        _explain(next(iter(found.values())))
    else:
        say("For the facts behind it: forwhom programme audit NAME")


def _as_dict(found: FeatureFound) -> dict[str, object]:
    from dataclasses import asdict

    judged = found.judged
    return {
        "feature": judged.feature.id,
        "label": judged.feature.label,
        "source": judged.feature.source,
        "rule": judged.feature.rule,
        "status": judged.status,
        "evidence": [asdict(each) for each in judged.evidence],
        "lacks": judged.lacks,
        "told": found.told,
    }


def _compare(found: dict[str, tuple[FeatureFound, ...]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("Feature", *found, box=None, pad_edge=False)
    for row in zip(*found.values(), strict=True):
        cells = [Text(each.judged.status, style=STYLES[each.judged.status]) for each in row]
        table.add_row(row[0].judged.feature.label, *cells)
    out.print(table)


def _explain(rows: tuple[FeatureFound, ...]) -> None:
    for each in rows:
        judged = each.judged
        say(f"\n{judged.feature.label}: {judged.status}. {judged.feature.rule} [{judged.feature.source}]")
        for fact in judged.evidence:
            say(f"  • {fact.says} ({fact.path}; {fact.source})")
        if judged.lacks:
            say(f"  Not stated: {', '.join(judged.lacks)}")
        for told in each.told:
            say(f"  Beside it: {told}")
