"""One person's page: the findings of the chapter one_person, for one person or for everybody in turn."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from functools import partial

from forwhom.analysis.answer import FAULTS, stopped
from forwhom.analysis.one_person.benefit import benefit
from forwhom.analysis.one_person.course import course
from forwhom.analysis.one_person.dimensions import dimensions, placed
from forwhom.analysis.one_person.on_track import on_track
from forwhom.analysis.one_person.own_change import own_change
from forwhom.analysis.one_person.profile import profile
from forwhom.analysis.one_person.shared import Shared
from forwhom.findings import Finding, Record
from forwhom.findings.record import VERSION
from forwhom.problems import Problem, ProblemsFound
from forwhom.study import Study


def person(shared: Shared, row: int) -> Record:
    """The record of one person, by row of the study's people: profile, dimensions if any, scale by scale, expected benefit."""
    findings = [_asked(shared, "profile", partial(profile, shared, row))]
    if placed(shared):
        findings.append(_asked(shared, "dimensions", partial(dimensions, shared, row)))
    for basis in shared.bases:
        for stem, question in (("course", course), ("on_track", on_track), ("change", own_change)):
            findings.append(_asked(shared, f"{stem}.{basis.here.name}", partial(question, shared, basis, row)))
    findings += [
        _asked(shared, f"benefit.{each.name}", partial(benefit, shared, each, row)) for each in shared.benefits
    ]
    return Record(
        version=VERSION,
        study=shared.card,
        findings=tuple(findings),
        problems=(),
        provenance=shared.provenance,
        person=shared.ids[row],
    )


def _asked(shared: Shared, name: str, question: Callable[[], Finding]) -> Finding:
    """The answer; what stops one is said in its place, so that the others are not lost with it."""
    try:
        return question()
    except FAULTS as why:
        return stopped(shared.draft(name, f"What can be said of {name.replace('_', ' ')}?"), why)


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
