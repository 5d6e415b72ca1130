"""How much worse must the missing be before the conclusion changes: reference-based and delta-adjusted imputation."""

from __future__ import annotations

import numpy as np

from forwhom.analysis.asking import Asking, Draft, finite
from forwhom.analysis.courses import Courses, courses, covariates
from forwhom.analysis.words import favours, higher_lower, level_words, number, p_value, people, spread
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import Interval, SensitivityDetail, SensitivityRow
from forwhom.kernels.imputation import MissingModel, draw_missing_model
from forwhom.kernels.sensitivity import (
    ASSUMPTIONS,
    ArmComparison,
    TippingPoint,
    compare_arms,
    delta_curve,
    tipping_point,
)
from forwhom.study import Scale, Study

CARPENTER = (
    "Carpenter JR, Roger JH, Kenward MG. Analysis of longitudinal trials with protocol deviation. "
    "J Biopharm Stat 2013;23:1352-1371."
)
CRO = "Cro S, Carpenter JR, Kenward MG. Information-anchored sensitivity analysis. J R Stat Soc A 2019;182:623-645."
RUBIN = "Barnard J, Rubin DB. Small-sample degrees of freedom with multiple imputation. Biometrika 1999;86:948-955."
POINTS = 41
LEAST = 200


def missing_sensitivity(
    study: Study, asking: Asking, scale: Scale, informant: str | None = None, name: str = "", arm: int = 1
) -> Finding:
    """`outcome.missing_sensitivity.<scale>`: the difference under other assumptions about those who left.

    arm : which arm is compared with the first, as an index
    """
    draft = Draft(
        study,
        asking,
        f"outcome.missing_sensitivity.{name or scale.name}",
        f"Would the answer for {scale.label} change if those who left did worse?",
    )
    here = courses(study, scale, informant)
    if len(here.arms) > 2:
        draft.question = f"Would the answer for {scale.label} change if those who left {here.arms[arm][1]} did worse?"
    if len(here.arms) < 2:
        return draft.not_applicable("the study has one arm.", "A comparison group.")
    if not here.scheduled or here.times.size < 2:
        return draft.not_applicable("there are no two common occasions.", "Occasions shared by most people.")
    if not here.has_baseline:
        return draft.not_applicable("there is no occasion before treatment to impute from.", "A baseline (time 0).")
    at = here.target(study)
    member = (here.arm == 0) | (here.arm == arm)
    scores = here.scores[member]
    draft.entered = int(member.sum())
    seen = np.isfinite(scores).any(axis=1)
    draft.analysed = int(seen.sum())
    draft.leave_out(int((~seen).sum()), f"no {scale.label} at any occasion")
    absent = int((~np.isfinite(scores[seen][:, at])).sum())
    if absent == 0:
        return draft.not_applicable(f"everybody seen at all was seen at {here.occasion(at)}: nothing is missing.")
    everyone = member.copy()
    everyone[member] = seen
    extra = covariates(study, study.plan.covariates, everyone).matrix[member]
    model, pooled = _model(draft, here, scores, here.arm[member], extra, arm, at)
    if model is None:
        return draft.decline(
            f"the scores of those who stayed do not determine what the missing could be: {pooled}",
            "More people per arm with scores at every occasion.",
        )
    draft.method = Method(
        "Reference-based multiple imputation and delta adjustment (tipping point)",
        {
            "imputations": str(imputations(draft)),
            "imputation model": "multivariate normal by arm" + (", covariance pooled over arms" if pooled else ""),
            "analysis of each completed data set": "analysis of covariance on baseline"
            + (f" and {', '.join(study.plan.covariates)}" if study.plan.covariates else ""),
            "pooling": "Rubin's rules, Barnard-Rubin degrees of freedom",
            "delta": f"added to every score imputed after leaving in {here.arms[arm][1]}",
        },
        (CARPENTER, CRO, RUBIN),
    )
    return _sensitivity_answer(draft, here, model, arm, at)


def imputations(draft: Draft) -> int:
    """How many: as asked up to 500 people; fewer above, where chance among imputations is small against the rest."""
    return max(
        min(LEAST, draft.asking.imputations), round(draft.asking.imputations * min(1.0, 500 / max(draft.analysed, 1)))
    )


def _model(
    draft: Draft, here: Courses, scores: np.ndarray, arms: np.ndarray, extra: np.ndarray, arm: int, at: int
) -> tuple[MissingModel | None, str]:
    """Draw the imputation model by arm; pooled over arms, with a caution, where an arm is too small."""
    why = ""
    for pooled in (False, True):
        try:
            model = draw_missing_model(
                scores,
                arms,
                extra if extra.shape[1] else None,
                reference=0,
                target=arm,
                rng=draft.asking.rng(draft.id),
                n_imputations=imputations(draft),
                at=at,
                pooled_covariance=pooled,
            )
        except ValueError as refused:
            why = str(refused)
            continue
        if pooled:
            draft.caution("covariance-pooled", f"The covariance of the occasions was pooled over the arms: {why}")
        return model, "pooled" if pooled else ""
    return None, why


