"""A programme on its time line: phases as bars, sessions as ticks, assessments with their windows, what is worked out."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import (
    CommonFeaturesDetail,
    GuidanceDetail,
    ProgrammeGapsDetail,
    ProgrammeSpan,
    ProgrammeTimelineDetail,
)
from forwhom.report.numbers import short
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.svg import Linear, Size, group, line, marker, svg, tag, text, ticks, wrapped

ROW = 26.0
HEAD = 30.0
LINE = 15.0
LEFT = 232.0


def timeline(detail: ProgrammeTimelineDetail, names: Names) -> Picture:
    """Weeks from the first day run to the right."""
    describe = f"{len(detail.spans)} parts of the programme over {short(round(detail.weeks))} weeks."
    wide, narrow = in_both_sizes(lambda size: _drawn(detail, size, describe))
    caption = (
        "Weeks from the first day. Bars: phases. Ticks: sessions. Diamonds: assessments, with the days on which they still count. "
        "Outlines: due any time within. A broken outline, a hollow mark or a grey tick: planned with a value of ours; no paper states it."
    )
    return Picture(describe, caption, wide, narrow, (_table(detail),))


def _drawn(detail: ProgrammeTimelineDetail, size: Size, describe: str) -> Markup:
    left = 0.0 if size.narrow else LEFT
    last = max([detail.weeks, *(span.ends for span in detail.spans)])
    scale = Linear(0.0, last or 1.0, left + 6, size.width - 8)
    parts: list[Markup] = []
    y = 0.0
    part = ""
    for span in detail.spans:
        if span.part != part:
            part = span.part
            y += HEAD
            parts.append(text(0, y - 9, part, "label strong"))
        names = wrapped(span.label, size.width if size.narrow else left - 14, 2)
        high = ROW + LINE * len(names) if size.narrow else max(ROW, LINE * len(names) + 6)
        parts.append(line(0, y, size.width, y, "rule"))
        start = y + 15 if size.narrow else y + high / 2 - LINE * (len(names) - 1) / 2 + 4
        parts += [text(0, start + LINE * i, words, "label") for i, words in enumerate(names)]
        parts.append(_row(span, scale, y + high - ROW / 2 if size.narrow else y + high / 2))
        y += high
    parts.append(line(0, y, size.width, y, "rule"))
    for week in ticks(0, last, 5 if size.narrow else 9):
        parts.append(text(scale(week), y + 17, short(week), "tick", "middle"))
        parts.append(line(scale(week), y, scale(week), y + 4, "axis"))
    parts.append(text(size.width, y + 34, "weeks from the first day", "axistitle", "end"))
    return svg(size, y + 40, describe, group(*parts, class_="c1"))


def _row(span: ProgrammeSpan, scale: Linear, y: float) -> Markup:
    if span.part == "Phases":
        return _bar(span, scale, y, 7.0, "box broken" if span.ours else "mark")
    if span.part == "Sessions" and span.marks:
        class_ = "tickmark ours" if span.ours else "tickmark"
        d = "".join(f"M{scale(week):.1f} {y - 6:.1f}v12" for week in span.marks)
        return tag("path", d=d, class_=class_)
    if not span.marks:
        return _bar(span, scale, y, 5.0, "box broken" if span.ours else "box")
    windows = [
        tag("path", d=f"M{scale(low):.1f} {y:.1f}H{scale(high):.1f}", class_="rule thick") for low, high in span.windows
    ]
    marks = [
        tag("path", d=marker(2, scale(week), y, 4.5), class_="openmark" if span.ours else "mark") for week in span.marks
    ]
    return group(*windows, *marks)


def _bar(span: ProgrammeSpan, scale: Linear, y: float, half: float, class_: str) -> Markup:
    x, width = scale(span.begins), max(scale(span.ends) - scale(span.begins), 3.0)
    return tag("rect", x=x, y=y - half, width=width, height=2 * half, rx=2.0, class_=class_)


def _table(detail: ProgrammeTimelineDetail) -> Table:
    rows = [
        [span.part, span.label, _weeks(span), span.says, "us" if span.ours else "paper", span.source]
        for span in detail.spans
    ]
    return table(
        "The time line in words", ["Part", "What", "Weeks", "How", "Planned by", "Source"], rows, (0, 1, 2, 3, 4, 5)
    )


def _weeks(span: ProgrammeSpan) -> str:
    if span.part == "Assessments" and span.marks:
        return ", ".join(short(round(week)) for week in span.marks)
    return f"{short(round(span.begins))} to {short(round(span.ends))}"


def features(detail: CommonFeaturesDetail, names: Names) -> Table:
    """A row per feature."""
    rows = [
        [
            row.label,
            row.status,
            "; ".join(row.facts) or "nothing stated",
            " ".join((*(f"Not stated: {each}." for each in row.lacks), *row.told)),
            row.source,
        ]
        for row in detail.rows
    ]
    head = ["Feature", "In this programme", "By these facts", "Beside it", "Source"]
    return table("Features that effective treatments tend to share", head, rows, (0, 1, 2, 3, 4))


def guidance(detail: GuidanceDetail, names: Names) -> Table:
    """A row per rule."""
    rows = [
        [row.label, row.rule, row.why, f"{row.source}; {row.grade}", f"{row.standing}. {row.reason}"]
        for row in detail.rows
    ]
    head = ["Rule", "If and then", "Why", "Source and grade", "In the ledger"]
    return table("If-then guidance", head, rows, (0, 1, 2, 3, 4))


def gaps(detail: ProgrammeGapsDetail, names: Names) -> Table:
    """A row per gap."""
    return table("Not said", ["What", "Needed for"], [[row.what, row.needed_for] for row in detail.rows], (0, 1))
