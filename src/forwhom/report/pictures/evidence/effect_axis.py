"""An axis of effects: even for differences, in equal factors for ratios."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from forwhom.report.numbers import short
from forwhom.report.svg import Linear, group, line, linear, text, text_width, ticks

_ROUND = (1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Axis:
    """Places of effects on the page; `at` takes what a reader knows, `scale` what is drawn (logs of ratios)."""

    scale: Linear
    log: bool

    def at(self, value: float) -> float:
        """Where a value lies, held inside the plot."""
        return min(max(self.scale(drawn(value, log=self.log)), self.scale.start), self.scale.end)

    def inside(self, value: float) -> bool:
        """Whether a value lies in the plot."""
        return self.scale.low <= drawn(value, log=self.log) <= self.scale.high

    def marks(self, about: int = 6) -> list[tuple[float, str]]:
        """Places of round numbers with their labels, far enough apart to be read."""
        if not self.log:
            return [(self.scale(v), short(v)) for v in ticks(self.scale.low, self.scale.high, about)]
        low, high = (math.floor(end / math.log(10.0)) - 1 for end in (self.scale.low, self.scale.high))
        values = [step * 10.0**power for power in range(low, high + 3) for step in _ROUND]
        inside = [v for v in values if self.scale.low <= math.log(v) <= self.scale.high]
        if len(inside) > about:
            inside = [v for v in inside if f"{v:e}".startswith("1.0")] or inside
        kept: list[tuple[float, str]] = []
        for value in sorted(inside, key=lambda v: abs(math.log(v))):
            place, label = self.scale(math.log(value)), f"{value:g}"
            if all(abs(place - other) > (text_width(label) + text_width(words)) / 2 + 8 for other, words in kept):
                kept.append((place, label))
        return sorted(kept)


def drawn(value: float, *, log: bool) -> float:
    """From a reader's scale to the one that is drawn."""
    return math.log(max(value, 1e-12)) if log else value


def axis(values: Iterable[float | None], start: float, end: float, *, log: bool) -> Axis:
    """An axis that holds the values."""
    known = [drawn(value, log=log) for value in values if value is not None]
    return Axis(linear(known, start, end, pad=0.06), log)


def foot(of: Axis, y: float, about: int = 6) -> Markup:
    """The line below with its numbers."""
    parts = [line(of.scale.start, y, of.scale.end, y, "axis")]
    for x, label in of.marks(about):
        parts += [line(x, y, x, y + 4, "axis"), text(x, y + 17, label, "tick", "middle")]
    return group(*parts)


def kept_in(limits: Sequence[float | None], values: Sequence[float], *, log: bool) -> list[float]:
    """Limits that do not stretch the axis more than twice as far as the values themselves do; others end in arrows."""
    at = [drawn(value, log=log) for value in values]
    span = max(max(at) - min(at), 1.0)
    low, high = min(at) - 0.6 * span, max(at) + 0.6 * span
    found = [drawn(value, log=log) for value in limits if value is not None]
    inside = [min(max(value, low), high) for value in found]
    return [math.exp(value) for value in inside] if log else inside