def _sensitivity_answer(draft: Draft, here: Courses, model: MissingModel, arm: int, at: int) -> Finding:
    scale, asking = here.scale, draft.asking
    (_, reference), (code, label) = here.arms[0], here.arms[arm]
    sd = here.baseline_sd()[0]
    largest = scale.high - scale.low if scale.low is not None and scale.high is not None else 3 * sd
    compared = [compare_arms(model, assumption, level=asking.level) for assumption in ASSUMPTIONS]
    tipping = tipping_point(model, largest=largest, level=asking.level)
    reach = min(largest, max(2 * sd, *(1.3 * abs(d) for d in (tipping.rising, tipping.falling) if d is not None), 0.0))
    curve = delta_curve(model, np.linspace(-reach, reach, POINTS), level=asking.level)
    direction = favours(scale, label, reference)
    estimates = [
        Estimate(
            f"difference at {here.occasion(at)} under “{row.assumption}”, {label} − {reference}",
            finite(row.difference),
            finite(row.low),
            finite(row.high),
            asking.level,
            "t, Rubin's rules",
            f"{scale.label} {scale.unit}",
            direction,
            row.n_target + row.n_reference,
            se=finite(row.se),
            df=finite(row.df),
            p=finite(row.p),
            arm=code,
            reference=here.arms[0][0],
            time=float(here.times[at]),
            scale=scale.name,
        )
        for row in compared
    ]
    for side, value in (("upwards", tipping.rising), ("downwards", tipping.falling)):
        estimates.append(
            Estimate(
                f"smallest shift {side} of the scores of those who left {label} that changes the conclusion",
                finite(value),
                interval="none: the point where an interval meets zero",
                unit=scale.unit,
                arm=code,
                scale=scale.name,
                why_absent=f"no shift within ± {number(largest, here.places)} does" if value is None else None,
            )
        )
    worst = max(row.monte_carlo_se / row.se for row in compared if row.se > 0)
    if worst > 0.1:
        draft.caution(
            "monte-carlo",
            f"Drawing the imputations again could move an estimate by {number(100 * worst, 0)} % of its standard error.",
        )
    detail = SensitivityDetail(
        scale=scale.name,
        better=scale.better,
        arm=label,
        reference=reference,
        time=float(here.times[at]),
        time_unit=here.time_unit,
        rows=tuple(SensitivityRow(r.assumption, None, Interval(r.difference, r.low, r.high), r.p) for r in compared),
        curve=tuple(
            SensitivityRow("missing at random, shifted", float(d), Interval(float(v), float(lo), float(hi)), float(p))
            for d, v, lo, hi, p in zip(curve.deltas, curve.difference, curve.low, curve.high, curve.p, strict=True)
        ),
        tipping=finite(tipping.delta),
        tipping_words=tipping.words,
    )
    draft.caution(
        "information-anchored",
        "Intervals under reference-based assumptions keep the information the data had (Rubin's rules); their sampling "
        "variation is smaller.",
    )
    draft.caution_clusters()
    return draft.answer(_words(here, compared, tipping, label, reference, at, asking.level), estimates, detail)


def _words(
    here: Courses,
    compared: list[ArmComparison],
    tipping: TippingPoint,
    label: str,
    reference: str,
    at: int,
    level: float,
) -> str:
    """The difference as it stands, its range over the assumptions, and what shift would change the conclusion."""
    scale, places = here.scale, here.places
    first = compared[0]
    others = [row.difference for row in compared[1:]]
    low, high = min(others), max(others)
    gaps = f"{people(first.gaps)} missed it and came back" if first.gaps else ""
    gone = f"{people(first.imputed_target)} in {label} and {first.imputed_reference} in {reference} have no score then and none after"
    who = "; ".join(part for part in (gone if first.imputed_target + first.imputed_reference else "", gaps) if part)
    base = (
        f"{scale.label} at {here.occasion(at)}: {who}. If the missing went on like those seen, {label} is "
        f"{higher_lower(first.difference, places, scale.unit)} ({level_words(level)} "
        f"{spread(first.low, first.high, places)}; {p_value(first.p)})"
    )
    if first.imputed_target + first.imputed_reference:
        base += f", and between {number(low, places)} and {number(high, places)} under the other assumptions"
    return f"{base}; {_tipping_words(here, first, tipping, label)}."


def _tipping_words(here: Courses, first: ArmComparison, tipping: TippingPoint, label: str) -> str:
    """What shift of those who left would change the conclusion, whichever way the difference points."""
    scale, places = here.scale, here.places
    if first.imputed_target == 0:
        return f"nobody left {label}, so no assumption about it can change this"
    worse, better = (tipping.rising, tipping.falling) if scale.better == "lower" else (tipping.falling, tipping.rising)
    limit = f"within ± {number(tipping.largest, places)} {scale.unit}"

    def amount(shift: float) -> str:
        text = number(abs(shift), places)
        return f"{text} {scale.unit}" if float(text) else f"less than {10.0**-places:g} {scale.unit}"

    if tipping.significant:
        helps = (first.difference < 0) == (scale.better == "lower")
        shift, word = (worse, "worse") if helps else (better, "better")
        if shift is None:
            return f"no shift of the missing in {label} for the {word} {limit} makes this interval include zero"
        return f"this interval includes zero once the missing in {label} are {amount(shift)} {word} than that"
    parts = [
        f"{amount(shift)} {word} for {effect} to show"
        for shift, word, effect in ((better, "better", "a benefit"), (worse, "worse", "harm"))
        if shift is not None
    ]
    if not parts:
        return f"this interval includes zero, and no shift {limit} would change that"
    return f"this interval includes zero: the missing in {label} would have to be {' or '.join(parts)}"
