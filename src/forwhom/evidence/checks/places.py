"""How a rule names the places it speaks of."""

from __future__ import annotations

from forwhom.evidence.contradictions import Place
from forwhom.evidence.model import Arm, Claim, Printed, Result, Study

SECOND_HAND = ("abstract", "introduction", "discussion", "conclusion")
"""Parts that repeat results; a claim is not counted over them, so that it cannot prove itself."""


def of_result(study: Study, result: Result, said: str, key: str = "") -> Place:
    """A row of results, or one key of it."""
    return Place(study.id, f"results.{result.id}" + (f" {key}" if key else ""), said, result.source)


def of_arm(study: Study, arm: Arm, said: str, key: str = "n") -> Place:
    """A key of an arm."""
    return Place(study.id, f"arms.{arm.id}.{key}", said, arm.source)


def of_design(study: Study, key: str, said: str) -> Place:
    """A key of the design."""
    return Place(study.id, f"design.{key}", said, study.design.source)


def of_claim(claim: Claim, said: str) -> Place:
    """A claim."""
    return Place(claim.id, f"claims.{claim.id}", said, claim.source)


def plain(number: float | None) -> str:
    """A number as it was printed.

    >>> plain(57.0), plain(16), plain(None)
    ('57', '16', 'nothing')
    """
    if number is None:
        return "nothing"
    return number.text if isinstance(number, Printed) else f"{number:g}"


def span(value: float, unit: str) -> str:
    """A length of time.

    >>> span(1, "year"), span(12, "week")
    ('1 year', '12 weeks')
    """
    return f"{plain(value)} {unit}" + ("" if value == 1 else "s")
