"""How the rule does in each declared subgroup."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import FairUseDetail, SubgroupRow
from forwhom.report.numbers import count, is_share, percent
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.effects import cells, gains, says, unit_words
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.pictures.panel import Block, below_each_other, titled
from forwhom.report.svg import Size, svg


def picture(detail: FairUseDetail, names: Names) -> Picture:
    """Gain per subgroup, then how far predictions were off."""
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, names, size, describe))
    caption = (
        "" if detail.recommended else "No rule is recommended; these are the rows of the rule that was looked at. "
    )
    caption += (
        "Gain of the rule over one arm for everyone, subgroup by subgroup (above zero is better), with the share indicated each "
        "arm. Below, the effect predicted minus the effect observed; away from zero, predictions are off in that subgroup."
    )
    return Picture(describe, caption, wide, narrow, _tables(detail, names))


def _in_short(row: SubgroupRow, names: Names) -> str:
    """Shares indicated; of two arms the second, which tells the other."""
    told = sorted(row.indicated, key=lambda pair: names.place(pair[0]))
    told = told[1:] if len(told) == 2 else told
    return ", ".join(f"{percent(share)} {names.arm(arm)}" for arm, share in told)


def _indicated(row: SubgroupRow, names: Names) -> str:
    return ", ".join(f"{percent(share)} {names.arm(arm)}" for arm, share in row.indicated)


def _sentence(detail: FairUseDetail, names: Names) -> str:
    told = [
        f"{row.variable} {row.level}: n {count(row.n)}, indicated {_indicated(row, names) or 'nothing'}, "
        f"gain {says(row.gain, detail.unit)}, predicted minus observed {says(row.bias, detail.unit)}"
        for row in detail.rows
    ]
    what = "The rule" if detail.recommended else "The rule looked at, which is not recommended,"
    return f"{what} per subgroup, {detail.outcome}, {unit_words(detail.unit)}. {'; '.join(told)}."


def _draw(detail: FairUseDetail, names: Names, size: Size, describe: str) -> Markup:
    percent_axis = is_share(detail.unit)

    def label(row: SubgroupRow) -> str:
        return f"{row.variable}: {row.level}"

    gain = [
        Row(
            label(row),
            f"n = {count(row.n)}{'; ' if row.indicated else ''}{_in_short(row, names)}",
            row.gain,
            says(row.gain, detail.unit),
            2,
            "c1",
        )
        for row in detail.rows
    ]
    bias = [Row(label(row), "", row.bias, says(row.bias, detail.unit), 1, "c5") for row in detail.rows]
    unit = unit_words(detail.unit)
    blocks: list[Block] = []
    if gain:
        drawn = forest(gain, size, zero=0.0, sides=gains(), percent=percent_axis)
        blocks.append(titled(f"Gain of the rule ({unit})", drawn, size))
        drawn = forest(bias, size, zero=0.0, percent=percent_axis)
        blocks.append(titled(f"Predicted minus observed effect ({unit})", drawn, size))
    whole, height, _ = below_each_other(blocks)
    return svg(size, height, describe, whole)


def _tables(detail: FairUseDetail, names: Names) -> tuple[Table, ...]:
    unit = unit_words(detail.unit)
    rows = [
        [
            f"{row.variable}: {row.level}",
            count(row.n),
            _indicated(row, names) or "–",
            *cells(row.gain, detail.unit),
            *cells(row.bias, detail.unit),
        ]
        for row in detail.rows
    ]
    head = [
        "Subgroup",
        "n",
        "Indicated",
        f"Gain ({unit})",
        "Interval",
        "Predicted minus observed",
        "Interval (difference)",
    ]
    return (table("The rule per subgroup", head, rows, (0, 2)),)
