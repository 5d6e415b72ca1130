"""Invariance of a measurement model over occasions or groups, step by step, with items released where a step does not hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from forwhom.models.frames import frame_of
from forwhom.models.structural.data import group_labels
from forwhom.models.structural.invariance import Invariance, Step, climbed, untestable
from forwhom.models.structural.measurement_text import STEPS, StepName, groups_text, occasions_text
from forwhom.models.structural.model import sem
from forwhom.models.structural.modification import modification
from forwhom.models.structural.result import Missing, Sem

CFI_FALL, RMSEA_RISE = 0.010, 0.015
"""Changes beyond which a step is taken not to hold, if the test of the step agrees (Cheung & Rensvold, 2002; Chen, 2007)."""
RELEASED = 0.5
"""Share of a model's items that may be released; beyond it nothing common is left to compare by."""
FIT_RELEASES = 12
"""Most items released in one step, as each costs a fit."""


@dataclass(frozen=True, slots=True)
class Climb:
    """One step with what became of it.

    step : every item equal, but for those released before; held : whether that fits about as well as the step before
    released : items that had to be released to reach it, all so far; accepted : the step with them released, None where not
        even that held, and the climb ended
    """

    step: Step
    held: bool
    released: tuple[str, ...]
    accepted: Step | None


@dataclass(frozen=True, slots=True)
class Climbed:
    """A ladder with releases. across : what it is over; indices : which CFI and RMSEA are compared; skipped : steps that the
    number of categories does not allow to be tested alone."""

    across: str
    indices: str
    first: Step
    steps: tuple[Climb, ...]
    skipped: tuple[StepName, ...]

    def reached(self, name: StepName) -> bool:
        """Whether a step, or a later one, held with every item."""
        return any(
            each.held and not each.released and STEPS.index(each.step.name) >= STEPS.index(name) for each in self.steps
        )


def longitudinal_invariance(
    factors: Mapping[str, Sequence[Sequence[str]]],
    data: Any,
    *,
    ordered: bool = False,
    missing: Missing | None = None,
    robust: bool = False,
) -> Invariance:
    """Is a scale the same scale at every occasion? The ladder over occasions, residuals of an item correlated over them.

    factors : of each, the columns occasion by occasion; ordered : the items are ordered answers; missing, robust : as for `sem`

    Raises ProblemsFound as `sem` does, ValueError as `occasions_text` does.

    >>> import numpy as np
    >>> rng = np.random.default_rng(2)
    >>> trait = rng.standard_normal(300)
    >>> data = {f"{i}{t}": trait + rng.standard_normal(300) for i in "abc" for t in (1, 2)}
    >>> found = longitudinal_invariance({"mood": [["a1", "b1", "c1"], ["a2", "b2", "c2"]]}, data)
    >>> [step.fit.fit.df for step in found.steps]
    [5, 7, 9, 12]
    """
    fit, names, sizes = over_occasions(factors, data, ordered=ordered, missing=missing, robust=robust)
    first = fit("configural", ())
    skipped = _skipped(first, sizes)
    return climbed(
        "occasions", [("configural", (), first), *((n, (n,), fit(n, ())) for n in names if n not in skipped)]
    )


Fit = Callable[[StepName, Sequence[str]], Sem]


def over_occasions(
    factors: Mapping[str, Sequence[Sequence[str]]],
    data: Any,
    *,
    ordered: bool = False,
    missing: Missing | None = None,
    robust: bool = False,
) -> tuple[Fit, tuple[StepName, ...], dict[str, int]]:
    """How to fit a step over occasions with items released; the steps after the first; categories of ordered items."""
    frame = frame_of(data)
    columns = [column for own in factors.values() for occasion in own for column in occasion]
    sizes = {}
    if ordered:
        sizes = {c: _categories(frame[c]) for own in factors.values() for c in own[0]}

    def fit(step: StepName, released: Sequence[str]) -> Sem:
        text = occasions_text(factors, step, sizes=sizes, released=released)
        return sem(
            text,
            frame,
            std_lv=True,
            missing=missing,
            robust=robust,
            ordered=columns if ordered else (),
            parameterisation="theta" if ordered else "delta",
        )

    return fit, _names(ordered), sizes


