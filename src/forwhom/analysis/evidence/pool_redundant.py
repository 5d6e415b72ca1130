"""Effects that add nothing to the others of their sample: told twice, or following from them by arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forwhom.analysis.evidence.effects import Effect, Unused
from forwhom.analysis.evidence.pool import covariance
from forwhom.evidence.comparisons import CHANGE, EVENTS, MEANS, Comparison

TWICE = "the same result stands there a second time"
FOLLOWS = "its difference follows from those of the other groups of the same people"
HARDLY = "with the assumed correlation (--rho) it cannot stand beside the others of the same people"
_ALIKE, _SINGULAR = 5e-3, 1e-6


def without_redundant(effects: Sequence[Effect], rho: float) -> tuple[tuple[Effect, ...], tuple[Unused, ...]]:
    """Effects whose sampling covariance is positive definite, and the others with the reason.

    Two effects of one sample, outcome and time between the same groups are one result where they are equal, or where one is a
    printed effect beside the numbers of the other. Of m groups compared on one measure at one time m − 1 differences are free; a
    further one follows from them. What still cannot stand with the assumed correlation is left out, in the order given.
    """
    kept: dict[str, list[Effect]] = {}
    out: dict[int, str] = {}
    from_numbers = (MEANS, CHANGE, EVENTS)
    for each in sorted(effects, key=lambda one: one.how not in from_numbers):
        here = kept.setdefault(each.comparison.sample, [])
        why = _why(each, here)
        if why:
            out[id(each)] = f"{each.comparison.label}: {why}"
        else:
            here.append(each)
    for here in kept.values():
        if len(here) > 1 and not _holds(here, rho):
            out |= _one_by_one(here, rho)
    return (
        tuple(each for each in effects if id(each) not in out),
        tuple(Unused(each.comparison, out[id(each)]) for each in effects if id(each) in out),
    )


def _one_by_one(here: Sequence[Effect], rho: float) -> dict[int, str]:
    """Those that cannot stand beside the ones before them."""
    kept: list[Effect] = []
    out: dict[int, str] = {}
    for each in here:
        if kept and not _holds([*kept, each], rho):
            out[id(each)] = f"{each.comparison.label}: {HARDLY}"
        else:
            kept.append(each)
    return out


def _why(one: Effect, here: Sequence[Effect]) -> str:
    if any(_twice(one, other) for other in here):
        return TWICE
    if _closes(one.comparison, [other.comparison for other in here]):
        return FOLLOWS
    return ""


def _twice(one: Effect, two: Effect) -> bool:
    a, b = one.comparison, two.comparison
    if (a.one.id, a.two.id, a.outcome, a.time, a.months) != (b.one.id, b.two.id, b.outcome, b.time, b.months):
        return False
    same = abs(one.value - two.value) <= _ALIKE and (one.how != two.how or _numbers(a) == _numbers(b))
    return same or (a.measure == b.measure and (one.how in (MEANS, EVENTS)) != (two.how in (MEANS, EVENTS)))


def _numbers(one: Comparison) -> tuple[object, ...]:
    """Of a printed effect its value."""
    return tuple(
        (group.n, group.mean, group.sd, group.events, group.change, group.sd_change) for group in (one.one, one.two)
    ) + ((one.given.value,) if one.given is not None and one.one.mean is None and one.one.events is None else ())


def _closes(one: Comparison, here: Sequence[Comparison]) -> bool:
    """Whether other comparisons already join its two groups on the same measure at the same time."""

    def key(each: Comparison) -> tuple[object, ...]:
        return each.outcome, each.measure, each.time, each.months

    pairs = [(each.one.id, each.two.id) for each in here if key(each) == key(one)]
    if {one.one.id, one.two.id} in [set(pair) for pair in pairs]:
        return False
    reached, grown = {one.one.id}, True
    while grown:
        more = {end for pair in pairs if reached & set(pair) for end in pair}
        grown = not more <= reached
        reached |= more
    return one.two.id in reached


def _holds(effects: Sequence[Effect], rho: float) -> bool:
    whole = covariance(effects, rho)
    scale = np.sqrt(np.diag(whole))
    return float(np.linalg.eigvalsh(whole / np.outer(scale, scale))[0]) > _SINGULAR
