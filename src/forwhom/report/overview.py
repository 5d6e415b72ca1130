"""Every moderator at once: the findings' own interaction estimates as one forest. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from forwhom.findings.kinds import Interval, ModeratorDetail
from forwhom.findings.model import Estimate, Finding
from forwhom.report.numbers import DASH, limits, p_text, quantity
from forwhom.report.picture import Names, Picture, in_both_sizes, table
from forwhom.report.pictures.effects import colour, contrast
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.pictures.panel import below_each_other, titled
from forwhom.report.svg import Size, svg

_STEMS = ("moderation by ", "interaction with ", "interaction: ", "interaction ")
_ADJUSTED = "p of moderation by"
_ANY = "any moderation by"
MOST_LEVELS = 3
"""Levels of a moderator that are drawn one by one."""
LEAST = 2
"""Moderators; a sole one is told by its own finding."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One interaction: what it is called, its number, its p raw and adjusted."""

    finding: Finding
    estimate: Estimate
    label: str
    adjusted: float | None


def interactions(findings: Sequence[Finding], names: Names) -> Picture | None:
    """All interactions of arm with a moderator, scale by scale; None when fewer than two moderators have one."""
    lines = [line for finding in findings for line in _lines(finding, names)]
    if len({line.finding.id for line in lines}) < LEAST:
        return None
    groups: dict[tuple[str, str], list[_Line]] = {}
    for line in lines:
        groups.setdefault((line.estimate.scale or "", line.estimate.unit), []).append(line)
    told = "; ".join(f"{line.label} {_says(line.estimate)}, p {_p(line.estimate.p)}" for line in lines)
    describe = f"How much each moderator changes the effect. {told}."

    def draw(size: Size) -> Markup:
        blocks = [
            titled(_heading(scale, unit, names), forest(_rows(group, names), size, zero=0.0), size)
            for (scale, unit), group in groups.items()
        ]
        drawn, height, _ = below_each_other(blocks)
        return svg(size, height, describe, drawn)

    wide, narrow = in_both_sizes(draw)
    rows = [
        [
            line.label,
            names.scale(line.estimate.scale or ""),
            contrast(names, line.estimate.arm or "", line.estimate.reference or "") or DASH,
            quantity(line.estimate.value, line.estimate.unit, line.estimate.low, line.estimate.high),
            limits(line.estimate.value, line.estimate.low, line.estimate.high, line.estimate.unit),
            p_text(line.estimate.p),
            p_text(line.adjusted),
            line.finding.registered,
        ]
        for line in lines
    ]
    head = ["Moderator", "Outcome", "Comparison", "Change of the effect", "Interval", "p", "p, adjusted", "Registered"]
    caption = (
        "How much the effect changes with each moderator: per standard deviation of a continuous one, from the reference level "
        "to each other one of a categorical one. At zero the moderator tells nothing about who gains more. p is given raw, and "
        "adjusted for the number of moderators where the finding has it."
    )
    return Picture(describe, caption, wide, narrow, (table("Moderators", head, rows, (0, 1, 2, 7)),))


def _lines(finding: Finding, names: Names) -> list[_Line]:
    if not finding.id.startswith("for_whom.moderator."):
        return []
    adjusted = next((e.value for e in finding.estimates if e.name.startswith(_ADJUSTED)), None)
    return [
        _Line(finding, estimate, _label(estimate, finding, names), adjusted)
        for estimate in finding.estimates
        if estimate.name.startswith(_STEMS)
        and " per unit of " not in estimate.unit
        and estimate.value is not None
        and estimate.arm
    ]


def _label(estimate: Estimate, finding: Finding, names: Names) -> str:
    """The name of the estimate without what the picture says anyway."""
    words = estimate.name
    for stem in _STEMS:
        if words.startswith(stem):
            words = words[len(stem) :]
            break
    words = words.removesuffix(f", {names.arm(estimate.arm)} − {names.arm(estimate.reference)}")
    words = words.rpartition(" at ")[0] or words
    known = finding.detail.moderator if isinstance(finding.detail, ModeratorDetail) else ""
    return words.strip(" ,") or known or finding.question


def _says(e: Estimate) -> str:
    value = quantity(e.value, e.unit, e.low, e.high)
    return value if e.low is None and e.high is None else f"{value} ({limits(e.value, e.low, e.high, e.unit)})"


def _p(p: float | None) -> str:
    shown = p_text(p)
    return shown if shown[:1] in "<>" else f"= {shown}"


def _rows(lines: Sequence[_Line], names: Names) -> list[Row]:
    """A row per interaction; a moderator of many levels has one row for all of them, with the test of any moderation."""
    rows: list[Row] = []
    together: dict[tuple[str, str | None], list[_Line]] = {}
    for line in lines:
        together.setdefault((line.finding.id, line.estimate.arm), []).append(line)
    for group in together.values():
        if len(group) <= MOST_LEVELS:
            rows += [_row(line, names) for line in group]
            continue
        one = group[0]
        p = next((e.p for e in one.finding.estimates if e.name.startswith(_ANY)), None)
        label = one.finding.detail.moderator if isinstance(one.finding.detail, ModeratorDetail) else one.label
        row = _row(replace(one, estimate=replace(one.estimate, p=p)), names)
        words = f"{len(group)} levels against the first: in the table"
        rows.append(replace(row, label=label, interval=Interval(None), says="", absent=words))
    return rows


def _row(line: _Line, names: Names) -> Row:
    e = line.estimate
    told = [line.finding.registered] + ([f"p {_p(e.p)}"] if e.p is not None else [])
    told += [f"adjusted {_p(line.adjusted).removeprefix('= ')}"] if line.adjusted is not None else []
    who = [f"{names.arm(e.arm)}"] if len(names.arms) > 2 else []
    return Row(
        line.label,
        ", ".join((*who, *told)),
        Interval(e.value, e.low, e.high),
        _says(e),
        names.place(e.arm),
        colour(names, e.arm),
        strong=line.finding.registered == "planned",
    )


def _heading(scale: str, unit: str, names: Names) -> str:
    return f"Change of the effect{f' on {names.scale(scale)}' if scale else ''} ({unit})"
