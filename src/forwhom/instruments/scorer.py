"""The one scorer: answers and an instrument in, scores out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from forwhom.instruments.model import Coding, Instrument, MissingRule, Subscale

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """One score of every person.

    values : (n,) raw scale points; NaN where the missing rule forbids a score
    answered : (n,) number of the score's parts that are there; `parts` is how many there could be
    prorated : (n,) True where a score was formed although a part is missing
    needed : number of parts the rule asks for
    made_of : "items", or "scores" when it is made of other scores
    rule : the missing rule that was applied, in words
    """

    name: str
    values: Floats
    answered: NDArray[np.int64]
    prorated: NDArray[np.bool_]
    parts: int
    needed: int
    made_of: str
    rule: str

    def why_absent(self, person: int) -> str | None:
        """Why this person has no score; None where there is one."""
        if not np.isnan(self.values[person]):
            return None
        there = int(self.answered[person])
        if there == 0 and self.made_of == "items":
            return "no item answered"
        verb = "answered" if self.made_of == "items" else "available"
        return f"{there} of {self.parts} {self.made_of} {verb}; the rule needs {self.needed}"


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """All scores of one instrument for the same people in the same order."""

    instrument: str
    scores: dict[str, Score]

    def __getitem__(self, name: str) -> Score:
        return self.scores[name]


def score(
    instrument: Instrument,
    answers: Floats,
    *,
    prorate: Literal["manual", "never"] = "manual",
    coding: str | None = None,
) -> Scores:
    """Score the answers of n people to the k items of an instrument.

    answers : (n, k) raw answers before reversal, columns in the order of the form; NaN where absent
    prorate : "manual" follows the instrument's published rule for missing items (without a published rule only
        complete answers are scored); "never" asks for complete answers everywhere
    coding : name of the coding of the answers when it is not the instrument's own, e.g. "0-3"

    Reversed items count low + high - answer. A prorated sum is the mean of the answered items times their number,
    rounded half up only where the manual says so (a prorated mean is then that rounded sum over their number). Scores
    of kind "given" have no key on file and are left out. Raises ValueError for answers of the wrong shape or outside
    the coding.

    >>> from forwhom.instruments import instrument
    >>> total = score(instrument("phq-9"), np.array([[1, 1, 2, 0, 0, 1, 2, 3, 0], [1] * 8 + [np.nan]]))["total"]
    >>> total.values, total.prorated
    (array([10.,  9.]), array([False,  True]))
    """
    answers = np.asarray(answers, dtype=np.float64)
    if answers.ndim != 2 or answers.shape[1] != instrument.k:
        raise ValueError(f"{instrument.label} needs answers of shape (n, {instrument.k}); got {answers.shape}.")
    bad = out_of_range(instrument, answers, coding)
    if bad.any():
        _, column = np.argwhere(bad)[0]
        limits = coding_of(instrument, int(column) + 1, coding)
        raise ValueError(
            f"{int(bad.sum())} answers are not possible in {instrument.label}, the first in item {column + 1}: "
            f"{limits.low:g} to {limits.high:g} in steps of {limits.step:g} are. Correct them or name their coding."
        )
    answers = _in_own_coding(instrument, answers, coding)
    points = _reversed(instrument, answers)
    done: dict[str, Score] = {}
    for subscale in instrument.scores.values():
        if subscale.kind == "given":
            continue
        if subscale.of:
            parts = np.column_stack([done[name].values for name in subscale.of])
            incomplete = np.any([done[name].prorated for name in subscale.of], axis=0)
        else:
            parts = np.column_stack(
                [_item_points(instrument, subscale, item, answers, points).values for item in subscale.items]
            )
            incomplete = np.zeros(len(answers), dtype=np.bool_)
        rule = subscale.missing if prorate == "manual" else COMPLETE
        done[subscale.name] = _one(subscale, parts, incomplete, rule)
    return Scores(instrument.name, done)


COMPLETE = MissingRule(words="Only complete answers are scored, as was asked for.")


def coding_of(instrument: Instrument, item: int, coding: str | None) -> Coding:
    """The limits of one item's answers in the coding of the data."""
    own = instrument.coding_of(item)
    if coding is None or coding == instrument.coding.name:
        return own
    for other in instrument.codings:
        if other.name == coding:
            return other
    names = ", ".join(c.name for c in (instrument.coding, *instrument.codings))
    raise ValueError(f"{instrument.label} has no coding {coding!r}; it has {names}.")


