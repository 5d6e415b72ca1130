"""Participant flow (CONSORT): entered, allocated, seen at each occasion, left and why, analysed."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import FlowArm, FlowDetail
from forwhom.report.numbers import count, percent
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.svg import BOLD, Size, group, line, svg, tag, text, wrapped

_LINE = 15.0
_ROW = 19.0
_PAD = 10.0
_GAP = 20.0
_MOST = 12


def picture(detail: FlowDetail, names: Names) -> Picture:
    """The flow diagram and its table."""
    describe = _sentence(detail)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, names, size, describe))
    caption = "Participant flow."
    if detail.occasions:
        caption += " Bars show the share of those allocated who were seen at each occasion."
    drawn, all_of_them = len(_shown(detail)), len(detail.occasions)
    note = f"{drawn} of {all_of_them} occasions are drawn; the table has all." if drawn < all_of_them else ""
    return Picture(describe, caption, wide, narrow, (_table(detail),), note)


def _shown(detail: FlowDetail) -> list[int]:
    """The occasions drawn: all where there is room, else some from the first to the last, evenly apart."""
    last = len(detail.occasions) - 1
    if last < _MOST:
        return list(range(last + 1))
    return [round(k * last / (_MOST - 1)) for k in range(_MOST)]


def _sentence(detail: FlowDetail) -> str:
    allocated = sum(arm.allocated for arm in detail.arms)
    parts = [
        f"{arm.label}: {count(arm.allocated)} allocated, {count(analysed)} analysed"
        for arm, analysed in zip(detail.arms, detail.analysed, strict=False)
    ]
    return f"Flow diagram. {count(detail.entered)} entered, {count(allocated)} allocated. {'; '.join(parts)}."


def _draw(detail: FlowDetail, names: Names, size: Size, describe: str) -> Markup:
    parts: list[Markup] = []
    box_width = size.width if size.narrow else 250.0
    left = (size.width - box_width) / 2
    top, y = _box(left, 0, box_width, [f"Entered  n = {count(detail.entered)}"], strong=1)
    parts.append(top)
    middle = size.width / 2
    if detail.not_allocated:
        lines = [f"Not allocated  n = {count(sum(n for _, n in detail.not_allocated))}"]
        lines += [f"{reason}: {count(n)}" for reason, n in detail.not_allocated]
        beside = size.width - 202 if not size.narrow else 40.0
        box, bottom = _box(beside, y + 12, size.width - beside - 2, lines, strong=1)
        parts += [line(middle, y, middle, bottom + 12, "flowline"), box]
        if not size.narrow:
            parts.append(line(middle, y + 30, beside, y + 30, "flowline"))
        y = bottom + 12
    for columns in _rows_of_arms(detail, size):
        drawn, y = _arms(detail, names, columns, size, y)
        parts.extend(drawn)
        y += 14
    return svg(size, y - 10, describe, *parts)


def _rows_of_arms(detail: FlowDetail, size: Size) -> list[list[int]]:
    """Arms side by side where they fit: three on a page, one on a phone."""
    at_once = 1 if size.narrow else 3
    if size.narrow is False and len(detail.arms) == 4:
        at_once = 2
    return [list(range(len(detail.arms)))[i : i + at_once] for i in range(0, len(detail.arms), at_once)]


def _arms(detail: FlowDetail, names: Names, columns: list[int], size: Size, y: float) -> tuple[list[Markup], float]:
    gap = 20.0
    width = (size.width - gap * (len(columns) - 1)) / len(columns)
    width = min(width, 330.0)
    start = (size.width - width * len(columns) - gap * (len(columns) - 1)) / 2
    centres = [start + k * (width + gap) + width / 2 for k in range(len(columns))]
    parts = [line(size.width / 2, y, size.width / 2, y + _GAP / 2, "flowline")]
    if len(columns) > 1:
        parts.append(line(centres[0], y + _GAP / 2, centres[-1], y + _GAP / 2, "flowline"))
    deepest = y
    tops = []
    for column, centre in zip(columns, centres, strict=True):
        parts.append(_arrow(centre, y + _GAP / 2, y + _GAP))
        drawn, bottom = _column(detail, names, column, centre - width / 2, y + _GAP, width)
        parts.append(drawn)
        tops.append((column, centre, bottom))
        deepest = max(deepest, bottom)
    end = deepest
    for column, centre, bottom in tops:
        analysed = detail.analysed[column] if column < len(detail.analysed) else 0
        words = [f"Analysed  n = {count(analysed)}"]
        box, end = _box(
            centre - width / 2, deepest + _GAP, width, words, strong=1, place=names.place(detail.arms[column].arm)
        )
        parts += [_arrow(centre, bottom, deepest + _GAP), box]
    return parts, end


def _column(detail: FlowDetail, names: Names, column: int, x: float, y: float, width: float) -> tuple[Markup, float]:
    arm = detail.arms[column]
    place = names.place(arm.arm)
    label = wrapped(arm.label, width - 2 * _PAD, 3, BOLD)
    box, bottom = _box(x, y, width, [*label, f"Allocated  n = {count(arm.allocated)}"], strong=len(label), place=place)
    parts, low = [box], bottom
    if detail.occasions:
        seen, low = _seen(detail, arm, x, bottom + _GAP, width, place)
        parts += [_arrow(x + width / 2, bottom, bottom + _GAP), seen]
    if arm.left:
        gone = [f"Left  n = {count(sum(n for _, n in arm.left))}"]
        for reason, n in arm.left:
            gone += wrapped(f"{reason}: {count(n)}", width - 2 * _PAD, 3)
        left_box, end = _box(x, low + _GAP, width, gone, strong=1)
        parts += [_arrow(x + width / 2, low, low + _GAP), left_box]
        low = end
    return group(*parts), low


def _seen(detail: FlowDetail, arm: FlowArm, x: float, y: float, width: float, place: int) -> tuple[Markup, float]:
    """Who was seen at each occasion: a number, and a bar for the share of those allocated."""
    label_width = min(110.0, width * 0.42)
    bar_left = x + _PAD + label_width
    bar_width = width - 2 * _PAD - label_width - 34
    shown = _shown(detail)
    height = 2 * _PAD - 4 + _ROW * len(shown)
    parts = [tag("rect", x=x, y=y, width=width, height=height, class_="box", rx=2)]
    for k, occasion in enumerate(shown):
        (_, label), n = detail.occasions[occasion], arm.seen[occasion]
        middle = y + _PAD - 2 + _ROW * (k + 0.5)
        share = n / arm.allocated if arm.allocated else 0.0
        parts += [
            text(x + _PAD, middle + 4, wrapped(label, label_width - 4, 1)[0], "small"),
            tag("rect", x=bar_left, y=middle - 4, width=bar_width, height=8.0, class_="track"),
            tag("rect", x=bar_left, y=middle - 4, width=bar_width * share, height=8.0, class_="fill"),
            text(x + width - _PAD, middle + 4, count(n), "value", "end"),
        ]
    return group(*parts, class_=f"c{place % 6}"), y + height


def _box(
    x: float, y: float, width: float, lines: list[str], *, strong: int = 0, place: int | None = None
) -> tuple[Markup, float]:
    fitted: list[tuple[str, bool]] = []
    for k, words in enumerate(lines):
        fitted += [(part, k < strong) for part in wrapped(words, width - 2 * _PAD, 3)]
    height = _LINE * len(fitted) + 2 * _PAD - 4
    parts = [tag("rect", x=float(x), y=float(y), width=width, height=height, class_="box", rx=2)]
    if place is not None:
        parts.append(tag("rect", x=float(x), y=float(y), width=4.0, height=height, class_="fill"))
    for k, (words, bold) in enumerate(fitted):
        parts.append(
            text(x + width / 2, y + _PAD + 9 + _LINE * k, words, "label strong" if bold else "label", "middle")
        )
    return group(*parts, class_=f"c{place % 6}" if place is not None else None), y + height


def _arrow(x: float, y1: float, y2: float) -> Markup:
    return group(
        line(x, y1, x, y2 - 1, "flowline"),
        tag("path", d=f"M{x - 3.5:.1f} {y2 - 6:.1f}L{x:.1f} {y2 - 0.5:.1f}L{x + 3.5:.1f} {y2 - 6:.1f}z", class_="head"),
    )


def _table(detail: FlowDetail) -> Table:
    head = ["Step", *(arm.label for arm in detail.arms)]
    rows = [["Allocated", *(count(arm.allocated) for arm in detail.arms)]]
    for k, (_, label) in enumerate(detail.occasions):
        rows.append(
            [
                f"Seen at {label}",
                *(
                    f"{count(arm.seen[k])} ({percent(arm.seen[k] / arm.allocated if arm.allocated else None)})"
                    for arm in detail.arms
                ),
            ]
        )
    reasons = dict.fromkeys(reason for arm in detail.arms for reason, _ in arm.left)
    rows += [[f"Left: {reason}", *(count(dict(arm.left).get(reason, 0)) for arm in detail.arms)] for reason in reasons]
    rows.append(["Analysed", *map(count, detail.analysed)])
    return table(f"Participant flow; {count(detail.entered)} entered", head, rows)
