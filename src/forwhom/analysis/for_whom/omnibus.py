"""Arm by all moderators at once: one small-sample valid test of whether any of them changes the effect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forwhom.analysis.asking import Asking, Draft
from forwhom.analysis.courses import Courses, covariates, informants
from forwhom.analysis.for_whom.candidates import Moderator, moderators_of
from forwhom.analysis.for_whom.moderator_model import after_treatment, interaction_design, only
from forwhom.analysis.for_whom.moderator_values import Prepared, prepare
from forwhom.analysis.for_whom.trial import Trial
from forwhom.analysis.outcome.repeated_model import clusters_of, fit_design, inference
from forwhom.analysis.words import listed, number, people
from forwhom.findings import Caution
from forwhom.kernels.cluster_robust import fit_robust, robust_f
from forwhom.kernels.noncentral_f import noncentrality
from forwhom.study import Scale, Study

PER_DF = 10
"""People per tested degree of freedom below which exploratory moderators are not tested together."""
POWER = 0.8


@dataclass(frozen=True, slots=True)
class Joint:
    """One F test: of the moderators for one arm, or for all arms. None where there is none, with `problem`.

    detectable : standard deviation of effects, carried by these moderators, that the test finds with 80 % power
    """

    f: float | None
    df1: int
    df2: float | None
    p: float | None
    detectable: float | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Omnibus:
    """The joint tests: per arm (by index, against arm 0) and over all arms."""

    tests: dict[int, Joint]
    any_arm: Joint
    moderators: tuple[str, ...]
    planned: bool
    analysed: int
    model: str
    clustering: str
    cautions: tuple[Caution, ...]


def omnibus(study: Study, asking: Asking, made: Trial) -> Omnibus | str:
    """All planned moderators together; without any, all exploratory ones together where the sample allows; else why not."""
    scale = None if made.target.kinds else made.target.scale
    family = moderators_of(study, scale)
    planned = any(one.planned for one in family)
    family = tuple(one for one in family if one.planned) if planned else family
    if not family:
        return "the study has no baseline variable that could moderate"
    scratch = Draft(study, asking, "", "")
    if made.target.binary or made.courses is None:
        return _binary(study, scratch, made, family, planned)
    return _repeated(study, scratch, made.courses, family, planned)


def _repeated(
    study: Study, scratch: Draft, here: Courses, family: tuple[Moderator, ...], planned: bool
) -> Omnibus | str:
    at = here.target(study)
    own = here.informant == informants(study, here.scale.name)[0]
    ancova = own and any(one.of_scale and one.name == here.scale.name for one in family)
    if ancova:
        at, here = at - int(here.before.sum()), after_treatment(here)
    ready = _ready(study, scratch, here, family, at)
    if isinstance(ready, str):
        return ready
    parts, keep = ready
    kept = only(here, keep)
    used = kept.allocated & np.isfinite(kept.scores).any(axis=1)
    seen = int((used & np.isfinite(kept.scores[:, at])).sum())
    columns = _told_apart(np.column_stack([part.columns for part in parts]), used)
    tested = columns.shape[1] * (len(here.arms) - 1)
    refused = _refused(planned, seen, tested, len(family))
    if refused:
        return refused
    extra = covariates(study, study.plan.covariates, used)
    cluster, clustering, fixed = clusters_of(study, scratch, kept, used)
    rows = interaction_design(kept, np.column_stack([extra.matrix, fixed]), columns, cluster)
    fit, structure = fit_design(scratch, kept, rows.rows)
    if fit is None:
        return f"the repeated-measures model with these moderators could not be estimated: {structure}"
    infer = inference(scratch, fit)
    spread = np.atleast_2d(np.cov(columns[used].T))
    tests, every = {}, []
    for k in range(1, len(here.arms)):
        there = np.flatnonzero(rows.interaction[k, at] >= 0)
        index = rows.interaction[k, at, there]
        if index.size == 0:
            tests[k] = Joint(None, 0, None, None, None, "the people seen cannot tell the moderators by arm apart")
            continue
        if index.size < columns.shape[1]:
            scratch.caution(
                "moderators-not-told-apart",
                f"{columns.shape[1] - index.size} of {columns.shape[1]} moderator columns say nothing new at {here.occasion(at)} "
                f"in {here.arms[k][1]} and are not in its test.",
            )
        every.append(np.eye(fit.beta.size)[index])
        test = infer.together(every[-1])
        width = fit.beta_cov[np.ix_(index, index)]
        found = _detectable(width, spread[np.ix_(there, there)], test.df_denominator, scratch.asking.level)
        tests[k] = Joint(test.f, test.df_numerator, test.df_denominator, test.p, found, test.problem or "")
    if not every:
        return "the people seen cannot tell the moderators by arm apart from the other columns of the model"
    whole = infer.together(np.vstack(every))
    model = (
        ("analysis of covariance over the occasions after treatment began" if ancova else "mixed model for repeated measures")
        + f", arm by moderator at every occasion after treatment, {structure} covariance, {infer.words} F"
    )  # fmt: skip
    joint = Joint(whole.f, whole.df_numerator, whole.df_denominator, whole.p, None, whole.problem or "")
    return Omnibus(
        tests, joint, tuple(part.moderator.label for part in parts), planned, int(used.sum()), model, clustering,
        tuple(scratch.cautions),
    )  # fmt: skip


def _binary(study: Study, scratch: Draft, made: Trial, family: tuple[Moderator, ...], planned: bool) -> Omnibus | str:
    """Linear probability model: differences of shares, robust to the variance that goes with the share."""
    here = _one_occasion(study, made)
    ready = _ready(study, scratch, here, family, 0)
    if isinstance(ready, str):
        return ready
    parts, keep = ready
    inside = made.observed & keep[made.rows]
    columns = _told_apart(np.column_stack([part.columns for part in parts])[made.rows], inside)
    refused = _refused(planned, int(inside.sum()), columns.shape[1] * (len(made.arms) - 1), len(family))
    if refused:
        return refused
    if np.ptp(made.outcome[inside]) == 0:
        return "everybody with an outcome and these moderators has the same one"
    x = columns[inside]
    arms = [(made.arm[inside] == k).astype(float)[:, None] for k in range(1, len(made.arms))]
    design = np.column_stack([np.ones(x.shape[0]), *arms, x, *[one * x for one in arms]])
    cluster = None if made.cluster is None else made.cluster[inside]
    try:
        fit = fit_robust(made.outcome[inside], design, cluster)
    except ValueError as why:
        return f"the linear probability model could not be estimated: {why}"
    q, start = x.shape[1], 1 + len(arms) + x.shape[1]
    spread = np.atleast_2d(np.cov(x.T))
    eye, tests = np.eye(design.shape[1]), {}
    for k in range(1, len(made.arms)):
        index = np.arange(start + (k - 1) * q, start + k * q)
        test = robust_f(fit, eye[index])
        found = _detectable(fit.cov[np.ix_(index, index)], spread, test.df_denominator, scratch.asking.level)
        tests[k] = Joint(test.f, q, test.df_denominator, test.p, found, test.problem)
    whole = robust_f(fit, eye[start:])
    return Omnibus(
        tests,
        Joint(whole.f, whole.df_numerator, whole.df_denominator, whole.p, None, whole.problem),
        tuple(part.moderator.label for part in parts),
        planned,
        int(inside.sum()),
        "linear probability model of those with an outcome, CR2 covariance, approximate Hotelling T2 (HTZ)",
        made.cluster_words,
        tuple(scratch.cautions),
    )


def _one_occasion(study: Study, made: Trial) -> Courses:
    """The outcome as courses of one occasion, so that moderators are made ready in the same way."""
    n = study.persons.height
    scores, arm = np.full((n, 1), np.nan), np.full(n, -1, dtype=np.intp)
    scores[made.rows, 0], arm[made.rows] = made.outcome, made.arm
    time = made.courses.times[made.courses.target(study)] if made.courses is not None else 0.0
    scale = made.target.scale or Scale(made.target.name, made.target.label, "lower")
    nothing = np.empty(0)
    return Courses(
        scale, tuple(study.persons["id"].to_list()), arm, made.arms, np.array([time]), scores, 0, study.time_unit,
        nothing.astype(np.intp), nothing, nothing, True, made.target.informant or "self",
    )  # fmt: skip


def _ready(
    study: Study, scratch: Draft, here: Courses, family: tuple[Moderator, ...], at: int
) -> tuple[list[Prepared], np.ndarray] | str:
    """Every moderator that can be tested, and the people with a value of all of them."""
    parts, refused = [], []
    for one in family:
        found = prepare(study, here, one, at)
        if isinstance(found, tuple):
            refused.append(f"{one.label} ({found[0]})")
        else:
            parts.append(found)
    if not parts:
        return f"no moderator can be tested: {listed(refused)}"
    if refused:
        scratch.caution("moderators-left-out", f"Not in the joint test of moderators: {listed(refused)}.")
    keep = np.logical_and.reduce([part.keep for part in parts])
    lost = int((here.allocated & np.isfinite(here.scores).any(axis=1) & ~keep).sum())
    if lost:
        scratch.caution(
            "moderators-incomplete",
            f"{people(lost)} lacked a moderator, or belonged to a level of one too small to test, and are not in the joint test.",
        )
    return parts, keep


def _told_apart(columns: np.ndarray, used: np.ndarray) -> np.ndarray:
    """The moderators' columns without those that the others already say among the people used."""
    centred = np.where(used[:, None], columns - columns[used].mean(axis=0) if used.any() else columns, 0.0)
    kept: list[int] = []
    for c in range(columns.shape[1]):
        if np.linalg.matrix_rank(centred[:, [*kept, c]]) == len(kept) + 1:
            kept.append(c)
    return np.asarray(centred[:, kept])


def _refused(planned: bool, seen: int, tested: int, asked: int) -> str:
    """Why the test is not made: too few people for what it would test."""
    if tested == 0:
        return "no moderator differs between the people who have a value of all of them"
    if not planned and seen < PER_DF * tested:
        return (
            f"the plan names no moderators, and testing all {asked} baseline variables together takes {tested} degrees of freedom: "
            f"{PER_DF * tested} people with an outcome are the least for that, {seen} were seen"
        )
    if seen < 3 * tested + 10:
        return f"{people(seen)} with an outcome are too few to test {number(tested, 0)} interactions together"
    return ""


def _detectable(width: np.ndarray, spread: np.ndarray, df: float | None, level: float) -> float | None:
    """SD of effects over people that the F test finds with 80 % power, from the covariance of the interactions.

    theta' W^-1 theta = lambda, with W close to c times the inverse of the moderators' covariance S, gives
    theta' S theta = lambda c, c = trace(W S) / q.
    """
    if df is None or not np.isfinite(df):
        return None
    q = width.shape[0]
    ratio = float(np.trace(width @ spread)) / q
    needed = noncentrality(q, df, alpha=1.0 - level, power=POWER)
    return None if needed is None or not ratio > 0 else float(np.sqrt(needed * ratio))
