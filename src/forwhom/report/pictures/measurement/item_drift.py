"""Items that move by themselves over time: each item's shift beyond what the others foretell."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import DriftedItem, Interval, ItemDriftDetail
from forwhom.report.numbers import count, limits, p_text, quantity
from forwhom.report.picture import Names, Picture, in_both_sizes, table
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.svg import Size, svg


def picture(detail: ItemDriftDetail, names: Names) -> Picture:
    """A row per item; bold where the item is named."""
    named = [each.item for each in detail.items if each.named]
    describe = (
        f"How far each item of {names.scale(detail.scale)} moved by itself between {detail.first} and {detail.last}. "
        f"{'Named: ' + ', '.join(named) if named else 'None is named'}."
    )

    def draw(size: Size) -> Markup:
        rows = [
            Row(each.item, "", each.shift, _says(each.shift), int(each.named), "c1", each.named)
            for each in detail.items
        ]
        parts, height = forest(rows, size, zero=0.0, sides=("lower later", "higher later"))
        return svg(size, height, describe, parts)

    wide, narrow = in_both_sizes(draw)
    caption = (
        f"Shift of each item between {detail.first} and {detail.last} beyond what the other items foretell, in points of the item, "
        "with its interval. Bold: beyond chance after adjustment for all items."
    )
    head = ["Item", "n", "Shift", "Interval", "p", "p, Holm", "Named"]
    rows = [
        [
            each.item,
            count(detail.n),
            *_cells(each),
            p_text(each.p),
            p_text(each.adjusted),
            "yes" if each.named else "no",
        ]
        for each in detail.items
    ]
    return Picture(describe, caption, wide, narrow, (table("Items over time", head, rows, (0, 6)),))


def _cells(each: DriftedItem) -> tuple[str, str]:
    s = each.shift
    return quantity(s.value, "ratio", s.low, s.high), limits(s.value, s.low, s.high, "ratio")


def _says(s: Interval) -> str:
    return f"{quantity(s.value, 'ratio')} ({limits(s.value, s.low, s.high, 'ratio')})"
