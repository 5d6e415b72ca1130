"""`forwhom programme show`: a programme, every fact with its source."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from forwhom.cli.options import AsJson
from forwhom.cli.printing import out, say
from forwhom.cli.programme.shared import Name, programme_or_stop

if TYPE_CHECKING:
    from forwhom.programme import Programme

TITLES = {
    "roles": "Roles",
    "phases": "Phases",
    "sessions": "Sessions",
    "assessments": "Assessments",
    "plans": "Plans",
    "agreements": "Agreements",
    "modules": "Modules",
    "principles": "Principles",
    "adherence": "Adherence",
    "gates": "Gates",
    "duties": "Duties",
    "alerts": "Alerts",
    "guidance": "Guidance",
}


def show(name: Name, as_json: AsJson = False) -> None:
    """Show a programme: every fact with its source, and what the papers do not say."""
    made = programme_or_stop(name, as_json)
    if as_json:
        from dataclasses import asdict

        values = asdict(made)
        print(json.dumps({key: value for key, value in values.items() if key != "words"}, ensure_ascii=False, indent=2))
        return
    _print(made)


def _print(made: Programme) -> None:
    from rich.table import Table
    from rich.text import Text

    from forwhom.programme.telling import told

    say(f"{made.title} ({made.disorder}): {made.length or 'length not stated'}, {made.setting or 'setting not stated'}")
    if made.about:
        say(made.about)
    for part, title in TITLES.items():
        facts = getattr(made, part)
        if not facts:
            continue
        table = Table(
            show_header=False, box=None, pad_edge=False, title=Text(title, style="bold"), title_justify="left"
        )
        for fact in facts:
            where = "; ".join(each for each in (str(fact.source or ""), fact.claim) if each)
            table.add_row(Text(fact.id, style="cyan"), Text(told(fact)), Text(where, style="dim"))
        out.print()
        out.print(table)
    out.print()
    say(f"Not said by the papers ({len(made.gaps)}):")
    for gap in made.gaps:
        say(f"  • {gap.what}. Needed for: {gap.needed_for}.")
