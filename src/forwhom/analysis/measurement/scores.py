"""What can be said of a scale from its scores: distribution, retest reliability, precision of one score."""

from __future__ import annotations

import numpy as np

from forwhom.analysis.asking import Asking, Draft
from forwhom.analysis.courses import Courses, courses
from forwhom.analysis.words import level_words, listed, number, percent, span
from forwhom.analysis.yardstick import NO_YARDSTICK, yardstick
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import DistributionDetail, Interval, PrecisionDetail, ReliabilityDetail
from forwhom.kernels.agreement import Coefficient, retest_reliability
from forwhom.kernels.reliability import score_precision
from forwhom.kernels.risk import clopper_pearson
from forwhom.study import Scale, Study

TERWEE = (
    "Terwee CB, et al. Quality criteria were proposed for measurement properties of health status questionnaires. "
    "J Clin Epidemiol 2007;60:34-42."
)
FLOOR_LIMIT = 0.15
"""Share of people at an end of the scale above which change beyond it is lost (Terwee et al., 2007)."""
MCGRAW = "McGraw KO, Wong SP. Forming inferences about some intraclass correlation coefficients. Psychol Methods 1996;1:30-46."
LORD = "Lord FM, Novick MR. Statistical theories of mental test scores. Addison-Wesley, 1968."
MIN_RETEST = 10


def distribution(study: Study, asking: Asking, scale: Scale, informant: str | None = None, name: str = "") -> Finding:
    """`measurement.distribution.<scale>`: spread of the scores, and how many sit at the ends of the scale."""
    draft = Draft(
        study,
        asking,
        f"measurement.distribution.{name or scale.name}",
        f"Does {scale.label} leave room to show change?",
        method=Method(
            "Distribution of scores, floor and ceiling", {"limit for concern": percent(FLOOR_LIMIT)}, (TERWEE,)
        ),
    )
    here = courses(study, scale, informant)
    groups = _groups(here)
    draft.analysed = len(np.unique(here.long_person))
    draft.leave_out(len(here.ids) - draft.analysed, f"no {scale.label} at any occasion")
    values = np.concatenate([scores for _, _, scores in groups])
    edges = _edges(scale, values)
    estimates: list[Estimate] = []
    rows = []
    concern = []
    for label, time, scores in groups:
        counts = np.histogram(scores, edges)[0]
        ends: dict[str, float | None] = {}
        for end, limit in (("floor", scale.low), ("ceiling", scale.high)):
            ends[end] = None
            if limit is None or not scores.size:
                continue
            at_end = int(np.isclose(scores, limit).sum())
            share = clopper_pearson(at_end, scores.size, level=asking.level)
            ends[end] = share.value
            estimates.append(
                Estimate(
                    f"share at the {'lowest' if end == 'floor' else 'highest'} possible score at {label}",
                    share.value,
                    share.low,
                    share.high,
                    asking.level,
                    "exact (Clopper-Pearson)",
                    "proportion",
                    n=int(scores.size),
                    time=time,
                    scale=scale.name,
                )
            )
            if share.value > FLOOR_LIMIT:
                concern.append(f"{percent(share.value)} at the {end} at {label}")
        sd = float(scores.std(ddof=1)) if scores.size > 1 else None
        rows.append(
            (
                label,
                int(scores.size),
                float(scores.mean()),
                sd,
                ends["floor"],
                ends["ceiling"],
                tuple(int(c) for c in counts),
            )
        )
    if scale.low is None or scale.high is None:
        draft.caution("no-range", f"The range of {scale.label} is not declared, so floor and ceiling cannot be judged.")
    if concern:
        draft.caution("floor-or-ceiling", f"Change beyond the end of the scale cannot show: {listed(concern)}.")
    label, n, mean, sd = rows[0][:4]
    words = (
        f"At {label}, {scale.label} was {number(mean, here.places)} on average (SD {number(sd, here.places)}, n = {n})"
    )
    if scale.low is not None and scale.high is not None:
        words += f" on a scale from {scale.low:g} to {scale.high:g}"
        words += (
            f"; {listed(concern)}" if concern else f"; at most {percent(FLOOR_LIMIT)} sit at either end at any occasion"
        )
    detail = DistributionDetail(scale.name, scale.low, scale.high, tuple(float(e) for e in edges), tuple(rows))
    return draft.answer(f"{words}.", estimates, detail)


def _groups(here: Courses) -> list[tuple[str, float | None, np.ndarray]]:
    """Scores by occasion; first and last scores where people were seen at times of their own."""
    if here.scheduled:
        columns = [(here.occasion(j), float(here.times[j]), here.scores[:, j]) for j in range(here.times.size)]
        return [
            (label, time, scores[np.isfinite(scores)]) for label, time, scores in columns if np.isfinite(scores).any()
        ]
    first = np.unique(here.long_person, return_index=True)[1]
    last = np.append(first[1:], here.long_person.size) - 1
    return [("the first score", None, here.long_value[first]), ("the last score", None, here.long_value[last])]


def _edges(scale: Scale, values: np.ndarray) -> np.ndarray:
    """Bins of equal width over the possible range, at most about 20, on whole steps where the scale has steps."""
    low = scale.low if scale.low is not None else float(values.min())
    high = scale.high if scale.high is not None else float(values.max())
    low, high = min(low, float(values.min())), max(high, float(values.max()))
    step = scale.step or 0.0
    if high <= low:
        return np.array([low - 0.5, low + 0.5])
    if step > 0 and (high - low) / step >= 1:
        width = step * max(1.0, np.ceil((high - low + step) / step / 20))
        edges: np.ndarray = np.arange(low - step / 2, high + width, width)
        return edges
    return np.linspace(low, high, 21)


