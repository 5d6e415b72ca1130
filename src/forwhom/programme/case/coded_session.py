"""A coded session in numbers, as a case keeps it: counts only, no word of the transcript."""

from __future__ import annotations

from collections import Counter
from typing import Any

from forwhom.programme.session import Checked, Coding, gate_rules

SAFE = "safe-levels"
"""The check of the gate that counts as the case's own gate; every other rule is counted under its id."""


def counts(session: str, coding: Coding, checked: Checked) -> dict[str, Any]:
    """Data of session.coded for a session of a case.

    session : id of the session in the case
    checked : the same coding held against the gate; moments only worth a look are not counted

    >>> from forwhom.programme.session import CodedTurn, check
    >>> turns = (CodedTurn(1, "patient", mentalizing="lost", arousal="high"), CodedTurn(2, "therapist", level=4))
    >>> coding = Coding("s", "anna", turns)
    >>> made = counts("i1", coding, check(coding))
    >>> made["levels"], made["lost"], made["aroused"], made["deviations"]
    ({'4': 1}, 1, 1, 1)
    """
    therapist = [turn for turn in coding.turns if turn.role == "therapist"]
    patient = [turn for turn in coding.turns if turn.role == "patient"]
    levels = Counter(str(turn.level) for turn in therapist if turn.level is not None)
    safe = {rule.id for rule in gate_rules() if rule.check == SAFE}
    broken = Counter(moment.rule for moment in checked.deviations)
    return {
        "session": session,
        "therapist_turns": len(therapist),
        "patient_turns": len(patient),
        "levels": dict(sorted(levels.items())),
        "lost": sum(turn.mentalizing == "lost" for turn in patient),
        "aroused": sum(turn.arousal == "high" for turn in patient),
        "deviations": sum(n for rule, n in broken.items() if rule in safe),
        "rules": dict(sorted((rule, n) for rule, n in broken.items() if rule not in safe)),
    }


def title(rule: str) -> tuple[str, str]:
    """What a rule of the gate says, and its source; the id itself where it is none of the shipped ones."""
    found = next((each for each in gate_rules() if each.id == rule), None)
    return (found.title, found.source) if found is not None else (rule, "coding of the session")
