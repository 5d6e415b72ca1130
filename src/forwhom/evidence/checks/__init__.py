"""Rules over the ledger. Each looks at everything and says what cannot be right, or what does not agree.

A rule is a function from a `Ledger` to contradictions. It knows no study by name: what it finds follows from the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from forwhom.evidence.checks.arithmetic import impossible_means, impossible_percentages, impossible_spreads
from forwhom.evidence.checks.both_arms import numbers_of_both_arms
from forwhom.evidence.checks.causes import causes_from_weak_designs
from forwhom.evidence.checks.chance import printed_p, signs_against_words, words_against_chance
from forwhom.evidence.checks.citations import citations_of_others, citations_without_result, directions_of_claims
from forwhom.evidence.checks.counts import claims_of_nothing, counts_of_claims
from forwhom.evidence.checks.dates import dates_out_of_order, times_not_assessed
from forwhom.evidence.checks.effects import impossible_effects
from forwhom.evidence.checks.opposed import (
    away_from_healthy,
    improvement_against_parts,
    lower_in_both,
    one_sample_two_ways,
    whole_against_its_parts,
)
from forwhom.evidence.checks.people import arms_and_randomised, fewer_than_counted, flow_rises
from forwhom.evidence.checks.restated import (
    repeated_and_never_reported,
    results_restated,
    same_result_other_direction,
    stated_again,
)
from forwhom.evidence.checks.same_numbers import samples_with_the_same_numbers
from forwhom.evidence.checks.same_people import (
    one_sample_that_differs,
    samples_that_may_be_one,
    samples_told_twice,
)
from forwhom.evidence.checks.searches import searches_that_do_not_add_up
from forwhom.evidence.checks.sides import words_against_numbers
from forwhom.evidence.checks.sizes import effects_against_numbers, same_result_other_size
from forwhom.evidence.checks.units import dose_does_not_fit, scale_directions, treatment_outlasts_assessment
from forwhom.evidence.checks.values import values_of_claims
from forwhom.evidence.contradictions import Contradiction
from forwhom.evidence.model import Ledger
from forwhom.problems import Problem

Rule = Callable[[Ledger], Iterable[Contradiction]]
RULES: tuple[Rule, ...] = (
    arms_and_randomised,
    flow_rises,
    fewer_than_counted,
    numbers_of_both_arms,
    impossible_percentages,
    impossible_means,
    impossible_spreads,
    impossible_effects,
    words_against_numbers,
    words_against_chance,
    effects_against_numbers,
    signs_against_words,
    printed_p,
    scale_directions,
    dose_does_not_fit,
    treatment_outlasts_assessment,
    dates_out_of_order,
    times_not_assessed,
    stated_again,
    results_restated,
    same_result_other_direction,
    same_result_other_size,
    repeated_and_never_reported,
    whole_against_its_parts,
    improvement_against_parts,
    one_sample_two_ways,
    lower_in_both,
    away_from_healthy,
    samples_told_twice,
    samples_that_may_be_one,
    samples_with_the_same_numbers,
    one_sample_that_differs,
    counts_of_claims,
    directions_of_claims,
    values_of_claims,
    citations_of_others,
    citations_without_result,
    claims_of_nothing,
    causes_from_weak_designs,
    searches_that_do_not_add_up,
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What the rules found. `notices` tell of [[settled]] that settle nothing any more."""

    contradictions: tuple[Contradiction, ...]
    notices: tuple[Problem, ...] = ()

    @property
    def open(self) -> tuple[Contradiction, ...]:
        """Those that nobody settled."""
        return tuple(each for each in self.contradictions if each.status == "open")


def check(ledger: Ledger) -> Checked:
    """Apply every rule, and mark what was settled.

    >>> from forwhom import evidence
    >>> {each.status for each in check(evidence.read()).contradictions} <= {"open", "settled"}
    True
    """
    files = [(study.file, settled) for study in ledger.studies.values() for settled in study.settled]
    files += [("claims", settled) for settled in ledger.settled]
    how = {settled.contradiction: settled.how for _, settled in files}
    found: dict[str, Contradiction] = {}
    for each in (each for rule in RULES for each in rule(ledger)):
        # One row may break one rule in two ways.
        before = found.get(each.id)
        found[each.id] = (
            replace(before, says=f"{before.says} {each.says}") if before and before.says != each.says else each
        )
    uncounted = {study.id for study in ledger.studies.values() if not study.counts}
    marked = tuple(
        replace(
            each,
            status="settled" if each.id in how else "open",
            how=how.get(each.id, ""),
            counted=not any(place.of in uncounted for place in each.places),
        )
        for each in found.values()
    )
    stale = tuple(
        Problem(
            "settles-nothing",
            "Take it away, or name the contradiction as it is called now.",
            file,
            column="[[settled]]",
            found=f"no rule finds {settled.contradiction} any more",
            severity="notice",
        )
        for file, settled in files
        if settled.contradiction not in found
    )
    return Checked(marked, stale)
