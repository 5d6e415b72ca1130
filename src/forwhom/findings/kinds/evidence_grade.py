"""Kinds of the chapter on what is known: how well treatments are supported."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GradedTreatment:
    """A treatment's place in the grid of theory by package.

    theory, package : well-supported, equivocal, contradicted, or what says that there is nothing to place it by
    theory_why, package_why : the counts behind; theory_rule, package_rule : names of the rules that decided
    rise, fall : the least news that would lift or lower it, for package and theory, or why none can
    told : samples named as evidence without a comparison that can be read
    dated : the day the newest file behind it was coded, "" where none gives one; newest : year of the newest publication
    withdrawn : studies of it that were withdrawn and count nowhere
    short : an abbreviation of the treatment, or its name
    """

    treatment: str
    theory: str
    package: str
    theory_why: str
    package_why: str
    theory_rule: str
    package_rule: str
    rise: tuple[str, str]
    fall: tuple[str, str]
    told: tuple[str, ...]
    studies: tuple[str, ...]
    dated: str
    newest: int | None = None
    short: str = ""
    withdrawn: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GradeDetail:
    """The grid of David & Montgomery: theory by package, three levels each."""

    levels: tuple[str, ...]
    rows: tuple[GradedTreatment, ...]


@dataclass(frozen=True, slots=True)
class CertaintyStep:
    """One domain that was looked at: steps down (below zero) or up, why, and what would take it away."""

    domain: str
    steps: int
    why: str
    change: str


@dataclass(frozen=True, slots=True)
class CertaintyRow:
    """One outcome of one treatment.

    effect : in words with its interval, or the printed direction; began : high or low; name : high, moderate, low, very low,
        or not assessed
    people : None where a source does not say; when : the time of the effect, in words
    """

    treatment: str
    outcome: str
    against: str
    effect: str
    samples: int
    people: int | None
    began: str
    name: str
    steps: tuple[CertaintyStep, ...]
    dated: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class CertaintyDetail:
    """Certainty per treatment and outcome, with every step."""

    rows: tuple[CertaintyRow, ...]
