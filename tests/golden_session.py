"""The session printed in the paper, cut from its text where that is at hand; the repository holds none of its words."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from forwhom.programme.session import Coding, RuleSet, Transcript, Turn, code, shipped

FIRST, LAST = 164, 260
"""Lines of the paper between which the session stands."""


def transcript(shared_data: Path) -> Transcript | None:
    """The turns of the session, or None where the text is absent."""
    found = sorted((shared_data.parent / "seeds").glob("002_*.txt"))
    if not found:
        return None
    turns: list[Turn] = []
    for row, line in enumerate(found[0].read_text(encoding="utf-8").split("\n"), 1):
        match = re.match(r"(Patient|Therapist): (.*)", line)
        if match and FIRST < row < LAST:
            role = "patient" if match[1] == "Patient" else "therapist"
            turns.append(Turn(len(turns) + 1, match[1], role, match[2], row=row))
    return Transcript("case example", tuple(turns))


def coded(session: Transcript, *, unseen: bool = False) -> Coding:
    """By rule; `unseen` leaves out every rule a wording of which stands in the session."""
    rules: RuleSet = shipped()
    if unseen:
        rules = rules.without([rule.id for rule in (*rules.rules, *rules.structures) if rule.seen])
    made = code(session, rules)
    return replace(made, by="rules not taken from the session") if unseen else made
