"""Is the effect general or specific: standardised effects scale by scale, with the common effect behind them."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import DimensionalContrast, DimensionalDetail, Interval
from forwhom.report.numbers import limits, p_text, quantity
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.effects import colour, contrast
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.pictures.panel import Block, below_each_other, titled
from forwhom.report.svg import Size, svg


def picture(detail: DimensionalDetail, names: Names) -> Picture:
    """One block of rows per contrast."""
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, names, size, describe))
    caption = (
        "Effect on each scale in baseline standard deviations, above zero better whatever the scale. The dashed line and its "
        "band are the one effect common to all scales; scales clear of the band respond differently from the profile as a whole."
    )
    return Picture(describe, caption, wide, narrow, _tables(detail, names))


def _says(i: Interval) -> str:
    if i.low is None and i.high is None:
        return quantity(i.value, "SD")
    return f"{quantity(i.value, 'SD')} ({limits(i.value, i.low, i.high, 'SD')})"


def _test(c: DimensionalContrast) -> str:
    if c.p is None:
        return "no test of whether the scales differ"
    p = p_text(c.p)
    return f"p {p if p[:1] in '<>' else f'= {p}'} that the scales do not differ"


def _sentence(detail: DimensionalDetail, names: Names) -> str:
    told = []
    for c in detail.contrasts:
        scales = ", ".join(f"{s.label} {_says(s.effect)}" for s in c.scales)
        told.append(
            f"{contrast(names, c.arm, c.reference)}: common effect {_says(c.common)}, {_test(c)}; {scales or 'no scales'}"
        )
    return f"Effects over the scales of {detail.profile}, in standard deviations. {'. '.join(told)}."


def _draw(detail: DimensionalDetail, names: Names, size: Size, describe: str) -> Markup:
    blocks: list[Block] = []
    for c in detail.contrasts:
        place = names.place(c.arm)
        rows = [Row("Common effect", _test(c), c.common, _says(c.common), 2, colour(names, c.arm), strong=True)]
        rows += [Row(s.label, "", s.effect, _says(s.effect), place, colour(names, c.arm)) for s in c.scales]
        drawn = forest(rows, size, zero=0.0, sides=("worse", "better"), band=c.common)
        blocks.append(titled(contrast(names, c.arm, c.reference), drawn, size))
    whole, height, _ = below_each_other(blocks)
    return svg(size, height, describe, whole)


def _tables(detail: DimensionalDetail, names: Names) -> tuple[Table, ...]:
    def pair(i: Interval) -> list[str]:
        return [quantity(i.value, "SD"), limits(i.value, i.low, i.high, "SD")]

    rows = []
    for c in detail.contrasts:
        who = contrast(names, c.arm, c.reference)
        rows.append(["Common effect", who, *pair(c.common), "–", "–"])
        rows += [[s.label, who, *pair(s.effect), *pair(s.deviation)] for s in c.scales]
    head = ["Scale", "Comparison", "Effect (SD)", "Interval", "Away from the common effect", "Interval (away)"]
    tests = [[contrast(names, c.arm, c.reference), p_text(c.p)] for c in detail.contrasts]
    return (
        table(f"Effects over {detail.profile}", head, rows, (0, 1)),
        table("Do the scales differ?", ["Comparison", "p"], tests),
    )
