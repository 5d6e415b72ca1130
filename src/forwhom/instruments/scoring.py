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
    rounded only where the manual says so. Raises ValueError for answers of the wrong shape or outside the coding.

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
        if subscale.of:
            parts = np.column_stack([done[name].values for name in subscale.of])
            incomplete = np.any([done[name].prorated for name in subscale.of], axis=0)
        else:
            parts = _parts(subscale, answers, points)
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


def _parts(subscale: Subscale, answers: Floats, points: Floats) -> Floats:
    """(n, number of items) points; a recode table works on the raw answer, before reversal."""
    columns = {item: points[:, item - 1] for item in subscale.items}
    for recode in subscale.recode:
        known, value = np.array(recode.points).T
        for item in recode.items:
            raw = answers[:, item - 1]
            at = np.abs(raw[:, None] - known).argmin(axis=1)
            columns[item] = np.where(np.isnan(raw), np.nan, value[at])
    return np.column_stack([columns[item] for item in subscale.items])


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
    values = total * subscale.multiply
    if rule.rounded:
        values = np.where(partial, np.floor(values + 0.5), values)
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
