"""A moderator made ready for its test: who has a value, which levels are large enough, columns for the model."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from forwhom.analysis.courses import Courses
from forwhom.analysis.for_whom.candidates import Moderator, Values, moderators_of, values_of
from forwhom.analysis.words import listed, number, people, percent
from forwhom.findings import Caution
from forwhom.kernels.effect_size import dichotomising_cost
from forwhom.study import Study

MIN_CELL, FEW_CELL = 5, 10
"""People of one level in one arm, seen at the occasion, below which there is no answer for that level, or a caution."""
MANY_LEVELS, RARE = 6, 10
"""With more levels than the first, those with fewer people than the second are pooled."""
OTHER = "other (pooled)"
CUT = re.compile(
    r"[<>≤≥]|\b(high|higher|low|lower|above|below|under|over|young|younger|old|older|short|shorter|long|longer|mild|milder|severe|"
    r"more|less|fewer|many|few|up to|at least|at most|hoch|niedrig|über|unter|jung|alt)\b|\d\s*\+",
    re.IGNORECASE,
)
"""What the names of levels look like that came from cutting a number in two."""
FORMERLY = 6
"""Different values a column must have for a two-valued one to count as cut from it."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A moderator as columns of the model.

    keep : (n,) people the test uses
    columns : (n, c) centred over these; one column in standard deviations, or indicators of levels[1:]
    numbers : (n,) of a continuous moderator, else None; mean, sd over the people used
    codes : (n,) level of each person, −1 for those not used; levels the commonest first
    shares : (c,) what was taken off each indicator
    """

    moderator: Moderator
    keep: np.ndarray
    columns: np.ndarray
    numbers: np.ndarray | None
    mean: float
    sd: float
    codes: np.ndarray | None
    levels: tuple[str, ...]
    shares: np.ndarray
    absent: int
    thin: tuple[tuple[str, int], ...]
    cautions: tuple[Caution, ...]

    @property
    def continuous(self) -> bool:
        """True for a moderator that is a number of more than two values."""
        return self.numbers is not None

    def at_level(self, code: int) -> np.ndarray:
        """(c,) the model's columns for somebody of one level."""
        return np.asarray((np.arange(1, len(self.levels)) == code) - self.shares)


def prepare(study: Study, here: Courses, moderator: Moderator, at: int) -> Prepared | tuple[str, str]:
    """Columns of one moderator, or the reason why it cannot be tested and what it would take.

    here : the courses the test uses; at : the occasion effects are asked at
    """
    values = values_of(study, moderator)
    used = here.allocated & np.isfinite(here.scores).any(axis=1)
    keep = used & values.known
    absent = int(used.sum() - keep.sum())
    cautions = []
    if absent:
        cautions.append(
            Caution(
                "moderator-absent",
                f"{people(absent)} had no value of {moderator.label} and {'is' if absent == 1 else 'are'} not in this answer: "
                "a value filled in would pull the moderation towards none.",
            )
        )
    codes, levels = _levels(values, keep)
    if levels is None:
        assert values.numbers is not None
        return _continuous(here, moderator, values.numbers, keep, at, absent, cautions)
    cost = _cut(study, moderator, codes, levels, keep)
    if cost is not None:
        cautions.append(cost)
    codes, levels, pooled = _pooled(codes, levels)
    if pooled:
        cautions.append(
            Caution("levels-pooled", f"Levels with fewer than {RARE} people were pooled: {listed(pooled)}.")
        )
    counts = _counts(here, codes, len(levels), at)
    thin = [level for level in range(len(levels)) if counts[:, level].min() < MIN_CELL]
    if len(levels) - len(thin) < 2:
        smallest = "; ".join(f"{levels[c]}: {people(int(counts[:, c].min()))} in an arm" for c in thin[:6])
        return (
            f"the answer needs two levels of {moderator.label} with at least {MIN_CELL} people in every arm at {here.occasion(at)}"
            + (f" ({smallest})" if thin else ""),
            "More people in each level and arm; thirty or more in the smallest for a useful width.",
        )
    keep &= ~np.isin(codes, thin)
    few = [levels[c] for c in range(len(levels)) if c not in thin and counts[:, c].min() < FEW_CELL]
    if few:
        cautions.append(
            Caution("few-in-level", f"Fewer than {FEW_CELL} people of {listed(few)} were seen in one of the arms.")
        )
    left = [c for c in range(len(levels)) if c not in thin]
    place = {code: i for i, code in enumerate(left)}
    codes = np.array([place.get(int(c), -1) if k else -1 for c, k in zip(codes, keep, strict=True)], dtype=np.intp)
    indicators = np.column_stack([(codes == c).astype(float) for c in range(1, len(left))])
    shares = indicators[keep].mean(axis=0)
    return Prepared(
        moderator, keep, np.where(keep[:, None], indicators - shares, 0.0), None, float("nan"), float("nan"),
        codes, tuple(levels[c] for c in left), shares, absent,
        tuple((levels[c], int((codes_of(values, levels, pooled)[used] == c).sum())) for c in thin), tuple(cautions),
    )  # fmt: skip


def codes_of(values: Values, levels: tuple[str, ...], pooled: list[str]) -> np.ndarray:
    """Each person's level after pooling, −1 where absent."""
    codes, names = _levels(values, values.known)
    assert names is not None
    place = {name: i for i, name in enumerate(levels)}
    return np.array([-1 if c < 0 else place[OTHER if names[c] in pooled else names[c]] for c in codes], dtype=np.intp)


