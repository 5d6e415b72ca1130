"""Who entered, was allocated, was seen at each occasion, and left; and which scores are missing."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl

from forwhom.analysis.asking import Asking, Draft, is_planned, scales_measured
from forwhom.analysis.courses import Courses, arm_codes, courses
from forwhom.analysis.words import at_time, listed, people, percent, whole
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import FlowArm, FlowDetail, MissingDetail, MissingPattern
from forwhom.kernels.risk import clopper_pearson, risk_difference
from forwhom.study import Scale, Study

CONSORT = "Hopewell S, et al. CONSORT 2025 statement: updated guideline for reporting randomised trials. BMJ 2025."
NO_REASON = "no value recorded"


def main_scale(study: Study) -> Scale | None:
    """The primary scale, or the first that was measured."""
    primary = study.plan.primary.scale if study.plan.primary else None
    measured = sorted(scales_measured(study), key=lambda scale: scale.name != primary)
    return measured[0] if measured else None


def flow(study: Study, asking: Asking) -> Finding:
    """`outcome.flow`: who entered, was allocated, was seen at each occasion, left and why."""
    draft = Draft(
        study,
        asking,
        "outcome.flow",
        "Who took part, and who was seen at each occasion?",
        registered=is_planned(study),
        method=Method("Participant flow", {"occasion counted when": "the score is present"}, (CONSORT,)),
    )
    arm, arms = arm_codes(study)
    scale = main_scale(study)
    here = courses(study, scale) if scale is not None else None
    if here is None:
        draft.caution("no-measures", "The study has no scores, so only allocation is shown.")
    scheduled = here is not None and here.scheduled
    occasions = (
        tuple((float(t), at_time(float(t), study.time_unit)) for t in here.times)
        if here is not None and scheduled
        else ()
    )
    reasons = _left_reasons(study)
    rows, analysed = [], []
    has_score = np.zeros(arm.size, dtype=bool)
    if here is not None:
        has_score[np.unique(here.long_person)] = True
    for k, (name, label) in enumerate(arms):
        member = arm == k
        seen = tuple(int(np.isfinite(here.scores[member, j]).sum()) for j in range(len(occasions))) if here else ()
        left = Counter(reasons[i] for i in np.flatnonzero(member) if reasons[i])
        rows.append(FlowArm(name, label, int(member.sum()), seen, tuple(left.most_common())))
        analysed.append(int((member & has_score).sum()))
    outside = int((arm < 0).sum())
    draft.analysed = sum(analysed)
    draft.leave_out(outside, "not allocated to an arm")
    draft.leave_out(int(((arm >= 0) & ~has_score).sum()), f"no {scale.label if scale else 'score'} at any occasion")
    detail = FlowDetail(
        entered=arm.size,
        not_allocated=(("no arm recorded", outside),) if outside else (),
        occasions=occasions,
        arms=tuple(rows),
        analysed=tuple(analysed),
    )
    estimates = [
        Estimate(
            name=f"seen at {label}, {row.label}",
            value=row.seen[j] / row.allocated if row.allocated else None,
            low=limits.low,
            high=limits.high,
            level=asking.level,
            interval="exact (Clopper-Pearson)",
            unit="proportion",
            n=row.allocated,
            arm=row.arm,
            time=time,
            why_absent=None if row.allocated else "nobody was allocated",
        )
        for row in rows
        if row.allocated
        for j, (time, label) in enumerate(occasions)
        for limits in (clopper_pearson(row.seen[j], row.allocated, level=asking.level),)
    ]
    return draft.answer(_flow_words(study, here, rows, outside, occasions), estimates, detail)


def _flow_words(
    study: Study,
    here: Courses | None,
    rows: list[FlowArm],
    outside: int,
    occasions: tuple[tuple[float, str], ...],
) -> str:
    entered = study.persons.height
    if study.arms:
        shares = listed([f"{row.allocated} to {row.label}" for row in rows])
        first = f"{people(entered)} entered; {shares}"
        first += f"; {outside} without an arm" if outside else ""
    else:
        first = f"{people(entered)} entered, in one group"
    if here is None:
        return f"{first}."
    if occasions:
        total = sum(row.allocated for row in rows)
        at = here.target(study)
        last = listed([f"{row.seen[at]} of {row.allocated} in {row.label}" for row in rows])
        seen = sum(row.seen[at] for row in rows)
        return (
            f"{first}. At {occasions[at][1]}, {here.scale.label} is known for {seen} of {total} "
            f"({percent(seen / total if total else None)}){': ' + last if len(rows) > 1 else ''}."
        )
    counts = np.bincount(here.long_person, minlength=entered)
    counts = counts[counts > 0]
    return (
        f"{first}. {here.scale.label} was answered at times of people's own: {whole(float(np.median(counts)))} scores per "
        f"person at the median (from {counts.min()} to {counts.max()}), up to {at_time(float(here.long_time.max()), study.time_unit)}."
    )


def _left_reasons(study: Study) -> list[str]:
    """Each person's reason for leaving, "" when they stayed or nothing is recorded."""
    persons = study.persons
    n = persons.height
    left = persons["left"].to_list() if "left" in persons.columns else [None] * n
    why = persons["left_reason"].to_list() if "left_reason" in persons.columns else [None] * n
    return [
        str(reason) if reason is not None else "left, reason not recorded" if time is not None else ""
        for time, reason in zip(left, why, strict=True)
    ]


