"""What an audit says of one claim."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

from forwhom.evidence.model import Claim, Source

Verdict = Literal["supported", "supported with conditions", "contradicted", "not checkable", "recommendation"]
VERDICTS: tuple[Verdict, ...] = (
    "supported", "supported with conditions", "contradicted", "not checkable", "recommendation",
)  # fmt: skip
"""A recommendation, or a hope, is no finding: nothing supports or contradicts it."""
Side = Literal["for", "against", "near"]


@dataclass(frozen=True, slots=True)
class Condition:
    """What a reader of the claim must add to it. `code` is the name of the rule, `says` one sentence."""

    code: str
    says: str


@dataclass(frozen=True, slots=True)
class Deciding:
    """A row that decided.

    side : for the claim, against it, or near: what a cited study reports instead
    said : the row in a few words
    """

    side: Side
    study: str
    sample: str
    result: str
    said: str
    source: Source

    def __str__(self) -> str:
        """For a reader."""
        return f"{self.study}/{self.result} ({self.source}): {self.said}"


@dataclass(frozen=True, slots=True)
class Audited:
    """A claim with its verdict.

    why : the reason, in one or two sentences
    conditions : of a claim supported with conditions; of others what holds beside the verdict
    rows : what decided
    studies, samples, people : behind the rows for it; people are counted once per sample, None where no row tells a number
    untold : samples among them that tell no number of people; at_least : there were more people, a group tells no number
    of_whom : how many of them had the treatment that the claim is about, in words; "" where all had
    samples_least : the samples that are known to be separate; fewer than `samples` where some may be one
    unquantified : the claim gives no number
    downgraded : rules by which a claim of a cause holds as a change or a relation only, each with its samples
    expected, found : of a claim that counts, as the document says and as the rows give; what is counted is `Claim.by`
    reproduced : whether the two agree; None of claims that do not count
    basis : whose account the rows are: the document's own, another document's, or the studies' own publications
    alone : it is supported, and by rows of the claiming document only: nobody else's report of it is in the ledger
    would_take : of a claim that is not checkable, or of a cause
    rules : names of the rules of ``evidence.check`` that speak of the claim
    """

    claim: Claim
    verdict: Verdict
    why: str
    conditions: tuple[Condition, ...] = ()
    rows: tuple[Deciding, ...] = ()
    studies: int = 0
    samples: int = 0
    people: int | None = None
    at_least: bool = False
    of_whom: str = ""
    samples_least: int = 0
    untold: int = 0
    unquantified: bool = False
    downgraded: tuple[tuple[str, tuple[str, ...]], ...] = ()
    expected: str = ""
    found: int | None = None
    reproduced: bool | None = None
    basis: str = ""
    alone: bool = False
    would_take: str = ""
    rules: tuple[str, ...] = ()

    @property
    def section(self) -> str:
        """Where in the document the claim stands, without the paragraph: ``"Discussion, biomarkers"``."""
        first, *rest = (part.strip() for part in self.claim.place.split(","))
        inner = rest[0] if rest and not rest[0].startswith(("paragraph", "list")) else ""
        named = inner if first == "Text" and inner else f"{first}, {inner}" if inner else first
        return named[:1].upper() + named[1:]

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return asdict(self) | {"section": self.section}

    def _rows_told(self) -> list[str]:
        told: dict[tuple[Side, str], list[Deciding]] = {}
        for row in self.rows:
            told.setdefault((row.side, row.study), []).append(row)
        lines: list[str] = []
        for (side, study), rows in told.items():
            lines += [f"    {SIDES[side]} {each}" for each in rows[:MOST]]
            if len(rows) > MOST:
                lines.append(f"    {SIDES[side]} {study}: {len(rows) - MOST} more")
        return lines

    def brief(self) -> str:
        """Verdict, claim and reason, without the rows."""
        text = f"{self.claim.id}: {self.verdict}\n  {self.claim.says}\n  {self.why}"
        n = len(self.conditions)
        return text + (f" ({n} {'condition' if n == 1 else 'conditions'})" if n else "")

    def __str__(self) -> str:
        """For the terminal, with every condition and the rows."""
        claim = self.claim
        lines = [f"{claim.id}: {self.verdict}", f"  {claim.document}, {claim.place}: {claim.says}", f"  {self.why}"]
        if claim.note:
            lines.append(f"  Note: {claim.note}")
        if self.unquantified:
            lines.append("  It gives no number.")
        if self.alone:
            lines.append("  On the claiming paper's word alone: nobody else's report of it is in the ledger.")
        lines += [f"  Only so far: {each.says}" for each in self.conditions]
        lines += self._rows_told()
        if self.would_take:
            lines.append(f"  It would take: {self.would_take}")
        return "\n".join(lines)


def standing_alone(found: Iterable[Audited]) -> str:
    """How many of the supported claims nobody but the claiming paper reports, in one sentence; empty where there is none."""
    supported = [each for each in found if each.verdict.startswith("supported")]
    n = sum(each.alone for each in supported)
    if not n:
        return ""
    many = len(supported)
    which = (
        "The one supported" if many == 1 else f"All {many} supported" if n == many else f"Of the {many} supported, {n}"
    )
    verb = "rests" if n == 1 else "rest"
    return f"{which} {verb} on the claiming paper alone: nobody else's report of it is in the ledger."


MOST = 3
"""Rows of one study that the terminal lists; JSON has them all."""
SIDES = {"for": "for    ", "against": "against", "near": "instead"}
