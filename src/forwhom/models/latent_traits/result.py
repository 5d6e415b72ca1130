"""A fitted graded response model with its labels, and what is printed and written of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forwhom.kernels.graded_groups import GradedGroups
from forwhom.kernels.graded_overall_fit import OverallFit

Array = NDArray[np.float64]
Scores = Literal["eap", "map", "ml", "wle"]


@dataclass(frozen=True, slots=True)
class Value:
    """An estimate with its standard error and interval; None where the fit gives none, or where it is fixed."""

    estimate: float
    se: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class ItemParameters:
    """Parameters of one item.

    group : None when they are equal in all groups
    slope : discrimination; locations : of each step up from one answer to the next, in standard deviations of the trait
    answers : in use, in rising order; n : persons who answered; counts : of each answer
    """

    item: str
    group: str | None
    slope: Value
    locations: tuple[Value, ...]
    answers: tuple[float, ...]
    n: int
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ItemFitRow:
    """S-X2 of one item in one group; p_holm allows for the number of items. None where no degree of freedom is left."""

    item: str
    group: str | None
    chisq: float | None
    df: int
    p: float | None
    p_holm: float | None
    rmsea: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Population:
    """One group's trait: mean and standard deviation in those of the first group, and how well the scores tell persons apart."""

    group: str | None
    n: int
    mean: Value
    sd: Value
    reliability: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two items: correlation of residuals (Q3), and how far it lies above the mean of all pairs."""

    first: str
    second: str
    q3: float
    above: float


@dataclass(frozen=True, slots=True)
class PersonScores:
    """Scores in the order of the table's rows, NaN where there is none: trait, standard error, interval."""

    method: Scores
    trait: Array = field(repr=False)
    se: Array = field(repr=False)
    low: Array = field(repr=False)
    high: Array = field(repr=False)


@dataclass(frozen=True, slots=True)
class GradedFit:
    """A fitted graded response model.

    items : parameters, one row per item, or per item and group where they differ
    populations : of the groups, the first with mean 0 and standard deviation 1
    marginal_reliability : expected in the first population (mean of information / (information + 1))
    item_fit, overall, pairs : S-X2, C2, Q3; empty or None where they were not asked for or cannot be had, see `messages`
    persons : scores; level : of every interval
    left_out : (reason, rows); messages : what to know before reading on
    """

    items: tuple[ItemParameters, ...]
    populations: tuple[Population, ...]
    marginal_reliability: float
    item_fit: tuple[ItemFitRow, ...]
    overall: OverallFit | None
    pairs: tuple[Pair, ...]
    persons: PersonScores
    n: int
    left_out: tuple[tuple[str, int], ...]
    level: float
    loglik: float
    aic: float
    bic: float
    free: int
    converged: bool
    messages: tuple[str, ...]
    kernel: GradedGroups = field(repr=False)

    @property
    def reliability(self) -> float:
        """Empirical reliability of the expected a posteriori scores; the first group's where there are several."""
        return self.populations[0].reliability

    def __getitem__(self, name: str) -> ItemParameters:
        """The parameters of an item; of the first group where they differ."""
        for each in self.items:
            if each.item == name:
                return each
        raise KeyError(name)

    def information(self, trait: ArrayLike, group: int = 0) -> Array:
        """Information of all items together about each trait value (Samejima, 1969); its root's inverse is the error of a score."""
        from forwhom.kernels.graded_scores import information

        made: Array = information(self.kernel.slope[group], self.kernel.step[group], trait).sum(axis=0)
        return made

    def as_dict(self) -> dict[str, Any]:
        """Plain values: everything that is printed, the test's information, and every person's score."""
        grid = np.linspace(-4, 4, 33)
        curve = self.information(grid)
        return {
            "model": "graded response",
            "level": self.level,
            "converged": self.converged,
            "messages": list(self.messages),
            "n": self.n,
            "left_out": [{"reason": reason, "rows": rows} for reason, rows in self.left_out],
            "free_parameters": self.free,
            "loglik": self.loglik,
            "aic": self.aic,
            "bic": self.bic,
            "items": [plain(asdict(each)) for each in self.items],
            "populations": [plain(asdict(each)) for each in self.populations],
            "marginal_reliability": self.marginal_reliability,
            "item_fit": [plain(asdict(each)) for each in self.item_fit],
            "overall_fit": plain(asdict(self.overall)) if self.overall else None,
            "residual_correlations": [plain(asdict(each)) for each in self.pairs],
            "information": [
                {"trait": float(t), "information": float(i), "se": float(1 / np.sqrt(i)) if i > 0 else None}
                for t, i in zip(grid, curve, strict=True)
            ],
            "person_scores": {
                "method": self.persons.method,
                **{name: plain(getattr(self.persons, name).tolist()) for name in ("trait", "se", "low", "high")},
            },
        }

    def summary(self) -> str:
        """The fit as text: what was fitted, how well, every parameter."""
        from forwhom.models.latent_traits.words import summary

        return summary(self)

    def __str__(self) -> str:
        return self.summary()


def plain(value: Any) -> Any:
    """Values as JSON holds them: no NaN, no infinity."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return None if isinstance(value, float) and not abs(value) < float("inf") else value
