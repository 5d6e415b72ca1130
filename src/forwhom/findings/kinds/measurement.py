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
