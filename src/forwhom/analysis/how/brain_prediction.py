"""Do scans before treatment foretell who responds: out of sample only, against what chance alone would show."""

from __future__ import annotations

import numpy as np

from forwhom.analysis.asking import Asking, Draft, finite
from forwhom.analysis.courses import Courses
from forwhom.analysis.how.brain_numbers import symptom_courses
from forwhom.analysis.how.scans import Cell, cells, slug
from forwhom.analysis.words import number, p_value, people, percent
from forwhom.findings import Estimate, Finding, Method
from forwhom.findings.kinds import BrainPredictionDetail
from forwhom.kernels.nested_ridge import FEWEST, foretell
from forwhom.study import Study

FOLDS, REPEATS, PERMUTATIONS = 5, 20, 1999
SEEN = 0.6
"""Share of the people with scans in whom a cell must be known to be a predictor."""
CITATIONS = (
    "Varma S, Simon R. Bias in error estimation when using cross-validation for model selection. BMC Bioinformatics 2006;7:91.",
    "Freedman D, Lane D. A nonstochastic interpretation of reported significance levels. J Bus Econ Stat 1983;1:292-298.",
)


def modalities(study: Study) -> tuple[str, ...]:
    """Every modality scanned, in the order of the cells; "" where not recorded."""
    return tuple(dict.fromkeys(cell.modality for cell in cells(study)))


def brain_prediction(study: Study, asking: Asking, name: str = "") -> Finding:
    """`how.brain_prediction.<modality>`: baseline regions as predictors of the outcome beyond baseline score and arm."""
    modality = next((each for each in modalities(study) if slug(each) == name), "")
    draft = Draft(
        study,
        asking,
        f"how.brain_prediction.{name}" if name else "how.brain_prediction",
        f"Do baseline regions ({modality}) foretell the outcome?"
        if name
        else "Do baseline scans foretell the outcome?",
    )
    places = [cell for cell in cells(study) if slug(cell.modality) == name and cell.start is not None]
    if not places:
        return draft.not_applicable(
            "no scan was made before treatment." if study.scans is not None else "the study has no scans.",
            "[tables.scans] with values at or before time 0.",
        )
    symptom = symptom_courses(study)
    if symptom is None:
        return draft.decline(
            "no scale was measured both before and after treatment began", "Scores at baseline and later."
        )
    return _answer(study, draft, modality, places, symptom)


def _answer(study: Study, draft: Draft, modality: str, places: list[Cell], symptom: Courses) -> Finding:
    at = symptom.target(study)
    if at <= symptom.baseline:
        at = int(symptom.times.size - 1)
    arm = symptom.arm
    before, after = symptom.scores[:, symptom.baseline], symptom.scores[:, at]
    features = np.column_stack([cell.here.scores[:, cell.here.baseline] for cell in places])
    scanned = np.isfinite(features).any(axis=1) & (arm >= 0)
    kept = np.isfinite(features[scanned]).mean(axis=0) >= SEEN if scanned.any() else np.zeros(len(places), dtype=bool)
    used = scanned & np.isfinite(before) & np.isfinite(after)
    draft.leave_out(int((arm < 0).sum()), "not allocated to an arm")
    draft.leave_out(int(((arm >= 0) & ~scanned).sum()), "not scanned before treatment")
    label = symptom.scale.label
    draft.leave_out(int((scanned & ~used).sum()), f"no {label} at baseline and {symptom.occasion(at)}")
    draft.analysed = int(used.sum())
    groups = [int((used & (arm == k)).sum()) for k in range(len(symptom.arms))]
    take = (
        f"Some {max(100, 10 * int(kept.sum()))} people scanned before treatment with an outcome; below {FEWEST} nothing can be "
        "learned and tried on others."
    )
    if draft.analysed < FEWEST or not kept.any():
        return draft.decline(f"{people(draft.analysed)} have a scan before treatment and the outcome", take)
    dummies = [(arm == k).astype(float) for k in range(1, len(groups)) if groups[k]]
    try:
        found = foretell(
            np.where(used, after, np.nan),
            features[:, kept],
            np.column_stack([np.where(np.isfinite(before), before, 0.0), *dummies]),
            np.where(used, arm, -1),
            folds=FOLDS,
            repeats=REPEATS,
            permutations=PERMUTATIONS,
            rng=draft.asking.rng(draft.id),
        )
    except ValueError as why:
        return draft.decline(str(why), take)
    names = tuple(cell.label for cell, inside in zip(places, kept, strict=True) if inside)
    several = modalities(study)
    adjusted = min(1.0, found.p * len(several))
    _cautions(draft, found.n, len(names), several, int(np.isnan(features[used][:, kept]).sum()))
    draft.method = Method(
        "Ridge regression on baseline regions beside the baseline score and arm, nested cross-validation",
        {
            "folds": f"{FOLDS}, repeated {REPEATS} times; the penalty is chosen inside each training part",
            "test": f"{PERMUTATIONS} permutations of what score and arm leave of the outcome, within arms, everything done again",
            "multiplicity": f"Bonferroni over {len(several)} modalities" if len(several) > 1 else "one modality",
            "outcome": f"{label} at {symptom.occasion(at)}",
        },
        CITATIONS,
    )
    rows = np.flatnonzero(np.isfinite(found.predicted))
    detail = BrainPredictionDetail(
        modality=modality,
        outcome=f"{label} at {symptom.occasion(at)}",
        predictors=names,
        gain=found.gain,
        in_sample=found.in_sample,
        p=found.p,
        holm=adjusted,
        covariate_r2=found.covariate_r2,
        full_r2=found.full_r2,
        chance=tuple(float(v) for v in found.chance),
        people=tuple((symptom.arms[arm[i]][0], float(after[i]), float(found.predicted[i])) for i in rows),
    )
    return draft.answer(_statement(detail, found.n, draft.asking.level), _estimates(detail, found.n), detail)


