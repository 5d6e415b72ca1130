"""Texts of one measurement model at several places, groups or occasions, from the same form to equal residuals.

Every factor has variance 1 and mean 0 at the first place. Ordered items are written for the theta parameterisation
(Wu & Estabrook, 2016). A released item keeps nothing in common between the places.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

StepName = Literal["configural", "thresholds", "metric", "scalar", "strict"]
STEPS: tuple[StepName, ...] = ("configural", "thresholds", "metric", "scalar", "strict")
Entry = str | None
"""A label, a fixed number, or None where free."""


@dataclass(frozen=True, slots=True)
class Item:
    """What is written of one item, an entry per place: loading, mean, residual variance, and thresholds."""

    loading: list[Entry]
    mean: list[Entry]
    residual: list[Entry]
    thresholds: list[list[Entry]]


def occasions_text(
    factors: Mapping[str, Sequence[Sequence[str]]],
    step: StepName,
    *,
    sizes: Mapping[str, int] | None = None,
    released: Collection[str] = (),
) -> str:
    """The same items at several occasions: factors `name_1`, `name_2` …, residuals of an item correlated over occasions.

    factors : of each, the columns occasion by occasion, items in the same order
    step : configural, thresholds (ordered items only), metric, scalar or strict: what is equal over occasions
    sizes : number of categories of ordered items, by the column of the first occasion
    released : items, by that column, of which nothing is held equal

    Raises ValueError for fewer than two occasions, or occasions with different numbers of items.

    >>> print(occasions_text({"mood": [["a1", "b1", "c1"], ["a2", "b2", "c2"]]}, "metric").splitlines()[1])
    mood_1 =~ load_a1*a1 + load_b1*b1 + load_c1*c1
    """
    places = _places(factors)
    lines = [f"# The same items at {places} occasions: {step}"]
    for name, own in factors.items():
        written = [_item(each, step, places, (sizes or {}).get(each, 0), each in released) for each in own[0]]
        for t in range(places):
            terms = [_term(item.loading[t], column) for item, column in zip(written, own[t], strict=True)]
            lines.append(f"{name}_{t + 1} =~ {' + '.join(terms)}")
        for t in range(places):
            for item, column in zip(written, own[t], strict=True):
                if item.thresholds:
                    marks = [_term(entry[t], f"t{j}") for j, entry in enumerate(item.thresholds, start=1)]
                    lines.append(f"{column} | {' + '.join(marks)}")
                lines += [f"{column} ~ {_term(item.mean[t], '1')}", f"{column} ~~ {_term(item.residual[t], column)}"]
        variance, mean = _factor(step, places)
        for t in range(places):
            own_name = f"{name}_{t + 1}"
            lines += [f"{own_name} ~~ {_term(variance[t], own_name)}", f"{own_name} ~ {_term(mean[t], '1')}"]
        for columns in zip(*own, strict=True):
            lines += [f"{one} ~~ {other}" for one, other in combinations(columns, 2)]
    return "\n".join(lines)


def groups_text(
    factors: Mapping[str, Sequence[str]],
    step: StepName,
    groups: int,
    *,
    sizes: Mapping[str, int] | None = None,
    released: Collection[str] = (),
) -> str:
    """The same items in several groups. factors : of each, its items; otherwise as `occasions_text`.

    >>> print(groups_text({"mood": ["a", "b", "c"]}, "metric", 2, released=["c"]).splitlines()[1])
    mood =~ c(load_a, load_a)*a + c(load_b, load_b)*b + c(NA, NA)*c
    """
    lines = [f"# The same items in {groups} groups: {step}"]
    for name, own in factors.items():
        written = [_item(each, step, groups, (sizes or {}).get(each, 0), each in released) for each in own]
        lines.append(f"{name} =~ {' + '.join(_each(item.loading, c) for item, c in zip(written, own, strict=True))}")
        for item, column in zip(written, own, strict=True):
            if item.thresholds:
                marks = [_each(entry, f"t{j}") for j, entry in enumerate(item.thresholds, start=1)]
                lines.append(f"{column} | {' + '.join(marks)}")
            lines += [f"{column} ~ {_each(item.mean, '1')}", f"{column} ~~ {_each(item.residual, column)}"]
        variance, mean = _factor(step, groups)
        lines += [f"{name} ~~ {_each(variance, name)}", f"{name} ~ {_each(mean, '1')}"]
    return "\n".join(lines)


def _item(name: str, step: StepName, places: int, size: int, released: bool) -> Item:
    reached = 0 if released else STEPS.index(step)
    free: list[Entry] = [None] * places

    def shared(label: str, since: StepName) -> list[Entry]:
        return [label] * places if reached >= STEPS.index(since) else list(free)

    loading = shared(f"load_{name}", "metric")
    if not size:
        return Item(loading, shared(f"mean_{name}", "scalar"), shared(f"left_{name}", "strict"), [])
    thresholds = [shared(f"cut{j}_{name}", "thresholds") for j in range(1, size)]
    # Equal thresholds let the responses of later places have means, until these are held too, and spreads of their own.
    mean: list[Entry] = ["0", *([None] if step in ("thresholds", "metric") and not released else ["0"]) * (places - 1)]
    own = step in ("thresholds", "metric", "scalar") and not released
    return Item(loading, mean, ["1", *([None] if own else ["1"]) * (places - 1)], thresholds)


def _factor(step: StepName, places: int) -> tuple[list[Entry], list[Entry]]:
    """Variances and means of a factor: free at later places once loadings, and once means of items, are equal."""
    reached = STEPS.index(step)
    variance: Entry = None if reached >= STEPS.index("metric") else "1"
    mean: Entry = None if reached >= STEPS.index("scalar") else "0"
    return ["1", *[variance] * (places - 1)], ["0", *[mean] * (places - 1)]


def _term(entry: Entry, name: str) -> str:
    return f"{'NA' if entry is None else entry}*{name}"


def _each(entries: Sequence[Entry], name: str) -> str:
    return f"c({', '.join('NA' if entry is None else entry for entry in entries)})*{name}"


def _places(factors: Mapping[str, Sequence[Sequence[str]]]) -> int:
    counts = {len(own) for own in factors.values()}
    if len(counts) != 1 or counts.pop() < 2:
        raise ValueError("every factor needs its items at the same two or more occasions.")
    for name, own in factors.items():
        if len({len(columns) for columns in own}) > 1:
            raise ValueError(f"{name} has different numbers of items at its occasions.")
    return len(next(iter(factors.values())))


__all__ = ["STEPS", "Item", "StepName", "groups_text", "occasions_text"]
