"""A person's own course against the one expected of people like them at the start, and against their own scores so far."""

from __future__ import annotations

import numpy as np

from forwhom.analysis.asking import Draft, finite
from forwhom.analysis.one_person.basis import Basis, Error
from forwhom.analysis.one_person.course_model import ENOUGH, CourseModel
from forwhom.analysis.one_person.expected import BAND, FOLDS, Expected
from forwhom.analysis.one_person.shared import Shared, absent_here
from forwhom.analysis.words import level_words, number, percent
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import CourseDetail, CoursePoint, ExpectedPoint, Interval
from forwhom.study import Scale

GRID = 25
TAIL = (1.0 - BAND) / 2.0
CITATIONS = (
    "Finch AE, Lambert MJ, Schaalje BG. Psychotherapy quality control: the statistical generation of expected recovery curves "
    "for integration into an early warning system. Clin Psychol Psychother 2001;8:231-242.",
    "Laird NM, Ware JH. Random-effects models for longitudinal data. Biometrics 1982;38:963-974.",
    "Vovk V, Gammerman A, Shafer G. Algorithmic learning in a random world. New York: Springer; 2005.",
)


def course(shared: Shared, basis: Basis, row: int) -> Finding:
    """`one_person.course.<scale>`: own scores, the band expected at the start, and the one for what comes next."""
    here = basis.here
    draft = shared.draft(
        f"course.{here.name}", f"How does {here.label} move in this person, and what was to be expected?"
    )
    describe(draft, basis)
    declined = absent_here(shared, basis, row, draft)
    if declined is not None:
        return declined
    points = _points(basis, row)
    if isinstance(basis.expected, tuple):
        why, take = basis.expected
        detail = _detail(shared, basis, row, points, (), ())
        return draft.decline(f"{why}; the own scores are shown without a band", take, detail=detail)
    made = basis.expected
    at_start, ahead = _bands(basis, made, row)
    draft.method = method(basis, made)
    if made.simplified:
        draft.caution("model-simplified", f"The first choice of model was not used: {made.simplified}.")
    return draft.answer(
        _statement(basis, row, points, ahead),
        _estimates(basis, row, points, ahead),
        _detail(shared, basis, row, points, at_start, ahead),
    )


def describe(draft: Draft, basis: Basis) -> None:
    """Whom a person is compared with."""
    here = basis.here
    allocated = here.arm >= 0
    started = allocated & np.isfinite(here.start)
    draft.analysed = int((started & (here.later > 0)).sum())
    draft.leave_out(int((~allocated).sum()), "not allocated to an arm")
    draft.leave_out(int((allocated & ~np.isfinite(here.start)).sum()), f"no {here.label} at the start")
    draft.leave_out(int((started & (here.later == 0)).sum()), f"no {here.label} after the start")


def method(basis: Basis, made: Expected) -> Method:
    """How the bands were made and whether they held."""
    held = basis.calibration
    seen = (
        f"{percent(held.inside, 1)} of {held.scores} later scores lay inside the band at the start, {percent(held.updated, 1)} "
        "inside the updated one"
        if held.inside is not None
        else "not known"
    )
    return Method(
        "Expected course: conditional distribution given the start",
        {
            "people like this one": "same arm and same score at the start",
            "model": made.structure
            if basis.here.occasions.size
            else f"{made.structure}; mean course in √time and time per arm",
            "band": f"holds the middle {100 * BAND:g} % of single scores of people like this one",
            "limits": f"quantiles of the residuals of the others where there are {ENOUGH} or more, else Student's t scaled to them",
            "uncertainty": "that of the means is in the band, that of the variances through the residuals",
            "own data": f"never used: {FOLDS} models, each made without a tenth of the people, serve those left out",
            "held in this study": seen,
            "missing scores": "taken as missing at random given the observed scores and arm",
        },
        CITATIONS,
    )


def clipped(scale: Scale, value: float | None) -> float | None:
    """A limit inside the possible range of the scale."""
    if value is None or not np.isfinite(value):
        return None
    low = scale.low if scale.low is not None else value
    high = scale.high if scale.high is not None else value
    return float(min(max(value, low), high))


def _interval(scale: Scale, mean: float, sd: float, limits: tuple[float, float]) -> Interval:
    if not np.isfinite(mean):
        return Interval(None)
    low, value, high = (clipped(scale, mean + z * sd) for z in (limits[0], 0.0, limits[1]))
    return Interval(value, low, high)


def _limits(model: CourseModel, *, updated: bool) -> tuple[float, float]:
    return model.limit(TAIL, updated=updated), model.limit(1.0 - TAIL, updated=updated)


def _points(basis: Basis, row: int) -> tuple[CoursePoint, ...]:
    """Own scores with what was expected of each before it was known."""
    here, made = basis.here, basis.expected
    none = Interval(None)
    points = [CoursePoint(time, value, none, none, ()) for time, value in here.earlier[row]]
    points.append(CoursePoint(float(here.start_time[row]), float(here.start[row]), none, none, ()))
    model = made.models[made.fold[row]] if isinstance(made, Expected) and made.fold[row] >= 0 else None
    for j in range(int(here.later[row])):
        first, then = none, none
        if isinstance(made, Expected) and model is not None:
            c = made.course
            first = _interval(here.scale, c.start_mean[row, j], c.start_sd[row, j], _limits(model, updated=False))
            then = _interval(here.scale, c.next_mean[row, j], c.next_sd[row, j], _limits(model, updated=True))
        raised = tuple(each.rule for each in basis.alarms if each.alarm[row, j])
        points.append(CoursePoint(float(here.time[row, j]), float(here.score[row, j]), first, then, raised))
    return tuple(points)


