"""Estimates as rows of text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from forwhom.findings.kinds import ArmDifferenceDetail, DifferencePoint
from forwhom.findings.model import Estimate, Finding
from forwhom.report.numbers import DASH, count, df_text, fixed, is_share, level_text, limits, p_text, quantity


@dataclass(frozen=True, slots=True)
class Shown:
    """One estimate, ready to be printed; empty texts where there is nothing to say."""

    name: str
    value: str
    unit: str
    interval: str
    level: str
    kind: str
    n: str
    df: str
    p: str
    direction: str
    why_absent: str


def shown(estimate: Estimate) -> Shown:
    """The texts of one estimate."""
    value, interval, unit = _number(estimate)
    through = _through_infinity(estimate)
    interval = interval or through
    return Shown(
        name=estimate.name,
        value=value,
        unit=unit,
        interval=interval,
        level=level_text(estimate.level) if interval else "",
        kind=estimate.interval.removeprefix("none: "),
        n=count(estimate.n) if estimate.n is not None else "",
        df=df_text(estimate.df) if estimate.df is not None else "",
        p=p_text(estimate.p) if estimate.p is not None else "",
        direction="" if through else estimate.direction,
        why_absent=(estimate.why_absent or "not computed") if estimate.value is None else "",
    )


def _number(e: Estimate) -> tuple[str, str, str]:
    """Value, interval and unit; a difference of shares in percentage points, other shares in per cent."""
    has_limits = e.low is not None or e.high is not None
    if is_share(e.unit) and (e.reference is not None or "difference" in e.name.casefold()):
        low, high = (100 * x if x is not None else None for x in (e.low, e.high))
        value = 100 * e.value if e.value is not None else None
        known = [x for x in (value, low, high) if x is not None]
        places = 1 if known and max(known) - min(known) < 2 and (has_limits or abs(known[0]) < 1) else 0
        return _points(value, places), _points_limits(low, high, places) if has_limits else "", "percentage points"
    value_text = quantity(e.value, e.unit, e.low, e.high)
    interval = limits(e.value, e.low, e.high, e.unit, e.interval) if has_limits else ""
    return value_text, interval, "" if is_share(e.unit) else e.unit


def _through_infinity(e: Estimate) -> str:
    """The interval of a number needed to treat that runs from benefit through infinity to harm, which has no limits.

    >>> words = "NNTH 624 (95 % CI from NNTB 5.2 through infinity to NNTH 5.1)"
    >>> _through_infinity(Estimate("number needed to treat", 624.0, unit="people", direction=words))
    'NNTB 5.2 through ∞ to NNTH 5.1'
    """
    if e.low is not None or e.high is not None:
        return ""
    told = re.search(r"\bfrom (\S+ \S+ through) infinity (to \S+ [^\s)]+)", e.direction)
    return f"{told[1]} ∞ {told[2]}" if told else ""


def _points(value: float | None, places: int) -> str:
    return DASH if value is None else fixed(value, places)


def _points_limits(low: float | None, high: float | None, places: int) -> str:
    return f"{'open' if low is None else _points(low, places)} to {'open' if high is None else _points(high, places)}"


def headline(finding: Finding) -> Estimate | None:
    """The number a reader wants first: the first of `headlines`."""
    return next(iter(headlines(finding)), None)


def headlines(finding: Finding) -> tuple[Estimate, ...]:
    """The numbers a reader wants first.

    Every arm's primary difference from the reference in raw units; else the first comparison with an interval; else the
    first estimate.
    """
    known = [estimate for estimate in finding.estimates if estimate.value is not None]
    if isinstance(finding.detail, ArmDifferenceDetail):
        primary = [point for point in finding.detail.differences if point.primary]
        reference = reference_of(finding.detail)
        compared = [point for point in primary if point.reference == reference] or primary[:1]
        found = [e for point in compared for e in known if _same_number(e, point)]
        if found:
            return tuple(dict.fromkeys(found))
    with_width = [estimate for estimate in known if estimate.low is not None or estimate.high is not None]
    comparisons = [estimate for estimate in with_width if estimate.reference is not None]
    return tuple((comparisons or with_width or known)[:1])


def _same_number(e: Estimate, point: DifferencePoint) -> bool:
    same = (e.time, e.arm, e.value) == (point.time, point.arm, point.raw.value)
    return same and e.reference in (None, point.reference)


def reference_of(detail: ArmDifferenceDetail) -> str:
    """The arm most others are compared with: the first arm where it is a reference at all."""
    references = [point.reference for point in detail.differences]
    first = detail.arms[0][0] if detail.arms else ""
    return first if first in references else references[0] if references else ""


def leading(finding: Finding, most: int) -> list[Estimate]:
    """The headline and those of the same time, then others in the order of the record, `most` at the most."""
    first = headline(finding)
    if first is None:
        return list(finding.estimates[:most])
    main = headlines(finding)[:most]
    others = [estimate for estimate in finding.estimates if estimate not in main]
    others.sort(key=lambda e: e.time != first.time)
    return [*main, *others[: most - len(main)]]


def columns_present(rows: Sequence[Shown]) -> tuple[bool, bool, bool]:
    """Whether any row has n, degrees of freedom, p."""
    return any(row.n for row in rows), any(row.df for row in rows), any(row.p for row in rows)
