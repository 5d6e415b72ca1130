"""A pool drawn: forest, funnel, regressions; and everything behind them as tables."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import Interval, PoolDetail, RecomputedDetail
from forwhom.report.numbers import DASH, THIN, count, fixed, p_text, percent, short
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.evidence.pool_forest import forest, said
from forwhom.report.pictures.evidence.pool_funnel import funnel, regression
from forwhom.report.pictures.panel import Block, below_each_other
from forwhom.report.svg import Size, svg

FEWEST_IN_FUNNEL = 3


def picture(detail: PoolDetail, names: Names) -> Picture:
    """Forest, funnel where there are enough effects, and a panel per regression."""
    pooled = said(detail.pooled, detail)
    describe = (
        f"{detail.outcome}, {detail.against}: {detail.measure} of {count(len(detail.rows))} effects, together {pooled}. "
        f"Left {detail.sides[0]}, right {detail.sides[1]}."
    )

    def draw(size: Size) -> Markup:
        blocks: list[Block] = [forest(detail, size)]
        if len(detail.rows) >= FEWEST_IN_FUNNEL:
            blocks.append(funnel(detail, size))
        blocks += [regression(each, detail.measure, detail.null, size) for each in detail.slopes if each.points]
        parts, height, _ = below_each_other(blocks)
        return svg(size, height, describe, parts)

    wide, narrow = in_both_sizes(draw)
    return Picture(describe, _caption(detail), wide, narrow, tuple(_tables(detail)))


def _caption(detail: PoolDetail) -> str:
    words = [
        f"Each square is one effect with its interval, the larger the more it weighs ({detail.measure}; "
        f"left of the line {detail.sides[0]}, right {detail.sides[1]}). Arrows: the interval goes on."
    ]
    if detail.samples > 1:
        words.append("The diamond is the pooled effect, its ends the interval; open diamonds are parts of the studies.")
    if detail.prediction.low is not None:
        words.append("The thick line is where the true effect of a new study like these would lie.")
    if len(detail.rows) >= FEWEST_IN_FUNNEL:
        words.append(
            "In the funnel effects inside the shaded regions are not significant at 0.10, 0.05 and 0.01; when small studies that found "
            "nothing are missing, the shaded lower part is empty on one side."
        )
    return " ".join(words)


def _tables(detail: PoolDetail) -> list[Table]:
    found = [_studies(detail)]
    levels = [
        [
            split.trait, level.level, count(level.samples), count(level.effects),
            DASH if level.people is None else count(level.people), said(level.effect, detail),
        ]
        for split in detail.splits
        for level in split.levels
    ]  # fmt: skip
    if levels:
        head = ["Trait", "Level", "Samples", "Effects", "People", "Effect (interval)"]
        found.append(table("Parts of the studies, each pooled for itself", head, levels, (0, 1)))
        found.append(_split_tests(detail))
    if detail.slopes:
        found.append(_slopes(detail))
    if detail.tests:
        rows = [
            [each.name, each.declined or each.says, p_text(each.p), _adjusted(each.adjusted, detail)]
            for each in detail.tests
        ]
        found.append(
            table(
                "Do small studies tell larger effects?",
                ["Look", "What it says", "p", "Effect it would leave"],
                rows,
                (0, 1),
            )
        )
    if detail.without:
        rows = [[each.study, said(each.effect, detail)] for each in detail.without]
        found.append(table("The pooled effect without one sample", ["Left out", "Effect (interval)"], rows))
    if detail.signs:
        found.append(_signs(detail))
    if detail.unused:
        rows = [[each.study, each.where, each.why] for each in detail.unused]
        found.append(table("Comparisons that give no effect", ["Study", "Where", "Why"], rows, (0, 1, 2)))
    return found


def _studies(detail: PoolDetail) -> Table:
    rows = [
        [
            row.study,
            row.arms,
            row.what,
            DASH if row.people is None else count(row.people),
            row.how,
            said(row.effect, detail),
            f"{fixed(100 * row.weight, 1)}{THIN}%",
        ]
        for row in detail.rows
    ]
    head = ["Study", "Compared", "Measured", "People", "From", "Effect (interval)", "Weight"]
    return table("Effects", head, rows, (0, 1, 2, 4))


def _split_tests(detail: PoolDetail) -> Table:
    rows = [
        [
            split.trait, p_text(split.p), percent(split.explained), count(split.unknown),
            split.declined or f"between {', '.join(split.tested)}", split.note or DASH,
        ]
        for split in detail.splits
    ]  # fmt: skip
    head = ["Trait", "p", "Variance explained", "Samples that do not state it", "Test", "Note"]
    return table("Do the parts differ?", head, rows, (0, 4, 5))


def _slopes(detail: PoolDetail) -> Table:
    rows = [
        [
            each.trait,
            f"{short(each.step)} more",
            said(each.per, detail) if each.per.value is not None else DASH,
            p_text(each.p),
            percent(each.explained),
            count(each.samples),
            count(each.unknown),
            "; ".join(part for part in (each.note, each.declined) if part) or DASH,
        ]
        for each in detail.slopes
    ]
    what = "Factor (interval)" if detail.log else "Change (interval)"
    head = ["Number", "For", what, "p", "Variance explained", "Samples", "Do not state it", "Note"]
    return table("The effect by numbers that studies state", head, rows, (0, 1, 7))


def _signs(detail: PoolDetail) -> Table:
    told = {
        "positive": "positive values favour the treatment", "negative": "negative values favour the treatment",
        "both": "rows disagree", "unknown": "cannot be told",
    }  # fmt: skip
    rows = [
        [
            each.outcome,
            each.instrument or "all",
            told.get(each.favours, each.favours),
            count(each.fit),
            ", ".join(each.against) or DASH,
            ", ".join(each.silent) or DASH,
        ]
        for each in detail.signs
    ]
    head = [
        "Outcome",
        "Instrument",
        "Column of effects",
        "Rows that say so",
        "Rows that say the opposite",
        "Rows that cannot tell",
    ]
    return table("Which way the file's column of effects points", head, rows, (0, 1, 2, 4, 5))


def _adjusted(interval: Interval, detail: PoolDetail) -> str:
    return DASH if interval.value is None else said(interval, detail)


def recomputed(detail: RecomputedDetail, names: Names) -> Table | None:
    """A table: counts, what follows from them, what is printed."""
    if not detail.rows:
        return None
    rows = [
        [
            f"{row.study}: {row.outcome}",
            "; ".join(f"{arm}: {events} of {n}" for arm, (events, n) in zip(row.arms, row.events, strict=True)),
            _plain(row.ratio),
            _plain(row.odds),
            _shares(row.difference),
            row.number,
            row.printed or DASH,
            f"{row.verdict}: {row.why}",
        ]
        for row in detail.rows
    ]
    head = [
        "Trial",
        "People with the event",
        "Risk ratio",
        "Odds ratio",
        "Risk difference",
        "Number needed to treat",
        "Printed",
        "Beside what is printed",
    ]
    return table("What follows from printed events", head, rows, (0, 1, 5, 6, 7))


def _plain(interval: Interval) -> str:
    if interval.value is None:
        return DASH
    low, high = ("open" if end is None else fixed(end, 2) for end in (interval.low, interval.high))
    return f"{fixed(interval.value, 2)} ({low} to {high})"


def _shares(interval: Interval) -> str:
    if interval.value is None:
        return DASH
    low, high = ("open" if end is None else fixed(100 * end, 0) for end in (interval.low, interval.high))
    return f"{fixed(100 * interval.value, 0)} ({low} to {high}) percentage points"
