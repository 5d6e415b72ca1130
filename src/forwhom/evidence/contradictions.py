"""A contradiction: two places that cannot both be right, or one that cannot be right at all."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from forwhom.evidence.model import Source

Status = Literal["open", "settled"]


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
    """

    rule: str
    says: str
    places: tuple[Place, ...]
    settle: str
    status: Status = "open"
    how: str = ""

    @property
    def id(self) -> str:
        """Stable name, for ``[[settled]] contradiction``."""
        return ":".join([self.rule, *sorted(f"{place.of}/{place.key}".replace(" ", "/") for place in self.places)])

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {"id": self.id, **asdict(self)}

    def __str__(self) -> str:
        """For the terminal."""
        sides = "\n".join(f"    {place}" for place in self.places)
        end = f"  Settled: {self.how}" if self.status == "settled" else f"  Open. To settle it: {self.settle}"
        return f"{self.rule}: {self.says}\n{sides}\n{end}"
