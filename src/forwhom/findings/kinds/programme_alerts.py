"""Alerts of a case that wait."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert that nobody has acknowledged.

    waits_for : whose answer is waited for, as text; "nobody" where nobody of the case answers
    until : when the last of them must have answered, as the clock of the case shows it; "" for none
    """

    about: str
    state: str
    late: bool
    waits_for: str
    until: str
    raised: str
    id: str


@dataclass(frozen=True, slots=True)
class AlertsDetail:
    """Every alert that waits, late ones first."""

    rows: tuple[AlertRow, ...]
