"""How certain each outcome is: four marks, filled as far as the certainty reaches, and the steps that took them."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import CertaintyDetail, CertaintyRow
from forwhom.report.numbers import DASH, MINUS, count
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.svg import FONT, Size, line, lines_of_text, marker, svg, tag, text, wrapped

NAMES = ("very low", "low", "moderate", "high")
DOMAINS = (
    ("risk of bias", "bias"),
    ("inconsistency", "varying"),
    ("indirectness", "indirect"),
    ("imprecision", "imprecise"),
    ("small-study effects and allegiance", "small studies, allegiance"),
)
LINE = FONT + 3


def picture(detail: CertaintyDetail, names: Names) -> Picture | None:
    """A row per outcome; None without any."""
    if not detail.rows:
        return None
    told = "; ".join(f"{row.treatment} against {row.against}, {row.outcome}: {row.name}" for row in detail.rows)
    describe = f"Certainty by outcome. {told}."

    def draw(size: Size) -> Markup:
        return _narrow(detail, describe, size) if size.narrow else _wide(detail, describe, size)

    wide, narrow = in_both_sizes(draw)
    caption = (
        "Filled marks: four for high certainty, three for moderate, two for low, one for very low; none where no number is coded. "
        "Numbers are the steps down that a domain took from where the evidence began (high when randomised, low otherwise)."
    )
    return Picture(describe, caption, wide, narrow, (_table(detail),))


def _wide(detail: CertaintyDetail, describe: str, size: Size) -> Markup:
    left, last = 278.0, size.width - 104.0
    column = (last - left) / len(DOMAINS)
    heads = [wrapped(short, column - 4, 3) for _, short in DOMAINS]
    y = max(map(len, heads)) * LINE + 4
    parts = [lines_of_text(left + (i + 0.5) * column, FONT, lines, "small", "middle") for i, lines in enumerate(heads)]
    parts.append(text(last + 10, FONT, "Certainty", "small"))
    group = ""
    for row in detail.rows:
        title = f"{row.treatment} against {row.against}" if row.against else row.treatment
        if title != group:
            group = title
            parts.append(text(0, y + 18, wrapped(title, size.width, 1)[0], "strong"))
            y += 24
        label = wrapped(row.outcome, left - 12, 2)
        under = wrapped(_under(row), left - 12, 2)
        height = LINE * (len(label) + len(under)) + 8
        parts.append(lines_of_text(0, y + 13, label))
        parts.append(lines_of_text(0, y + 13 + LINE * len(label), under, "quiet"))
        middle = y + height / 2
        steps = {step.domain: step.steps for step in row.steps}
        parts += [
            text(
                left + (i + 0.5) * column,
                middle + 4,
                _step(steps.get(domain)),
                "value" if steps.get(domain) else "quiet",
                "middle",
            )
            for i, (domain, _) in enumerate(DOMAINS)
        ]
        parts.append(_marks(row, last + 14, middle))
        parts.append(line(0, y + height, size.width, y + height, "rule"))
        y += height
    return svg(size, y + 4, describe, *parts)


def _narrow(detail: CertaintyDetail, describe: str, size: Size) -> Markup:
    parts: list[Markup] = []
    y, group = 0.0, ""
    for row in detail.rows:
        title = f"{row.treatment} against {row.against}" if row.against else row.treatment
        if title != group:
            group = title
            lines = wrapped(title, size.width - 4, 3, 13.4)
            parts.append(lines_of_text(0, y + 16, lines, "strong"))
            y += LINE * len(lines) + 10
        label = wrapped(row.outcome, size.width - 84, 3)
        parts.append(lines_of_text(0, y + 13, label))
        parts.append(_marks(row, size.width - 70, y + 9))
        taken = ", ".join(f"{step.domain} {_step(step.steps)}" for step in row.steps if step.steps)
        under = [*wrapped(_under(row), size.width - 4, 3), *(wrapped(taken, size.width - 4, 3) if taken else [])]
        parts.append(lines_of_text(0, y + 13 + LINE * len(label), under, "quiet"))
        y += LINE * (len(label) + len(under)) + 12
    return svg(size, y + 4, describe, *parts)


def _under(row: CertaintyRow) -> str:
    """The effect, when it was seen, in how many."""
    people = "" if row.people is None else f", {count(row.people)} people"
    samples = f"{count(row.samples)} sample{'' if row.samples == 1 else 's'}{people}"
    return "; ".join(part for part in (row.effect, row.when, samples) if part)


def _step(steps: int | None) -> str:
    return "·" if not steps else f"{MINUS if steps < 0 else '+'}{abs(steps)}"


def _marks(row: CertaintyRow, x: float, y: float) -> Markup:
    """Four marks, filled up to the certainty."""
    reached = NAMES.index(row.name) + 1 if row.name in NAMES else 0
    shapes = [
        tag("path", d=marker(0, x + 20 * i, y, 5.5), class_="there" if i < reached else "openmark") for i in range(4)
    ]
    return Markup("").join(shapes)


def _table(detail: CertaintyDetail) -> Table:
    rows = [
        [
            f"{row.treatment} against {row.against}: {row.outcome}"
            if row.against
            else f"{row.treatment}: {row.outcome}",
            f"{row.effect}{', ' + row.when if row.when else ''}",
            f"{count(row.samples)}; {'not stated' if row.people is None else count(row.people)}",
            f"{row.name} (began {row.began})",
            "; ".join(f"{step.domain} {_step(step.steps)}: {step.why}" for step in row.steps if step.steps) or "none",
            "; ".join(dict.fromkeys(step.change for step in row.steps if step.steps and step.change)) or DASH,
            row.dated or DASH,
        ]
        for row in detail.rows
    ]
    head = ["Outcome", "Effect", "Samples; people", "Certainty", "Steps", "What would change it", "Coded on"]
    return table("Certainty by outcome, with every step", head, rows, tuple(range(len(head))))
