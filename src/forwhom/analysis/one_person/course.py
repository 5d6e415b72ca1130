"""A person's own course against the one expected of people like them at the start, and against their own scores so far."""

from __future__ import annotations

import numpy as np

from forwhom.analysis.asking import Draft, finite
from forwhom.analysis.one_person.basis import Basis, Error
from forwhom.analysis.one_person.course_model import ENOUGH, NEAREST, CourseModel
from forwhom.analysis.one_person.expected import BAND, DIVISIONS, FOLDS, Expected
from forwhom.analysis.one_person.shared import Shared, absent_here
from forwhom.analysis.words import level_words, listed, number, percent, whole
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import CourseDetail, CoursePoint, ExpectedPoint, Interval
from forwhom.study import Scale

GRID = 25
TAIL = (1.0 - BAND) / 2.0
CITATIONS = (
    "Finch AE, Lambert MJ, Schaalje BG. Psychotherapy quality control: the statistical generation of expected recovery curves "
    "for integration into an early warning system. Clin Psychol Psychother 2001;8:231-242.",
    "Laird NM, Ware JH. Random-effects models for longitudinal data. Biometrics 1982;38:963-974.",
    "Harvey AC. Estimating regression models with multiplicative heteroscedasticity. Econometrica 1976;44:461-465.",
    "Vovk V, Gammerman A, Shafer G. Algorithmic learning in a random world. New York: Springer; 2005.",
)


def course(shared: Shared, basis: Basis, row: int) -> Finding:
    """`one_person.course.<scale>`: own scores, the band expected at the start, and the one for what comes next."""
    here = basis.here
    draft = shared.draft(
        f"course.{here.name}", f"How does {here.label} move in this person, and what was to be expected?"
    )
    describe(draft, basis)
    points = _points(basis, row)
    declined = absent_here(shared, basis, row, draft, _detail(shared, basis, row, points, (), ()))
    if declined is not None:
        return declined
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
    return Method(
        "Expected course: conditional distribution given the start",
        {
            "people like this one": "same arm and same score at the start",
            "model": made.structure
            if basis.here.occasions.size
            else f"{made.structure}; mean course in √time and time per arm",
            "band": f"holds the middle {100 * BAND:g} % of single scores of people like this one",
            "limits": f"quantiles of the residuals of the {NEAREST} others nearest in start (a fifth of all where that is more), after "
            f"their spread was modelled on the start; Student's t where there are fewer than {ENOUGH} residuals",
            "uncertainty": "that of the means is in the band, that of the variances through the residuals",
            "own data": f"never used: {FOLDS} models, each made without a tenth of the people, serve those left out; the mean over "
            f"{DIVISIONS} random divisions",
            "held in this study": _held(basis),
            "missing scores": "taken as missing at random given the observed scores and arm",
        },
        CITATIONS,
    )


def _held(basis: Basis) -> str:
    """Whether the bands held what they promise: over everybody, and by where people started."""
    held = basis.calibration
    if held.inside is None:
        return "not known"
    words = (
        f"{percent(held.inside, 1)} of {held.scores} later scores lay inside the band at the start, {percent(held.updated, 1)} "
        "inside the updated one"
    )
    parts = [
        f"{percent(inside)} and {percent(updated)} where the start was {_starting(basis, low, high)}"
        for low, high, inside, updated, _ in held.by_start
    ]
    return f"{words}; {listed(parts)}" if parts else words


def _starting(basis: Basis, low: float, high: float) -> str:
    """A range of starts in words."""
    low_words, high_words = (whole(round(value, min(basis.here.places, 2))) for value in (low, high))
    return low_words if low_words == high_words else f"{low_words} to {high_words}"


def clipped(scale: Scale, value: float | None) -> float | None:
    """A limit inside the possible range of the scale."""
    if value is None or not np.isfinite(value):
        return None
    low = scale.low if scale.low is not None else value
    high = scale.high if scale.high is not None else value
    return float(min(max(value, low), high))


def _interval(scale: Scale, low: float, value: float, high: float) -> Interval:
    if not np.isfinite(value):
        return Interval(None)
    return Interval(clipped(scale, value), clipped(scale, low), clipped(scale, high))


