"""Kinds of the chapter on what is known: claims and their verdicts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClaimCondition:
    """What a reader must add to a claim. `rule` is the name of the rule, `says` one sentence."""

    rule: str
    says: str


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One claim, judged.

    section, place, line : where it stands
    verdict : supported, supported with conditions, contradicted, not checkable
    why : the reason
    rows : what decided, a line per study
    studies, samples, people : behind the rows for it; people counted once per sample, None where no row tells a number
    alone : supported by the document's own account only
    downgraded : rules by which a claim of a cause holds as what goes together only
    expected, found : of a claim that counts, as printed and as the rows give; empty and None of others
    """

    id: str
    section: str
    place: str
    line: int | None
    kind: str
    says: str
    verdict: str
    why: str
    conditions: tuple[ClaimCondition, ...]
    rows: tuple[str, ...]
    studies: int
    samples: int
    people: int | None
    alone: bool
    unquantified: bool
    downgraded: tuple[str, ...]
    expected: str
    found: int | None
    would_take: str


@dataclass(frozen=True, slots=True)
class SectionVerdicts:
    """How many claims of a section have each verdict, in the order of `ClaimsDetail.verdicts`."""

    section: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ClaimsDetail:
    """The claims of one document. `label` is what the document is called."""

    document: str
    label: str
    verdicts: tuple[str, ...]
    sections: tuple[SectionVerdicts, ...]
    rows: tuple[ClaimRow, ...]
