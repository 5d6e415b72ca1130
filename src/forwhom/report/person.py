"""What one person's page shows: the person's answers in order, cautions once each, where it comes from."""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.findings.kinds import ProfileDetail
from forwhom.findings.model import Provenance, Record, StudyCard
from forwhom.report.methods import References, references
from forwhom.report.page import CautionView, View, anchors_of, cautions_of, names_of, view


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One person's page.

    facts : what is known about the person before treatment, (name, value)
    """

    title: str
    study: StudyCard
    facts: tuple[tuple[str, str], ...]
    answers: tuple[View, ...]
    cautions: tuple[CautionView, ...]
    references: References
    provenance: Provenance
    version: str


def person_page(record: Record) -> PersonPage:
    """The page of a record about one person; questions that do not arise stand last."""
    names = names_of(record)
    findings = tuple(sorted(record.findings, key=lambda finding: finding.status == "not_applicable"))
    anchors = anchors_of(findings)
    cited = references(findings)
    known = [pair for f in findings if isinstance(f.detail, ProfileDetail) for pair in f.detail.covariates]
    return PersonPage(
        title=f"Person {record.person}",
        study=record.study,
        facts=tuple(dict.fromkeys(known)),
        answers=tuple(view(f, anchors[f.id], names, cited, record.study.persons) for f in findings),
        cautions=cautions_of(findings, anchors),
        references=cited,
        provenance=record.provenance,
        version=record.version,
    )
