"""Histograms of the scores, one per occasion, on one scale."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import DistributionDetail
from forwhom.report.numbers import count, percent, quantity, short
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.svg import Linear, Size, foot_axis, group, line, linear, path, svg, tag, text, ticks, wrapped

_HEIGHT = 96.0


def picture(detail: DistributionDetail, names: Names) -> Picture:
    """Small multiples with the mean marked."""
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, size, describe))
    caption = "Distribution of scores at each occasion on one scale; the vertical line marks the mean."
    return Picture(describe, caption, wide, narrow, _tables(detail))


def _sentence(detail: DistributionDetail, names: Names) -> str:
    parts = [
        f"{label}: mean {quantity(mean, 'points')}, SD {quantity(sd, 'points')}, n {count(n)}"
        for label, n, mean, sd, *_ in detail.occasions[:8]
    ]
    return f"Distribution of {names.scale(detail.scale)} scores. {'; '.join(parts)}."


def _draw(detail: DistributionDetail, size: Size, describe: str) -> Markup:
    panels = len(detail.occasions)
    columns = min(2 if size.narrow else 5 if panels == 5 else 4, max(panels, 1))
    gap = 18.0
    width = (size.width - gap * (columns - 1)) / columns
    edges = detail.edges or (0.0, 1.0)
    tallest = max((share for *_, counts in detail.occasions for share in _shares(counts)), default=1.0) or 1.0
    row = _HEIGHT + 66
    parts: list[Markup] = []
    for k, occasion in enumerate(detail.occasions):
        x, y = (k % columns) * (width + gap), (k // columns) * row
        across = linear(edges, x + 6, x + width - 6, pad=0.0)
        up = Linear(0.0, tallest, y + _HEIGHT + 34, y + 34)
        parts.append(_panel(occasion, edges, across, up, x, y, width))
    return svg(size, row * -(-panels // columns), describe, *parts)


def _shares(counts: tuple[int, ...]) -> list[float]:
    total = sum(counts)
    return [n / total for n in counts] if total else [0.0 for _ in counts]


def _panel(
    occasion: tuple[str, int, float | None, float | None, float | None, float | None, tuple[int, ...]],
    edges: tuple[float, ...],
    across: Linear,
    up: Linear,
    x: float,
    y: float,
    width: float,
) -> Markup:
    label, n, mean, sd, _, _, counts = occasion
    foot = up.start
    steps = [(across(edges[0]), foot)]
    for k, share in enumerate(_shares(counts)):
        steps += [(across(edges[k]), up(share)), (across(edges[k + 1]), up(share))]
    steps.append((across(edges[-1]), foot))
    parts = [
        text(x + 6, y + 12, wrapped(label, width - 8, 1)[0], "paneltitle"),
        text(x + 6, y + 26, f"{quantity(mean, 'points')} ± {quantity(sd, 'points')}, n = {count(n)}", "tick"),
        tag("path", d=path(steps) + "z", class_="bars"),
        foot_axis(across, foot, ticks(across.low, across.high, 2 if width < 200 else 5)),
    ]
    if mean is not None and across.low <= mean <= across.high:
        parts.append(line(across(mean), up.end, across(mean), foot, "meanline"))
    return group(*parts, class_="c1")


def _tables(detail: DistributionDetail) -> tuple[Table, ...]:
    head = ["Occasion", "n", "Mean", "SD", "At lowest score", "At highest score"]
    rows = [
        [label, count(n), quantity(mean, "points"), quantity(sd, "points"), percent(floor), percent(ceiling)]
        for label, n, mean, sd, floor, ceiling, _ in detail.occasions
    ]
    bins = [
        [f"{short(detail.edges[k])} to {short(detail.edges[k + 1])}", *(count(o[6][k]) for o in detail.occasions)]
        for k in range(len(detail.edges) - 1)
    ]
    return (
        table("Scores", head, rows),
        table("People per interval of scores", ["Score", *(occasion[0] for occasion in detail.occasions)], bins),
    )
