"""Do effects differ: tests side by side on the strength of their evidence, calibration, targeting."""

from __future__ import annotations

import math

from markupsafe import Markup

from forwhom.findings.kinds import CalibrationGroup, HeterogeneityDetail, HeterogeneityTest, TargetingPoint
from forwhom.report.numbers import count, p_text, percent
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.effects import amount, cells, colour, contrast, plain, says, unit_words
from forwhom.report.pictures.legend import legend
from forwhom.report.pictures.panel import (
    Block,
    Panel,
    axes,
    below_each_other,
    column_width,
    curve,
    framed,
    side_by_side,
    zero_line,
)
from forwhom.report.svg import (
    Linear,
    Size,
    group,
    line,
    lines_of_text,
    marker,
    path,
    svg,
    tag,
    text,
    wrapped,
)

_MARKED = (1.0, 0.1, 0.01, 0.001)
_SMALLEST = 0.0004
"""p values below it stand at the end of the axis."""


def picture(detail: HeterogeneityDetail, names: Names) -> Picture:
    """Tests above, calibration and targeting below."""
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, names, size, describe))
    caption = "Each test of whether effects differ between people, by its p value: further right is stronger evidence."
    if detail.calibration:
        caption += (
            " Calibration: people grouped by predicted effect; on the diagonal, the effect observed is the one predicted, "
            "on a level line the predictions tell nothing."
        )
    if detail.targeting:
        caption += (
            " Targeting: what treating only those predicted to gain most would add to the average gain, by their share; "
            "above zero it would add something."
        )
    return Picture(describe, caption, wide, narrow, _tables(detail, names))


def _sentence(detail: HeterogeneityDetail, names: Names) -> str:
    told = [
        f"{test.test}{_of(test, names)} {plain(test.estimate)}{f', p {_p(test.p)}' if test.p is not None else ''}"
        for test in detail.tests
    ]
    groups = len(detail.calibration)
    more = f" {groups} groups by predicted effect." if groups else ""
    return f"Tests of whether effects on {detail.outcome} differ. {'; '.join(told)}.{more}"


def _p(p: float | None) -> str:
    shown = p_text(p)
    return shown if shown[:1] in "<>" else f"= {shown}"


def _of(test: HeterogeneityTest, names: Names) -> str:
    who = contrast(names, test.arm, test.reference)
    return f" ({who})" if who else ""


def _pairs(detail: HeterogeneityDetail) -> list[tuple[str, str]]:
    points: list[CalibrationGroup | TargetingPoint] = [*detail.calibration, *detail.targeting]
    return list(dict.fromkeys((point.arm, point.reference) for point in points))


def _draw(detail: HeterogeneityDetail, names: Names, size: Size, describe: str) -> Markup:
    blocks = [_tests(detail, names, size)]
    pairs = _pairs(detail)
    if len(pairs) > 1:
        blocks.append(legend([(names.place(arm), contrast(names, arm, other)) for arm, other in pairs], size))
    columns = 2 if detail.calibration and detail.targeting and not size.narrow else 1
    part = Size(column_width(size, columns), size.narrow)
    panels = [_calibration(detail, names, part)] if detail.calibration else []
    panels += [_targeting(detail, names, part)] if detail.targeting else []
    beside, height, _ = side_by_side(panels, part.width, columns)
    drawn, height, _ = below_each_other([*blocks, (beside, height)])
    return svg(size, height, describe, drawn)


# ── tests ────────────────────────────────────────────────────────────────────────────────────────


def _tests(detail: HeterogeneityDetail, names: Names, size: Size) -> Block:
    if not detail.tests:
        return Markup(""), 0.0
    left, right = (8.0, size.width - 14) if size.narrow else (250.0, size.width - 180)
    strength = Linear(0.0, -math.log10(_SMALLEST), left, right)
    y, rows, middles = 18.0, [], []
    for test in detail.tests:
        drawn, y, middle = _test(test, names, size, strength, y)
        rows.append(drawn)
        middles.append(middle)
    # On a phone words stand across the whole width: the rules keep to the rows' own lines.
    spans = [(m - 9, m + 9) for m in middles] if size.narrow else [(18.0, y)]
    usual = strength(-math.log10(0.05))
    marks = [
        line(x, top, x, foot, class_)
        for x, class_ in (*((strength(-math.log10(p)), "rule") for p in _MARKED), (usual, "cutoff"))
        for top, foot in spans
    ]
    marks.append(text(usual, 12, "p = 0.05", "quiet", "middle"))
    marks.append(line(strength.start, y, strength.end, y, "axis"))
    for p in _MARKED:
        x = strength(-math.log10(p))
        marks.append(line(x, y, x, y + 4, "axis"))
        marks.append(text(x, y + 17, f"{p:g}", "tick", "middle"))
    middle = (strength.start + strength.end) / 2
    marks.append(text(middle, y + 32, "p value: stronger evidence →", "axistitle", "middle"))
    return group(*marks, *rows), y + 38


