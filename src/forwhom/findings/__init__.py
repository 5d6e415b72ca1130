"""Findings: one frozen type per kind of answer, and the record file that keeps them."""

from forwhom.findings.model import (
    Caution,
    Estimate,
    Finding,
    LeftOut,
    Method,
    Population,
    ProblemNote,
    Provenance,
    Record,
    StudyCard,
)

__all__ = [
    "Caution",
    "Estimate",
    "Finding",
    "LeftOut",
    "Method",
    "Population",
    "ProblemNote",
    "Provenance",
    "Record",
    "StudyCard",
]
