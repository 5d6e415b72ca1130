"""Do therapists and sites differ: intraclass correlations with their width."""

from __future__ import annotations

import numpy as np

from forwhom.analysis.asking import Asking, Draft, finite
from forwhom.analysis.courses import Courses, column_codes, courses
from forwhom.analysis.outcome.repeated_model import MIN_CLUSTERS
from forwhom.analysis.words import level_words, listed, number
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import ClusterDetail, Interval
from forwhom.kernels.mixed import Level, fit_mixed
from forwhom.kernels.mixed_icc import Intraclass, intraclass_correlation
from forwhom.study import Scale, Study

EMPTY = 1e-9
"""An upper limit of the share at or below this is an empty interval, not certainty that there is no difference."""
GROUPINGS = ("therapist", "site", "group")
HARVILLE = (
    "Harville DA, Fenech AP. Confidence intervals for a variance ratio, or for heritability, in an unbalanced mixed linear "
    "model. Biometrics 1985;41:137-152."
)
BALDWIN = (
    "Baldwin SA, et al. Intraclass correlation associated with therapists: estimates and applications in planning "
    "psychotherapy research. Cogn Behav Ther 2011;40:15-33."
)


def clustering(study: Study, asking: Asking, scale: Scale, informant: str | None = None, name: str = "") -> Finding:
    """`outcome.clustering.<scale>`: share of the outcome's variance between therapists, sites, therapy groups."""
    draft = Draft(
        study,
        asking,
        f"outcome.clustering.{name or scale.name}",
        f"Does {scale.label} depend on the therapist or the site?",
    )
    present = [column for column in GROUPINGS if len(column_codes(study, column)[1]) > 1]
    if not present:
        return draft.not_applicable(
            "no therapist, site or therapy group is recorded.", "A column for them (therapist = …) in [tables.persons]."
        )
    here = courses(study, scale, informant)
    if not here.scheduled or here.times.size < 1:
        return draft.not_applicable("there is no common occasion to compare at.", "Occasions shared by most people.")
    at = here.target(study)
    with_baseline = here.has_baseline and at != here.baseline
    usable = here.allocated & np.isfinite(here.scores[:, at])
    if with_baseline:
        usable &= np.isfinite(here.scores[:, here.baseline])
    draft.analysed = int(usable.sum())
    draft.leave_out(
        int((~usable).sum()), f"no score at {here.occasion(at)}" + (" or baseline" if with_baseline else "")
    )
    rows: list[tuple[str, int, float, Interval]] = []
    estimates: list[Estimate] = []
    words: list[str] = []
    refused: list[str] = []
    for column in present:
        codes, _ = column_codes(study, column)
        member = usable & (codes >= 0)
        groups, sizes = np.unique(codes[member], return_counts=True)
        try:
            share = _share(here, codes, member, at, with_baseline, asking.level)
        except ValueError as why:
            refused.append(f"{column}: {why}")
            continue
        size = float(sizes.mean())
        empty = share.high <= EMPTY
        limits = Interval(
            finite(share.estimate), None if empty else finite(share.low), None if empty else finite(share.high)
        )
        rows.append((column, int(groups.size), size, limits))
        estimates.append(
            Estimate(
                f"intraclass correlation by {column} at {here.occasion(at)}",
                limits.value,
                limits.low,
                limits.high,
                asking.level,
                f"none: groups differ less than chance alone would make them, so the {share.method} holds no value"
                if empty
                else share.method,
                "share of variance",
                "0: no difference between groups beyond chance",
                int(member.sum()),
                time=float(here.times[at]),
                scale=scale.name,
            )
        )
        width = (
            "no interval: they differ less than chance alone would make them"
            if empty
            else f"{level_words(asking.level)} {number(limits.low, 2)} to {number(limits.high, 2)}"
        )
        words.append(
            f"{number(limits.value, 2)} by {column} ({width}; {groups.size} {column}s, {number(size, 1)} people each)"
        )
        if groups.size < MIN_CLUSTERS:
            draft.caution("few-clusters", f"{groups.size} {column}s say little about {column}s in general.")
    draft.method = Method(
        "Intraclass correlation (random intercept, restricted maximum likelihood)",
        {
            "outcome": f"{scale.label} at {here.occasion(at)}"
            + (", given baseline and arm" if with_baseline else ", given arm"),
            "groupings": "each by itself, people without one left out",
        },
        (HARVILLE, BALDWIN),
    )
    if not rows:
        return draft.decline(
            f"no grouping can be estimated ({'; '.join(refused)}).",
            "Several groups with several people each, all with scores.",
        )
    for reason in refused:
        draft.caution("grouping-not-estimable", reason)
    return draft.answer(
        f"At {here.occasion(at)}, the share of the variance of {scale.label} that lies between groups is {listed(words)}.",
        estimates,
        ClusterDetail(scale.name, tuple(rows)),
    )


def _share(
    here: Courses, codes: np.ndarray, member: np.ndarray, at: int, with_baseline: bool, level: float
) -> Intraclass:
    """Intraclass correlation among the members, given arm (and baseline)."""
    arm = here.arm[member]
    columns = [(arm == k).astype(float) for k in np.unique(arm)]
    if with_baseline:
        base = here.scores[member, here.baseline]
        columns.append(base - base.mean())
    y = here.scores[member, at]
    fit = fit_mixed(y, np.column_stack(columns), [Level(np.ones((y.size, 1)), codes[member], label="grouping")])
    return intraclass_correlation(fit, 0, level=level)
