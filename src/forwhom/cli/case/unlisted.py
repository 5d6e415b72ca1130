"""What `forwhom case due` says where case.toml cannot be used: no alert can be worked out, and what may have raised one is named."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from forwhom.cli.case.shared import moment
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
WAITING = "nobody-told"
"""Code of the problem that entries may wait for an answer."""


def unlisted(folder: Path, problems: tuple[Problem, ...], now: str | None, as_json: bool) -> NoReturn:
    """Say how help is reached and which entries nobody has answered to; exit code 1.

    now : the time that was asked for; entries recorded later do not count
    """
    from forwhom.cli.case.emergency import numbers

    at = moment(now, "--now", None, as_json)
    entries = _entries(folder)
    later = [each for each in entries if now is not None and each.since > at]
    waiting = may_wait([each for each in entries if each not in later])
    problems = tuple(each for each in problems if each.code != WAITING)
    if as_json:
        values: dict[str, object] = {
            "now": at.isoformat(),
            "emergency": list(numbers(folder)),
            "send": [],
            "alerts": None,
            "to_do": None,
        }
        values |= {
            "recorded_later": [each.id for each in later],
            "may_wait": [{"entry": each.id, "kind": each.kind, "at": each.at.isoformat()} for each in waiting],
            "problems": [each.as_dict() for each in problems],
        }
        print(json.dumps(values, ensure_ascii=False, indent=2))
        raise typer.Exit(1)
    say_emergency(numbers(folder))
    say("ALERTS CANNOT BE LISTED: who is told, and until when, needs a case.toml that can be read.")
    say("NOBODY IS TOLD of what is recorded now. Tell somebody yourself.")
    if later:
        say(
            f"{len(later)} {'entry' if len(later) == 1 else 'entries'} recorded later than {at.isoformat()} not counted."
        )
    for each in waiting:
        what = each.data.get("what") or each.data.get("act") or ""
        say(
            f"  may wait for an answer: {each.id} {each.kind}{f' {what}' if what else ''} ({each.at:%Y-%m-%d %H:%M %z})"
        )
    print_problems(problems)
    raise typer.Exit(1)


def waits(entries: Sequence[Entry]) -> tuple[Problem, ...]:
    """A problem that names what may wait for an answer while no alert can be worked out."""
    from forwhom.problems import Problem, listed

    waiting = may_wait(entries)
    if not waiting:
        return ()
    n = len(waiting)
    names = [f"{each.id} {each.kind}" for each in reversed(waiting)]
    found = f"{n} {'entry' if n == 1 else 'entries'} may wait for an answer, and no alert can be worked out: {listed(names)}"
    do = "Tell somebody yourself, and mend case.toml: what was recorded meanwhile is told then. `forwhom case due` names each."
    return (Problem(WAITING, do, "log.jsonl", found=found, count=n),)


def may_wait(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Entries from which alerts come and that no acknowledgement names, newest last."""
    # An alert is called RULE/ENTRY, or RULE/WHAT/ENTRY, with /corrected-ENTRY where a correction was told anew.
    ends = (str(each.data.get("alert", "")).rpartition("/")[2] for each in entries if each.kind == ANSWERED)
    answered = {each.removeprefix("corrected-") for each in ends}
    waiting = {each.id: each for each in entries if each.kind in MAY_ALERT and each.id not in answered}
    # What is corrected waits under its own name, and once only.
    return tuple(each for each in waiting.values() if each.corrects not in waiting)


def _entries(folder: Path) -> tuple[Entry, ...]:
    from forwhom.io.case import read_log_file
    from forwhom.problems import ProblemsFound

    try:
        return read_log_file(folder / "log.jsonl").entries
    except ProblemsFound:
        return ()
