"""One person's page: the findings of the chapter one_person, for one person or for everybody in turn."""

from __future__ import annotations

from difflib import get_close_matches

from forwhom.analysis.one_person.benefit import benefit
from forwhom.analysis.one_person.course import course
from forwhom.analysis.one_person.on_track import on_track
from forwhom.analysis.one_person.own_change import own_change
from forwhom.analysis.one_person.profile import profile
from forwhom.analysis.one_person.shared import Shared
from forwhom.findings import Finding, Record
from forwhom.findings.record import VERSION
from forwhom.problems import Problem, ProblemsFound
from forwhom.study import Study


def person(shared: Shared, row: int) -> Record:
    """The record of one person, by row of the study's people: profile, then scale by scale, then expected benefit."""
    findings: list[Finding] = [profile(shared, row)]
    for basis in shared.bases:
        findings += [course(shared, basis, row), on_track(shared, basis, row), own_change(shared, basis, row)]
    findings += [benefit(shared, basis, row) for basis in shared.benefits]
    return Record(
        version=VERSION,
        study=shared.card,
        findings=tuple(findings),
        problems=(),
        provenance=shared.provenance,
        person=shared.ids[row],
    )


def row_of(study: Study, name: str) -> int:
    """Row of the person with this id. Raises ProblemsFound with the nearest ids when there is none."""
    ids = [str(value) for value in study.persons["id"].to_list()]
    if name in ids:
        return ids.index(name)
    near = get_close_matches(name, ids, 5, 0.4) or ids[:5]
    raise ProblemsFound(
        [
            Problem(
                "unknown-person",
                "Give an id as it stands in the table of persons, or --all for everybody.",
                column="ID",
                found=f"'{name}' is no id in this study",
                possible=", ".join(near),
            )
        ]
    )
