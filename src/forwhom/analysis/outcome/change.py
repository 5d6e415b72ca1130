"""Who changed reliably, who recovered, who got worse; and what a responder threshold says and costs."""

from __future__ import annotations

import numpy as np

from forwhom.analysis.asking import Asking, Draft, is_planned
from forwhom.analysis.courses import Courses, courses
from forwhom.analysis.outcome.risks import (
    ALTMAN,
    CLOPPER,
    MIETTINEN,
    difference_words,
    risk_estimates,
    risk_rows,
    shares_words,
)
from forwhom.analysis.words import listed, number, people, percent
from forwhom.analysis.yardstick import NO_YARDSTICK, yardstick
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import CategoryShare, ChangePoint, Interval, ReliableChangeDetail, RiskDetail
from forwhom.kernels.change import classify, clinically_significant_cutoffs, reliable_change
from forwhom.kernels.effect_size import dichotomising_cost
from forwhom.kernels.risk import clopper_pearson
from forwhom.study import Scale, Study, Threshold

JACOBSON = (
    "Jacobson NS, Truax P. Clinical significance: a statistical approach to defining meaningful change in psychotherapy "
    "research. J Consult Clin Psychol 1991;59:12-19."
)
CUTTING = (
    "MacCallum RC, et al. On the practice of dichotomization of quantitative variables. Psychol Methods 2002;7:19-40."
)
CATEGORIES = ("recovered", "improved", "unchanged", "deteriorated")


def cutoff_of(draft: Draft, scale: Scale) -> tuple[float | None, str]:
    """Where the functional range begins: c, b or a of Jacobson and Truax from norms, else a published score."""
    has_norm = scale.norm_mean is not None and scale.norm_sd is not None
    has_clinical = scale.clinical_mean is not None and scale.clinical_sd is not None
    if has_norm and has_clinical:
        cut = clinically_significant_cutoffs(
            scale.norm_mean, scale.norm_sd, scale.clinical_mean, scale.clinical_sd, better=scale.better
        )
        return cut.value, f"{cut.preferred} (Jacobson & Truax)"
    if scale.cutoff is not None:
        return scale.cutoff, "published"
    if has_norm or has_clinical:
        cut = clinically_significant_cutoffs(
            scale.norm_mean if has_norm else None,
            scale.norm_sd if has_norm else None,
            scale.clinical_mean if has_clinical else None,
            scale.clinical_sd if has_clinical else None,
            better=scale.better,
        )
        return cut.value, f"{cut.preferred} (Jacobson & Truax)"
    draft.caution(
        "no-cutoff",
        f"No norm or published cut-off is on record for {scale.label}, so recovery cannot be told from improvement.",
    )
    return None, "none"


def change_of(study: Study, asking: Asking, scale: Scale, informant: str | None = None, name: str = "") -> Finding:
    """`outcome.reliable_change.<scale>`: improved, unchanged, deteriorated per arm, beyond measurement error."""
    draft = Draft(
        study,
        asking,
        f"outcome.reliable_change.{name or scale.name}",
        f"Who changed in {scale.label} by more than measurement error?",
    )
    here = courses(study, scale, informant)
    pair = _before_after(here, study)
    if pair is None:
        return draft.not_applicable(
            f"nobody has {scale.label} at two occasions.", "A score before and a score after for the same person."
        )
    before, after, before_words, after_words = pair
    known = np.isfinite(before) & np.isfinite(after) & here.allocated
    draft.analysed = int(known.sum())
    draft.leave_out(int((~here.allocated).sum()), "not allocated to an arm")
    draft.leave_out(int((here.allocated & ~np.isfinite(before)).sum()), f"no score at {before_words}")
    draft.leave_out(
        int((here.allocated & np.isfinite(before) & ~np.isfinite(after)).sum()), f"no score at {after_words}"
    )
    measure = yardstick(study, draft, here)
    if isinstance(measure, str):
        return draft.decline(measure, NO_YARDSTICK.format(scale=scale.name))
    if not known.any():
        return draft.decline(f"nobody has both a {before_words} and a {after_words} score.", "Scores at both.")
    change = reliable_change(before, after, sd=measure.sd, reliability=measure.reliability, level=asking.level)
    cutoff, cutoff_kind = cutoff_of(draft, scale)
    found = classify(before, after, better=scale.better, threshold=change.threshold, cutoff=cutoff)
    draft.method = Method(
        "Reliable and clinically significant change",
        {
            "before and after": f"{before_words} and {after_words}",
            "standard deviation": measure.sd_words,
            "reliability": measure.reliability_words,
            "change counted as reliable": f"more than {number(change.threshold, 2)} {scale.unit}",
            "cut-off": f"{number(cutoff, 2)}, {cutoff_kind}" if cutoff is not None else "none",
            "intervals": "exact (Clopper-Pearson) for shares, Miettinen-Nurminen for differences",
        },
        (JACOBSON, CLOPPER, MIETTINEN, ALTMAN),
    )
    return _change_answer(
        draft,
        here,
        (before, after, before_words, after_words),
        known,
        change.index,
        change.threshold,
        found.category,
        cutoff,
        cutoff_kind,
    )