def out_of_range(instrument: Instrument, answers: Floats, coding: str | None = None) -> NDArray[np.bool_]:
    """(n, k) True where an answer is not a possible one; NaN is possible everywhere."""
    limits = [coding_of(instrument, item, coding) for item in range(1, instrument.k + 1)]
    low = np.array([limit.low for limit in limits])
    high = np.array([limit.high for limit in limits])
    step = np.array([limit.step for limit in limits])
    steps = (answers - low) / step
    tolerance = 1e-6
    with np.errstate(invalid="ignore"):
        wrong = (answers < low - tolerance) | (answers > high + tolerance) | (np.abs(steps - np.rint(steps)) > 1e-4)
    return np.asarray(wrong & ~np.isnan(answers), dtype=np.bool_)


def _in_own_coding(instrument: Instrument, answers: Floats, coding: str | None) -> Floats:
    if coding is None or coding == instrument.coding.name:
        return answers
    other, own = coding_of(instrument, 1, coding), instrument.coding
    return own.low + (answers - other.low) / other.step * own.step


def _reversed(instrument: Instrument, answers: Floats) -> Floats:
    points = answers.copy()
    for item in instrument.reverse:
        limits = instrument.coding_of(item)
        points[:, item - 1] = limits.low + limits.high - answers[:, item - 1]
    return points


@dataclass(frozen=True, slots=True, eq=False)
class ItemPoints:
    """Points of one item as they enter a score: (n,) values, and the limits they can take.

    reversed : the points run against the answers
    """

    position: int
    values: Floats
    reversed: bool
    low: float
    high: float


def points_of(
    instrument: Instrument, subscale: Subscale, answers: Floats, *, coding: str | None = None
) -> tuple[ItemPoints, ...]:
    """Points of every item that enters a score, after recoding and reversal, before they are combined.

    answers : (n, k) as in `score`; a score made of other scores has the items of all its parts
    """
    raw = _in_own_coding(instrument, np.asarray(answers, dtype=np.float64), coding)
    points = _reversed(instrument, raw)
    return tuple(_item_points(instrument, part, item, raw, points) for part, item in _items(instrument, subscale))


def items_of(instrument: Instrument, subscale: Subscale) -> tuple[int, ...]:
    """Positions of all items that enter a score, directly or through the scores it is made of."""
    return tuple(dict.fromkeys(item for _, item in _items(instrument, subscale)))


def _items(instrument: Instrument, subscale: Subscale) -> list[tuple[Subscale, int]]:
    if subscale.of:
        return [found for name in subscale.of for found in _items(instrument, instrument.scores[name])]
    return [(subscale, item) for item in subscale.items]


def _item_points(instrument: Instrument, subscale: Subscale, item: int, raw: Floats, points: Floats) -> ItemPoints:
    """A recode table works on the raw answer and stands in place of reversal."""
    limits = instrument.coding_of(item)
    for recode in subscale.recode:
        if item in recode.items:
            answers = raw[:, item - 1]
            known, value = np.array(recode.points).T
            at = np.abs(answers[:, None] - known).argmin(axis=1)
            recoded = np.where(np.isnan(answers), np.nan, value[at])
            return ItemPoints(item, recoded, bool(value[0] > value[-1]), float(value.min()), float(value.max()))
    return ItemPoints(item, points[:, item - 1], item in instrument.reverse, limits.low, limits.high)


def _one(subscale: Subscale, parts: Floats, incomplete: NDArray[np.bool_], rule: MissingRule) -> Score:
    count = parts.shape[1]
    there = ~np.isnan(parts)
    answered = there.sum(axis=1)
    needed = rule.needed(count)
    enough = answered >= needed
    mean = np.where(there, parts, 0.0).sum(axis=1) / np.maximum(answered, 1)
    if subscale.kind == "weighted":
        total = np.where(there, parts, 0.0) @ np.array(subscale.weights)
        enough &= answered == count
    else:
        total = mean if subscale.kind == "mean" else mean * count
    partial = enough & (answered < count)
    if rule.rounded:
        whole = np.floor(mean * count + 0.5)
        total = np.where(partial, whole / count if subscale.kind == "mean" else whole, total)
    values = total * subscale.multiply
    return Score(
        name=subscale.name,
        values=np.where(enough, _tidy(values), np.nan),
        answered=answered.astype(np.int64),
        prorated=enough & (partial | incomplete),
        parts=count,
        needed=needed,
        made_of="scores" if subscale.of else "items",
        rule=rule.words,
    )


def _tidy(values: Floats) -> Floats:
    """Without the last bits of the division and multiplication by the number of items: a whole sum is whole."""
    return np.round(values, 10)