def _test(test: HeterogeneityTest, names: Names, size: Size, strength: Linear, y: float) -> tuple[Markup, float, float]:
    who = contrast(names, test.arm, test.reference)
    room = size.width - 4 if size.narrow else strength.start - 16
    lines = wrapped(test.test, room, 3)
    under = wrapped(who, room, 1)[0] if who else ""
    words = [lines_of_text(0, y + 15, lines, "label")]
    height = 15.0 * len(lines)
    if under:
        words.append(text(0, y + 15 + height, under, "quiet"))
        height += 15
    said, p = plain(test.estimate), f"p {_p(test.p)}" if test.p is not None else ""
    if size.narrow:
        words.append(text(0, y + 15 + height, said, "value"))
        words.append(text(size.width, y + 15 + height, p, "value", "end"))
        middle, end = y + height + 32, y + height + 46
    else:
        end = y + max(height, 30.0) + 14
        middle = (y + end) / 2
        words.append(text(size.width, middle - 3, said, "value", "end"))
        words.append(text(size.width, middle + 13, p, "quiet", "end"))
    if test.p is None:
        words.append(text(strength.start + 4, middle + 4, "no p value", "quiet haloed"))
    else:
        at = strength(-math.log10(min(max(test.p, _SMALLEST), 1.0)))
        words.append(line(strength.start, middle, at, middle, "whisker"))
        words.append(tag("path", d=marker(names.place(test.arm or None), at, middle, 5), class_="mark"))
    return group(*words, class_=colour(names, test.arm or None)), end, middle


# ── calibration and targeting ────────────────────────────────────────────────────────────────────


def _calibration(detail: HeterogeneityDetail, names: Names, size: Size) -> Block:
    groups = detail.calibration
    observed = [v for g in groups for v in (g.observed.value, g.observed.low, g.observed.high)]
    predicted = [g.predicted for g in groups]
    panel = framed(
        size,
        [*predicted, 0.0],
        [*observed, *predicted, 0.0],
        title="Calibration",
        words=f"Effect observed ({unit_words(detail.unit)})",
        below="Effect predicted",
        percent=_percent(detail),
        height=210,
    )
    across, up = panel.across, panel.up
    low, high = max(across.low, up.low), min(across.high, up.high)
    parts = [axes(panel), zero_line(panel)]
    if low < high:
        parts.append(line(across(low), up(low), across(high), up(high), "cutoff"))
    for arm, reference in _pairs(detail):
        marks = [_group(g, names, panel) for g in groups if (g.arm, g.reference) == (arm, reference)]
        parts.append(group(*marks, class_=colour(names, arm)))
    return group(*parts), panel.height


def _percent(detail: HeterogeneityDetail) -> tuple[bool, bool]:
    shares = unit_words(detail.unit) == "percentage points"
    return shares, shares


def _group(g: CalibrationGroup, names: Names, panel: Panel) -> Markup:
    if g.observed.value is None:
        return Markup("")
    x, y = panel.across(g.predicted), panel.up(g.observed.value)
    whisker: Markup | str = ""
    if g.observed.low is not None and g.observed.high is not None:
        whisker = tag("path", d=path([(x, panel.up(g.observed.low)), (x, panel.up(g.observed.high))]), class_="whisker")
    return group(whisker, tag("path", d=marker(names.place(g.arm), x, y, 4.6), class_="mark"))


def _targeting(detail: HeterogeneityDetail, names: Names, size: Size) -> Block:
    gains = [v for p in detail.targeting for v in (p.gain.value, p.gain.low, p.gain.high)]
    panel = framed(
        size,
        [0.0, 1.0],
        [*gains, 0.0],
        title="Targeting",
        words=f"Gain above the average gain ({unit_words(detail.unit)})",
        below="Share treated, those predicted to gain most first",
        percent=(True, _percent(detail)[1]),
        height=210,
    )
    parts = [axes(panel), zero_line(panel)]
    for arm, reference in _pairs(detail):
        points = sorted(
            (p for p in detail.targeting if (p.arm, p.reference) == (arm, reference)), key=lambda p: p.share
        )
        parts.append(group(curve([(p.share, p.gain) for p in points], panel), class_=colour(names, arm)))
    return group(*parts), panel.height


def _tables(detail: HeterogeneityDetail, names: Names) -> tuple[Table, ...]:
    tests = [
        [test.test, contrast(names, test.arm, test.reference), plain(test.estimate), p_text(test.p), test.says]
        for test in detail.tests
    ]
    head = ["Test", "Comparison", "Estimate", "p", "What it says"]
    tables = [table("Tests of whether effects differ", head, tests, (0, 1, 4))]
    if detail.calibration:
        rows = [
            [
                contrast(names, g.arm, g.reference),
                count(g.n),
                amount(g.predicted, detail.unit, g.observed.low, g.observed.high),
                *cells(g.observed, detail.unit),
            ]
            for g in detail.calibration
        ]
        head = ["Comparison", "n", "Predicted effect", "Observed effect", "Interval"]
        tables.append(table(f"Calibration, {unit_words(detail.unit)}", head, rows))
    if detail.targeting:
        rows = [
            [contrast(names, p.arm, p.reference), percent(p.share), says(p.gain, detail.unit)] for p in detail.targeting
        ]
        tables.append(
            table(f"Targeting, {unit_words(detail.unit)}", ["Comparison", "Share treated", "Gain above average"], rows)
        )
    return tuple(tables)