def _before_after(here: Courses, study: Study) -> tuple[np.ndarray, np.ndarray, str, str] | None:
    """Scores before and after: scheduled occasions, or each person's first and last."""
    if here.scheduled:
        at = here.target(study)
        if at == here.baseline:
            # The planned occasion is this scale's first: change is counted to its last.
            at = int(here.times.size - 1)
        if at == here.baseline:
            return None
        return here.scores[:, here.baseline], here.scores[:, at], here.occasion(here.baseline), here.occasion(at)
    n = len(here.ids)
    before, after = np.full(n, np.nan), np.full(n, np.nan)
    first = np.unique(here.long_person, return_index=True)
    last = np.append(first[1][1:], here.long_person.size) - 1
    several = last > first[1]
    before[first[0]] = here.long_value[first[1]]
    after[first[0][several]] = here.long_value[last[several]]
    return (before, after, "the first score", "the last score") if several.any() else None


def _change_answer(
    draft: Draft,
    here: Courses,
    scores: tuple[np.ndarray, np.ndarray, str, str],
    known: np.ndarray,
    index: np.ndarray,
    threshold: float,
    category: np.ndarray,
    cutoff: float | None,
    cutoff_kind: str,
) -> Finding:
    level, scale = draft.asking.level, here.scale
    before, after, before_words, after_words = scores
    names = CATEGORIES if cutoff is not None else CATEGORIES[1:]
    shares: list[CategoryShare] = []
    estimates: list[Estimate] = []
    for k, (code, label) in enumerate(here.arms):
        member = known & (here.arm == k)
        n = int(member.sum())
        for kind in names:
            count = int((category[member] == kind).sum())
            limits = clopper_pearson(count, n, level=level) if n else None
            share = Interval(limits.value, limits.low, limits.high) if limits else Interval(None)
            shares.append(CategoryShare(code, label, kind, count, n, share))
            estimates.append(
                Estimate(
                    f"share {kind}, {label}",
                    share.value,
                    share.low,
                    share.high,
                    level,
                    "exact (Clopper-Pearson)",
                    "proportion",
                    n=n,
                    arm=code,
                    scale=scale.name,
                    why_absent=None if n else "nobody has both scores",
                )
            )
    better = np.isin(category, ("recovered", "improved"))
    worse = category == "deteriorated"
    labels = dict(here.arms)
    for what, hit, good in (("reliable improvement", better, True), ("reliable deterioration", worse, False)):
        rows = risk_rows(
            [
                (code, label, int((hit & known & (here.arm == k)).sum()), int((known & (here.arm == k)).sum()))
                for k, (code, label) in enumerate(here.arms)
            ],
            level,
        )
        made, contrasts = risk_estimates(what, rows, level, good=good, scale=scale.name)
        estimates += made
        if good:
            improved, improved_contrasts = rows, contrasts
        else:
            worsened = rows
    estimates += _bounds(here, known, better, level)
    absent = int((here.allocated & ~known).sum())
    if absent:
        draft.caution(
            "people-absent",
            f"{people(absent)} without both scores are not in these shares; the bounds show what they could change.",
        )
    draft.caution_clusters()
    detail = ReliableChangeDetail(
        scale=scale.name,
        better=scale.better,
        before=before_words,
        after=after_words,
        threshold=float(threshold),
        cutoff=cutoff,
        cutoff_kind=cutoff_kind,
        low=scale.low,
        high=scale.high,
        points=tuple(
            ChangePoint(
                here.ids[i],
                here.arms[here.arm[i]][0] or None,
                float(before[i]),
                float(after[i]),
                float(index[i]),
                str(category[i]),
            )
            for i in np.flatnonzero(known)
        ),
        shares=tuple(shares),
    )
    compared = difference_words(improved_contrasts, labels, level)
    statement = (
        f"From {before_words} to {after_words}, reliable improvement (by more than {number(threshold, here.places)} {scale.unit}) was seen "
        f"in {shares_words(improved)}, reliable deterioration in "
        f"{listed([percent(row.risk.value) for row in worsened])}"
        f"{'; improvement, ' + compared if compared else ''}."
    )
    return draft.answer(statement, estimates, detail)


def _bounds(here: Courses, known: np.ndarray, better: np.ndarray, level: float) -> list[Estimate]:
    """Share improved of everyone allocated, had none or had all of the people without scores improved."""
    estimates = []
    for k, (code, label) in enumerate(here.arms):
        member = here.arm == k
        total, seen = int(member.sum()), int((member & known).sum())
        improved = int((member & known & better).sum())
        if total > seen:
            estimates.append(
                Estimate(
                    f"share improved of all allocated, {label}",
                    None,
                    improved / total,
                    (improved + total - seen) / total,
                    None,
                    "bounds: none or all of the people without scores improved",
                    "proportion",
                    n=total,
                    arm=code,
                    scale=here.scale.name,
                    why_absent="only bounds are known without assumptions about the missing",
                )
            )
    return estimates


