"""Effects on all scales of a profile from one joint model, in baseline standard deviations, above zero better."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forwhom.analysis.asking import Draft
from forwhom.analysis.courses import Courses, courses, covariates
from forwhom.analysis.for_whom.profiles import Profile
from forwhom.analysis.outcome.repeated_model import Inference, clusters_of, design, inference
from forwhom.analysis.words import at_time, listed, people
from forwhom.kernels.holm import holm
from forwhom.kernels.repeated import CovarianceName, NotEstimableError, RepeatedFit, fit_repeated
from forwhom.kernels.repeated_df import Contrasts, FTest
from forwhom.study import Scale, Study

MIN_ARM, FEW_ARM = 10, 20
"""People with a score on one scale in one arm below which there is no answer, or a caution."""


@dataclass(frozen=True, slots=True)
class Stacked:
    """The profile at one occasion, its scales in the place of occasions.

    here : times are the numbers of the scales; scores (n, m) in baseline standard deviations, above is better
    baseline : (n, m) likewise, centred, absent ones at the mean; None for scales without one
    """

    here: Courses
    scales: tuple[Scale, ...]
    baseline: tuple[np.ndarray | None, ...]
    time: float
    time_words: str


@dataclass(frozen=True, slots=True)
class Contrast:
    """One arm against the reference: rows per scale, then the common effect and the equal-weight mean.

    effects, deviations : m rows each; common, equal : one row each
    adjusted : (m,) Holm-adjusted p of the deviations
    test : that the effects are equal; weights : (m,) of the scales in the common effect
    """

    arm: int
    effects: Contrasts
    common: Contrasts
    equal: Contrasts
    deviations: Contrasts
    adjusted: tuple[float | None, ...]
    test: FTest
    weights: np.ndarray


def stacked(study: Study, draft: Draft, profile: Profile) -> Stacked | tuple[str, str]:
    """The scales of a profile at one common occasion, or why they have none."""
    parts = [(scale, courses(study, scale, who)) for scale, who in profile.scales]
    parts = [(scale, here) for scale, here in parts if here.scheduled and here.times.size]
    time = _occasion(study, [here for _, here in parts])
    if time is None:
        return (
            "no two scales of the profile were measured at the same occasion after treatment began",
            "A shared occasion.",
        )
    inside = [(scale, here) for scale, here in parts if time in here.times]
    missing = [s.label for s, _ in profile.scales if s.name not in {scale.name for scale, _ in inside}]
    if missing:
        draft.caution(
            "scale-left-out", f"{listed(missing)} {'was' if len(missing) == 1 else 'were'} not measured then."
        )
    scores, baselines, kept = [], [], []
    for scale, here in inside:
        found = _standardised(draft, scale, here, time)
        if found is None:
            continue
        kept.append((scale, here))
        scores.append(found[0])
        baselines.append(found[1])
    if len(kept) < 2:
        return "fewer than two scales of the profile vary between people", "Scores that vary, on two scales or more."
    first = kept[0][1]
    here = replace(
        first,
        times=np.arange(1.0, len(kept) + 1.0),
        scores=np.column_stack(scores),
        baseline=0,
    )
    return Stacked(here, tuple(scale for scale, _ in kept), tuple(baselines), time, at_time(time, study.time_unit))


def _occasion(study: Study, parts: list[Courses]) -> float | None:
    """The planned occasion where two scales have it, else the last after baseline that most of them share."""
    counts: dict[float, int] = {}
    for here in parts:
        for time, before in zip(here.times.tolist(), here.before.tolist(), strict=True):
            if not before:
                counts[time] = counts.get(time, 0) + 1
    shared = {time: count for time, count in counts.items() if count > 1}
    if not shared:
        return None
    planned = study.plan.primary.at if study.plan.primary else None
    return planned if planned in shared else max(shared, key=lambda time: (shared[time], time))


def _standardised(
    draft: Draft, scale: Scale, here: Courses, time: float
) -> tuple[np.ndarray, np.ndarray | None] | None:
    """Score and baseline in baseline standard deviations, above is better; None without spread."""
    j = int(np.flatnonzero(here.times == time)[0])
    sign = 1.0 if scale.better == "higher" else -1.0
    sd, df = here.baseline_sd() if here.has_baseline else (float("nan"), 0)
    if not (df >= 1 and sd > 0):
        sd, df = replace(here, baseline=j).baseline_sd()
        draft.caution(
            "no-baseline",
            f"{scale.label} has no baseline; its effect is in standard deviations at {here.occasion(j)}, which treatment may have changed.",
        )
    if not (df >= 1 and sd > 0):
        return None
    before = None
    if here.has_baseline:
        before = sign * here.scores[:, here.baseline] / sd
        used = here.allocated & np.isfinite(here.scores[:, j])
        known = used & np.isfinite(before)
        gaps = int(used.sum() - known.sum())
        if gaps:
            draft.caution(
                "baseline-absent",
                f"{people(gaps)} had no baseline of {scale.label}; its mean was used, which does not bias a randomised comparison.",
            )
        before = np.where(np.isfinite(before), before - before[known].mean(), 0.0) if known.sum() > 2 else None
    return sign * here.scores[:, j] / sd, before


def fit_profile(
    study: Study, draft: Draft, data: Stacked
) -> tuple[RepeatedFit, Inference, np.ndarray, str, str] | tuple[str, str]:
    """One mean per arm and scale, each scale's own baseline, planned covariates per scale; one covariance over scales.

    Returns the fit, its inference, the columns of the arms' means (arms, scales), the covariance and the clusters in words.
    """
    here = data.here
    used = here.allocated & np.isfinite(here.scores).any(axis=1)
    extra = covariates(study, study.plan.covariates, used)
    cluster, cluster_words, fixed = clusters_of(study, draft, here, used)
    rows = design(here, np.column_stack([extra.matrix, fixed]), cluster)
    own = []
    for j, before in enumerate(data.baseline):
        if before is not None:
            own.append(np.where(rows.occasion == j, before[rows.person], 0.0))
    x = np.column_stack([rows.x, *own])
    x = x[:, _independent(x)]
    failed = ""
    kinds: tuple[tuple[CovarianceName, str], ...] = (
        ("unstructured", "unstructured"),
        ("heterogeneous_compound_symmetry", "one correlation between all scales, a variance each"),
    )
    for kind, words in kinds:
        try:
            fit = fit_repeated(
                rows.y, x, rows.person, rows.occasion, here.times.size, covariance=kind, cluster=rows.cluster,
                cluster_occasions=rows.acts,
            )  # fmt: skip
        except NotEstimableError as why:
            failed = failed or str(why)
            continue
        if fit.converged:
            if failed:
                draft.caution(
                    "covariance-simplified",
                    f"The unstructured covariance could not be used ({failed.rstrip('.')}).",
                )
            return fit, inference(draft, fit), rows.cell, words, cluster_words
        failed = failed or fit.message
    return (
        f"the joint model of the scales could not be estimated: {failed}",
        "More people, or scales that are not functions of each other.",
    )


def _independent(x: np.ndarray) -> np.ndarray:
    """Columns that say something new, the earlier before the later (the arms' means come first)."""
    kept: list[int] = []
    basis = np.empty((x.shape[0], 0))
    for j in range(x.shape[1]):
        rest = x[:, j] - basis @ (basis.T @ x[:, j])
        rest -= basis @ (basis.T @ rest)
        size = float(np.linalg.norm(rest))
        if size > 1e-8 * max(float(np.linalg.norm(x[:, j])), 1e-300):
            basis = np.column_stack([basis, rest / size])
            kept.append(j)
    return np.array(kept, dtype=np.intp)


def contrast(fit: RepeatedFit, infer: Inference, cell: np.ndarray, arm: int, level: float) -> Contrast:
    """One arm against the reference: scale by scale, in common, and whether they are equal.

    The common effect weights the scales by the inverse of the covariance of their effects, which makes it the most
    precise one if all are equal.
    """
    unit = np.eye(fit.beta.size)
    rows = unit[cell[arm]] - unit[cell[0]]
    effects = infer.rows(rows, level)
    v = rows @ effects.beta_cov @ rows.T
    inverse = np.linalg.solve(v, np.ones(rows.shape[0]))
    weights = inverse / inverse.sum()
    deviations = infer.rows(rows - weights @ rows, level)
    # Of two scales each departs from the common effect by a share of one difference: one test, not two.
    p = deviations.p.tolist()
    return Contrast(
        arm=arm,
        effects=effects,
        common=infer.rows(weights @ rows, level),
        equal=infer.rows(rows.mean(axis=0), level),
        deviations=deviations,
        adjusted=holm(p) if len(p) > 2 else tuple(p),
        test=infer.together(rows[1:] - rows[0]),
        weights=weights,
    )
