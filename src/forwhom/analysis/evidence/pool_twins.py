"""Samples of a pool that may be one: what the pooled value is when only one of them stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forwhom.analysis.asking import Fingerprinted
from forwhom.analysis.evidence.doubts import may_be_one
from forwhom.analysis.evidence.effects import Effect
from forwhom.analysis.evidence.pool import PooledEffect, people_of, pool_effects
from forwhom.analysis.evidence.pool_words import limits, number
from forwhom.evidence import Ledger
from forwhom.evidence.twins import twins


@dataclass(frozen=True, slots=True)
class OneOrTwo:
    """Samples that may be one.

    samples : their names; labels : how the pool names their studies
    why : what suggests it, a sentence
    """

    samples: tuple[str, ...]
    labels: tuple[str, ...]
    why: str


def one_or_two(of: Fingerprinted, effects: Sequence[Effect]) -> tuple[OneOrTwo, ...]:
    """Groups of samples among these effects that may be one.

    From the rules of the check, where the effects are of a ledger; of a table from its numbers: the same in every group.
    """
    used = {each.comparison.study: each.comparison for each in effects}
    pairs: list[tuple[set[str], str]] = []
    if isinstance(of, Ledger):
        pairs += [(set(studies) & set(used), says) for studies, says in may_be_one(of)]
    else:
        pairs += [
            (set(each.studies), f"{each.labels[0]} and {each.labels[1]} have the same numbers in every group.")
            for each in twins(each.comparison for each in effects)
        ]
    groups: list[tuple[set[str], list[str]]] = []
    for studies, why in pairs:
        samples = {used[name].sample for name in studies}
        if len(samples) < 2:
            continue
        met = [each for each in groups if each[0] & samples]
        for each in met:
            groups.remove(each)
        groups.append((samples.union(*(each[0] for each in met)), [*(w for each in met for w in each[1]), why]))
    return tuple(_named(samples, why, effects) for samples, why in groups)


def _named(samples: set[str], why: Sequence[str], effects: Sequence[Effect]) -> OneOrTwo:
    order = tuple(dict.fromkeys(e.comparison.sample for e in effects if e.comparison.sample in samples))
    labels = {
        sample: " and ".join(dict.fromkeys(e.comparison.label for e in effects if e.comparison.sample == sample))
        for sample in order
    }
    return OneOrTwo(order, tuple(labels[each] for each in order), " ".join(dict.fromkeys(why)))


def fewest(effects: Sequence[Effect], found: Sequence[OneOrTwo]) -> tuple[Effect, ...]:
    """Effects with the sample of the most people of each group alone."""
    out: set[str] = set()
    for each in found:
        sizes = {name: people_of([e for e in effects if e.comparison.sample == name]) or 0 for name in each.samples}
        keep = max(each.samples, key=lambda name: sizes[name])
        out |= set(each.samples) - {keep}
    return tuple(each for each in effects if each.comparison.sample not in out)


def told(found: OneOrTwo, effects: Sequence[Effect], pooled: PooledEffect, rho: float) -> str:
    """A sentence: which may be one, why, and the pooled value with each of them alone."""
    parts = []
    for keep, label in zip(found.samples, found.labels, strict=True):
        left = [
            each for each in effects if each.comparison.sample == keep or each.comparison.sample not in found.samples
        ]
        one = pool_effects(left, pooled.measure, level=pooled.level, rho=rho, limits=False)
        value = f"{number(one.estimate, pooled.measure)} ({limits(one.low, one.high, pooled.measure)})"
        parts.append(f"with {label} alone of them {value}")
    names = f"{', '.join(found.labels[:-1])} and {found.labels[-1]}"
    return (
        f"{names} may be one sample, or one publication twice, and are counted here as {len(found.samples)}: {found.why.rstrip('.')}. "
        f"The pooled value is {number(pooled.estimate, pooled.measure)} ({limits(pooled.low, pooled.high, pooled.measure)}), "
        f"{'; '.join(parts)}."
    )
