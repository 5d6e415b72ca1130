"""The crisis plan: versions, signatures, steps taken. Emergency is never refused."""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.programme.case.kind import Kind


@dataclass(frozen=True, slots=True)
class Crisis:
    """The plan of the case."""


KINDS: dict[str, Kind] = {}
