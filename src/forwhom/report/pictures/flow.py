"""Participant flow (CONSORT): entered, allocated, seen at each occasion, left and why, analysed."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import FlowArm, FlowDetail
from forwhom.report.numbers import count, percent
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.svg import BOLD, Size, group, line, svg, tag, text, text_width, wrapped

_LINE = 15.0
_ROW = 19.0
_PAD = 10.0
_GAP = 20.0
_N = "n\u00a0=\u00a0"
_MOST = 12
_ABREAST = 6
"""Arms side by side on a page."""
_SPINE = 6.0
"""How far from the left the line runs from which several rows of arms hang."""
_SLIM = 150.0
"""Boxes narrower than this have the occasion above its bar instead of before it."""


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
    rows = _rows_of_arms(detail, size)
    stem = _SPINE if len(rows) > 1 else size.width / 2
    box_width = size.width if size.narrow else 250.0
    left = (size.width - box_width) / 2
    top, y = _box(left, 0, box_width, [f"Entered  {_N}{count(detail.entered)}"], strong=1)
    parts.append(top)
    if detail.not_allocated:
        drawn, bottom = _not_allocated(detail, size, stem if size.narrow else size.width / 2, y)
        parts.append(drawn)
        y = bottom
    if len(rows) > 1:
        drawn, start = _spine(detail, size, y)
        parts.append(drawn)
        y = start
    reached = y
    for columns in rows:
        drawn_arms, bottom = _arms(detail, names, columns, size, y, stem)
        parts.extend(drawn_arms)
        reached, y = y + _GAP / 2, bottom + 14
    if len(rows) > 1:
        parts.append(line(_SPINE, start, _SPINE, reached, "flowline spine"))
    return svg(size, y - 10, describe, *parts)


def _not_allocated(detail: FlowDetail, size: Size, stem: float, y: float) -> tuple[Markup, float]:
    """The box beside the stem, and where the stem has passed it."""
    lines = [f"Not allocated  {_N}{count(sum(n for _, n in detail.not_allocated))}"]
    lines += [f"{reason}: {count(n)}" for reason, n in detail.not_allocated]
    beside = 40.0 if size.narrow else size.width - 202
    box, bottom = _box(beside, y + 12, size.width - beside - 2, lines, strong=1)
    # On a phone the box would lie over a stem in the middle, so the stem runs left of it.
    x = stem if not size.narrow else _SPINE
    joined = line(x, y + 30, beside, y + 30, "flowline")
    return group(line(x, y, x, bottom + 12, "flowline"), joined, box), bottom + 12


def _spine(detail: FlowDetail, size: Size, y: float) -> tuple[Markup, float]:
    """From the box above to the line on the left from which every row of arms hangs."""
    if size.narrow:
        return Markup(""), y
    middle, turn = size.width / 2, y + _GAP / 2
    return group(line(middle, y, middle, turn, "flowline"), line(middle, turn, _SPINE, turn, "flowline")), turn


def _rows_of_arms(detail: FlowDetail, size: Size) -> list[list[int]]:
    """Arms side by side where they fit: six on a page, one on a phone; more in rows of equal length."""
    arms = len(detail.arms)
    at_once = 1 if size.narrow else -(-arms // -(-arms // _ABREAST)) if arms else 1
    return [list(range(arms))[i : i + at_once] for i in range(0, arms, at_once)]


def _arms(
    detail: FlowDetail, names: Names, columns: list[int], size: Size, y: float, stem: float
) -> tuple[list[Markup], float]:
    """One row of arms, hung from the stem at height y."""
    gap = 20.0 if len(columns) < 4 else 12.0
    margin = 2 * _SPINE + 8 if stem == _SPINE else 0.0
    room = size.width - margin
    width = min((room - gap * (len(columns) - 1)) / len(columns), 330.0)
    start = margin + (room - width * len(columns) - gap * (len(columns) - 1)) / 2
    centres = [start + k * (width + gap) + width / 2 for k in range(len(columns))]
    bar = y + _GAP / 2
    parts = [line(min(stem, centres[0]), bar, max(stem, centres[-1]), bar, "flowline")]
    if stem != _SPINE:
        parts.append(line(stem, y, stem, bar, "flowline"))
    deepest = y
    tops = []
    for column, centre in zip(columns, centres, strict=True):
        parts.append(_arrow(centre, bar, y + _GAP))
        drawn, bottom = _column(detail, names, column, centre - width / 2, y + _GAP, width)
        parts.append(drawn)
        tops.append((column, centre, bottom))
        deepest = max(deepest, bottom)
    end = deepest
    for column, centre, bottom in tops:
        analysed = detail.analysed[column] if column < len(detail.analysed) else 0
        words = [f"Analysed  {_N}{count(analysed)}"]
        place = names.place(detail.arms[column].arm)
        box, foot = _box(centre - width / 2, deepest + _GAP, width, words, strong=1, place=place)
        parts += [_arrow(centre, bottom, deepest + _GAP), box]
        end = max(end, foot)
    return parts, end


def _column(detail: FlowDetail, names: Names, column: int, x: float, y: float, width: float) -> tuple[Markup, float]:
    arm = detail.arms[column]
    place = names.place(arm.arm)
    label = wrapped(arm.label, width - 2 * _PAD, 3, BOLD)
    box, bottom = _box(x, y, width, [*label, f"Allocated  {_N}{count(arm.allocated)}"], strong=len(label), place=place)
    parts, low = [box], bottom
    if detail.occasions:
        seen, low = _seen(detail, arm, x, bottom + _GAP, width, place)
        parts += [_arrow(x + width / 2, bottom, bottom + _GAP), seen]
    if arm.left:
        gone = [f"Left  {_N}{count(sum(n for _, n in arm.left))}"]
        for reason, n in arm.left:
            gone += wrapped(f"{reason}: {count(n)}", width - 2 * _PAD, 3)
        left_box, end = _box(x, low + _GAP, width, gone, strong=1)
        parts += [_arrow(x + width / 2, low, low + _GAP), left_box]
        low = end
    return group(*parts), low


def _seen(detail: FlowDetail, arm: FlowArm, x: float, y: float, width: float, place: int) -> tuple[Markup, float]:
    """Who was seen at each occasion: a number, and a bar for the share of those allocated."""
    slim = width < _SLIM
    label_width = 0.0 if slim else min(110.0, width * 0.42)
    bar_left = x + _PAD + label_width
    bar_width = width - 2 * _PAD - label_width - max(34.0, *(text_width(count(n)) + 10 for n in arm.seen), 0.0)
    shown = _shown(detail)
    row = _ROW + (14.0 if slim else 0.0)
    height = 2 * _PAD - 4 + row * len(shown)
    parts = [tag("rect", x=x, y=y, width=width, height=height, class_="box", rx=2)]
    for k, occasion in enumerate(shown):
        (_, label), n = detail.occasions[occasion], arm.seen[occasion]
        middle = y + _PAD - 2 + row * (k + 1) - _ROW / 2
        share = n / arm.allocated if arm.allocated else 0.0
        words = wrapped(label, width - 2 * _PAD if slim else label_width - 4, 1)[0]
        parts += [
            text(x + _PAD, middle + 4 - (row - _ROW), words, "small"),
            tag("rect", x=bar_left, y=middle - 4, width=bar_width, height=8.0, class_="track"),
            tag("rect", x=bar_left, y=middle - 4, width=bar_width * min(share, 1.0), height=8.0, class_="fill"),
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
