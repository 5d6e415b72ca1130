"""Alerts: raised, sent, acknowledged, escalated; none lost, none sent twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forwhom.programme.case.kind import Kind
from forwhom.programme.case.log import Entry

if TYPE_CHECKING:
    from forwhom.programme.case.state import Case


@dataclass(frozen=True, slots=True)
class Alerts:
    """Alerts of the case."""


def watch(case: Case, entry: Entry, said: Any, root: str | None) -> Case:
    """What an entry means for the alerts, as it was written; `root`: the entry it corrects."""
    return case


KINDS: dict[str, Kind] = {}
