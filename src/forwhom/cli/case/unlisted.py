"""What `forwhom case due` says where case.toml cannot be used: no alert can be worked out, and what may have raised one is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from forwhom.cli.case.telling import say_emergency
from forwhom.cli.printing import print_problems, say

if TYPE_CHECKING:
    from forwhom.problems import Problem
    from forwhom.programme.case import Entry

MAY_ALERT = (
    "event.happened", "measure.scored", "crisis.began", "crisis.emergency-contacted", "session.missed", "assessment.episode",
)  # fmt: skip
"""Kinds of entry from which alerts come."""
ANSWERED = "alert.acknowledged"


def unlisted(folder: Path, problems: tuple[Problem, ...], now: str, as_json: bool) -> NoReturn:
    """Say how help is reached and which entries nobody has answered to; exit code 1."""
    from forwhom.cli.case.emergency import numbers

    waiting = _may_wait(folder)
    if as_json:
        values: dict[str, object] = {
            "now": now,
            "emergency": list(numbers(folder)),
            "send": [],
            "alerts": None,
            "to_do": None,
        }
        values |= {
            "may_wait": [{"entry": each.id, "kind": each.kind, "at": each.at.isoformat()} for each in waiting],
            "problems": [each.as_dict() for each in problems],
        }
        print(json.dumps(values, ensure_ascii=False, indent=2))
        raise typer.Exit(1)
    say_emergency(numbers(folder))
    say("ALERTS CANNOT BE LISTED: who is told, and until when, needs a case.toml that can be read.")
    for each in waiting:
        what = each.data.get("what") or each.data.get("act") or ""
        say(
            f"  may wait for an answer: {each.id} {each.kind}{f' {what}' if what else ''} ({each.at:%Y-%m-%d %H:%M %z})"
        )
    print_problems(problems)
    raise typer.Exit(1)


def _may_wait(folder: Path) -> tuple[Entry, ...]:
    """Entries from which alerts come and that no acknowledgement names, newest last."""
    from forwhom.io.case import read_log_file
    from forwhom.problems import ProblemsFound

    try:
        entries = read_log_file(folder / "log.jsonl").entries
    except ProblemsFound:
        return ()
    # An alert is called RULE/ENTRY, or RULE/WHAT/ENTRY.
    answered = {str(each.data.get("alert", "")).rpartition("/")[2] for each in entries if each.kind == ANSWERED}
    return tuple(each for each in entries if each.kind in MAY_ALERT and each.id not in answered)


__all__ = ["unlisted"]
