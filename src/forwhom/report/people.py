"""The list of everybody's pages: ids and where each stands, nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.findings.kinds import AlarmRule, OnTrackDetail
from forwhom.findings.model import Record, StudyCard
from forwhom.report.numbers import time_text
from forwhom.report.render import template


@dataclass(frozen=True, slots=True)
class Entry:
    """One person in the list.

    href : of the page, relative to the list
    standing : per scale (label, where the person stands by the rule chosen in advance, in words)
    rule : what that rule calls an alarm, empty where there is none
    """

    id: str
    href: str
    standing: tuple[tuple[str, str], ...]
    rule: str = ""


OFF = "alarm at the latest score"


def entry(record: Record, href: str) -> Entry:
    """One person's line, from their record."""
    labels = {scale["name"]: scale.get("label", scale["name"]) for scale in record.study.scales}
    standing: list[tuple[str, str]] = []
    says = ""
    for finding in record.findings:
        if not finding.id.startswith("one_person.on_track."):
            continue
        name = finding.id.removeprefix("one_person.on_track.")
        words = "not known"
        if isinstance(finding.detail, OnTrackDetail):
            primary = next((rule for rule in finding.detail.rules if rule.primary), None)
            words = _words(primary, finding.detail.time_unit)
            says = says or (primary.says if primary is not None else "")
        standing.append((labels.get(name, name), words))
    return Entry(record.person or "", href, tuple(standing), says)


def _words(rule: AlarmRule | None, unit: str) -> str:
    if rule is None or rule.standing is None:
        return "not known yet"
    if rule.standing == "alarm":
        return OFF
    if rule.standing == "back inside":
        return "back inside" + (
            "" if rule.last_alarm is None else f" (last alarm at {time_text(rule.last_alarm, unit)})"
        )
    return "no alarm so far"


def render_people(study: StudyCard, entries: tuple[Entry, ...]) -> str:
    """The list as one HTML file, people in the order given."""
    scales = tuple(dict.fromkeys(name for each in entries for name, _ in each.standing))
    rows = [(each, [dict(each.standing).get(name, "") for name in scales]) for each in entries]
    text = template("people.html").render(
        study=study, scales=scales, rows=rows, off=OFF, rule=next((each.rule for each in entries if each.rule), "")
    )
    text += "\n"
    return text.encode("utf-8", "replace").decode("utf-8")