def over_groups(
    factors: Mapping[str, Sequence[str]],
    data: Any,
    group: str,
    *,
    ordered: bool = False,
    missing: Missing | None = None,
    robust: bool = False,
) -> tuple[Fit, tuple[StepName, ...], dict[str, int]]:
    """The same over groups."""
    frame = frame_of(data)
    columns = [column for own in factors.values() for column in own]
    sizes = {c: _categories(frame[c]) for c in columns} if ordered else {}
    groups = len(group_labels(frame, group))

    def fit(step: StepName, released: Sequence[str]) -> Sem:
        text = groups_text(factors, step, groups, sizes=sizes, released=released)
        return sem(
            text,
            frame,
            group=group,
            std_lv=True,
            missing=missing,
            robust=robust,
            ordered=columns if ordered else (),
            parameterisation="theta" if ordered else "delta",
        )

    return fit, _names(ordered), sizes


def _categories(column: pl.Series) -> int:
    """How many different answers there are, absent ones left out."""
    values = column.cast(pl.Float64).to_numpy()
    return int(np.unique(values[np.isfinite(values)]).size)


def climb(
    across: str, fit: Fit, names: Sequence[StepName], item_of: Mapping[str, str], *, ordered: bool = False
) -> Climbed:
    """Climb as far as it holds, releasing the item that costs most, one at a time.

    fit, names : from `over_occasions` or `over_groups`; item_of : column → item, by the column of the first occasion

    Raises ProblemsFound where a step cannot be fitted.
    """
    first = fit("configural", ())
    start = climbed(across, [("configural", (), first)])
    skipped = untestable(first) if ordered else ()
    released: tuple[str, ...] = ()
    before: tuple[StepName, Sem] = ("configural", first)
    most = int(RELEASED * len(set(item_of.values())))
    made: list[Climb] = []
    for name in names:
        if name in skipped:
            continue
        full = _step(across, before, name, fit(name, released))
        accepted: Step | None = full
        held = holds(full)
        tried = 0
        while accepted is not None and not holds(accepted) and tried < FIT_RELEASES:
            worst = _worst(accepted.fit, item_of, released)
            if worst is None or len(released) + 1 > most:
                accepted = None
                break
            released, tried = (*released, worst), tried + 1
            accepted = _step(across, before, name, fit(name, released))
        if accepted is not None and not holds(accepted):
            accepted = None
        made.append(Climb(full, held, released, accepted))
        if accepted is None:
            break
        before = (name, accepted.fit)
    return Climbed(across, _kind(start, made), start.steps[0], tuple(made), skipped)


def _kind(start: Invariance, made: Sequence[Climb]) -> str:
    fits = [start.steps[0].fit, *(each.step.fit for each in made)]
    if not all(fit.scaled for fit in fits):
        return "plain"
    return "robust" if all(fit.robust_fit for fit in fits) else "scaled"


def _step(across: str, before: tuple[StepName, Sem], name: StepName, fit: Sem) -> Step:
    return climbed(across, [(before[0], (), before[1]), (name, (name,), fit)]).steps[1]


def holds(step: Step) -> bool:
    """Whether a step fits about as well as the one before: neither a clear test nor a fall in fit alone is enough against it."""
    worse = (step.cfi is not None and step.cfi < -CFI_FALL) or (step.rmsea is not None and step.rmsea > RMSEA_RISE)
    clear = step.difference is None or step.difference.p is None or step.difference.p < 0.05
    return step.fit.converged and not (worse and clear)


def _worst(fit: Sem, item_of: Mapping[str, str], released: Sequence[str]) -> str | None:
    """The item among whose equalities one costs most."""
    if not fit.converged:
        return None
    for each in modification(fit, least=0.0):
        column = each.right if each.operator == "=~" else each.left
        item = item_of.get(column)
        if each.what == "release" and item is not None and item not in released:
            return item
    return None


def _names(ordered: bool) -> tuple[StepName, ...]:
    return STEPS[1:] if ordered else ("metric", "scalar", "strict")


def _skipped(first: Sem, sizes: Mapping[str, int]) -> tuple[StepName, ...]:
    return untestable(first) if sizes else ()


__all__ = ["Climb", "Climbed", "climb", "holds", "longitudinal_invariance", "over_groups", "over_occasions"]
