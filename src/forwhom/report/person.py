"""What one person's page shows: the person's answers in order, cautions once each, where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forwhom.findings.kinds import ProfileDetail
from forwhom.findings.model import Finding, Provenance, Record, StudyCard
from forwhom.report.links import Link, links
from forwhom.report.methods import References, references
from forwhom.report.page import CautionView, View, anchors_of, cautions_of, names_of, view


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One person's page.

    facts : what is known about the person before treatment, (name, value)
    contents : links to the answers that arise, those of one question together
    """

    title: str
    study: StudyCard
    facts: tuple[tuple[str, str], ...]
    contents: tuple[tuple[Link, ...], ...]
    answers: tuple[View, ...]
    cautions: tuple[CautionView, ...]
    references: References
    provenance: Provenance
    version: str


def person_page(record: Record) -> PersonPage:
    """The page of a record about one person; questions that do not arise stand last."""
    names = names_of(record)
    findings = tuple(sorted(_in_order(record.findings), key=lambda finding: finding.status == "not_applicable"))
    anchors = anchors_of(findings)
    cited = references(findings)
    known = [pair for f in findings if isinstance(f.detail, ProfileDetail) for pair in f.detail.covariates]
    return PersonPage(
        title=f"Person {record.person}",
        study=record.study,
        facts=tuple(dict.fromkeys(known)),
        contents=links([f for f in findings if f.status != "not_applicable"], anchors, findings),
        answers=tuple(view(f, anchors[f.id], names, cited, record.study) for f in findings),
        cautions=cautions_of(findings, anchors),
        references=cited,
        provenance=record.provenance,
        version=record.version,
    )


def _in_order(findings: Sequence[Finding]) -> list[Finding]:
    """As the record has them, but change so far directly after the course it sums up: the two are read together."""
    ordered = list(findings)
    for k in range(len(ordered) - 1):
        first, second = (finding.id.split(".", 2) for finding in ordered[k : k + 2])
        if first[1:2] == ["on_track"] and second[1:] == ["change", *first[2:]]:
            ordered[k], ordered[k + 1] = ordered[k + 1], ordered[k]
    return ordered