def _continuous(
    here: Courses,
    moderator: Moderator,
    numbers: np.ndarray,
    keep: np.ndarray,
    at: int,
    absent: int,
    cautions: list[Caution],
) -> Prepared | tuple[str, str]:
    seen = keep & np.isfinite(here.scores[:, at])
    least = [int((seen & (here.arm == k)).sum()) for k in range(len(here.arms))]
    spread = [np.ptp(numbers[seen & (here.arm == k)]) if n else 0.0 for k, n in enumerate(least)]
    if min(least) < MIN_CELL or min(spread) == 0:
        why = (
            f"{people(min(least))} with {moderator.label} and a score at {here.occasion(at)} in the smallest arm"
            if min(least) < MIN_CELL
            else f"{moderator.label} has one value only in an arm at {here.occasion(at)}"
        )
        return why, f"At least {MIN_CELL} people per arm, and far more for a useful width."
    if min(least) < FEW_CELL:
        cautions = [*cautions, Caution("few-people", f"{people(min(least))} stand in the smallest arm.")]
    mean, sd = float(numbers[keep].mean()), float(numbers[keep].std(ddof=1))
    columns = np.where(keep, (numbers - mean) / sd, 0.0)[:, None]
    return Prepared(
        moderator, keep, columns, np.where(keep, numbers, np.nan), mean, sd, None, (), np.empty(0), absent, (),
        tuple(cautions),
    )  # fmt: skip


def _levels(values: Values, keep: np.ndarray) -> tuple[np.ndarray, tuple[str, ...] | None]:
    """Codes and levels of a category or a number of two values, the commonest first; None for other numbers."""
    if values.numbers is None:
        assert values.codes is not None
        there = np.unique(values.codes[keep])
        codes = np.where(keep, values.codes, -1)
        names = {int(c): values.levels[c] for c in there}
    else:
        there = np.unique(values.numbers[keep])
        if there.size > 2:
            return np.empty(0, dtype=np.intp), None
        codes = np.where(
            keep, np.searchsorted(there, np.where(keep, values.numbers, there[0] if there.size else 0)), -1
        )
        names = {i: number(float(v), 0) if float(v).is_integer() else f"{v:g}" for i, v in enumerate(there)}
    counts = {c: int((codes == c).sum()) for c in names}
    order = sorted(names, key=lambda c: (-counts[c], names[c]))
    place = {c: i for i, c in enumerate(order)}
    made = np.array([place.get(int(c), -1) for c in codes], dtype=np.intp)
    return made, tuple(names[c] for c in order)


def _pooled(codes: np.ndarray, levels: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...], list[str]]:
    """Rare levels as one, where there are many."""
    if len(levels) <= MANY_LEVELS:
        return codes, levels, []
    rare = [c for c in range(len(levels)) if (codes == c).sum() < RARE]
    if len(rare) < 2:
        return codes, levels, []
    left = [c for c in range(len(levels)) if c not in rare]
    place = {**{c: i for i, c in enumerate(left)}, **{c: len(left) for c in rare}}
    made = np.array([place.get(int(c), -1) for c in codes], dtype=np.intp)
    return made, (*[levels[c] for c in left], OTHER), [levels[c] for c in rare]


def _counts(here: Courses, codes: np.ndarray, levels: int, at: int) -> np.ndarray:
    """(arms, levels) people seen at the occasion."""
    seen = np.isfinite(here.scores[:, at])
    return np.array(
        [[int((seen & (here.arm == k) & (codes == c)).sum()) for c in range(levels)] for k in range(len(here.arms))]
    ).reshape(len(here.arms), levels)


def _cut(
    study: Study, moderator: Moderator, codes: np.ndarray, levels: tuple[str, ...], keep: np.ndarray
) -> Caution | None:
    """What cutting a number in two has cost, where two levels look like a cut or can be shown to be one."""
    if len(levels) != 2:
        return None
    source = _cut_from(study, moderator, codes, keep)
    if source is None and not all(CUT.search(level) for level in levels):
        return None
    share = float((codes[keep] == 0).mean())
    cost = dichotomising_cost(share)
    whence = f"{source} cut in two" if source else "a number cut in two"
    better = f"Ask the plan for {source} itself" if source else "Record the number itself"
    return Caution(
        "dichotomised",
        f"{moderator.label} ({listed(levels)}) looks like {whence}. Cutting a normal score where {percent(share)} lie on one side keeps "
        f"{percent(cost.information_kept)} of its information, so the test needs {number(cost.people_factor, 2)} times the people, and "
        f"people near the cut are taken as different who are not. {better}.",
    )


def _cut_from(study: Study, moderator: Moderator, codes: np.ndarray, keep: np.ndarray) -> str | None:
    """The numeric baseline variable these two levels are a cut of: all values of one lie at or below all of the other."""
    for other in moderators_of(study, None):
        if other.name == moderator.name:
            continue
        numbers = values_of(study, other).numbers
        if numbers is None:
            continue
        both = keep & np.isfinite(numbers)
        if both.sum() < 2 * FEW_CELL or np.unique(numbers[both]).size < FORMERLY:
            continue
        one, two = numbers[both & (codes == 0)], numbers[both & (codes == 1)]
        if min(one.size, two.size) >= MIN_CELL and (one.max() < two.min() or two.max() < one.min()):
            return other.label
    return None
