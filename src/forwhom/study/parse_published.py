"""[published] of study.toml: what the arms and scales are called in the ledger of evidence."""

from __future__ import annotations

from forwhom.study.collect import Collector
from forwhom.study.keys import Keys
from forwhom.study.model import Arm
from forwhom.study.published import Published


def parse_published(table: object, arms: tuple[Arm, ...], file: str, found: Collector) -> Published | None:
    """[published] of study.toml; arms that are not there are problems. Words are looked up when the ledger is read."""
    if table is None or isinstance(table, Published):
        return table
    keys = Keys(table, "[published]", file, found)
    made = Published(
        treatments=keys.text_by_text("treatments"),
        controls=keys.text_by_text("controls"),
        outcomes=keys.text_by_text("outcomes"),
        disorder=keys.text("disorder") or "",
        without=keys.texts("without"),
        ledgers=keys.texts("ledgers"),
        databases=keys.texts("databases"),
    )
    keys.finish()
    names = [arm.name for arm in arms]
    for key in ("treatments", "controls"):
        for name in getattr(made, key):
            if names and name not in names:
                do = "Name an arm as [arms] does."
                keys.problem("plan-unknown", f"{key} {name}", f"'{name}' is no arm", do, ", ".join(names))
    return made
