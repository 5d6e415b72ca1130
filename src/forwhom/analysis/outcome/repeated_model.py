"""The model behind the comparison of arms: rows, columns, clusters, covariance structure, and how contrasts are tested."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from forwhom.analysis.asking import Draft
from forwhom.analysis.courses import Courses, column_codes
from forwhom.analysis.words import people
from forwhom.kernels.repeated import RepeatedFit, fit_repeated
from forwhom.kernels.repeated_df import Contrasts, FTest, kenward_roger, kenward_roger_f, satterthwaite, satterthwaite_f
from forwhom.kernels.repeated_statistics import NotEstimableError
from forwhom.study import Study

MIN_CLUSTERS = 5
"""Below this many clusters the variance between them cannot be estimated usefully (McNeish & Stapleton, 2016)."""

Structure = Literal["unstructured", "heterogeneous_ar1", "compound_symmetry"]
STRUCTURES: tuple[tuple[Structure, str], ...] = (
    ("unstructured", "unstructured"),
    ("heterogeneous_ar1", "heterogeneous first-order autoregressive"),
    ("compound_symmetry", "compound symmetry"),
)


@dataclass(frozen=True, slots=True)
class Design:
    """Rows and columns of the repeated-measures model, one mean per cell.

    cell : (arms, occasions) column of the mean of that arm at that occasion, −1 where nobody was seen;
        before treatment all arms share one column
    """

    y: np.ndarray
    x: np.ndarray
    person: np.ndarray
    occasion: np.ndarray
    cluster: np.ndarray | None
    acts: np.ndarray | None
    cell: np.ndarray


@dataclass(frozen=True, slots=True)
class Clusters:
    """Who is treated together.

    codes : (n,) cluster of each person, −1 in none
    acts : (occasions,) 1 where the cluster acts on the score: a therapist only after treatment began, a site always
    """

    codes: np.ndarray
    acts: np.ndarray


def design(here: Courses, extra: np.ndarray, clusters: Clusters | None = None) -> Design:
    """A mean per arm and occasion, shared by the arms before treatment, then covariates.

    Covariates have a coefficient at each occasion: with the baseline among the outcomes, one coefficient for all
    occasions could not let a covariate predict change.
    """
    person, occasion = np.nonzero(np.isfinite(here.scores) & here.allocated[:, None])
    arm = here.arm[person]
    cell = np.full((len(here.arms), here.times.size), -1)
    columns: list[np.ndarray] = []
    for j in range(here.times.size):
        groups = [np.arange(len(here.arms))] if here.before[j] else [np.array([k]) for k in range(len(here.arms))]
        for group in groups:
            hit = (occasion == j) & np.isin(arm, group)
            if hit.any():
                cell[group, j] = len(columns)
                columns.append(hit.astype(float))
    for j in range(here.times.size):
        columns += _by_occasion(extra, person, occasion == j)
    return Design(
        y=here.scores[person, occasion],
        x=np.column_stack(columns),
        person=person,
        occasion=occasion,
        cluster=None if clusters is None else clusters.codes[person],
        acts=None if clusters is None else clusters.acts,
        cell=cell,
    )


def _by_occasion(extra: np.ndarray, person: np.ndarray, here: np.ndarray) -> list[np.ndarray]:
    """The covariates' columns at one occasion, without those that say nothing new about the people seen there."""
    seen = extra[person[here]]
    kept = [np.ones(int(here.sum()))]
    columns = []
    for c in range(extra.shape[1]):
        trial = np.column_stack([*kept, seen[:, c]])
        if np.linalg.matrix_rank(trial) == trial.shape[1] and trial.shape[0] > trial.shape[1] + 1:
            kept.append(seen[:, c])
            column = np.zeros(person.size)
            column[here] = seen[:, c]
            columns.append(column)
    return columns


