"""What a sample's own numbers say of a treatment: the mean of its effects, and whether its interval excludes none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from forwhom.analysis.evidence.effects import Effect, effects_of
from forwhom.analysis.evidence.pool import RHO, pool_effects
from forwhom.analysis.evidence.pool_redundant import without_redundant
from forwhom.evidence import Ledger
from forwhom.evidence.comparisons import Comparison
from forwhom.evidence.grading import Numbers, Speaks, of_its_own, package_of


def verdicts(
    found: Iterable[Comparison], treatment: str, ledger: Ledger, *, level: float = 0.95
) -> tuple[Numbers, ...]:
    """One per independent sample that states numbers, comparisons with another treatment of its own apart.

    All outcomes and times of a sample count together, as standardised differences that are better above 0: a trial with one
    clear outcome among ten unclear ones has shown little. Where the treatment is what another was compared with, signs turn.
    """
    grouped: dict[tuple[str, bool], list[Effect]] = {}
    for one in found:
        here = bool(one.treatments) and package_of(one.treatments[0], ledger) == treatment
        there = package_of(one.two.word, ledger) == treatment
        if here == there:
            continue
        other = one.two.word if here else one.treatments[0] if one.treatments else ""
        for effect in effects_of([one], "g").effects:
            turned = effect if here else replace(effect, value=-effect.value)
            grouped.setdefault((one.sample, of_its_own(other, ledger)), []).append(turned)
    return tuple(_numbers(sample, apart, effects, level) for (sample, apart), effects in grouped.items())


def _numbers(sample: str, apart: bool, effects: list[Effect], level: float) -> Numbers:
    pooled = pool_effects(without_redundant(effects, RHO)[0], "g", level=level, limits=False)
    speaks: Speaks = "for" if pooled.low > 0 else "against" if pooled.high < 0 else "none"
    comparisons = [each.comparison for each in effects]
    return Numbers(
        sample=sample,
        head_to_head=apart,
        speaks=speaks,
        studies=tuple(dict.fromkeys(each.study for each in comparisons)),
        rows=tuple(dict.fromkeys(each.id for each in comparisons)),
        outcomes=frozenset((each.study, each.outcome) for each in comparisons),
    )
