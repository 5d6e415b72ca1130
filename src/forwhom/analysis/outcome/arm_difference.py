"""Did the arms differ: a mixed model for repeated measures with the baseline constrained equal across arms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forwhom.analysis.asking import Asking, Draft, finite, is_planned
from forwhom.analysis.courses import Courses, courses, covariates
from forwhom.analysis.outcome.repeated_model import Design, Inference, clusters_of, design, fit_design, inference
from forwhom.analysis.words import (
    favours,
    higher_lower,
    level_words,
    listed,
    number,
    p_value,
    people,
    spread,
)
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import ArmDifferenceDetail, DifferencePoint, Interval, MeanPoint
from forwhom.kernels.effect_size import standardised_difference
from forwhom.kernels.repeated_df import Contrasts
from forwhom.study import Scale, Study

FEW_PEOPLE = 10
"""People per arm below which an answer carries a caution: with three or four per arm 7 to 10 % of 95 % intervals miss."""
MIN_DF, FEW_DF = 2.0, 4.0
"""Degrees of freedom below which an answer is declined, and below which it carries a caution: the approximations of
Kenward-Roger and Satterthwaite have no support there."""

CITATIONS = (
    "Mallinckrodt CH, et al. Recommendations for the primary analysis of continuous endpoints in longitudinal clinical "
    "trials. Drug Inf J 2008;42:303-319.",
    "Liang KY, Zeger SL. Longitudinal data analysis of continuous and discrete responses for pre-post designs. "
    "Sankhya B 2000;62:134-148.",
)
KENWARD_ROGER = (
    "Kenward MG, Roger JH. Small sample inference for fixed effects from restricted maximum likelihood. "
    "Biometrics 1997;53:983-997."
)
SATTERTHWAITE = (
    "Fai AHT, Cornelius PL. Approximate F-tests of multiple degree of freedom hypotheses in generalized least squares "
    "analyses of unbalanced split-plot experiments. J Stat Comput Simul 1996;54:363-378."
)
HEDGES = "Hedges LV. Distribution theory for Glass's estimator of effect size. J Educ Stat 1981;6:107-128."


def arm_difference(study: Study, asking: Asking, scale: Scale, informant: str | None = None, name: str = "") -> Finding:
    """`outcome.arm_difference.<scale>`: how far the arms are apart at each occasion, by intention to treat."""
    draft = Draft(
        study,
        asking,
        f"outcome.arm_difference.{name or scale.name}",
        f"Do the arms differ in {scale.label}?",
        registered=is_planned(study, scale.name, informant),
    )
    here = courses(study, scale, informant)
    if len(here.arms) < 2:
        return draft.not_applicable("the study has one arm.", "A comparison group, best of all by randomisation.")
    return _repeated_answer(study, draft, here)


def change_in_one_arm(
    study: Study, asking: Asking, scale: Scale, informant: str | None = None, name: str = ""
) -> Finding:
    """`outcome.change.<scale>`: mean change from baseline in a study of one arm."""
    draft = Draft(
        study,
        asking,
        f"outcome.change.{name or scale.name}",
        f"How did {scale.label} change on average?",
        registered=is_planned(study, scale.name, informant),
    )
    here = courses(study, scale, informant)
    if len(here.arms) > 1:
        return draft.not_applicable("the arms are compared instead.")
    draft.caution(
        "no-comparison", "Without a comparison group, change cannot be told from what time alone would bring."
    )
    return _repeated_answer(study, draft, here)


def _repeated_answer(study: Study, draft: Draft, here: Courses) -> Finding:
    """Fit, contrast and put into words."""
    scale = here.scale
    if not here.scheduled:
        return draft.not_applicable(
            "people were seen at times of their own, so there are no common occasions to compare at.",
            "Occasions shared by most people; the course over time is answered by outcome.trajectory.",
        )
    seen = np.isfinite(here.scores)
    used = here.allocated & seen.any(axis=1)
    draft.analysed = int(used.sum())
    draft.leave_out(int((~here.allocated).sum()), "not allocated to an arm")
    draft.leave_out(int((here.allocated & ~seen.any(axis=1)).sum()), f"no {scale.label} at any occasion")
    if here.times.size < 2 and (here.has_baseline or len(here.arms) < 2):
        return draft.not_applicable(f"{scale.label} was measured at one occasion only.", "A second occasion.")
    at = here.target(study)
    if len(here.arms) < 2 and at == here.baseline:
        at = int(here.times.size - 1)
    short = [label for k, (_, label) in enumerate(here.arms) if (seen[:, at] & (here.arm == k)).sum() < 2]
    if short:
        return draft.decline(
            f"fewer than two people were seen at {here.occasion(at)} in {listed(short)}.",
            f"At least two people per arm with {scale.label} at {here.occasion(at)}; far more for a useful answer.",
        )
    extra = covariates(study, study.plan.covariates, used)
    if extra.absent[used].any():
        draft.caution(
            "covariate-absent",
            f"{people(int(extra.absent[used].sum()))} lacked a baseline covariate; its mean was used, which does not bias a "
            "randomised comparison.",
        )
    cluster, cluster_words, fixed = clusters_of(study, draft, here, used)
    rows = design(here, np.column_stack([extra.matrix, fixed]), cluster)
    fit, structure = fit_design(draft, here, rows)
    if fit is None:
        return draft.decline(
            f"the repeated-measures model could not be estimated with any covariance structure: {structure}",
            "More people with scores at two or more occasions that are not functions of each other.",
        )
    if fit.cluster_variance == 0.0:
        draft.caution(
            "cluster-variance-zero",
            "The model found no variance between clusters, which with few clusters may be chance; the interval then ignores "
            "them.",
        )
    infer = inference(draft, fit)
    draft.method = Method(
        "Mixed model for repeated measures" + (", baseline constrained equal across arms" if here.has_baseline else ""),
        {
            "covariance over occasions": structure,
            "estimation": "restricted maximum likelihood",
            "degrees of freedom": infer.words,
            "covariates": (", ".join(study.plan.covariates) + ", each with a coefficient per occasion")
            if study.plan.covariates
            else "none",
            "clustering": cluster_words,
            "population": "everyone allocated with at least one score, in the arm allocated to",
            "standardiser": f"standard deviation at {here.occasion(here.baseline)}, pooled within arms",
            "missing scores": "taken as missing at random given the observed scores and arm",
        },
        (*CITATIONS, KENWARD_ROGER if infer.words == "Kenward-Roger" else SATTERTHWAITE, HEDGES),
    )
    if not here.has_baseline and len(here.arms) > 1:
        draft.caution(
            "no-baseline",
            f"No occasion lies at or before time 0, so no baseline is held equal; differences are standardised on the first "
            f"occasion ({here.occasion(0)}). If that was before treatment, write 0 as its time.",
        )
    return _answer(draft, here, rows, infer, structure, at)


@dataclass(slots=True)
class _Rows:
    """Contrast rows with what each one means, so that all are computed in one call."""

    cell: np.ndarray
    width: int
    rows: list[np.ndarray]
    index: dict[tuple[str, int, int, int], int]

    def mean(self, k: int, j: int) -> np.ndarray | None:
        if self.cell[k, j] < 0:
            return None
        row = np.zeros(self.width)
        row[self.cell[k, j]] = 1.0
        return row

    def add(self, what: str, k: int, other: int, j: int, row: np.ndarray | None) -> None:
        if row is not None:
            self.index[(what, k, other, j)] = len(self.rows)
            self.rows.append(row)

    def difference(self, plus: np.ndarray | None, minus: np.ndarray | None) -> np.ndarray | None:
        return None if plus is None or minus is None else plus - minus


def _contrast_rows(here: Courses, rows: Design, at: int) -> _Rows:
    made = _Rows(rows.cell, rows.x.shape[1], [], {})
    for k in range(len(here.arms)):
        for j in range(here.times.size):
            made.add("mean", k, k, j, made.mean(k, j))
        if at != here.baseline:
            made.add("change", k, k, at, made.difference(made.mean(k, at), made.mean(k, here.baseline)))
        for after in np.flatnonzero(~here.before).tolist() if k else ():
            made.add("difference", k, 0, after, made.difference(made.mean(k, after), made.mean(0, after)))
        for other in range(1, k):
            made.add("difference", k, other, at, made.difference(made.mean(k, at), made.mean(other, at)))
    return made


def _answer(draft: Draft, here: Courses, rows: Design, infer: Inference, structure: str, at: int) -> Finding:
    asking, scale = draft.asking, here.scale
    made = _contrast_rows(here, rows, at)
    result = infer.rows(np.array(made.rows), asking.level)
    sd, sd_df = here.baseline_sd()
    declined = _too_few(draft, here, made, result, at, sd)
    if declined is not None:
        return declined
    kind = f"t, {infer.words}"
    unit = f"{scale.label} {scale.unit}"

    def estimate(index: int, name: str, **more: object) -> Estimate:
        return Estimate(
            name=name,
            value=finite(result.estimate[index]),
            low=finite(result.low[index]),
            high=finite(result.high[index]),
            level=asking.level,
            interval=kind,
            unit=unit,
            se=finite(result.se[index]),
            df=finite(result.df[index]),
            scale=scale.name,
            **more,  # type: ignore[arg-type]  # keywords of several types
        )

    estimates: list[Estimate] = []
    points: list[DifferencePoint] = []
    means: list[MeanPoint] = []
    for (what, k, other, j), index in made.index.items():
        code, label = here.arms[k]
        time = float(here.times[j])
        seen = here.scores[here.arm == k, j]
        seen = seen[np.isfinite(seen)]
        if what == "mean":
            model = Interval(finite(result.estimate[index]), finite(result.low[index]), finite(result.high[index]))
            means.append(MeanPoint(code, time, model, float(seen.mean()) if seen.size else None, int(seen.size)))
            estimates.append(
                estimate(index, f"mean at {here.occasion(j)}, {label}", arm=code, time=time, n=int(seen.size))
            )
        elif what == "change":
            estimates.append(
                estimate(
                    index,
                    f"change from {here.occasion(here.baseline)} to {here.occasion(j)}, {label}",
                    direction="below 0: the score fell",
                    p=finite(result.p[index]),
                    arm=code,
                    time=time,
                    n=int(seen.size),
                )
            )
        else:
            point, pair = _difference(here, result, index, k, other, j, at, sd, sd_df, asking.level)
            points.append(point)
            raw = estimate(
                index,
                f"difference at {here.occasion(j)}, {label} − {here.arms[other][1]}",
                direction=favours(scale, label, here.arms[other][1]),
                p=finite(result.p[index]),
                arm=code,
                reference=here.arms[other][0],
                time=time,
                n=draft.analysed,
            )
            estimates += [raw, pair]
    estimates.sort(key=lambda e: (not e.name.startswith("difference"), e.time != float(here.times[at])))
    order = sorted(points, key=lambda point: (arm_index(here, point.reference), arm_index(here, point.arm), point.time))
    detail = ArmDifferenceDetail(
        scale=scale.name,
        better=scale.better,
        time_unit=here.time_unit,
        means=tuple(means),
        differences=tuple(order),
        covariance=structure,
        arms=here.arms,
    )
    if len(here.arms) < 2:
        return draft.answer(_change_words(here, made, result, at, asking.level), estimates, detail)
    primary = [point for point in order if point.primary]
    if len(here.arms) > 2:
        estimates.insert(0, _omnibus(draft, here, infer, made, at))
        _holm(draft, here, primary)
    return draft.answer(_difference_words(here, primary, at, asking.level), estimates, detail)


def _too_few(draft: Draft, here: Courses, made: _Rows, result: Contrasts, at: int, sd: float) -> Finding | None:
    """A declined finding where the degrees of freedom or the width say that the data determine next to nothing."""
    target = [i for (what, _, _, j), i in made.index.items() if j == at and what in ("difference", "change")]
    df = min((float(result.df[i]) for i in target), default=float("inf"))
    width = max((float(result.high[i] - result.low[i]) for i in target), default=0.0)
    scale = here.scale
    limit = 2 * (scale.high - scale.low) if scale.low is not None and scale.high is not None else 20 * sd
    if df >= MIN_DF and not width > limit:
        smallest = min(int((np.isfinite(here.scores[:, at]) & (here.arm == k)).sum()) for k in range(len(here.arms)))
        if df < FEW_DF or smallest < FEW_PEOPLE:
            draft.caution(
                "few-degrees-of-freedom",
                f"{people(smallest)} in the smallest arm and {number(df, 1)} degrees of freedom stand behind the answer: intervals of "
                "such small arms miss the truth more often than they promise.",
            )
        return None
    return draft.decline(
        f"with {people(draft.analysed)} and {here.times.size} occasions, {number(df, 1)} degrees of freedom remain and the "
        f"{level_words(draft.asking.level)} is {number(width, here.places)} {scale.unit} wide, so the data say next to nothing",
        "More people: ten per arm are the least for a model of this kind, and some thirty to fifty for a useful width.",
    )


def arm_index(here: Courses, arm: str) -> int:
    """Position of an arm among the arms."""
    return [code for code, _ in here.arms].index(arm)


def _difference(
    here: Courses,
    result: Contrasts,
    index: int,
    k: int,
    other: int,
    j: int,
    at: int,
    sd: float,
    sd_df: int,
    level: float,
) -> tuple[DifferencePoint, Estimate]:
    """One difference as a point of the picture, and its standardised form as an estimate."""
    (arm, label), (reference, reference_label) = here.arms[k], here.arms[other]
    time = float(here.times[j])
    unit = "baseline SD" if here.has_baseline else f"SD at {here.occasion(0)}"
    what = "baseline standard deviations" if here.has_baseline else "standard deviations"
    name = f"difference at {here.occasion(j)} in {what} (Hedges g), {label} − {reference_label}"
    direction = favours(here.scale, label, reference_label)
    value, se, df = (float(column[index]) for column in (result.estimate, result.se, result.df))
    if sd > 0 and sd_df > 1 and np.isfinite(se) and se > 0:
        g = standardised_difference(value, se, sd=sd, df_sd=sd_df, df=df, level=level)
        standard = Interval(finite(g.value), finite(g.low), finite(g.high))
        estimate = Estimate(
            name, g.value, g.low, g.high, level, g.interval, unit, direction, se=g.se,
            arm=arm, reference=reference, time=time, scale=here.scale.name,
        )  # fmt: skip
    else:
        standard = Interval(None)
        estimate = Estimate(
            name, None, unit=unit, arm=arm, reference=reference, time=time, scale=here.scale.name,
            why_absent="no spread at baseline to standardise on",
        )  # fmt: skip
    raw = Interval(finite(value), finite(result.low[index]), finite(result.high[index]))
    p = finite(result.p[index])
    return DifferencePoint(arm, reference, time, raw, standard, p, finite(df), j == at), estimate


def _omnibus(draft: Draft, here: Courses, infer: Inference, made: _Rows, at: int) -> Estimate:
    """Any difference between the arms at the occasion the answer is about: one F test."""
    rows = [made.difference(made.mean(k, at), made.mean(0, at)) for k in range(1, len(here.arms))]
    test = infer.together(np.array([row for row in rows if row is not None]))
    return Estimate(
        f"any difference between the {len(here.arms)} arms at {here.occasion(at)} (F)",
        finite(test.f),
        unit=f"F on {test.df_numerator} and {number(test.df_denominator, 1)} degrees of freedom",
        why_absent=test.problem or None,
        interval="none: a test statistic",
        p=finite(test.p),
        df=finite(test.df_denominator),
        n=draft.analysed,
        time=float(here.times[at]),
        scale=here.scale.name,
    )


def _holm(draft: Draft, here: Courses, primary: list[DifferencePoint]) -> None:
    """Holm-adjusted p values of all pairs at the occasion the answer is about, as a caution beside the raw ones."""
    known = sorted((point for point in primary if point.p is not None), key=lambda point: point.p or 0.0)
    adjusted, running = [], 0.0
    for rank, point in enumerate(known):
        running = max(running, min(1.0, (len(known) - rank) * (point.p or 0.0)))
        adjusted.append(f"{_label(here, point.arm)} against {_label(here, point.reference)} {p_value(running)}")
    draft.caution("several-comparisons", f"Holm-adjusted for {len(known)} comparisons: {'; '.join(adjusted)}.")


def _label(here: Courses, arm: str) -> str:
    return dict(here.arms)[arm]


def _difference_words(here: Courses, primary: list[DifferencePoint], at: int, level: float) -> str:
    """The answer in one sentence: each arm against the reference at the occasion it is about."""
    scale = here.scale
    parts = []
    for point in primary:
        if point.reference != here.arms[0][0]:
            continue
        label, reference = _label(here, point.arm), _label(here, point.reference)
        g = point.standardised
        parts.append(
            f"{label} scored {higher_lower(point.raw.value, here.places, scale.unit)} than {reference} "
            f"({level_words(level)} {spread(point.raw.low, point.raw.high, here.places)}; "
            f"g {number(g.value, 2)}, {number(g.low, 2)} to {number(g.high, 2)}; {p_value(point.p)})"
        )
    side = "Lower is better." if scale.better == "lower" else "Higher is better."
    open_ones = [
        point
        for point in primary
        if point.reference == here.arms[0][0]
        and point.raw.low is not None
        and point.raw.high is not None
        and point.raw.low <= 0 <= point.raw.high
    ]
    end = " The interval includes no difference." if len(open_ones) == 1 and len(parts) == 1 else ""
    return f"At {here.occasion(at)} in {scale.label}, {'; '.join(parts)}. {side}{end}"


def _change_words(here: Courses, made: _Rows, result: Contrasts, at: int, level: float) -> str:
    """Mean change of the one arm in one sentence."""
    index = made.index[("change", 0, 0, at)]
    scale = here.scale
    return (
        f"From {here.occasion(here.baseline)} to {here.occasion(at)}, {scale.label} was on average "
        f"{higher_lower(float(result.estimate[index]), here.places, scale.unit)} ({level_words(level)} "
        f"{spread(float(result.low[index]), float(result.high[index]), here.places)}; "
        f"{p_value(float(result.p[index]))})."
    )
