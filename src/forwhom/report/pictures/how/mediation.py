"""What carries the change: the paths with their numbers, the windows in time, and lagged paths within persons."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import CarriedContrast, Interval, LaggedPath, MediationDetail
from forwhom.report.numbers import p_text
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.effects import cells, colour, contrast, plain, says, unit_words
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.pictures.how.diagram import arrow, box, named, windows
from forwhom.report.pictures.panel import Block, below_each_other, moved, titled
from forwhom.report.svg import BOLD, Size, group, lines_of_text, svg, text, wrapped


def picture(detail: MediationDetail, names: Names) -> Picture:
    """A diagram per contrast, the windows below; then what goes on within persons, where that is known."""
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, names, size, describe))
    caption = (
        "Arrows are differences and paths with their intervals. The way over the mechanism is the product of its two arrows; the arrow "
        "below goes past it. The bars show when the mechanism was looked at, and when the outcome: the one ends before the other begins."
    )
    return Picture(describe, caption, wide, narrow, _tables(detail, names))


def _amount(detail: MediationDetail) -> str:
    return unit_words(detail.unit)


def _when(detail: MediationDetail, k: int) -> str:
    """A window in words: the mechanism's, then the outcome's."""
    return detail.windows[k].says if k < len(detail.windows) else ""


def _sentence(detail: MediationDetail, names: Names) -> str:
    told = [
        f"{contrast(names, c.arm, c.reference)}: {detail.mechanism} moved by {says(c.moved, detail.mechanism_unit)}, carried to "
        f"{detail.outcome} {says(c.carried, _amount(detail))}, past it {says(c.direct, _amount(detail))}"
        for c in detail.contrasts
    ]
    order = "; ".join(f"{w.label} {w.says}" for w in detail.windows)
    lags = "; ".join(f"{p.cause} to {p.effect} {plain(p.standard)}" for p in detail.within[:2])
    whole = [
        f"Path from {detail.mechanism} to later {detail.outcome} {says(detail.path, _amount(detail))}",
        *told,
        f"Windows: {order}",
    ]
    return ". ".join(whole + ([f"Within persons: {lags}"] if lags else [])) + "."


def _draw(detail: MediationDetail, names: Names, size: Size, describe: str) -> Markup:
    blocks: list[Block] = []
    for c in detail.contrasts:
        drawn = _narrow(detail, names, c, size) if size.narrow else _wide(detail, names, c, size)
        drawing, height = _headed(detail, names, c, drawn, size)
        blocks.append((group(drawing, class_=colour(names, c.arm)), height))
    if not detail.contrasts:
        blocks.append(_alone(detail, size))
    blocks.append(titled("When each was looked at", windows(detail.windows, size), size))
    if detail.within:
        blocks.append(
            titled("Within persons, to the next occasion (within-person SD)", lags(detail.within, size), size)
        )
    whole, height, _ = below_each_other(blocks)
    return svg(size, height, describe, whole)


def _headed(detail: MediationDetail, names: Names, c: CarriedContrast, drawn: Block, size: Size) -> Block:
    """Who, where the first box does not say it in one line, and what is carried, its interval in one piece."""
    who = [] if size.narrow else wrapped(contrast(names, c.arm, c.reference), size.width, 2, BOLD)
    amount = says(c.carried, _amount(detail))
    value, _, interval = amount.partition(" (")
    told = f"Carried: {value}" + (f" ({interval}".replace(" ", "\u00a0") if interval else "")
    lines = [*who, *wrapped(told, size.width, 2, BOLD)]
    room = 15.0 * len(lines) + 7
    return group(lines_of_text(0, 13, lines, "paneltitle"), moved(drawn[0], 0.0, room)), drawn[1] + room


def _wide(detail: MediationDetail, names: Names, c: CarriedContrast, size: Size) -> Block:
    left = named(0, 96, 170, names.arm(c.arm), "against", names.arm(c.reference))
    top = named((size.width - 190) / 2, 0, 190, detail.mechanism, _when(detail, 0))
    right = named(size.width - 170, 96, 170, detail.outcome, _when(detail, 1))
    foot = max(left.bottom, right.bottom)
    parts = [
        box(left), box(top), box(right),
        arrow((left.middle, left.y), (top.x, top.centre)),
        arrow((top.x + top.width, top.centre), (right.middle, right.y)),
        arrow((left.x + left.width, foot - 22), (right.x, foot - 22)),
        _label((left.middle + top.x) / 2 - 34, top.centre + 12, says(c.moved, detail.mechanism_unit), "end"),
        _label((top.x + top.width + right.middle) / 2 + 34, top.centre + 12, says(detail.path, _amount(detail)), "start"),
        text(size.width / 2, foot - 30, f"past it: {says(c.direct, _amount(detail))}", "label", "middle"),
        text(size.width / 2, foot - 6, f"already there at the border: {says(c.earlier, _amount(detail))}", "quiet", "middle"),
    ]  # fmt: skip
    return group(*parts), foot + 4


def _label(x: float, y: float, words: str, anchor: str) -> Markup:
    return lines_of_text(x, y, wrapped(words, 160, 2), "label haloed", anchor)


def _narrow(detail: MediationDetail, names: Names, c: CarriedContrast, size: Size) -> Block:
    parts: list[Markup] = []
    y = 0.0
    against = f"against {names.arm(c.reference)}"
    chain = (
        (names.arm(c.arm), against, f"moves it by {says(c.moved, detail.mechanism_unit)}"),
        (detail.mechanism, _when(detail, 0), f"per point {says(detail.path, _amount(detail))}"),
        (detail.outcome, _when(detail, 1), ""),
    )
    for head, under, after in chain:
        made = named(1, y, size.width - 2, head, under)
        parts.append(box(made))
        y = made.bottom
        if after:
            parts += [arrow((24, y), (24, y + 34)), text(38, y + 21, after, "label")]
            y += 36
    past = wrapped(f"Past it: {says(c.direct, _amount(detail))}", size.width, 2)
    early = wrapped(f"Already there at the border: {says(c.earlier, _amount(detail))}", size.width, 2)
    parts += [lines_of_text(0, y + 18, past, "label"), lines_of_text(0, y + 18 + 15 * len(past), early, "quiet")]
    return group(*parts), y + 18 + 15 * (len(past) + len(early))


def _alone(detail: MediationDetail, size: Size) -> Block:
    """One arm: only the path from the mechanism to the outcome."""
    row = Row(
        f"Per point of {detail.mechanism}",
        "association in time",
        detail.path,
        says(detail.path, _amount(detail)),
        2,
        "c1",
        strong=True,
    )
    return titled(f"Later {detail.outcome} ({_amount(detail)})", forest([row], size, zero=0.0), size)


def lags(paths: tuple[LaggedPath, ...], size: Size) -> Block:
    """Lagged paths as rows, both directions of each model together."""
    rows = [
        Row(
            f"{p.cause} → {p.effect}",
            p.variant,
            p.standard,
            plain(p.standard),
            0 if k % 2 == 0 else 2,
            "c1" if k % 2 == 0 else "c0",
            strong=k < 2,
        )
        for k, p in enumerate(paths)
    ]
    return forest(rows, size, zero=0.0)


def lag_table(paths: tuple[LaggedPath, ...]) -> Table:
    """Every lagged path with raw and standardised numbers."""
    rows = [[f"{p.cause} → {p.effect}", p.variant, *_two(p.raw), *_two(p.standard), p_text(p.p)] for p in paths]
    head = ["Path", "Model", "In points", "Interval", "In within-person SD", "Interval (SD)", "p"]
    return table("Paths within persons to the next occasion", head, rows, (0, 1))


def _two(of: Interval) -> list[str]:
    value, _, rest = plain(of).partition(" (")
    return [value, rest.rstrip(")") or "–"]


def _tables(detail: MediationDetail, names: Names) -> tuple[Table, ...]:
    amount = _amount(detail)
    rows = []
    for c in detail.contrasts:
        who = contrast(names, c.arm, c.reference)
        for what, of, unit in (
            (f"Difference in {detail.mechanism}", c.moved, detail.mechanism_unit),
            (f"Carried by way of {detail.mechanism}", c.carried, amount),
            ("Past it", c.direct, amount),
            ("Already there where the windows meet", c.earlier, amount),
            ("Total difference", c.total, amount),
        ):
            rows.append([what, who, *cells(of, unit)])
    rows.append([f"Path per point of {detail.mechanism}", "within arms", *cells(detail.path, amount)])
    tables = [
        table(f"From {detail.mechanism} to {detail.outcome}", ["Path", "Comparison", "Value", "Interval"], rows, (0, 1))
    ]
    arms = [
        [
            names.arm(a.arm),
            str(a.n),
            *cells(a.change, detail.mechanism_unit),
            *(cells(a.path, amount) if a.path else ["–", "–"]),
        ]
        for a in detail.arms
    ]
    head = ["Arm", "n", f"{detail.mechanism} moved by", "Interval", "Own path to the outcome", "Interval (path)"]
    tables.append(table("Arm by arm", head, arms))
    if detail.within:
        tables.append(lag_table(detail.within))
    return tuple(tables)