def _cautions(draft: Draft, n: int, predictors: int, several: tuple[str, ...], gaps: int) -> None:
    if n < 10 * predictors:
        draft.caution(
            "few-per-predictor",
            f"{people(n)} for {predictors} regions: a true effect of ordinary size would be missed more often than found.",
        )
    if gaps:
        draft.caution("scan-absent", f"{gaps} absent regional values were filled with the mean of each training part.")
    draft.caution(
        "prognosis",
        "To foretell the outcome is not to tell which treatment suits whom: that takes an interaction with the arm (for_whom.moderator).",
    )


def _estimates(detail: BrainPredictionDetail, n: int) -> list[Estimate]:
    low, high = (float(q) for q in np.quantile(detail.chance, [0.025, 0.975]))
    chance = f"none: a test against chance, which alone gives {number(low, 2)} to {number(high, 2)} in 95 of 100 permutations"
    return [
        Estimate(
            "share of the error of prediction that baseline regions take away, out of sample", finite(detail.gain),
            interval=chance, unit="share", direction="above 0: regions help; below 0: they add error", n=n, p=detail.p,
        ),
        Estimate(
            "R squared of baseline score and arm, out of sample", finite(detail.covariate_r2), unit="share", n=n,
            interval="none: a description",
        ),
        Estimate("R squared with the regions, out of sample", finite(detail.full_r2), unit="share", n=n, interval="none: a description"),
        Estimate(
            "the same share in the people learned from (not evidence)", finite(detail.in_sample), unit="share", n=n,
            interval="none: shown to be seen through",
        ),
    ]  # fmt: skip


def _statement(detail: BrainPredictionDetail, n: int, level: float) -> str:
    found = detail.holm is not None and detail.holm < 1 - level and detail.gain > 0
    low, high = (percent(float(q)) for q in np.quantile(detail.chance, [0.025, 0.975]))
    change = f"takes away {percent(detail.gain)} of" if detail.gain > 0 else f"adds {percent(-detail.gain)} to"
    end = "more than chance would" if found else "no evidence that it foretells the outcome"
    count = len(detail.predictors)
    places = f"{count} {'value' if count == 1 else 'values'} by region, side and condition"
    return (
        f"What was scanned before treatment ({detail.modality or 'modality not recorded'}: {places}) {change} the error with which "
        f"baseline score and arm predict {detail.outcome}, in {people(n)} predicted without having been learned from. Chance "
        f"alone gives {low} to {high} "
        f"({p_value(detail.holm)}): {end}. Predicted within the people learned from, it would have looked like {percent(detail.in_sample)}."
    )
