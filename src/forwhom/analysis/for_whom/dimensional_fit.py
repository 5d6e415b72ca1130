"""Effects on all scales of a profile from one joint model, in baseline standard deviations, above zero better."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import fdtrc, stdtr, stdtrit

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
    relative : (m, m) sampling covariance of the logarithms of the standard deviations that scores were divided by
    """

    here: Courses
    scales: tuple[Scale, ...]
    baseline: tuple[np.ndarray | None, ...]
    relative: np.ndarray
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
    scores, baselines, spreads, kept = [], [], [], []
    for scale, here in inside:
        found = _standardised(draft, scale, here, time)
        if found is None:
            continue
        kept.append((scale, here))
        scores.append(found[0])
        baselines.append(found[1])
        spreads.append(found[2])
    if len(kept) < 2:
        return "fewer than two scales of the profile vary between people", "Scores that vary, on two scales or more."
    first = kept[0][1]
    here = replace(
        first,
        times=np.arange(1.0, len(kept) + 1.0),
        scores=np.column_stack(scores),
        baseline=0,
    )
    return Stacked(
        here,
        tuple(scale for scale, _ in kept),
        tuple(baselines),
        _relative(first, spreads),
        time,
        at_time(time, study.time_unit),
    )


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
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray] | None:
    """Score and baseline in baseline standard deviations, above is better, and the raw scores that gave them; None without."""
    j = int(np.flatnonzero(here.times == time)[0])
    sign = 1.0 if scale.better == "higher" else -1.0
    source = here.scores[:, here.baseline]
    sd, df = here.baseline_sd() if here.has_baseline else (float("nan"), 0)
    if not (df >= 1 and sd > 0):
        sd, df = replace(here, baseline=j).baseline_sd()
        source = here.scores[:, j]
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
    return sign * here.scores[:, j] / sd, before, source


def _relative(here: Courses, spreads: list[np.ndarray]) -> np.ndarray:
    """Covariance of the logarithms of normal standard deviations pooled within arms: squared correlation over 2 df."""
    centred = []
    for values in spreads:
        part = np.full(values.size, np.nan)
        for k in range(len(here.arms)):
            mine = (here.arm == k) & np.isfinite(values)
            part[mine] = values[mine] - values[mine].mean() if mine.any() else np.nan
        centred.append(part)
    arms, m = len(here.arms), len(spreads)
    made = np.zeros((m, m))
    for i in range(m):
        for j in range(i + 1):
            both = np.isfinite(centred[i]) & np.isfinite(centred[j])
            x, y = centred[i][both], centred[j][both]
            df = max(int(both.sum()) - arms, 1)
            size = float((x @ x) * (y @ y))
            made[i, j] = made[j, i] = float((x @ y) ** 2 / size) / (2 * df) if size > 0 else 0.0
    return made


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


def contrast(
    fit: RepeatedFit, infer: Inference, cell: np.ndarray, arm: int, level: float, relative: np.ndarray
) -> Contrast:
    """One arm against the reference: scale by scale, in common, and whether they are equal.

    The common effect weights the scales by the inverse of the covariance of their effects, which makes it the most
    precise one if all are equal. That covariance is the model's and, by the delta method, that of the standardisers:
    with large effects and many people they are what is least well known.

    relative : see `Stacked`; zeros take the standardisers as known
    """
    unit = np.eye(fit.beta.size)
    rows = unit[cell[arm]] - unit[cell[0]]
    known = infer.rows(rows, level)
    model = rows @ known.beta_cov @ rows.T
    extra = np.outer(known.estimate, known.estimate) * relative
    inverse = np.linalg.solve(model + extra, np.ones(rows.shape[0]))
    weights = inverse / inverse.sum()
    m = rows.shape[0]

    def of(mixed: np.ndarray) -> Contrasts:
        """Mixtures (k, m) of the scales' effects."""
        return _widened(infer.rows(mixed @ rows, level), np.einsum("kj,ji,ki->k", mixed, extra, mixed))

    deviations = of(np.eye(m) - weights)
    # Of two scales each departs from the common effect by a share of one difference: one test, not two.
    p = deviations.p.tolist()
    apart = np.eye(m)[1:] - np.eye(m)[0]
    return Contrast(
        arm=arm,
        effects=of(np.eye(m)),
        common=of(weights[None]),
        equal=of(np.full((1, m), 1.0 / m)),
        deviations=deviations,
        adjusted=holm(p) if len(p) > 2 else tuple(p),
        test=_widened_test(
            infer.together(apart @ rows), apart @ known.estimate, apart @ model @ apart.T, apart @ extra @ apart.T
        ),
        weights=weights,
    )


def _widened(found: Contrasts, extra: np.ndarray) -> Contrasts:
    """The same contrasts with more variance, on the same degrees of freedom."""
    se = np.sqrt(found.se**2 + extra)
    half = stdtrit(found.df, 0.5 + found.level / 2) * se
    t = found.estimate / se
    return replace(
        found, se=se, t=t, p=2 * stdtr(found.df, -np.abs(t)), low=found.estimate - half, high=found.estimate + half
    )


def _widened_test(test: FTest, value: np.ndarray, model: np.ndarray, extra: np.ndarray) -> FTest:
    """The F test with more variance: its quadratic form, its own scale and degrees of freedom."""
    if test.f is None or test.df_denominator is None or not extra.any():
        return test
    plain = float(value @ np.linalg.solve(model, value))
    if plain <= 0:
        return test
    f = test.f * float(value @ np.linalg.solve(model + extra, value)) / plain
    return replace(test, f=f, p=float(fdtrc(test.df_numerator, test.df_denominator, f)))
