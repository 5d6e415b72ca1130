"""What all pages of a study share for one scale: the start of everybody, the expected courses, the alarms and their worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forwhom.analysis.asking import Asking, Draft
from forwhom.analysis.courses import courses
from forwhom.analysis.one_person.expected import BAND, Expected, expected
from forwhom.analysis.one_person.rules import EVENTS, WORSENING, Alarms, alarms
from forwhom.analysis.one_person.starts import Starts
from forwhom.analysis.outcome.change import cutoff_of
from forwhom.analysis.yardstick import Yardstick, yardstick
from forwhom.findings import Caution
from forwhom.findings.kinds import AlarmRule, Interval
from forwhom.kernels.change import reliable_change
from forwhom.kernels.off_track import OperatingCharacteristics, operating_characteristics
from forwhom.kernels.risk import clopper_pearson
from forwhom.study import Study


@dataclass(frozen=True, slots=True)
class Error:
    """What one score of a scale is exact to.

    sem : standard error of measurement; threshold : change that counts as reliable; both in raw points
    cutoff : where the functional range begins, None when not known
    """

    yardstick: Yardstick
    sem: float
    threshold: float
    cutoff: float | None
    cautions: tuple[Caution, ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Shares of all later scores of the study inside the bands made without the person: at the start, and updated.

    by_start : the same for thirds of the people by their start, as (lowest start, highest, share inside, inside updated, scores)
    """

    inside: float | None
    updated: float | None
    scores: int
    by_start: tuple[tuple[float, float, float, float, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Bands:
    """(n, m) limits and expected score of the primary band at each later measurement of everybody."""

    low: np.ndarray
    mean: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, slots=True)
class Basis:
    """Shared work for one scale by one informant.

    error : or the reason why it is not known
    expected : or the reason why there is none, and what it would take
    bands : at the start, and updated; None where nothing is expected
    rules : operating characteristics in the order of the page; nobody's own standing is in them
    caught : (rule, measurement number after the start, share of people with reliable worsening caught by then)
    """

    here: Starts
    error: Error | str
    expected: Expected | tuple[str, str]
    bands: tuple[Bands, Bands] | None
    calibration: Calibration
    alarms: tuple[Alarms, ...]
    rules: tuple[AlarmRule, ...]
    caught: tuple[tuple[str, int, float], ...]


def prepare_scale(study: Study, asking: Asking, here: Starts, dimensions: np.ndarray) -> Basis:
    """Everything that is the same for all people of a study."""
    error = _error(study, asking, here)
    made = expected(here, asking)
    if isinstance(made, tuple):
        return Basis(here, error, made, None, Calibration(None, None, 0), (), (), ())
    threshold = error.threshold if isinstance(error, Error) else None
    rules = alarms(here, made, threshold, dimensions)
    worth, caught = _worth(here, made, rules, threshold, asking.level)
    bands = (_bands(made, updated=False), _bands(made, updated=True))
    return Basis(here, error, made, bands, _calibration(here, bands), rules, worth, caught)


def _error(study: Study, asking: Asking, here: Starts) -> Error | str:
    """Standard error of measurement, reliable change and cut-off, with the cautions they carry."""
    draft = Draft(study, asking, f"one_person.change.{here.name}", "")
    found = yardstick(study, draft, courses(study, here.scale, here.informant))
    if isinstance(found, str):
        return found
    change = reliable_change(
        here.start[:1], here.start[:1], sd=found.sd, reliability=found.reliability, level=asking.level
    )
    cutoff, _ = cutoff_of(draft, here.scale)
    return Error(found, change.sem, change.threshold, cutoff, tuple(draft.cautions))


def _bands(made: Expected, *, updated: bool) -> Bands:
    tail = (1.0 - BAND) / 2.0
    low, high = (made.boundary(share, updated=updated) for share in (tail, 1.0 - tail))
    return Bands(low, made.mean(updated=updated), high)


def _calibration(here: Starts, bands: tuple[Bands, Bands]) -> Calibration:
    """How often the bands held what they promise: over all later scores of everybody, and by where people started."""
    known = np.isfinite(here.score) & np.isfinite(bands[0].mean)
    with np.errstate(invalid="ignore"):
        inside = [(here.score >= band.low) & (here.score <= band.high) for band in bands]
    if not known.any():
        return Calibration(None, None, 0)
    start = here.start[known.any(axis=1)]
    third = np.digitize(here.start, np.unique(np.quantile(start, [1 / 3, 2 / 3])), right=True)
    rows = []
    for part in np.unique(third[known.any(axis=1)]):
        mine = known & (third == part)[:, None]
        begun = here.start[mine.any(axis=1)]
        rows.append(
            (
                float(begun.min()), float(begun.max()), float(inside[0][mine].mean()), float(inside[1][mine].mean()),
                int(mine.sum()),
            )
        )  # fmt: skip
    by_start = tuple(rows) if len(rows) > 1 else ()
    return Calibration(float(inside[0][known].mean()), float(inside[1][known].mean()), int(known.sum()), by_start)


def _worth(
    here: Starts, made: Expected, rules: tuple[Alarms, ...], threshold: float | None, level: float
) -> tuple[tuple[AlarmRule, ...], tuple[tuple[str, int, float], ...]]:
    """Operating characteristics of every rule for the first event and of the primary one for the second; without a threshold the
    rules alone."""
    if threshold is None:
        return tuple(_unjudged(each) for each in rules), ()
    worth: list[AlarmRule] = []
    caught: list[tuple[str, int, float]] = []
    for name, event in EVENTS:
        for each in rules:
            if name != WORSENING and not each.primary:
                continue
            judged = each.known & made.known & (here.later > 0)
            if not judged.any():
                continue
            found = operating_characteristics(each.alarm[judged], here.time[judged], event(here, threshold)[judged])
            worth.append(_characteristics(each, name, found, level))
            if name == WORSENING and found.events:
                caught += [(each.rule, j + 1, float(k) / found.events) for j, k in enumerate(found.caught_by)]
    return tuple(worth), _until_flat(caught)


def _unjudged(rule: Alarms) -> AlarmRule:
    """A rule of which nobody knows what it is worth, since there is no event to judge it by."""
    unknown = Interval(None)
    return AlarmRule(
        rule=rule.rule,
        says=rule.says,
        primary=rule.primary,
        event="",
        n=0,
        events=0,
        caught=0,
        alarms=0,
        sensitivity=unknown,
        by_third=unknown,
        before_last=unknown,
        false_alarms=unknown,
        false_before_last=unknown,
        positive_value=unknown,
        lead=unknown,
    )


def _until_flat(caught: list[tuple[str, int, float]]) -> tuple[tuple[str, int, float], ...]:
    """The curves up to the measurement after which nobody further is caught by any rule."""
    final = {rule: share for rule, _, share in caught}
    last = max((number for rule, number, share in caught if share < final[rule]), default=0) + 1
    return tuple(point for point in caught if point[1] <= max(last, 2))


def _characteristics(rule: Alarms, event: str, found: OperatingCharacteristics, level: float) -> AlarmRule:
    """Counts as shares with exact intervals."""

    def share(k: int, n: int) -> Interval:
        if not n:
            return Interval(None)
        limits = clopper_pearson(k, n, level=level)
        return Interval(limits.value, limits.low, limits.high)

    without = found.n - found.events
    return AlarmRule(
        rule=rule.rule,
        says=rule.says,
        primary=rule.primary,
        event=event,
        n=found.n,
        events=found.events,
        caught=found.caught,
        alarms=found.alarms,
        sensitivity=share(found.caught, found.events),
        by_third=share(found.caught_by_third, found.events),
        before_last=share(found.caught_before_last, found.events),
        false_alarms=share(found.false_alarms, without),
        false_before_last=share(found.false_before_last, without),
        positive_value=share(found.caught, found.alarms),
        lead=Interval(*found.lead) if found.lead else Interval(None),
    )