def response(study: Study, asking: Asking, scale: Scale, informant: str | None = None, name: str = "") -> Finding:
    """`outcome.response.<scale>`: a responder threshold beside the continuous result, and what cutting costs."""
    draft = Draft(
        study,
        asking,
        f"outcome.response.{name or scale.name}",
        f"How many reached the responder threshold in {scale.label}, and what does the threshold cost?",
        registered="exploratory",
    )
    thresholds = [item for item in study.plan.thresholds if item.scale == scale.name]
    if not thresholds:
        return draft.not_applicable(
            f"no responder threshold is declared for {scale.label}; the continuous score carries more information.",
            "A [[plan.thresholds]] entry in study.toml, where somebody insists on one.",
        )
    draft.registered = is_planned(study, scale.name, informant)
    here = courses(study, scale, informant)
    pair = _before_after(here, study)
    if pair is None:
        return draft.not_applicable(f"nobody has {scale.label} at two occasions.")
    before, after, before_words, after_words = pair
    known = np.isfinite(before) & np.isfinite(after) & here.allocated
    draft.analysed = int(known.sum())
    draft.leave_out(int((here.allocated & ~known).sum()), f"no score at {before_words} or {after_words}")
    if not known.any():
        return draft.decline("nobody has both scores.", "A score before and a score after for the same person.")
    return _response_answer(draft, here, thresholds, before, after, known, after_words)


def _response_answer(
    draft: Draft,
    here: Courses,
    thresholds: list[Threshold],
    before: np.ndarray,
    after: np.ndarray,
    known: np.ndarray,
    after_words: str,
) -> Finding:
    level, scale = draft.asking.level, here.scale
    estimates: list[Estimate] = []
    sentences: list[str] = []
    detail: RiskDetail | None = None
    labels = dict(here.arms)
    for threshold in thresholds:
        reached, words = reached_threshold(scale, threshold, before, after)
        rows = risk_rows(
            [
                (code, label, int((reached & known & (here.arm == k)).sum()), int((known & (here.arm == k)).sum()))
                for k, (code, label) in enumerate(here.arms)
            ],
            level,
        )
        made, contrasts = risk_estimates(words, rows, level, good=True, scale=scale.name)
        estimates += made
        share = float(reached[known].mean())
        sentence = f"{words[0].upper()}{words[1:]} at {after_words}: {shares_words(rows)}"
        compared = difference_words(contrasts, labels, level)
        if compared:
            sentence += f"; {compared}"
        if 0 < share < 1:
            cost = dichotomising_cost(share)
            estimates.append(
                Estimate(
                    f"information kept by the threshold: {words}",
                    cost.information_kept,
                    unit="proportion",
                    interval="none: computed for a normally distributed score cut at this share",
                    n=int(known.sum()),
                    scale=scale.name,
                    direction="1 would be all",
                )
            )
            sentence += (
                f"; cutting here keeps about {percent(cost.information_kept)} of the information in the score, as if "
                f"{percent(cost.sample_thrown_away)} of the people had not taken part"
            )
        sentences.append(sentence + ".")
        detail = detail or RiskDetail(words, rows, contrasts, good=True)
    draft.caution(
        "dichotomised",
        "People just above and just below a threshold differ little; read the continuous result first.",
    )
    draft.caution_clusters()
    draft.method = Method(
        "Responder threshold, people with both scores",
        {"thresholds": "; ".join(reached_threshold(scale, t, before, after)[1] for t in thresholds)},
        (CUTTING, MIETTINEN, CLOPPER, ALTMAN),
    )
    return draft.answer(" ".join(sentences), estimates, detail)


def reached_threshold(
    scale: Scale, threshold: Threshold, before: np.ndarray, after: np.ndarray
) -> tuple[np.ndarray, str]:
    """Who reached the threshold, and the threshold in words."""
    sign = -1.0 if scale.better == "lower" else 1.0
    with np.errstate(invalid="ignore"):
        if threshold.score is not None:
            reached = sign * after >= sign * threshold.score
            words = f"{scale.label} of {threshold.score:g} or {'below' if sign < 0 else 'above'}"
        else:
            share = threshold.reduction if threshold.reduction is not None else 0.5
            # A share of the distance to the lowest possible score: on a scale that starts at 30, half of 60 is 15.
            from_floor = before - (scale.low or 0.0)
            reached = (from_floor > 0) & (sign * (after - before) >= share * from_floor)
            base = "the person's own baseline" + (f", counted from {scale.low:g}" if scale.low else "")
            words = f"{'a fall' if sign < 0 else 'a rise'} of {percent(share)} or more of {base}"
    return reached, threshold.label or words