def _bands(basis: Basis, made: Expected, row: int) -> tuple[tuple[ExpectedPoint, ...], tuple[ExpectedPoint, ...]]:
    """The band expected at the start over the whole course, and the one ahead of the last own score."""
    here = basis.here
    model = made.models[made.fold[row]]
    seen = np.isfinite(here.score[row])
    own = here.elapsed[row, seen]
    last = float(own[-1]) if own.size else 0.0
    if model.occasions.size:
        grid = model.occasions[1:] - model.occasions[0]
    else:
        grid = np.linspace(0.0, np.sqrt(max(model.horizon, last)), GRID)[1:] ** 2
    elapsed = np.r_[0.0, own, grid][None, :]
    scores = np.r_[here.start[row], here.score[row, seen], np.full(grid.size, np.nan)][None, :]
    found = model.expect(here.arm[[row]], elapsed, scores)
    began = float(here.start_time[row])
    start = float(here.start[row])
    at_start = [ExpectedPoint(began, Interval(start, start, start))]
    ahead = []
    for j, time in enumerate(grid.tolist(), start=1 + own.size):
        at_start.append(
            ExpectedPoint(
                began + time,
                _interval(here.scale, found.start_mean[0, j], found.start_sd[0, j], _limits(model, updated=False)),
            )
        )
        if time > last + 1e-9:
            band = _interval(here.scale, found.next_mean[0, j], found.next_sd[0, j], _limits(model, updated=True))
            ahead.append(ExpectedPoint(began + time, band))
    return (
        tuple(point for point in at_start if point.expected.value is not None),
        tuple(point for point in ahead if point.expected.value is not None),
    )


def _detail(
    shared: Shared,
    basis: Basis,
    row: int,
    points: tuple[CoursePoint, ...],
    at_start: tuple[ExpectedPoint, ...],
    ahead: tuple[ExpectedPoint, ...],
) -> CourseDetail:
    here = basis.here
    return CourseDetail(
        id=shared.ids[row],
        scale=here.scale.name,
        better=here.scale.better,
        time_unit=here.time_unit,
        level=BAND,
        low=here.scale.low,
        high=here.scale.high,
        points=points,
        at_start=at_start,
        ahead=ahead,
        reliable=basis.error.threshold if isinstance(basis.error, Error) else None,
        inside=basis.calibration.inside,
        inside_updated=basis.calibration.updated,
        scores=basis.calibration.scores,
    )


def _estimates(
    basis: Basis, row: int, points: tuple[CoursePoint, ...], ahead: tuple[ExpectedPoint, ...]
) -> list[Estimate]:
    here = basis.here
    better = f"{here.scale.better} is better"
    width = f"holds {100 * BAND:g} % of single scores of people like this one"

    def one(name: str, band: Interval, time: float) -> Estimate:
        return Estimate(
            name, band.value, band.low, band.high, BAND, width, here.scale.unit, better,
            int((here.later > 0).sum()), time=time, scale=here.scale.name,
        )  # fmt: skip

    made = []
    last = points[-1]
    if last.expected.value is not None:
        made.append(one(f"expected at {here.when(last.time)}, given the start", last.expected, last.time))
    if ahead:
        first, final = ahead[0], ahead[-1]
        made.append(
            one(f"expected at {here.when(round(first.time, 1))}, given all scores so far", first.expected, first.time)
        )
        if final is not first:
            made.append(
                one(
                    f"expected at {here.when(round(final.time, 1))}, given all scores so far",
                    final.expected,
                    final.time,
                )
            )
    for name, share in (
        ("share of later scores of the study inside the band at the start", basis.calibration.inside),
        ("share of later scores of the study inside the updated band", basis.calibration.updated),
    ):
        made.append(
            Estimate(
                name,
                finite(share),
                interval="none: observed share, each band made without the person",
                unit="proportion",
                direction=f"the band promises {BAND:g}",
                n=basis.calibration.scores,
                scale=here.scale.name,
                why_absent=None if share is not None else "nobody has a later score",
            )
        )
    return made


def _statement(basis: Basis, row: int, points: tuple[CoursePoint, ...], ahead: tuple[ExpectedPoint, ...]) -> str:
    here, places = basis.here, min(basis.here.places, 2)
    last = points[-1]
    start = f"{number(float(here.start[row]), places)} at {here.when(float(here.start_time[row]))}"
    arm = f" in {here.arms[here.arm[row]][1]}" if len(here.arms) > 1 else ""
    text = f"{here.label} was {start}; no later score is known yet."
    if here.later[row]:
        band = last.expected
        text = f"{here.label} was {start} and {number(last.value, places)} at {here.when(last.time)}"
        if band.low is not None and band.high is not None and last.value is not None:
            side = "inside" if band.low <= last.value <= band.high else "above" if last.value > band.high else "below"
            text += (
                f", {side} the range of {number(band.low, places)} to {number(band.high, places)} that holds {100 * BAND:g} % of people "
                f"with the same start{arm}"
            )
        text += "."
    if ahead:
        nearest = ahead[0] if here.occasions.size else ahead[-1]
        text += (
            f" Given all own scores so far, {number(nearest.expected.value, places)} is expected at "
            f"{here.when(round(nearest.time, 1))} ({level_words(BAND)} for a single score {number(nearest.expected.low, places)} to "
            f"{number(nearest.expected.high, places)})."
        )
    return f"{text} {here.scale.better.capitalize()} is better."
