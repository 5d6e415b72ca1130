"""What else is known when a programme is checked: papers with their lengths, claims, treatments."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

OWN = "own"
"""The document of what a service decided for itself."""


@dataclass(frozen=True, slots=True)
class Known:
    """What sources, claims and treatments may name.

    documents : id → how many lines its text has, None where that is not known
    claims, treatments : ids of the ledger of evidence
    """

    documents: Mapping[str, int | None] = field(default_factory=dict)
    claims: Collection[str] = ()
    treatments: Collection[str] = ()
