"""Verdicts on the claims of a document: counts by section, then every claim with its reason."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import ClaimRow, ClaimsDetail, SectionVerdicts
from forwhom.report.numbers import DASH
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.svg import FONT, Size, lines_of_text, svg, tag, text, text_width, wrapped

CLASSES = ("k-recovered", "k-improved", "k-deteriorated", "k-unchanged", "k-apart")
BESIDE = 200.0
BAR = 20.0
ROW = 30.0


def picture(detail: ClaimsDetail, names: Names) -> Picture:
    """A bar per section of the document, cut by verdict; its length is the number of claims."""
    told = "; ".join(f"{row.section}: {_counts(row, detail)}" for row in detail.sections)
    describe = f"Verdicts on the claims of {detail.label}, by section. {told}."
    wide, narrow = in_both_sizes(lambda size: _draw(detail, describe, size))
    caption = (
        "Each bar is a section of the document, as long as it has claims; verdicts stand in the order of the key. Contradicted: the "
        "rows give another count, number or direction, or the design leaves open what is said to be ruled out. Not checkable: the ledger "
        "holds nothing that tests it. A recommendation is no finding."
    )
    alone = sum(row.alone for row in detail.rows)
    if alone:
        caption += (
            f" {alone} of those supported rest on the document alone: nobody else's report of it is in the ledger."
        )
    return Picture(describe, caption, wide, narrow, (_claims(detail), _rows(detail)))


def _counts(row: SectionVerdicts, detail: ClaimsDetail) -> str:
    return ", ".join(f"{n} {name}" for name, n in zip(detail.verdicts, row.counts, strict=True) if n)


def _draw(detail: ClaimsDetail, describe: str, size: Size) -> Markup:
    parts, y = [], 0.0
    legend, y = _legend(detail, size)
    parts.append(legend)
    left = 0.0 if size.narrow else BESIDE
    room = size.width - left - 26
    most = max((sum(row.counts) for row in detail.sections), default=1)
    for row in detail.sections:
        label = wrapped(row.section, (size.width if size.narrow else BESIDE) - 14, 2)
        if size.narrow:
            parts.append(lines_of_text(0, y + FONT, label))
            y += 15.0 * len(label) + 3
        else:
            parts.append(lines_of_text(0, y + BAR / 2 + (4 if len(label) == 1 else -3), label))
        parts.append(_bar(row, left, y, room / most))
        y += ROW
    return svg(size, y, describe, *parts)


def _bar(row: SectionVerdicts, x: float, y: float, step: float) -> Markup:
    parts: list[Markup] = []
    for n, kind in zip(row.counts, CLASSES, strict=False):
        if not n:
            continue
        width = n * step
        parts.append(tag("rect", x=x, y=y, width=max(width - 1.5, 1.0), height=BAR, class_=f"{kind} category"))
        if text_width(str(n)) + 6 < width:
            parts.append(text(x + (width - 1.5) / 2, y + BAR / 2 + 4, str(n), "onblock", "middle"))
        x += width
    parts.append(text(x + 5, y + BAR / 2 + 4, str(sum(row.counts)), "small"))
    return Markup("").join(parts)


def _legend(detail: ClaimsDetail, size: Size) -> tuple[Markup, float]:
    parts: list[Markup] = []
    x, y = 0.0, 2.0
    for name, kind in zip(detail.verdicts, CLASSES, strict=False):
        width = text_width(name) + 40
        if x and x + width > size.width:
            x, y = 0.0, y + 19
        parts.append(tag("rect", x=x, y=y, width=13.0, height=13.0, class_=f"{kind} category"))
        parts.append(text(x + 18, y + 11, name))
        x += width
    return Markup("").join(parts), y + 30


def _claims(detail: ClaimsDetail) -> Table:
    rows = [[row.says, _where(row), _verdict(row), row.why, _added(row), row.would_take or DASH] for row in detail.rows]
    head = ["Claim", "Where", "Verdict", "Because", "Only so far", "It would take"]
    return table(f"The claims of {detail.label}", head, rows, tuple(range(6)))


def _where(row: ClaimRow) -> str:
    return row.place if row.line is None else f"{row.place}, line {row.line}"


def _verdict(row: ClaimRow) -> str:
    extra = [
        *(("on the paper's own word alone",) if row.alone else ()),
        *(("gives no number",) if row.unquantified else ()),
        *(("not as a cause",) if row.downgraded else ()),
    ]
    return f"{row.verdict} ({', '.join(extra)})" if extra else row.verdict


def _added(row: ClaimRow) -> str:
    return " ".join(condition.says for condition in row.conditions) or DASH


def _rows(detail: ClaimsDetail) -> Table:
    rows = [[row.says, row.verdict, each] for row in detail.rows for each in row.rows]
    return table("The rows that decided, a line per study", ["Claim", "Verdict", "Row"], rows, (0, 1, 2))