def retest(study: Study, asking: Asking, scale: Scale, informant: str | None = None, name: str = "") -> Finding:
    """`measurement.retest.<scale>`: stability of the score in the reference arm between its first two occasions."""
    draft = Draft(
        study,
        asking,
        f"measurement.retest.{name or scale.name}",
        f"How stable is {scale.label} where no new treatment was given?",
    )
    here = courses(study, scale, informant)
    before = np.flatnonzero(here.before) if here.scheduled else np.empty(0, dtype=np.intp)
    if before.size > 1:
        # Twice before treatment: nothing was given yet in any arm.
        one, two, member, who = int(before[-2]), int(before[-1]), here.allocated, "everyone, before treatment"
    elif len(here.arms) < 2:
        return draft.not_applicable(
            "there is no comparison arm, and under treatment change and unreliability cannot be told apart.",
            "Two measurements before treatment, or a comparison arm.",
        )
    elif not here.scheduled or here.times.size < 2:
        return draft.not_applicable("there are no two common occasions.", "Two occasions shared by most people.")
    else:
        one, two, member, who = 0, 1, here.arm == 0, here.arms[0][1]
        draft.caution(
            "retest-under-usual-care",
            f"People in {who} had whatever that arm gives, and the occasions are apart by "
            f"{span(float(here.times[two] - here.times[one]), here.time_unit)}: real change lowers these coefficients, so "
            "they are a lower bound of reliability.",
        )
    first, second = here.scores[member, one], here.scores[member, two]
    both = int((np.isfinite(first) & np.isfinite(second)).sum())
    draft.entered, draft.analysed = int(member.sum()), both
    draft.leave_out(draft.entered - both, f"no score at {here.occasion(one)} or {here.occasion(two)}")
    if both < MIN_RETEST:
        return draft.decline(
            f"only {both} people have both scores ({who}).",
            f"At least {MIN_RETEST}; 50 for a useful width.",
        )
    result = retest_reliability(first, second, level=asking.level)
    if result.consistency.value is None:
        return draft.decline(
            f"no retest coefficient exists ({(result.consistency.why_absent or 'the scores do not vary').rstrip('.')})",
            "Scores that differ between people.",
        )
    draft.method = Method(
        "Test-retest",
        {
            "occasions": f"{here.occasion(one)} and {here.occasion(two)}",
            "people": who,
            "intervals": "F (ICC), Fisher z (r)",
        },
        (MCGRAW,),
    )
    kinds: list[tuple[str, Coefficient]] = [
        ("intraclass correlation, agreement (ICC 2,1)", result.agreement),
        ("intraclass correlation, consistency (ICC 3,1)", result.consistency),
        ("Pearson correlation", result.pearson),
    ]
    where = f"{who}, {here.occasion(one)} to {here.occasion(two)}"
    estimates = [
        Estimate(
            f"retest {kind}",
            c.value,
            c.low,
            c.high,
            asking.level,
            "F" if "ICC" in kind else "Fisher z",
            "coefficient",
            n=both,
            scale=scale.name,
            why_absent=c.why_absent,
        )
        for kind, c in kinds
    ]
    rows = tuple((kind, where, Interval(c.value, c.low, c.high), both) for kind, c in kinds)
    c = result.consistency
    return draft.answer(
        f"{scale.label} at {here.occasion(one)} and {here.occasion(two)} ({who}) agreed with an intraclass correlation "
        f"of {number(c.value, 2)} ({level_words(asking.level)} {number(c.low, 2)} to {number(c.high, 2)}; n = {both}) after "
        f"allowing for the mean change of {number(result.mean_change, here.places)} {scale.unit}.",
        estimates,
        ReliabilityDetail(scale.name, rows),
    )


def precision(study: Study, asking: Asking, scale: Scale, informant: str | None = None, name: str = "") -> Finding:
    """`measurement.precision.<scale>`: standard error of measurement and the change that exceeds it."""
    draft = Draft(
        study,
        asking,
        f"measurement.precision.{name or scale.name}",
        f"How exact is one {scale.label} score?",
    )
    here = courses(study, scale, informant)
    measure = yardstick(study, draft, here)
    if isinstance(measure, str):
        return draft.decline(measure, NO_YARDSTICK.format(scale=scale.name))
    draft.analysed = len(np.unique(here.long_person))
    result = score_precision(measure.sd, measure.reliability, level=asking.level)
    draft.method = Method(
        "Standard error of measurement",
        {
            "standard deviation": measure.sd_words,
            "reliability": measure.reliability_words,
        },
        (LORD,),
    )
    estimates = [
        Estimate(
            "standard error of measurement",
            result.sem,
            unit=scale.unit,
            scale=scale.name,
            interval="none: from a reliability taken as known",
        ),
        Estimate(
            "change that exceeds measurement error",
            result.smallest_detectable_change,
            level=asking.level,
            unit=scale.unit,
            scale=scale.name,
            interval="none: from a reliability taken as known",
        ),
    ]
    row = (
        f"{scale.reliability_kind or 'reliability'}; SD {measure.sd_words}",
        measure.reliability,
        measure.sd,
        result.sem,
        result.smallest_detectable_change,
    )
    return draft.answer(
        f"One {scale.label} score is exact to about ± {number(result.half_width, here.places)} {scale.unit} "
        f"({level_words(asking.level)}); a person's score must move by more than "
        f"{number(result.smallest_detectable_change, here.places)} {scale.unit} before measurement error is an unlikely reason.",
        estimates,
        PrecisionDetail(scale.name, (row,)),
    )