def clusters_of(study: Study, draft: Draft, here: Courses, used: np.ndarray) -> tuple[Clusters | None, str, np.ndarray]:
    """Therapist (or therapy group) and site as random or fixed effects: clusters, words, fixed columns."""
    none = np.empty((used.size, 0))
    groupings = {}
    for column in ("therapist", "group", "site"):
        codes, _ = column_codes(study, column)
        codes = _apart_from_arms(draft, here, column, codes, used)
        present = np.unique(codes[used & (codes >= 0)])
        if present.size >= 2:
            groupings[column] = (codes, present)
    if not groupings:
        return None, "none recorded", none
    fixed, words = none, []
    random: Clusters | None = None
    for column, (codes, present) in groupings.items():
        if random is None and present.size >= MIN_CLUSTERS:
            acts = (
                np.ones(here.times.size) if column == "site" or not here.has_baseline else (~here.before).astype(float)
            )
            random = Clusters(codes, acts)
            when = "" if acts.all() else ", from the start of treatment"
            words.append(f"random effect of {column}{when} ({present.size})")
        elif column == "site" and present.size < MIN_CLUSTERS:
            columns = [(codes == code).astype(float) for code in present[1:]]
            fixed = np.column_stack([fixed, *[part - part[used].mean() for part in columns]])
            words.append(f"fixed effect for {column} ({present.size})")
            if (codes[used] < 0).any():
                draft.caution("site-absent", f"{people(int((codes[used] < 0).sum()))} have no site recorded.")
        else:
            words.append(f"{column} not modelled ({present.size})")
            why = (
                "are too few to estimate how much they differ"
                if present.size < MIN_CLUSTERS
                else "are not modelled beside these"
            )
            draft.caution("few-clusters", f"{present.size} {column}s {why}, so the interval may be too narrow.")
    return random, "; ".join(words), fixed


def _apart_from_arms(draft: Draft, here: Courses, column: str, codes: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Clusters without those that are a whole arm: their effect and the arm's cannot be told apart, which is said."""
    kept = codes.copy()
    for k, (_, label) in enumerate(here.arms):
        inside = np.unique(codes[used & (here.arm == k) & (codes >= 0)])
        others = codes[used & (here.arm != k)]
        if (
            len(here.arms) > 1
            and inside.size == 1
            and (used & (here.arm == k)).sum() > 1
            and not np.isin(inside, others).any()
        ):
            kept[codes == inside[0]] = -1
            draft.caution(
                "cluster-is-arm",
                f"Everybody in {label} with a {column} has the same one, so what {label} does and what that {column} does cannot be told "
                f"apart. Leave {column} blank for people who had none.",
            )
    return kept


def fit_design(draft: Draft, here: Courses, rows: Design) -> tuple[RepeatedFit | None, str]:
    """Unstructured first; a simpler structure only with the reason kept as a caution."""
    failed = []
    for structure, words in STRUCTURES:
        try:
            fit = fit_repeated(
                rows.y,
                rows.x,
                rows.person,
                rows.occasion,
                here.times.size,
                covariance=structure,
                cluster=rows.cluster,
                cluster_occasions=rows.acts,
            )
        except NotEstimableError as why:
            failed.append((words, str(why)))
            continue
        if fit.converged:
            if failed:
                draft.caution(
                    "covariance-simplified",
                    f"The {failed[0][0]} covariance could not be used ({failed[0][1].rstrip('.')}); {words} was used instead.",
                )
            return fit, words
        failed.append((words, fit.message))
    return None, failed[0][1]


@dataclass(frozen=True, slots=True)
class Inference:
    """How contrasts of one fit are tested: single rows, and several at once."""

    words: str
    rows: Callable[[np.ndarray, float], Contrasts]
    together: Callable[[np.ndarray], FTest]


def inference(draft: Draft, fit: RepeatedFit) -> Inference:
    """Kenward-Roger where its adjustment exists, else Satterthwaite with a caution."""
    try:
        kenward_roger(fit, np.eye(fit.beta.size)[:1])
    except (ValueError, np.linalg.LinAlgError) as why:
        draft.caution(
            "satterthwaite", f"Kenward-Roger degrees of freedom do not exist here ({why}); Satterthwaite's were used."
        )
        return Inference(
            "Satterthwaite",
            lambda rows, level: satterthwaite(fit, rows, level=level),
            lambda rows: satterthwaite_f(fit, rows),
        )
    return Inference(
        "Kenward-Roger",
        lambda rows, level: kenward_roger(fit, rows, level=level),
        lambda rows: kenward_roger_f(fit, rows),
    )
