"""Lowest and highest possible score and the step between scores, from items and coding."""

from __future__ import annotations

from collections.abc import Sequence

from forwhom.instruments.model import Coding, Kind, Recode, Subscale

Range = tuple[float, float, float | None]


def of_items(
    items: Sequence[int],
    codings: Sequence[Coding],
    recode: Sequence[Recode],
    kind: Kind,
    weights: Sequence[float],
    multiply: float,
) -> Range:
    """Range of a score made of items; `codings` of all items of the form, by position."""
    tables = {item: table.points for table in recode for item in table.items}
    ends: list[tuple[float, float]] = []
    steps: set[float] = set()
    for item in items:
        if item in tables:
            points = [value for _, value in tables[item]]
            ends.append((min(points), max(points)))
            steps.add(1.0 if all(value == int(value) for value in points) else 0.0)
        else:
            coding = codings[item - 1]
            ends.append((coding.low, coding.high))
            steps.add(coding.step)
    step = steps.pop() if len(steps) == 1 else None
    return _combined(ends, step or None, kind, weights, multiply)


def of_scores(parts: Sequence[Subscale], kind: Kind, weights: Sequence[float], multiply: float) -> Range:
    """Range of a score made of other scores."""
    steps = {part.step for part in parts}
    step = steps.pop() if len(steps) == 1 else None
    ends = [(part.low, part.high) for part in parts if part.low is not None and part.high is not None]
    return _combined(ends, step, kind, weights, multiply)


def _combined(
    ends: Sequence[tuple[float, float]], step: float | None, kind: Kind, weights: Sequence[float], multiply: float
) -> Range:
    parts = weights if kind == "weighted" else [1.0] * len(ends)
    share = multiply / len(ends) if kind == "mean" else multiply
    low = share * sum(w * (a if w * share > 0 else b) for w, (a, b) in zip(parts, ends, strict=True))
    high = share * sum(w * (b if w * share > 0 else a) for w, (a, b) in zip(parts, ends, strict=True))
    even = step is not None and kind != "weighted"
    return low, high, abs(step * share) if even and step is not None else None
