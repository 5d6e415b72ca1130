"""Missing scores: which patterns there are, how many people have each, and the share observed per arm."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import MissingDetail
from forwhom.report.numbers import count, percent
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.legend import legend
from forwhom.report.svg import (
    BOLD,
    Linear,
    Size,
    group,
    line,
    marker,
    path,
    svg,
    tag,
    text,
    text_width,
    value_axis,
    wrapped,
)

_MOST = 24
_ROW = 19.0


def picture(detail: MissingDetail, names: Names) -> Picture:
    """The pattern picture under the shares observed."""
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, names, size, describe))
    caption = (
        "Above, the share of each arm with a score at each occasion. Below, one row per pattern: a filled square is a "
        "score, a cross is none; the bar counts the people with that pattern."
    )
    rest = len(detail.patterns) - _MOST
    note = f"The {_MOST} commonest patterns are drawn; the other {rest} are in the table." if rest > 0 else ""
    return Picture(describe, caption, wide, narrow, _tables(detail, names), note)


def _sentence(detail: MissingDetail, names: Names) -> str:
    last = detail.occasions[-1][1] if detail.occasions else ""
    parts = [
        f"{names.arm(arm)} {percent(seen[-1] / total if total else None)}"
        for arm, seen, total in zip(detail.arms, detail.observed, detail.totals, strict=True)
        if seen
    ]
    kind = "Once gone, nobody returned" if detail.monotone else "Some people missed an occasion and returned"
    return f"Missing scores of {names.scale(detail.scale)}. Observed at {last}: {', '.join(parts)}. {kind}."


def _draw(detail: MissingDetail, names: Names, size: Size, describe: str) -> Markup:
    columns = len(detail.occasions)
    left = 44.0
    plot = (size.width - left) * (0.56 if not size.narrow else 0.62)
    step = plot / max(columns, 1)
    centres = [left + step * (k + 0.5) for k in range(columns)]
    arms = [(names.place(arm), names.arm(arm)) for arm in detail.arms]
    above, top = legend(arms, size) if size.narrow else (Markup(""), 0.0)
    shares, foot = _shares(detail, names, size, centres, left, plot, top + 12)
    patterns, bottom = _patterns(detail, names, size, centres, step, foot + 34, left + plot + 10)
    labels = _labels(detail, centres, foot + 16, step)
    return svg(size, bottom, describe, above, shares, labels, patterns)


def _shares(
    detail: MissingDetail, names: Names, size: Size, centres: list[float], left: float, plot: float, top: float
) -> tuple[Markup, float]:
    foot = top + 110.0
    scale = Linear(0, 1, foot, top)
    parts = [value_axis(scale, left, left + plot, 4, percent=True)]
    ends: list[tuple[float, int]] = []
    for index, (seen, total) in enumerate(zip(detail.observed, detail.totals, strict=True)):
        place = names.place(detail.arms[index])
        points = [(x, scale(n / total if total else 0.0)) for x, n in zip(centres, seen, strict=True)]
        if not points:
            continue
        marks = "".join(marker(place, x, y, 3) for x, y in points) if len(points) <= 16 else ""
        ends.append((points[-1][1], index))
        parts.append(
            group(
                tag("path", d=path(points), class_="curve"),
                tag("path", d=marks, class_="mark") if marks else "",
                class_=f"c{place % 6}",
            )
        )
    x = left + plot + 10
    for k, index in enumerate(index for _, index in sorted(ends) if not size.narrow):
        place = names.place(detail.arms[index])
        label = wrapped(names.arm(detail.arms[index]), size.width - x - 14, 1, BOLD)[0]
        y = top + 12 + 16 * k
        parts.append(
            group(
                tag("path", d=marker(place, x + 5, y - 4, 3.6), class_="mark"),
                text(x + 14, y, label, "label armtext"),
                class_=f"c{place % 6}",
            )
        )
    return group(*parts), foot


def _labels(detail: MissingDetail, centres: list[float], y: float, step: float) -> Markup:
    widest = max((text_width(label) for _, label in detail.occasions), default=0)
    every = max(1, -(-int(widest + 6) // max(int(step), 1)))
    last = len(centres) - 1
    return group(
        *(
            text(x, y, label, "tick", "middle")
            for k, (x, (_, label)) in enumerate(zip(centres, detail.occasions, strict=True))
            if (last - k) % every == 0
        )
    )


def _patterns(
    detail: MissingDetail, names: Names, size: Size, centres: list[float], step: float, y: float, bar_left: float
) -> tuple[Markup, float]:
    shown = sorted(detail.patterns, key=lambda pattern: -sum(pattern.counts))[:_MOST]
    most = max((sum(pattern.counts) for pattern in shown), default=1) or 1
    room = size.width - bar_left - 34
    half = min(step / 2 - 0.8, 6.5)
    parts: list[Markup] = []
    for pattern in shown:
        middle = y + _ROW / 2
        there, gone = [], []
        for x, seen in zip(centres, pattern.observed, strict=True):
            if seen:
                there.append(marker(1, x, middle, half / 0.9))
            else:
                r = min(half, 3.5)
                gone.append(path([(x - r, middle - r), (x + r, middle + r)]))
                gone.append(path([(x - r, middle + r), (x + r, middle - r)]))
        parts += [tag("path", d="".join(there), class_="there"), tag("path", d="".join(gone), class_="gone")]
        x = bar_left
        for arm, n in zip(detail.arms, pattern.counts, strict=True):
            place = names.place(arm)
            width = room * n / most
            if width > 0:
                parts.append(
                    tag("rect", x=x, y=middle - 6, width=max(width - 1, 0.6), height=12.0, class_=f"fill c{place % 6}")
                )
            x += width
        parts.append(text(x + 5, middle + 4, count(sum(pattern.counts)), "value"))
        y += _ROW
    parts.append(line(bar_left, y - _ROW * len(shown), bar_left, y, "axis"))
    return group(*parts), y + 4


def _tables(detail: MissingDetail, names: Names) -> tuple[Table, ...]:
    arms = [names.arm(arm) for arm in detail.arms]
    seen = [
        [
            label,
            *(
                f"{count(observed[k])} of {count(total)} ({percent(observed[k] / total if total else None)})"
                for observed, total in zip(detail.observed, detail.totals, strict=True)
            ),
        ]
        for k, (_, label) in enumerate(detail.occasions)
    ]
    ordered = sorted(detail.patterns, key=lambda pattern: -sum(pattern.counts))
    patterns = [[_in_words(pattern.observed, detail), *map(count, pattern.counts)] for pattern in ordered]
    tables = [
        table("Scores observed", ["Occasion", *arms], seen),
        table("Patterns", ["Scores missing at", *arms], patterns),
    ]
    if detail.reasons:
        tables.append(
            table("Reasons for absent scores", ["Reason", "Scores"], [[why, count(n)] for why, n in detail.reasons])
        )
    return tuple(tables)


def _in_words(observed: tuple[bool, ...], detail: MissingDetail) -> str:
    gone = [label for seen, (_, label) in zip(observed, detail.occasions, strict=True) if not seen]
    if not gone:
        return "none"
    return "every occasion" if len(gone) == len(observed) else ", ".join(gone)
