"""What all pages of a study share for one scale: the start of everybody, the expected courses, the alarms and their worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forwhom.analysis.asking import Asking, Draft
from forwhom.analysis.courses import courses
from forwhom.analysis.one_person.expected import BAND, Expected, expected
from forwhom.analysis.one_person.rules import EVENTS, Alarms, alarms
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
    """Shares of all later scores of the study inside the bands made without the person: at the start, and updated."""

    inside: float | None
    updated: float | None
    scores: int


@dataclass(frozen=True, slots=True)
class Basis:
    """Shared work for one scale by one informant.

    error : or the reason why it is not known
    expected : or the reason why there is none, and what it would take
    rules : operating characteristics in the order of the page; `on_track` is None in them
    caught : (rule, measurement number after the start, share of people with reliable worsening caught by then)
    """

    here: Starts
    error: Error | str
    expected: Expected | tuple[str, str]
    calibration: Calibration
    alarms: tuple[Alarms, ...]
    rules: tuple[AlarmRule, ...]
    caught: tuple[tuple[str, int, float], ...]


def prepare_scale(study: Study, asking: Asking, here: Starts, dimensions: np.ndarray) -> Basis:
    """Everything that is the same for all people of a study."""
    error = _error(study, asking, here)
    made = expected(here, asking)
    if isinstance(made, tuple):
        return Basis(here, error, made, Calibration(None, None, 0), (), (), ())
    threshold = error.threshold if isinstance(error, Error) else None
    rules = alarms(here, made, threshold, dimensions)
    worth, caught = _worth(here, made, rules, threshold, asking.level)
    return Basis(here, error, made, _calibration(here, made), rules, worth, caught)


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


def _calibration(here: Starts, made: Expected) -> Calibration:
    """How often the bands held what they promise, over all later scores of everybody."""
    tail = (1.0 - BAND) / 2.0
    shares = []
    known = np.isfinite(here.score) & np.isfinite(made.course.start_mean)
    for updated in (False, True):
        low, high = (made.boundary(share, updated=updated) for share in (tail, 1.0 - tail))
        with np.errstate(invalid="ignore"):
            inside = (here.score >= low) & (here.score <= high)
        shares.append(float(inside[known].mean()) if known.any() else None)
    return Calibration(shares[0], shares[1], int(known.sum()))


def _worth(
    here: Starts, made: Expected, rules: tuple[Alarms, ...], threshold: float | None, level: float
) -> tuple[tuple[AlarmRule, ...], tuple[tuple[str, int, float], ...]]:
    """Operating characteristics of every rule for the first event and of the primary one for the second; without a threshold the
    rules alone."""
    if threshold is None:
        blank = Interval(None)
        bare = tuple(
            AlarmRule(
                each.rule,
                each.says,
                each.primary,
                "",
                0,
                0,
                0,
                0,
                blank,
                blank,
                blank,
                blank,
                blank,
                blank,
                blank,
                None,
            )
            for each in rules
        )
        return bare, ()
    worth: list[AlarmRule] = []
    caught: list[tuple[str, int, float]] = []
    for name, event in EVENTS:
        for each in rules:
            if name != EVENTS[0][0] and not each.primary:
                continue
            judged = each.known & (made.fold >= 0) & (here.later > 0)
            if not judged.any():
                continue
            found = operating_characteristics(each.alarm[judged], here.time[judged], event(here, threshold)[judged])
            worth.append(_characteristics(each, name, found, level))
            if name == EVENTS[0][0] and found.events:
                caught += [(each.rule, j + 1, float(k) / found.events) for j, k in enumerate(found.caught_by)]
    return tuple(worth), _until_flat(caught)


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
        on_track=None,
    )
