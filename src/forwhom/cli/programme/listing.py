"""`forwhom programme list`: what ships."""

from __future__ import annotations

import json

from forwhom.cli.options import AsJson
from forwhom.cli.printing import out


def listing(as_json: AsJson = False) -> None:
    """List the programmes that ship with forwhom."""
    from rich.table import Table
    from rich.text import Text

    from forwhom.programme import names, shipped

    rows = [
        {
            "id": each.id,
            "title": each.title,
            "disorder": each.disorder,
            "length": str(each.length or "not stated"),
            "setting": each.setting,
            "facts": sum(1 for _ in each.facts()),
            "rules": len(each.guidance),
            "gaps": len(each.gaps),
        }
        for each in map(shipped, names())
    ]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table("Name", "Programme", "Length", "Facts", "Rules", "Gaps", box=None, pad_edge=False)
    for row in rows:
        cells = [str(row[key]) for key in ("title", "length", "facts", "rules", "gaps")]
        table.add_row(Text(str(row["id"]), style="cyan"), *cells)
    out.print(table)
