"""What a pooled effect hangs on: single samples, and whether small studies tell larger effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from forwhom.analysis.evidence.effects import Effect, Measure
from forwhom.analysis.evidence.pool import Array, PooledEffect, composites, covariance, pool_effects, shown
from forwhom.evidence.comparisons import MEANS
from forwhom.kernels import meta_analysis as kernel

FEWEST_LEFT = 3
"""Samples from which one can be left out."""


@dataclass(frozen=True, slots=True)
class Without:
    """The pool without one sample; labels : its studies; moved : how far the estimate goes, on the scale of the analysis."""

    sample: str
    label: str
    pooled: PooledEffect
    moved: float


def leave_out(effects: Sequence[Effect], whole: PooledEffect, *, rho: float) -> tuple[Without, ...]:
    """The same analysis without each sample in turn, in the order given; none below three samples."""
    samples = list(dict.fromkeys(each.comparison.sample for each in effects))
    if len(samples) < FEWEST_LEFT:
        return ()
    found = []
    of = np.array([each.comparison.sample for each in effects])
    known = covariance(effects, rho)
    for sample in samples:
        kept = np.flatnonzero(of != sample)
        rest = [effects[i] for i in kept.tolist()]
        label = next(each.comparison.label for each in effects if each.comparison.sample == sample)
        pooled = pool_effects(
            rest, whole.measure, level=whole.level, rho=rho, limits=False, whole=known[np.ix_(kept, kept)]
        )
        found.append(Without(sample, label, pooled, pooled.centre - whole.centre))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class SmallStudyTest:
    """One look at whether small studies tell larger effects.

    name : of the method; says : what it found, in words; statistic, p : None where it has none
    adjusted, low, high : the effect it would leave, on the scale a reader knows
    declined : why it was not done; "" where it was
    flatters : whether small (or not significant) studies look as kept-back disappointing results would make them; None where the
        test has no such side, or nothing declares which direction is good
    thin : it rests on too few studies on one side to be leaned on
    """

    name: str
    says: str
    statistic: float | None = None
    p: float | None = None
    adjusted: float | None = None
    low: float | None = None
    high: float | None = None
    declined: str = ""
    flatters: bool | None = None
    thin: bool = False


FEWEST_IN_STEP = 3
"""Studies on each side of the selection model's step below which it rests on single studies."""
EGGER, RANK, FILL, PET, SELECTION = (
    "Egger's regression", "Rank correlation", "Trim and fill", "PET-PEESE", "Selection model",
)  # fmt: skip


def small_studies(
    effects: Sequence[Effect], measure: Measure, *, rho: float, level: float
) -> tuple[SmallStudyTest, ...]:
    """Five looks, on one effect per sample, for the tests take effects as independent; each declines in words where it cannot say."""
    y, v, samples = composites(effects, rho)
    by = _imprecision(effects, samples, measure, v)
    up = _better_is_up(effects, measure)
    side = None if measure != "g" and effects[0].comparison.sign is None else up
    return (
        _egger(y, v, by, level, side),
        _rank(y, v, side),
        _fill(y, v, measure, level),
        _pet(y, v, measure, level, side),
        _selection(y, v, measure, level, up=up),
    )


def _better_is_up(effects: Sequence[Effect], measure: Measure) -> bool:
    return measure == "g" or effects[0].comparison.sign == 1


def _imprecision(effects: Sequence[Effect], samples: list[str], measure: Measure, v: Array) -> Array | Literal["se"]:
    """For differences of means the numbers of people alone: the se of g holds g itself (Pustejovsky & Rodgers, 2019)."""
    if measure != "g" or any(each.how != MEANS for each in effects):
        return "se"
    sizes: dict[str, list[float]] = {}
    for each in effects:
        one, two = each.comparison.one.n, each.comparison.two.n
        assert one
        assert two
        sizes.setdefault(each.comparison.sample, []).append((1.0 / one + 1.0 / two) ** 0.5)
    return np.array([float(np.mean(sizes[sample])) for sample in samples])


def _egger(y: Array, v: Array, by: Array | Literal["se"], level: float, up: bool | None) -> SmallStudyTest:
    made = kernel.egger(y, v, predictor=by, level=level)
    if made.problem or made.slope is None:
        return SmallStudyTest(EGGER, "", declined=made.problem)
    clear = made.p is not None and made.p < 0.10
    way = "larger" if made.slope > 0 else "smaller"
    says = f"less precise studies tell {way} values" if clear else "no clear relation of effect and precision"
    return SmallStudyTest(EGGER, says, made.slope, made.p, flatters=None if up is None else (made.slope > 0) == up)


def _rank(y: Array, v: Array, up: bool | None) -> SmallStudyTest:
    made = kernel.begg(y, v)
    if made.problem or made.tau is None:
        return SmallStudyTest(RANK, "", declined=made.problem)
    clear = made.p is not None and made.p < 0.10
    way = "larger" if made.tau > 0 else "smaller"
    says = f"less precise studies tell {way} values" if clear else "no clear order of effect and precision"
    return SmallStudyTest(RANK, says, made.tau, made.p, flatters=None if up is None else (made.tau > 0) == up)


def _fill(y: Array, v: Array, measure: Measure, level: float) -> SmallStudyTest:
    made = kernel.trim_and_fill(y, v, level=level)
    if made.problem or made.adjusted is None or made.missing is None:
        return SmallStudyTest(FILL, "", declined=made.problem)
    fit = made.adjusted
    side = "low" if made.side == "left" else "high"
    says = f"{made.missing} {'study' if made.missing == 1 else 'studies'} with {side} values would make the funnel even"
    return SmallStudyTest(
        FILL, says, float(made.missing), None, shown(fit.estimate, measure), shown(float(fit.low[0]), measure),
        shown(float(fit.high[0]), measure),
    )  # fmt: skip


def _pet(y: Array, v: Array, measure: Measure, level: float, up: bool | None) -> SmallStudyTest:
    side: Literal["two-sided", "greater", "less"] = "two-sided" if up is None else "greater" if up else "less"
    made = kernel.pet_peese(y, v, alternative=side, level=level)
    if made.chosen is None:
        return SmallStudyTest(PET, "", declined=made.pet.problem or made.peese.problem)
    used = made.peese if made.chosen == "PEESE" else made.pet
    return SmallStudyTest(
        PET, f"effect carried on to no sampling error, by {made.chosen}", None, None, shown(used.limit, measure),
        shown(used.limit_low, measure), shown(used.limit_high, measure),
    )  # fmt: skip


def _selection(y: Array, v: Array, measure: Measure, level: float, *, up: bool) -> SmallStudyTest:
    made = kernel.selection_model(y, v, alternative="greater" if up else "less", level=level)
    if made.problem or made.estimate is None:
        return SmallStudyTest(SELECTION, "", declined=made.problem)
    weight = float(made.weights[0])
    says = f"studies that are not clearly better had {weight:.2g} times the chance of the others to be seen"
    clear, others = made.counts
    thin = min(made.counts) < FEWEST_IN_STEP
    if thin:
        says += f"; but {clear} of {clear + others} are clearly better, so this rests on too few to be leaned on"
    return SmallStudyTest(
        SELECTION, says, weight, made.p, shown(made.estimate, measure), shown(made.low, measure), shown(made.high, measure),
        flatters=weight < 1.0, thin=thin,
    )  # fmt: skip
