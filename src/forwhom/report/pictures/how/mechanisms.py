"""Several mechanisms side by side: what each carries, alone and beside the others."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import MechanismRow, MechanismsDetail
from forwhom.report.numbers import DASH, fixed, p_text
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.effects import cells, colour, contrast, plain, says, unit_words
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.pictures.panel import Block, below_each_other, titled
from forwhom.report.svg import Size, svg

SEEN = {
    "common": "seen as common",
    "specific": "seen as specific",
    "both": "seen as common and specific",
    "not told": "kind not told",
}


def picture(detail: MechanismsDetail, names: Names) -> Picture:
    """Rows grouped by family; the open mark is what each carries beside the others."""
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, names, size, describe))
    caption = (
        "What of the difference between arms goes by way of each mechanism, one at a time; the open mark is the same with all of "
        "them in one model. p is adjusted after Holm. Common: moves in every arm and goes with the outcome in every arm. Specific: came "
        "out higher, or lower, in one arm. With one arm: the path from each mechanism to later change, in standard deviations."
    )
    return Picture(describe, caption, wide, narrow, _tables(detail, names))


def _sentence(detail: MechanismsDetail, names: Names) -> str:
    told = [
        f"{row.mechanism}{f' ({contrast(names, row.arm, row.reference)})' if row.reference else ''} "
        f"{says(row.carried, unit_words(detail.unit)) if row.reference else plain(row.path)}, {SEEN.get(row.seen, row.seen)}"
        for row in detail.rows
    ]
    return f"Mechanisms of {detail.outcome}: {'; '.join(told) or 'none'}."


def _draw(detail: MechanismsDetail, names: Names, size: Size, describe: str) -> Markup:
    groups: dict[tuple[str, str], list[MechanismRow]] = {}
    for row in detail.rows:
        pair = contrast(names, row.arm, row.reference) if row.reference else ""
        groups.setdefault((pair, row.family), []).append(row)
    blocks: list[Block] = []
    for (pair, family), rows in groups.items():
        title = ", ".join(part for part in (family[:1].upper() + family[1:], pair) if part) or "Mechanisms"
        drawn = forest([_row(row, detail, names) for row in rows], size, zero=0.0, include=_reach(detail))
        blocks.append(titled(title, drawn, size))
    whole, height, _ = below_each_other(blocks)
    return svg(size, height, describe, whole)


def _reach(detail: MechanismsDetail) -> list[float]:
    """Every value, so that all blocks have one scale."""
    shown = [row.carried if row.reference else row.path for row in detail.rows]
    return [v for i in shown for v in (i.value, i.low, i.high) if v is not None]


def _row(row: MechanismRow, detail: MechanismsDetail, names: Names) -> Row:
    value = row.carried if row.reference else row.path
    p = p_text(row.p_holm)
    under = [f"p {p if p[:1] in '<>' else f'= {p}'} adjusted"] if row.p_holm is not None else []
    under += [f"declared {row.declared}"] if row.declared else []
    under += [SEEN.get(row.seen, row.seen)] if row.reference else []
    told = says(value, unit_words(detail.unit)) if row.reference else plain(value)
    return Row(
        row.mechanism,
        ", ".join(under),
        value,
        told,
        names.place(row.arm),
        colour(names, row.arm),
        second=row.beside.value,
    )


def _tables(detail: MechanismsDetail, names: Names) -> tuple[Table, ...]:
    rows = [
        [
            row.mechanism,
            row.family or DASH,
            row.declared or DASH,
            row.seen,
            contrast(names, row.arm, row.reference) if row.reference else DASH,
            plain(row.moved),
            plain(row.path),
            *cells(row.carried, unit_words(detail.unit)),
            plain(row.beside),
            p_text(row.p),
            p_text(row.p_holm),
        ]
        for row in detail.rows
    ]
    head = [
        "Mechanism", "Family", "Declared", "Seen", "Comparison", "Moved (SD)", "Path (SD per SD)", "Carried", "Interval",
        "Beside the others", "p", "p, adjusted",
    ]  # fmt: skip
    tables = [table(f"Mechanisms of {detail.outcome}", head, rows, (0, 1, 2, 3, 4))]
    if detail.alike:
        pairs = [[a, b, fixed(r, 2)] for a, b, r in detail.alike]
        tables.append(table("How far their changes go together", ["Mechanism", "And", "Correlation"], pairs, (0, 1)))
    if detail.refused:
        tables.append(table("Not compared", ["Mechanism", "Why"], [list(each) for each in detail.refused], (0, 1)))
    return tuple(tables)