def missing(study: Study, asking: Asking, scale: Scale, informant: str | None = None, name: str = "") -> Finding:
    """`outcome.missing.<scale>`: which scores are absent, in which patterns, by arm, and why."""
    draft = Draft(
        study,
        asking,
        f"outcome.missing.{name or scale.name}",
        f"Which {scale.label} scores are missing, and from whom?",
        method=Method("Missing-data patterns", {"share missing": "exact (Clopper-Pearson) interval per arm"}),
    )
    here = courses(study, scale, informant)
    if not here.scheduled:
        return draft.not_applicable(
            "people were seen at times of their own, so no score was due at a given time.",
            "A schedule of occasions (occasions = [...] with a tolerance in study.toml).",
        )
    inside = here.allocated
    observed = np.isfinite(here.scores[inside])
    arm = here.arm[inside]
    draft.analysed = int(inside.sum())
    draft.leave_out(int((~inside).sum()), "not allocated to an arm")
    patterns = _patterns(observed, arm, len(here.arms))
    after = observed[:, here.baseline :]
    monotone = bool((np.diff(after.astype(int), axis=1) <= 0).all())
    detail = MissingDetail(
        scale=scale.name,
        occasions=tuple((float(t), here.occasion(j)) for j, t in enumerate(here.times)),
        arms=tuple(label for _, label in here.arms),
        patterns=patterns,
        observed=tuple(tuple(int(c) for c in observed[arm == k].sum(axis=0)) for k in range(len(here.arms))),
        totals=tuple(int((arm == k).sum()) for k in range(len(here.arms))),
        reasons=_reasons(study, scale.name, here),
        monotone=monotone,
    )
    estimates, shares = [], []
    at = here.target(study)
    for k, (code, label) in enumerate(here.arms):
        n = detail.totals[k]
        if not n:
            continue
        gone = n - detail.observed[k][at]
        limits = clopper_pearson(gone, n, level=asking.level)
        estimates.append(
            Estimate(
                f"missing at {here.occasion(at)}, {label}",
                gone / n,
                limits.low,
                limits.high,
                asking.level,
                "exact (Clopper-Pearson)",
                "proportion",
                n=n,
                arm=code,
                time=float(here.times[at]),
                scale=scale.name,
            )
        )
        shares.append(
            f"{percent(gone / n)} in {label} ({gone} of {n})" if study.arms else f"{percent(gone / n)} ({gone} of {n})"
        )
    estimates += _missing_differences(here, detail, at, asking.level)
    form = (
        "once a person is missing, later scores are missing too (monotone)"
        if monotone
        else "some people come back after a gap (not monotone)"
    )
    if observed.all():
        return draft.answer(
            f"No {scale.label} score is missing{' at any of the ' + str(here.times.size) + ' occasions' if here.times.size > 1 else ''}.",
            estimates,
            detail,
        )
    return draft.answer(
        f"At {here.occasion(at)}, {scale.label} is missing for {listed(shares)}; {form}.", estimates, detail
    )


def _patterns(observed: np.ndarray, arm: np.ndarray, arms: int) -> tuple[MissingPattern, ...]:
    """The patterns of presence, the commonest first."""
    kinds, which = np.unique(observed, axis=0, return_inverse=True)
    which = np.asarray(which).ravel()
    counts = np.zeros((len(kinds), arms), dtype=int)
    np.add.at(counts, (which, arm), 1)
    order = sorted(range(len(kinds)), key=lambda i: (-int(counts[i].sum()), tuple(~kinds[i])))
    return tuple(MissingPattern(tuple(bool(v) for v in kinds[i]), tuple(int(c) for c in counts[i])) for i in order)


def _reasons(study: Study, scale: str, here: Courses) -> tuple[tuple[str, int], ...]:
    """Reasons for absence in the scheduled cells, cells without a row counted as no value recorded."""
    due = {float(t) for t in here.times}
    ids = {person for person, inside in zip(here.ids, here.allocated, strict=True) if inside}
    rows = study.measures.filter(
        (pl.col("scale") == scale)
        & (pl.col("informant") == here.informant)
        & pl.col("value").is_null()
        & pl.col("id").is_in(ids)
        & pl.col("time").is_in(due)
    )
    counts = Counter(str(reason) if reason else NO_REASON for reason in rows["absent"].to_list())
    gaps = int((~np.isfinite(here.scores[here.allocated])).sum()) - sum(counts.values())
    if gaps > 0:
        counts[NO_REASON] += gaps
    return tuple(counts.most_common())


def _missing_differences(here: Courses, detail: MissingDetail, at: int, level: float) -> list[Estimate]:
    """Share missing in each further arm less that in the first."""
    rows = []
    for k in range(1, len(here.arms)):
        n, n0 = detail.totals[k], detail.totals[0]
        if not n or not n0:
            continue
        gone, gone0 = n - detail.observed[k][at], n0 - detail.observed[0][at]
        contrast = risk_difference(gone, n, gone0, n0, level=level)
        rows.append(
            Estimate(
                f"difference in the share missing at {here.occasion(at)}, {here.arms[k][1]} − {here.arms[0][1]}",
                contrast.value,
                contrast.low,
                contrast.high,
                level,
                contrast.method,
                "proportion",
                f"above 0: more missing in {here.arms[k][1]}",
                n + n0,
                p=contrast.p,
                arm=here.arms[k][0],
                reference=here.arms[0][0],
                time=float(here.times[at]),
                scale=here.scale.name,
            )
        )
    return rows
