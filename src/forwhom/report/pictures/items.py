"""Items of a scale: how answers spread over the categories, and what each item adds."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import ItemRow, ItemsDetail
from forwhom.report.numbers import count, percent, quantity, short
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.svg import Size, group, svg, tag, text, text_width, wrapped

_ROW = 24.0


def picture(detail: ItemsDetail, names: Names) -> Picture:
    """One stacked bar of categories per item."""
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, size, describe))
    caption = (
        "Share of answers in each category, from the lowest (light) to the highest (dark), and the correlation of the "
        "item with the rest of the scale. Items are keyed in the scale's direction; ↺ marks those that were reversed."
    )
    return Picture(describe, caption, wide, narrow, (_table(detail),))


def _sentence(detail: ItemsDetail, names: Names) -> str:
    known = [(row.r_rest, row.item) for row in detail.items if row.r_rest is not None]
    told = ""
    if known:
        (low, worst), (high, best) = min(known), max(known)
        told = (
            f" Correlation with the rest of the scale from {quantity(low, 'ratio')} ({worst}) "
            f"to {quantity(high, 'ratio')} ({best})."
        )
    return f"Answers to {count(len(detail.items))} items of {names.scale(detail.scale)}, {detail.occasion}.{told}"


def _draw(detail: ItemsDetail, size: Size, describe: str) -> Markup:
    label_width = 88.0 if size.narrow else 130.0
    right = size.width - 44
    parts = [
        text(size.width, 12, "r with rest", "axistitle", "end"),
        _legend(detail, label_width, right - 40),
    ]
    y = 24.0
    for row in detail.items:
        parts.append(_bar(row, y, label_width, right))
        parts.append(text(size.width, y + 15, quantity(row.r_rest, "ratio"), "value", "end"))
        y += _ROW
    return svg(size, y + 4, describe, *parts)


def _categories(detail: ItemsDetail) -> list[float]:
    return sorted({category for row in detail.items for category, _ in row.shares})


def _legend(detail: ItemsDetail, x: float, right: float) -> Markup:
    categories = _categories(detail)
    shown = categories if len(categories) <= 7 else [categories[0], categories[-1]]
    parts = []
    for category in shown:
        label = short(category)
        if x + 20 + text_width(label) > right:
            break
        strength = categories.index(category)
        parts.append(_block(x, 3, 11, 10, strength, len(categories)))
        parts.append(text(x + 15, 12, label, "tick"))
        x += 24 + text_width(label)
    return group(*parts)


def _bar(row: ItemRow, y: float, left: float, right: float) -> Markup:
    label = wrapped(row.item + (" ↺" if row.reversed else ""), left - 6, 1)[0]
    parts = [text(0, y + 15, label, "label")]
    x = left
    shares = sorted(row.shares)
    for k, (category, share) in enumerate(shares):
        width = (right - left) * share
        if width > 0:
            parts.append(_block(x, y + 3, max(width - 1, 0.5), 16, k, len(shares)))
            words = short(category)
            if width > text_width(words) + 8:
                parts.append(
                    text(
                        x + width / 2,
                        y + 15,
                        words,
                        "onblock" if k / max(len(shares) - 1, 1) > 0.55 else "tick",
                        "middle",
                    )
                )
        x += width
    return group(*parts)


def _block(x: float, y: float, width: float, height: float, k: int, of: int) -> Markup:
    strength = 0.12 + 0.88 * (k / max(of - 1, 1))
    return tag(
        "rect",
        x=float(x),
        y=float(y),
        width=float(width),
        height=float(height),
        class_="category",
        fill_opacity=f"{strength:.2f}",
    )


def _table(detail: ItemsDetail) -> Table:
    categories = _categories(detail)
    few = len(categories) <= 10
    head = ["Item", "n", "Mean", "SD", "r with rest", "Alpha without", "Loading", "At lowest", "At highest"]
    rows = []
    for row in detail.items:
        cells = [
            row.item + (" (reversed)" if row.reversed else ""),
            count(row.n),
            quantity(row.mean, "ratio"),
            quantity(row.sd, "ratio"),
            quantity(row.r_rest, "ratio"),
            quantity(row.alpha_without, "ratio"),
            quantity(row.loading, "ratio"),
            percent(row.floor),
            percent(row.ceiling),
        ]
        shares = dict(row.shares)
        rows.append([*cells, *((percent(shares.get(category)) for category in categories) if few else ())])
    if few:
        head += [f"Answer {short(category)}" for category in categories]
    return table(f"Items, {detail.occasion}", head, rows)
