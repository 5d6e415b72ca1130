"""The list of everybody's pages: ids and where each stands, nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.findings.kinds import OnTrackDetail
from forwhom.findings.model import Record, StudyCard
from forwhom.report.render import template


@dataclass(frozen=True, slots=True)
class Entry:
    """One person in the list.

    href : of the page, relative to the list
    standing : per scale (label, "on track", "off track" or why it cannot be said)
    """

    id: str
    href: str
    standing: tuple[tuple[str, str], ...]


def entry(record: Record, href: str) -> Entry:
    """One person's line, from their record."""
    labels = {scale["name"]: scale.get("label", scale["name"]) for scale in record.study.scales}
    standing = []
    for finding in record.findings:
        if not finding.id.startswith("one_person.on_track."):
            continue
        name = finding.id.removeprefix("one_person.on_track.")
        words = "not known"
        if isinstance(finding.detail, OnTrackDetail):
            primary = next((rule.on_track for rule in finding.detail.rules if rule.primary), None)
            words = "not known yet" if primary is None else "on track" if primary else "off track"
        standing.append((labels.get(name, name), words))
    return Entry(record.person or "", href, tuple(standing))


def render_people(study: StudyCard, entries: tuple[Entry, ...]) -> str:
    """The list as one HTML file, people in the order given."""
    scales = tuple(dict.fromkeys(name for each in entries for name, _ in each.standing))
    rows = [(each, [dict(each.standing).get(name, "") for name in scales]) for each in entries]
    text = template("people.html").render(study=study, scales=scales, rows=rows) + "\n"
    return text.encode("utf-8", "replace").decode("utf-8")
