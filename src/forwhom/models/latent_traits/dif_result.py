"""Items that act differently between groups: what was tested, how large it is, and what is printed of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from forwhom.models.latent_traits.result import ItemParameters, Population, Value, plain


@dataclass(frozen=True, slots=True)
class DifSize:
    """How differently one item acts in a group than in the first.

    points : mean difference of the answer in the item's own points, at equal trait, over the people of this group
    absolute : the same without regard to sign, for differences that change sides
    shift : mean of the locations' differences, in standard deviations of the trait in the first group; above 0 the same answer
        takes more of the trait here (for equal slopes the signed area between the curves)
    """

    group: str
    points: Value
    absolute: float
    shift: Value


@dataclass(frozen=True, slots=True)
class DifItem:
    """The likelihood-ratio test of one item against the anchors. `p_adjusted` holds for all items together (Holm).

    sizes : per group after the first; answers_joined : answers that were taken as one for the test
    untested : why there is no test; "" where there is one
    """

    item: str
    chisq: float | None
    df: int
    p: float | None
    p_adjusted: float | None
    differs: bool
    sizes: tuple[DifSize, ...]
    answers_joined: str
    untested: str = ""


@dataclass(frozen=True, slots=True)
class Dif:
    """Differential item functioning between groups.

    anchors : items that were held equal in the end; rounds : of purification
    populations : trait by group with the differing items free; equal : with every item held equal
    total : per group after the first, the effect of all differing items on the sum score: points at equal trait
    total_sd : the same in standard deviations of the sum score expected in this group
    parameters : of the last model, with the differing items free
    """

    group: str
    items: tuple[DifItem, ...]
    anchors: tuple[str, ...]
    rounds: int
    populations: tuple[Population, ...]
    equal: tuple[Population, ...]
    total: tuple[Value, ...]
    total_sd: tuple[float, ...]
    level: float
    alpha: float
    left_out: tuple[tuple[str, int], ...]
    messages: tuple[str, ...]
    parameters: tuple[ItemParameters, ...]

    @property
    def differing(self) -> tuple[str, ...]:
        """Items that act differently."""
        return tuple(each.item for each in self.items if each.differs)

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        made: dict[str, Any] = {
            name: getattr(self, name) for name in ("group", "anchors", "rounds", "level", "alpha", "messages")
        }
        made |= {
            "items": [asdict(each) for each in self.items],
            "parameters": [asdict(each) for each in self.parameters],
            "populations": [asdict(each) for each in self.populations],
            "populations_with_every_item_equal": [asdict(each) for each in self.equal],
            "effect_on_the_sum": [
                asdict(each) | {"group": population.group, "sd": sd}
                for each, sd, population in zip(self.total, self.total_sd, self.populations[1:], strict=True)
            ],
            "left_out": [{"reason": reason, "rows": rows} for reason, rows in self.left_out],
        }
        kept: dict[str, Any] = plain(made)
        return kept

    def summary(self) -> str:
        """The answer as text."""
        from forwhom.models.latent_traits.dif_words import summary

        return summary(self)

    def __str__(self) -> str:
        return self.summary()
