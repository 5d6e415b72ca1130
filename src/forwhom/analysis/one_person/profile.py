"""Where a person stood at the start: every scale and planned covariate against the sample and against norms."""

from __future__ import annotations

import numpy as np

from forwhom.analysis.asking import finite
from forwhom.analysis.one_person.basis import Basis, Error
from forwhom.analysis.one_person.covariates import Covariate
from forwhom.analysis.one_person.shared import NO_ARM, Shared
from forwhom.analysis.words import listed, number, percent
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import Interval, ProfileDetail, ProfileRow
from forwhom.kernels.profile_place import percentile_rank, z_score

MOST_NAMED = 3


def profile(shared: Shared, row: int) -> Finding:
    """`one_person.profile`: the baseline dimensions, with the limits that measurement error leaves."""
    draft = shared.draft("profile", "Where did this person stand at the start?")
    rows = [(basis, dimension(shared, basis, row)) for basis in shared.bases if _before(shared, basis, row)]
    covariates = (*_arm(shared, row), *((each.name, _words(each, row)) for each in shared.covariates))
    level = shared.asking.level
    draft.analysed = int(max((np.isfinite(basis.here.start).sum() for basis, _ in rows), default=0))
    draft.leave_out(draft.entered - draft.analysed if rows else 0, "no score at the start on any one scale shown")
    draft.method = Method(
        "Baseline profile",
        {
            "limits of a score": f"{100 * level:g} % by the standard error of measurement, where a reliability is known; cut where the "
            "possible scores end",
            "against the sample": "share of the people with a score at the start who are below (ties halved); z by their mean and SD",
            "against norms": "z by the norm's mean and SD, where they are on record; T score: 50 + 10 z",
        },
    )
    unknown = [basis.here.label for basis, _ in rows if not isinstance(basis.error, Error)]
    if unknown:
        draft.caution(
            "no-error", f"No reliability is known for {listed(unknown)}, so these scores are shown without limits."
        )
    for basis, _ in rows:
        for caution in basis.error.cautions if isinstance(basis.error, Error) else ():
            if caution.code != "no-cutoff":
                draft.caution(caution.code, caution.text)
    if not rows:
        apart = any(basis.here.arm[row] < 0 and basis.here.earlier[row] for basis in shared.bases)
        return draft.decline(
            NO_ARM if apart else "this person has no score at the start on any scale",
            "The arm this person is in, in the table of persons." if apart else "Scores at the baseline occasion.",
            detail=ProfileDetail((), covariates) if covariates else None,
        )
    estimates = [_estimate(basis, made, level) for basis, made in rows]
    return draft.answer(_statement(rows), estimates, ProfileDetail(tuple(made for _, made in rows), covariates))


def _arm(shared: Shared, row: int) -> tuple[tuple[str, str], ...]:
    """The arm of this person as a fact, in a study that has arms."""
    if not shared.bases or not any(name for name, _ in shared.bases[0].here.arms):
        return ()
    here = shared.bases[0].here
    return (("Arm", "not allocated" if here.arm[row] < 0 else here.arms[here.arm[row]][1]),)


def _before(shared: Shared, basis: Basis, row: int) -> bool:
    """True for a score from before treatment; from the first ones there are where none of this person's is."""
    if not np.isfinite(basis.here.start[row]):
        return False
    first = min(float(each.here.start_time[row]) for each in shared.bases if np.isfinite(each.here.start[row]))
    return bool(basis.here.start_time[row] <= max(first, 0.0))


def dimension(shared: Shared, basis: Basis, row: int) -> ProfileRow:
    """One scale's score at the start, which is there, with its limits, against the sample and against norms."""
    here, scale = basis.here, basis.here.scale
    score = float(here.start[row])
    limited = within_error(shared, basis, score)
    z, sd = z_score(here.start, score)
    norm_z = None
    words = ""
    if scale.norm_mean is not None and scale.norm_sd:
        norm_z = (score - scale.norm_mean) / scale.norm_sd
        words = f"mean {scale.norm_mean:g}, SD {scale.norm_sd:g}: {scale.source or 'source not stated'}"
    return ProfileRow(
        scale=scale.name,
        label=here.label,
        score=limited,
        low=scale.low,
        high=scale.high,
        sample=percentile_rank(here.start, score),
        sample_z=finite(z),
        norm_z=norm_z,
        norm=words,
        severe="higher" if scale.better == "lower" else "lower",
        z=_standardised(limited, z, sd),
    )


def within_error(shared: Shared, basis: Basis, score: float) -> Interval:
    """A score with the limits measurement error leaves, no further than there are scores; bare without a reliability."""
    if not isinstance(basis.error, Error):
        return Interval(score)
    from scipy.special import ndtri

    half = float(ndtri(0.5 + shared.asking.level / 2.0)) * basis.error.sem
    scale = basis.here.scale
    low, high = score - half, score + half
    return Interval(
        score,
        low if scale.low is None else max(low, min(float(scale.low), score)),
        high if scale.high is None else min(high, max(float(scale.high), score)),
    )


def _standardised(score: Interval, z: float, sd: float) -> Interval | None:
    if score.value is None or score.low is None or score.high is None or not np.isfinite(z):
        return None
    return Interval(finite(z), finite(z - (score.value - score.low) / sd), finite(z + (score.high - score.value) / sd))


def _estimate(basis: Basis, made: ProfileRow, level: float) -> Estimate:
    known = made.score.low is not None
    return Estimate(
        f"{made.label} at the start",
        made.score.value,
        made.score.low,
        made.score.high,
        level if known else None,
        "measurement error (standard error of measurement)" if known else "none: no reliability is known",
        basis.here.scale.unit,
        f"{made.severe} is worse",
        int(np.isfinite(basis.here.start).sum()),
        scale=made.scale,
    )


def _statement(rows: list[tuple[Basis, ProfileRow]]) -> str:
    """The dimensions furthest on the bad side of the sample first."""

    def burden(item: tuple[Basis, ProfileRow]) -> float:
        z = item[1].sample_z or 0.0
        return -z if item[1].severe == "higher" else z

    parts = []
    for basis, made in sorted(rows, key=burden)[:MOST_NAMED]:
        text = f"{made.label} {number(made.score.value, min(basis.here.places, 1))}"
        against = [] if made.sample is None else [f"worse than {percent(_worse(made))} of the sample"]
        if made.norm_z is not None:
            t = number(50 + 10 * made.norm_z, 0)
            against.append(f"T score {t} against the norm, whose mean is 50 and SD 10; {made.severe} is worse")
        parts.append(text + (f" ({', '.join(against)})" if against else ""))
    more = len(rows) - len(parts)
    tail = f"; {more} further dimension{'s' if more > 1 else ''} in the table" if more else ""
    return f"At the start: {listed(parts)}{tail}."


def _worse(made: ProfileRow) -> float:
    below = made.sample or 0.0
    return below if made.severe == "higher" else 1.0 - below


def _words(each: Covariate, row: int) -> str:
    if each.numbers is None:
        return each.texts[row] or "not recorded"
    value = float(each.numbers[row])
    if not np.isfinite(value):
        return "not recorded"
    if np.unique(each.numbers[np.isfinite(each.numbers)]).size < 3:
        return f"{value:g}"
    below = percentile_rank(each.numbers, value)
    return f"{value:g}" + ("" if below is None else f" (above {percent(below)} of the sample)")
