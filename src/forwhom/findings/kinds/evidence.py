"""Kinds of the chapter on what is known: what holds for the whole ledger."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ContradictionRow:
    """Two places that cannot both be right, or one that cannot be right at all.

    kind : contradiction; or what is none: to look at, over-claim, not reported, may be one, recommendation, not repeatable, not counted
    rule : names of the rules; says : what they found; places : document, place and line with what stands there
    settle : what would settle it; status : open or settled; how : how it was settled
    """

    kind: str
    rule: str
    says: str
    places: tuple[str, ...]
    settle: str
    status: str
    how: str


@dataclass(frozen=True, slots=True)
class ContradictionsDetail:
    """Everything in the ledger that does not agree: contradictions first, open ones first among them."""

    rows: tuple[ContradictionRow, ...]
