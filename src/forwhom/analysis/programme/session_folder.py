"""Many sessions, each in a line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from forwhom.programme.session import Coding, Transcript, check


@dataclass(frozen=True, slots=True)
class Summary:
    """One session in numbers.

    departures, looks : moments by grade; rules : how often each rule points to something
    high : turns of level 3 or 4; gate : of these while aroused and not mentalizing
    relationship : share of level 4 among the therapist's turns with a level; None without any
    therapist_words : share of the words; None where it cannot be told
    """

    session: str
    turns: int
    departures: int
    looks: int
    high: int
    gate: int
    relationship: float | None
    therapist_words: float | None
    minutes: float | None
    rules: dict[str, int]


def summary(coding: Coding, transcript: Transcript | None = None) -> Summary:
    """A session held against the rules, in numbers."""
    checked = check(coding, transcript)
    b = checked.balance
    known = sum(b.levels.values())
    rules = Counter(moment.rule for moment in checked.moments)
    return Summary(
        session=coding.session,
        turns=len(coding.turns),
        departures=len(checked.deviations),
        looks=len(checked.moments) - len(checked.deviations),
        high=b.levels.get(3, 0) + b.levels.get(4, 0),
        gate=rules["MBT-GATE-1"],
        relationship=b.levels.get(4, 0) / known if known else None,
        therapist_words=b.therapist_words,
        minutes=b.minutes,
        rules=dict(sorted(rules.items())),
    )
