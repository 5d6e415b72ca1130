"""Kinds of the measurement chapter."""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.findings.kinds.common import Interval, Number


@dataclass(frozen=True, slots=True)
class ItemRow:
    """Statistics of one item: `r_rest` is its correlation with the rest of the scale."""

    item: str
    reversed: bool
    n: int
    mean: Number
    sd: Number
    r_rest: Number
    alpha_without: Number
    loading: Number
    floor: Number
    ceiling: Number
    shares: tuple[tuple[float, float], ...]
    """(category, share of answers) in rising order."""


@dataclass(frozen=True, slots=True)
class ItemsDetail:
    """Items of one scale, keyed in the scale's direction."""

    scale: str
    occasion: str
    items: tuple[ItemRow, ...]


@dataclass(frozen=True, slots=True)
class ReliabilityDetail:
    """Reliability coefficients of one scale, observed and published, one row each."""

    scale: str
    rows: tuple[tuple[str, str, Interval, int], ...]
    """(coefficient, where: occasion or norm sample, value with limits, n)."""


@dataclass(frozen=True, slots=True)
class DistributionDetail:
    """Distribution of scores at each occasion: histogram and share at the ends of the scale."""

    scale: str
    low: Number
    high: Number
    edges: tuple[float, ...]
    occasions: tuple[tuple[str, int, Number, Number, Number, Number, tuple[int, ...]], ...]
    """(label, n, mean, sd, share at floor, share at ceiling, counts between edges)."""


@dataclass(frozen=True, slots=True)
class PrecisionDetail:
    """Standard error of measurement and what it means for one score."""

    scale: str
    rows: tuple[tuple[str, float, float, float, float], ...]
    """(source of reliability, reliability, sd, standard error of measurement, reliable change at 95 %)."""


@dataclass(frozen=True, slots=True)
class StructureFit:
    """How well one model of the items fits at one occasion; None where an index is not defined.

    rmsea : with its 90 % interval; cfi and tli are robust ones where these exist
    """

    model: str
    occasion: str
    n: int
    chisq: Number
    df: int
    p: Number
    cfi: Number
    tli: Number
    rmsea: Interval
    srmr: Number


@dataclass(frozen=True, slots=True)
class Loading:
    """A standardised loading of an item on a factor; `general` marks the factor that all items share."""

    item: str
    factor: str
    value: Interval
    general: bool


@dataclass(frozen=True, slots=True)
class InvarianceStep:
    """One step of an invariance ladder, against the step before.

    step : metric (loadings equal), thresholds, scalar (and means of items) or strict (and residual variances)
    chisq, df, p : difference with every item equal; cfi, rmsea : change, above 0 where the index rose
    held : fits about as well as the step before; released : items that had to differ to get here, so far
    reached : held, or held after these were released
    """

    step: str
    chisq: Number
    df: int
    p: Number
    cfi: Number
    rmsea: Number
    held: bool
    released: tuple[str, ...]
    reached: bool


@dataclass(frozen=True, slots=True)
class Ladder:
    """Is the scale the same scale across arms, or over occasions?

    across : "arms" or "occasions"; where : in words; n : people
    fit : of the same form everywhere; steps : as far as the ladder was climbed
    why_absent : why there is none; None where there is
    """

    across: str
    where: str
    n: int
    fit: StructureFit | None
    steps: tuple[InvarianceStep, ...]
    why_absent: str | None = None


@dataclass(frozen=True, slots=True)
class StructureDetail:
    """Structure of one scale's items.

    ordered : items taken as ordered answers; fits : the declared structure first, then those it is compared with
    loadings : of the model whose name is `drawn`
    shares : (name, value with limits) of the sum score's variance: omega total, omega hierarchical, of facets, ECV
    meaning_changed : True where equal means of items over time did not hold, and change is partly a change of meaning
    """

    scale: str
    occasion: str
    ordered: bool
    facets: tuple[tuple[str, tuple[str, ...]], ...]
    fits: tuple[StructureFit, ...]
    drawn: str
    loadings: tuple[Loading, ...]
    shares: tuple[tuple[str, Interval], ...]
    ladders: tuple[Ladder, ...]
    meaning_changed: bool


@dataclass(frozen=True, slots=True)
class DriftedItem:
    """How far one item moved beyond what the others foretell, in its own points; above 0: higher later.

    adjusted : p by Holm over the items; named : that is below 1 − level
    """

    item: str
    shift: Interval
    p: Number
    adjusted: Number
    named: bool


@dataclass(frozen=True, slots=True)
class ItemDriftDetail:
    """Items of one scale between two occasions; n : people with answers at both."""

    scale: str
    first: str
    last: str
    n: int
    items: tuple[DriftedItem, ...]
