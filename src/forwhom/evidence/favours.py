"""Which group printed numbers favour: the sign of two means, two shares of events or a ratio, turned by the declared scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from forwhom.evidence.arm_numbers import people_in
from forwhom.evidence.comparisons import Comparison
from forwhom.evidence.filters import Row, of_study
from forwhom.evidence.model import Ledger
from forwhom.evidence.pairing import RATIOS, comparisons

READ = ("means", "events")
"""Kinds of rows that print numbers and no direction."""


def favours(one: Comparison) -> int | None:
    """+1 where the numbers favour group one, −1 group two; None where they are equal, absent, or nothing declares the scale.

    A ratio favours a group only where its interval excludes 1; means and events by the bare difference.

    >>> from forwhom import evidence
    >>> [(each.id, favours(each)) for each in comparisons(evidence.read())]
    [('bateman-fonagy-2009/episode-mbt', 1)]
    """
    if one.sign is None:
        return None
    a, b = one.one, one.two
    if one.given is not None:
        low, high = one.given.low, one.given.high
        if one.given.statistic not in RATIOS or low is None or high is None or low <= 1.0 <= high:
            return None
        raw = 1.0 if low > 1.0 else -1.0
    elif a.mean is not None and b.mean is not None:
        raw = a.mean - b.mean
    elif a.events is not None and b.events is not None and a.n and b.n:
        raw = a.events / a.n - b.events / b.n
    else:
        return None
    return one.sign * ((raw > 0) - (raw < 0)) or None


def directed(ledger: Ledger) -> Mapping[str, tuple[Row, ...]]:
    """Rows of means and events, by id, with the direction that their numbers give against another arm.

    The arm they are compared with is their ``versus``, its number their ``contrast``. Left out are rows that are told a
    direction: of the same arm, outcome and time in the same study, a word or a test says more than a bare difference.
    """
    global _last
    if _last[0] is not ledger:
        found: dict[str, tuple[Row, ...]] = {}
        for each in comparisons(ledger):
            way, study = favours(each), ledger.studies[each.study]
            row = next((row for row in of_study(study) if row.id == each.id), None)
            if way is None or row is None or row.result.kind not in READ or _told(row):
                continue
            two = next((arm for arm in study.arms if people_in(study, arm) == each.two.id), None)
            if two is None:
                continue
            result = replace(
                row.result,
                direction="better" if way > 0 else "worse",
                versus=two.id,
                contrast=f"against {two.label}, {_number(each)}; {each.better} is better",
            )
            found[row.id] = (*found.get(row.id, ()), replace(row, result=result))
        _last = (ledger, found)
    return _last[1]


_last: tuple[Ledger | None, Mapping[str, tuple[Row, ...]]] = (None, {})
"""Those of the ledger asked last: every claim of a direction asks."""


def _told(row: Row) -> bool:
    mine = row.result
    return any(
        each.direction
        and (each.arm, each.time) == (mine.arm, mine.time)
        and _domain(row, each.outcome) == _domain(row, mine.outcome)
        for each in row.study.results
    )


def _domain(row: Row, outcome: str) -> str:
    measure = row.study.measure(outcome)
    return (measure.domain if measure else "") or outcome


def _number(one: Comparison) -> str:
    two = one.two
    if two.mean is not None:
        return f"mean {getattr(two.mean, 'text', None) or f'{two.mean:g}'}"
    return f"{two.events:g} of {two.n:g}" if two.events is not None and two.n is not None else "other numbers"
