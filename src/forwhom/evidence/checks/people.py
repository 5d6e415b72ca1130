"""Sums of people: arms against randomised, analysed against begun, events against people."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from forwhom.evidence.arm_numbers import together
from forwhom.evidence.checks.places import of_arm, of_design, of_result
from forwhom.evidence.contradictions import Contradiction
from forwhom.evidence.model import Arm, Ledger, Study

FLOW = "The flow of participants in the publication."


def arms_and_randomised(ledger: Ledger) -> Iterator[Contradiction]:
    """The arms of patients add up to those randomised, those analysed in them to those analysed."""
    for study in ledger.studies.values():
        arms = [arm for arm in study.arms if arm.role != "healthy"]
        for key in ("n", "analysed"):
            total = study.design.randomised if key == "n" else study.design.analysed
            parts: list[int | None] = [getattr(arm, key) for arm in arms]
            whole = [part for part in parts if part is not None]
            if total is None or len(whole) < len(parts) or not whole or sum(whole) == total:
                continue
            name = "randomised" if key == "n" else "analysed"
            yield Contradiction(
                "sum-of-arms",
                f"The arms add up to {sum(whole)}, and {total} were {name}.",
                (
                    of_design(study, name, f"{total} {name}"),
                    *(of_arm(study, arm, f"{arm.label}: {getattr(arm, key)}", key) for arm in arms),
                ),
                FLOW,
            )


def flow_rises(ledger: Ledger) -> Iterator[Contradiction]:
    """Nobody is randomised without being screened, analysed without having begun, or leaves without having been there."""
    for study in ledger.studies.values():
        design = study.design
        steps = (("screened", design.screened), ("randomised", design.randomised), ("analysed", design.analysed))
        known = [(name, n) for name, n in steps if n is not None]
        for (before, more), (after, fewer) in pairwise(known):
            if fewer > more:
                yield Contradiction(
                    "more-than-before",
                    f"{fewer} were {after}, more than the {more} {before}.",
                    (of_design(study, before, f"{more} {before}"), of_design(study, after, f"{fewer} {after}")),
                    FLOW,
                )
        for arm in study.arms:
            yield from _arm(study, arm)


def _arm(study: Study, arm: Arm) -> Iterator[Contradiction]:
    for key, word in (("analysed", "were analysed"), ("left", "left")):
        part: int | None = getattr(arm, key)
        if part is not None and arm.n is not None and part > arm.n:
            yield Contradiction(
                "more-than-before",
                f"In {arm.label} {part} {word}, more than the {arm.n} who began.",
                (of_arm(study, arm, f"n = {arm.n}"), of_arm(study, arm, f"{key} = {part}", key)),
                FLOW,
            )


def fewer_than_counted(ledger: Ledger) -> Iterator[Contradiction]:
    """A row has no more events than people, and no more people than its arm."""
    for study in ledger.studies.values():
        for result in study.results:
            if result.events is not None and result.n is not None and result.events > result.n:
                said = f"{result.events} of {result.n}"
                yield Contradiction(
                    "events-above-n",
                    f"{result.events} people with the event among {result.n}.",
                    (of_result(study, result, said, "events"),),
                    "Whether people or events were counted.",
                )
            of_both = together(study, result)
            for n, arm in (
                (None if of_both else result.n, study.arm(result.arm)),
                (result.n_versus, study.arm(result.versus)),
            ):
                if arm is None or arm.n is None or n is None:
                    continue
                if n > arm.n:
                    yield Contradiction(
                        "more-than-before",
                        f"A result of {n} people in {arm.label}, which had {arm.n}.",
                        (of_result(study, result, f"n = {n}", "n"), of_arm(study, arm, f"n = {arm.n}")),
                        FLOW,
                    )
