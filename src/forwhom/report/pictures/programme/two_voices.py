"""Two voices on the points of a formulation, beside each other; on a phone one under the other."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import FormulationDetail, VoiceRow
from forwhom.report.svg import BOLD, Size, group, line, lines_of_text, svg, tag, text, wrapped

LINE = 15.0
GAP = 22.0
MOST = 14
"""Lines of one voice that are shown; the table has all of it."""


def two_voices(detail: FormulationDetail, size: Size, describe: str) -> Markup:
    """Point by point: the patient left, the therapist right, what they make of it together below."""
    parts: list[Markup] = []
    y = 0.0
    for row in detail.rows:
        drawn, height = _narrow(row, size, y) if size.narrow else _wide(row, size, y)
        parts.append(drawn)
        y += height
    return svg(size, y, describe, group(*parts))


def _wide(row: VoiceRow, size: Size, y: float) -> tuple[Markup, float]:
    width = (size.width - GAP) / 2
    patient, therapist = (
        wrapped(words or "has not spoken yet", width - 16, MOST) for words in (row.patient, row.therapist)
    )
    deepest = max(len(patient), len(therapist))
    top = y + 30
    parts = [_title(row, size, y)]
    for k, (who, words, said) in enumerate(
        (("Patient", patient, row.patient), ("Therapist", therapist, row.therapist))
    ):
        parts.append(_voice(who, words, bool(said), k, k * (width + GAP), top, deepest))
    foot = top + LINE * (deepest + 1) + 8
    return _together(row, size, parts, foot, y)


def _narrow(row: VoiceRow, size: Size, y: float) -> tuple[Markup, float]:
    parts = [_title(row, size, y)]
    top = y + 14 + LINE * len(wrapped(row.point, size.width, 2, BOLD))
    for k, (who, said) in enumerate((("Patient", row.patient), ("Therapist", row.therapist))):
        words = wrapped(said or "has not spoken yet", size.width - 16, MOST)
        parts.append(_voice(who, words, bool(said), k, 0.0, top, len(words)))
        top += LINE * (len(words) + 1) + 12
    return _together(row, size, parts, top - 4, y)


def _title(row: VoiceRow, size: Size, y: float) -> Markup:
    return group(
        line(0, y + 1, size.width, y + 1, "axis"),
        lines_of_text(0, y + 18, wrapped(row.point, size.width, 2, BOLD), "strong"),
    )


def _voice(who: str, words: list[str], spoke: bool, place: int, x: float, y: float, lines: int) -> Markup:
    """One voice with a line of its own colour at its side: whole for the patient, broken for the therapist."""
    side = tag("path", d=f"M{x + 2:.1f} {y + 2:.1f}V{y + LINE * (lines + 1):.1f}", class_="curve")
    return group(
        group(side, text(x + 14, y + 11, who, "armtext"), class_=f"c{1 - place}"),
        lines_of_text(x + 14, y + 11 + LINE, words, "" if spoke else "quiet"),
    )


def _together(row: VoiceRow, size: Size, parts: list[Markup], foot: float, y: float) -> tuple[Markup, float]:
    if not row.result:
        return group(*parts), foot - y + 10
    words = wrapped(f"Together: {row.result}", size.width, 4)
    parts.append(lines_of_text(0, foot + 10, words, "quiet"))
    return group(*parts), foot - y + LINE * len(words) + 16
