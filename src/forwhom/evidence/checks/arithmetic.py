"""Numbers that no group of whole people can have (GRIM and its relatives)."""

from __future__ import annotations

import math
from collections.abc import Iterator

from forwhom.evidence.checks.places import of_result, plain
from forwhom.evidence.contradictions import Contradiction
from forwhom.evidence.model import Ledger, Result, Study
from forwhom.evidence.rounding import half

MOST = 1e7
"""Beyond this many steps rounding forbids nothing."""
LOOK = "The numerator in the publication, or the authors."


def people(study: Study, result: Result) -> int | None:
    """People behind a row: its own n, else those analysed in its arm."""
    if result.n is not None:
        return result.n
    arm = study.arm(result.arm)
    return None if arm is None or result.scope not in ("", "all") else arm.analysed


def impossible_percentages(ledger: Ledger) -> Iterator[Contradiction]:
    """A percentage must be some whole number out of n; with events given, this one.

    >>> possible_counts(23, 71), possible_counts(23, 10)
    ((16,), ())
    """
    for study in ledger.studies.values():
        for result in study.results:
            n = people(study, result)
            if result.percent is None or not n:
                continue
            possible = possible_counts(result.percent, n)
            said = f"{plain(result.percent)} % of {n}"
            if not 0 <= result.percent <= 100:
                why = f"{said} is no share."
            elif not possible:
                near = round(n * result.percent / 100)
                why = (
                    f"{said} is impossible: {near} of {n} are {100 * near / n:.2f} %, "
                    f"and no other number of people comes nearer."
                )
            elif result.events is not None and result.events not in possible:
                why = f"{result.events} of {n} are {100 * result.events / n:.1f} %, not {plain(result.percent)} %."
            else:
                continue
            yield Contradiction("impossible-percentage", why, (of_result(study, result, said, "percent"),), LOOK)


def possible_counts(percent: float, n: int) -> tuple[int, ...]:
    """Whole numbers of people out of n that are printed as this percentage."""
    first = math.floor((percent - half(percent)) * n / 100)
    last = math.ceil((percent + half(percent)) * n / 100)
    return tuple(k for k in range(max(0, first), min(n, last) + 1) if abs(100 * k / n - percent) <= half(percent))


def impossible_means(ledger: Ledger) -> Iterator[Contradiction]:
    """Means of scores in whole steps are whole steps over n (Brown & Heathers, 2017); and a mean lies in its scale."""
    for study, result, low, high, step in _means(ledger):
        mean, n = result.mean, people(study, result)
        assert mean is not None
        said = f"mean {plain(mean)}" + (f", n = {n}" if n else "")
        if (low is not None and mean < low - half(mean)) or (high is not None and mean > high + half(mean)):
            why = f"A mean of {plain(mean)} lies outside its scale, {plain(low)} to {plain(high)}."
        elif n and step and not possible_mean(mean, n, step, low or 0.0):
            why = f"{n} scores in steps of {plain(step)} cannot have the mean {plain(mean)}."
        else:
            continue
        yield Contradiction(
            "impossible-mean",
            why,
            (of_result(study, result, said, "mean"),),
            "The n of this mean, or the publication's data.",
        )


def possible_mean(mean: float, n: int, step: float, low: float = 0.0) -> bool:
    """Whether n scores at ``low + k × step`` can have this printed mean.

    >>> possible_mean(3.45, 20, 1), possible_mean(3.47, 20, 1)
    (True, False)
    """
    total = (mean - low) * n / step
    if abs(total) > MOST:
        return True
    return any(abs(low + k * step / n - mean) <= half(mean) for k in (math.floor(total), math.ceil(total)))


def impossible_spreads(ledger: Ledger) -> Iterator[Contradiction]:
    """A standard deviation cannot exceed what the ends of the scale allow, nor break the whole numbers behind it."""
    for study, result, low, high, step in _means(ledger):
        mean, sd, n = result.mean, result.sd, people(study, result)
        if mean is None or sd is None or not n or n < 2:
            continue
        said = f"mean {plain(mean)}, SD {plain(sd)}, n = {n}"
        if low is not None and high is not None and low <= mean <= high:
            most = math.sqrt((mean - low) * (high - mean) * n / (n - 1))
            if sd > most + half(sd) + half(mean) * (high - low):
                why = f"With mean {plain(mean)} on a scale from {plain(low)} to {plain(high)} the SD is at most {most:.2f}."
                yield Contradiction(
                    "impossible-sd", why, (of_result(study, result, said, "sd"),), "Whether it is an SD."
                )
                continue
        if step and not possible_sd(mean, sd, n, step, low or 0.0):
            why = f"{n} scores in steps of {plain(step)} with mean {plain(mean)} cannot have the SD {plain(sd)}."
            yield Contradiction(
                "impossible-sd",
                why,
                (of_result(study, result, said, "sd"),),
                "The publication's data; whether SD or SE.",
            )


def possible_sd(mean: float, sd: float, n: int, step: float, low: float = 0.0) -> bool:
    """Whether n scores in whole steps can have this printed mean and SD: the sum of squares is whole, as even as the sum.

    >>> from forwhom.evidence.model import Printed
    >>> mean = Printed("3.00")
    >>> possible_sd(mean, 1.0, 3, 1), possible_sd(mean, 1.2, 3, 1)
    (True, False)
    """
    if max(abs(mean - low), sd) * n / step > MOST:
        return True
    first = math.ceil((mean - half(mean) - low) * n / step - 1e-9)
    last = math.floor((mean + half(mean) - low) * n / step + 1e-9)
    if last - first > 100:
        return True
    for total in range(first, last + 1):
        least = (max(0.0, sd - half(sd)) / step) ** 2 * (n - 1) + total**2 / n
        most = ((sd + half(sd)) / step) ** 2 * (n - 1) + total**2 / n
        square = math.ceil(least - 1e-9)
        square += (square - total) % 2
        if square <= most + 1e-9:
            return True
    return last < first  # the mean itself is impossible, and told as such


def _means(ledger: Ledger) -> Iterator[tuple[Study, Result, float | None, float | None, float | None]]:
    for study in ledger.studies.values():
        for result in study.results:
            if result.mean is not None:
                measure = study.measure(result.outcome)
                ends = (measure.low, measure.high, measure.step) if measure else (None, None, None)
                yield study, result, *ends