def _points(basis: Basis, row: int) -> tuple[CoursePoint, ...]:
    """Own scores with what was expected of each before it was known."""
    here = basis.here
    none = Interval(None)
    points = [CoursePoint(time, value, none, none, ()) for time, value in here.earlier[row]]
    if np.isfinite(here.start[row]):
        points.append(CoursePoint(float(here.start_time[row]), float(here.start[row]), none, none, ()))
    for j in range(int(here.later[row])):
        bands = [none, none]
        if basis.bands is not None:
            bands = [
                _interval(here.scale, float(band.low[row, j]), float(band.mean[row, j]), float(band.high[row, j]))
                for band in basis.bands
            ]
        raised = tuple(each.rule for each in basis.alarms if each.alarm[row, j])
        points.append(CoursePoint(float(here.time[row, j]), float(here.score[row, j]), bands[0], bands[1], raised))
    return tuple(points)


def _bands(basis: Basis, made: Expected, row: int) -> tuple[tuple[ExpectedPoint, ...], tuple[ExpectedPoint, ...]]:
    """The band expected at the start over the whole course, and the one ahead of the last own score."""
    here = basis.here
    models = [each.serving(row) for each in made.divisions]
    seen = np.isfinite(here.score[row])
    own = here.elapsed[row, seen]
    last = float(own[-1]) if own.size else 0.0
    occasions = models[0].occasions
    if occasions.size:
        grid = occasions[1:] - occasions[0]
    else:
        horizon = float(np.mean([model.horizon for model in models]))
        grid = np.linspace(0.0, np.sqrt(max(horizon, last)), GRID)[1:] ** 2
    elapsed = np.r_[0.0, own, grid][None, :]
    scores = np.r_[here.start[row], here.score[row, seen], np.full(grid.size, np.nan)][None, :]
    first, then = (
        band[:, 1 + own.size :] for band in _along(models, here.arm[[row]], elapsed, scores, here.start[[row]])
    )
    began, start = float(here.start_time[row]), float(here.start[row])
    at_start = [ExpectedPoint(began, Interval(start, start, start))]
    at_start += [ExpectedPoint(began + t, _interval(here.scale, *band)) for t, band in zip(grid, first.T, strict=True)]
    ahead = [
        ExpectedPoint(began + t, _interval(here.scale, *band))
        for t, band in zip(grid, then.T, strict=True)
        if t > last + 1e-9
    ]
    return (
        tuple(point for point in at_start if point.expected.value is not None),
        tuple(point for point in ahead if point.expected.value is not None),
    )


def _along(
    models: list[CourseModel], arm: np.ndarray, elapsed: np.ndarray, scores: np.ndarray, start: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(3, m) lower limit, expected score and upper limit of one person by the mean of models: at the start, and updated."""
    found = [model.expect(arm, elapsed, scores) for model in models]
    bands = []
    for updated in (False, True):
        parts = []
        for model, course in zip(models, found, strict=True):
            mean, sd = (course.next_mean, course.next_sd) if updated else (course.start_mean, course.start_sd)
            low, high = (model.limit(share, start, updated=updated)[0] for share in (TAIL, 1.0 - TAIL))
            parts.append([mean[0] + low * sd[0], mean[0], mean[0] + high * sd[0]])
        bands.append(np.mean(parts, axis=0))
    return bands[0], bands[1]


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
        reliable=basis.error.threshold if isinstance(basis.error, Error) and np.isfinite(here.start[row]) else None,
        inside=basis.calibration.inside,
        inside_updated=basis.calibration.updated,
        scores=basis.calibration.scores,
        by_start=basis.calibration.by_start,
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
    return made + _shares(basis)


def _shares(basis: Basis) -> list[Estimate]:
    """Shares of the study's later scores inside the bands: of everybody, and by where people started."""
    held, here = basis.calibration, basis.here
    what = "share of later scores of the study inside the"
    rows = [
        (f"{what} band at the start", held.inside, held.scores),
        (f"{what} updated band", held.updated, held.scores),
    ]
    for low, high, inside, updated, n in held.by_start:
        begun = f"of people who started at {_starting(basis, low, high)}"
        rows += [(f"{what} band at the start, {begun}", inside, n), (f"{what} updated band, {begun}", updated, n)]
    return [
        Estimate(
            name,
            finite(share),
            interval="none: observed share, each band made without the person",
            unit="proportion",
            direction=f"the band promises {BAND:g}",
            n=n,
            scale=here.scale.name,
            why_absent=None if share is not None else "nobody has a later score",
        )
        for name, share, n in rows
    ]


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
