"""Who left, when, and whether it differs by arm and by how people began."""

from __future__ import annotations

import numpy as np
import polars as pl

from forwhom.analysis.asking import Asking, Draft, finite
from forwhom.analysis.courses import Courses, arm_codes, courses
from forwhom.analysis.outcome.flow import main_scale
from forwhom.analysis.outcome.risks import (
    ALTMAN,
    CLOPPER,
    MIETTINEN,
    difference_words,
    risk_estimates,
    risk_rows,
    shares_words,
)
from forwhom.analysis.words import level_words, listed, number, spread
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import RiskDetail, SurvivalCurve
from forwhom.kernels.cox import cox
from forwhom.kernels.repeated import fit_repeated
from forwhom.kernels.repeated_df import satterthwaite
from forwhom.kernels.survival import kaplan_meier, log_rank, number_at_risk
from forwhom.study import Study

KAPLAN = "Kaplan EL, Meier P. Nonparametric estimation from incomplete observations. J Am Stat Assoc 1958;53:457-481."


STAYED = ("completed", "complete", "completer", "finished", "stayed", "none", "no", "")
"""Words in a column of reasons that say somebody did not leave."""


def leaving(study: Study, asking: Asking) -> Finding:
    """`outcome.leaving`: who left before the end, by arm, when, and whether those who began worse left more."""
    draft = Draft(study, asking, "outcome.leaving", "Who left before the end?")
    arm, arms = arm_codes(study)
    inside = arm >= 0
    scale = main_scale(study)
    here = courses(study, scale) if scale is not None else None
    recorded = "left" in study.persons.columns
    if recorded:
        time = study.persons["left"].cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(float)
        left = np.isfinite(time)
        if "left_reason" in study.persons.columns:
            left |= ~study.persons["left_reason"].str.to_lowercase().is_in(STAYED).fill_null(True).to_numpy()
        definition = "leaving as recorded for each person"
    elif here is not None and here.scheduled and here.times.size > 1:
        left, time = _first_missed(here)
        definition = f"no {here.scale.label} score at {here.occasion(-1)}; timed at the first occasion missed for good"
        draft.caution(
            "leaving-from-scores",
            "Leaving was not recorded; a person counts as leaving at the first occasion missed for good, which may be absence from "
            "assessment rather than from treatment.",
        )
    else:
        return draft.not_applicable(
            "nobody's leaving is recorded, and there is no schedule of occasions to infer it from.",
            "A column with the time of leaving (left = …) in [tables.persons].",
        )
    draft.analysed = int(inside.sum())
    draft.leave_out(int((~inside).sum()), "not allocated to an arm")
    rows = risk_rows(
        [(code, label, int((left & (arm == k)).sum()), int((arm == k).sum())) for k, (code, label) in enumerate(arms)],
        asking.level,
    )
    estimates, contrasts = risk_estimates("leaving", rows, asking.level, good=False)
    curves: tuple[SurvivalCurve, ...] = ()
    if not recorded or np.isfinite(time[left & inside]).all():
        end = float(here.times[-1]) if here is not None and here.scheduled else _end(study)
        duration = np.where(left, time, end)
        usable = inside & np.isfinite(duration) & (duration >= 0)
        draft.leave_out(int((inside & ~usable).sum()), "time of leaving unknown or before the start")
        curves = survival_curves(duration, left, arm, arms, usable, asking.level)
        estimates += time_to_event(duration, left, arm, arms, usable, asking.level, "leaving")
    severity = _began(here, left, inside, arm, len(arms), asking.level) if here is not None and here.scheduled else None
    words = ""
    if severity is not None and here is not None:
        estimates.append(severity)
        words = (
            f" Those who left began {number(abs(severity.value or 0.0), here.places)} {here.scale.unit} "
            f"{'higher' if (severity.value or 0.0) > 0 else 'lower'} on average in {here.scale.label} "
            f"({level_words(asking.level)} {spread(severity.low, severity.high, here.places)})."
        )
    draft.method = Method(
        "Risk of leaving per arm" + (", Kaplan-Meier curves" if curves else ""),
        {"leaving": definition, "intervals": "exact for shares, Miettinen-Nurminen for differences and ratios"},
        (CLOPPER, MIETTINEN, ALTMAN, *((KAPLAN,) if curves else ())),
    )
    draft.caution_clusters()
    compared = difference_words(contrasts, dict(arms), asking.level)
    statement = f"Left before the end: {shares_words(rows)}{' (' + compared + ')' if compared else ''}.{words}"
    return draft.answer(statement, estimates, RiskDetail("leaving", rows, contrasts, curves, study.time_unit))


