"""Results of two samples that have the same numbers in every group: one publication may stand there twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from forwhom.evidence.comparisons import CHANGE, EVENTS, MEANS, Comparison

ENOUGH = 4
"""Numbers beside those of people that must agree: the means and spreads of two groups, or the events of two outcomes."""
MOST = 20
"""Studies with the same numbers up to which every pair of them is told."""
MANY = 60
"""People in both groups from which the events of one outcome are enough."""


@dataclass(frozen=True, slots=True)
class Twins:
    """Two samples with the same numbers.

    samples, studies, labels : of both
    results : (row of one, row of the other) with the same numbers
    of : results on which both could be compared: the same outcome, instrument and time
    """

    samples: tuple[str, str]
    studies: tuple[str, str]
    labels: tuple[str, str]
    results: tuple[tuple[str, str], ...]
    of: int


def twins(comparisons: Iterable[Comparison]) -> tuple[Twins, ...]:
    """Pairs of studies of different samples, in the order given.

    The numbers decide, whatever the outcome is called. Groups that nobody, or everybody, had the event in say little and are left out.
    """
    alike: dict[tuple[object, ...], list[Comparison]] = defaultdict(list)
    every: dict[str, list[Comparison]] = defaultdict(list)
    for each in comparisons:
        every[each.study].append(each)
        if not each.absent and (key := _numbers(each)):
            alike[key].append(each)
    found: dict[tuple[str, str], list[tuple[Comparison, Comparison]]] = defaultdict(list)
    for here in alike.values():
        firsts: dict[str, Comparison] = {}
        for each in here:
            firsts.setdefault(each.study, each)
        for one, two in _pairs(list(firsts.values())):
            found[one.study, two.study].append((one, two))
    return tuple(
        Twins(
            (pairs[0][0].sample, pairs[0][1].sample), (a, b), (pairs[0][0].label, pairs[0][1].label),
            tuple((one.id, two.id) for one, two in pairs), _comparable(every[a], every[b]),
        )
        for (a, b), pairs in found.items()
        if sum(_weight(one) for one, _ in pairs) >= ENOUGH
    )  # fmt: skip


def _pairs(alike: Sequence[Comparison]) -> Iterator[tuple[Comparison, Comparison]]:
    """Pairs of different samples; where very many are alike, each with the first only: they are one heap, whatever the pairs."""
    ones = alike if len(alike) <= MOST else alike[:1]
    for at, one in enumerate(ones):
        yield from ((one, two) for two in alike[at + 1 :] if two.sample != one.sample)


def _numbers(one: Comparison) -> tuple[object, ...]:
    """Of both groups; () where they do not say enough."""
    a, b, given = one.one, one.two, one.given
    if one.kind == EVENTS:
        groups = (a.n, a.events, b.n, b.events)
        return () if any(each.events in (0, each.n) for each in (a, b)) else (EVENTS, *groups)
    if one.kind == MEANS:
        return (MEANS, a.n, a.mean, _spread(a.sd), b.n, b.mean, _spread(b.sd))
    if one.kind == CHANGE:
        return (CHANGE, a.n, a.change, _spread(a.sd_change), b.n, b.change, _spread(b.sd_change))
    limits = given is not None and None not in (given.value, given.low, given.high)
    if given is None or not limits or None in (a.n, b.n):
        return ()
    return (given.statistic, a.n, b.n, given.value, given.low, given.high)


def _spread(sd: float | None) -> str:
    """To two digits: one paper prints the standard deviation, the other a standard error."""
    return "" if sd is None else f"{sd:.1e}"


def _weight(one: Comparison) -> int:
    """How many numbers agree beside those of people; large groups with the same events agree by no chance."""
    if one.kind == EVENTS:
        return ENOUGH if (one.people or 0) >= MANY else ENOUGH // 2
    return ENOUGH if one.kind in (MEANS, CHANGE) else ENOUGH - 1


def _comparable(one: Sequence[Comparison], two: Sequence[Comparison]) -> int:
    def keys(of: Sequence[Comparison]) -> set[tuple[object, ...]]:
        return {(each.outcome, each.measure, each.time, each.months) for each in of}

    return len(keys(one) & keys(two))
