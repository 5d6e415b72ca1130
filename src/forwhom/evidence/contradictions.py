"""A contradiction: two places that cannot both be right, or one that cannot be right at all."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from forwhom.evidence.model import Source

Status = Literal["open", "settled"]
Kind = Literal[
    "contradiction",
    "to look at",
    "over-claim",
    "not reported",
    "may be one",
    "recommendation",
    "not repeatable",
    "not counted",
]
KINDS: dict[Kind, str] = {
    "contradiction": "two statements that cannot both be right, or one that cannot be right at all",
    "to look at": "numbers or words of one result that differ, and may both be right after another analysis",
    "over-claim": "a claim that says more than the designs behind it can show",
    "not reported": "a statement that no report of results stands behind",
    "may be one": "samples that may share people",
    "recommendation": "a wish or a standard of which the ledger holds no result yet",
    "not repeatable": "a search that nobody can repeat",
    "not counted": "the same in drafts and withdrawn publications, which count nowhere",
}
"""What a rule finds; only the first is counted as a contradiction. Ordered by how grave it is."""
KIND_OF: dict[str, Kind] = {
    "size-differs": "to look at",
    "word-against-p": "to look at",
    "sign-against-word": "to look at",
    "p-against-numbers": "to look at",
    "design-of-claim": "over-claim",
    "nothing-behind-claim": "not reported",
    "never-reported": "not reported",
    "citation-without-result": "not reported",
    "one-sample-or-two": "may be one",
    "may-be-one-sample": "may be one",
    "same-numbers": "may be one",
    "nothing-behind-recommendation": "recommendation",
    "search": "not repeatable",
}
"""Rules whose findings are no contradiction; all others find contradictions."""


@dataclass(frozen=True, slots=True)
class Place:
    """One side: what stands where.

    of : study, claim, grid or search it belongs to
    key : row and key in the ledger, e.g. ``"results.ifg-inhibition direction"``
    said : what stands there, in a few words
    source : document, place and line
    """

    of: str
    key: str
    said: str
    source: Source | None = None

    def __str__(self) -> str:
        """For a reader."""
        where = str(self.source) if self.source else "no place given"
        return f"{self.of} ({where}): {self.said}"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Something a rule found that does not agree.

    rule : name of the rule
    says : one sentence
    places : both sides, or the only one when arithmetic alone forbids it
    settle : what would settle it
    counted : False where one of the places is in a draft or a withdrawn publication, which count nowhere
    """

    rule: str
    says: str
    places: tuple[Place, ...]
    settle: str
    status: Status = "open"
    how: str = ""
    counted: bool = True

    @property
    def kind(self) -> Kind:
        """What sort of finding it is."""
        return "not counted" if not self.counted else KIND_OF.get(self.rule, "contradiction")

    @property
    def id(self) -> str:
        """Stable name, for ``[[settled]] contradiction``."""
        return ":".join([self.rule, *sorted(f"{place.of}/{place.key}".replace(" ", "/") for place in self.places)])

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {"id": self.id, "kind": self.kind, **asdict(self)}

    def __str__(self) -> str:
        """For the terminal."""
        return _told(self.rule, self.says, self.places, self.status, self.how, self.settle)


@dataclass(frozen=True, slots=True)
class Fact:
    """Everything the rules found of one fact, told once with one state.

    rules : names of the rules, the one that speaks of the rows first
    members : what each rule found
    """

    kind: Kind
    rules: tuple[str, ...]
    says: str
    places: tuple[Place, ...]
    settle: str
    status: Status
    how: str
    members: tuple[Contradiction, ...]

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON; `members` are ids."""
        return {
            "kind": self.kind,
            "rules": list(self.rules),
            "says": self.says,
            "places": [asdict(place) for place in self.places],
            "settle": self.settle,
            "status": self.status,
            "how": self.how,
            "members": [each.id for each in self.members],
        }

    def __str__(self) -> str:
        """For the terminal."""
        return _told(", ".join(self.rules), self.says, self.places, self.status, self.how, self.settle)


def _told(rule: str, says: str, places: tuple[Place, ...], status: Status, how: str, settle: str) -> str:
    sides = "\n".join(f"    {place}" for place in places)
    end = f"  Settled: {how}" if status == "settled" else f"  Open. To settle it: {settle}"
    return f"{rule}: {says}\n{sides}\n{end}"
