"""Events and scores of the live course."""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.programme.case.kind import Kind


@dataclass(frozen=True, slots=True)
class Feedback:
    """Scores and events of the case."""


KINDS: dict[str, Kind] = {}
