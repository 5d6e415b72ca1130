"""Structure of a scale: loadings with their intervals; fits, shares of the score and steps of invariance as tables."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from forwhom.findings.kinds import Interval, Ladder, Loading, StructureDetail, StructureFit
from forwhom.report.numbers import count, fixed, limits, p_text, quantity
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.svg import Size, svg

EQUAL = {
    "thresholds": "thresholds",
    "metric": "loadings",
    "scalar": "means of items",
    "strict": "residual variances",
}


def picture(detail: StructureDetail, names: Names) -> Picture:
    """A dot per loading, by factor, from 0 to 1."""
    factors = list(dict.fromkeys(loading.factor for loading in detail.loadings))
    rows = [_row(loading, factors) for loading in detail.loadings]
    known = [loading.value.value for loading in detail.loadings if loading.value.value is not None]
    told = f" Loadings from {quantity(min(known), 'ratio')} to {quantity(max(known), 'ratio')}." if known else ""
    describe = f"Loadings of the items of {names.scale(detail.scale)}, {detail.drawn}, {detail.occasion}.{told}"

    def draw(size: Size) -> Markup:
        parts, height = forest(rows, size, zero=0.0, include=(0.0, 1.0))
        return svg(size, height, describe, parts)

    wide, narrow = in_both_sizes(draw)
    answers = "responses behind the ordered answers" if detail.ordered else "items"
    caption = (
        f"Standardised loadings of the {answers} ({detail.drawn}) with their intervals: at 1 an item would be the factor "
        "without error, at 0 it would have nothing to do with it. Colours tell the factors apart."
    )
    tables = (
        _fits(detail.fits),
        *_shares(detail),
        _loadings(detail),
        *(_steps(each) for each in detail.ladders if each.fit),
    )
    return Picture(describe, caption, wide, narrow, tables)


def _row(loading: Loading, factors: Sequence[str]) -> Row:
    place = factors.index(loading.factor)
    value = loading.value
    return Row(loading.item, loading.factor, value, _says(value), place % 4, f"c{place % 6}", strong=loading.general)


def _says(value: Interval) -> str:
    if value.low is None:
        return quantity(value.value, "ratio")
    return f"{quantity(value.value, 'ratio')} ({limits(value.value, value.low, value.high, 'ratio')})"


def _index(value: float | None) -> str:
    return "–" if value is None else fixed(value, 3)


def _chisq(value: float | None, df: int) -> str:
    return "–" if value is None else f"{fixed(value, 1)} on {df}"


def _fits(fits: Sequence[StructureFit]) -> Table:
    rows = []
    for fit in fits:
        interval = fit.rmsea
        ends = (
            "–"
            if interval.low is None or interval.high is None
            else f"{_index(interval.low)} to {_index(interval.high)}"
        )
        rows.append(
            [
                fit.model,
                count(fit.n),
                _chisq(fit.chisq, fit.df),
                p_text(fit.p),
                _index(fit.cfi),
                _index(fit.tli),
                _index(interval.value),
                ends,
                _index(fit.srmr),
            ]
        )
    head = ["Model", "n", "Chi-square", "p", "CFI", "TLI", "RMSEA", "90 % interval", "SRMR"]
    return table(f"Fit, {fits[0].occasion}", head, rows)


def _shares(detail: StructureDetail) -> tuple[Table, ...]:
    if not detail.shares:
        return ()
    rows = [[name, quantity(i.value, "ratio"), limits(i.value, i.low, i.high, "ratio")] for name, i in detail.shares]
    return (table("Shares of the score's variance, and correlations", ["What", "Value", "Interval"], rows),)


def _loadings(detail: StructureDetail) -> Table:
    rows = [
        [
            each.item,
            each.factor,
            quantity(each.value.value, "ratio"),
            limits(each.value.value, each.value.low, each.value.high, "ratio"),
        ]
        for each in detail.loadings
    ]
    return table(f"Loadings, {detail.drawn}", ["Item", "Factor", "Loading", "Interval"], rows, (0, 1))


def _steps(ladder: Ladder) -> Table:
    rows = [
        [
            f"equal {EQUAL.get(step.step, step.step)}",
            _chisq(step.chisq, step.df),
            p_text(step.p),
            _index(step.cfi),
            _index(step.rmsea),
            "yes" if step.held else "after releases" if step.reached else "no",
            ", ".join(step.released) or "–",
        ]
        for step in ladder.steps
    ]
    head = ["Step", "Difference", "p", "Change of CFI", "of RMSEA", "Held", "Items released"]
    over = "over arms" if ladder.across == "arms" else "over time"
    return table(f"Invariance {over}: {ladder.where}", head, rows, (0, 5, 6))


__all__ = ["picture"]