def _first_missed(here: Courses) -> tuple[np.ndarray, np.ndarray]:
    """Who has no score at the last occasion, and the first occasion they missed for good (not before time 0)."""
    seen = np.isfinite(here.scores)
    last = np.where(seen.any(axis=1), seen.shape[1] - 1 - np.argmax(seen[:, ::-1], axis=1), -1)
    missed = np.minimum(last + 1, here.times.size - 1)
    return ~seen[:, -1], np.maximum(here.times[missed], 0.0)


def _end(study: Study) -> float:
    times = study.measures["time"].drop_nulls().to_numpy()
    return float(times.max()) if times.size else float("nan")


def survival_curves(
    duration: np.ndarray,
    event: np.ndarray,
    arm: np.ndarray,
    arms: tuple[tuple[str, str], ...],
    usable: np.ndarray,
    level: float,
) -> tuple[SurvivalCurve, ...]:
    """One Kaplan-Meier curve per arm that has anybody."""
    curves = []
    for k, (code, label) in enumerate(arms):
        member = usable & (arm == k)
        if not member.any():
            continue
        curve = kaplan_meier(duration[member], event[member], level=level)
        curves.append(
            SurvivalCurve(
                arm=code,
                label=label,
                times=(0.0, *(float(t) for t in curve.times)),
                survival=(1.0, *(float(v) for v in curve.survival)),
                low=(1.0, *(float(v) for v in curve.low)),
                high=(1.0, *(float(v) for v in curve.high)),
                at_risk=(int(member.sum()), *(int(v) for v in number_at_risk(duration[member], curve.times))),
            )
        )
    return tuple(curves)


def time_to_event(
    duration: np.ndarray,
    event: np.ndarray,
    arm: np.ndarray,
    arms: tuple[tuple[str, str], ...],
    usable: np.ndarray,
    level: float,
    what: str,
) -> list[Estimate]:
    """Hazard ratio of each further arm against the first, and the log-rank test of all."""
    present = [k for k in range(len(arms)) if (usable & (arm == k)).any()]
    if len(present) < 2 or present[0] != 0 or not event[usable].any():
        return []
    design = np.column_stack([(arm[usable] == k).astype(float) for k in present[1:]])
    estimates = []
    fit = cox(duration[usable], event[usable].astype(float), design, level=level)
    for k, ratio in zip(present[1:], fit.ratios, strict=True):
        estimates.append(
            Estimate(
                f"hazard ratio of {what}, {arms[k][1]} / {arms[0][1]}",
                finite(ratio.value),
                finite(ratio.low),
                finite(ratio.high),
                level,
                "profile likelihood, Cox model" + (f"; {ratio.words}" if ratio.words else ""),
                "ratio",
                "below 1: later or rarer",
                int(usable.sum()),
                p=finite(ratio.p),
                arm=arms[k][0],
                reference=arms[0][0],
                why_absent=ratio.words or "not estimable" if ratio.value is None else None,
            )
        )
    test = log_rank(duration[usable], event[usable], arm[usable])
    estimates.append(
        Estimate(
            f"equal time to {what} in {listed([arms[k][1] for k in present])} (log-rank)",
            finite(test.statistic),
            interval="none: a test statistic",
            unit=f"chi-square on {test.df} degree{'' if test.df == 1 else 's'} of freedom",
            p=finite(test.p),
            df=float(test.df),
            n=int(usable.sum()),
            why_absent="no events while both are at risk" if test.statistic is None else None,
        )
    )
    return estimates


def _began(
    here: Courses, left: np.ndarray, inside: np.ndarray, arm: np.ndarray, arms: int, level: float
) -> Estimate | None:
    """Baseline difference between those who left and those who stayed, within arms."""
    base = here.scores[:, here.baseline]
    use = inside & np.isfinite(base)
    if min((left & use).sum(), (~left & use).sum()) < 3:
        return None
    groups = [(arm[use] == k).astype(float) for k in range(arms) if (arm[use] == k).any()]
    x = np.column_stack([left[use].astype(float), *groups])
    if np.linalg.matrix_rank(x) < x.shape[1]:
        return None
    # With one occasion the repeated-measures model is least squares and its degrees of freedom are exact.
    people = np.arange(int(use.sum()))
    fit = fit_repeated(base[use], x, people, np.zeros_like(people), 1)
    result = satterthwaite(fit, np.eye(x.shape[1])[:1], level=level)
    return Estimate(
        f"{here.scale.label} at {here.occasion(here.baseline)}, those who left − those who stayed",
        finite(result.estimate[0]),
        finite(result.low[0]),
        finite(result.high[0]),
        level,
        "t, within arms",
        here.scale.unit,
        "above 0: those who left began higher",
        int(use.sum()),
        se=finite(result.se[0]),
        df=finite(result.df[0]),
        p=finite(result.p[0]),
        scale=here.scale.name,
    )
