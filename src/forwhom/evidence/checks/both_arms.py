"""The number of people of a comparison, which is of both its arms together."""

from __future__ import annotations

from collections.abc import Iterator

from forwhom.evidence.arm_numbers import most, size, together
from forwhom.evidence.checks.places import of_arm, of_result
from forwhom.evidence.contradictions import Contradiction
from forwhom.evidence.model import Ledger, Result, Study


def numbers_of_both_arms(ledger: Ledger) -> Iterator[Contradiction]:
    """A row between two arms has no more people than both had; and not as many as one of them alone."""
    for study in ledger.studies.values():
        for result in study.results:
            if not together(study, result):
                continue
            whole = most(study, result)
            if whole is not None and result.n is not None and result.n > whole:
                said = f"A result of {result.n} people in two arms, which had {whole} together."
                yield _found("more-than-before", said, study, result, "Whom the number counts.")
            elif whole is not None and result.n == size(study.arm(result.arm)):
                said = f"A result between two arms of {result.n} people, as many as one of them had: n is of both together."
                yield _found(
                    "n-of-one-arm", said, study, result, "The number of both together, or n_versus beside the n of one."
                )


def _found(rule: str, says: str, study: Study, result: Result, settle: str) -> Contradiction:
    arms = [arm for arm in (study.arm(result.arm), study.arm(result.versus)) if arm is not None]
    places = (
        of_result(study, result, f"n = {result.n}", "n"),
        *(of_arm(study, arm, f"{arm.label}: {arm.n}") for arm in arms),
    )
    return Contradiction(rule, says, places, settle)
