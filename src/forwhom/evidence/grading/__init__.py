"""How well a treatment's package and its theory are supported, by stated rules over the rows of the ledger.

Two factors with three levels each, after David & Montgomery (2011); a certainty beside them, after GRADE. Nothing is kept: a
grade is computed anew from the files, and carries the day of the newest file behind it.
"""

from forwhom.evidence.grading.certainty import Body, Certainty, Step, certainty
from forwhom.evidence.grading.changes import would_fall, would_rise
from forwhom.evidence.grading.facts import (
    Evidence,
    Fact,
    Numbers,
    Speaks,
    evidence_for,
    of_its_own,
    package_named,
    package_of,
    packages,
)
from forwhom.evidence.grading.levels import LEVELS, Level, level_of_package, level_of_theory

__all__ = [
    "LEVELS",
    "Body",
    "Certainty",
    "Evidence",
    "Fact",
    "Level",
    "Numbers",
    "Speaks",
    "Step",
    "certainty",
    "evidence_for",
    "level_of_package",
    "level_of_theory",
    "of_its_own",
    "package_named",
    "package_of",
    "packages",
    "would_fall",
    "would_rise",
]
